"""Addresses that calendar programs subscribe to: of the store and its zones by a secret, of the quiet hours for all.

A calendar program sends no token, so the secret is part of the address. It opens calendars and nothing else, is stored
hashed, and is revoked like a token (`controller/tokens.py`). A wrong one is an address at which nothing is.
"""

from __future__ import annotations

import hashlib

from flask import Blueprint, Response, request

from controller.doors import Calendar
from controller.errors import NotFound
from profiles.text import t
from web.auth import needs
from web.context import services

calendars = Blueprint("calendars", __name__)

CALENDAR_TYPE = "text/calendar"
#: So long, in seconds, nobody needs to ask again. A new plan may take as long to be seen.
_FRESH_S = 300


@calendars.get("/quiet-hours.ics")
@needs(None)
def quiet_hours() -> Response:
    """The published quiet hours, for everybody."""
    return calendar_answer(_calendar().quiet_calendar(), public=True)


@calendars.get("/calendar/<secret>/store.ics")
@needs(None)
def store(secret: str) -> Response:
    """The store's calendar, for who has the address."""
    return calendar_answer(_calendar(secret).icalendar())


@calendars.get("/calendar/<secret>/zones/<zone>.ics")
@needs(None)
def one_zone(secret: str, zone: str) -> Response:
    """A zone's calendar, for who has the address."""
    return calendar_answer(_calendar(secret).icalendar(zone))


def calendar_answer(text: str, public: bool = False) -> Response:
    """A calendar with its tag: who has it already is told so."""
    content = text.encode()
    answer = Response(content, content_type=f"{CALENDAR_TYPE}; charset=utf-8")
    answer.set_etag(hashlib.sha256(content).hexdigest()[:32])
    answer.headers["Cache-Control"] = f"{'public' if public else 'private'}, max-age={_FRESH_S}"
    if not public:
        answer.headers["X-Robots-Tag"] = "noindex"
        answer.headers["Vary"] = "Authorization, Cookie"
    answer.make_conditional(request)
    return answer


def _calendar(secret: str | None = None) -> Calendar:
    found = services().calendar
    allowed = secret is None or services().accounts.reader_of_calendars(secret) is not None
    if found is None or not allowed:
        raise NotFound(t("There is nothing at this address."))
    return found

"""The JSON API, the store's time: expressions in words, calendars out, other people's calendars in, quiet hours."""

from __future__ import annotations

from flask import Blueprint, Response, request

from controller.doors import Calendar
from controller.errors import NotFound
from profiles.limits import Person
from profiles.text import t
from web.answers import json_answer
from web.auth import actor, needs
from web.bodies import TakeQuery, WhenQuery, query
from web.context import services
from web.errors import WrongType
from web.shown import Occurrence, QuietHours, TakenShown, WhenShown
from web.views.calendars import CALENDAR_TYPE, calendar_answer

times = Blueprint("times", __name__, url_prefix="/api/v1")

#: A calendar of many years has this much; more is refused unread.
LARGEST_CALENDAR = 1024 * 1024


@times.get("/when")
@needs(Person.VIEWER)
def when() -> Response:
    """A time expression in three languages, with its next occurrences; or what is wrong with it, and where."""
    asked = query(WhenQuery)
    found = _calendar().read(asked.text, asked.count)
    return json_answer(WhenShown(found.text, found.words, [Occurrence(a, b) for a, b in found.occurrences],
                                 found.problem, found.column))


@times.get("/quiet-hours")
@needs(Person.VIEWER)
def quiet_hours() -> Response:
    """The published quiet hours, and how well they were kept."""
    return json_answer(QuietHours(_calendar().quiet_hours()))


@times.get("/calendar.ics")
@needs(Person.VIEWER)
def store_calendar() -> Response:
    """The store's calendar."""
    return calendar_answer(_calendar().icalendar())


@times.get("/zones/<zone>/calendar.ics")
@needs(Person.VIEWER)
def zone_calendar(zone: str) -> Response:
    """A zone's calendar."""
    return calendar_answer(_calendar().icalendar(zone))


@times.post("/calendar/exceptions")
@needs(Person.MANAGER)
def take() -> Response:
    """Make the days of a calendar days of the store."""
    kind = query(TakeQuery).kind
    request.max_content_length = LARGEST_CALENDAR
    if request.mimetype != CALENDAR_TYPE:
        raise WrongType(t("Send a calendar as {kind}.", kind=CALENDAR_TYPE))
    taken = _calendar().take_exceptions(request.get_data(), actor(), kind)
    version = None if taken.version is None else taken.version.version
    return json_answer(TakenShown(version, taken.added, taken.replaced, taken.left_out))


def _calendar() -> Calendar:
    found = services().calendar
    if found is None:
        raise NotFound(t("This store has no calendar here."))
    return found

"""The JSON API, the looking half: store, zones, devices, timeline, reasons, changes as they come.

Thin: a view reads its query, asks `Overview`, answers. What each takes and gives is documented in `web/openapi.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import cast

from flask import Blueprint, Response, request

from controller.errors import Unavailable
from profiles.limits import Person
from profiles.scene import Sense
from profiles.text import t
from web.answers import json_answer
from web.auth import actor, caller, needs
from web.bodies import EventsQuery, ExplainQuery, TimelineQuery, query
from web.context import services
from web.errors import Invalid
from web.openapi import document
from web.shown import Devices, Ends, Moods, Segments, Stops, Zones
from web.streams import HAND_OVER, HandOver, Wish

api = Blueprint("api", __name__, url_prefix="/api/v1")

DAY = timedelta(days=1)

#: Thirteen months, the longest that the timeline answers.
LONGEST = timedelta(days=396)
LONGEST_OF_ALL = timedelta(days=35)


@api.get("/store")
@needs(Person.VIEWER)
def store() -> Response:
    """The store as a whole."""
    return json_answer(services().overview.store())


@api.get("/zones")
@needs(Person.VIEWER)
def zones() -> Response:
    """Every zone, with the revision that it is at least as new as."""
    overview = services().overview
    revision = overview.changes(-1, 0.0)
    return json_answer(Zones(revision, overview.zones()))


@api.get("/zones/<zone>")
@needs(Person.VIEWER)
def one_zone(zone: str) -> Response:
    """One zone."""
    return json_answer(services().overview.zone(zone))


@api.get("/zones/<zone>/moods")
@needs(Person.VIEWER)
def moods(zone: str) -> Response:
    """What the caller may press in a zone."""
    return json_answer(Moods(services().overview.moods(zone, actor())))


@api.get("/zones/<zone>/ends")
@needs(Person.VIEWER)
def ends(zone: str) -> Response:
    """How long a press by the caller may last in a zone."""
    return json_answer(Ends(services().overview.ends(zone, actor())))


@api.get("/devices")
@needs(Person.VIEWER)
def devices() -> Response:
    """Every device."""
    return json_answer(Devices(services().overview.devices()))


@api.get("/stop")
@needs(Person.VIEWER)
def stops() -> Response:
    """The stops in force."""
    return json_answer(Stops(services().overview.stops()))


@api.get("/timeline")
@needs(Person.VIEWER)
def timeline() -> Response:
    """What zones are, or will be, in a stretch of time."""
    asked, overview = query(TimelineQuery), services().overview
    start = asked.start or (asked.end - DAY if asked.end else overview.store().now)
    end = asked.end or start + DAY
    if end <= start:
        raise Invalid(t("to must be later than from."), "to")
    if end - start > LONGEST:
        raise Invalid(t("from and to may be at most 13 months apart."), "to")
    if asked.zone is None and end - start > LONGEST_OF_ALL:
        raise Invalid(t("from and to may be at most {days} days apart, or 13 months with a zone.",
                        days=LONGEST_OF_ALL.days), "to")
    return json_answer(Segments(start, end, overview.timeline(start, end, asked.zone)))


@api.get("/explain")
@needs(Person.VIEWER)
def explain() -> Response:
    """Why a zone is as it is."""
    asked, overview = query(ExplainQuery), services().overview
    return json_answer(overview.explain(asked.zone, asked.at or overview.store().now, asked.without,
                                        None if asked.sense is None else Sense(asked.sense)))


@api.get("/openapi.json")
@needs(Person.VIEWER)
def openapi() -> Response:
    """The description of this API."""
    return json_answer(document())


@api.get("/events")
@needs(Person.VIEWER)
def events() -> Response:
    """Changes as server-sent events. The connection leaves its worker here (`web/serving.py`)."""
    if request.method == "HEAD":
        return Response(mimetype="text/event-stream")
    hand_over = cast("HandOver | None", request.environ.get(HAND_OVER))
    if hand_over is None:
        raise Unavailable(t("This server has no event streams. Ask for /api/v1/zones now and then."), 60)
    wish = Wish(_known(), services().overview.changes(-1, 0.0), _still_allowed())
    if not hand_over(wish):
        raise Unavailable(t("Too many event streams are open. Ask for /api/v1/zones now and then."), 30)
    return Response(mimetype="text/event-stream", headers={"X-Accel-Buffering": "no"})


def _known() -> int | None:
    """The revision that the reader has: a browser that comes back says so itself."""
    last = request.headers.get("Last-Event-ID", "")
    return int(last) if last.isascii() and last.isdigit() and len(last) < 16 else query(EventsQuery).after


def _still_allowed() -> Callable[[], bool]:
    """Asks again later, outside of this request, whether its session or token still holds."""
    accounts, session = services().accounts, caller().session
    if session is not None:
        return lambda: accounts.actor_of_session(session) is not None
    token = request.headers["Authorization"].partition(" ")[2].strip()
    return lambda: accounts.actor_of_token(token) is not None

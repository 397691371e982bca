"""The public page *In the air*: fragrances, allergens, quiet hours. No sign-in; it may be printed as a code on a door.

What it shows is looked up once a minute at most, and browsers may keep it as long. Whoever is signed in gets the bar of
the panel as well, and nothing is kept of that.
"""

from __future__ import annotations

from typing import cast

from flask import Blueprint, Response, current_app, make_response, render_template

from profiles.limits import Person
from web.air_page import KEPT_S, Board
from web.auth import caller, needs
from web.context import services

air = Blueprint("air", __name__)

#: The public calendar of quiet hours.
CALENDAR = "/quiet-hours.ics"


@air.get("/in-the-air")
@needs(None)
def page() -> Response:
    """The page."""
    board = cast(Board, current_app.extensions.setdefault("sinne-air", Board()))
    found, by = board.look(services().overview, services().calendar), caller().actor
    answer = make_response(render_template(
        "air/page.html", air=found, store=found.store, wall=found.wall, actor=by, calendar=_calendar(),
        may_press=by is not None and by.person.may(Person.STAFF), is_still=True))
    answer.headers["Vary"] = "Cookie, Accept-Language"
    if by is None:
        answer.headers["Cache-Control"] = f"public, max-age={KEPT_S:.0f}"
    return answer


def _calendar() -> str | None:
    """The address of the public calendar, if there is one."""
    there = any(rule.rule == CALENDAR for rule in current_app.url_map.iter_rules())
    return CALENDAR if there and services().calendar is not None else None

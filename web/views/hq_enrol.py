"""The page *Enrol a store*: the commands that do it, and the stores that were enrolled and never heard.

Enrolling makes a password for the broker, so it is done on HQ's own machine (`sinne hq enrol`), where the bundle can be
a file that only its owner reads; nothing secret comes through a browser.
"""

from __future__ import annotations

from flask import Blueprint, Response

from controller.hq.alarms import Stand
from controller.hq.shapes_fleet import FleetQuery
from profiles.limits import Person
from web.auth import needs
from web.hq_context import hq
from web.hq_page import drawn, polled

enrol = Blueprint("enrol", __name__)

#: Stores without a word that are named here; the fleet page has all of them.
_NAMED = 100


@enrol.get("/enrol")
@needs(Person.VIEWER)
@polled
def whole() -> Response:
    """How to enrol a store, and who has not been heard."""
    shown = hq().fleet.fleet(FleetQuery(only=Stand.UNHEARD, limit=_NAMED))
    return drawn("enrol", {"rows": shown.rows, "count": shown.matching, "total": shown.total})

"""The page *Fleet*: how every store stands, alarms first; search, filters and pages are all in the address."""

from __future__ import annotations

from flask import Blueprint, Response, request

from controller.hq.alarms import Stand
from profiles.limits import Person
from web.auth import needs
from web.hq_context import hq
from web.hq_fleet_page import LONGEST, Asked, page
from web.hq_page import drawn, polled

fleet = Blueprint("fleet", __name__)


@fleet.get("/")
@needs(Person.VIEWER)
@polled
def whole() -> Response:
    """The page, or its pieces for htmx. What the address cannot mean is left aside: a list is shown in any case."""
    asked, given = page(hq().fleet, _asked())
    return drawn("fleet", given, address=asked.address(page=asked.page))


def _asked() -> Asked:
    said = request.args
    only, number = said.get("only", ""), said.get("page", "1")[:6]
    tags = tuple(dict.fromkeys(tag[:LONGEST] for tag in said.getlist("tag")[:20] if tag))
    return Asked(
        said.get("text", "").strip()[:LONGEST], tags, said.get("country", "")[:2],
        Stand(only) if only in set(Stand) else None, max(1, int(number)) if number.isdecimal() else 1)

"""What every page of HQ is drawn with: its head, whole or in pieces, and the cheap answer that nothing is newer.

A page asks for itself every few seconds with what it has (`X-Seen`, `web/assets/src/hq-live.js`). The answer is empty
unless something changed, or a minute has passed: a store lags by the clock alone. No worker keeps anything for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from zoneinfo import ZoneInfo

from flask import Response, make_response, render_template, request

from controller.ports import Actor
from web.auth import actor
from web.hq_context import hq
from web.wall import PanelWall

View = Callable[..., Response]


@dataclass(frozen=True, slots=True)
class Head:
    """What the bar, the foot and the live part of every page show. `seen`: what this drawing is of."""

    name: str
    wall: PanelWall
    actor: Actor
    address: str
    seen: str


def seen() -> str:
    """What a drawing of now is of: revisions, and the minute."""
    minute = int(hq().clock.now().timestamp() // 60)
    return f"{hq().office.revision()}.{hq().fleet.revision()}.{minute}"


def wall() -> PanelWall:
    """HQ's own wall clock."""
    zone = ZoneInfo(hq().time_zone)
    return PanelWall(zone, hq().clock.now().astimezone(zone))


def by_htmx() -> bool:
    """Whether pieces are asked for."""
    return "HX-Request" in request.headers


def polled(view: View) -> View:
    """A view that is not asked at all where the page that asks has what there is: 204."""

    @wraps(view)
    def asked(*args: object, **named: object) -> Response:
        if request.method == "GET" and request.headers.get("X-Seen") == seen():
            return Response(status=204)
        return view(*args, **named)

    return asked


def drawn(page: str, given: Mapping[str, object], code: int = 200, address: str | None = None) -> Response:
    """The page `hq/<page>/page.html`, or for htmx its pieces, with what is `given` to the templates.

    `address`: where the page asks for itself; None: at the address of this request. `problem`, `toast`: of what is
    given, a sentence of what went wrong, or of what was done.
    """
    here = address if address is not None else request.full_path.rstrip("?")
    head = Head(hq().office.organisation(), wall(), actor(), here, seen())
    part = "pieces" if by_htmx() else "page"
    return make_response(render_template(f"hq/{page}/{part}.html", **{**given, "head": head}), code)

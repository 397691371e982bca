"""The page *Today*: a date of the store as lanes of zones by hours, and the reasons of whatever is pressed in it.

The address says all of it (`/today?day=2026-12-24&zone=sales&at=…`), so a page works without script and can be shared.
With htmx the same address answers with pieces. The two keys of a choice lead back to the same address.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

from flask import Blueprint, Response, make_response, redirect, render_template, request

from controller.desk import Choice
from controller.errors import NotFound, Refused, SinneError
from controller.shapes import Explained, PressShown
from profiles.limits import Person
from profiles.text import t
from web.auth import actor, needs
from web.context import services
from web.errors import code_of
from web.now_page import Toast
from web.today_page import LONGER, Asked, page

today = Blueprint("today", __name__)

#: An instant in an address or a form, longest.
_LONGEST = 40


@today.get("/today")
@needs(Person.VIEWER)
def whole() -> Response:
    """The page, or its pieces for htmx. `done`: what was pressed, where there is no script to say it."""
    try:
        return _pieces(asked_of()) if _by_htmx() else _page(asked_of())
    except (Refused, NotFound) as error:
        # The date or the zone is wrong, or is gone by now: today is shown, with a sentence about it.
        if _by_htmx():
            return _pieces(Asked(), problem=str(error))
        return _page(Asked(), str(error), code_of(error))


@today.post("/today/end")
@needs(Person.STAFF)
def end() -> Response:
    """End a choice in a zone now; with it the same mood below, which *longer* left there, so that it really ends."""

    def ended() -> Toast:
        zone, named = request.form.get("zone", ""), request.form.get("press", "")
        alive = services().overview.presses()
        chosen = next((p for p in alive if p.press == named), None)
        if chosen is None:
            raise NotFound(t("This choice has ended already."))
        mine = [p for p in alive if p.press != named and p.name == chosen.name and p.zones == (zone,)]
        for press in mine:
            services().planning.undo(press.press, actor())
        return Toast(services().planning.undo(named, actor()).sentence)

    return _do(ended)


@today.post("/today/longer")
@needs(Person.STAFF)
def longer() -> Response:
    """Choose the same again in one zone, until half an hour after its end. What is chosen is asked of the store."""

    def chosen() -> Toast:
        zone, named = request.form.get("zone", ""), request.form.get("press", "")
        press = next((p for p in services().overview.presses() if p.press == named and zone in p.zones), None)
        if press is None:
            raise NotFound(t("This choice has ended already."))
        profile = _profile_of(press, services().overview.explain(zone, services().overview.store().now))
        made = services().planning.press(
            (zone,), Choice(profile=profile), (press.end + LONGER).astimezone(UTC).isoformat(), actor())
        return Toast(made.sentence, made.press, made.limits)

    return _do(chosen)


def _profile_of(press: PressShown, told: Explained) -> str:
    """The profile that a press brought, by the layer that it is now."""
    layers = [layer for shown in told.fields for layer in (shown.layer, *shown.beat)]
    mine = (x.profile for x in layers if x.rank == "override" and x.id.rpartition("-")[0] == press.press and x.profile)
    found = next(mine, None)
    if found is None:
        raise Refused(t("This choice is no mood of the plan. Choose it anew where it was made."))
    return found


def _do(act: Callable[[], Toast]) -> Response:
    """Act, then answer: pieces to htmx, a way back to a plain form, or the page with what went wrong."""
    try:
        toast = act()
    except SinneError as error:
        if _by_htmx():
            raise
        return _page(asked_of(), str(error), code_of(error))
    if _by_htmx():
        return _pieces(asked_of(), toast=toast)
    return redirect(asked_of().address(done=toast.press), 303)  # type: ignore[return-value]


def _by_htmx() -> bool:
    return "HX-Request" in request.headers


def _pieces(asked: Asked, **more: object) -> Response:
    return make_response(render_template("today/pieces.html", **_shown(asked), **more))


def _page(asked: Asked, problem: str | None = None, code: int = 200) -> Response:
    done = next((p for p in services().overview.presses() if p.press == request.args.get("done")), None)
    toast = Toast(done.sentence, done.press, done.limits) if done else None
    return make_response(render_template("today/page.html", **_shown(asked), problem=problem, toast=toast), code)


def _shown(asked: Asked) -> dict[str, object]:
    return page(services().overview, actor(), asked, services().cues)


def asked_of(path: str = "/today") -> Asked:
    """What the address, or the form, asks for. Raises Refused for a date or an instant that is none."""
    said = request.values
    return Asked(_date(said.get("day", "")), said.get("zone", ""), _instant(said.get("at", "")),
                 said.get("without", "")[:100], path)


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:_LONGEST]) if text else None
    except ValueError:
        raise Refused(t("A day is written as in 2026-12-24.")) from None


def _instant(text: str) -> datetime | None:
    if not text:
        return None
    try:
        # A plus that was not encoded arrives as a space.
        found = datetime.fromisoformat(text[:_LONGEST].replace(" ", "+"))
    except ValueError:
        found = None
    if found is None or found.utcoffset() is None:
        raise Refused(t("A time needs its offset, such as 2026-04-16T14:30:00Z."))
    return found

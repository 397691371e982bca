"""The page *Now*: what every zone is, why, and what comes next; and every key on it.

A browser without script gets whole pages and is led back after each press. With htmx the same addresses answer with
*pieces*: elements with an id that are put in the place of those in the page (`web/assets/src/pieces.js`). Errors go
to `web.errors` for htmx, whose sentence is then shown near the key; without script the page is drawn with it.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from flask import Blueprint, Response, make_response, redirect, render_template, request

from controller.desk import Choice
from controller.doors import AnnouncementShown
from controller.errors import NotFound, Refused, SinneError
from controller.shapes import PressShown
from profiles.limits import Person
from profiles.scene import Sense
from profiles.text import t
from web.auth import actor, needs
from web.context import services
from web.errors import code_of
from web.now_page import WHOLE, Toast, desk, floor, head, page, why, words_of_page

now = Blueprint("now", __name__)


@now.get("/")
@needs(Person.VIEWER)
def whole() -> Response:
    """The page. `zone`: in hand; `why`, `ask`: the drawer and the question without script; `done`: what was pressed."""
    return _page()


@now.get("/now/fragment")
@needs(Person.VIEWER)
def fragment() -> str:
    """Sentence, notices, plan and cards, as pieces."""
    overview = services().overview
    return render_template(
        "now/floor.html", **floor(overview, actor(), overview.zones()), **words_of_page(), chosen=_zone())


@now.get("/now/desk")
@needs(Person.VIEWER)
def desk_of_zone() -> str:
    """The desk, as a piece. Raises NotFound."""
    overview = services().overview
    zones = overview.zones()
    key = _zone() or (zones[0].id if zones else WHOLE)
    return render_template(
        "now/desk.html", **head(overview, actor(), zones), **words_of_page(), desk=desk(overview, actor(), key, zones),
        announcements=_announcements())


@now.get("/now/why")
@needs(Person.VIEWER)
def why_of_zone() -> str:
    """The drawer that says why, as a piece. Raises NotFound."""
    overview = services().overview
    return render_template("now/why.html", **why(overview, overview.zone(_zone())), is_open=False)


@now.post("/now/press")
@needs(Person.STAFF)
def press() -> Response:
    """Press a mood for a while."""
    form = request.form
    return _do(lambda: _undoable(services().planning.press(
        _zones(), Choice(profile=form.get("profile", "")), form.get("end", ""), actor())))


@now.post("/now/nudge")
@needs(Person.STAFF)
def nudge() -> Response:
    """Too loud, too bright, too strong."""
    return _do(lambda: _undoable(services().planning.nudge(_zone(), request.form.get("complaint", ""), actor())))


@now.post("/now/undo")
@needs(Person.STAFF)
def undo() -> Response:
    """Take back a press: the one named, else the last of this person."""
    return _do(lambda: Toast(services().planning.undo(request.form.get("press") or None, actor()).sentence))


@now.post("/now/end")
@needs(Person.STAFF)
def end() -> Response:
    """End every choice of a zone."""

    def ended() -> Toast:
        count = services().planning.end_overrides(_zone(), actor())
        return Toast(t("One choice ended.") if count == 1 else t("{count} choices ended.", count=count))

    return _do(ended)


@now.post("/now/stop")
@needs(Person.STAFF)
def stop() -> Response:
    """Stop the whole store, or with `here` the zone in hand: every sense, or the one named (a fragrance stop)."""

    def stopped() -> Toast | None:
        senses, zones = _senses(), _zones() if request.form.get("here") else None
        made = services().planning.stop(zones, senses, request.form.get("reason", "").strip() or t("Pressed here"),
                                        actor())
        # A full stop covers the page by itself; the way back from a scent that is off is as near as the key was.
        return Toast(t("The scent is off."), stop=made.id) if senses == (Sense.SCENT,) else None

    return _do(stopped)


@now.post("/now/announce")
@needs(Person.STAFF)
def announce() -> Response:
    """Say an announcement of the plan, in its zones."""

    def said() -> Toast:
        door = services().announcements
        if door is None:
            raise NotFound(t("Nothing can be announced here."))
        found = door.announce(request.form.get("announcement", ""), None, actor())
        return Toast(found.last_words or t("{name} is being said.", name=found.name))

    return _do(said)


@now.post("/now/resume")
@needs(Person.STAFF)
def resume() -> Response:
    """End the stops named, else all of them."""

    def resumed() -> Toast:
        services().planning.resume(tuple(request.form.getlist("stop")) or None, actor())
        scent = request.form.get("sense") == Sense.SCENT.value
        return Toast(t("The scent is on its way back.") if scent else t("The plan is on its way back."))

    return _do(resumed)


def _zone() -> str:
    return str(request.values.get("zone", ""))


def _zones() -> tuple[str, ...] | None:
    return None if _zone() == WHOLE else (_zone(),)


def _senses() -> tuple[Sense, ...]:
    named = request.form.getlist("sense")
    if any(sense not in list(Sense) for sense in named):
        raise Refused(t("A stop is of light, music or scent; with none named it is of all."))
    return tuple(Sense(sense) for sense in named) or tuple(Sense)


def _announcements() -> list[AnnouncementShown]:
    """What may be said by press."""
    door = services().announcements
    return [] if door is None else door.announcements()


def _undoable(pressed: PressShown) -> Toast:
    return Toast(pressed.sentence, pressed.press, pressed.limits)


def _do(act: Callable[[], Toast | None]) -> Response:
    """Act, then answer: pieces to htmx, a way back to a plain form, or the page with what went wrong."""
    by_htmx = "HX-Request" in request.headers
    try:
        toast = act()
    except SinneError as error:
        if by_htmx:
            raise
        return _page(problem=str(error), code=code_of(error))
    if by_htmx:
        given = page(services().overview, actor(), _zone())
        return make_response(render_template("now/pieces.html", **given, announcements=_announcements(), toast=toast))
    back = {"zone": _zone()} | ({"done": toast.press} if toast is not None and toast.press else {})
    return redirect(f"/?{urlencode(back)}", 303)  # type: ignore[return-value]


def _page(problem: str | None = None, code: int = 200) -> Response:
    overview, by = services().overview, actor()
    given = page(overview, by, _zone())
    done = next((p for p in overview.presses() if p.press == request.args.get("done")), None)
    reason = why(overview, overview.zone(_zone())) if request.args.get("why") else None
    answer = render_template(
        "now/page.html", **{**given, **(reason or {"why": None})}, toast=_undoable(done) if done else None,
        announcements=_announcements(), problem=problem, asks_stop=request.args.get("ask") == "stop",
        is_open=reason is not None, actor=by)
    return make_response(answer, code)

"""The page *Cues*: what people are asked to do for touch and taste, done with one tap.

Without script every key is a plain form that leads back here; with htmx the same addresses answer with pieces.
"""

from __future__ import annotations

from datetime import date

from flask import Blueprint, Response, make_response, redirect, render_template, request

from controller.errors import Refused, SinneError
from profiles.limits import Person
from profiles.text import t
from web.auth import actor, needs
from web.context import services
from web.cues_page import Said, cues_here, page, said_of
from web.errors import code_of

cues = Blueprint("cues", __name__)


@cues.get("/cues")
@needs(Person.VIEWER)
def whole() -> Response:
    """The page, or its pieces for htmx. `day`: of the store; `done`: which cue was just settled, without script."""
    try:
        wanted = _day()
    except Refused as error:
        return _page(None, str(error), code_of(error))
    return _answer("cues/pieces.html", wanted) if "HX-Request" in request.headers else _page(wanted)


@cues.post("/cues/mark")
@needs(Person.STAFF)
def mark() -> Response:
    """Done, skipped, or open again: `cue` and `outcome` of the form."""
    form, by_htmx = request.form, "HX-Request" in request.headers
    try:
        said = said_of(cues_here().mark(form.get("cue", ""), form.get("outcome", ""), actor()))
    except SinneError as error:
        if by_htmx:
            raise
        return _page(None, str(error), code_of(error))
    if by_htmx:
        return _answer("cues/pieces.html", None, said=said)
    return redirect(f"/cues?done={said.cue}" if said.cue else "/cues", 303)  # type: ignore[return-value]


def _day() -> date | None:
    text = request.args.get("day", "")
    try:
        return date.fromisoformat(text[:40]) if text else None
    except ValueError:
        raise Refused(t("A day is written as in 2026-12-24.")) from None


def _page(wanted: date | None, problem: str | None = None, code: int = 200) -> Response:
    settled = request.args.get("done")
    shown = next((one for one in cues_here().day() if one.id == settled and one.by is not None), None)
    return _answer("cues/page.html", wanted, code, said=said_of(shown) if shown else None, problem=problem)


def _answer(template: str, wanted: date | None, code: int = 200, said: Said | None = None,
            problem: str | None = None) -> Response:
    given = page(services().overview, cues_here(), actor(), wanted)
    return make_response(render_template(template, **given, said=said, problem=problem), code)

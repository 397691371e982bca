"""A store from afar: how it stands, what applies in it, its own *Today* read-only, and what HQ asks of it.

The day is drawn by the code of the store's own page, from the plan that the store last said. Whether an override is
made is the store's decision: the page says what was asked and what came of it, never that it is so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import cast
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, request

from controller.errors import NotFound, Refused, SinneError
from controller.hq.shapes import OrderShown
from controller.ports import Actor
from profiles.limits import Person
from profiles.text import t
from web.auth import actor, needs
from web.errors import code_of
from web.hq_context import hq
from web.hq_fleet_page import MARKS, parts_of, place_words, short, stand_words
from web.hq_page import by_htmx, drawn, polled
from web.lanes import Lane
from web.now_page import words_of_page
from web.today_page import Asked, page
from web.views.today import asked_of

store = Blueprint("store", __name__, url_prefix="/stores")

#: Zones that a form can name, most.
_MOST_ZONES = 200


@store.get("/<name>")
@needs(Person.VIEWER)
@polled
def whole(name: str) -> Response:
    """The page, or its pieces for htmx."""
    return _drawn(name)


@store.post("/<name>/override")
@needs(Person.EDITOR)
def override(name: str) -> Response:
    """Ask for `profile` in `zone` (several; none: the whole store) until `end`."""
    form = request.form
    zones = tuple(form.getlist("zone")[:_MOST_ZONES]) or None
    return _ask(name, lambda: hq().fleet.override(name, zones, form.get("profile", ""), form.get("end", ""), actor()))


@store.post("/<name>/end")
@needs(Person.EDITOR)
def end(name: str) -> Response:
    """Ask to end what HQ chose there, in the whole store."""
    return _ask(name, lambda: hq().fleet.end_override(name, None, actor()))


def _ask(name: str, act: Callable[[], OrderShown]) -> Response:
    """Act, then answer: pieces to htmx, a way back to a plain form, or the page with what went wrong."""
    try:
        order = act()
    except SinneError as error:
        if by_htmx():
            raise
        return _drawn(name, str(error), code_of(error))
    if order.state == "refused" and by_htmx():
        raise Refused(order.sentence)
    if by_htmx():
        return _drawn(name, toast=order.sentence)
    return redirect(f"/stores/{name}?{urlencode({'order': order.number})}", 303)  # type: ignore[return-value]


def _drawn(name: str, problem: str | None = None, code: int = 200, toast: str | None = None) -> Response:
    shown = hq().fleet.store(name, actor())
    plain = Asked(path=f"/stores/{shown.row.id}")
    no_day = ""
    try:
        asked = asked_of(plain.path)
        day = _day(name, asked)
    except (Refused, NotFound) as error:
        # The date or the zone is wrong, or is gone by now: today is shown, with a sentence about it.
        asked = plain
        day, no_day = _today_or_why_not(name, asked)
        if not no_day:
            problem, code = problem or str(error), code if code != 200 else code_of(error)
    return drawn("store", {
        **words_of_page(), **day, **_words(), "shown": shown, "row": shown.row, "problem": problem,
        "toast": toast or _told(), "no_day": no_day or shown.plan_problem}, code, asked.address())


def _words() -> dict[str, object]:
    return {"marks": MARKS, "stand_words": stand_words(), "place_words": place_words, "digest": short,
            "parts": parts_of, "ask_marks": ASK_MARKS, "ask_words": ask_words(), "kinds": kind_names()}


def _day(name: str, asked: Asked) -> dict[str, object]:
    """What the templates of *Today* are given. Whoever looks from HQ presses nothing in it, and sees no device."""
    given = page(hq().fleet.afar(name), Actor(actor().name, Person.VIEWER), asked, None)
    lanes = cast("Iterable[Lane]", given.get("lanes", ()))
    return {**given, "lanes": tuple(replace(lane, standing=None, standing_words="", gaps=()) for lane in lanes)}


def _today_or_why_not(name: str, asked: Asked) -> tuple[dict[str, object], str]:
    try:
        return _day(name, asked), ""
    except (Refused, NotFound) as error:
        return {"asked": asked, "day": None, "reason": None}, str(error)


def _told() -> str | None:
    """What became of an order that was left by a plain form."""
    number = request.args.get("order", "")[:12]
    if not number.isdecimal():
        return None
    try:
        return hq().office.order(int(number)).sentence
    except NotFound:
        return None


#: The mark of what became of something that was asked of a store.
ASK_MARKS = {"waiting": "sent", "asked": "sent", "sent": "sent", "done": "reported", "refused": "alarm",
             "expired": "lost"}


def ask_words() -> dict[str, str]:
    """What became of it, in a word."""
    return {"waiting": t("Asked"), "asked": t("Asked"), "sent": t("Asked"), "done": t("Done"),
            "refused": t("Refused"), "expired": t("Expired")}


def kind_names() -> dict[str, str]:
    """Kinds of documents, one of them."""
    return {
        "profile": t("Profile"), "programme": t("Programme"), "campaign": t("Campaign"), "limits": t("Limits"),
        "quiet-hour": t("Quiet hour"), "fragrance": t("Fragrance"), "playlist": t("Playlist"),
        "store-list": t("List of stores"),
    }

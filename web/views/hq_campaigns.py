"""The pages *Campaigns*: a calendar to drag on, and one campaign: who, when, what it meets, waves, its way to approval.

While somebody writes, the form is looked at (`/look`) and nothing is kept; it is kept, as a draft, when they say so. A
campaign that goes to stores is drawn anew by itself, but never the form that somebody is writing in.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, request

from controller.errors import NotFound, Refused, SinneError
from controller.hq.shapes import OrderShown
from profiles.limits import Person
from profiles.text import t
from web.answers import json_answer
from web.auth import actor, needs
from web.errors import code_of
from web.hq_campaign_form import Fields, content_of, fields_of, filled_in
from web.hq_campaign_page import FEW, STAGE_MARKS, additions, chips, kind_words, problems_of, tickets, track, zones_of
from web.hq_campaigns_page import MARKS, calendar_json, dates_words, day_words, span_of
from web.hq_context import hq
from web.hq_forms import date_of, onward, order_told, seen_revision
from web.hq_page import by_htmx, drawn, polled, wall

campaigns = Blueprint("campaigns", __name__, url_prefix="/campaigns")

_LONGEST_NAME = 120


@campaigns.get("")
@needs(Person.VIEWER)
@polled
def whole() -> Response:
    """The calendar, from `from` on, and drafts that wait."""
    return _calendar()


@campaigns.post("")
@needs(Person.EDITOR)
def begin() -> Response:
    """A new campaign of this `name`: an empty draft, and its page."""
    name = request.form.get("name", "").strip()[:_LONGEST_NAME]
    try:
        if not name:
            raise Refused(t("A campaign needs a name to begin with."))
        office = hq().office
        id_, content = office.free_id("campaign", name), office.blank("campaign")
        body = content["body"]
        named = {**body, "name": name} if isinstance(body, dict) else {"name": name}
        office.save("campaign", id_, {**content, "body": named}, None, actor())
    except SinneError as error:
        return _calendar(str(error), code_of(error))
    return _to(id_)


@campaigns.get("/<name>")
@needs(Person.VIEWER)
@polled
def one(name: str) -> Response:
    """A campaign; for htmx what changes by itself."""
    return _shown(name)


@campaigns.post("/<name>")
@needs(Person.EDITOR)
def keep(name: str) -> Response:
    """Keep the form as a draft; `do=submit` asks for a review as well."""
    office, seen = hq().office, seen_revision()
    fields = filled_in(request.form)
    try:
        draft = office.save("campaign", name, content_of(fields, _content(name)), seen, actor())
        if request.form.get("do") == "submit":
            office.submit("campaign", name, draft.line.revision, actor(), fields.note)
    except SinneError as error:
        return _shown(name, fields, str(error), code_of(error))
    return _to(name)


@campaigns.post("/<name>/look")
@needs(Person.EDITOR)
def look(name: str) -> Response:
    """The form as it is, looked at and not kept: who is in, when it comes, what is wrong."""
    fields = filled_in(request.form)
    if not by_htmx():
        return _shown(name, fields)
    return drawn("campaign/look", _looked_at(name, fields), address=f"/campaigns/{name}")


@campaigns.post("/<name>/meets")
@needs(Person.VIEWER)
def meets(name: str) -> Response:
    """What the form would meet, in the stores that it is for."""
    content = content_of(filled_in(request.form), _content(name)) if "when" in request.form else _content(name)
    met, problem = None, ""
    try:
        met = hq().office.conflicts(name, content)
    except Refused as refusal:
        problem = str(refusal)
    given = {"met": met, "meets_problem": problem, "base": f"/campaigns/{name}", "few": FEW}
    return drawn("campaign/meets", given, address=f"/campaigns/{name}")


@campaigns.post("/<name>/preview")
@needs(Person.VIEWER)
def preview(name: str) -> Response:
    """A day of a store before and after."""
    content = content_of(filled_in(request.form), _content(name)) if "when" in request.form else _content(name)
    office, shown, problem = hq().office, None, ""
    places = office.places()
    place = request.form.get("place") or (places[0].id if places else "")
    day = date_of(request.form.get("day", "")) or wall().now.date()
    try:
        shown = office.preview("campaign", name, content, place, day, full="full" in request.form)
    except Refused as refusal:
        problem = str(refusal)
    given = {"shown": shown, "places": places, "place": place, "day": day, "base": f"/campaigns/{name}",
             "preview_problem": problem, "zones": zones_of(shown) if shown else []}
    return drawn("campaign/preview", given, address=f"/campaigns/{name}")


@campaigns.post("/<name>/review")
@needs(Person.EDITOR)
def review(name: str) -> Response:
    """`approve`, `return` (with a note), `discard`: what a second person, or the author, does about a draft."""
    office, form = hq().office, request.form
    order = None
    try:
        verb = form.get("do", "")
        if verb == "approve":
            order = office.approve("campaign", name, seen_revision() or 0, actor(), form.get("note", ""))
        elif verb == "return":
            office.give_back("campaign", name, seen_revision() or 0, form.get("note", ""), actor())
        elif verb == "discard":
            office.discard("campaign", name, actor())
        else:
            raise Refused(t("A draft is approved, returned or discarded."))
    except SinneError as error:
        return _shown(name, None, str(error), code_of(error))
    try:
        office.campaign(name, actor())
    except NotFound:
        return onward("/campaigns")
    return _to(name, order)


@campaigns.post("/<name>/steer")
@needs(Person.APPROVER)
def steer(name: str) -> Response:
    """`advance`, `pause`, `resume`, `halt` (with a reason), `revive`."""
    try:
        order = hq().office.steer(name, request.form.get("verb", ""), request.form.get("reason", "").strip(), actor())
    except SinneError as error:
        return _shown(name, None, str(error), code_of(error))
    return _to(name, order)


@campaigns.post("/<name>/move")
@needs(Person.EDITOR)
def move(name: str) -> Response:
    """Other dates, from the calendar's script (JSON) or a form. What was dragged is a draft, not yet published."""
    form = request.form
    try:
        first, last = (date_of(form.get(end, "")) for end in ("first", "last"))
        draft = hq().office.move(name, first, last, seen_revision() or 0, actor())
    except SinneError as error:
        if "X-Moved" in request.headers:
            return json_answer({"sentence": str(error)}, code_of(error))
        return _calendar(str(error), code_of(error))
    if "X-Moved" in request.headers:
        return json_answer({"sentence": t("{name} has new dates, as a draft.", name=draft.line.name)})
    return onward("/campaigns")


def _calendar(problem: str | None = None, code: int = 200) -> Response:
    office, now = hq().office, wall()
    first, last = span_of(request.args.get("from", ""), now.now.date())
    shown = office.calendar(first, last, actor())
    given = {
        "shown": shown, "json": calendar_json(shown), "marks": MARKS, "week": timedelta(weeks=1), "problem": problem,
        "waiting": [each for each in office.drafts("campaign") if each.state == "review"],
        "dates": lambda bar: dates_words(bar, now), "day": lambda day: day_words(day, now),
        "may_write": actor().person.may(Person.EDITOR)}
    return drawn("campaigns", given, code, f"/campaigns?from={first.isoformat()}")


def _shown(name: str, fields: Fields | None = None, problem: str | None = None, code: int = 200) -> Response:
    shown = hq().office.campaign(name, actor())
    given = fields or fields_of(shown.content)
    may = shown.draft.may if shown.draft else ("save",) if actor().person.may(Person.EDITOR) else ()
    page = {
        "campaign": shown, "draft": shown.draft, "base": f"/campaigns/{name}", "marks": MARKS,
        "stage_marks": STAGE_MARKS, "track": track, "may": may, "problem": problem,
        "revision": shown.draft.line.revision if shown.draft else 0, "toast": None if problem else order_told()}
    return drawn("campaign", {**page, **({} if by_htmx() else _looked_at(name, given))}, code, f"/campaigns/{name}")


def _looked_at(name: str, fields: Fields) -> dict[str, Any]:
    """What a form says, as far as it can be read."""
    office = hq().office
    content = content_of(fields, _content(name))
    choices = office.choices()
    audience, who_problem = None, ""
    try:
        audience = office.audience(content["selector"], name, content["stages"])
    except Refused as refusal:
        who_problem = str(refusal)
    times = office.occurrences(fields.when, date_of(fields.first), date_of(fields.last))
    found = office.check("campaign", name, content)
    return {
        "base": f"/campaigns/{name}", "fields": fields, "choices": choices, "chips": chips(fields.who, choices),
        "additions": additions(fields.who, choices), "audience": audience, "who_problem": who_problem, "times": times,
        "tickets": tickets(times), "few": FEW, "kind_names": kind_words(),
        "wrong": lambda *parts: problems_of(found, *parts)}


def _content(name: str) -> dict[str, Any]:
    """What the form was made from: the draft where there is one, else what is published."""
    return dict(hq().office.campaign(name, actor()).content)


def _to(name: str, order: OrderShown | None = None) -> Response:
    return onward(f"/campaigns/{name}" + (f"?order={order.number}" if order else ""))

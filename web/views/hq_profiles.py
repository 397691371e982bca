"""The pages *Profiles*: HQ's library of profiles, programmes, quiet hours, fragrances, music, limits, store lists.

Each document has its versions with their differences, a draft that is written as in a plan file, a second person who
approves it, and a day of a store before and after.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, request

from controller.errors import NotFound, Refused, SinneError
from controller.hq.documents import Kind
from controller.hq.shapes import DocumentShown, DraftShown, OrderShown
from profiles.limits import Person
from profiles.text import t
from web.auth import actor, needs, takes
from web.errors import code_of
from web.hq_campaign_form import content_of, fields_of, filled_in
from web.hq_campaign_page import FEW, additions, chips, problems_of, zones_of
from web.hq_campaigns_page import MARKS
from web.hq_context import hq
from web.hq_forms import date_of, onward, order_told, seen_revision
from web.hq_page import by_htmx, drawn, polled, wall
from web.hq_profiles_page import LIBRARY, Written, kind_of, looks_of, tab_words, text_of, written

profiles = Blueprint("profiles", __name__, url_prefix="/profiles")

_LONGEST_NAME = 120
_LARGEST = 1024 * 1024


@profiles.get("")
@needs(Person.VIEWER)
@polled
def whole() -> Response:
    """The documents of a `kind`, and drafts of it."""
    return _listed()


@profiles.post("")
@needs(Person.EDITOR)
def begin() -> Response:
    """A new document of a `kind` and a `name`: a draft, and its page."""
    name, kind = request.form.get("name", "").strip()[:_LONGEST_NAME], kind_of(request.form.get("kind", ""))
    office = hq().office
    try:
        if not name:
            raise Refused(t("A document needs a name to begin with."))
        id_, content = office.free_id(kind, name), office.blank(kind)
        body = content["body"]
        known = body if isinstance(body, dict) else {}
        office.save(kind, id_, {**content, "body": {**known, "name": name} if "name" in known else known}, None,
                    actor())
    except SinneError as error:
        return _listed(str(error), code_of(error))
    return _to(kind, id_)


@profiles.get("/<name>")
@needs(Person.VIEWER)
@polled
def one(name: str) -> Response:
    """A document; for htmx what changes by itself."""
    return _shown(name)


@profiles.post("/<name>")
@needs(Person.EDITOR)
@takes(_LARGEST)
def keep(name: str) -> Response:
    """Keep the text as a draft; `do=submit` asks for a review as well."""
    office, kind = hq().office, _kind()
    said = written(request.form.get("text", ""))
    try:
        if said.problems:
            raise Refused(said.problems[0].sentence)
        draft = office.save(kind, name, _content(kind, name, said), seen_revision(), actor())
        if request.form.get("do") == "submit":
            office.submit(kind, name, draft.line.revision, actor(), request.form.get("note", ""))
    except SinneError as error:
        return _shown(name, said, str(error), code_of(error))
    return _to(kind, name)


@profiles.post("/<name>/look")
@needs(Person.EDITOR)
@takes(_LARGEST)
def look(name: str) -> Response:
    """The text as it is, looked at and not kept."""
    said = written(request.form.get("text", ""))
    if not by_htmx():
        return _shown(name, said)
    return drawn("profile/look", _looked_at(_kind(), name, said), address=_base(_kind(), name))


@profiles.post("/<name>/preview")
@needs(Person.VIEWER)
@takes(_LARGEST)
def preview(name: str) -> Response:
    """A day of a store before and after."""
    office, kind, shown, problem = hq().office, _kind(), None, ""
    places = office.places()
    place = request.form.get("place") or (places[0].id if places else "")
    day = date_of(request.form.get("day", "")) or wall().now.date()
    try:
        said = written(request.form["text"]) if "text" in request.form else None
        content = _content(kind, name, said) if said and not said.problems else _kept(kind, name)
        shown = office.preview(kind, name, content, place, day, full="full" in request.form)
    except Refused as refusal:
        problem = str(refusal)
    given = {"shown": shown, "places": places, "place": place, "day": day, "base": f"/profiles/{name}", "kind": kind,
             "preview_problem": problem, "zones": zones_of(shown) if shown else []}
    return drawn("profile/preview", given, address=_base(kind, name))


@profiles.post("/<name>/review")
@needs(Person.EDITOR)
def review(name: str) -> Response:
    """`approve`, `return`, `discard`; `restore` makes a draft of a `version`, `retract` deletes it everywhere."""
    office, form, kind, order = hq().office, request.form, _kind(), None
    try:
        verb, note = form.get("do", ""), form.get("note", "")
        if verb == "approve":
            order = office.approve(kind, name, seen_revision() or 0, actor(), note)
        elif verb == "return":
            office.give_back(kind, name, seen_revision() or 0, note, actor())
        elif verb == "discard":
            office.discard(kind, name, actor())
        elif verb == "restore":
            office.restore(kind, name, _version() or 0, actor())
        elif verb == "retract":
            order = office.retract(kind, name, note, actor())
        else:
            raise Refused(t("A draft is approved, returned or discarded."))
    except SinneError as error:
        return _shown(name, None, str(error), code_of(error))
    try:
        office.draft(kind, name, actor())
    except NotFound:
        return onward(f"/profiles?kind={kind}")
    return _to(kind, name, order)


def _listed(problem: str | None = None, code: int = 200) -> Response:
    kind = kind_of(request.values.get("kind", ""))
    office = hq().office
    documents = office.documents(kind)
    published = {each.id for each in documents}
    given = {
        "kind": kind, "tabs": [(each, tab_words()[each]) for each in LIBRARY], "documents": documents, "marks": MARKS,
        "drafts": [each for each in office.drafts(kind) if each.id not in published], "problem": problem,
        "looks": {each.id: _first_look(each.id) for each in documents} if kind == "profile" else {},
        "may_write": actor().person.may(Person.EDITOR)}
    return drawn("profiles", given, code, f"/profiles?kind={kind}")


def _first_look(name: str) -> object:
    content = hq().office.document("profile", name).content
    looks = looks_of(name, content or {})
    return looks[1] if len(looks) > 1 else None


def _shown(name: str, said: Written | None = None, problem: str | None = None, code: int = 200) -> Response:
    kind, office = _kind(), hq().office
    draft, document = _both(kind, name)
    after, compared = _version(), None
    if document is not None and (after is not None or (draft is not None and draft.line.revision)):
        compared = office.difference(kind, name, None, after if after is not None else 0)
    saved = draft if draft is not None and draft.line.revision else None
    title = document.line.name if document else draft.line.name if draft else name
    page = {
        "title": title, "kind": kind, "kind_words": tab_words()[kind], "document": document, "draft": saved,
        "base": f"/profiles/{name}", "marks": MARKS, "compared": compared, "problem": problem, "compared_to": after,
        "may": saved.may if saved else ("save",) if actor().person.may(Person.EDITOR) else (),
        "may_retract": document is not None and not document.line.gone and actor().person.may(Person.APPROVER),
        "revision": saved.line.revision if saved else 0, "toast": None if problem else order_told()}
    looked = {} if by_htmx() else _looked_at(kind, name, said or Written(text_of(_body(_kept(kind, name))), _body(
        _kept(kind, name))), kept=said is None)
    return drawn("profile", {**page, **looked}, code, _base(kind, name))


def _both(kind: Kind, name: str) -> tuple[DraftShown | None, DocumentShown | None]:
    """The draft and what is published. Raises NotFound where there is neither."""
    office = hq().office
    try:
        document: DocumentShown | None = office.document(kind, name)
    except NotFound:
        document = None
    try:
        return office.draft(kind, name, actor()), document
    except NotFound:
        if document is None:
            raise
        return None, document


def _looked_at(kind: Kind, name: str, said: Written, *, kept: bool = False) -> dict[str, Any]:
    office = hq().office
    content = _kept(kind, name) if kept else _content(kind, name, said)
    fields, choices = fields_of(content), office.choices()
    audience, who_problem = None, ""
    try:
        audience = replace(office.audience(content.get("selector") or {}), waves=())
    except Refused as refusal:
        who_problem = str(refusal)
    found = said.problems or office.check(kind, name, content)
    return {
        "base": f"/profiles/{name}", "kind": kind, "text": said.text, "fields": fields, "choices": choices,
        "chips": chips(fields.who, choices), "additions": additions(fields.who, choices), "audience": audience,
        "who_problem": who_problem, "few": FEW, "wrong": lambda *parts: problems_of(found, *parts),
        "amiss": [each for each in found if not each.field.startswith("selector")],
        "looks": looks_of(name, content) if kind == "profile" else []}


def _content(kind: Kind, name: str, said: Written) -> dict[str, Any]:
    """What the page says: the text's body, for whom, and the note; the rest as it was."""
    before = _kept(kind, name)
    filled = content_of(filled_in(request.form), {})
    return {**before, "body": dict(said.body), "selector": filled["selector"], "note": filled["note"]}


def _kept(kind: Kind, name: str) -> dict[str, Any]:
    draft, document = _both(kind, name)
    content = draft.content if draft is not None else document.content if document is not None else None
    return dict(content or {"body": {}})


def _body(content: dict[str, Any]) -> dict[str, Any]:
    body = content.get("body")
    return dict(body) if isinstance(body, dict) else {}


def _kind() -> Kind:
    return kind_of(request.values.get("kind", ""))


def _base(kind: Kind, name: str) -> str:
    return f"/profiles/{name}?kind={kind}"


def _version() -> int | None:
    version = request.values.get("version", "")[:15]
    return int(version) if version.isdecimal() else None


def _to(kind: Kind, name: str, order: OrderShown | None = None) -> Response:
    return onward(_base(kind, name) + (f"&order={order.number}" if order else ""))

"""HQ's JSON API, the office: drafts and their review, the library of what is published."""

from __future__ import annotations

from flask import Blueprint, Response, request

from controller.errors import NotFound
from controller.hq.drafting import checked_kind
from profiles.limits import Person
from profiles.text import t
from web.answers import json_answer
from web.auth import actor, needs
from web.bodies import Shape, body, query
from web.hq_bodies import (
    LARGEST_DRAFT,
    ContentBody,
    DocumentsQuery,
    IdQuery,
    KindQuery,
    ReasonQuery,
    RestoreBody,
    SaveBody,
    SeenBody,
    VersionsQuery,
)
from web.hq_context import hq
from web.hq_shown import Blank, Checked, Discarded, Documents, Drafts, FreeId

hq_drafts = Blueprint("hq_drafts", __name__, url_prefix="/api/v1")


@hq_drafts.get("/drafts")
@needs(Person.VIEWER)
def drafts() -> Response:
    """Every draft."""
    return json_answer(Drafts(hq().office.drafts(query(KindQuery).kind)))


@hq_drafts.get("/drafts/<kind>/<name>")
@needs(Person.VIEWER)
def draft(kind: str, name: str) -> Response:
    """One draft, or what is published, ready to be changed."""
    return json_answer(hq().office.draft(checked_kind(kind), name, actor()))


@hq_drafts.get("/blank/<kind>")
@needs(Person.VIEWER)
def blank(kind: str) -> Response:
    """Content to begin with."""
    return json_answer(Blank(hq().office.blank(checked_kind(kind))))


@hq_drafts.get("/free-id")
@needs(Person.VIEWER)
def free_id() -> Response:
    """An id made from a name."""
    asked = query(IdQuery)
    return json_answer(FreeId(hq().office.free_id(asked.kind, asked.name)))


@hq_drafts.post("/drafts/<kind>/<name>/check")
@needs(Person.EDITOR)
def check(kind: str, name: str) -> Response:
    """What is wrong with a content."""
    found = hq().office.check(checked_kind(kind), name, large_body(ContentBody).content)
    return json_answer(Checked(not any(each.level == "error" for each in found), list(found)))


@hq_drafts.put("/drafts/<kind>/<name>")
@needs(Person.EDITOR)
def save(kind: str, name: str) -> Response:
    """Keep a draft."""
    asked = large_body(SaveBody)
    return json_answer(hq().office.save(checked_kind(kind), name, asked.content, asked.seen, actor()))


@hq_drafts.delete("/drafts/<kind>/<name>")
@needs(Person.EDITOR)
def discard(kind: str, name: str) -> Response:
    """Throw a draft away."""
    hq().office.discard(checked_kind(kind), name, actor())
    return json_answer(Discarded(name))


@hq_drafts.post("/drafts/<kind>/<name>/submit")
@needs(Person.EDITOR)
def submit(kind: str, name: str) -> Response:
    """Ask for a review."""
    asked = body(SeenBody)
    return json_answer(hq().office.submit(checked_kind(kind), name, asked.seen, actor(), asked.note))


@hq_drafts.post("/drafts/<kind>/<name>/approve")
@needs(Person.APPROVER)
def approve(kind: str, name: str) -> Response:
    """Publish what somebody else wrote."""
    asked = body(SeenBody)
    return json_answer(hq().office.approve(checked_kind(kind), name, asked.seen, actor(), asked.note), 202)


@hq_drafts.post("/drafts/<kind>/<name>/return")
@needs(Person.APPROVER)
def give_back(kind: str, name: str) -> Response:
    """Return a draft to its author."""
    asked = body(SeenBody)
    return json_answer(hq().office.give_back(checked_kind(kind), name, asked.seen, asked.note, actor()))


# ── the library ─────────────────────────────────────────────────────────────────────


@hq_drafts.get("/documents")
@needs(Person.VIEWER)
def documents() -> Response:
    """What is published."""
    asked = query(DocumentsQuery)
    return json_answer(Documents(hq().office.documents(asked.kind, asked.gone)))


@hq_drafts.get("/documents/<kind>/<name>")
@needs(Person.VIEWER)
def document(kind: str, name: str) -> Response:
    """One document with its versions."""
    return json_answer(hq().office.document(checked_kind(kind), name))


@hq_drafts.get("/documents/<kind>/<name>/versions/<version>")
@needs(Person.VIEWER)
def version(kind: str, name: str, version: str) -> Response:
    """One version."""
    return json_answer(hq().office.version(checked_kind(kind), name, number_of(version, "version")))


@hq_drafts.get("/documents/<kind>/<name>/difference")
@needs(Person.VIEWER)
def difference(kind: str, name: str) -> Response:
    """What was written differently."""
    asked = query(VersionsQuery)
    return json_answer(hq().office.difference(checked_kind(kind), name, asked.before, asked.after or 0))


@hq_drafts.post("/documents/<kind>/<name>/restore")
@needs(Person.EDITOR)
def restore(kind: str, name: str) -> Response:
    """Make a draft of an earlier version."""
    return json_answer(hq().office.restore(checked_kind(kind), name, body(RestoreBody).version, actor()))


@hq_drafts.delete("/documents/<kind>/<name>")
@needs(Person.APPROVER)
def retract(kind: str, name: str) -> Response:
    """Delete a document everywhere."""
    return json_answer(hq().office.retract(checked_kind(kind), name, query(ReasonQuery).reason, actor()), 202)


def large_body(shape: type[Shape]) -> Shape:
    """The body of the request at hand, with a draft in it."""
    request.max_content_length = LARGEST_DRAFT
    return body(shape)


def number_of(text: str, what: str) -> int:
    """A number in an address. Raises NotFound."""
    if not text.isascii() or not text.isdigit() or len(text) > 15:
        raise NotFound(t("There is no {what} {number}.", what=what, number=text[:20]))
    return int(text)

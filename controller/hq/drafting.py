"""Drafts: what a person wrote, read as what it is to be; every mistake as one sentence with its place. Pure.

A draft may be wrong: it is kept as it was written, and only what is right is reviewed and published.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, get_args

import orjson
from pydantic import Field as Bounds
from pydantic import TypeAdapter, ValidationError

from controller.errors import NotFound, Refused
from controller.hq.documents import BODIES, Body, Document, HqId, Kind, Selector
from controller.hq.ports import Draft
from controller.hq.rollout import Stage, Thresholds
from controller.hq.sealed import MOST_BYTES
from controller.hq.shapes import Problem
from controller.hq.wording import kind_name
from profiles.base import Value
from profiles.finding import Finding
from profiles.sentences import findings_of
from profiles.text import t

KINDS: tuple[Kind, ...] = get_args(Kind)
#: JSON of a content. A signed document has a third more, and some 2 kB around it.
MOST_CONTENT_BYTES = int(MOST_BYTES / 16 * 9) - 4096
#: Characters of a note.
LONGEST_NOTE = 400
_LONGEST_ID = 60
_ID: TypeAdapter[str] = TypeAdapter(HqId)


class Said(Value):
    """A content, as its author wrote it. `body`: what `controller.hq.documents.BODIES` has for its kind."""

    body: dict[str, Any]
    selector: Selector = Selector()
    stages: Annotated[tuple[Stage, ...], Bounds(max_length=20)] = ()
    thresholds: Thresholds = Thresholds()
    note: Annotated[str, Bounds(max_length=LONGEST_NOTE)] = ""


class Kept(Value):
    """What is kept of a draft (`controller.hq.ports.Draft.content`): the content as it was written, everybody who wrote
    in it, and the order that publishes it once it is approved.
    """

    content: dict[str, Any]
    authors: tuple[str, ...] = ()
    order: int | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """A content that can be read as what it is to be: said, and its body as a value."""

    kind: Kind
    id: str
    said: Said
    body: Body

    def document(self, organisation: str, version: int) -> Document:
        """As a document, for trying out: it is not signed, and may be accepted at any time."""
        return Document(organisation=organisation, kind=self.kind, id=self.id, version=version,
                        selector=self.said.selector, not_before=datetime(2000, 1, 1, tzinfo=UTC),
                        expires=datetime(2200, 1, 1, tzinfo=UTC), body=self.body)

    def body_json(self) -> dict[str, Any]:
        """The body as it is published."""
        return self.body.model_dump(mode="json")

    def whole(self) -> dict[str, Any]:
        """The content with everything that its author left to be as it usually is: to be compared with another."""
        return {**self.said.model_dump(mode="json"), "body": self.body_json()}


def checked_kind(kind: str) -> Kind:
    """A kind of documents. Raises NotFound."""
    found = next((each for each in KINDS if each == kind), None)
    if found is None:
        raise NotFound(t("There is no kind of document named {kind}; the kinds are {kinds}.", kind=kind[:40],
                         kinds=", ".join(KINDS)))
    return found


def checked_id(id_: str) -> str:
    """An id of HQ's. Raises Refused."""
    try:
        return _ID.validate_python(id_)
    except ValidationError:
        raise Refused(t("An id of HQ's begins with hq-, and has small letters, digits and dashes, as in hq-spring; "
                        "{id} is none.", id=repr(id_[:40]))) from None


def checked_content(content: object) -> dict[str, Any]:
    """A content that may be kept, right or wrong. Raises Refused for what is none at all."""
    if not isinstance(content, Mapping) or not isinstance(content.get("body"), Mapping):
        raise Refused(t("A draft is an object with a body, which is an object; selector, stages, thresholds and note "
                        "may stand beside it."))
    unknown = sorted(set(content) - set(Said.model_fields))
    if unknown:
        raise Refused(t("A draft has no {name}; it has {names}.", name=str(unknown[0])[:40],
                        names=", ".join(Said.model_fields)))
    try:
        size = len(orjson.dumps(dict(content)))
    except (TypeError, ValueError) as broken:
        raise Refused(t("A draft is JSON, and this cannot be written as JSON: {why}.", why=str(broken)[:80])) from None
    if size > MOST_CONTENT_BYTES:
        raise Refused(t("The draft has {size} bytes, and {most} are the most that fit into a document.",
                        size=f"{size:,}", most=f"{MOST_CONTENT_BYTES:,}"))
    return dict(content)


def read(kind: Kind, id_: str, content: Mapping[str, object]) -> tuple[Read | None, tuple[Problem, ...]]:
    """What a content is; or None, and what is wrong with it. The id stands in the body by itself."""
    try:
        said = Said.model_validate(content)
    except ValidationError as broken:
        return None, tuple(_problem(finding) for finding in findings_of(broken, Said))
    model = BODIES[kind]
    body = {**said.body, "id": id_} if "id" in model.model_fields else said.body
    found = []
    try:
        value: Any = model.model_validate(body)
    except ValidationError as broken:
        found = [_problem(finding) for finding in findings_of(broken, model, ("body",))]
    if said.stages and kind != "campaign":
        found.append(Problem("error", "stages", t("Only campaigns go out in waves: leave stages out.")))
    return (None, tuple(found)) if found else (Read(kind, id_, said, value), ())


def free_id(name: str, taken: Collection[str]) -> str:
    """An id made from a name, which nobody has: `hq-spring-in-linen`, `hq-spring-in-linen-2`."""
    plain = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-").removeprefix("hq-") or "new"
    base = "hq-" + words[:_LONGEST_ID - 8].strip("-")
    number = 1
    while (found := base if number == 1 else f"{base}-{number}") in taken:
        number += 1
    return found


def name_of(id_: str, content: Mapping[str, object]) -> str:
    """What a draft is called: its name where it has one."""
    body = content.get("body")
    name = body.get("name") if isinstance(body, Mapping) else None
    return name[:120] if isinstance(name, str) and name.strip() else id_


def kept_of(draft: Draft) -> Kept:
    """What was kept of a draft. Raises Refused where it cannot be read."""
    try:
        return Kept.model_validate(draft.content, extra="ignore")
    except ValidationError:
        raise Refused(t("The draft of {id} cannot be read; discard it.", id=draft.id)) from None


def blank(kind: Kind) -> dict[str, Any]:
    """Content to begin a new document of a kind with: it says what is to be filled in."""
    bodies: dict[str, dict[str, Any]] = {
        "profile": {"name": "", "says": "", "scene": {}},
        "programme": {"name": "", "priority": 50, "dayparts": []},
        "campaign": {"name": "", "when": "opening..closing", "first": None, "last": None, "priority": 50,
                     "profile": ""},
        "limits": {"guardrails": {}},
        "quiet-hour": {"name": "", "when": "", "light_share_pct": 50, "published": True},
        "fragrance": {"name": "", "allergens": [], "safety_sheet": "", "ifra_certificate": ""},
        "playlist": {"name": "", "licence": "", "territory": ""}, "store-list": {"name": "", "stores": []}}
    found: dict[str, Any] = {"body": bodies[kind], "selector": {}, "note": ""}
    if kind == "campaign":
        found |= {"stages": [
            {"wave": {"share": share}, "soak_min": soak, "timeout_min": 1440, "by_hand": False}
            for share, soak in ((0.05, 60), (0.25, 24 * 60), (1.0, 0))], "thresholds": Thresholds().model_dump()}
    return found


def content_of(
    document: Document, stages: Sequence[Stage] = (), thresholds: Thresholds | None = None,
) -> dict[str, Any]:
    """The content that makes this document, for changing it: as short as its author could have written it."""
    content: dict[str, Any] = {
        "body": {} if document.body is None else document.body.model_dump(mode="json", exclude_defaults=True),
        "selector": document.selector.model_dump(mode="json", exclude_defaults=True), "note": ""}
    if document.kind == "campaign":
        content |= {"stages": [stage.model_dump(mode="json") for stage in stages],
                    "thresholds": (thresholds or Thresholds()).model_dump(mode="json")}
    return content


def whole(kind: Kind, id_: str, content: Mapping[str, object]) -> Mapping[str, object]:
    """A content with all that goes without saying; as it is written where it cannot be read."""
    found, _ = read(kind, id_, content)
    return content if found is None else found.whole()


def state_words(draft: Draft) -> str:
    """How far a draft is, in a few words."""
    return {"draft": t("draft"), "review": t("waits for a review"),
            "returned": t("returned by {name}", name=draft.reviewer) if draft.reviewer else t("returned"),
            "approved": t("approved, waits for the publisher")}.get(draft.state, draft.state)


def own_work(name: str) -> str:
    """Why somebody may not approve a draft."""
    return t("{name} has written in this draft: a second person has to approve it.", name=name)


def no_draft(kind: Kind, id_: str) -> str:
    """That there is none."""
    return t("There is no draft of the {kind} {id}.", kind=kind_name(kind), id=id_[:63])


def checked_note(note: str) -> str:
    """A note on one line. Raises Refused."""
    note = " ".join(note.split())
    if len(note) > LONGEST_NOTE:
        raise Refused(t("A note has at most {most} characters.", most=LONGEST_NOTE))
    return note


def _problem(finding: Finding) -> Problem:
    for name, sentence in _PATTERNS.items():
        if name in finding.field:
            return Problem("error", finding.field, t(sentence))
    return Problem("error", finding.field, finding.sentence)


#: What is meant by the patterns of a selector.
_PATTERNS = {"countries[": "A country is written as two capital letters, as in SE.",
             "lists[": "A list of stores is named by its id, as in hq-pilots."}

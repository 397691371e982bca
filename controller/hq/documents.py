"""What HQ publishes: documents with a version, for the stores that their selector names; manifest; halt.

A document's body is a part of a plan, written as in a plan file. Its ids begin with `hq-`, so that they never meet a
store's own (`semantics.md`, rule 3). What a newer HQ says beyond what is known here is left aside and not refused,
so that stores and HQ may be brought up to date in any order; the digest is over what was signed, all of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import AwareDatetime, BaseModel, ValidationError, model_validator
from pydantic import Field as Bounds

from controller.errors import Refused
from profiles.base import Id, Value, Words
from profiles.composing import Programme
from profiles.limits import Guardrail, StoreRole
from profiles.overlay import Campaign, QuietHour
from profiles.plan import Fragrance, Source
from profiles.profile import Profile

#: Document versions of one publisher's term start here, so that a restored HQ is ahead of its past (rule 24).
VERSIONS_A_TERM = 1_000_000

HqId = Annotated[str, Bounds(pattern=r"^hq-[a-z0-9][a-z0-9-]{0,59}$")]
Digest = Annotated[str, Bounds(pattern=r"^[0-9a-f]{64}$")]
Number = Annotated[int, Bounds(ge=0, lt=2**53)]


class Selector(Value):
    """Which stores a document is for. All that is named has to be so; nothing named is every store.

    `countries`: one of them. `tags`: all of them. `any_tags`: at least one. `not_tags`: none. `lists`: ids of
    store lists (documents of their own), of which one names the store.
    """

    countries: tuple[Annotated[str, Bounds(pattern="^[A-Z]{2}$")], ...] = ()
    tags: tuple[Id, ...] = ()
    any_tags: tuple[Id, ...] = ()
    not_tags: tuple[Id, ...] = ()
    lists: tuple[HqId, ...] = ()


class Wave(Value):
    """How far a rollout has come: the stores of this share by lot, and those of these lists."""

    share: Annotated[float, Bounds(ge=0, le=1)] = 1.0
    lists: tuple[HqId, ...] = ()


class Guardrails(Value):
    """What presses by people of each role may do, everywhere. A store may only tighten it."""

    guardrails: dict[StoreRole, Guardrail]


class StoreList(Value):
    """Stores by name: for selectors and waves that are lists, so that the manifest holds digests only (rule 22)."""

    name: Words
    stores: Annotated[tuple[Id, ...], Bounds(max_length=50_000)]


Kind = Literal["profile", "programme", "campaign", "limits", "quiet-hour", "fragrance", "playlist", "store-list"]
Body = Profile | Programme | Campaign | Guardrails | QuietHour | Fragrance | Source | StoreList
BODIES: dict[Kind, type[Value]] = {
    "profile": Profile, "programme": Programme, "campaign": Campaign, "limits": Guardrails, "quiet-hour": QuietHour,
    "fragrance": Fragrance, "playlist": Source, "store-list": StoreList,
}


class Document(Value):
    """A signed document as it was said. `body`: None is a tombstone, which says that it is no more (rule 23).

    `not_before`, `expires`: when it may be accepted; what was accepted stays until it is replaced (rule 24).
    """

    organisation: Id
    kind: Kind
    id: HqId
    version: Number
    selector: Selector = Selector()
    wave: Wave | None = None
    not_before: AwareDatetime
    expires: AwareDatetime
    body: Any = None

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if self.not_before >= self.expires:
            raise ValueError(f"not_before ({self.not_before}) is not before expires ({self.expires})")
        if self.wave is not None and self.kind != "campaign":
            raise ValueError(f"a {self.kind} has no waves; campaigns do")
        if self.body is not None:
            _fits(self.body, self.kind, self.id)
        return self

    @property
    def gone(self) -> bool:
        """Whether it is a tombstone."""
        return self.body is None


class Entry(Value):
    """A live document, or the tombstone of one, in the manifest."""

    kind: Kind
    id: HqId
    version: Number
    digest: Digest


class Manifest(Value):
    """Every document that is in force. `(term, number)` only rises; a lower pair is refused (rule 24)."""

    organisation: Id
    term: Number
    number: Number
    entries: Annotated[tuple[Entry, ...], Bounds(max_length=20_000)] = ()

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        seen: set[tuple[str, str]] = set()
        for entry in self.entries:
            if (entry.kind, entry.id) in seen:
                raise ValueError(f"the {entry.kind} {entry.id} is named twice")
            seen.add((entry.kind, entry.id))
        return self

    @property
    def digest(self) -> str:
        """SHA-256 over kind, id, version and digest of every entry, in their order by kind and id: of the whole."""
        return digest_of_all(self.entries)


class Withdrawn(Value):
    """A campaign that is halted, up to this version; a higher one that is published revives it (rule 23)."""

    campaign: HqId
    version: Number


class Halt(Value):
    """Campaigns withdrawn at once, everywhere. It acts on receipt; only a newer number changes it."""

    organisation: Id
    term: Number
    number: Number
    withdrawn: Annotated[tuple[Withdrawn, ...], Bounds(max_length=20_000)] = ()


def digest_of_all(entries: Iterable[Entry]) -> str:
    """The digest of a set of documents, whatever the order in which they are given."""
    lines = sorted(f"{e.kind} {e.id} {e.version} {e.digest}\n" for e in entries)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def document_of(said: Mapping[str, object]) -> Document:
    """A document as HQ said it, with its body as a value. Raises Refused."""
    found: Document = _read(Document, said, "document")
    if found.body is None:
        return found
    return found.model_copy(update={"body": _read(BODIES[found.kind], found.body, f"{found.kind} {found.id}")})


def manifest_of(said: Mapping[str, object]) -> Manifest:
    """A manifest as HQ said it. Raises Refused."""
    found: Manifest = _read(Manifest, said, "manifest")
    return found


def halt_of(said: Mapping[str, object]) -> Halt:
    """A halt as HQ said it. Raises Refused."""
    found: Halt = _read(Halt, said, "halt")
    return found


def _read(model: type[BaseModel], said: object, what: str) -> Any:
    try:
        return model.model_validate(said, extra="ignore")
    except ValidationError as broken:
        first = broken.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        raise Refused(f"HQ's {what} cannot be read{f' at {where}' if where else ''}: {first['msg']}.") from None


def _fits(body: object, kind: Kind, document: str) -> None:
    """The id within, where there is one, is the document's."""
    within = body.get("id") if isinstance(body, Mapping) else getattr(body, "id", None)
    if within is not None and within != document:
        raise ValueError(f"the {kind} {document} holds one of the id {within}")

"""Ports of HQ's storage: what HQ remembers, and what its parts tell each other through it.

HQ is three parts that may run in one process or in many: the office (web workers: people's use cases), the publisher
(exactly one: signs, publishes, steers rollouts) and ingest workers (take in what stores say). They meet only here.
The office never publishes: it leaves an `Order`, which the publisher carries out once, in the order of their numbers.
Every method commits before it returns, or raises `controller.errors.Unavailable` and changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from controller.errors import Conflict
from controller.hq.documents import Document, Kind
from controller.hq.said import JournalLine, Standing
from controller.ports import Entry


class Fenced(Conflict):
    """Somebody else is the publisher by now: nothing was changed, and whoever hears this stops publishing."""


# ── papers: drafts, orders, documents, rollouts ─────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Published:
    """One version of a document as it was signed. `payload`: the envelope for `topic`; `digest`: of what is signed."""

    document: Document
    digest: str
    topic: str
    payload: bytes
    term: int
    author: str
    approver: str
    note: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Draft:
    """Something that is being written. `content`: JSON, as `controller.hq.drafting` reads it. `state`: draft, review,
    returned (with `note`), approved. `revision` rises with every save; who saves names the one that was seen.
    """

    kind: Kind
    id: str
    revision: int
    state: str
    content: Mapping[str, object]
    author: str
    at: datetime
    reviewer: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """What the publisher is to do: `verb` (publish, delete, advance, pause, resume, halt, revive, request, renew) with
    its `body`. `answer`: JSON, once it was done or refused; None while it waits.
    """

    number: int
    verb: str
    body: Mapping[str, object]
    by: str
    at: datetime
    done: datetime | None = None
    answer: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class RolloutRow:
    """How far a campaign's rollout is. `content`: JSON, as `controller.hq.rolling` reads it. `state`: running, asking,
    stopped, done, halted.
    """

    campaign: str
    version: int
    state: str
    content: Mapping[str, object]
    at: datetime


@dataclass(frozen=True, slots=True)
class Retained:
    """What the broker has to hold on a topic. Empty `payload`: nothing any more."""

    topic: str
    payload: bytes


class PublisherLock(Protocol):
    """The right to be the publisher. Ends with the process or the database connection, in whatever way."""

    def still_held(self) -> bool:
        """Asked before every round; False means: stop at once."""

    def release(self) -> None:
        """Give it back. May be called twice."""


class Papers(Protocol):
    """Documents and all that leads to them."""

    # the publisher's right
    def try_lock(self) -> PublisherLock | None:
        """Become the publisher; None while somebody else is (advisory lock; on SQLite a lock of the kernel)."""

    def raise_term(self, above: int) -> int:
        """Commit and return 1 + the higher of `above` and the highest term so far (rule 24): the fencing token."""

    # drafts
    def drafts(self, kind: Kind | None = None) -> list[Draft]:
        """All drafts, the newest change first."""

    def draft(self, kind: Kind, id_: str) -> Draft | None:
        """One draft."""

    def put_draft(self, draft: Draft, seen: int | None, entry: Entry) -> Draft:
        """Save with the next revision. Conflict where `seen` (None: there is none yet) is not the revision here."""

    def drop_draft(self, kind: Kind, id_: str, at: datetime, entry: Entry) -> None:
        """Take it away; nothing where there is none."""

    # orders
    def give_order(self, verb: str, body: Mapping[str, object], by: str, at: datetime, entry: Entry) -> Order:
        """Leave an order; publisher and workers are woken."""

    def order(self, number: int) -> Order | None:
        """One order."""

    def open_orders(self, limit: int = 100) -> list[Order]:
        """Those without an answer, oldest first."""

    # what is published
    def newest(self) -> list[Published]:
        """The newest version of every document, tombstones too."""

    def versions(self, kind: Kind, id_: str) -> list[Published]:
        """All versions of a document, the newest first."""

    def retained(self) -> list[Retained]:
        """Everything that the broker has to hold: documents, manifest, halt."""

    def carry_out(
        self, term: int, at: datetime, *, documents: Sequence[Published] = (), retained: Sequence[Retained] = (),
        rollouts: Sequence[RolloutRow] = (), order: int | None = None, answer: Mapping[str, object] | None = None,
        entries: Sequence[Entry] = (), in_force: tuple[int, int] | None = None,
    ) -> None:
        """What the publisher did, as one commit: new versions, what is retained now, rollouts, the order's answer.

        `in_force`: term and number of the manifest, where there is a new one; every store that does not name it
        differs since `at`. A rollout replaces the row of its campaign.

        Raises `Fenced` where `term` is not the highest any more: somebody else publishes. Raises Conflict where the
        order was answered already, or a version is there already.
        """

    def rollouts(self) -> list[RolloutRow]:
        """The rollout of every campaign that has one."""

    def rollout(self, campaign: str) -> RolloutRow | None:
        """One of them."""

    def revision(self) -> int:
        """Rises with every commit of papers or fleet; for those who wait for news."""

    def wait_for_news(self, after: int, timeout_s: float) -> int:
        """Wait until `revision` is above `after`, or the time is over; the revision now (LISTEN/NOTIFY, or looking)."""


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A store that HQ knows. `generation` rises with every new key or password; `revoked`: since when it is not."""

    store: str
    username: str
    generation: int
    made: datetime
    by: str
    revoked: datetime | None = None


@dataclass(frozen=True, slots=True)
class FleetRow:
    """What is known of a store: its last `standing`, when it was `heard`, its last plan (as it came) and when.

    `differs_since`: since when its status does not name the manifest in force; None while it does.
    """

    store: str
    enrolled: Enrolled
    standing: Standing | None
    heard: datetime | None
    differs_since: datetime | None
    plan_at: datetime | None


@dataclass(frozen=True, slots=True)
class FleetCounts:
    """Of stores that are not revoked: how many, how many were heard, differ, and name a halt that was asked for."""

    stores: int
    heard: int
    differing: int
    halted: int = 0


class FleetMemory(Protocol):
    """Stores, and what they last said of themselves."""

    def enrol(self, enrolled: Enrolled, at: datetime, entry: Entry) -> None:
        """Add or replace a store."""

    def enrol_all(self, enrolled: Sequence[Enrolled], at: datetime, entry: Entry) -> None:
        """Add or replace many at once, with the one entry."""

    def enrolled(self) -> list[Enrolled]:
        """All of them, revoked ones too, by their ids."""

    def note_standings(self, standings: Sequence[tuple[Standing, datetime]], in_force: tuple[int, int]) -> int:
        """Keep the last standing of each store with when it was heard, in one commit; of how many stores.

        The last is what was said last: a last will bears the instant at which its connection was made. It keeps what
        was known beside it. What was known already (the broker repeats it to every new subscriber) keeps its `heard`.
        Of stores that are unknown or revoked nothing is kept. `in_force`: term and number of the manifest that stores
        should name; `differs_since` is kept by it.
        """

    def note_plans(self, plans: Sequence[tuple[str, bytes, datetime]]) -> None:
        """Keep the newest `up/plan` of each store, as it came."""

    def plan_payload(self, store: str) -> bytes | None:
        """The last `up/plan` of a store."""

    def plan_payloads(self) -> Iterator[tuple[str, bytes]]:
        """Of all stores, by their ids."""

    def fleet(self) -> list[FleetRow]:
        """Every store that is not revoked, by its id."""

    def counts(self, halt: tuple[int, int] | None = None) -> FleetCounts:
        """How many there are. `halt`: term and number of one that stores may have acted on."""

    def fleet_row(self, store: str) -> FleetRow | None:
        """One of them."""


@dataclass(frozen=True, slots=True)
class StoredLine:
    """An entry of a store's journal at HQ."""

    store: str
    journal: str
    line: JournalLine


class ProofMemory(Protocol):
    """The stores' journals."""

    def store_lines(
        self, lines: Iterable[tuple[str, str, Sequence[JournalLine]]], received: datetime,
    ) -> dict[tuple[str, str], int]:
        """Store (store, journal id, lines) in one commit, each number once, whatever came before and in whatever order.

        Returns, for each (store, journal) named, the highest number without a gap: what may be acknowledged. Safe with
        any number of workers at a time. Unknown and revoked stores are left out.
        """

    def lines(
        self, start: datetime, end: datetime, *, stores: Sequence[str] | None = None, kinds: Sequence[str] = (),
    ) -> Iterator[StoredLine]:
        """Entries with start <= at < end, by store, journal (oldest first) and number, without loading all at once."""

    def lines_at(self, wanted: Iterable[tuple[str, str, int]]) -> list[StoredLine]:
        """The entries of these (store, journal id, number), as far as they are stored, in no order; at most 10,000."""

    def heads(self, store: str) -> dict[str, tuple[int, int]]:
        """Of each journal of a store: the highest number without a gap, and how many are stored."""


class HqMemory(Protocol):
    """What HQ remembers beside people and its own record; `controller.storage.memory.StoredMemory` is one."""

    @property
    def papers(self) -> Papers:
        """Documents and all that leads to them."""

    @property
    def fleet_rows(self) -> FleetMemory:
        """Stores, and what they last said of themselves."""

    @property
    def proof(self) -> ProofMemory:
        """The stores' journals."""

"""The doors of HQ for its pages, its API and its commands: the office, the fleet, proof.

Protocols, as in `controller.desk`: pages are developed and tested with a fake behind them
(`tests/web/hq_doors_fake.py`), and behind the real ones is a database, so that any number of web workers may serve.
Every change asks for the actor's role, is in HQ's journal with what it changed, and raises `controller.errors`
otherwise. What is published goes out by the publisher: the office leaves an order and waits a few seconds for its
answer; an order that is still `waiting` then can be asked for again (`Office.order`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Protocol

from controller.desk import Overview
from controller.hq.documents import Kind
from controller.hq.shapes import (
    Audience,
    Choices,
    ConflictsShown,
    DocumentDifference,
    DocumentLine,
    DocumentShown,
    DraftLine,
    DraftShown,
    OccurrencesShown,
    OrderShown,
    PlaceShown,
    PreviewShown,
    Problem,
)
from controller.hq.shapes_campaigns import CalendarShown, CampaignShown
from controller.hq.shapes_fleet import FleetQuery, FleetShown, FleetStore, StoreDetail
from controller.hq.shapes_proof import (
    CampaignReport,
    PlayReport,
    QuietReport,
    RecordQuery,
    RecordShown,
    ReportQuery,
    ScentReport,
)
from controller.ports import Actor

#: A draft's content: `{"body", "selector", "stages", "thresholds", "note"}`; only `body` has to be there.
Content = Mapping[str, object]

EVERY_STORE, NEWEST = FleetQuery(), RecordQuery()


class Drafts(Protocol):
    """Drafts of documents of every kind: writing, review by a second person."""

    def drafts(self, kind: Kind | None = None) -> list[DraftLine]:
        """Those that are not approved yet, the newest change first."""

    def draft(self, kind: Kind, id_: str, actor: Actor) -> DraftShown:
        """One draft with what is wrong in it; where there is none, what is published, ready to be changed (revision 0).

        Raises NotFound where there is neither.
        """

    def blank(self, kind: Kind) -> Content:
        """Content to begin a new document of a kind with."""

    def free_id(self, kind: Kind, name: str) -> str:
        """An id that is free, made from a name: `hq-spring-in-linen`."""

    def check(self, kind: Kind, id_: str, content: Content) -> tuple[Problem, ...]:
        """What is wrong with a content, without saving it."""

    def save(self, kind: Kind, id_: str, content: Content, seen: int | None, actor: Actor) -> DraftShown:
        """Keep a draft, right or not. Editors. `seen`: its revision (None or 0: there is none yet). A draft in review
        is a draft again. Raises Forbidden, Refused for what is no content at all, Conflict.
        """

    def submit(self, kind: Kind, id_: str, seen: int, actor: Actor, note: str = "") -> DraftShown:
        """Ask for a review. Refused with every error of it."""

    def approve(self, kind: Kind, id_: str, seen: int, actor: Actor, note: str = "") -> OrderShown:
        """Publish. An approver who has not written in it. Raises Forbidden, Refused, Conflict."""

    def give_back(self, kind: Kind, id_: str, seen: int, note: str, actor: Actor) -> DraftShown:
        """Return it to its author, with a note. Approvers."""

    def discard(self, kind: Kind, id_: str, actor: Actor) -> None:
        """Throw a draft away. Editors."""


class Library(Protocol):
    """What is published, with all its versions."""

    def documents(self, kind: Kind | None = None, gone: bool = False) -> list[DocumentLine]:
        """The newest version of each, by name; `gone`: deleted ones too."""

    def document(self, kind: Kind, id_: str) -> DocumentShown:
        """One with its versions. Raises NotFound."""

    def version(self, kind: Kind, id_: str, version: int) -> DocumentShown:
        """One of its versions, with the content of that one. Raises NotFound."""

    def difference(self, kind: Kind, id_: str, before: int | None, after: int) -> DocumentDifference:
        """What was written differently between two versions. `after` 0: the draft. Raises NotFound."""

    def restore(self, kind: Kind, id_: str, version: int, actor: Actor) -> DraftShown:
        """Make a draft of an earlier version. Editors. Raises NotFound, Conflict where there is a draft."""

    def retract(self, kind: Kind, id_: str, reason: str, actor: Actor) -> OrderShown:
        """Delete it everywhere (a tombstone). Approvers. Refused while something refers to it."""


class Campaigns(Protocol):
    """Planning campaigns, and their way to the stores."""

    def calendar(self, first: date, last: date, actor: Actor) -> CalendarShown:
        """The campaigns that touch these dates, drafts too. At most two years."""

    def campaign(self, id_: str, actor: Actor) -> CampaignShown:
        """One with all there is of it. Raises NotFound."""

    def move(self, id_: str, first: date | None, last: date | None, seen: int, actor: Actor) -> DraftShown:
        """Other dates, as dragging on the calendar means: saves a draft. Editors."""

    def choices(self) -> Choices:
        """What selectors and campaigns can name."""

    def audience(
        self, selector: Mapping[str, object], campaign: str = "", stages: Sequence[Mapping[str, object]] = (),
    ) -> Audience:
        """Who is in, who is not and why, and how far each wave goes. Names are the first 500. Raises Refused."""

    def occurrences(
        self, when: str, first: date | None = None, last: date | None = None, *, store: str = "",
        time_zone: str = "", count: int = 10,
    ) -> OccurrencesShown:
        """A time expression in words with its next times: in a store, in a time zone, or where most stores are."""

    def conflicts(self, id_: str, content: Content) -> ConflictsShown:
        """What a campaign of this content would meet. Raises Refused for a content that cannot be read."""

    def places(self) -> list[PlaceShown]:
        """Where something can be previewed: shipped examples, then stores whose plan is known (the first 200)."""

    def preview(
        self, kind: Kind, id_: str, content: Content, place: str, day: date, *, full: bool = False,
    ) -> PreviewShown:
        """A day of a store before and after. `full`: with energy and scent, which takes seconds. Raises Refused."""

    def steer(self, id_: str, verb: str, reason: str, actor: Actor) -> OrderShown:
        """`advance`, `pause`, `resume`, `halt` (with a reason), `revive`. Approvers. Raises Forbidden, Refused."""

    def order(self, number: int) -> OrderShown:
        """What became of an order. Raises NotFound."""


class Office(Drafts, Library, Campaigns, Protocol):
    """Everything that people do at their desks."""

    def organisation(self) -> str:
        """Whose HQ this is, in words."""

    def revision(self) -> int:
        """Rises with every change of anything that is shown here; cheap, for polling."""

    def reviews_waiting(self, actor: Actor) -> int:
        """How many drafts wait for a review by this person. Never raises: it stands in the bar of every page."""


class Fleet(Protocol):
    """Every store, and one store from afar."""

    def fleet(self, asked: FleetQuery = EVERY_STORE) -> FleetShown:
        """How they stand. Alarms first."""

    def stores(self) -> list[FleetStore]:
        """Every store, by name: for lists to choose from."""

    def store(self, id_: str, actor: Actor) -> StoreDetail:
        """One of them. Raises NotFound."""

    def afar(self, id_: str) -> Overview:
        """A store's own *Today*, read-only, from its last plan: the same code as the store's answers timeline and
        explain. Nothing is known of devices. Raises NotFound, and Refused while its plan was not seen.
        """

    def override(
        self, id_: str, zones: Sequence[str] | None, profile: str, end: str, actor: Actor,
    ) -> OrderShown:
        """Ask a store for an override; whether it does is its own decision (`grant`). Editors. `end`: as a press."""

    def end_override(self, id_: str, zones: Sequence[str] | None, actor: Actor) -> OrderShown:
        """Ask a store to end HQ's overrides there. Editors."""

    def revision(self) -> int:
        """Rises with every change of the fleet; cheap, for polling."""


class Proof(Protocol):
    """Reports from the stores' journals, and HQ's own record. A report is over at most 13 months."""

    def plays(self, asked: ReportQuery) -> PlayReport:
        """What was played, for collecting societies."""

    def scents(self, asked: ReportQuery) -> ScentReport:
        """Run-time of scents."""

    def campaigns(self, asked: ReportQuery) -> CampaignReport:
        """Campaigns, in % of planned minutes."""

    def quiet_hours(self, asked: ReportQuery) -> QuietReport:
        """Quiet hours, in % of what was measured."""

    def csv(self, report: str, asked: ReportQuery) -> Iterator[str]:
        """`plays`, `scents`, `campaigns`, `quiet-hours`, line by line with all there is (RFC 4180). Raises NotFound."""

    def record(self, asked: RecordQuery = NEWEST) -> RecordShown:
        """Who changed what and when at HQ, with the difference."""

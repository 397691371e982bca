"""What HQ remembers, for tests: stores, standings, lines, versions and drafts to fill a memory with."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from controller.hq.documents import Document, Kind, document_of
from controller.hq.ports import Draft, Enrolled, HqMemory, Published, Retained, RolloutRow
from controller.hq.said import AppliedManifest, DeviceCounts, JournalLine, JournalMark, Place, Standing
from controller.ports import Entry
from tests.controller.stored_memory import NOON

DID = Entry("test.did")
HEX = "0123456789abcdef" * 4


def enrolled(store: str, generation: int = 1, revoked: datetime | None = None) -> Enrolled:
    """A store that HQ knows."""
    return Enrolled(store, f"user-{store}", generation, NOON, "Ida Öberg", revoked)


def enrol(memory: HqMemory, *stores: str) -> None:
    """Make HQ know these."""
    for store in stores:
        memory.fleet_rows.enrol(enrolled(store), NOON, DID)


def standing(store: str, term: int = 1, number: int = 1, at: datetime = NOON) -> Standing:
    """What a store says that is well."""
    return Standing(
        store=store, at=at, software="0.1.0", place=Place(name="Butik Ö", time_zone="Europe/Stockholm", country="SE",
                                                          tags=("city", "large")),
        manifest=AppliedManifest(term=term, number=number, digest=HEX), applies=HEX, plan="p1",
        refused=("The profile hq-x came under another name.",), devices=DeviceCounts(total=9, right=8, away=1),
        journal=JournalMark(id="j1", newest=12, acknowledged=7))


def will(store: str, at: datetime = NOON) -> Standing:
    """What the broker says for a store whose connection broke."""
    return Standing(store=store, at=at, online=False)


def line(
    number: int, at: datetime = NOON, kind: str = "scene.sent", body: dict[str, object] | None = None,
) -> JournalLine:
    """An entry of a store's journal."""
    return JournalLine(number=number, at=at, kind=kind, body={"n": number} if body is None else body,
                       hash=f"{number:064x}")


def lines(numbers: Iterable[int]) -> list[JournalLine]:
    """Entries of these numbers, a second apart."""
    return [line(number, NOON + timedelta(seconds=number)) for number in numbers]


def document(kind: Kind, name: str, version: int, body: object) -> Document:
    """A document as HQ reads it."""
    return document_of({
        "organisation": "acme", "kind": kind, "id": name, "version": version, "body": body,
        "selector": {"countries": ["SE"], "not_tags": ["outlet"]},
        "not_before": "2026-03-01T00:00:00Z", "expires": "2026-04-01T00:00:00+02:00"})


def published(made: Document, term: int = 1, at: datetime = NOON) -> Published:
    """A version as it was signed."""
    return Published(made, HEX, f"sinne/v1/hq/doc/{made.kind}/{made.id}", bytes(range(256)), term, "Ida", "Åke",
                     "for spring", at)


def profile(version: int, name: str = "hq-fresh", brightness_pct: float = 55.5) -> Published:
    """A version of a profile."""
    return published(document("profile", name, version, {
        "id": name, "name": "Fresh", "scene": {"light": {"on": True, "brightness_pct": brightness_pct}}}))


def draft(name: str, at: datetime = NOON, kind: Kind = "campaign") -> Draft:
    """Something that is being written."""
    return Draft(kind, name, 0, "draft", {"name": "Våren", "priority": 60, "waves": [0.05, 1.0]}, "Ida", at)


def fill_hq(memory: HqMemory) -> None:
    """At least one row in every table of HQ's."""
    enrol(memory, "s1")
    memory.fleet_rows.note_standings([(standing("s1"), NOON)], (1, 1))
    memory.fleet_rows.note_plans([("s1", b"\0plan", NOON)])
    memory.proof.store_lines([("s1", "j1", lines((1, 2, 4)))], NOON)
    memory.papers.put_draft(draft("hq-spring"), None, DID)
    order = memory.papers.give_order("publish", {"draft": "hq-spring"}, "Ida", NOON, DID)
    memory.papers.carry_out(
        memory.papers.raise_term(0), NOON, documents=[profile(1_000_000)], order=order.number,
        retained=[Retained("sinne/v1/hq/manifest", b"{}")], entries=[DID],
        rollouts=[RolloutRow("hq-spring", 1_000_000, "running", {"wave": 1}, NOON)])

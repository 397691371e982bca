"""One contract for what HQ remembers: the fake that tests use, SQLite, and PostgreSQL on a real server."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from controller.errors import Conflict
from controller.hq.documents import Kind
from controller.hq.ports import Fenced, FleetCounts, Retained, RolloutRow
from controller.hq.said import Pair
from controller.ports import Entry
from controller.storage.chain import verify_journal
from controller.storage.memory import StoredMemory
from controller.storage.opening import open_memory
from tests.controller.hq_memory_fake import FakeHqMemory
from tests.controller.hq_rows import (
    DID,
    HEX,
    document,
    draft,
    enrol,
    enrolled,
    line,
    lines,
    profile,
    published,
    standing,
    will,
)
from tests.controller.stored_memory import BUILT, NOON, emptied, private_postgres
from tests.patience import PATIENCE_S

AnyMemory = FakeHqMemory | StoredMemory
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    with private_postgres() as url:
        yield url


@pytest.fixture(params=["fake", "sqlite", pytest.param("postgres", marks=pytest.mark.real)])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], AnyMemory]]:
    """Opens one more memory over the same rows, as another process would (the fake is always the same)."""
    fake = FakeHqMemory()
    where = str(tmp_path) if request.param != "postgres" else emptied(request.getfixturevalue("postgres"))
    memories: list[StoredMemory] = []

    def open_one() -> AnyMemory:
        if request.param == "fake":
            return fake
        memories.append(open_memory(where, BUILT, NOON))
        return memories[-1]

    yield open_one
    for memory in memories:
        memory.close()


@pytest.fixture
def memory(opened: Callable[[], AnyMemory]) -> AnyMemory:
    return opened()


def recorded(memory: AnyMemory) -> list[str]:
    if isinstance(memory, FakeHqMemory):
        return [entry.kind for _, entry in memory.entries]
    assert verify_journal(memory, memory.chain_head()) == []
    return [entry.kind for entry in memory.journal()]


# ── papers ──────────────────────────────────────────────────────────────────────────


def test_a_new_hq_knows_nothing(memory: AnyMemory) -> None:
    papers, fleet, proof = memory.papers, memory.fleet_rows, memory.proof
    assert (papers.drafts(), papers.open_orders(), papers.newest(), papers.retained(), papers.rollouts()) == ([],) * 5
    assert (papers.draft("campaign", "hq-x"), papers.order(1), papers.rollout("hq-x")) == (None,) * 3
    assert (fleet.fleet(), fleet.enrolled(), list(fleet.plan_payloads())) == ([],) * 3
    assert (fleet.fleet_row("s1"), fleet.plan_payload("s1")) == (None, None)
    assert (proof.heads("s1"), list(proof.lines(NOON, NOON + MINUTE))) == ({}, [])
    assert papers.revision() == 0


def test_one_publisher_at_a_time_has_the_lock(opened: Callable[[], AnyMemory]) -> None:
    one, other = opened().papers, opened().papers
    first = one.try_lock()
    assert first is not None
    assert first.still_held()
    assert other.try_lock() is None
    assert one.try_lock() is None
    first.release()
    first.release()
    assert not first.still_held()
    second = other.try_lock()
    assert second is not None
    first.release()
    assert second.still_held()
    second.release()


def test_a_term_is_above_every_term_so_far_and_above_what_is_named(opened: Callable[[], AnyMemory]) -> None:
    one, other = opened().papers, opened().papers
    assert [one.raise_term(0), other.raise_term(0), one.raise_term(7), other.raise_term(3)] == [1, 2, 8, 9]


def test_terms_drawn_at_the_same_time_are_all_different(opened: Callable[[], AnyMemory]) -> None:
    papers = [opened().papers for _ in range(3)]
    with ThreadPoolExecutor(6) as pool:
        terms = list(pool.map(lambda turn: papers[turn % 3].raise_term(0), range(24)))
    assert sorted(terms) == list(range(1, 25))


def test_a_draft_is_saved_by_who_saw_its_last_revision(memory: AnyMemory) -> None:
    papers = memory.papers
    first = papers.put_draft(draft("hq-spring"), None, Entry("draft.saved"))
    assert first == replace(draft("hq-spring"), revision=1)
    assert papers.draft("campaign", "hq-spring") == first
    second = papers.put_draft(
        replace(first, state="review", content={"name": "Höst"}, reviewer="Åke", note="why?", at=NOON + MINUTE), 1, DID)
    assert second.revision == 2
    assert papers.draft("campaign", "hq-spring") == second
    for seen in (None, 1, 3):
        with pytest.raises(Conflict, match="hq-spring"):
            papers.put_draft(first, seen, DID)
    with pytest.raises(Conflict, match="hq-other"):
        papers.put_draft(draft("hq-other"), 1, DID)
    assert papers.drafts() == [second]
    assert recorded(memory) == ["draft.saved", "test.did"]


def test_drafts_come_with_the_newest_change_first_and_by_kind(memory: AnyMemory) -> None:
    papers = memory.papers
    for number, name in enumerate(("hq-a", "hq-b", "hq-c")):
        papers.put_draft(draft(name, NOON + number * MINUTE, "profile" if name == "hq-b" else "campaign"), None, DID)
    assert [each.id for each in papers.drafts()] == ["hq-c", "hq-b", "hq-a"]
    assert [each.id for each in papers.drafts("campaign")] == ["hq-c", "hq-a"]
    papers.drop_draft("campaign", "hq-c", NOON, Entry("draft.dropped"))
    papers.drop_draft("campaign", "hq-c", NOON, Entry("draft.dropped"))
    assert [each.id for each in papers.drafts()] == ["hq-b", "hq-a"]
    assert recorded(memory).count("draft.dropped") == 1


def test_orders_wait_in_the_order_of_their_numbers_until_they_are_answered(memory: AnyMemory) -> None:
    papers = memory.papers
    given = [papers.give_order("publish", {"draft": name, "waves": [0.05, 1]}, "Ida", NOON, Entry("order.given"))
             for name in ("hq-a", "hq-b", "hq-c")]
    assert [order.number for order in given] == sorted({order.number for order in given})
    assert papers.open_orders() == given
    assert papers.open_orders(limit=2) == given[:2]
    papers.carry_out(papers.raise_term(0), NOON + MINUTE, order=given[1].number, answer={"published": [1, 2]})
    assert papers.order(given[1].number) == replace(given[1], done=NOON + MINUTE, answer={"published": [1, 2]})
    assert papers.open_orders() == [given[0], given[2]]
    assert papers.order(given[2].number) == given[2]
    assert recorded(memory) == ["order.given"] * 3


def test_orders_given_at_the_same_time_have_numbers_of_their_own(opened: Callable[[], AnyMemory]) -> None:
    papers = [opened().papers for _ in range(2)]
    with ThreadPoolExecutor(4) as pool:
        given = list(pool.map(
            lambda turn: papers[turn % 2].give_order("halt", {"n": turn}, "Ida", NOON, DID), range(20)))
    assert len({order.number for order in given}) == 20
    assert papers[0].open_orders() == sorted(given, key=lambda order: order.number)


def test_what_was_carried_out_is_there_as_a_whole(memory: AnyMemory) -> None:
    papers = memory.papers
    term = papers.raise_term(0)
    order = papers.give_order("publish", {}, "Ida", NOON, DID)
    rollout = RolloutRow("hq-spring", 1_000_001, "running", {"wave": 1, "since": "2026-03-02"}, NOON)
    held = [Retained("sinne/v1/hq/doc/profile/hq-fresh", bytes(range(256))), Retained("sinne/v1/hq/manifest", b"{}")]
    papers.carry_out(term, NOON, documents=[profile(1_000_000), profile(1_000_001, "hq-z")], retained=held,
                     rollouts=[rollout], order=order.number, answer={"ok": True},
                     entries=[Entry("document.published"), Entry("rollout.begun")])
    assert papers.newest() == [profile(1_000_000), profile(1_000_001, "hq-z")]
    assert papers.versions("profile", "hq-fresh") == [profile(1_000_000)]
    assert papers.retained() == held
    assert papers.rollouts() == [rollout]
    assert papers.rollout("hq-spring") == rollout
    assert papers.open_orders() == []
    assert recorded(memory) == ["test.did", "document.published", "rollout.begun"]


def test_the_newest_version_holds_and_the_older_ones_are_kept(memory: AnyMemory) -> None:
    papers = memory.papers
    term = papers.raise_term(0)
    gone = published(document("profile", "hq-fresh", 1_000_009, None))
    papers.carry_out(term, NOON, documents=[profile(1_000_001, brightness_pct=20)])
    papers.carry_out(term, NOON, documents=[profile(1_000_002, brightness_pct=30)])
    papers.carry_out(term, NOON, documents=[gone])
    assert papers.newest() == [gone]
    assert papers.newest()[0].document.gone
    assert papers.versions("profile", "hq-fresh") == [
        gone, profile(1_000_002, brightness_pct=30), profile(1_000_001, brightness_pct=20)]


BODIES: dict[Kind, object] = {
    "profile": {"id": "hq-x", "name": "Ö", "scene": {"music": {"on": True, "source": "hq-p", "volume_pct": 30}}},
    "programme": {"id": "hq-x", "name": "Base", "dayparts": [
        {"id": "day", "name": "Day", "when": "opening..closing", "profile": "hq-y"}]},
    "campaign": {"id": "hq-x", "name": "Spring", "when": "Mo-Fr 10:00-12:00", "profile": "hq-y", "priority": 60,
                 "first": "2026-03-01", "last": "2026-04-30"},
    "limits": {"guardrails": {"staff": {"volume_pct": {"highest": 60}}}},
    "quiet-hour": {"id": "hq-x", "name": "Calm", "when": "Tu 16:00-17:00"},
    "fragrance": {"id": "hq-x", "name": "Linen", "safety_sheet": "S-1", "ifra_certificate": "I-1"},
    "playlist": {"id": "hq-x", "name": "Morning", "licence": "STIM", "territory": "SE"},
    "store-list": {"name": "Pilots", "stores": ["s1", "s2"]},
}


@pytest.mark.parametrize("kind", sorted(BODIES))
def test_a_document_of_every_kind_comes_back_as_it_was(kind: Kind, memory: AnyMemory) -> None:
    made = published(document(kind, "hq-x", 1_000_000, BODIES[kind]))
    memory.papers.carry_out(memory.papers.raise_term(0), NOON, documents=[made])
    assert memory.papers.newest() == [made]
    assert type(memory.papers.newest()[0].document.body) is type(made.document.body)


def test_what_the_broker_is_to_let_go_is_remembered_as_empty(memory: AnyMemory) -> None:
    papers = memory.papers
    term = papers.raise_term(0)
    papers.carry_out(term, NOON, retained=[Retained("b", b"1"), Retained("a", b"1")])
    papers.carry_out(term, NOON, retained=[Retained("b", b"")])
    assert papers.retained() == [Retained("a", b"1"), Retained("b", b"")]


def test_who_is_not_the_publisher_any_more_changes_nothing(opened: Callable[[], AnyMemory]) -> None:
    stale, papers = opened().papers, opened().papers
    order = papers.give_order("publish", {}, "Ida", NOON, DID)
    old = stale.raise_term(0)
    new = papers.raise_term(0)
    before = papers.revision()
    for term in (old, new + 1):
        with pytest.raises(Fenced):
            stale.carry_out(term, NOON, documents=[profile(1)], retained=[Retained("t", b"1")], order=order.number,
                            answer={}, rollouts=[RolloutRow("hq-x", 1, "running", {}, NOON)], entries=[DID])
    assert (papers.newest(), papers.retained(), papers.rollouts()) == ([], [], [])
    assert papers.open_orders() == [order]
    assert papers.revision() == before


def test_an_order_is_carried_out_once_and_a_version_is_made_once(memory: AnyMemory) -> None:
    papers = memory.papers
    term = papers.raise_term(0)
    order = papers.give_order("publish", {}, "Ida", NOON, DID)
    papers.carry_out(term, NOON, documents=[profile(1)], order=order.number, answer={"n": 1})
    for number in (order.number, order.number + 1):
        with pytest.raises(Conflict, match="Order"):
            papers.carry_out(term, NOON, documents=[profile(2)], order=number, answer={"n": 2})
    with pytest.raises(Conflict, match="version"):
        papers.carry_out(term, NOON, documents=[profile(2), profile(1)], retained=[Retained("t", b"1")])
    assert papers.newest() == [profile(1)]
    assert papers.retained() == []
    done = papers.order(order.number)
    assert done is not None
    assert done.answer == {"n": 1}


def test_every_change_of_papers_and_fleet_raises_the_revision(memory: AnyMemory) -> None:
    papers, fleet = memory.papers, memory.fleet_rows
    term, seen = papers.raise_term(0), papers.revision()
    changes: list[Callable[[], object]] = [
        lambda: papers.put_draft(draft("hq-a"), None, DID),
        lambda: papers.give_order("halt", {}, "Ida", NOON, DID),
        lambda: papers.carry_out(term, NOON, retained=[Retained("t", b"1")]),
        lambda: papers.drop_draft("campaign", "hq-a", NOON, DID),
        lambda: fleet.enrol(enrolled("s1"), NOON, DID),
        lambda: fleet.note_standings([(standing("s1"), NOON)], (1, 1)),
        lambda: fleet.note_plans([("s1", b"p", NOON)]),
    ]
    for change in changes:
        change()
        assert papers.revision() > seen
        seen = papers.revision()


def test_who_waits_for_news_hears_of_a_commit_elsewhere(opened: Callable[[], AnyMemory]) -> None:
    waiting, saying = opened().papers, opened().papers
    seen = waiting.revision()
    heard: list[int] = []
    threads = [threading.Thread(target=lambda: heard.append(waiting.wait_for_news(seen, PATIENCE_S)))
               for _ in range(3)]
    for thread in threads:
        thread.start()
    saying.give_order("publish", {}, "Ida", NOON, DID)
    for thread in threads:
        thread.join(PATIENCE_S)
    assert heard == [saying.revision()] * 3
    assert waiting.wait_for_news(seen, 0) == heard[0]


def test_who_waits_in_vain_comes_back_with_the_same_revision(memory: AnyMemory) -> None:
    memory.papers.give_order("publish", {}, "Ida", NOON, DID)
    seen = memory.papers.revision()
    assert memory.papers.wait_for_news(seen, 0.05) == seen


# ── fleet ───────────────────────────────────────────────────────────────────────────


def test_a_store_is_known_from_its_enrolment_on(memory: AnyMemory) -> None:
    fleet = memory.fleet_rows
    fleet.enrol(enrolled("s2"), NOON, Entry("store.enrolled"))
    fleet.enrol(enrolled("s1"), NOON, Entry("store.enrolled"))
    assert fleet.enrolled() == [enrolled("s1"), enrolled("s2")]
    assert [(row.store, row.standing, row.heard) for row in fleet.fleet()] == [("s1", None, None), ("s2", None, None)]
    fleet.enrol(enrolled("s1", 2), NOON, Entry("store.enrolled"))
    row = fleet.fleet_row("s1")
    assert row is not None
    assert row.enrolled == enrolled("s1", 2)
    assert recorded(memory) == ["store.enrolled"] * 3


def test_a_standing_comes_back_as_it_was_said(memory: AnyMemory) -> None:
    enrol(memory, "s1", "s2")
    said = standing("s1", at=NOON.astimezone(ZoneInfo("Asia/Tokyo")))
    assert memory.fleet_rows.note_standings([(said, NOON + MINUTE)], (1, 1)) == 1
    row = memory.fleet_rows.fleet_row("s1")
    assert row is not None
    assert (row.standing, row.heard, row.differs_since) == (said, NOON + MINUTE, None)
    assert [each.standing for each in memory.fleet_rows.fleet()] == [said, None]


def test_of_strangers_and_revoked_stores_nothing_is_kept(memory: AnyMemory) -> None:
    enrol(memory, "s1", "gone")
    fleet = memory.fleet_rows
    fleet.note_plans([("gone", b"old", NOON)])
    fleet.enrol(enrolled("gone", revoked=NOON), NOON, DID)
    said = [(standing(store), NOON) for store in ("s1", "gone", "stranger")]
    assert fleet.note_standings([*said, (will("stranger"), NOON)], (1, 1)) == 1
    fleet.note_plans([(store, b"new", NOON) for store in ("s1", "gone", "stranger")])
    assert [row.store for row in fleet.fleet()] == ["s1"]
    assert (fleet.fleet_row("gone"), fleet.plan_payload("gone"), fleet.plan_payload("stranger")) == (None,) * 3
    assert list(fleet.plan_payloads()) == [("s1", b"new")]
    said_lines = [(store, "j", lines([1])) for store in ("s1", "gone", "stranger")]
    assert memory.proof.store_lines(said_lines, NOON) == {("s1", "j"): 1}


def test_what_a_store_said_last_holds_whatever_its_clock_says(memory: AnyMemory) -> None:
    enrol(memory, "s1")
    later, earlier = standing("s1", number=3, at=NOON + MINUTE), standing("s1", number=2, at=NOON - MINUTE)
    assert memory.fleet_rows.note_standings([(later, NOON), (earlier, NOON + MINUTE)], (1, 3)) == 1
    row = memory.fleet_rows.fleet_row("s1")
    assert row is not None
    assert (row.standing, row.heard, row.differs_since) == (earlier, NOON + MINUTE, NOON + MINUTE)


@pytest.mark.parametrize("together", [True, False])
def test_a_last_will_keeps_what_was_known_beside_it(together: bool, memory: AnyMemory) -> None:
    enrol(memory, "s1")
    fleet = memory.fleet_rows
    said, away = (standing("s1"), NOON), (will("s1", NOON - MINUTE), NOON + MINUTE)
    kept = [fleet.note_standings([said, away], (1, 1))] if together else [
        fleet.note_standings([each], (1, 1)) for each in (said, away)]
    assert set(kept) == {1}
    expected = standing("s1").model_copy(update={"online": False})
    for _ in range(2):
        row = fleet.fleet_row("s1")
        assert row is not None
        assert (row.standing, row.heard, row.differs_since) == (expected, NOON + MINUTE, None)
        # The broker says a retained will again to everybody who comes: that is no news.
        fleet.note_standings([(away[0], NOON + 5 * MINUTE)], (1, 1))
    fleet.note_standings([(will("s1"), NOON + 6 * MINUTE), (standing("s1"), NOON + 7 * MINUTE)], (1, 1))
    row = fleet.fleet_row("s1")
    assert row is not None
    assert (row.standing, row.heard) == (standing("s1"), NOON + 7 * MINUTE)


def test_a_will_of_a_store_that_never_spoke_is_all_that_is_known(memory: AnyMemory) -> None:
    enrol(memory, "s1")
    assert memory.fleet_rows.note_standings([(will("s1"), NOON)], (1, 1)) == 1
    row = memory.fleet_rows.fleet_row("s1")
    assert row is not None
    assert (row.standing, row.heard, row.differs_since) == (will("s1"), NOON, NOON)


def test_a_standing_that_is_repeated_was_heard_when_it_was_said_first(memory: AnyMemory) -> None:
    enrol(memory, "s1")
    for minute in range(3):
        memory.fleet_rows.note_standings([(standing("s1"), NOON + minute * MINUTE)], (1, 1))
    row = memory.fleet_rows.fleet_row("s1")
    assert row is not None
    assert row.heard == NOON


def test_stores_that_acted_on_a_halt_are_counted(memory: AnyMemory) -> None:
    enrol(memory, "s1", "s2", "s3", "gone")
    fleet = memory.fleet_rows
    halts = {"s1": Pair(term=1, number=3), "s2": Pair(term=1, number=30), "s3": None, "gone": Pair(term=1, number=3)}
    fleet.note_standings([(standing(store).model_copy(update={"halt": halt}), NOON) for store, halt in halts.items()],
                         (1, 1))
    fleet.enrol(enrolled("gone", revoked=NOON), NOON, DID)
    assert fleet.counts((1, 3)).halted == 1
    assert fleet.counts((1, 30)).halted == 1
    assert fleet.counts((1, 2)).halted == 0
    assert fleet.counts().halted == 0


def test_a_store_differs_from_the_moment_on_at_which_it_should_have_been_elsewhere(memory: AnyMemory) -> None:
    enrol(memory, "s1", "s2", "silent")
    fleet, papers = memory.fleet_rows, memory.papers

    def since() -> list[object]:
        return [row.differs_since for row in fleet.fleet()]

    fleet.note_standings([(standing("s1"), NOON), (standing("s2", number=2), NOON)], (1, 1))
    assert since() == [None, NOON, None]
    assert fleet.counts() == FleetCounts(stores=3, heard=2, differing=1)
    fleet.note_standings([(standing("s2", number=2, at=NOON + MINUTE), NOON + MINUTE)], (1, 1))
    assert since() == [None, NOON, None]
    papers.carry_out(papers.raise_term(0), NOON + 2 * MINUTE, in_force=(1, 2))
    assert since() == [NOON + 2 * MINUTE, None, None]
    fleet.note_standings([(will("s1"), NOON + 3 * MINUTE), (will("s2"), NOON + 3 * MINUTE)], (1, 2))
    assert since() == [NOON + 2 * MINUTE, None, None]
    fleet.note_standings([(standing("s1", number=2), NOON + 4 * MINUTE)], (1, 2))
    assert since() == [None, None, None]
    papers.carry_out(papers.raise_term(5), NOON + 5 * MINUTE, in_force=(6, 2))
    assert since() == [NOON + 5 * MINUTE, NOON + 5 * MINUTE, None]


def test_thousands_of_standings_and_plans_are_kept_each_for_its_store(memory: AnyMemory) -> None:
    stores = [f"s{number:04}" for number in range(2500)]
    enrol_all(memory, stores)
    said = [(standing(store, number=int(store[1:]) % 2), NOON) for store in stores]
    assert memory.fleet_rows.note_standings([*said, *said], (1, 1)) == 2500
    memory.fleet_rows.note_plans([(store, store.encode(), NOON) for store in reversed(stores)])
    rows = memory.fleet_rows.fleet()
    assert [row.standing for row in rows] == [each for each, _ in said]
    assert {row.differs_since for row in rows[::2]} == {NOON}
    assert {row.differs_since for row in rows[1::2]} == {None}
    assert list(memory.fleet_rows.plan_payloads()) == [(store, store.encode()) for store in stores]


def enrol_all(memory: AnyMemory, stores: list[str]) -> None:
    memory.fleet_rows.enrol_all([enrolled(store) for store in stores], NOON, DID)


def test_rows_that_are_read_again_say_what_another_reader_finds(opened: Callable[[], AnyMemory]) -> None:
    ours, other = opened(), opened()
    enrol(ours, "s1", "s2", "s3")
    other.fleet_rows.note_standings([(standing(each), NOON) for each in ("s1", "s2", "s3")], (1, 1))
    before = ours.fleet_rows.fleet()
    # Said in the very same instant, and something else.
    other.fleet_rows.note_standings([(standing("s1", number=7), NOON), (will("s2"), NOON)], (1, 1))
    other.fleet_rows.enrol(enrolled("s4", 3), NOON, DID)
    after = ours.fleet_rows.fleet()
    assert after == [ours.fleet_rows.fleet_row(store) for store in ("s1", "s2", "s3", "s4")]
    assert [was == now for was, now in zip(before, after, strict=False)] == [False, False, True]
    other.fleet_rows.enrol(enrolled("s3", 1, NOON), NOON, DID)
    assert [row.store for row in ours.fleet_rows.fleet()] == ["s1", "s2", "s4"]


def test_the_last_plan_of_a_store_is_kept_as_it_came(memory: AnyMemory) -> None:
    enrol(memory, "s1", "s2")
    memory.fleet_rows.note_plans([("s1", b"old", NOON), ("s1", bytes(range(256)), NOON + MINUTE)])
    assert memory.fleet_rows.plan_payload("s1") == bytes(range(256))
    assert [row.plan_at for row in memory.fleet_rows.fleet()] == [NOON + MINUTE, None]


# ── proof ───────────────────────────────────────────────────────────────────────────


def everything(memory: AnyMemory) -> list[tuple[str, str, int]]:
    return [(each.store, each.journal, each.line.number)
            for each in memory.proof.lines(NOON - 100 * MINUTE, NOON + 10_000 * MINUTE)]


def test_lines_are_acknowledged_as_far_as_none_is_missing(memory: AnyMemory) -> None:
    enrol(memory, "s1")
    store = memory.proof.store_lines
    assert store([("s1", "j", lines((1, 2)))], NOON) == {("s1", "j"): 2}
    assert store([("s1", "j", lines((4, 6)))], NOON) == {("s1", "j"): 2}
    assert memory.proof.heads("s1") == {"j": (2, 4)}
    assert store([("s1", "j", lines((3,)))], NOON) == {("s1", "j"): 4}
    assert store([("s1", "j", lines((6, 5, 3, 1)))], NOON) == {("s1", "j"): 6}
    assert store([("s1", "j", [])], NOON) == {("s1", "j"): 6}
    assert memory.proof.heads("s1") == {"j": (6, 6)}
    assert everything(memory) == [("s1", "j", number) for number in range(1, 7)]


def test_what_was_stored_first_under_a_number_stays(memory: AnyMemory) -> None:
    enrol(memory, "s1")
    memory.proof.store_lines([("s1", "j", [line(1, kind="first"), line(1, kind="second")])], NOON)
    memory.proof.store_lines([("s1", "j", [line(1, kind="third")])], NOON)
    assert [each.line.kind for each in memory.proof.lines(NOON, NOON + MINUTE)] == ["first"]


def test_a_line_comes_back_as_it_was_said(memory: AnyMemory) -> None:
    enrol(memory, "s1")
    body: dict[str, object] = {"text": "Ö\0\n\u2028", "deep": {"list": [1, 2.5, None, True, 2**52]}, "empty": {}}
    said = line(1, NOON.astimezone(ZoneInfo("America/New_York")) + timedelta(microseconds=7), "a.kind", body)
    memory.proof.store_lines([("s1", "j", [said])], NOON)
    assert [each.line for each in memory.proof.lines(NOON, NOON + MINUTE)] == [said]
    assert [each.line for each in memory.proof.lines_at([("s1", "j", 1), ("s1", "j", 2), ("s1", "k", 1)])] == [said]


def test_journals_of_a_store_come_in_the_order_in_which_they_were_begun(memory: AnyMemory) -> None:
    enrol(memory, "s1", "s2")
    memory.proof.store_lines([("s2", "a", lines((1,)))], NOON)
    memory.proof.store_lines([("s1", "z", lines((2, 1)))], NOON)
    memory.proof.store_lines([("s1", "b", lines((1,)))], NOON + MINUTE)
    memory.proof.store_lines([("s1", "z", lines((3,)))], NOON + 2 * MINUTE)
    assert everything(memory) == [("s1", "z", 1), ("s1", "z", 2), ("s1", "z", 3), ("s1", "b", 1), ("s2", "a", 1)]
    assert memory.proof.heads("s1") == {"z": (3, 3), "b": (1, 1)}


def test_lines_are_chosen_by_time_store_and_kind(memory: AnyMemory) -> None:
    enrol(memory, "s1", "s2")
    for store in ("s1", "s2"):
        said = [line(number, NOON + number * MINUTE, "odd" if number % 2 else "even") for number in range(1, 7)]
        memory.proof.store_lines([(store, "j", said)], NOON)

    def found(first: int, last: int, **chosen: list[str]) -> list[tuple[str, int]]:
        return [(each.store, each.line.number) for each in memory.proof.lines(
            NOON + first * MINUTE, NOON + last * MINUTE, **chosen)]

    assert found(2, 4) == [("s1", 2), ("s1", 3), ("s2", 2), ("s2", 3)]
    assert found(1, 7, stores=["s2"], kinds=["even"]) == [("s2", 2), ("s2", 4), ("s2", 6)]
    assert found(1, 3, kinds=["odd", "even"], stores=["s1", "nobody"]) == [("s1", 1), ("s1", 2)]
    assert found(1, 7, stores=[]) == []
    assert found(4, 4) == []


def test_many_lines_are_read_without_a_word_missing(memory: AnyMemory) -> None:
    enrol(memory, "s1", "s2")
    memory.proof.store_lines([("s1", "j", lines(range(1, 2301))), ("s2", "j", lines(range(1, 801)))], NOON)
    assert everything(memory) == [("s1", "j", n) for n in range(1, 2301)] + [("s2", "j", n) for n in range(1, 801)]


JOURNALS = itertools.count()
BATCHES = st.lists(st.lists(st.tuples(st.sampled_from(["s1", "s2", "s3"]), st.integers(1, 12)), min_size=1, max_size=6),
                   min_size=1, max_size=8)


@given(batches=BATCHES)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_lines_in_any_order_twice_and_from_two_workers_are_each_there_once(
    memory: AnyMemory, batches: list[list[tuple[str, int]]],
) -> None:
    enrol(memory, "s1", "s2", "s3")
    journal = f"j{next(JOURNALS)}"

    def work(some: list[tuple[str, int]]) -> dict[tuple[str, str], int]:
        return memory.proof.store_lines([(store, journal, [line(number)]) for store, number in some], NOON)

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(work, batches))
    said = {pair for batch in batches for pair in batch}
    stored = [(each.store, each.line.number) for each in memory.proof.lines(NOON, NOON + MINUTE)
              if each.journal == journal]
    assert stored == sorted(said)
    for store in {store for store, _ in said}:
        numbers = {number for name, number in said if name == store}
        highest = next(number for number in range(13) if number + 1 not in numbers)
        assert memory.proof.heads(store)[journal] == (highest, len(numbers))
        heard = [answer[store, journal] for answer in answers if (store, journal) in answer]
        assert max(heard) == highest


def test_many_workers_over_their_own_connections_lose_and_double_nothing(opened: Callable[[], AnyMemory]) -> None:
    memories = [opened() for _ in range(3)]
    stores = [f"s{number}" for number in range(8)]
    enrol(memories[0], *stores)

    def work(turn: int) -> None:
        first = turn * 5 + 1
        # Every batch is taken in twice, by different workers, and names the stores in another order.
        turned = stores[turn % 8:] + stores[:turn % 8]
        for memory in (memories[turn % 3], memories[(turn + 1) % 3]):
            memory.proof.store_lines([(store, "j", lines(range(first, first + 5))) for store in turned], NOON)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(20)))
    for store in stores:
        assert memories[1].proof.heads(store) == {"j": (100, 100)}
    assert len(everything(memories[2])) == 800


def test_heads_and_digests_are_what_they_were_after_opening_again(opened: Callable[[], AnyMemory]) -> None:
    first = opened()
    enrol(first, "s1")
    first.proof.store_lines([("s1", "j", lines((1, 3)))], NOON)
    again = opened()
    assert again.proof.heads("s1") == {"j": (1, 2)}
    assert again.proof.store_lines([("s1", "j", lines((2,)))], NOON) == {("s1", "j"): 3}
    assert standing("s1").applies == HEX

"""One contract for every memory: the fake that tests use, SQLite that stores use, PostgreSQL that HQ uses."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from controller.errors import Conflict, Refused
from controller.ports import Account, CueMark, Entry, LocalChange, Memory, ScentRun, Session, Throttle, Token
from controller.storage.chain import verify_journal
from controller.storage.memory import StoredMemory
from controller.storage.opening import open_memory
from profiles.limits import Person
from tests.controller.memory_fake import FakeMemory
from tests.controller.stored_memory import BUILT, NOON, emptied, plan, press, private_postgres, stop

AnyMemory = FakeMemory | StoredMemory
MINUTE = timedelta(minutes=1)
DID = Entry("test.did")


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    with private_postgres() as url:
        yield url


@pytest.fixture(params=["fake", "sqlite", pytest.param("postgres", marks=pytest.mark.real)])
def reopened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], AnyMemory]]:
    """Opens the memory; each further call closes it and opens it again (the fake just stays)."""
    fake = FakeMemory()
    where: str | Path = tmp_path
    if request.param == "postgres":
        where = emptied(request.getfixturevalue("postgres"))
    opened: list[AnyMemory] = []

    def open_again() -> AnyMemory:
        if opened:
            opened[-1].close()
        opened.append(fake if request.param == "fake" else open_memory(where, BUILT, NOON))
        return opened[-1]

    yield open_again
    opened[-1].close()


@pytest.fixture
def memory(reopened: Callable[[], AnyMemory]) -> AnyMemory:
    return reopened()


def kinds(memory: Memory) -> list[str]:
    return [entry.kind for entry in memory.journal()]


def test_a_new_memory_is_empty(memory: AnyMemory) -> None:
    port: Memory = memory
    assert port.plan_in_force() is None
    assert port.plan_versions() == []
    assert port.live(NOON).overrides == ()
    assert port.live(NOON).stops == ()
    assert port.newest_entry() is None
    assert port.scent_runs() == []
    assert port.last_seen() == {}


def test_the_newest_published_plan_is_in_force_after_reopening(reopened: Callable[[], AnyMemory]) -> None:
    memory = reopened()
    first = memory.publish(plan("One"), "Ida", "first", NOON, Entry("plan.published", {"note": "first"}))
    second = memory.publish(plan("Two"), "Ida", "second", NOON + MINUTE, DID)
    memory = reopened()
    assert memory.plan_in_force() == second
    assert memory.plan_versions() == [second, first]
    assert memory.plan_versions(limit=1) == [second]
    assert [memory.plan_version(number) for number in (1, 2)] == [first, second]
    assert [memory.plan_version(number) for number in (-1, 0, 3, 2**31, 2**70)] == [None] * 5
    assert (first.version, second.version) == (1, 2)
    assert second.digest == plan("Two").digest
    assert kinds(memory) == ["plan.published", "test.did"]


def test_publishing_what_is_in_force_changes_nothing(memory: AnyMemory) -> None:
    first = memory.publish(plan("One"), "Ida", "first", NOON, DID)
    assert memory.publish(plan("One"), "Bo", "again", NOON + MINUTE, DID) == first
    assert len(memory.journal()) == 1
    back = [memory.publish(plan(name), "Ida", "", NOON, DID).version for name in ("Two", "One")]
    assert back == [2, 3]


def test_an_override_comes_back_as_it_went_in(reopened: Callable[[], AnyMemory]) -> None:
    memory = reopened()
    start = datetime(2026, 3, 2, 12, 0, 0, 123457, tzinfo=UTC)
    memory.add_overrides((press("a", start), press("b", start, zone="floor")), start, DID)
    memory = reopened()
    assert memory.live(start).overrides == (press("a", start), press("b", start, zone="floor"))


def test_times_of_the_repeated_hour_keep_their_instant(reopened: Callable[[], AnyMemory]) -> None:
    memory = reopened()
    second_half_past_two = datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Stockholm"), fold=1)
    memory.add_overrides((press("a", second_half_past_two.astimezone(UTC)),), NOON, DID)
    memory.note_last_seen({"lamp": second_half_past_two})
    memory = reopened()
    assert memory.live(NOON).overrides[0].start == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert memory.last_seen()["lamp"].astimezone(UTC) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_live_gives_what_has_not_ended_in_the_order_of_the_presses_whatever_the_clock_said(memory: AnyMemory) -> None:
    memory.add_overrides((press("late", NOON + MINUTE),), NOON, DID)
    memory.add_overrides((press("early", NOON, 30), press("long", NOON, 90)), NOON, DID)
    ids = [one.id for one in memory.live(NOON).overrides]
    assert ids == ["late", "early", "long"]
    assert [one.id for one in memory.live(NOON + 30 * MINUTE).overrides] == ["late", "long"]
    assert [one.id for one in memory.live(NOON + 30 * MINUTE - timedelta(microseconds=1)).overrides] == ids


def test_an_override_taken_back_is_over_but_can_still_be_explained(memory: AnyMemory) -> None:
    memory.add_overrides((press("a"), press("b")), NOON, DID)
    memory.end_overrides(("a",), NOON + 5 * MINUTE, Entry("override.ended", {"id": "a"}))
    assert [one.id for one in memory.live(NOON + 5 * MINUTE).overrides] == ["b"]
    before = {one.id: one.ended for one in memory.live(NOON + 4 * MINUTE).overrides}
    assert before == {"a": NOON + 5 * MINUTE, "b": None}
    assert kinds(memory) == ["test.did", "override.ended"]


def test_what_has_ended_is_not_ended_again_and_nothing_is_recorded(memory: AnyMemory) -> None:
    memory.add_overrides((press("a", minutes=10),), NOON, DID)
    memory.add_stop(stop("s"), NOON, DID)
    memory.end_stops(("s",), "Bo", NOON + MINUTE, DID)
    entries = len(memory.journal())
    memory.end_overrides(("a",), NOON + 10 * MINUTE, DID)
    memory.end_overrides(("unknown",), NOON, DID)
    memory.end_overrides((), NOON, DID)
    memory.end_stops(("s", "unknown"), "Eva", NOON + 2 * MINUTE, DID)
    assert len(memory.journal()) == entries
    assert memory.live(NOON).overrides[0].ended is None
    assert memory.live(NOON).stops[0].ended_by == "Bo"


def test_an_id_that_exists_is_refused_and_the_whole_press_with_it(memory: AnyMemory) -> None:
    memory.add_overrides((press("a"),), NOON, DID)
    memory.add_stop(stop("s"), NOON, DID)
    with pytest.raises(Conflict):
        memory.add_overrides((press("b"), press("a")), NOON, DID)
    with pytest.raises(Conflict):
        memory.add_stop(stop("s"), NOON, DID)
    assert [one.id for one in memory.live(NOON).overrides] == ["a"]
    assert len(memory.journal()) == 2


def test_a_stop_holds_until_a_person_ends_it(reopened: Callable[[], AnyMemory]) -> None:
    memory = reopened()
    memory.add_stop(stop("s", zones=("floor",)), NOON, DID)
    memory.add_stop(stop("t", NOON - MINUTE), NOON, DID)
    memory = reopened()
    assert memory.live(NOON + timedelta(days=400)).stops == (stop("t", NOON - MINUTE), stop("s", zones=("floor",)))
    memory.end_stops(("s",), "Bo", NOON + MINUTE, DID)
    assert [one.id for one in memory.live(NOON + MINUTE).stops] == ["t"]
    ended = next(one for one in memory.live(NOON).stops if one.id == "s")
    assert (ended.ended, ended.ended_by) == (NOON + MINUTE, "Bo")


def test_the_epoch_only_rises_and_outlives_a_restart(reopened: Callable[[], AnyMemory]) -> None:
    memory = reopened()
    assert memory.raise_epoch(0) == 1
    assert memory.raise_epoch(41) == 42
    memory = reopened()
    assert memory.raise_epoch(7) == 43
    with pytest.raises(Refused):
        memory.raise_epoch(10**30)
    assert memory.raise_epoch(0) == 44


def test_one_owner_at_a_time_holds_the_lease(memory: AnyMemory) -> None:
    assert memory.hold_lease("one", NOON, 30)
    assert not memory.hold_lease("two", NOON + timedelta(seconds=29), 30)
    assert memory.hold_lease("one", NOON + timedelta(seconds=29), 30)
    assert not memory.hold_lease("two", NOON + timedelta(seconds=58), 30)
    assert memory.hold_lease("two", NOON + timedelta(seconds=59), 30)
    assert not memory.hold_lease("one", NOON + timedelta(seconds=60), 30)
    memory.release_lease("one")
    assert not memory.hold_lease("one", NOON + timedelta(seconds=60), 30)
    memory.release_lease("two")
    assert memory.hold_lease("one", NOON + timedelta(seconds=60), 30)


def test_a_lease_from_before_the_clock_was_set_back_is_void(memory: AnyMemory) -> None:
    assert memory.hold_lease("one", NOON, 30)
    assert memory.hold_lease("two", NOON - timedelta(hours=1), 30)


def test_what_holds_rest_on_is_replaced_by_what_is_newer(reopened: Callable[[], AnyMemory]) -> None:
    memory = reopened()
    memory.note_scent((ScentRun("floor", "linen", NOON, 25.5), ScentRun("floor", "cedar", NOON, 10)))
    memory.note_scent((ScentRun("floor", "linen", NOON, 1), ScentRun("floor", "linen", NOON + MINUTE, 12.1)))
    memory.note_scent(())
    memory.note_local_change(LocalChange("lamp-2", NOON, NOON + MINUTE), DID)
    memory.note_local_change(LocalChange("lamp-1", NOON, NOON + MINUTE), DID)
    memory.note_local_change(LocalChange("lamp-2", NOON + MINUTE, NOON + 2 * MINUTE), DID)
    memory.note_last_seen({"lamp-1": NOON, "lamp-2": NOON})
    memory.note_last_seen({"lamp-2": NOON + MINUTE})
    memory.note_last_seen({})
    memory = reopened()
    assert memory.scent_runs() == [ScentRun("floor", "cedar", NOON, 10),
                                   ScentRun("floor", "linen", NOON + MINUTE, 12.1)]
    assert memory.local_changes() == [LocalChange("lamp-1", NOON, NOON + MINUTE),
                                      LocalChange("lamp-2", NOON + MINUTE, NOON + 2 * MINUTE)]
    assert memory.last_seen() == {"lamp-1": NOON, "lamp-2": NOON + MINUTE}
    memory.forget_local_changes(("lamp-1", "unknown"))
    assert [change.device for change in memory.local_changes()] == ["lamp-2"]
    assert len(memory.journal()) == 3


def test_the_journal_is_numbered_without_gaps_and_read_in_pages(reopened: Callable[[], AnyMemory]) -> None:
    memory = reopened()
    memory.record(NOON, *(Entry("many", {"n": n}) for n in range(7)))
    memory.record(NOON)
    memory = reopened()
    memory.record(NOON + MINUTE, Entry("last", {"text": "å\u2028", "nested": {"list": [1, 2.5, None, True]}}))
    assert [entry.number for entry in memory.journal()] == list(range(1, 9))
    assert [entry.number for entry in memory.journal(after=2, limit=3)] == [3, 4, 5]
    newest = memory.newest_entry()
    assert newest is not None
    assert (newest.number, newest.kind, newest.at) == (8, "last", NOON + MINUTE)
    assert newest.body == {"text": "å\ufffd", "nested": {"list": [1, 2.5, None, True]}}
    assert len({entry.journal_id for entry in memory.journal()}) == 1
    assert verify_journal(memory, memory.chain_head()) == []


def test_the_journal_is_asked_by_time_and_by_kind(reopened: Callable[[], AnyMemory]) -> None:
    memory = reopened()
    for n, kind in enumerate(("a", "b", "c", "a", "b", "c")):
        memory.record(NOON + n * MINUTE, Entry(kind, {"n": n}))
    memory.record(NOON + MINUTE, Entry("a", {"n": "after the clock was set back"}))
    memory = reopened()

    def numbers(*args: object, **more: object) -> list[int]:
        return [entry.number for entry in memory.recorded(*args, **more)]  # type: ignore[arg-type]

    end = NOON + 5 * MINUTE
    assert numbers(NOON, end) == [1, 2, 3, 4, 5, 7]
    assert numbers(NOON + MINUTE, end + MINUTE) == [2, 3, 4, 5, 6, 7]
    assert numbers(NOON, end, ("a",)) == [1, 4, 7]
    assert numbers(NOON, end + MINUTE, ("c", "b"), 3) == [2, 3, 5]
    assert numbers(NOON, end + MINUTE, ("b", "c"), 3, newest_first=True) == [6, 5, 3]
    assert numbers(NOON, end, newest_first=True, limit=2) == [7, 5]
    assert numbers(NOON, end, ("nothing",)) == []
    assert numbers(NOON, NOON) == numbers(end, NOON) == []
    assert memory.recorded(NOON, end) == [entry for entry in memory.journal() if entry.number != 6]


def test_the_mark_of_a_cue_is_replaced_and_taken_back(reopened: Callable[[], AnyMemory]) -> None:
    memory = reopened()
    done = CueMark("towels@11", "done", "Ida Öberg", NOON)
    skipped = CueMark("tea@11", "skipped", "Bo", NOON + MINUTE)
    memory.mark_cue("tea@11", skipped, NOON + MINUTE, Entry("cue.skipped", {"cue": "tea"}))
    memory.mark_cue("towels@11", done, NOON, Entry("cue.done", {"cue": "towels"}))
    memory = reopened()
    assert memory.cue_marks(NOON) == [done, skipped]
    assert memory.cue_marks(NOON + MINUTE) == [skipped]
    assert memory.cue_marks(NOON + 2 * MINUTE) == []
    later = CueMark("tea@11", "done", "Eva", NOON + 3 * MINUTE)
    memory.mark_cue("tea@11", later, later.at, Entry("cue.done"))
    memory.mark_cue("towels@11", None, later.at, Entry("cue.open"))
    memory.mark_cue("towels@11", None, later.at, Entry("cue.open"))
    memory = reopened()
    assert memory.cue_marks(NOON) == [later]
    assert kinds(memory) == ["cue.skipped", "cue.done", "cue.done", "cue.open"]
    with pytest.raises(TypeError):
        memory.mark_cue("tea@11", None, later.at, Entry("bad", {"at": NOON}))
    assert memory.cue_marks(NOON) == [later]


def test_an_entry_that_is_not_json_is_refused_and_the_change_with_it(memory: AnyMemory) -> None:
    with pytest.raises(TypeError, match=r"bad\.at is a datetime"):
        memory.add_overrides((press("a"),), NOON, Entry("bad", {"at": NOON}))
    assert memory.live(NOON).overrides == ()
    assert memory.journal() == []


def test_many_threads_press_and_take_back_at_once(memory: AnyMemory) -> None:
    failures: list[BaseException] = []

    def work(worker: int) -> None:
        try:
            for n in range(8):
                name = f"w{worker}-{n}"
                memory.add_overrides((press(name),), NOON, Entry("pressed", {"id": name}))
                memory.live(NOON)
                if n % 2:
                    memory.end_overrides((name,), NOON + MINUTE, Entry("ended", {"id": name}))
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(memory.live(NOON).overrides) == 48
    assert len(memory.live(NOON + MINUTE).overrides) == 24
    assert [entry.number for entry in memory.journal()] == list(range(1, 73))
    assert verify_journal(memory, memory.chain_head()) == []


def test_one_of_many_threads_gets_each_epoch(memory: AnyMemory) -> None:
    drawn: list[int] = []
    threads = [threading.Thread(target=lambda: drawn.append(memory.raise_epoch(0))) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(drawn) == list(range(1, 13))


def test_an_account_is_found_whatever_the_case(reopened: Callable[[], AnyMemory]) -> None:
    people = reopened().people
    ida = Account("Ida Öberg", Person.MANAGER, "$argon2id$x", NOON)
    people.put_account(ida, NOON, DID)
    people.put_account(Account("bo", Person.STAFF, "$argon2id$y", NOON), NOON, DID)
    people = reopened().people
    assert people.account("IDA ÖBERG") == ida
    assert people.account("nobody") is None
    people.put_account(Account("ida öberg", Person.STAFF, "$argon2id$z", NOON), NOON, DID)
    assert [account.name for account in people.accounts()] == ["bo", "ida öberg"]


def test_sessions_go_by_key_by_name_or_by_age(reopened: Callable[[], AnyMemory]) -> None:
    people = reopened().people
    for key, name, seen in (("a", "Ida", 0), ("b", "ida", 1), ("c", "Bo", 2), ("d", "Bo", 3)):
        people.put_session(Session(key, name, NOON, NOON + seen * MINUTE))
    people.put_session(Session("a", "Ida", NOON, NOON + 9 * MINUTE))
    people = reopened().people
    assert people.session("a") == Session("a", "Ida", NOON, NOON + 9 * MINUTE)
    assert people.drop_sessions() == 0
    assert people.drop_sessions(name="Bo", seen_before=NOON + 3 * MINUTE) == 1
    assert people.session("c") is None
    assert people.drop_sessions(key="d") == 1
    assert people.drop_sessions(name="IDA") == 2
    assert people.session("a") is None


def test_a_revoked_token_stays_on_the_list(reopened: Callable[[], AnyMemory]) -> None:
    people = reopened().people
    till = Token("k1", "till", Person.STAFF, NOON)
    revoked = Token("k1", "till", Person.STAFF, NOON, NOON + MINUTE)
    people.put_token(till, NOON, DID)
    people.put_token(Token("k0", "backup", Person.VIEWER, NOON), NOON, DID)
    assert people.token("k1") == till
    people.put_token(revoked, NOON, DID)
    people = reopened().people
    assert people.token("k1") == revoked
    assert [token.label for token in people.tokens()] == ["backup", "till"]
    assert people.token("k9") is None


def test_failed_sign_ins_are_kept_until_they_no_longer_matter(reopened: Callable[[], AnyMemory]) -> None:
    people = reopened().people
    people.put_throttle(Throttle("account:ida", 3, NOON))
    people.put_throttle(Throttle("source:10.0.0.1", 1, NOON + timedelta(days=1)))
    people = reopened().people
    assert people.throttle("account:ida") == Throttle("account:ida", 3, NOON)
    people.put_throttle(Throttle("account:ida", 0, NOON))
    assert people.throttle("account:ida") is None
    people.put_throttle(Throttle("source:10.0.0.2", 1, NOON + timedelta(days=4)))
    assert people.throttle("source:10.0.0.1") is None

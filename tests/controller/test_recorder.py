"""What the engine writes down: in order, as many entries at once as wait, and never a reason to stop."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from controller.ports import Entry
from controller.storage.chain import verify_journal
from controller.storage.opening import open_memory
from controller.store.recorder import Recorder
from tests.controller.memory_fake import FakeMemory
from tests.controller.stored_memory import BUILT, NOON

SECOND = timedelta(seconds=1)


class CountingMemory(FakeMemory):
    """Counts transactions, and chokes on entries of one kind."""

    writes = 0

    def record_all(self, entries: Sequence[tuple[datetime, Entry]]) -> None:
        self.writes += 1
        if any(entry.kind == "poison" for _, entry in entries):
            raise TypeError("this is no JSON")
        super().record_all(entries)


@pytest.fixture
def memory() -> CountingMemory:
    return CountingMemory()


def kinds(memory: FakeMemory) -> list[str]:
    return [entry.kind for entry in memory.journal()]


def test_entries_of_several_instants_are_one_transaction_in_their_order(memory):
    recorder = Recorder(memory)
    for n in range(6):
        recorder.record(NOON + n * SECOND, f"kind-{n}")
    recorder.flush()
    assert memory.writes == 1
    assert kinds(memory) == [f"kind-{n}" for n in range(6)]
    assert [entry.at for entry in memory.journal()] == [NOON + n * SECOND for n in range(6)]
    recorder.flush()
    assert memory.writes == 1


def test_while_more_is_to_be_dealt_with_it_waits_for_more_but_not_for_long(memory):
    recorder = Recorder(memory)
    recorder.now = 10.0
    recorder.record(NOON, "first")
    recorder.flush(busy=True)
    assert memory.writes == 0
    recorder.now += 0.1
    recorder.record(NOON, "second")
    recorder.flush(busy=True)
    assert memory.writes == 0
    recorder.now += 0.2
    recorder.flush(busy=True)
    assert (memory.writes, kinds(memory)) == (1, ["first", "second"])
    recorder.record(NOON, "third")
    recorder.flush()
    assert memory.writes == 2


def test_one_that_cannot_be_written_takes_no_other_with_it(memory):
    recorder = Recorder(memory)
    for kind in ("first", "poison", "last"):
        recorder.record(NOON, kind)
    recorder.flush()
    assert kinds(memory) == ["first", "last"]
    recorder.record(NOON, "later")
    recorder.flush()
    assert kinds(memory) == ["first", "last", "later"]


def test_what_a_full_disk_refuses_is_written_later_in_its_order(memory):
    recorder = Recorder(memory)
    recorder.record(NOON, "first")
    memory.fill_the_disk()
    recorder.flush()
    recorder.record(NOON + SECOND, "second")
    assert recorder.trouble
    memory.make_room()
    recorder.flush()
    assert kinds(memory) == [], "the disk is left alone for a while"
    recorder.now = 100.0
    recorder.flush()
    assert kinds(memory) == ["first", "second"]
    assert not recorder.trouble


def test_the_stored_journal_is_one_chain_over_such_transactions(tmp_path: Path):
    memory = open_memory(tmp_path, BUILT)
    memory.record(NOON, Entry("before"))
    memory.record_all([(NOON + n * SECOND, Entry("many", {"n": n})) for n in range(5)])
    memory.record_all([])
    memory.record(NOON + 9 * SECOND, Entry("after"))
    entries = memory.journal()
    assert [entry.number for entry in entries] == list(range(entries[0].number, entries[0].number + len(entries)))
    assert [entry.at for entry in entries if entry.kind == "many"] == [NOON + n * SECOND for n in range(5)]
    assert verify_journal(memory, memory.chain_head()) == []
    memory.close()

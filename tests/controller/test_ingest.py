"""An ingest worker on a broker in memory: what it stores, acknowledges, drops, and says of broken chains."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.clock import SystemClock
from controller.hq import ingest
from controller.hq.chains import Broken, findings, pieces, wanted_for
from controller.hq.ingest import BROKEN, IngestWorker
from controller.hq.ports import Enrolled
from controller.hq.said import Ack, JournalBatch, JournalLine, payload_of, read
from controller.hq.topics import up_topic
from controller.hq.waiting import Waiting
from controller.ports import Entry
from devices.loopback import LoopbackBroker
from devices.messages import Message
from devices.transport import Received, TransportEvent
from tests.controller.hq_memory_fake import FakeHqMemory
from tests.controller.journal_sender import BEGAN, batch, journal_of, sealed, some_lines
from tests.controller.memory_fake import FakeMemory
from tests.patience import eventually


class Hq:
    """A broker, what HQ remembers, and workers."""

    def __init__(self) -> None:
        self.broker, self.memory, self.record = LoopbackBroker(), FakeHqMemory(), FakeMemory()
        self.workers: list[IngestWorker] = []
        self.acks: list[tuple[str, Ack]] = []
        self._ear = self.broker.transport("ear")
        self._ear.subscribe(["sinne/v1/+/down/ack"])
        self._ear.start(self._hear)

    def enrol(self, *stores: str) -> None:
        for store in stores:
            self.memory.fleet_rows.enrol(Enrolled(store, store, 1, BEGAN, "Ada"), BEGAN, Entry("store.enrolled"))

    def worker(self, name: str = "ingest-1") -> IngestWorker:
        made = IngestWorker(self.broker.transport(name), self.memory.proof, self.record, SystemClock())
        made.start()
        self.workers.append(made)
        return made

    def say(self, message: Message) -> None:
        assert self._ear.publish(message)

    def acknowledged(self, store: str) -> int:
        return max((ack.number for topic, ack in self.acks if topic == f"sinne/v1/{store}/down/ack"), default=0)

    def stored(self, store: str) -> list[int]:
        return [line.line.number for line in self.memory.proof.lines(
            BEGAN - timedelta(days=1), BEGAN + timedelta(days=9), stores=[store])]

    def broken(self) -> list[dict[str, object]]:
        return [dict(e.body) for e in self.record.recorded(BEGAN, BEGAN + timedelta(days=9999), (BROKEN,))]

    def close(self) -> None:
        for worker in self.workers:
            worker.stop()

    def _hear(self, event: TransportEvent) -> None:
        if isinstance(event, Received):
            self.acks.append((event.message.topic, read(Ack, event.message.payload, "The acknowledgement")))


@pytest.fixture
def hq() -> Iterator[Hq]:
    made = Hq()
    made.enrol("s1", "s2")
    yield made
    made.close()


def test_lines_are_stored_and_acknowledged_as_far_as_none_is_missing(hq: Hq) -> None:
    lines = some_lines("s1", 30)
    worker = hq.worker()
    hq.say(batch("s1", lines[20:]))
    eventually(lambda: worker.sight().counts.stored == 10)
    assert hq.acknowledged("s1") == 0
    hq.say(batch("s1", lines[:20]))
    eventually(lambda: hq.acknowledged("s1") == 30)
    assert hq.stored("s1") == list(range(1, 31))
    assert hq.acks[-1][1].journal == journal_of("s1")
    assert hq.broken() == []


def test_what_is_said_twice_is_stored_once_and_acknowledged_again(hq: Hq) -> None:
    lines = some_lines("s1", 5)
    hq.worker()
    hq.say(batch("s1", lines))
    eventually(lambda: hq.acknowledged("s1") == 5)
    hq.acks.clear()
    hq.say(batch("s1", lines))
    eventually(lambda: hq.acknowledged("s1") == 5)
    assert hq.stored("s1") == [1, 2, 3, 4, 5]
    assert hq.broken() == []


def test_two_workers_share_the_work(hq: Hq) -> None:
    workers = [hq.worker("ingest-1"), hq.worker("ingest-2")]
    lines = some_lines("s1", 40)
    for n in range(40):
        hq.say(batch("s1", lines[n:n + 1]))
    eventually(lambda: hq.acknowledged("s1") == 40)
    assert [w.sight().counts.stored for w in workers] == [20, 20]
    assert hq.stored("s1") == list(range(1, 41))
    assert hq.broken() == []


def test_whose_journal_it_is_is_said_by_the_topic_alone(hq: Hq) -> None:
    worker = hq.worker()
    payload = orjson.loads(batch("s1", some_lines("s1", 2)).payload) | {"store": "s2"}
    hq.say(Message(up_topic("s1", "journal"), orjson.dumps(payload), 1))
    eventually(lambda: hq.acknowledged("s1") == 2)
    assert hq.stored("s2") == []
    assert worker.sight().counts.malformed == 0


def test_a_store_that_hq_does_not_know_is_neither_stored_nor_answered(hq: Hq) -> None:
    worker = hq.worker()
    hq.say(batch("stranger", some_lines("stranger", 2)))
    hq.say(batch("s1", some_lines("s1", 2)))
    eventually(lambda: hq.acknowledged("s1") == 2)
    eventually(lambda: worker.sight().counts.foreign == 1)
    assert hq.acknowledged("stranger") == 0


@pytest.mark.parametrize("payload", [
    b"", b"no json", b"[]", b"{}", b"[" * 100_000, b'{"journal": "j", "entries": []}', b"\xff\xfe",
    b'{"journal": "j/../k", "entries": [{"number": 1}]}',
    b'{"journal": "j", "entries": [{"number": 0, "at": "2026-03-02T09:00:00Z", "kind": "k", "body": {}, "hash": "x"}]}',
    *(b'{"journal": "j", "entries": [{"number": 1, "at": "' + at + b'", "kind": "k", "body": {}, "hash": "' + b"0" * 64
      + b'"}]}' for at in (b"0001-01-01T00:00:00+14:00", b"9999-12-31T23:59:59-12:00")),
    b'{"journal": "j", "entries": [{"number": 1, "at": "NaN", "kind": "k", "body": {}, "hash": "' + b"0" * 64 + b'"}]}',
])
def test_poison_is_counted_and_dropped_and_the_next_is_stored(hq: Hq, payload: bytes) -> None:
    worker = hq.worker()
    hq.say(Message(up_topic("s1", "journal"), payload, 1))
    hq.say(batch("s1", some_lines("s1", 1)))
    eventually(lambda: hq.acknowledged("s1") == 1)
    assert worker.sight().counts.malformed == 1


def test_while_the_database_is_away_what_is_in_hand_is_held_and_stored_afterwards(hq: Hq) -> None:
    hq.memory.go_away()
    worker = hq.worker()
    lines = some_lines("s1", 3)
    for line in lines:
        hq.say(batch("s1", [line]))
    eventually(lambda: worker.sight().counts.retries >= 1)
    assert "cannot be reached" in worker.sight().trouble
    assert hq.acknowledged("s1") == 0
    hq.memory.come_back()
    eventually(lambda: hq.acknowledged("s1") == 3)
    assert worker.sight().trouble == ""
    assert hq.stored("s1") == [1, 2, 3]


def test_stopping_while_the_database_is_away_ends_at_once_and_claims_nothing(hq: Hq) -> None:
    hq.memory.go_away()
    worker = hq.worker()
    hq.say(batch("s1", some_lines("s1", 3)))
    eventually(lambda: worker.sight().trouble)
    worker.stop()
    worker.stop()
    assert hq.acks == []


def test_the_bound_holds_by_number_and_by_size() -> None:
    waiting = Waiting(most=2, most_bytes=10)
    assert waiting.put(Message("a", b"12345"))
    assert not waiting.put(Message("a", b"123456"))
    assert waiting.put(Message("b", b"1"))
    assert not waiting.put(Message("c", b""))
    taken = [waiting.take(0), waiting.take(0), waiting.take(0)]
    assert [m.topic if m else None for m in taken] == ["a", "b", None]
    assert waiting.put(Message("d", b"1234567890"))
    waiting.end()
    assert [waiting.take(None) is not None, waiting.take(None)] == [True, None]


def test_no_acknowledgement_without_a_gap_is_said_before_its_commit(hq: Hq) -> None:
    """Every acknowledgement that is heard names what can be read at that moment."""
    hq.worker()
    lines = some_lines("s1", 200)
    for start in range(0, 200, 10):
        hq.say(batch("s1", lines[start:start + 10]))
        eventually(lambda end=start + 10: hq.acknowledged("s1") == end)
        assert hq.stored("s1") == list(range(1, start + 11))


# ── chains ──────────────────────────────────────────────────────────────────────────


def test_an_entry_that_was_changed_is_told_of_once(hq: Hq) -> None:
    lines = some_lines("s1", 6)
    lines[3] = lines[3].model_copy(update={"body": {"zone": "floor", "values": {"n": "another"}, "pct": 3 / 7}})
    hq.worker("ingest-1")
    hq.worker("ingest-2")
    for _ in range(4):
        hq.say(batch("s1", lines))
    eventually(lambda: sum(w.sight().counts.stored for w in hq.workers) == 24)
    eventually(lambda: hq.broken())
    assert hq.broken() == [{"store": "s1", "journal": journal_of("s1"), "number": 4, "rewritten": False}]
    assert hq.acknowledged("s1") == 6


def test_a_journal_that_was_written_anew_is_told_of(hq: Hq) -> None:
    lines = some_lines("s1", 4)
    hq.worker()
    hq.say(batch("s1", lines))
    eventually(lambda: hq.acknowledged("s1") == 4)
    anew = sealed("s1", [(line.at, Entry("other", {})) for line in lines])
    hq.say(batch("s1", anew[2:3]))
    eventually(lambda: hq.broken())
    assert [(b["number"], b["rewritten"]) for b in hq.broken()] == [(3, True), (4, False)]
    assert [line.line.kind for line in hq.memory.proof.lines(BEGAN, BEGAN + timedelta(days=1))] == ["zone.changed"] * 4


def _judged(order: list[JournalLine], size: int) -> set[Broken]:
    """What is found when lines come in this order, in batches of a size, each judged after it was stored."""
    stored: dict[tuple[str, str, int], JournalLine] = {}
    found: set[Broken] = set()
    for start in range(0, len(order), size):
        some = order[start:start + size]
        for line in some:
            stored.setdefault(("s1", journal_of("s1"), line.number), line)
        for piece in pieces("s1", journal_of("s1"), some):
            found |= set(findings(piece, {key: stored[key] for key in wanted_for(piece) if key in stored}))
    return found


@given(st.permutations(range(12)), st.integers(1, 5))
def test_a_whole_chain_is_found_whole_in_any_order_and_pieces(order: list[int], size: int) -> None:
    lines = some_lines("s1", 12)
    assert _judged([lines[n] for n in order], size) == set()


@given(st.permutations(range(12)), st.integers(1, 5), st.integers(0, 11), st.sampled_from(["body", "kind", "at"]))
def test_a_changed_entry_is_found_in_any_order_and_pieces(order: list[int], size: int, which: int, what: str) -> None:
    lines = some_lines("s1", 12)
    changes = {"body": {"n": -1}, "kind": "forged", "at": BEGAN + timedelta(days=3)}
    lines[which] = lines[which].model_copy(update={what: changes[what]})
    assert {b.number for b in _judged([lines[n] for n in order], size)} == {which + 1}


@given(st.permutations(range(12)), st.integers(1, 5), st.integers(1, 11))
def test_a_chain_that_was_cut_and_sealed_anew_is_found_where_it_was_cut(
    order: list[int], size: int, cut: int
) -> None:
    lines = some_lines("s1", 12)
    forged = sealed("s1", [(line.at, Entry("forged", {})) for line in lines[cut:]], (cut, "f" * 64))
    assert {b.number for b in _judged([[*lines[:cut], *forged][n] for n in order], size)} == {cut + 1}


def test_numbers_of_the_bounds_are_those_of_the_rule() -> None:
    said = JournalBatch(journal="j", entries=tuple(some_lines("s1", 500)))
    assert len(payload_of(said)) < ingest.MAX_PACKET
    assert ingest.MOST_LINES * 4 <= 10_000

"""Event streams: one thread for all of them, nobody waits for a slow reader, nothing that is new is missed."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator

import pytest

from tests.patience import PATIENCE_S, eventually
from tests.web.fakes import FakeStore
from web.streams import Pace, Stream, Streams, event

QUICK = Pace(heartbeat_s=0.1, stalled_s=0.4, gap_s=0.01, recheck_s=0.05, most=3, wait_s=0.05)
HEAD = b"HTTP/1.1 200 OK\r\n\r\n"


class Reader:
    """The other end of a stream."""

    def __init__(self) -> None:
        self.near, self.far = socket.socketpair()
        self.far.settimeout(PATIENCE_S)
        self.heard = b""
        self.ended = False
        self.may = True

    def stream(self, after: int | None = None) -> Stream:
        return Stream(self.near, after, lambda: self.may, self._end)

    def hear(self, words: bytes) -> None:
        """Read until `words` have come."""
        deadline = time.monotonic() + PATIENCE_S
        while words not in self.heard:
            assert time.monotonic() < deadline, self.heard
            more = self.far.recv(4096)
            assert more, self.heard
            self.heard += more

    def hear_end(self) -> None:
        """Read until the other side has closed."""
        with contextlib.suppress(ConnectionResetError):
            while self.far.recv(65536):
                pass
        eventually(lambda: self.ended)

    def fill(self) -> None:
        """Let nothing more fit into the line."""
        self.near.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while True:
                self.near.send(b"\0" * 65536)

    def _end(self) -> None:
        self.ended = True
        self.near.close()


@pytest.fixture
def store() -> FakeStore:
    return FakeStore()


@pytest.fixture
def streams(store) -> Iterator[Streams]:
    made = Streams(store, QUICK)
    made.start()
    yield made
    made.stop()


def newest(store: FakeStore) -> int:
    return store.changes(-1, 0)


def test_event_is_a_server_sent_event_with_its_revision_as_id():
    assert event(7) == b'event: change\nid: 7\ndata: {"revision":7}\n\n'


def test_reader_hears_head_greeting_and_what_it_has_not_seen(streams, store):
    reader = Reader()
    streams.admit(reader.stream(), HEAD, newest(store))
    reader.hear(event(newest(store)))
    assert reader.heard.startswith(HEAD + b"retry: 2000\n\n")


def test_reader_that_is_up_to_date_hears_only_what_comes(streams, store):
    reader, seen = Reader(), newest(store)
    streams.admit(reader.stream(after=seen), HEAD, seen)
    reader.hear(b"retry")
    coming = store.touch()
    reader.hear(event(coming))
    assert event(seen) not in reader.heard


def test_reader_that_comes_after_a_quiet_time_is_not_told_something_old(streams, store):
    for _ in range(5):
        store.touch()
    reader = Reader()
    streams.admit(reader.stream(after=2), HEAD, newest(store))
    reader.hear(event(newest(store)))
    assert reader.heard.count(b"event: change") == 1


def test_all_readers_hear_a_change(streams, store):
    readers = [Reader() for _ in range(3)]
    for reader in readers:
        streams.admit(reader.stream(after=newest(store)), HEAD, newest(store))
    coming = store.touch()
    for reader in readers:
        reader.hear(event(coming))


def test_quiet_stream_carries_a_comment_now_and_then(streams, store):
    reader = Reader()
    streams.admit(reader.stream(after=newest(store)), HEAD, newest(store))
    reader.hear(b": still here\n\n: still here\n\n")


def test_stalled_reader_holds_nobody_and_is_dropped(streams, store):
    stalled, lively = Reader(), Reader()
    stalled.fill()
    streams.admit(stalled.stream(), HEAD, newest(store))
    streams.admit(lively.stream(), HEAD, newest(store))
    coming = store.touch()
    lively.hear(event(coming))
    eventually(lambda: stalled.ended)
    lively.hear(event(store.touch()))
    assert streams.count == 1


def test_slow_reader_skips_to_the_newest_and_costs_no_memory(store):
    streams = Streams(store, Pace(heartbeat_s=5, stalled_s=600, gap_s=0.0, wait_s=0.05))
    streams.start()
    slow, lively = Reader(), Reader()
    slow.fill()
    stream = slow.stream(after=0)
    streams.admit(stream, HEAD, newest(store))
    streams.admit(lively.stream(after=0), HEAD, newest(store))
    for _ in range(200):
        lively.hear(event(store.touch()))
    assert len(stream.pending) < 200
    slow.hear(event(newest(store)))
    assert slow.heard.count(b"event: change") <= 2
    streams.stop()


def test_reader_that_goes_is_noticed(streams, store):
    reader = Reader()
    streams.admit(reader.stream(), HEAD, newest(store))
    reader.hear(b"retry")
    reader.far.close()
    eventually(lambda: reader.ended and streams.count == 0)


def test_reader_that_talks_is_dropped(streams, store):
    reader = Reader()
    streams.admit(reader.stream(), HEAD, newest(store))
    reader.far.sendall(b"GET / HTTP/1.1\r\n\r\n")
    eventually(lambda: reader.ended)


def test_reader_that_is_gone_before_it_is_admitted_hurts_nobody(streams, store):
    gone, lively = Reader(), Reader()
    gone.near.close()
    streams.admit(gone.stream(), HEAD, newest(store))
    streams.admit(lively.stream(), HEAD, newest(store))
    lively.hear(event(store.touch()))


def test_stream_ends_when_its_session_does(streams, store):
    reader, other = Reader(), Reader()
    for one in (reader, other):
        streams.admit(one.stream(), HEAD, newest(store))
        one.hear(b"retry")
    reader.may = False
    reader.hear_end()
    other.hear(event(store.touch()))


def test_there_is_room_for_so_many(streams, store):
    readers = [Reader() for _ in range(3)]
    for reader in readers:
        assert streams.has_room()
        streams.admit(reader.stream(), HEAD, newest(store))
        reader.hear(b"retry")
    assert not streams.has_room()
    readers[0].far.close()
    eventually(streams.has_room)


def test_trouble_of_the_engine_ends_no_stream(store):
    class Troubled(FakeStore):
        troubles = 1

        def changes(self, after: int, timeout_s: float) -> int:
            if timeout_s and self.troubles:
                self.troubles -= 1
                raise RuntimeError("the engine is restarting")
            return super().changes(after, timeout_s)

    troubled = Troubled()
    streams = Streams(troubled, QUICK)
    streams.start()
    reader = Reader()
    streams.admit(reader.stream(), HEAD, newest(troubled))
    eventually(lambda: troubled.troubles == 0)
    reader.hear(event(troubled.touch()))
    streams.stop()


def test_stop_ends_every_stream_and_may_come_twice(streams, store):
    readers = [Reader() for _ in range(3)]
    for reader in readers:
        streams.admit(reader.stream(), HEAD, newest(store))
        reader.hear(b"retry")
    streams.stop()
    for reader in readers:
        reader.hear_end()
    assert streams.count == 0
    assert not streams.has_room()
    streams.stop()


def test_stream_that_arrives_after_the_stop_is_closed(streams, store):
    streams.stop()
    reader = Reader()
    streams.admit(reader.stream(), HEAD, newest(store))
    assert reader.ended

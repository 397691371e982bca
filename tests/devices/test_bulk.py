"""The bulk socket: what a library reads and writes in crumbs goes over the line in one piece, and nothing gets lost."""

from __future__ import annotations

import contextlib
import socket
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.bulk import READ_BYTES, BulkSocket, await_close
from tests.patience import PATIENCE_S


@pytest.fixture
def line():
    near, far = socket.socketpair()
    near.setblocking(False)
    far.settimeout(PATIENCE_S)
    bulk = BulkSocket(near)
    yield bulk, far
    bulk.close()
    far.close()


def read_all(bulk: BulkSocket, crumb: int) -> bytes:
    found = b""
    while bulk.has_more():
        piece = bulk.recv(crumb)
        assert 0 < len(piece) <= crumb
        found += piece
    return found


@settings(max_examples=50, deadline=None)
@given(pieces=st.lists(st.binary(min_size=1, max_size=400), min_size=1, max_size=20), crumb=st.integers(1, 50))
def test_all_that_was_sent_is_read_in_crumbs_of_any_size(pieces, crumb):
    near, far = socket.socketpair()
    with near, far:
        near.setblocking(False)
        bulk = BulkSocket(near)
        for piece in pieces:
            far.sendall(piece)
        bulk.fill()
        assert read_all(bulk, crumb) == b"".join(pieces)
        with pytest.raises(BlockingIOError):
            bulk.recv(1)


def test_nothing_is_read_before_it_is_filled(line):
    bulk, far = line
    far.sendall(b"hello")
    with pytest.raises(BlockingIOError):
        bulk.recv(5)
    assert not bulk.has_more()
    bulk.fill()
    assert bulk.has_more()
    assert bulk.recv(5) == b"hello"
    bulk.fill()  # nothing has arrived, which is no end
    assert not bulk.has_more()


def test_more_than_one_read_comes_with_the_next_one(line):
    bulk, far = line
    far.sendall(b"a" * READ_BYTES + b"b" * 10)
    bulk.fill()
    assert read_all(bulk, 1000) == b"a" * READ_BYTES
    bulk.fill()
    assert read_all(bulk, 1000) == b"b" * 10


def test_what_is_written_waits_for_one_flush(line):
    bulk, far = line
    assert bulk.send(b"one ") == 4
    assert bulk.send(bytearray(b"two")) == 3
    far.setblocking(False)
    with pytest.raises(BlockingIOError):
        far.recv(10)
    assert bulk.flush() is False
    assert far.recv(10) == b"one two"


def test_a_full_line_keeps_the_rest_in_order(line):
    bulk, far = line
    said = b"".join(struct.pack(">I", number) for number in range(500_000))
    bulk.send(said)
    assert bulk.flush() is True
    heard = b""
    while len(heard) < len(said):
        heard += far.recv(1 << 20)
        bulk.flush()
    assert heard == said


def test_the_end_comes_after_the_last_word(line):
    bulk, far = line
    far.sendall(b"bye")
    bulk.fill()
    far.close()
    assert bulk.recv(10) == b"bye"
    bulk.fill()
    assert bulk.has_more()
    assert bulk.recv(10) == b""


def test_a_reset_is_told_to_who_reads():
    with socket.create_server(("127.0.0.1", 0)) as server:
        near = socket.create_connection(server.getsockname())
        far, _ = server.accept()
    far.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    far.close()  # with a reset
    bulk = BulkSocket(near)
    bulk.send(b"into the void")
    bulk.flush()
    bulk.fill()
    assert bulk.has_more()
    with contextlib.suppress(ConnectionResetError):
        assert bulk.recv(1) == b"", "the flush was told of the reset already"
    bulk.close()
    bulk.close()


def test_closing_sends_what_was_written_last(line):
    bulk, far = line
    bulk.send(b"disconnect")
    bulk.close()
    assert far.recv(100) == b"disconnect"
    assert far.recv(100) == b""


def test_a_twin_keeps_the_line_open_until_the_other_side_has_closed(line):
    bulk, far = line
    twin = bulk.twin()
    bulk.send(b"goodbye")
    bulk.close()
    assert far.recv(100) == b"goodbye"
    far.sendall(b"a late word")  # is read and dropped, not answered with a reset
    far.close()
    await_close(twin)
    assert twin.fileno() == -1

"""All event streams of the panel on one thread, so that none of them holds a worker that pages need.

A worker signs the caller in, then hands the connection's socket over (`web/serving.py`) and is free again. Here one
thread writes to all of them without ever waiting for one, and one more, the feeder, waits for changes once for
all. An event only says *something changed, this is the revision*; whoever hears it fetches what it shows. So a
reader that is slow misses nothing by skipping revisions, and what waits for it is never more than one event.

The format is that of server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html).
"""

from __future__ import annotations

import contextlib
import logging
import selectors
import socket
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from web.changing import Changing

log = logging.getLogger(__name__)

#: Said first: a browser that loses the stream comes back after two seconds.
GREETING = b"retry: 2000\n\n"
HEARTBEAT = b": still here\n\n"


@dataclass(frozen=True, slots=True)
class Pace:
    """How often, how long, how many.

    `heartbeat_s`: a line to every quiet stream, so that both ends notice a dead one. `stalled_s`: a reader that takes
    nothing for this long is dropped. `gap_s`: least time between two events. `recheck_s`: how often the session behind
    a stream is looked at again. `most`: streams at a time. `wait_s`: longest single wait for a change.
    """

    heartbeat_s: float = 15.0
    stalled_s: float = 30.0
    gap_s: float = 0.2
    recheck_s: float = 60.0
    most: int = 200
    wait_s: float = 1.0


@dataclass(frozen=True, slots=True)
class Wish:
    """An event stream that a view grants: the revision that the reader has, the newest, and whether it still may."""

    after: int | None
    newest: int
    allowed: Callable[[], bool]


#: Where a view finds, in its WSGI environment, the function that takes its connection over; False: there is no room.
HAND_OVER = "sinne.hand_over"
HandOver = Callable[[Wish], bool]


@dataclass(slots=True, eq=False)
class Stream:
    """One reader. `after`: the revision that it has; `allowed`: whether its caller may still listen; `end`: closes it.

    `pending`: bytes that the socket did not take yet, since `blocked_at`. `owed`: a newer revision, to be said next.
    """

    sock: socket.socket
    after: int | None
    allowed: Callable[[], bool]
    end: Callable[[], None]
    pending: bytearray = field(default_factory=bytearray)
    owed: int | None = None
    blocked_at: float | None = None
    said_at: float = 0.0


class Streams:
    """The pool. `start`, then `admit` from any thread, then `stop`, which ends every stream."""

    def __init__(self, overview: Changing, pace: Pace | None = None) -> None:
        """`overview`: whose changes are told."""
        self.pace = pace or Pace()
        self._overview = overview
        self._open: set[Stream] = set()
        self._inbox: deque[Callable[[], None]] = deque()
        self._selector = selectors.DefaultSelector()
        self._bell, self._ear = socket.socketpair()
        for end in (self._bell, self._ear):
            end.setblocking(False)
        self._selector.register(self._ear, selectors.EVENT_READ)
        self._stopping = threading.Event()
        self._listened = threading.Event()
        self._gate = threading.Lock()
        self._closed = False
        self._revision = 0
        self._threads = [threading.Thread(target=run, name=name, daemon=True)
                         for name, run in (("streams", self._serve), ("stream-feeder", self._feed))]

    def start(self) -> None:
        """Begin to serve."""
        for thread in self._threads:
            thread.start()

    def stop(self, timeout_s: float = 5.0) -> None:
        """End every stream and both threads. May be called twice."""
        self._stopping.set()
        self._listened.set()
        self._ring()
        deadline = time.monotonic() + timeout_s
        for thread in self._threads:
            if thread.is_alive():
                thread.join(max(0.0, deadline - time.monotonic()))

    @property
    def count(self) -> int:
        """How many streams are open."""
        return len(self._open)

    def has_room(self) -> bool:
        """Whether one more may come."""
        return not self._stopping.is_set() and len(self._open) < self.pace.most

    def admit(self, stream: Stream, head: bytes, newest: int) -> None:
        """Take a socket over, with the head of the answer still to be sent. From here on it is closed by `stream.end`.

        `newest`: the newest revision when it was signed in; told at once to a reader that has another one.
        """
        with self._gate:
            if not self._closed:
                self._inbox.append(lambda: self._welcome(stream, head, newest))
            else:
                stream.end()
        self._listened.set()
        self._ring()

    def _ring(self) -> None:
        with contextlib.suppress(OSError):
            self._bell.send(b"!")

    # What follows runs on the thread of the streams alone.

    def _serve(self) -> None:
        try:
            while not self._stopping.is_set():
                for key, _ in self._selector.select(self._next_look_s()):
                    if key.data is None:
                        self._answer_bell()
                    else:
                        self._attend(key.data)
                self._look_around()
        finally:
            with self._gate:
                self._closed = True
            self._answer_bell()
            for stream in list(self._open):
                self._drop(stream)
            self._selector.close()
            self._bell.close()
            self._ear.close()

    def _next_look_s(self) -> float | None:
        return None if not self._open else min(1.0, self.pace.heartbeat_s / 2, self.pace.stalled_s / 2)

    def _answer_bell(self) -> None:
        with contextlib.suppress(OSError):
            self._ear.recv(4096)
        while self._inbox:
            self._inbox.popleft()()

    def _welcome(self, stream: Stream, head: bytes, newest: int) -> None:
        self._tell_all(max(newest, self._revision))
        self._open.add(stream)
        try:
            stream.sock.setblocking(False)
            _bound(stream.sock)
            self._selector.register(stream.sock, selectors.EVENT_READ, stream)
        except (OSError, ValueError):
            self._drop(stream)
            return
        self._say(stream, head + GREETING)
        if stream in self._open and stream.after != self._revision:
            self._tell(stream, self._revision)

    def _tell_all(self, revision: int) -> None:
        if revision == self._revision:
            return
        self._revision = revision
        for stream in list(self._open):
            self._tell(stream, revision)

    def _tell(self, stream: Stream, revision: int) -> None:
        if stream.pending:
            stream.owed = revision
        else:
            self._say(stream, event(revision))

    def _say(self, stream: Stream, words: bytes) -> None:
        stream.pending += words
        stream.said_at = time.monotonic()
        self._flush(stream)

    def _attend(self, stream: Stream) -> None:
        """The socket can be read or written. A reader has nothing to say on a stream: whatever comes is its end."""
        try:
            stream.sock.recv(4096)
            self._drop(stream)
            return
        except (BlockingIOError, InterruptedError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            pass
        except (OSError, ValueError):
            self._drop(stream)
            return
        if stream.pending:
            self._flush(stream)

    def _flush(self, stream: Stream) -> None:
        """Write what the socket takes now, and ask to be woken for the rest."""
        try:
            while stream.pending:
                # TLS wants the very same bytes again after a short write: `pending` only ever grows at its end.
                del stream.pending[: stream.sock.send(bytes(stream.pending))]
                stream.blocked_at = None
                if not stream.pending and stream.owed is not None:
                    stream.pending += event(stream.owed)
                    stream.owed = None
        except (BlockingIOError, InterruptedError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            stream.blocked_at = stream.blocked_at or time.monotonic()
        except (OSError, ValueError):
            self._drop(stream)
            return
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if stream.pending else 0)
        if self._selector.get_key(stream.sock).events != wanted:
            self._selector.modify(stream.sock, wanted, stream)

    def _look_around(self) -> None:
        now = time.monotonic()
        for stream in list(self._open):
            if stream.blocked_at is not None and now - stream.blocked_at >= self.pace.stalled_s:
                self._drop(stream)
            elif not stream.pending and now - stream.said_at >= self.pace.heartbeat_s:
                self._say(stream, HEARTBEAT)

    def _drop(self, stream: Stream) -> None:
        if stream not in self._open:
            return
        self._open.discard(stream)
        with contextlib.suppress(KeyError, ValueError, OSError):
            self._selector.unregister(stream.sock)
        with contextlib.suppress(OSError, ValueError):
            stream.end()

    # The feeder: waits once for all, and asks now and then whether each caller may still listen.

    def _feed(self) -> None:
        checked_at = time.monotonic()
        while not self._stopping.is_set():
            if not self._open and not self._inbox:
                self._listened.clear()
                if not self._open and not self._inbox:
                    self._listened.wait()
                continue
            try:
                revision = self._overview.changes(self._revision, self.pace.wait_s)
                if revision != self._revision:
                    self._post(revision)
                if time.monotonic() - checked_at >= self.pace.recheck_s:
                    checked_at = time.monotonic()
                    self._recheck()
            except Exception:
                # Whatever the engine's trouble is, streams stay open and hear of it when it is over.
                log.exception("waiting for changes failed")
                self._stopping.wait(1.0)
            self._stopping.wait(self.pace.gap_s)

    def _post(self, revision: int) -> None:
        self._inbox.append(lambda: self._tell_all(revision))
        self._ring()

    def _recheck(self) -> None:
        for stream in tuple(self._open):
            if not stream.allowed():
                self._inbox.append(lambda gone=stream: self._drop(gone))  # type: ignore[misc]
        self._ring()


def event(revision: int) -> bytes:
    """One event: its id is the revision, so that a browser that comes back says where it was."""
    return b'event: change\nid: %d\ndata: {"revision":%d}\n\n' % (revision, revision)


def _bound(sock: socket.socket) -> None:
    """Let the system hold little for a reader that takes nothing, and give up on one that is gone."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 16 * 1024)
    if hasattr(socket, "TCP_USER_TIMEOUT") and sock.family in (socket.AF_INET, socket.AF_INET6):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 30_000)

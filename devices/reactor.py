"""One thread that waits for sockets and timers and calls back: the loop under every MQTT connection.

Why not paho's own `loop_start`: it waits by `select`, which fails for file descriptors above 1,023 and costs a
thread a client; its reconnect pauses are whole seconds without jitter; and an exception in a callback ends its
thread while the client still says that it is connected. Here ten thousand connections share one epoll.
"""

from __future__ import annotations

import heapq
import itertools
import logging
import queue
import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress

_log = logging.getLogger(__name__)

Callback = Callable[[], object]
#: Called with (readable, writable).
Ready = Callable[[bool, bool], None]


class Timer:
    """A call due at a monotonic instant; `cancel` from any thread makes it never happen."""

    __slots__ = ("_call", "due_s")

    def __init__(self, due_s: float, call: Callback) -> None:
        self.due_s = due_s
        self._call: Callback | None = call

    def cancel(self) -> None:
        """Forget the call."""
        self._call = None

    def fire(self) -> None:
        """Make the call, at most once."""
        call, self._call = self._call, None
        if call is not None:
            call()


class Reactor:
    """Runs callbacks one after another on its own thread. An exception in one is logged and stops nothing."""

    def __init__(self, name: str) -> None:
        self._selector = selectors.DefaultSelector()
        self._soon: deque[Callback] = deque()
        self._timers: list[tuple[float, int, Timer]] = []
        self._count = itertools.count()
        self._wake_in, self._wake_out = socket.socketpair()
        self._wake_in.setblocking(False)
        self._wake_out.setblocking(False)
        self._awake = False
        self._ended = False
        self._ident: int | None = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Start the thread. Once only."""
        self._selector.register(self._wake_in, selectors.EVENT_READ, self._drain)
        self._thread.start()

    def stop(self, timeout_s: float = 5.0) -> None:
        """End the thread after what is due now, and wait for it (unless called on it). May be called twice."""
        self.call_soon(self._end)
        if self._thread.ident is None:
            self._close()
        elif not self.here():
            self._thread.join(timeout_s)

    def here(self) -> bool:
        """Whether the caller runs on the reactor's thread."""
        return threading.get_ident() == self._ident

    def call_soon(self, call: Callback) -> None:
        """Make the call on the reactor's thread, after what is already waiting. Safe from any thread."""
        self._soon.append(call)
        if not self._awake and not self.here():
            self._awake = True
            with suppress(OSError):  # full: it is awake anyway; closed: it has ended
                self._wake_out.send(b"!")

    def call_at(self, monotonic_s: float, call: Callback) -> Timer:
        """Make the call at or after `monotonic_s` (`time.monotonic()`). Safe from any thread."""
        timer = Timer(monotonic_s, call)
        if self.here():
            self._push(timer)
        else:
            self.call_soon(lambda: self._push(timer))
        return timer

    def watch(self, fileno: int, ready: Ready) -> None:
        """Call `ready` whenever the socket can be read. Only on the reactor's thread."""
        self._selector.register(fileno, selectors.EVENT_READ, ready)

    def await_write(self, fileno: int, wanted: bool) -> None:
        """Also call when the socket can be written, or no longer. Only on the reactor's thread."""
        key = self._selector.get_key(fileno)
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if wanted else 0)
        if events != key.events:
            self._selector.modify(fileno, events, key.data)

    def forget(self, fileno: int) -> None:
        """Stop watching a socket; harmless if it is not watched. Only on the reactor's thread."""
        with suppress(KeyError, ValueError):
            self._selector.unregister(fileno)

    def _push(self, timer: Timer) -> None:
        heapq.heappush(self._timers, (timer.due_s, next(self._count), timer))

    def _end(self) -> None:
        self._ended = True

    def _drain(self, readable: bool, _writable: bool) -> None:
        if readable:
            with suppress(BlockingIOError):
                self._wake_in.recv(4096)

    def _run(self) -> None:
        self._ident = threading.get_ident()
        while not self._ended:
            for key, mask in self._selector.select(self._patience_s()):
                try:
                    key.data(bool(mask & selectors.EVENT_READ), bool(mask & selectors.EVENT_WRITE))
                except Exception:
                    _log.exception("A connection failed in an unexpected way; the thread goes on")
            self._awake = False
            self._run_timers()
            for _ in range(len(self._soon)):
                self._guarded(self._soon.popleft())
        self._close()

    def _close(self) -> None:
        self._selector.close()
        self._wake_in.close()
        self._wake_out.close()

    def _patience_s(self) -> float | None:
        if self._soon:
            return 0.0
        if self._timers:
            return max(0.0, self._timers[0][0] - time.monotonic())
        return None

    def _run_timers(self) -> None:
        now = time.monotonic()
        while self._timers and self._timers[0][0] <= now:
            self._guarded(heapq.heappop(self._timers)[2].fire)

    def _guarded(self, call: Callback) -> None:
        try:
            call()
        except Exception:
            _log.exception("A callback of the network thread failed; the thread goes on")


class Opener:
    """A few threads for calls that block (name look-up, TCP connect, TLS), so that the reactor never does."""

    def __init__(self, name: str, threads: int) -> None:
        self._name = name
        self._most = threads
        self._jobs: queue.SimpleQueue[Callback | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []

    def submit(self, call: Callback) -> None:
        """Make the call on one of the threads. Only on the reactor's thread."""
        if len(self._threads) < self._most:
            thread = threading.Thread(target=self._run, name=f"{self._name}-{len(self._threads)}", daemon=True)
            self._threads.append(thread)
            thread.start()
        self._jobs.put(call)

    def close(self, patience_s: float = 1.5) -> None:
        """Let the threads end after what they are doing, and wait a moment for them."""
        for _ in self._threads:
            self._jobs.put(None)
        until_s = time.monotonic() + patience_s
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(max(0.0, until_s - time.monotonic()))

    def _run(self) -> None:
        while (call := self._jobs.get()) is not None:
            try:
                call()
            except Exception:
                _log.exception("A connection attempt failed in an unexpected way")

"""What waits for a link: the line's events, and that something was committed here. Any thread puts, one takes.

Bounded in bytes: a broker that pours out more than a store has room for costs messages, which are said again after the
connection was made anew.
"""

from __future__ import annotations

import threading
from collections import deque

from devices.transport import Received, TransportEvent

#: Documents of up to 1 MiB each come in one burst after every connection.
MOST_BYTES = 64 * 1024 * 1024
MOST_WAITING = 50_000


class Inbox:
    """A queue of line events. `nudge` is remembered once, however often it is said."""

    def __init__(self) -> None:
        """Empty."""
        self._events: deque[tuple[int, TransportEvent]] = deque()
        self._bytes = 0
        self._nudged = self._ended = False
        self._ready = threading.Condition()
        #: Messages that were dropped because too much waited.
        self.lost = 0

    def put(self, line: int, event: TransportEvent) -> None:
        """An event of the line of this number. Never blocks, never raises."""
        with self._ready:
            if isinstance(event, Received):
                size = len(event.message.payload)
                if len(self._events) >= MOST_WAITING or self._bytes + size > MOST_BYTES:
                    self.lost += 1
                    return
                self._bytes += size
            self._events.append((line, event))
            self._ready.notify_all()

    def nudge(self) -> None:
        """Something was committed: the journal, the plan, somebody's choice."""
        with self._ready:
            self._nudged = True
            self._ready.notify_all()

    def end(self) -> None:
        """Whoever takes is to end."""
        with self._ready:
            self._ended = True
            self._ready.notify_all()

    def take(self, timeout_s: float | None, most: int = 200) -> tuple[list[tuple[int, TransportEvent]], bool]:
        """Wait at most so long for something; what came, and whether somebody nudged."""
        with self._ready:
            if not (self._events or self._nudged or self._ended):
                self._ready.wait(timeout_s)
            taken = [self._events.popleft() for _ in range(min(most, len(self._events)))]
            self._bytes -= sum(len(event.message.payload) for _line, event in taken if isinstance(event, Received))
            nudged, self._nudged = self._nudged, False
            return taken, nudged

    @property
    def waits(self) -> bool:
        """Whether there is something to take."""
        return bool(self._events or self._nudged)

    @property
    def ended(self) -> bool:
        """Whether `end` was said."""
        return self._ended

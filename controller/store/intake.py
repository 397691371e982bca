"""The intake: everything that happens to the engine arrives here, from any thread, and is only enqueued.

An MQTT callback that did more would stop the network when it raised or waited (`dialects.md`, trap 10). The queue is
bounded: a flood costs the oldest *messages*, which are hints; what people did is in the database and only announced
here.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass

from devices.transport import Connected, Disconnected, Received, TransportEvent

#: Messages that may wait: a reconnect of 1,000 devices brings about 4,000 at once.
MOST_WAITING = 50_000


@dataclass(frozen=True, slots=True)
class Woken:
    """The timetable rang: a boundary is reached."""


@dataclass(frozen=True, slots=True)
class ClockStepped:
    """The wall clock moved by `by_s` seconds against the steady one."""

    by_s: float


@dataclass(frozen=True, slots=True)
class LiveChanged:
    """Overrides or stops were committed."""


@dataclass(frozen=True, slots=True)
class PlanChanged:
    """A plan version was committed."""


@dataclass(frozen=True, slots=True)
class Identify:
    """Somebody asks a device to show itself."""

    device: str


@dataclass(frozen=True, slots=True)
class Ended:
    """The engine is to end after what came before."""


Happening = Received | Connected | Disconnected | Woken | ClockStepped | LiveChanged | PlanChanged | Identify | Ended


class Intake:
    """A bounded queue with a number for each happening, so that one can wait until it has been dealt with."""

    def __init__(self) -> None:
        """Begin empty."""
        self._waiting: deque[Happening] = deque()
        self._ready = threading.Condition()
        self._put = 0
        self._dealt = 0
        self.lost = 0

    def put(self, happening: Happening) -> int:
        """Enqueue; returns the number by which `wait_until_dealt` knows it. Never blocks and never raises."""
        with self._ready:
            if len(self._waiting) >= MOST_WAITING and isinstance(happening, Received):
                self.lost += 1
                return self._put
            self._waiting.append(happening)
            self._put += 1
            self._ready.notify_all()
            return self._put

    def put_event(self, event: TransportEvent) -> None:
        """The sink of a transport."""
        self.put(event)

    def take(self, timeout_s: float | None) -> list[Happening]:
        """All that waits; waits for the first at most `timeout_s` (None: for ever), then an empty list."""
        with self._ready:
            if not self._waiting:
                self._ready.wait(timeout_s)
            taken = list(self._waiting)
            self._waiting.clear()
            return taken

    def dealt(self, count: int) -> None:
        """Say that `count` more happenings have been dealt with."""
        with self._ready:
            self._dealt += count
            self._ready.notify_all()

    def wait_until_dealt(self, number: int, timeout_s: float) -> bool:
        """Wait until the happening of this number has been dealt with; False when it took too long."""
        with self._ready:
            return self._ready.wait_for(lambda: self._dealt >= number, timeout_s)

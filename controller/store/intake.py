"""The intake: everything that happens to the engine arrives here, from any thread, and is only enqueued.

An MQTT callback that did more would stop the network when it raised or waited (`dialects.md`, trap 10). The queue is
bounded in number and in bytes: a flood costs *messages*, which are hints, and are asked for again by connecting anew.
What people did is in the database and only announced here, but for a stop that the disk does not take; it never waits
behind a flood.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from datetime import datetime

from controller.ports import Entry
from devices.transport import Connected, Disconnected, Received, TransportEvent
from profiles.plan import Stop

#: Messages that may wait: a reconnect of 1,000 devices brings about 4,000 at once, a megabyte of them.
MOST_WAITING = 50_000
MOST_BYTES = 16 * 1024 * 1024
#: Messages that are dealt with in one round, so that orders and people are never far behind.
BATCH = 2_000


@dataclass(frozen=True, slots=True)
class Woken:
    """The timetable rang: a boundary is reached."""


@dataclass(frozen=True, slots=True)
class ClockStepped:
    """The wall clock moved by `by_s` seconds against the steady one."""

    by_s: float


@dataclass(frozen=True, slots=True)
class LiveChanged:
    """Overrides, stops or marks of cues were committed."""


@dataclass(frozen=True, slots=True)
class KeepStop:
    """Somebody pressed a stop that the disk does not take: it is to be in force all the same."""

    stop: Stop
    entry: Entry


@dataclass(frozen=True, slots=True)
class EndStops:
    """Somebody ended stops that the disk has not taken."""

    stops: tuple[str, ...]
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PlanChanged:
    """A plan version was committed."""


@dataclass(frozen=True, slots=True)
class Identify:
    """Somebody asks a device to show itself."""

    device: str


@dataclass(frozen=True, slots=True)
class Announce:
    """Somebody wants an announcement of the plan said now; `id` is this occasion."""

    announcement: str
    id: str
    zones: tuple[str, ...]
    by: str


@dataclass(frozen=True, slots=True)
class Ended:
    """The engine is to end after what came before."""


Happening = (
    Received | Connected | Disconnected | Woken | ClockStepped | LiveChanged | KeepStop | EndStops | PlanChanged
    | Identify | Announce | Ended)
_FROM_THE_LINE = (Connected, Disconnected, Ended)


class Intake:
    """Two bounded queues: what the line says, in its order, and what people and clocks say, which goes first.

    Each of the latter has a number, so that one can wait until it has been dealt with.
    """

    def __init__(self) -> None:
        """Begin empty."""
        self._line: deque[Happening] = deque()
        self._asked: deque[Happening] = deque()
        self._bytes = 0
        self._ready = threading.Condition()
        self._put = self._taken = self._dealt = 0
        #: Messages that were dropped because too many waited.
        self.lost = 0

    def put(self, happening: Happening) -> int:
        """Enqueue; returns the number by which `wait_until_dealt` knows it. Never blocks and never raises."""
        with self._ready:
            if isinstance(happening, Received):
                size = len(happening.message.payload)
                if len(self._line) >= MOST_WAITING or self._bytes + size > MOST_BYTES:
                    self.lost += 1
                    return self._put
                self._bytes += size
                self._line.append(happening)
            elif isinstance(happening, _FROM_THE_LINE):
                self._line.append(happening)
            else:
                self._asked.append(happening)
                self._put += 1
            self._ready.notify_all()
            return self._put

    def put_event(self, event: TransportEvent) -> None:
        """The sink of a transport."""
        self.put(event)

    def take(self, timeout_s: float | None) -> list[Happening]:
        """What waits, at most a batch of it; waits for the first at most `timeout_s` (None: for ever), then []."""
        with self._ready:
            if not self._line and not self._asked:
                self._ready.wait(timeout_s)
            taken = list(self._asked)
            self._taken += len(taken)
            self._asked.clear()
            while self._line and len(taken) < BATCH:
                happening = self._line.popleft()
                if isinstance(happening, Received):
                    self._bytes -= len(happening.message.payload)
                taken.append(happening)
            return taken

    def dealt(self) -> None:
        """Say that all that was taken has been dealt with."""
        with self._ready:
            self._dealt = self._taken
            self._ready.notify_all()

    @property
    def waits(self) -> bool:
        """Whether there is something to deal with already."""
        return bool(self._line or self._asked)

    def wait_until_dealt(self, number: int, timeout_s: float) -> bool:
        """Wait until the happening of this number has been dealt with; False when it took too long."""
        with self._ready:
            return self._ready.wait_for(lambda: self._dealt >= number, timeout_s)

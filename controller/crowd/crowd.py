"""`Crowd`: light stores on a few connections, all on one thread.

Each connection hears what HQ says to all once, and hands it to each of its stores, which looks at it for itself. What
is for one store is subscribed to store by store, as HQ's broker lets nobody ask for a group of them.
"""

from __future__ import annotations

import heapq
import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice

from controller.crowd.store import LightStore, Moment
from controller.hq.topics import FROM_HQ, down_topic
from controller.ports import Clock
from devices.transport import Connected, Disconnected, Received, Transport, TransportEvent

#: The longest that nothing is looked at, and what is taken from the inbox at a time.
_LOOK_S, _MOST = 0.5, 500
#: Stores that report between two looks at the inbox.
_ROUNDS = 50
#: Saying goodbye for every store takes no longer than this.
_GOODBYE_S = 15.0


@dataclass(frozen=True, slots=True)
class Seen:
    """What the crowd knows of itself. `applied`, `halted`: stores by the manifest that they have applied, and by the
    halt that they obey (term, number). `unsaid`: entries of journals that HQ has not acknowledged.
    """

    connected: int
    away: int
    refusing: int
    unsaid: int
    applied: dict[tuple[int, int], int]
    halted: dict[tuple[int, int], int]


class _Line:
    """One connection and the stores that are on it."""

    def __init__(self, transport: Transport, stores: Sequence[LightStore]) -> None:
        self.transport, self.stores = transport, stores
        self.by_topic = {down_topic(store.id, leaf): store for store in stores for leaf in ("request", "ack")}
        self.connected = False


class Crowd:
    """`transport(name)`: a new transport to HQ's broker, not started, whose account may speak for every store."""

    def __init__(
        self, stores: Sequence[LightStore], transport: Callable[[str], Transport], clock: Clock, *,
        connections: int = 8,
    ) -> None:
        """Everything is given; nothing is started."""
        count = max(1, min(connections, len(stores)))
        self._lines = [_Line(transport(f"sinne-crowd-{number}"), stores[number::count]) for number in range(count)]
        self._clock = clock
        self._inbox: queue.SimpleQueue[tuple[_Line, TransportEvent] | None] = queue.SimpleQueue()
        self._dues: list[tuple[float, int]] = []
        self._due_of: dict[int, float] = {}
        self._stores = [(line, store) for line in self._lines for store in line.stores]
        self._number = {store.id: number for number, (_, store) in enumerate(self._stores)}
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="crowd", daemon=True)

    def start(self) -> None:
        """Connect. Returns at once."""
        self._thread.start()
        for line in self._lines:
            line.transport.subscribe([FROM_HQ, *(down_topic(store.id, "+") for store in line.stores)])
            line.transport.start(partial(self._heard, line))

    def stop(self) -> None:
        """Say that every store is away, and leave. May be called twice."""
        self._ending.set()
        self._inbox.put(None)
        if self._thread.is_alive():
            self._thread.join(2 * _GOODBYE_S)
        for line in self._lines:
            line.transport.stop()

    def seen(self) -> Seen:
        """How it is, roughly: stores go on meanwhile."""
        applied: dict[tuple[int, int], int] = {}
        halted: dict[tuple[int, int], int] = {}
        away = refusing = unsaid = 0
        for _, store in self._stores:
            away += store.is_away
            refusing += store.end.shelf.refused is not None
            unsaid += store.diary.newest - store.end.backlog.done
            halt = None if store.end.changed else store.end.shelf.halt  # it has acted on it
            for number, counts in ((store.end.shelf.manifest, applied), (halt, halted)):
                if number is not None:
                    pair = (number.term, number.number)
                    counts[pair] = counts.get(pair, 0) + 1
        return Seen(sum(line.connected for line in self._lines), away, refusing, unsaid, applied, halted)

    def _heard(self, line: _Line, event: TransportEvent) -> None:
        self._inbox.put((line, event))

    # -- the thread

    def _run(self) -> None:
        # Who has something to do, in the order in which it came. What HQ says is taken in by all before they report.
        touched: dict[int, None] = {}
        while not self._ending.is_set():
            now = self._moment()
            for line, event in self._next(now, not touched):
                self._take(line, event, self._moment(), touched)
            now = self._moment()
            while self._dues and self._dues[0][0] <= now.steady:
                due, number = heapq.heappop(self._dues)
                if self._due_of.get(number) == due:
                    touched[number] = None
            for number in list(islice(touched, _ROUNDS)):
                del touched[number]
                self._round(number)
        self._say_goodbye()

    def _next(self, now: Moment, idle: bool) -> list[tuple[_Line, TransportEvent]]:
        found = []
        wait_s = 0.0 if not idle else _LOOK_S if not self._dues else max(
            0.0, min(_LOOK_S, self._dues[0][0] - now.steady))
        try:
            first = self._inbox.get(timeout=wait_s)
            while first is not None:
                found.append(first)
                if len(found) >= _MOST:
                    break
                first = self._inbox.get_nowait()
        except queue.Empty:
            pass
        return found

    def _take(self, line: _Line, event: TransportEvent, now: Moment, touched: dict[int, None]) -> None:
        stores: Sequence[LightStore] = line.stores
        if isinstance(event, Received):
            alone = line.by_topic.get(event.message.topic)
            stores = stores if alone is None else (alone,)
            for store in stores:
                store.take(event.message.topic, event.message.payload, now)
        elif isinstance(event, Connected):
            line.connected = True
            for store in stores:
                store.connected(now)
        elif isinstance(event, Disconnected):
            line.connected = False
            for store in stores:
                store.lost()
        touched.update((self._number[store.id], None) for store in stores)

    def _round(self, number: int) -> None:
        line, store = self._stores[number]
        due = store.round(self._moment(), line.transport.publish)
        if due is None:
            self._due_of.pop(number, None)
        elif self._due_of.get(number) != due:
            self._due_of[number] = due
            heapq.heappush(self._dues, (due, number))

    def _say_goodbye(self) -> None:
        until = time.monotonic() + _GOODBYE_S
        waiting = [(line, store) for line, store in self._stores if line.connected]
        while waiting and time.monotonic() < until:
            waiting = [(line, store) for line, store in waiting
                       if not store.leave(self._moment(), line.transport.publish)]
            time.sleep(0.01 if waiting else 0)

    def _moment(self) -> Moment:
        return Moment(self._clock.now(), self._clock.monotonic())


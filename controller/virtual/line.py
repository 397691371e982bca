"""The line between the controller and its broker in virtual time: it can be unfair, and it remembers what was said.

The digest over every message in either direction is how two runs are shown to be the same, bit for bit.
"""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from collections.abc import Callable, Iterable

from devices.messages import Message
from devices.transport import Connected, Received, Sink, Transport, TransportEvent


class Record:
    """What went over a line since the beginning, over every restart of the controller."""

    def __init__(self) -> None:
        """Nothing was said yet."""
        self._digest = hashlib.sha256()
        self.published = 0
        self.received = 0
        #: Messages that the controller published, by topic.
        self.by_topic: Counter[str] = Counter()
        #: Who else is told of each message: whether the controller sent it, when, and what it was.
        self.listeners: list[Callable[[bool, float, Message], None]] = []

    def note(self, sent: bool, at: float, message: Message) -> None:
        """Put a message down: its direction, its steady instant, and every byte of it."""
        if sent:
            self.published += 1
            self.by_topic[message.topic] += 1
        else:
            self.received += 1
        head = f"{'>' if sent else '<'}{at:.6f} {message.topic} {message.qos} {message.retain} {len(message.payload)}\n"
        self._digest.update(head.encode())
        self._digest.update(message.payload)
        for listener in self.listeners:
            listener(sent, at, message)

    @property
    def digest(self) -> str:
        """SHA-256 over all of it, in hexadecimal."""
        return self._digest.hexdigest()


class VirtualLine:
    """A transport that may lose, repeat and reorder what arrives (chances from 0 to 1), steered by a tester."""

    def __init__(self, inner: Transport, record: Record, rng: random.Random) -> None:
        """Between the controller and `inner`."""
        self._inner, self._record, self._rng = inner, record, rng
        self._sink: Sink = lambda _event: None
        self._late: list[TransportEvent] = []
        self.losses = self.repeats = self.swaps = 0.0
        self.at = 0.0

    def start(self, sink: Sink) -> None:
        """Connect, now or as soon as the broker is there."""
        self._sink = sink
        self._inner.start(self._hear)

    def stop(self) -> None:
        """Leave in an orderly way."""
        self._inner.stop()

    def drop(self) -> None:
        """End the connection and make it anew."""
        self._inner.drop()

    def subscribe(self, filters: Iterable[str]) -> None:
        """Add topic filters."""
        self._inner.subscribe(filters)

    def unsubscribe(self, filters: Iterable[str]) -> None:
        """Take topic filters away."""
        self._inner.unsubscribe(filters)

    def publish(self, message: Message) -> bool:
        """Hand one message over; False while not connected."""
        if not self._inner.publish(message):
            return False
        self._record.note(True, self.at, message)
        return True

    @property
    def connected(self) -> bool:
        """Whether the broker has accepted us."""
        return self._inner.connected

    def catch_up(self) -> None:
        """What was held back arrives at last."""
        late, self._late = self._late, []
        for event in late:
            if isinstance(event, Received):
                self._record.note(False, self.at, event.message)
            self._sink(event)

    def _hear(self, event: TransportEvent) -> None:
        if isinstance(event, Received):
            self._received(event)
        else:
            if isinstance(event, Connected):
                self._late.clear()  # what was under way on the old connection is gone with it
            self._sink(event)

    def _received(self, event: Received) -> None:
        if self.losses and self._rng.random() < self.losses:
            return
        if self.swaps and self._rng.random() < self.swaps:
            self._late.append(event)
            return
        copies = 2 if self.repeats and self._rng.random() < self.repeats else 1
        late, self._late = self._late, []
        for each in (*[event] * copies, *late):
            if isinstance(each, Received):
                self._record.note(False, self.at, each.message)
            self._sink(each)

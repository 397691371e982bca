"""What a link needs of an MQTT library, and what links of one owner share.

The library stands behind two small protocols, so that everything a store relies on (nothing queued while offline, a
bounded window, subscriptions standing before *connected* is said) is written once and without it.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from devices.dial import Version
from devices.messages import Message
from devices.reactor import Opener, Reactor


class Wire(Protocol):
    """One MQTT connection, from its CONNECT to its end; never used twice. All but `open` on the reactor's thread."""

    def open(self) -> None:
        """Connect (blocking, seconds at most) and queue the CONNECT. ConnectionError with a sentence if that fails."""

    def fileno(self) -> int:
        """The socket, to be watched."""

    def read(self) -> None:
        """Take in what has arrived."""

    def write(self) -> bool:
        """Send what is queued; True when the socket is full and some is left."""

    def tick(self) -> None:
        """Ping if the time has come; say `lost` if the last ping was never answered."""

    def subscribe(self, filters: list[str]) -> int:
        """Queue one SUBSCRIBE; returns its packet id."""

    def unsubscribe(self, filters: list[str]) -> None:
        """Queue one UNSUBSCRIBE."""

    def publish(self, message: Message) -> bool:
        """Queue one PUBLISH; False when the library would not take it."""

    def goodbye(self) -> None:
        """Send a DISCONNECT, so that the broker discards the last will."""

    def await_close(self) -> None:
        """After `goodbye`: block until the broker has closed too (a second at most), on an opener's thread.

        Closing at once would answer a packet that is still arriving with a reset, and a reset can overtake our
        DISCONNECT: the broker would then publish the last will of a client that left in good order.
        """

    def abandon(self) -> None:
        """Close the socket at once, without a word: the broker publishes the last will. May be called twice."""


class WireEvents(Protocol):
    """What a wire says, on the reactor's thread."""

    def accepted(self) -> None:
        """CONNACK: we are in."""

    def refused(self, reason: str) -> None:
        """CONNACK: we are not."""

    def subscribed(self, packet: int, refusals: list[str]) -> None:
        """SUBACK: a refusal for each filter of the packet, empty where it was granted."""

    def acknowledged(self, topic: str, refusal: str) -> None:
        """PUBACK, or a QoS 0 message went out. `refusal` is empty, or why the broker did not take it (MQTT 5)."""

    def arrived(self, message: Message) -> None:
        """A message came in."""

    def garbled(self) -> None:
        """A message came in that cannot be read at all."""

    def lost(self, reason: str) -> None:
        """The connection is gone."""

    def wants_write(self) -> None:
        """Something is queued: call `write` soon."""


#: Make a wire for MQTT 5 (True) or 3.1.1 (False).
MakeWire = Callable[[bool, WireEvents], Wire]


@dataclass(frozen=True, slots=True)
class Timings:
    """Seconds. The pauses suit a broker on the same local network: right within 5 s of its being back."""

    first_pause_s: float = 0.3
    longest_pause_s: float = 2.0
    #: A connection that lasted this long was a good one: the pauses begin again from the first.
    proven_s: float = 3.0
    #: From the socket being open to the last SUBACK.
    greeting_s: float = 10.0
    #: How often the library looks whether a ping is due.
    tick_s: float = 1.0


@dataclass(slots=True)
class Counts:
    """What went wrong since the start, for the metrics."""

    oversized: int = 0
    garbled: int = 0
    refused: int = 0
    failed_callbacks: int = 0


class Gate:
    """Lets only so many links connect at the same time, and nobody for a moment after the broker was not there."""

    def __init__(self, reactor: Reactor, limit: int, opener: Opener) -> None:
        self.opener = opener
        self._reactor = reactor
        self._room = limit
        self._waiting: deque[Callable[[], None]] = deque()
        self._closed_until_s = 0.0

    def enter(self, admitted: Callable[[], None]) -> None:
        """Call `admitted` when there is room; it must `leave` once it is connected or has failed."""
        self._waiting.append(admitted)
        self._admit()

    def leave(self) -> None:
        """Give the room back."""
        self._room += 1
        self._admit()

    def rest(self, pause_s: float) -> None:
        """Admit nobody for `pause_s`: the broker did not answer, and would not answer the others either."""
        self._closed_until_s = max(self._closed_until_s, time.monotonic() + pause_s)
        self._reactor.call_at(self._closed_until_s, self._admit)

    def _admit(self) -> None:
        while self._waiting and self._room > 0 and time.monotonic() >= self._closed_until_s:
            self._room -= 1
            self._waiting.popleft()()


@dataclass(frozen=True, slots=True)
class Means:
    """What the links of one owner share."""

    reactor: Reactor
    gate: Gate
    version: Version
    timings: Timings
    counts: Counts
    #: Messages handed over and not yet acknowledged (QoS 1) or written (QoS 0), at most.
    window: int
    #: Bytes; larger messages are neither sent nor passed on.
    max_payload: int

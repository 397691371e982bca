"""The transport port: bytes to and from a broker. Meaning is the business of dialects.

A transport connects, stays connected, and hands every event to one `sink`. The sink is called from the
transport's own thread and must only enqueue: an exception in it, or a wait, would stop the network.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from devices.messages import Message


@dataclass(frozen=True, slots=True)
class Connected:
    """The broker accepted us. Subscriptions have been made again by the transport before this is said.

    `protocol` is `MQTT 5`, `MQTT 3.1.1` or `loopback`: what was agreed, for the log and the panel.
    """

    protocol: str


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The connection is gone, or could not be made. `reason` is one sentence for people."""

    reason: str


@dataclass(frozen=True, slots=True)
class Received:
    """A message arrived on one of our subscriptions."""

    message: Message


TransportEvent = Connected | Disconnected | Received
Sink = Callable[[TransportEvent], None]


class Transport(Protocol):
    """A connection to one broker, with one client id and at most one last will."""

    def start(self, sink: Sink) -> None:
        """Begin to connect, and keep connecting with growing, jittered pauses until `stop`. Returns at once."""

    def stop(self) -> None:
        """Leave in an orderly way (no last will) and end the transport's thread. May be called twice."""

    def drop(self) -> None:
        """End the connection and make it anew, for a watchdog that no longer trusts it."""

    def subscribe(self, filters: Iterable[str]) -> None:
        """Add topic filters. They are made now if connected, and again at every connect."""

    def unsubscribe(self, filters: Iterable[str]) -> None:
        """Take topic filters away."""

    def publish(self, message: Message) -> bool:
        """Hand one message to the broker. False when not connected or the outgoing window is full.

        Nothing is queued while disconnected: desired is recomputed at the next connect.
        """

    @property
    def connected(self) -> bool:
        """Whether the broker has accepted us and nothing has said otherwise since."""

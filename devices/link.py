"""A lasting link to a broker: connects, falls back, waits, subscribes again, whatever library moves the bytes.

One for the controller, ten thousand for as many simulated devices. Every connection starts with a new client of the
library, so that nothing an old one still held can be sent late: what is not acknowledged when the connection goes is
dropped, because desired is recomputed at the next connect.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import Protocol

from devices.connection import Connection
from devices.messages import Message
from devices.reactor import Timer
from devices.seldom import Seldom
from devices.wire import MakeWire, Means

_log = logging.getLogger(__name__)

#: Bytes of a PUBLISH beside topic and payload, with room for MQTT 5's properties.
_PACKET_OVERHEAD = 32


class Listener(Protocol):
    """Who owns a link. Called on the reactor's thread; an exception is logged and stops nothing."""

    def on_connected(self, protocol: str) -> None:
        """Accepted, subscriptions standing. `protocol`: `MQTT 5` or `MQTT 3.1.1`."""

    def on_disconnected(self, reason: str) -> None:
        """Gone, or not to be had; it will be tried again."""

    def on_message(self, message: Message) -> None:
        """A message; never before `on_connected`."""


class Link:
    """Keeps one client id connected.

    `publish`, `connected` and `outstanding` may be used from any thread, all else on the reactor's.
    """

    def __init__(self, name: str, make_wire: MakeWire, listener: Listener, means: Means) -> None:
        self._name = name
        self._make_wire = make_wire
        self._listener = listener
        self._means = means
        self._seldom = Seldom(_log)
        self._filters: dict[str, None] = {}
        self._connection: Connection | None = None
        self._pause: Timer | None = None
        self._pause_s = means.timings.first_pause_s
        self._wanted = False
        self._lock = threading.Lock()
        self._standing: Connection | None = None
        self._outstanding = 0

    @property
    def connected(self) -> bool:
        """Whether the broker accepted us, all subscriptions stand, and nothing has said otherwise since."""
        return self._standing is not None

    @property
    def outstanding(self) -> int:
        """Messages handed over and not yet acknowledged."""
        return self._outstanding

    def publish(self, message: Message) -> bool:
        """Hand one message over; False when not connected, the window is full, or it is over the broker's packet limit.

        Raises ValueError for a topic that is empty or has a wildcard.
        """
        topic = message.topic
        if not topic or "+" in topic or "#" in topic:
            raise ValueError(f"{topic!r} is not a topic to publish on: it is empty or has a wildcard")
        if len(message.payload) + len(topic.encode()) + _PACKET_OVERHEAD > self._means.max_payload:
            self.oversized(topic)
            return False
        with self._lock:
            connection = self._standing
            if connection is None or self._outstanding >= self._means.window:
                return False
            self._outstanding += 1
        if self._means.reactor.here():
            return self._send(connection, message)
        self._means.reactor.call_soon(partial(self._send, connection, message))
        return True

    def begin(self) -> None:
        """Connect, and keep connecting until `end` or `pull`."""
        if not self._wanted:
            self._wanted = True
            self._connect_after(0.0)

    def end(self) -> None:
        """Leave in an orderly way: no last will, and no event."""
        self._leave(orderly=True)

    def pull(self) -> None:
        """Close the socket without a word, so that the broker publishes the last will; no event."""
        self._leave(orderly=False)

    def drop(self, reason: str) -> None:
        """Close the connection without a word and make it anew."""
        if self._connection is not None:
            self.ended(reason)

    def add_filters(self, filters: Iterable[str]) -> None:
        """Subscribe, now if connected and at every connect."""
        new = [each for each in dict.fromkeys(filters) if each not in self._filters]
        self._filters.update(dict.fromkeys(new))
        if self._connection is not None and self._connection.greeted:
            self._connection.subscribe(new)

    def remove_filters(self, filters: Iterable[str]) -> None:
        """Unsubscribe."""
        old = [each for each in dict.fromkeys(filters) if self._filters.pop(each, ...) is None]
        if old and self._connection is not None and self._connection.greeted:
            self._connection.wire.unsubscribe(old)

    # --- what the connection says (connection.Owner) ------------------------------------------------------------------

    def filters(self) -> Iterable[str]:
        """What to subscribe to at a connect."""
        return tuple(self._filters)

    def standing(self) -> None:
        """The broker accepted us and every subscription was answered."""
        assert self._connection is not None  # noqa: S101 - it is the caller
        protocol = self._connection.protocol
        with self._lock:
            self._standing = self._connection
        self._means.gate.leave()
        self._tell(lambda: self._listener.on_connected(protocol))

    def deliver(self, message: Message) -> None:
        """A message that may be passed on."""
        try:
            self._listener.on_message(message)
        except Exception:
            self._callback_failed()

    def acknowledged(self, topic: str, refusal: str) -> None:
        """One message left the window."""
        with self._lock:
            self._outstanding = max(0, self._outstanding - 1)
        if refusal:
            self.refused(topic, f"The broker refused a message on {topic}: {refusal}")

    def refused(self, topic: str, sentence: str) -> None:
        """The broker said no to a message or a subscription."""
        self._means.counts.refused += 1
        self._seldom.warning(f"refused {topic}", "%s: %s", self._name, sentence)

    def oversized(self, topic: str) -> None:
        """A message above the limit, in or out."""
        self._means.counts.oversized += 1
        self._seldom.warning(f"oversized {topic}", "%s: dropped a message on %s: too large", self._name, topic)

    def garbled(self) -> None:
        """A message that cannot be read."""
        self._means.counts.garbled += 1
        self._seldom.warning("garbled", "%s: dropped a message whose topic is not UTF-8", self._name)

    def ended(self, reason: str) -> None:
        """The connection is over, or never came to be: say so, and try again after a pause."""
        connection = self._release()
        if connection is None:
            return
        if connection.opened:
            connection.wire.abandon()
        else:
            self._means.gate.rest(self._pause_s)
        timings = self._means.timings
        since_s = connection.standing_since_s
        if since_s is not None and time.monotonic() - since_s >= timings.proven_s:
            self._pause_s = timings.first_pause_s
        self._connect_after(self._pause_s * random.uniform(0.75, 1.25))
        self._pause_s = min(self._pause_s * 2, timings.longest_pause_s)
        self._tell(lambda: self._listener.on_disconnected(reason))

    # --- inside -----------------------------------------------------------------------------------------------------

    def _connect_after(self, pause_s: float) -> None:
        if self._wanted:
            due_s = time.monotonic() + pause_s
            self._pause = self._means.reactor.call_at(due_s, lambda: self._means.gate.enter(self._connect))

    def _connect(self) -> None:
        if not self._wanted or self._connection is not None:
            self._means.gate.leave()
            return
        self._connection = Connection(self, self._means, self._make_wire)
        self._means.gate.opener.submit(self._connection.open)

    def _leave(self, orderly: bool) -> None:
        self._wanted = False
        if self._pause is not None:
            self._pause.cancel()
        connection = self._release()
        if connection is None or not connection.opened:
            return
        if orderly:
            connection.wire.goodbye()
            self._means.gate.opener.submit(connection.wire.await_close)
        connection.wire.abandon()

    def _release(self) -> Connection | None:
        """Let go of the connection, its window, and what was still to be sent on it."""
        connection, self._connection = self._connection, None
        if connection is None:
            return None
        connection.close()
        with self._lock:
            was_standing, self._standing = self._standing, None
            self._outstanding = 0
        if was_standing is None:
            self._means.gate.leave()
        return connection

    def _send(self, connection: Connection, message: Message) -> bool:
        if connection is not self._connection:
            return False  # it went in the meantime, and its window with it
        if connection.wire.publish(message):
            return True
        self.acknowledged(message.topic, "the MQTT library would not take it")
        return False

    def _tell(self, call: Callable[[], None]) -> None:
        try:
            call()
        except Exception:
            self._callback_failed()

    def _callback_failed(self) -> None:
        self._means.counts.failed_callbacks += 1
        self._seldom.warning("callback", "%s: a receiver of events failed", self._name, with_traceback=True)

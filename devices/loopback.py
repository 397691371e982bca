"""A broker in memory, for tests and virtual time: no thread, no socket, no waiting, the same order every time.

Deliveries are queued and drained, never nested: a sink may publish, and its message waits its turn. They are drained
at the end of each outermost call, or, with `LoopbackBroker(pumped=True)`, only by `pump()`. QoS is carried and
ignored: nothing gets lost here unless a test says so with a verb. Of a shared subscription (`$share/{group}/{filter}`,
MQTT 5, 4.8.2) each message goes to one member, in turn, and what is retained to none.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Iterable

from devices.filters import checked_filter, matches, shared
from devices.messages import Message
from devices.transport import Connected, Disconnected, Received, Sink, TransportEvent

_log = logging.getLogger(__name__)

#: Topics of which it is remembered who hears them.
_MOST_TOPICS = 20_000


class LoopbackBroker:
    """Retained messages, wildcards and last wills in memory, and verbs to break it.

    Safe to use from several threads; events are delivered on whichever of them drains.
    """

    def __init__(self, *, pumped: bool = False) -> None:
        self.up = True
        self.retained: dict[str, Message] = {}
        self._pumped = pumped
        self._lock = threading.RLock()
        self._clients: dict[str, LoopbackTransport] = {}
        self._cut: set[str] = set()
        self._events: deque[tuple[LoopbackTransport, TransportEvent]] = deque()
        self._draining = False
        #: Who hears a topic, worked out once until anybody comes, goes, or subscribes to something else.
        self._hearers: dict[str, tuple[LoopbackTransport, ...]] = {}
        #: The same for the members of groups that share a subscription, and how often each group was served.
        self._members: dict[str, dict[str, tuple[LoopbackTransport, ...]]] = {}
        self._turns: dict[str, int] = {}

    def transport(self, client_id: str, will: Message | None = None) -> LoopbackTransport:
        """A transport to this broker. It connects when it is started."""
        return LoopbackTransport(self, client_id, will)

    def go_down(self) -> None:
        """The broker is killed: every connection breaks, no last will is published, retained messages are on disk."""
        with self._lock:
            self.up = False
            for client in tuple(self._clients.values()):
                self._disconnect(client, "The loopback broker is down.", with_will=False)
        self._settle()

    def come_back(self) -> None:
        """The broker is back, and so is everyone who is started and not cut off."""
        with self._lock:
            self.up = True
            for client in tuple(self._clients.values()):
                self._connect(client)
        self._settle()

    def cut(self, client_id: str) -> None:
        """The line of one client breaks, so its last will is published; it stays away until `restore`."""
        with self._lock:
            self._cut.add(client_id)
            if client_id in self._clients:
                self._disconnect(self._clients[client_id], "The line was cut.", with_will=True)
        self._settle()

    def restore(self, client_id: str) -> None:
        """The line of one client is whole again."""
        with self._lock:
            self._cut.discard(client_id)
            if client_id in self._clients:
                self._connect(self._clients[client_id])
        self._settle()

    def forget_retained(self) -> None:
        """The broker lost its disk: nothing is retained any more."""
        with self._lock:
            self.retained.clear()

    def pump(self, most: int | None = None) -> int:
        """Deliver what is queued (all, including what that causes, or at most so many events); returns how many."""
        delivered = 0
        with self._lock:
            if self._draining:
                return 0
            self._draining = True
        try:
            while most is None or delivered < most:
                with self._lock:
                    if not self._events:
                        break
                    client, event = self._events.popleft()
                client.hear(event)
                delivered += 1
        finally:
            self._draining = False
        return delivered

    # --- what transports do -----------------------------------------------------------------------------------------

    def join(self, client: LoopbackTransport) -> None:
        """A transport was started; an older one with its id is thrown out, as brokers do."""
        with self._lock:
            older = self._clients.get(client.client_id)
            if older is not None:
                self._disconnect(older, "Another client connected with this id.", with_will=True)
            self._clients[client.client_id] = client
            self._forget_hearers()
            self._connect(client)
        self._settle()

    def leave(self, client: LoopbackTransport) -> None:
        """A transport was stopped: no last will, no event."""
        with self._lock:
            client.connected = False
            if self._clients.get(client.client_id) is client:
                del self._clients[client.client_id]
                self._forget_hearers()

    def reconnect(self, client: LoopbackTransport) -> None:
        """A transport dropped its connection and makes it anew."""
        with self._lock:
            if self._clients.get(client.client_id) is client:
                self._disconnect(client, "The connection was dropped to be made anew.", with_will=True)
                self._connect(client)
        self._settle()

    def subscribed(self, client: LoopbackTransport, new: Iterable[str]) -> None:
        """Send what is retained on new filters, if the client is connected."""
        with self._lock:
            self._forget_hearers()
            if client.connected:
                self._send_retained(client, tuple(new))
        self._settle()

    def unsubscribed(self) -> None:
        """A client no longer hears everything that it heard."""
        with self._lock:
            self._forget_hearers()

    def publish(self, client: LoopbackTransport, message: Message) -> bool:
        """Take one message from a transport; False if it is not connected."""
        with self._lock:
            if not client.connected:
                return False
            self._route(message)
        self._settle()
        return True

    # --- inside -----------------------------------------------------------------------------------------------------

    def _settle(self) -> None:
        if not self._pumped:
            self.pump()

    def _connect(self, client: LoopbackTransport) -> None:
        if client.connected or not self.up or client.client_id in self._cut:
            return
        client.connected = True
        self._events.append((client, Connected("loopback")))
        self._send_retained(client, tuple(client.filters))

    def _disconnect(self, client: LoopbackTransport, reason: str, with_will: bool) -> None:
        if not client.connected:
            return
        client.connected = False
        self._events.append((client, Disconnected(reason)))
        if with_will and client.will is not None:
            self._route(client.will)

    def _send_retained(self, client: LoopbackTransport, filters: tuple[str, ...]) -> None:
        for topic, message in self.retained.items():
            if any(matches(each, topic) for each in filters):  # never a shared one: no topic matches `$share/…`
                self._events.append((client, Received(message)))

    def _route(self, message: Message) -> None:
        if message.retain:
            self.retained.pop(message.topic, None)
            if message.payload:
                self.retained[message.topic] = message
        live = Message(message.topic, message.payload, message.qos, False)
        hearers = self._hearers.get(message.topic)
        if hearers is None:
            hearers = tuple(client for client in self._clients.values()
                            if any(matches(each, message.topic) for each in client.filters))
            if len(self._hearers) >= _MOST_TOPICS:
                self._forget_hearers()
            self._hearers[message.topic] = hearers
            self._members[message.topic] = self._members_for(message.topic)
        for client in hearers:
            if client.connected:
                self._events.append((client, Received(live)))
        for group, members in self._members[message.topic].items():
            here = [client for client in members if client.connected]
            if here:
                turn = self._turns[group] = self._turns.get(group, -1) + 1
                self._events.append((here[turn % len(here)], Received(live)))

    def _members_for(self, topic: str) -> dict[str, tuple[LoopbackTransport, ...]]:
        """By group, who shares a subscription that covers the topic."""
        found: dict[str, tuple[LoopbackTransport, ...]] = {}
        for client in self._clients.values():
            for group in {g for g, within in map(shared, client.filters) if g and matches(within, topic)}:
                found[group] = (*found.get(group, ()), client)
        return found

    def _forget_hearers(self) -> None:
        self._hearers.clear()
        self._members.clear()


class LoopbackTransport:
    """A `devices.transport.Transport` on a `LoopbackBroker`. Make it with `broker.transport(client_id)`."""

    def __init__(self, broker: LoopbackBroker, client_id: str, will: Message | None) -> None:
        self.client_id = client_id
        self.will = will
        self.filters: dict[str, None] = {}
        self.connected = False
        self._broker = broker
        self._sink: Sink | None = None

    def start(self, sink: Sink) -> None:
        """Connect, now or as soon as the broker is there."""
        if self._sink is not None:
            raise RuntimeError("a transport is started once; make a new one")
        self._sink = sink
        self._broker.join(self)

    def stop(self) -> None:
        """Leave in an orderly way."""
        self._sink = _deaf
        self._broker.leave(self)

    def drop(self) -> None:
        """End the connection and make it anew."""
        self._broker.reconnect(self)

    def subscribe(self, filters: Iterable[str]) -> None:
        """Add topic filters; ValueError for one that MQTT does not allow."""
        new = [checked_filter(each) for each in filters if each not in self.filters]
        self.filters.update(dict.fromkeys(new))
        self._broker.subscribed(self, new)

    def unsubscribe(self, filters: Iterable[str]) -> None:
        """Take topic filters away."""
        for each in filters:
            self.filters.pop(each, None)
        self._broker.unsubscribed()

    def publish(self, message: Message) -> bool:
        """Hand one message to the broker; False while not connected. ValueError for a topic with a wildcard."""
        if not message.topic or "+" in message.topic or "#" in message.topic:
            raise ValueError(f"{message.topic!r} is not a topic to publish on: it is empty or has a wildcard")
        return self._broker.publish(self, message)

    def hear(self, event: TransportEvent) -> None:
        """Pass an event on to the sink, whose failure is its own affair."""
        if self._sink is None:
            return
        try:
            self._sink(event)
        except Exception:
            _log.warning("%s: a receiver of events failed", self.client_id, exc_info=True)


def _deaf(event: TransportEvent) -> None:
    """The sink of a stopped transport."""
    del event

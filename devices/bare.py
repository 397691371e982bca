"""Bare paho, for comparison: publish, echo and listen with nothing of ours around it, as `sinne bench` measures it.

What a controller does on top of MQTT (what should be, encode, compare, remember) can only be weighed beside what
MQTT costs anyhow. So these loops do as little as paho allows, on sockets set as ours are (MQTT 5, QoS 1, TCP_NODELAY,
20 in flight) and on the same kind of loop (epoll, `loop_read`, `loop_write`). Not for driving devices: nothing here
comes back by itself.
"""

from __future__ import annotations

import selectors
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from devices.address import BrokerAddress
from devices.messages import Message
from devices.mqtt import bare_client

#: How long the broker may take to answer all that is asked of it at the start, or in one round.
PATIENCE_S = 60.0
_KEEPALIVE_S = 60
_TICK_S = 5.0


class BareFailed(RuntimeError):
    """A broker did not do what the measurement needs; one sentence."""


class BareLoop:
    """Paho clients on one epoll loop, in the thread that calls `run`."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._clients: dict[int, Any] = {}
        self._to_write: set[Any] = set()
        self._standing = 0
        self._ticked_at = time.monotonic()

    def add(
        self, address: BrokerAddress, client_id: str, filters: Iterable[str], hear: Callable[[Any, Any], None]
    ) -> Any:
        """Connect a client with one subscription; `hear(client, paho's message)` is called for each message."""
        client = bare_client(client_id)
        wanted = [(each, 1) for each in filters]
        if address.credentials is not None:
            client.username_pw_set(address.credentials.username, address.credentials.password)
        client.on_connect = lambda them, *_: them.subscribe(wanted)
        client.on_subscribe = self._stands
        client.on_message = lambda them, _, message: hear(them, message)
        client.on_socket_register_write = lambda them, *_: self._to_write.add(them)
        client.connect(address.host, address.port, keepalive=_KEEPALIVE_S)
        sock: Any = client.socket()
        self._clients[sock.fileno()] = client
        self._selector.register(sock.fileno(), selectors.EVENT_READ, client)
        return client

    def run(self, until: Callable[[], bool], patience_s: float | None = PATIENCE_S) -> None:
        """Turn until `until()` holds. Raises BareFailed when that takes longer than `patience_s` (None: for ever)."""
        deadline = None if patience_s is None else time.monotonic() + patience_s
        while not until():
            self._write()
            for key, _ in self._selector.select(0.2):
                key.data.loop_read()
            self._write()
            now = time.monotonic()
            if now - self._ticked_at >= _TICK_S:
                self._ticked_at = now
                for client in self._clients.values():
                    client.loop_misc()
            if deadline is not None and now > deadline:
                raise BareFailed("Bare paho did not get its messages through in a minute.")

    def all_stand(self) -> bool:
        """Whether every subscription was answered."""
        return self._standing == len(self._clients)

    def close(self) -> None:
        """Say goodbye for all."""
        for client in self._clients.values():
            client.disconnect()
            client.loop_write()
        self._selector.close()

    def _write(self) -> None:
        while self._to_write:
            some, self._to_write = self._to_write, set()
            for client in some:
                client.loop_write()

    def _stands(self, *_: object) -> None:
        self._standing += 1


@dataclass(frozen=True, slots=True)
class EchoMember:
    """One echoing device: its own way in, the topic that it hears, and what it answers each time."""

    address: BrokerAddress
    client_id: str
    hears: str
    answer: Message


def echoing(members: Iterable[EchoMember]) -> BareLoop:
    """Connect an echo for each member; whoever calls turns the loop."""
    loop = BareLoop()
    for member in members:
        loop.add(member.address, member.client_id, [member.hears], _answering(member.answer))
    loop.run(loop.all_stand)
    return loop


def _answering(answer: Message) -> Callable[[Any, Any], None]:
    topic, payload, qos, retain = answer.topic, answer.payload, answer.qos, answer.retain
    return lambda client, message: None if message.retain else client.publish(topic, payload, qos, retain)


class BarePublisher:
    """Publishes to all echoes and waits for as many answers: the loop that a press is measured against."""

    def __init__(self, address: BrokerAddress, client_id: str, answers: str) -> None:
        """`answers`: the filter on which the echoes are heard."""
        self._loop = BareLoop()
        self._heard = 0
        self._client = self._loop.add(address, client_id, [answers], self._hear)
        self._loop.run(self._loop.all_stand)

    def round(self, messages: list[Message]) -> float:
        """Publish them all; returns the seconds from the first publish to the last answer. Raises BareFailed."""
        self._heard, wanted, client = 0, len(messages), self._client
        began = time.perf_counter()
        for message in messages:
            client.publish(message.topic, message.payload, message.qos, message.retain)
        self._loop.run(lambda: self._heard >= wanted)
        return time.perf_counter() - began

    def rest(self, for_s: float) -> None:
        """Keep the connection alive between two rounds."""
        until = time.monotonic() + for_s
        self._loop.run(lambda: time.monotonic() >= until)

    def close(self) -> None:
        """Say goodbye."""
        self._loop.close()

    def _hear(self, _client: Any, message: Any) -> None:
        if not message.retain:
            self._heard += 1


def retained(address: BrokerAddress, client_id: str, filters: Iterable[str], count: int) -> Mapping[str, bytes]:
    """What the broker retains on `filters`, by topic, once there is as much as `count`. Raises BareFailed."""
    found: dict[str, bytes] = {}
    loop = BareLoop()
    loop.add(address, client_id, filters, lambda _client, message: found.update({message.topic: message.payload}))
    loop.run(lambda: len(found) >= count)
    loop.close()
    return found

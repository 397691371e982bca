"""Bare paho, for comparison: publish, echo and listen with nothing of ours around it, as `sinne bench` measures it.

What a controller does on top of MQTT (what should be, encode, compare, remember) can only be weighed beside what
MQTT costs anyhow. So these loops do as little as paho allows, on sockets set as ours are (MQTT 5, QoS 1, TCP_NODELAY,
20 in flight) and on the same kind of loop (epoll, `loop_read`, `loop_write`). Not for driving devices: nothing here
comes back by itself.
"""

from __future__ import annotations

import selectors
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from devices.address import BrokerAddress
from devices.messages import Message
from devices.mqtt import bare_client, fresh_only
from devices.reactor import Reactor

#: How long the broker may take to answer all that is asked of it at the start, or in one round.
PATIENCE_S = 60.0
_KEEPALIVE_S = 60
_TICK_S = 5.0
#: So many connect at the same time, as in a swarm.
_AT_ONCE = 100


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
        self, address: BrokerAddress, client_id: str, filters: Iterable[str], hear: Callable[[Any, Any], None],
        *, fresh: bool = False,
    ) -> Any:
        """Connect a client with one subscription; `hear(client, paho's message)` is called for each message.

        `fresh`: what is retained is not wanted.
        """
        client = bare_client(client_id)
        wanted: list[Any] = [fresh_only(each) if fresh else (each, 1) for each in filters]
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
                raise BareFailed(f"Bare paho did not get its messages through in {patience_s:.0f} s.")

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


class ReactorEchoes:
    """The same echoes on our own loop (`reactor.Reactor`), which simulated devices share, on a thread of its own.

    So what is between the two is what a simulated device does and how it speaks, not how sockets are waited for.
    """

    def __init__(self, members: Iterable[EchoMember]) -> None:
        self._waiting = deque(members)
        self._reactor = Reactor("bare-echoes")
        self._clients: list[Any] = []
        self._asked = 0
        self._standing = threading.Event()

    def start(self, patience_s: float) -> None:
        """Connect them, so many at a time, and wait until every subscription stands. Raises BareFailed."""
        self._reactor.start()
        self._reactor.call_soon(self._connect_some)
        if not self._standing.wait(patience_s):
            raise BareFailed(f"Bare paho did not get its echoes connected in {patience_s:.0f} s.")

    def stop(self) -> None:
        """Say goodbye for all, and end the thread."""
        self._reactor.call_soon(self._leave)
        self._reactor.stop(PATIENCE_S)

    def _connect_some(self) -> None:
        while self._waiting and self._asked < _AT_ONCE:
            member = self._waiting.popleft()
            self._asked += 1
            self._connect(member)
        if not self._waiting and not self._asked:
            self._standing.set()

    def _connect(self, member: EchoMember) -> None:
        client, reactor = bare_client(member.client_id), self._reactor
        address, answer = member.address, _answering(member.answer)
        if address.credentials is not None:
            client.username_pw_set(address.credentials.username, address.credentials.password)
        client.on_connect = lambda them, *_: them.subscribe(member.hears, 1)
        client.on_subscribe = self._stands
        client.on_message = lambda them, _, message: answer(them, message)
        client.on_socket_register_write = lambda them, *_: reactor.call_soon(them.loop_write)
        client.connect(address.host, address.port, keepalive=_KEEPALIVE_S)
        sock: Any = client.socket()
        reactor.watch(sock.fileno(), partial(_read, client))
        self._clients.append(client)
        self._tick(client)

    def _stands(self, *_: object) -> None:
        self._asked -= 1
        self._connect_some()

    def _tick(self, client: Any) -> None:
        client.loop_misc()
        self._reactor.call_at(time.monotonic() + _TICK_S, lambda: self._tick(client))

    def _leave(self) -> None:
        for client in self._clients:
            self._reactor.forget(client.socket().fileno())
            client.disconnect()
            client.loop_write()


def _read(client: Any, _readable: bool, _writable: bool) -> None:
    client.loop_read()


class BarePublisher:
    """Publishes to all echoes and waits for as many answers: the loop that a press is measured against."""

    def __init__(self, address: BrokerAddress, client_id: str, answers: str, patience_s: float = PATIENCE_S) -> None:
        """`answers`: the filter on which the echoes are heard. `patience_s`: how long a round may take."""
        self._loop = BareLoop()
        self._patience_s = patience_s
        self._heard = 0
        self._missing: dict[str, bytes] = {}
        self._client = self._loop.add(address, client_id, [answers], self._hear, fresh=True)
        self._loop.run(self._loop.all_stand)

    def round(self, messages: list[Message], answers: Mapping[str, bytes] | None = None) -> float:
        """Publish them all; returns the seconds from the first publish to the last answer. Raises BareFailed.

        `answers`: what is to be found in the answer on each topic, where not just anything will do.
        """
        self._heard, wanted, client = 0, len(messages), self._client
        self._missing = dict(answers or {})
        began = time.perf_counter()
        for message in messages:
            client.publish(message.topic, message.payload, message.qos, message.retain)
        self._loop.run((lambda: not self._missing) if answers else (lambda: self._heard >= wanted), self._patience_s)
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
            if self._missing:
                topic = message.topic
                wanted = self._missing.get(topic)
                if wanted is not None and wanted in message.payload:
                    del self._missing[topic]


def retained(address: BrokerAddress, client_id: str, filters: Iterable[str], count: int) -> Mapping[str, bytes]:
    """What the broker retains on `filters`, by topic, once there is as much as `count`. Raises BareFailed."""
    found: dict[str, bytes] = {}
    loop = BareLoop()
    loop.add(address, client_id, filters, lambda _client, message: found.update({message.topic: message.payload}))
    loop.run(lambda: len(found) >= count)
    loop.close()
    return found

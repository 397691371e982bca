"""Very many clients on one thread: a store's worth of simulated devices, each with its own connection and last will.

A thread a client does not scale, and neither does paho's own `loop()` (it waits by `select`). Here all members share
one reactor, so every callback runs on one thread and a member needs no lock.
"""

from __future__ import annotations

import resource
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress

from devices.address import Credentials
from devices.dial import Version
from devices.link import Link
from devices.messages import MAX_PAYLOAD, Message
from devices.reactor import Callback, Opener, Reactor, Timer
from devices.wire import Counts, Gate, MakeWire, Means, Timings

#: Make wires for one member: its client id, last will and account.
WiresFor = Callable[[str, Message | None, Credentials | None], MakeWire]

#: Threads that connect: connecting blocks, if only for a moment.
_OPENERS = 4
#: A device has little to say at once; ten thousand windows must not add up to a heap of memory.
_WINDOW = 200


class SwarmMember:
    """One device's connection. `publish` is meant for the swarm's thread, the other verbs for any."""

    def __init__(self, client_id: str, on_message: Callable[[Message], None], on_connect: Callback) -> None:
        self.client_id = client_id
        self._on_message = on_message
        self._on_connect = on_connect
        self._swarm: Swarm
        self._link: Link

    def join(self, swarm: Swarm, link: Link) -> None:
        """Be wired up (the swarm does this once)."""
        self._swarm, self._link = swarm, link

    @property
    def connected(self) -> bool:
        """Whether the broker accepted this member and its subscriptions stand."""
        return self._link.connected

    def publish(self, message: Message) -> bool:
        """Hand one message to the broker; False while offline, with 200 unacknowledged, or when it is too large."""
        return self._link.publish(message)

    def lose_power(self) -> None:
        """Be cut off without a word: the broker publishes the last will. Stays off until `power_up`."""
        self._swarm.call_soon(self._link.pull)

    def power_up(self) -> None:
        """Connect again after `lose_power` or `leave`; harmless while powered."""
        self._swarm.call_soon(self._link.begin)

    def leave(self) -> None:
        """Say goodbye in an orderly way: no last will."""
        self._swarm.call_soon(self._link.end)

    def drop(self) -> None:
        """Lose the connection as by a bad network: the last will is published, the member comes back by itself."""
        self._swarm.call_soon(lambda: self._link.drop("cut off by the simulation"))

    def on_connected(self, protocol: str) -> None:
        """Pass it on (link.Listener)."""
        del protocol
        self._on_connect()

    def on_disconnected(self, reason: str) -> None:
        """Nothing to do: a device finds out that it is offline by failing to publish (link.Listener)."""

    def on_message(self, message: Message) -> None:
        """Pass it on (link.Listener)."""
        self._on_message(message)


class Swarm:
    """Members on one thread. Their callbacks, timers and `call_soon` all run there, one after another."""

    def __init__(self, wires_for: WiresFor, version: Version, connecting_at_once: int, tick_s: float) -> None:
        self.counts = Counts()
        self._wires_for = wires_for
        self._reactor = Reactor("mqtt-swarm")
        self._opener = Opener("mqtt-swarm-open", _OPENERS)
        gate = Gate(self._reactor, connecting_at_once, self._opener)
        timings = Timings(tick_s=tick_s, greeting_s=20.0)
        self._means = Means(self._reactor, gate, version, timings, self.counts, _WINDOW, MAX_PAYLOAD)
        self._lock = threading.Lock()
        self._links: list[Link] = []

    def add(
        self,
        client_id: str,
        will: Message | None,
        subscriptions: Iterable[str],
        on_message: Callable[[Message], None],
        on_connect: Callback,
        *,
        credentials: Credentials | None = None,
    ) -> SwarmMember:
        """Add a device and connect it as soon as the swarm runs. `on_connect` comes after its subscriptions stand,
        at every connect; messages only after it.
        """
        member = SwarmMember(client_id, on_message, on_connect)
        link = Link(client_id, self._wires_for(client_id, will, credentials), member, self._means)
        member.join(self, link)
        with self._lock:
            self._links.append(link)
        filters = tuple(subscriptions)
        self.call_soon(lambda: link.add_filters(filters))
        self.call_soon(link.begin)
        return member

    def start(self) -> None:
        """Start the thread; members connect, so many at a time. Once only."""
        _allow_many_sockets()
        self._reactor.start()

    def stop(self) -> None:
        """Pull every plug, so that all last wills are published, and end the threads."""
        with self._lock:
            links = tuple(self._links)
        for link in links:
            self.call_soon(link.pull)
        self._reactor.stop()
        self._opener.close()

    def call_soon(self, call: Callback) -> None:
        """Make the call on the swarm's thread. Safe from any thread."""
        self._reactor.call_soon(call)

    def call_at(self, monotonic_s: float, call: Callback) -> Timer:
        """Make the call on the swarm's thread at `time.monotonic()` `monotonic_s`; `cancel()` on what it returns."""
        return self._reactor.call_at(monotonic_s, call)


def _allow_many_sockets() -> None:
    """Raise the soft limit of open files to the hard one: a socket a member."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))

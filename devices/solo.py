"""One client of a broker on a thread of its own: a controller's transport, whatever library moves the bytes."""

from __future__ import annotations

import time
from collections.abc import Iterable
from functools import partial

from devices.dial import Version
from devices.link import Link
from devices.messages import Message
from devices.reactor import Opener, Reactor
from devices.transport import Connected, Disconnected, Received, Sink
from devices.wire import Counts, Gate, MakeWire, Means, Timings

#: Messages handed over and not acknowledged, beyond which `publish` says False.
WINDOW = 2_000
#: How long `stop` waits for what is still outstanding before it leaves.
LAST_WORDS_S = 2.0


class Solo:
    """A `devices.transport.Transport` on one link. `where`: the broker, as a log names it.

    `stop` waits up to 2 s for what is outstanding and says nothing more to the sink.
    """

    def __init__(
        self, client_id: str, where: str, make_wire: MakeWire, version: Version, *, max_payload: int,
        timings: Timings,
    ) -> None:
        self.counts = Counts()
        self._sink: Sink | None = None
        self._reactor = Reactor(f"mqtt-{client_id}")
        self._opener = Opener(f"mqtt-open-{client_id}", threads=1)
        gate = Gate(self._reactor, 1, self._opener)
        means = Means(self._reactor, gate, version, timings, self.counts, WINDOW, max_payload)
        self._link = Link(f"{client_id} at {where}", make_wire, self, means)

    def start(self, sink: Sink) -> None:
        """Begin to connect. Returns at once. RuntimeError when started before."""
        if self._sink is not None:
            raise RuntimeError("a transport is started once; make a new one")
        self._sink = sink
        self._reactor.start()
        self._reactor.call_soon(self._link.begin)

    def stop(self) -> None:
        """Leave in an orderly way and end the threads. May be called twice, and from the sink."""
        patience_s = time.monotonic() + LAST_WORDS_S
        while not self._reactor.here() and self._link.outstanding and time.monotonic() < patience_s:
            time.sleep(0.005)
        self._reactor.call_soon(self._link.end)
        self._reactor.stop()
        self._opener.close()

    def drop(self) -> None:
        """End the connection and make it anew."""
        self._reactor.call_soon(lambda: self._link.drop("The connection was dropped to be made anew."))

    def subscribe(self, filters: Iterable[str]) -> None:
        """Add topic filters, now and at every connect."""
        self._reactor.call_soon(partial(self._link.add_filters, tuple(filters)))

    def unsubscribe(self, filters: Iterable[str]) -> None:
        """Take topic filters away."""
        self._reactor.call_soon(partial(self._link.remove_filters, tuple(filters)))

    def publish(self, message: Message) -> bool:
        """Hand over one message; False when offline, the window is full, or it is too large for the broker."""
        return self._link.publish(message)

    @property
    def connected(self) -> bool:
        """Whether the broker accepted us and nothing has said otherwise since."""
        return self._link.connected

    def on_connected(self, protocol: str) -> None:
        """Pass it on (link.Listener)."""
        if self._sink:
            self._sink(Connected(protocol))

    def on_disconnected(self, reason: str) -> None:
        """Pass it on (link.Listener)."""
        if self._sink:
            self._sink(Disconnected(reason))

    def on_message(self, message: Message) -> None:
        """Pass it on (link.Listener)."""
        if self._sink:
            self._sink(Received(message))

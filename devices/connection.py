"""One attempt to connect, and the connection it may become.

Why a class of its own: a connection that its link has let go of may still speak (a late packet, an attempt that
was blocking in another thread). Such an object is simply deaf, and the next one starts with nothing of its past.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import Protocol

from devices.messages import Message
from devices.reactor import Timer
from devices.wire import MakeWire, Means, Wire

#: Filters in one SUBSCRIBE packet: far below the packet limit with any topic of the contract.
_FILTERS_A_PACKET = 50


class Owner(Protocol):
    """The link that an attempt belongs to."""

    def filters(self) -> Iterable[str]:
        """What to subscribe to."""

    def standing(self) -> None:
        """Accepted, and every subscription answered."""

    def deliver(self, message: Message) -> None:
        """A message within the limit."""

    def acknowledged(self, topic: str, refusal: str) -> None:
        """One message left the window."""

    def refused(self, topic: str, sentence: str) -> None:
        """The broker said no to a subscription."""

    def oversized(self, topic: str) -> None:
        """A message above the limit was dropped."""

    def garbled(self) -> None:
        """A message that cannot be read was dropped."""

    def ended(self, reason: str) -> None:
        """It is over, or never came to be."""


class Connection:
    """Walks from the open socket through CONNACK and SUBACKs to standing, and to its end."""

    def __init__(self, owner: Owner, means: Means, make_wire: MakeWire) -> None:
        self.opened = False
        self.greeted = False
        self.protocol = ""
        self.standing_since_s: float | None = None
        self.wire: Wire
        self._owner = owner
        self._means = means
        self._make_wire = make_wire
        self._fileno = -1
        self._asked: dict[int, list[str]] = {}
        self._early: list[Message] = []
        self._deadline_s = 0.0
        self._timer: Timer | None = None
        self._live = True
        self._write_due = False

    def open(self) -> None:
        """Connect, with the version that the broker speaks. Blocks, so on an opener's thread."""
        try:
            speaks_5 = self._means.version.speaks_5()
            self.protocol = "MQTT 5" if speaks_5 else "MQTT 3.1.1"
            self.wire = self._make_wire(speaks_5, self)
            self.wire.open()
        except ConnectionError as error:
            self._means.reactor.call_soon(partial(self._failed, str(error)))
        except Exception as error:  # whatever the library raises must not leave the link waiting for ever
            self._means.reactor.call_soon(partial(self._failed, f"The connection could not be made: {error}."))
        else:
            self._means.reactor.call_soon(self._socket_open)

    def subscribe(self, filters: Iterable[str]) -> None:
        """Ask for filters; standing is not reached before all that were asked for at the start are answered."""
        wanted = list(filters)
        for start in range(0, len(wanted), _FILTERS_A_PACKET):
            some = wanted[start : start + _FILTERS_A_PACKET]
            self._asked[self.wire.subscribe(some)] = some

    def close(self) -> None:
        """Be deaf from now on, and stop watching the socket. The wire is the caller's to end."""
        self._live = False
        if self._timer is not None:
            self._timer.cancel()
        if self._fileno >= 0:
            self._means.reactor.forget(self._fileno)

    # --- what the wire says ---------------------------------------------------------------------------------------

    def accepted(self) -> None:
        """CONNACK: subscribe; nothing else is said before the answers are here."""
        if self._live:
            self.greeted = True
            self.subscribe(self._owner.filters())
            self._stand()

    def refused(self, reason: str) -> None:
        """CONNACK with a refusal."""
        if self._live:
            self._means.version.doubt()
            self._owner.ended(f"The broker refused the connection: {reason}.")

    def subscribed(self, packet: int, refusals: list[str]) -> None:
        """SUBACK."""
        if not self._live:
            return
        for topic, refusal in zip(self._asked.pop(packet, []), refusals, strict=False):
            if refusal:
                self._owner.refused(topic, f"The broker refused the subscription to {topic}: {refusal}")
        self._stand()

    def acknowledged(self, topic: str, refusal: str) -> None:
        """PUBACK, or a QoS 0 message that went out."""
        if self._live:
            self._owner.acknowledged(topic, refusal)

    def arrived(self, message: Message) -> None:
        """A message: held back until standing, so that nobody hears one before *connected*."""
        if not self._live:
            return
        if len(message.payload) > self._means.max_payload:
            self._owner.oversized(message.topic)
        elif self.standing_since_s is None:
            self._early.append(message)
        else:
            self._owner.deliver(message)

    def garbled(self) -> None:
        """A message that cannot be read."""
        if self._live:
            self._owner.garbled()

    def lost(self, reason: str) -> None:
        """The socket is gone."""
        if self._live:
            if not self.greeted:  # it may be another broker now, that does not know this version
                self._means.version.doubt()
            self._owner.ended(reason)

    def wants_write(self) -> None:
        """Write before the reactor waits again: many packets of one round go out together."""
        if self._live and self.opened and not self._write_due:
            self._write_due = True
            self._means.reactor.call_soon(self._write)

    # --- inside -----------------------------------------------------------------------------------------------------

    def _failed(self, reason: str) -> None:
        if self._live:
            self._owner.ended(reason)

    def _socket_open(self) -> None:
        if not self._live:
            self.wire.abandon()
            return
        self.opened = True
        self._fileno = self.wire.fileno()
        self._means.reactor.watch(self._fileno, self._ready)
        self._deadline_s = time.monotonic() + self._means.timings.greeting_s
        self.wants_write()
        self._tick()

    def _stand(self) -> None:
        if self.standing_since_s is not None or self._asked:
            return
        self.standing_since_s = time.monotonic()
        self._owner.standing()
        early, self._early = self._early, []
        for message in early:
            self.arrived(message)

    def _ready(self, readable: bool, writable: bool) -> None:
        if writable and self._live:
            self._means.reactor.await_write(self._fileno, self._try_wire(self.wire.write))
        if readable and self._live:
            self._try_wire(self.wire.read)

    def _write(self) -> None:
        self._write_due = False
        if self._live and self._try_wire(self.wire.write) and self._live:
            self._means.reactor.await_write(self._fileno, True)

    def _tick(self) -> None:
        if not self._live:
            return
        now_s = time.monotonic()
        if self.standing_since_s is None and now_s >= self._deadline_s:
            self.lost(f"The broker did not answer within {self._means.timings.greeting_s:.0f} s.")
            return
        self._try_wire(self.wire.tick)
        self._timer = self._means.reactor.call_at(now_s + self._means.timings.tick_s, self._tick)

    def _try_wire(self, call: Callable[[], bool | None]) -> bool:
        try:
            return bool(call())
        except Exception as error:  # a packet that the library cannot read must cost the connection, not the thread
            self.lost(f"What the broker sent is not MQTT ({type(error).__name__}: {error}).")
            return False

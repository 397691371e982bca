"""A virtual store that belongs to HQ: the real link over a second broker in memory, in the same virtual time.

A store that belongs to nobody is `VirtualStore` and nothing else: what is here changes nothing of it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from controller.errors import Unavailable
from controller.hq.link.chores import Host
from controller.hq.link.link import Link
from controller.hq.store_ports import Enrolment
from controller.ports import Entry
from controller.settings import product_version
from controller.virtual.store import VirtualStore
from devices.loopback import LoopbackBroker
from devices.messages import Message
from devices.transport import Transport
from profiles.plan import Plan

#: At one instant nothing takes so many rounds, unless the link and the store answer each other for ever.
_MOST_ROUNDS = 10_000


class LinkedVirtualStore(VirtualStore):
    """`hq`: HQ's broker, made with `pumped=True`, maybe of several stores. `cut_hq` is the WAN that is gone."""

    def __init__(
        self, plan: Plan, enrolment: Enrolment, hq: LoopbackBroker, seed: int = 1, start: datetime | None = None,
        **parts: Any,
    ) -> None:
        """As `VirtualStore`, with its enrolment on disk before the first start."""
        self.hq = hq
        self.link: Link | None = None
        self._enrolment: Enrolment | None = enrolment
        self._link_due: float | None = None
        self._linking = False
        self._draws = random.Random(f"link {seed}")
        self._away = False
        #: Passwords with which the link has entered HQ's broker, and its connections.
        self.entered: list[str] = []
        self._entered: list[Transport] = []
        super().__init__(plan, seed, start, **parts)

    # -- the controller

    def start_controller(self) -> None:
        """A new process on the same memory, with its link."""
        if self._enrolment is not None:
            self.memory.hq.enrol(self._enrolment, self.clock.now(), Entry("hq.enrolled"))
            self._enrolment = None
        super().start_controller()
        enrolment = self.memory.hq.enrolment()
        if enrolment is None:
            raise Unavailable("The virtual store belongs to nobody.")
        believed = self.engine.believed
        host = Host(self.memory, self.turning, self.planning, believed, lambda: believed.trusted,
                    self._draws.uniform, product_version())
        self.link = Link(enrolment, host, self._line)
        self.memory.database.on_commit[:] = [self.link.inbox.nudge]
        self.link.start()
        self._turn_link()
        self.settle()

    def kill_controller(self) -> None:
        """The process is gone between two instructions, and its connection with it."""
        super().kill_controller()
        self.memory.database.on_commit.clear()
        if self.link is not None:
            self.hq.cut(self._client_id)
            self._entered[-1].stop()
            if not self._away:
                self.hq.restore(self._client_id)
            self.link, self._link_due = None, None

    # -- what happens to the line

    def cut_hq(self) -> None:
        """The WAN is gone: HQ's broker publishes the last will."""
        self._away = True
        self.hq.cut(self._client_id)
        self.settle()

    def restore_hq(self) -> None:
        """The WAN is back."""
        self._away = False
        self.hq.restore(self._client_id)
        self.settle()

    # -- time

    def settle(self) -> None:
        """Deliver what is under way on both brokers, and deal with it, until nothing is left at this instant."""
        super().settle()
        for _ in range(_MOST_ROUNDS):
            self.hq.pump()
            if self._linking or self.link is None or not self.link.inbox.waits:
                return
            self._turn_link()
            super().settle()
        raise Unavailable("The store and HQ never come to rest at this instant: they answer each other for ever.")

    def _turn_link(self) -> None:
        if self.link is None:
            return
        self._linking = True
        try:
            events, _nudged = self.link.inbox.take(0)
            self._link_due = self.link.turn(events)
        finally:
            self._linking = False

    def _dues(self) -> Iterator[float]:
        yield from super()._dues()
        if self._link_due is not None:
            yield self._link_due

    def _let_happen(self) -> None:
        super()._let_happen()
        if self._link_due is not None and self._link_due <= self.clock.monotonic():
            self._turn_link()
            self.settle()

    def _line(self, enrolment: Enrolment, will: Message) -> Transport:
        self.entered.append(enrolment.password)
        self._entered.append(self.hq.transport(self._client_id, will))
        return self._entered[-1]

    @property
    def _client_id(self) -> str:
        return f"sinne-store-{self._plan().store.id}"

"""What stores say of themselves, taken in: `up/status` and `up/plan` on a plain subscription (rule 27).

On a connection of its own beside the publisher's: at every connect ten thousand retained reports come at once, and none
of it may hold up a halt. Only the newest of each store waits, so that what waits is bounded by the fleet.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime

from controller.errors import Refused, SinneError
from controller.hq.ports import FleetMemory
from controller.hq.said import Standing, read
from controller.hq.topics import PLANS, STANDINGS, store_of_topic
from controller.ports import Clock
from devices.messages import Message
from devices.seldom import Seldom
from devices.transport import Received, Transport, TransportEvent

log = logging.getLogger("sinne.hq.listening")

#: One commit takes what comes within this time, up to so many stores, and so many bytes of plans.
GATHER_S, MOST_STORES, MOST_PLAN_BYTES = 0.2, 2_000, 8 * 1024 * 1024
#: More bytes of plans than this do not wait: the connection is held back for a moment, which its broker bears.
_FULL_BYTES, _PATIENCE_S = 64 * 1024 * 1024, 5.0
_PAUSE_S = 2.0


class Ears:
    """A thread between a transport of its own, not started yet, and what HQ knows of its fleet.

    `in_force`: term and number of the manifest that stores should name.
    """

    def __init__(
        self, transport: Transport, fleet: FleetMemory, clock: Clock, in_force: Callable[[], tuple[int, int]],
    ) -> None:
        """Everything is given; nothing is started."""
        self._transport, self._fleet, self._clock, self._in_force = transport, fleet, clock, in_force
        self._standings: dict[str, tuple[Standing, datetime]] = {}
        self._plans: dict[str, tuple[bytes, datetime]] = {}
        self._bytes = 0
        self._news = threading.Condition()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hq-ears", daemon=True)
        self._seldom = Seldom(log)

    def start(self) -> None:
        """Begin to listen. Returns at once."""
        self._thread.start()
        self._transport.subscribe([STANDINGS, PLANS])
        self._transport.start(self._heard)

    def stop(self) -> None:
        """Listen no more, keep what is in hand, and end. May be called twice."""
        self._ending.set()
        with self._news:
            self._news.notify_all()
        self._transport.stop()
        if self._thread.is_alive():
            self._thread.join(10)

    # -- the transport's thread

    def _heard(self, event: TransportEvent) -> None:
        if isinstance(event, Received) and event.message.payload:
            try:
                self._take(event.message, self._clock.now())
            except Refused as refusal:
                self._seldom.warning(event.message.topic, "Dropped a message on %s: %s", event.message.topic[:120],
                                     refusal)

    def _take(self, message: Message, now: datetime) -> None:
        store = store_of_topic(message.topic, "status")
        if store is not None:
            said = read(Standing, message.payload, f"What {store} says of itself")
            if said.store != store:
                raise Refused(f"{store} speaks of {said.store}.")
            with self._news:
                before = self._standings.pop(store, None)
                if before is not None and not said.online:  # a last will says no more than that
                    said = before[0].model_copy(update={"online": False})
                self._standings[store] = (said, now)
                self._news.notify_all()
            return
        store = store_of_topic(message.topic, "plan")
        if store is None:
            raise Refused("It came on a topic of no store.")
        with self._news:
            self._news.wait_for(lambda: self._bytes < _FULL_BYTES or self._ending.is_set(), _PATIENCE_S)
            self._bytes += len(message.payload) - len(self._plans.pop(store, (b"", now))[0])
            self._plans[store] = (message.payload, now)
            self._news.notify_all()

    # -- the thread

    def _run(self) -> None:
        while True:
            with self._news:
                self._news.wait_for(lambda: self._standings or self._plans or self._ending.is_set())
            over = self._ending.wait(GATHER_S)
            try:
                while self._keep():
                    pass
            except SinneError as refusal:
                self._seldom.warning("away", "What stores say of themselves waits: %s", refusal)
                over = self._ending.wait(_PAUSE_S)
            except Exception:
                if self._seldom.due("fault"):
                    log.exception("Some of what stores say of themselves could not be kept")
                over = self._ending.wait(_PAUSE_S)
            if over:
                return

    def _keep(self) -> bool:
        """Commit some of what waits; whether more does. What fails is put back, unless something newer has come."""
        with self._news:
            standings = [self._standings.pop(store) for store in list(self._standings)[:MOST_STORES]]
            plans = self._some_plans()
        try:
            if standings:
                self._fleet.note_standings(standings, self._in_force())
            if plans:
                self._fleet.note_plans(plans)
        except BaseException:
            with self._news:
                for said, heard in standings:
                    self._standings.setdefault(said.store, (said, heard))
                for store, payload, at in plans:
                    if store not in self._plans:
                        self._plans[store] = (payload, at)
                        self._bytes += len(payload)
            raise
        with self._news:
            self._news.notify_all()
            return bool(self._standings or self._plans)

    def _some_plans(self) -> list[tuple[str, bytes, datetime]]:
        found: list[tuple[str, bytes, datetime]] = []
        size = 0
        while self._plans and size < MOST_PLAN_BYTES:
            store = next(iter(self._plans))
            payload, at = self._plans.pop(store)
            size += len(payload)
            found.append((store, payload, at))
        self._bytes -= size
        return found

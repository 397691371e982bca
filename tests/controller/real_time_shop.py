"""A shop in real time on a clock that can be set: threads of the engine, the beat and APScheduler; devices in memory.

Only the wall clock is not the machine's: it runs with it, and jumps when told to. APScheduler reads the machine's, so
its instants are moved by what lies between the two; after a jump the old ones are wrong, as they are on a machine whose
clock was set, until the timetable is built anew.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import orjson

from controller.ports import Entry
from controller.store.beat import Beat
from controller.store.engine import Engine
from controller.store.intake import LiveChanged, Woken
from controller.store.timetable import ApTimetable
from controller.store.trust import Trust
from devices.loopback import LoopbackBroker
from devices.messages import Message
from devices.simulator.build import build_fleet
from devices.simulator.loopback_host import LoopbackHost
from devices.simulator.specs import DeviceSpec, Manner
from devices.transport import Received
from profiles.plan import Override, Plan
from profiles.scene import Scene
from tests.controller.memory_fake import FakeMemory
from tests.controller.virtual_shop import BUILT
from tests.patience import PATIENCE_S


class SetClock:
    """The `Clock` port over the machine's steady time, with a wall that can be set and a sleep that can be slept."""

    def __init__(self, at: datetime) -> None:
        self._at, self._begin = at, time.monotonic()
        self._set, self._slept = timedelta(0), 0.0

    def now(self) -> datetime:
        return self._at + timedelta(seconds=self.monotonic() - self._begin) + self._set

    def monotonic(self) -> float:
        return time.monotonic() + self._slept

    def step(self, by: timedelta) -> None:
        """Somebody sets the wall clock."""
        self._set += by

    def sleep(self, by: timedelta) -> None:
        """The machine sleeps, and its steady time counts it."""
        self._slept += by.total_seconds()


class ElsewhereTimetable:
    """APScheduler's timetable, told the machine's instant for an instant of the shop's clock."""

    def __init__(self, clock: SetClock) -> None:
        self._clock, self._inner = clock, ApTimetable()
        self._instant: datetime | None = None
        self.rebuilt = self.rung = 0

    def start(self, wake: Callable[[], None]) -> None:
        def ring() -> None:
            self.rung += 1
            wake()

        self._inner.start(ring)

    def wake_at(self, instant: datetime | None) -> None:
        if instant != self._instant:
            self._instant = instant
            self._inner.wake_at(self._there(instant))

    def rebuild(self) -> None:
        self.rebuilt += 1
        self._inner.wake_at(self._there(self._instant))
        self._inner.rebuild()

    def stop(self) -> None:
        self._inner.stop()

    def _there(self, instant: datetime | None) -> datetime | None:
        return None if instant is None else instant - (self._clock.now() - datetime.now(UTC))


class RealTimeShop:
    """The engine with its threads, and devices that a thread of their own moves."""

    def __init__(self, plan: Plan, at: datetime) -> None:
        self.plan, self.clock = plan, SetClock(at)
        self.broker = LoopbackBroker(pumped=True)
        self.memory = FakeMemory()
        self.memory.publish(plan, "Elin", "", at, Entry("plan.published"))
        host = LoopbackHost(self.broker, self.clock.monotonic, wall_zero_s=at.timestamp() - self.clock.monotonic())
        specs = [DeviceSpec(id=d.id, kind=d.kind, zones=d.zones, sources=("calm", "lively")) for d in plan.devices]
        self.fleet = build_fleet("shop", specs, 1, host, Manner(tracks=False))
        self.timetable = ElsewhereTimetable(self.clock)
        transport = self.broker.transport("controller")
        self.engine = Engine("shop", memory=self.memory, transport=transport, clock=self.clock,
                             timetable=self.timetable, trust=Trust(BUILT, lambda: False))
        self.beat = Beat(self.clock, self.engine.intake, lambda: self.engine.boundary)
        self._heard: list[Message] = []
        ear = self.broker.transport("ear")
        ear.subscribe(("sinne/v1/shop/#",))
        ear.start(lambda event: self._heard.append(event.message) if isinstance(event, Received) else None)
        self._ended = threading.Event()
        self._world = threading.Thread(target=self._turn, name="world", daemon=True)
        self.fleet.start()
        self._world.start()
        self.engine.load()
        self.engine.start()
        transport.start(self.engine.intake.put_event)
        self.beat.start()
        self._transport = transport

    def close(self) -> None:
        self.beat.stop()
        self.engine.stop()
        self._transport.stop()
        self._ended.set()
        self._world.join(PATIENCE_S)

    def _turn(self) -> None:
        while not self._ended.wait(0.005):
            self.fleet.tick(self.clock.monotonic())
            self.broker.pump()

    # -- what happens

    def press(self, zone: str, scene: Scene, minutes: float) -> None:
        now = self.clock.now()
        self.memory.add_overrides((Override(id="press", press="press", zone=zone, name="Press", scene=scene, start=now,
                                            end=now + timedelta(minutes=minutes), by="Elin"),), now, Entry("override"))
        assert self.engine.tell(LiveChanged(), PATIENCE_S)

    def jump(self, wall: timedelta, sleeps: bool) -> None:
        """The clocks jump; the beat and the timetable have to find out by themselves."""
        if sleeps:
            self.clock.sleep(wall)
        else:
            self.clock.step(wall)

    def look(self) -> None:
        """A round more, so that what is still to come has come."""
        assert self.engine.tell(Woken(), PATIENCE_S)

    # -- what can be seen

    def wanted(self, device: str) -> float:
        state = self.engine.sight().devices[device].wanted or {}
        return float(state.get("brightness_pct", -1))

    def until(self, condition: Callable[[], bool], what: str) -> None:
        end = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < end, what
            time.sleep(0.01)

    def until_converged(self) -> None:
        self.until(lambda: all(d.converged for d in self.engine.sight().devices.values()), "never converged")

    def documents(self, device: str) -> set[tuple[object, object]]:
        """The orders that the broker was given for a device, each once: what is not answered in time is sent again."""
        orders = [orjson.loads(m.payload) for m in list(self._heard) if m.topic.endswith(f"/dev/{device}/desired")]
        return {(order["epoch"], order["rev"]) for order in orders}

    def said(self) -> list[str]:
        return [m.topic for m in list(self._heard) if m.topic.endswith("/cmd")]

    def journal(self, kind: str) -> list[dict[str, object]]:
        return [dict(e.body) for e in self.memory.journal(0, 100_000) if e.kind == kind]

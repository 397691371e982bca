"""A whole store in virtual time: the real engine, use cases and storage, simulated devices, one thread, one seed.

Time jumps from due instant to due instant; nothing polls. What people do are the use cases themselves; what happens to
things are verbs; `wrong` compares what the hardware really does with what plan and choices say, without the engine.
"""

from __future__ import annotations

import hashlib
import math
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from controller.announcing import StoreAnnouncements
from controller.desk import Choice
from controller.errors import Unavailable
from controller.overview import StoreOverview
from controller.planning import StorePlanning
from controller.ports import Actor, Entry, JournalEntry
from controller.shapes import PressShown, StopShown
from controller.storage.memory import StoredMemory
from controller.storage.ram import memory_in_ram
from controller.store.beat import Beat
from controller.store.intake import Happening
from controller.store.trust import Trust
from controller.virtual.clock import VirtualClock, VirtualTimetable
from controller.virtual.engine import VirtualEngine
from controller.virtual.expected import LetBe, astray
from controller.virtual.line import Record, VirtualLine
from controller.virtual.specs import QUIET
from controller.virtual.turning import VirtualTurning
from controller.virtual.world import World
from devices.simulator.specs import DeviceSpec, Manner
from devices.transport import Received
from profiles.limits import Person
from profiles.plan import Plan
from profiles.scene import Sense

SOMEBODY = Actor("Elin", Person.MANAGER)
#: Choices that ended longer ago show nowhere any more.
LOOK_BACK = timedelta(days=8)
#: At one instant nothing takes so many rounds, unless two parts answer each other for ever.
_MOST_ROUNDS = 10_000


class VirtualStore:
    """A store that runs in virtual time. The same plan, seed, start and verbs give the same store, bit for bit."""

    def __init__(
        self, plan: Plan, seed: int = 1, start: datetime | None = None, *, manner: Manner = QUIET,
        memory: StoredMemory | None = None, record: Record | None = None,
        pace: Callable[[float], None] = lambda _seconds: None, passed: Callable[[float], None] = lambda _seconds: None,
        specs: Sequence[DeviceSpec] | None = None,
    ) -> None:
        """Publish `plan` into `memory` (an empty one in RAM), power the devices up, start the controller.

        `start`: aware; now unless given would not be the same again, so it is 2 March 2026, 9:00 UTC. `record` is
        told every message; `pace` the seconds of each jump before it is made, for whoever wants to watch; `passed` the
        same after it, before anything happens there. `specs`: the devices, where they are not as the plan alone says.
        """
        self.clock = VirtualClock(start or datetime(2026, 3, 2, 9, tzinfo=UTC))
        self.record, self._rng = record or Record(), random.Random(f"store {seed}")
        self._pace, self._passed = pace, passed
        self._ids = random.Random(f"ids {seed}")
        self.memory = memory or memory_in_ram(self._draw())
        self.memory.publish(plan, "sinne", "", self.clock.now(), Entry("plan.published", {"digest": plan.digest}))
        self._began = self.clock.now()
        self.world = World(plan, self.clock, seed, manner, specs)
        self.synchronised = False
        #: Rounds of the engine, instants that time has jumped to.
        self.turns = self.jumps = 0
        self._engine_due: float | None = None
        self._look_due: float | None = None
        #: The steady instant at which somebody who watches wants to look, though nothing may happen then.
        self.glance_at: float | None = None
        self.running = False
        self.line: VirtualLine
        self.engine: VirtualEngine
        self.world.fleet.start()
        self.world.broker.pump()
        self.turning = VirtualTurning(lambda: self.engine, self.settle, self.instants)
        self.start_controller()

    # -- the controller

    def start_controller(self) -> None:
        """A new process on the same memory."""
        newest = self.memory.newest_entry()
        floor = self._began if newest is None else max(self._began, newest.at)
        self.timetable = VirtualTimetable(self.clock)
        self.line = VirtualLine(self.world.broker.transport("controller"), self.record, self._rng)
        self.engine = VirtualEngine(
            self._plan().store.id, memory=self.memory, transport=self.line, clock=self.clock,
            timetable=self.timetable, trust=Trust(floor, lambda: self.synchronised))
        engine = self.engine
        self.planning = StorePlanning(self.memory, self.turning, engine.believed, self._draw)
        self.announcements = StoreAnnouncements(self.memory, self.turning, self.clock, self._draw)
        self.overview = StoreOverview(self.memory, self.turning, self.clock)
        self._beat = Beat(self.clock, engine.intake, lambda: engine.boundary)
        engine.load()
        self.timetable.start(engine.wake)
        self.line.at = self.clock.monotonic()
        self.line.start(engine.intake.put_event)
        self.running = True
        self._turn([])
        self.settle()

    def kill_controller(self) -> None:
        """The process is gone between two instructions: nothing is said, nothing is saved.

        But for what it did with the last heartbeats, which are no messages here.
        """
        if self.running:
            self._turn([])
        self.line.stop()
        self.timetable.stop()
        self._engine_due = None
        self.running = False

    def restart_controller(self) -> None:
        """Killed, and started again at once."""
        self.kill_controller()
        self.start_controller()

    # -- time

    def run(self, seconds: float) -> None:
        """Let time pass."""
        for _ in self.instants(seconds):
            pass

    def run_until(self, instant: datetime) -> None:
        """Let time pass until it really is `instant`, whatever the wall clock shows."""
        self.run((instant - self.clock.true_time()).total_seconds())

    def until(self, condition: Callable[[], bool], within_s: float) -> float | None:
        """Run until `condition` holds; after how many seconds, or None where it did not within `within_s`."""
        began = self.clock.monotonic()
        self.settle()
        if condition():
            return 0.0
        for _ in self.instants(within_s):
            if condition():
                return self.clock.monotonic() - began
        return None

    def instants(self, seconds: float) -> Iterator[None]:
        """Let so many seconds pass, and stop by at each instant at which something happened, and at the end."""
        end = self.clock.monotonic() + max(0.0, seconds)
        self.settle()
        while True:
            due = min(self._dues(), default=math.inf)
            now = self.clock.monotonic()
            if due > end:
                if end > now:
                    self._jump(end - now)
                yield
                return
            if due > now:
                self._jump(due - now)
            self._let_happen()
            yield

    def settle(self) -> None:
        """Deliver what is under way, and deal with it, until nothing is left at this instant."""
        for _ in range(_MOST_ROUNDS):
            self.world.broker.pump()
            happenings = self.engine.intake.take(0) if self.running else []
            if not happenings:
                return
            self._turn(happenings)
        raise Unavailable("The store never comes to rest at this instant: two parts answer each other for ever.")

    def _turn(self, happenings: list[Happening]) -> None:
        self.turns += 1
        if not happenings or not all(isinstance(happening, Received) for happening in happenings):
            # Messages alone change nothing about who beats, and are nearly all that there is.
            self.engine.beating(self.world.beats if self.line.connected else {})
        self._engine_due = self.engine.turn(happenings)
        self.engine.intake.dealt()

    def _dues(self) -> Iterator[float]:
        for due in (self.world.fleet.due(), self._engine_due, self._look_due, self.timetable.due, self.glance_at):
            if due is not None:
                yield due

    def _jump(self, seconds: float) -> None:
        self._pace(seconds)
        self.clock.pass_by(seconds)
        self.line.at = self.clock.monotonic()
        self.jumps += 1
        self._passed(seconds)

    def _let_happen(self) -> None:
        now = self.clock.monotonic()
        if self.glance_at is not None and self.glance_at <= now:
            self.glance_at = None
        self.world.fleet.tick(now)
        self.world.broker.pump()
        self.timetable.look()
        if self._look_due is not None and self._look_due <= now:
            self._look_due = None
            self._beat.look()
        if self.running and self._engine_due is not None and self._engine_due <= now:
            self._turn(self.engine.intake.take(0))
        self.settle()

    # -- what people do

    def press(
        self, choice: Choice, zones: tuple[str, ...] | None = None, end: str = "minutes:60", by: Actor = SOMEBODY,
    ) -> PressShown:
        """Press; raises what the use case raises."""
        return self.planning.press(zones, choice, end, by)

    def stop(
        self, zones: tuple[str, ...] | None = None, senses: Iterable[Sense] = tuple(Sense), by: Actor = SOMEBODY,
    ) -> StopShown:
        """The big red button."""
        return self.planning.stop(zones, tuple(senses), "", by)

    def publish(self, plan: Plan, by: Actor = SOMEBODY) -> None:
        """A new version of the plan, for the same devices."""
        self.planning.publish(plan, "", by)

    # -- what happens to things

    def cut_broker(self, forgetful: bool = False) -> None:
        """The broker is killed; `forgetful`: its disk goes with it."""
        self.world.broker.go_down()
        if forgetful:
            self.world.broker.forget_retained()
        self.settle()

    def restore_broker(self) -> None:
        """The broker is back, and so is everyone who has power."""
        self.world.broker.come_back()
        self.settle()

    def disturb_line(self, losses: float = 0.0, repeats: float = 0.0, swaps: float = 0.0) -> None:
        """Shares of what arrives at the controller; all 0 mends it, and the next heartbeats tell what was lost."""
        line = self.line
        line.losses, line.repeats, line.swaps = losses, repeats, swaps
        if not (losses or repeats or swaps):
            line.catch_up()
            self.mishap(World.beat)

    def set_clock(self, by: timedelta) -> None:
        """Somebody sets the wall clock of the store; its beat looks within a second."""
        self.clock.set_by(by)
        self._look_due = self.clock.monotonic() + self._rng.uniform(0.0, 1.0)

    def mishap(self, verb: Callable[[World], None]) -> None:
        """Something happens to the devices: `store.mishap(lambda world: world.unplug("lamp-3"))`."""
        verb(self.world)
        if self.running:
            self._turn([])
        self.settle()

    # -- what is so

    def wrong(self, but_for: Iterable[str] = ()) -> dict[str, tuple[str, ...]]:
        """Devices that do not do what plan and choices say, each with what differs.

        Left out: those without power, those that somebody changed by hand and the store lets be, and `but_for`.
        """
        sight, now = self.engine.sight(), self.clock.now()
        let_be = LetBe(frozenset(id for id, device in sight.devices.items() if device.yielding_until is not None),
                       {id: frozenset(hold.sense for hold in zone.holds) for id, zone in sight.zones.items()})
        live = self.memory.live(now - LOOK_BACK)
        return astray(self._plan(), live, now, self.world.truth(), let_be, but_for=but_for)

    def journal(self, kind: str = "") -> list[JournalEntry]:
        """What was recorded, of one kind or all of it."""
        found: list[JournalEntry] = []
        while page := self.memory.journal(after=found[-1].number if found else 0, limit=5000):
            found += page
        return [entry for entry in found if not kind or entry.kind == kind]

    def digest(self) -> str:
        """SHA-256 over every message and the journal to its last hash: the same run gives the same."""
        number, head = self.memory.chain_head()
        return hashlib.sha256(f"{self.record.digest} {number} {head}".encode()).hexdigest()

    def close(self) -> None:
        """Let go of the memory."""
        self.kill_controller()
        self.memory.close()

    def _plan(self) -> Plan:
        version = self.memory.plan_in_force()
        if version is None:
            raise Unavailable("The virtual store has no plan.")
        return version.plan

    def _draw(self) -> str:
        return f"{self._ids.getrandbits(128):032x}"

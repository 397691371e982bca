"""A store in virtual time on the stage of scenarios: the same verbs and questions, asked of its parts directly."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from controller.desk import Choice
from controller.errors import Unavailable
from controller.ports import Actor, JournalEntry
from controller.scenarios.stage import NOBODY, Stage, Stood, Things, Unfair
from controller.virtual.store import VirtualStore
from profiles.plan import Plan
from profiles.scene import Sense


def staged(store: Stage | VirtualStore) -> Stage:
    """The store on its stage; a stage as it is."""
    return VirtualStage(store) if isinstance(store, VirtualStore) else store


class VirtualStage:
    """`Stage` over a `VirtualStore`. It keeps nothing of its own, so that it can be made anew for each question."""

    grace_s = 0.0

    def __init__(self, store: VirtualStore) -> None:
        """Over a store that was started."""
        self._store = store

    # -- what happens to things

    def mishap(self, verb: Callable[[Things], None]) -> None:
        """Something happens to the devices."""
        self._store.mishap(verb)

    def cut_broker(self, forgetful: bool) -> None:
        """The broker goes down."""
        self._store.cut_broker(forgetful)

    def restore_broker(self) -> None:
        """The broker is back."""
        self._store.restore_broker()

    def disturb(self, unfair: Unfair) -> None:
        """As `controller.virtual.line` does it."""
        self._store.disturb_line(unfair.losses, unfair.repeats, unfair.swaps)

    def set_clock(self, by: timedelta) -> None:
        """Somebody sets the wall clock."""
        self._store.set_clock(by)

    def start_controller(self) -> None:
        """A new engine on the same memory."""
        self._store.start_controller()

    def kill_controller(self) -> None:
        """Nothing is said, nothing is saved."""
        self._store.kill_controller()

    # -- what people do

    def press(self, choice: Choice, zones: tuple[str, ...] | None, end: str, by: Actor) -> None:
        """Press."""
        self._asked().press(choice, zones, end, by)

    def nudge(self, zone: str, complaint: str, by: Actor) -> None:
        """A complaint."""
        self._asked().planning.nudge(zone, complaint, by)

    def announce(self, announcement: str, zones: Sequence[str] | None, by: Actor) -> None:
        """Have it said."""
        self._asked().announcements.announce(announcement, zones, by)

    def undo(self, by: Actor) -> None:
        """Take the last press back."""
        self._asked().planning.undo(None, by)

    def stop(self, zones: tuple[str, ...] | None, senses: tuple[Sense, ...], by: Actor) -> None:
        """The big red button."""
        self._asked().stop(zones, senses, by)

    def resume(self, by: Actor) -> None:
        """End every stop."""
        self._asked().planning.resume(None, by)

    def publish(self, plan: Plan, by: Actor) -> None:
        """A new version of the plan."""
        self._asked().publish(plan, by)

    def _asked(self) -> VirtualStore:
        if not self._store.running:
            raise Unavailable(NOBODY)
        return self._store

    # -- what is so

    def plan(self) -> Plan:
        """The plan in force."""
        version = self._store.memory.plan_in_force()
        assert version is not None  # noqa: S101 - a virtual store begins with a plan
        return version.plan

    def truth(self) -> Mapping[str, dict[str, object]]:
        """What the hardware does."""
        return self._store.world.truth()

    def wrong(self, but_for: Iterable[str] = ()) -> Mapping[str, tuple[str, ...]]:
        """As the store finds it."""
        return self._store.wrong(but_for)

    def mood(self, zone: str) -> str:
        """As the overview has it."""
        return self._store.overview.zone(zone).what

    def stood(self, device: str) -> Stood:
        """As engine and overview have it."""
        sight = self._store.engine.sight().devices[device]
        shown = next(d for d in self._store.overview.devices() if d.id == device)
        return Stood(shown.standing, sight.online, sight.alarm, sight.yielding_until is not None)

    def held(self, zone: str) -> frozenset[Sense]:
        """As the engine has it."""
        return frozenset(hold.sense for hold in self._store.engine.sight().zones[zone].holds)

    def stopped_by(self) -> tuple[str, ...]:
        """As the overview has it."""
        return tuple(stop.by for stop in self._store.overview.stops())

    def entries(self) -> int:
        """How far the journal has come."""
        return self._store.memory.chain_head()[0]

    def recorded(self, after: int = 0) -> list[JournalEntry]:
        """What the journal says."""
        found: list[JournalEntry] = []
        while page := self._store.memory.journal(found[-1].number if found else after, 5000):
            found += page
        return found

    def orders(self) -> Mapping[str, int]:
        """What went over the line."""
        return self._store.record.by_topic

    def digest(self) -> str:
        """Of every message and the journal."""
        return self._store.digest()

    # -- time

    def true_time(self) -> datetime:
        """The virtual clock's."""
        return self._store.clock.true_time()

    def monotonic(self) -> float:
        """The virtual clock's."""
        return self._store.clock.monotonic()

    def settle(self) -> None:
        """Every verb of a virtual store has settled already."""

    def instants(self, seconds: float) -> Iterator[None]:
        """From due instant to due instant."""
        return self._store.instants(seconds)

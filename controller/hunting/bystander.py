"""What somebody knows who stands in the shop and reads along: the plan, what people chose, how the hardware is.

All watches ask this one. It reads the memory and the hardware and nothing that the engine believes; what should be felt
it works out plainly (`plainly.py`). It is brought up to the instant once, before the watches look.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from controller.hunting.plainly import Chosen, Felt, Plainly, stopped
from controller.hunting.troubles import Troubles
from controller.scenarios.model import Step
from controller.scenarios.reading import Play
from controller.virtual.store import VirtualStore
from devices.messages import Message, stop_topic
from profiles.layers import Rank
from profiles.places import InstalledDevice
from profiles.plan import Override, Plan, Stop

_LOOK_BACK = timedelta(days=800)


@dataclass(frozen=True, slots=True)
class Turn:
    """Why zones may feel different from now on: `people` chose, the plan's `time` came, a `quiet` hour came or went,
    another `plan` is in force.
    """

    people: bool = False
    time: bool = False
    quiet: bool = False
    plan: bool = False


class Bystander:
    """Follows one store. `look` first, then ask."""

    def __init__(self, store: VirtualStore, play: Play) -> None:
        """Begin with a store that has just been started for `play`."""
        self.store = store
        self._take_plan()
        asked = [d.id for d in self.plan.devices if d.dialect != "native"]
        self.troubles = Troubles((d.id for d in self.plan.devices), asked)
        #: What each device was made to know: of another fragrance or source it knows nothing.
        self.sources = frozenset(s.id for s in play.plan.sources)
        every = tuple(f.id for f in play.plan.fragrances)
        self.fragrances = {d.id: frozenset(d.fragrances or every) for d in play.plan.devices}
        self.now = store.clock.monotonic()
        self.wall: datetime = store.clock.now()
        self._looked = self.wall
        self.truth: Mapping[str, Mapping[str, object]] = {}
        #: Overrides in the order in which they were pressed, those that ended too; the stops in force.
        self.overrides: dict[str, Override] = {}
        self.stops: dict[str, Stop] = {}
        self._stop_topic = stop_topic(play.plan.store.id)
        self._stops_said: Message | None = None
        self.felt: dict[str, Felt] = {}
        #: Why zones may have changed since the last look; None: for no reason at all.
        self.turn: Turn | None = Turn(plan=True)
        self._next_turn = 0.0
        self._wanted: list[float] = []
        self._people = self._replanned = True
        self._clock = False
        self.read_choices()

    # ── brought up to the instant ───────────────────────────────────────────────────

    def happened(self, step: Step, refused: str) -> None:
        """A step was acted on."""
        self.now, self.wall = self.store.clock.monotonic(), self.store.clock.now()
        self.troubles.happened(step, self.now)
        if step.publish is not None and not refused:
            self._take_plan()
            self._replanned = True
        if step.verb in ("press", "nudge", "undo", "stop", "resume"):
            self.read_choices()
        if step.clock is not None:
            self._clock = True  # another part of the plan holds, and other choices are alive

    def look(self) -> None:
        """Bring everything up to this instant."""
        before, self._looked = self._looked, self.store.clock.now()
        self.now, self.wall = self.store.clock.monotonic(), self.store.clock.now()
        self.truth = self.store.world.truth()
        self._wanted.clear()
        self._hear_stops()
        self._feel(before)
        self.wants_to_look(self.now + self._next_turn - self.wall.timestamp())

    def read_choices(self) -> None:
        """What people chose, as the memory has it now."""
        live = self.store.memory.live(min(self.wall, self.store.clock.true_time()) - _LOOK_BACK)
        for override in live.overrides:
            self.overrides[override.id] = override
        self.stops = {stop.id: stop for stop in live.stops if stop.ended is None}
        self._people = True

    def alive(self, zone: str) -> Iterator[Override]:
        """The overrides of a zone that have neither ended nor been taken back, weakest first.

        The newer press is the stronger, whatever a clock that was set back has stamped on it, and of one instant the
        id decides (rule 5).
        """
        here = [o for o in self.overrides.values() if o.zone == zone and o.ended is None and o.end > self.wall]
        for _, of_one_instant in groupby(here, key=lambda o: o.start):
            yield from sorted(of_one_instant, key=lambda o: o.id)

    def stopping(self, zone: str) -> Iterator[Stop]:
        """The stops in force in a zone, by a person's word alone."""
        for stop in self.stops.values():
            if stop.zones is None or zone in stop.zones:
                yield stop

    def choices(self, zone: str) -> list[Chosen]:
        """Both as layers, weakest first."""
        found = [Chosen(Rank.OVERRIDE, o.id, o.scene.settings()) for o in self.alive(zone)]
        return found + [Chosen(Rank.STOP, s.id, stopped(s.senses)) for s in self.stopping(zone)]

    def devices(self, kind: str = "") -> Iterator[InstalledDevice]:
        """The devices of the plan that are really there."""
        truth = self.truth
        for device in self.plan.devices:
            if (not kind or device.kind == kind) and device.id in truth:
                yield device

    def trusted(self) -> bool:
        """Whether the store believes its clock. Asked of the engine, and only where somebody has set the clock."""
        return not self.troubles.clock_was_set or self.store.engine.sight().time_trusted

    # ── within ──────────────────────────────────────────────────────────────────────

    def _take_plan(self) -> None:
        version = self.store.memory.plan_in_force()
        assert version is not None  # noqa: S101 - a virtual store begins with a plan
        self.plan: Plan = version.plan
        self.plainly = Plainly(version.plan)

    def _hear_stops(self) -> None:
        """A stop that a contact raised, or that was found, is said on the wire: then the memory is read again."""
        said = self.store.world.broker.retained.get(self._stop_topic)
        if said is not self._stops_said:
            self._stops_said = said
            self.read_choices()

    def _feel(self, before: datetime) -> None:
        at = self.wall.timestamp()
        time, clock = at >= self._next_turn or self._clock, self._clock or self.wall < before
        if not (time or self._people or self._replanned or clock):
            self.turn = None
            return
        ends = [o.end.timestamp() for z in self.plan.zones for o in self.alive(z.id)]
        self.felt = {z.id: self.plainly.felt(z.id, at, self.choices(z.id)) for z in self.plan.zones}
        self.turn = Turn(self._people, time, clock or self.plainly.quiet_edge(before.timestamp(), at),
                         self._replanned)
        self._next_turn = min((self.plainly.turns(z.id, at) for z in self.plan.zones), default=at + 86_400)
        self._next_turn = min([self._next_turn, *(end for end in ends if end > at)])
        self._people = self._replanned = self._clock = False

    def wants_to_look(self, at: float) -> None:
        """Somebody wants to look at a steady instant, whether or not anything happens then. Asked anew at each look."""
        if at > self.now:
            self._wanted.append(at)

    def glance(self) -> None:
        """Tell the store when to stop by next. After all have looked."""
        self.store.glance_at = min(self._wanted, default=None)

"""`StoreOverview`: what people see of a store. The door `desk.Overview`, opened; the parts are in `showing`.

Every answer is made from one look at the engine, so that its parts agree. A look is kept for a second or until the
engine has news, because a page asks ten questions in a row and a look at 1,000 devices is not free. Nothing here waits
for a device or a broker.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from controller.choosing import guardrail_of
from controller.ends import ends_offered
from controller.errors import NotFound
from controller.health import HealthShown
from controller.hq.link.doors import BelongingShown
from controller.ports import Actor, Clock, Memory, PlanVersion
from controller.shapes import (
    DeviceShown,
    EndShown,
    Explained,
    MoodShown,
    PressShown,
    SegmentShown,
    StopShown,
    StoreShown,
    ZoneShown,
)
from controller.showing.devices import device_shown, stranger_shown
from controller.showing.head import (
    Opening,
    health_shown,
    opening_at,
    presses_shown,
    stops_shown,
    store_shown,
    store_without_plan,
)
from controller.showing.instants import OtherInstants, Question, Standpoint
from controller.showing.leading import Foresight, Ground, ground_of
from controller.showing.moods import moods_shown
from controller.showing.standing import Seen, device_standing
from controller.showing.week import checked_span
from controller.showing.zones import not_looked_at, zone_shown
from controller.store.intake import Woken
from controller.store.sight import EngineSight
from controller.turning import Turning
from controller.walltime import Wall
from profiles.places import Zone
from profiles.resolve import resolve
from profiles.scene import Sense
from profiles.text import language, t

#: A look at the engine is used again for so long, unless there is news.
LOOK_S = 1.0
#: The engine is asked for a sign of life at most this often, and given so long to answer.
PROBE_EVERY_S, PROBE_S = 5.0, 2.0
#: Least time between two revisions of a stream: at most five a second.
STREAM_GAP_S = 0.2


@dataclass(frozen=True)
class Look:
    """One look at the engine, and what was made from it."""

    sight: EngineSight
    taken_at: float
    zones: dict[str, list[ZoneShown]] = field(default_factory=dict)

    @cached_property
    def seen(self) -> dict[str, Seen]:
        """Every device and how it stands."""
        sight = self.sight
        return {device: Seen(one, device_standing(one, sight.connected)) for device, one in sight.devices.items()}

    @cached_property
    def by_zone(self) -> dict[str, list[Seen]]:
        """The devices that serve each zone."""
        found: dict[str, list[Seen]] = {}
        for seen in self.seen.values():
            for zone in seen.sight.device.zones:
                found.setdefault(zone, []).append(seen)
        return found

    @cached_property
    def ground(self) -> Ground | None:
        """What sentences rest on; None before the first plan."""
        version = self.sight.plan
        return None if version is None else ground_of(
            version.plan, self.sight.live, self.sight.at, self.sight.time_trusted)


class StoreOverview:
    """The read side of one store, whose engine runs in this process. Safe to ask from several threads."""

    def __init__(
        self, memory: Memory, engine: Turning, clock: Clock, hq: Callable[[], BelongingShown | None] = lambda: None,
    ) -> None:
        """Everything is given, nothing is started. `hq`: to whom the store belongs."""
        self._memory, self._engine, self._clock, self._hq = memory, engine, clock, hq
        self._looking, self._probing = threading.Lock(), threading.Lock()
        self._last: Look | None = None
        self._foresight = Foresight()
        self._instants = OtherInstants(memory)
        self._opening: tuple[str, Opening] | None = None
        self._probed_at = self._turned_at = clock.monotonic() - 2 * PROBE_EVERY_S

    # ── now ─────────────────────────────────────────────────────────────────────────

    def store(self) -> StoreShown:
        """The head of every page."""
        look = self._look()
        if look.ground is None:
            return store_without_plan("", look.sight, Wall(ZoneInfo("UTC"), look.sight.at))
        found = store_shown(look.sight, self._zones(look), look.seen, look.ground, self._opening_at(look.ground))
        return replace(found, hq=self._hq())

    def zones(self) -> list[ZoneShown]:
        """Every zone, in the order of the plan; none before the first plan."""
        return list(self._zones(self._look()))

    def zone(self, zone: str) -> ZoneShown:
        """One zone. Raises NotFound."""
        for shown in self._zones(self._look()):
            if shown.id == zone:
                return shown
        raise NotFound(_no_zone(zone))

    def moods(self, zone: str, actor: Actor) -> list[MoodShown]:
        """What this person may press in this zone; nothing for viewers. Raises NotFound."""
        look = self._look()
        place, ground = _zone_of(look, zone)
        sight = look.sight.zones.get(zone)
        resolution = resolve(ground.plan, ground.live, zone, ground.wall.now) if sight is None else sight.resolution
        return moods_shown(place, resolution, actor.person, ground)

    def ends(self, zone: str, actor: Actor) -> list[EndShown]:
        """How long a press may last here and now. Raises NotFound."""
        _, ground = _zone_of(self._look(), zone)
        return ends_offered(ground.plan, zone, self._clock.now(), guardrail_of(ground.plan, actor.person))

    def devices(self) -> list[DeviceShown]:
        """Every device of the plan, then those seen on the wire that are not in it, the newest first."""
        look = self._look()
        wall = Wall(ZoneInfo("UTC"), look.sight.at) if look.ground is None else look.ground.wall
        planned = () if look.ground is None else look.ground.plan.devices
        strangers = sorted(look.sight.unknown.items(), key=lambda one: (one[1], one[0]), reverse=True)
        return [device_shown(installed, look.seen.get(installed.id), wall) for installed in planned] + [
            stranger_shown(device, seen, wall) for device, seen in strangers]

    def stops(self) -> list[StopShown]:
        """Stops in force."""
        return stops_shown(self._look().sight)

    def presses(self) -> list[PressShown]:
        """Presses that are alive, newest first."""
        ground = self._look().ground
        return [] if ground is None else presses_shown(ground)

    def plan(self) -> PlanVersion | None:
        """The plan in force."""
        return self._memory.plan_in_force()

    # ── other instants ──────────────────────────────────────────────────────────────

    def timeline(self, start: datetime, end: datetime, zone: str | None = None) -> list[SegmentShown]:
        """What each zone was, is or will be in [start, end): at most 35 days, or 13 months of one zone.

        The past is told by the plan that was in force then, and by the choices and stops of then. Raises Refused,
        NotFound.
        """
        start, end = checked_span(start, end, zone is not None)
        look = self._look()
        ground, version = look.ground, look.sight.plan
        if ground is None or version is None:
            return []
        wanted = [place.id for place in ground.plan.zones] if zone is None else [_zone_of(look, zone)[0].id]
        holds = {shown.id: shown.holds for shown in self._zones(look)}
        here = Standpoint(version, look.sight.live, look.sight.at)
        return self._instants.timeline(here, wanted, start, end, holds=holds)

    def explain(
        self, zone: str, at: datetime, without: str | None = None, sense: Sense | None = None
    ) -> Explained:
        """Why a zone is as it was, is or will be; for the past, what was recorded as well. Raises NotFound, Refused."""
        look = self._look()
        if look.sight.plan is None:
            raise NotFound(_no_zone(zone))
        shown = next((s for s in self._zones(look) if s.id == zone), None)
        here = Standpoint(look.sight.plan, look.sight.live, look.sight.at)
        return self._instants.explain(here, Question(zone, at, without, sense), () if shown is None else shown.holds)

    def gaps(self, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
        """Stretches of [start, end), up to now, in which the store was not running. Raises Refused."""
        start, end = checked_span(start, end)
        return self._instants.gaps(start, end, self._look().sight.at)

    # ── for machines ────────────────────────────────────────────────────────────────

    def health(self) -> HealthShown:
        """For a supervisor and for metrics. Waits for the engine at most two seconds, and only if it hangs."""
        turns = self._probe()
        look = self._look() if turns or self._last is None else self._last
        age_s = look.sight.turned_s_ago if turns else self._clock.monotonic() - self._turned_at
        hq = self._hq()
        return replace(health_shown(look.sight, look.seen, turns, age_s),
                       hq_connected=None if hq is None else hq.connected)

    def changes(self, after: int, timeout_s: float) -> int:
        """Wait until something shown has changed since revision `after`; the newest revision (maybe the same)."""
        return self._engine.wait_for_news(after, timeout_s)

    def stream(self, after: int) -> Iterator[int]:
        """Revisions as they come, at most five a second, until closed."""
        pause = threading.Event()
        while True:
            newest = self._engine.wait_for_news(after, 15.0)
            if newest > after:
                after = newest
                yield newest
                pause.wait(STREAM_GAP_S)

    # ── within ──────────────────────────────────────────────────────────────────────

    def _look(self) -> Look:
        """The last look, if it is fresh and nothing has happened since; else a new one."""
        with self._looking:
            now, last = self._clock.monotonic(), self._last
            if last is None or self._engine.revision != last.sight.revision or not 0 <= now - last.taken_at < LOOK_S:
                last = self._last = Look(self._engine.sight(), now)
            return last

    def _zones(self, look: Look) -> list[ZoneShown]:
        ground = look.ground
        if ground is None:
            return []
        if language() not in look.zones:
            look.zones[language()] = [self._zone(zone, look, ground) for zone in ground.plan.zones]
        return look.zones[language()]

    def _zone(self, zone: Zone, look: Look, ground: Ground) -> ZoneShown:
        sight = look.sight.zones.get(zone.id)
        if sight is None:
            return not_looked_at(zone)
        return zone_shown(zone, sight, look.by_zone.get(zone.id, []), ground, self._foresight)

    def _opening_at(self, ground: Ground) -> Opening:
        known, now = self._opening, ground.wall.now
        if known is None or known[0] != ground.plan.digest or not known[1].holds(now):
            known = self._opening = (ground.plan.digest, opening_at(ground.plan, now))
        return known[1]

    def _probe(self) -> bool:
        """Whether the engine deals with what it is told: asked at most every five seconds, and by one thread."""
        with self._probing:
            now = self._clock.monotonic()
            if now - self._probed_at >= PROBE_EVERY_S:
                self._probed_at = now
                if self._engine.tell(Woken(), PROBE_S):
                    self._turned_at = self._clock.monotonic()
            return self._turned_at >= self._probed_at


def _zone_of(look: Look, zone: str) -> tuple[Zone, Ground]:
    if look.ground is not None:
        for place in look.ground.plan.zones:
            if place.id == zone:
                return place, look.ground
    raise NotFound(_no_zone(zone))


def _no_zone(zone: str) -> str:
    return t("There is no zone {zone} in this store.", zone=zone[:63])

"""The head of every page and the word to a supervisor: opening, the one sentence, troubles, health."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from controller.health import HealthShown
from controller.masks import quieted
from controller.shapes import PressShown, Standing, StopShown, StoreShown, ZoneShown
from controller.showing.leading import Ground
from controller.showing.standing import Seen
from controller.store.sight import EngineSight
from controller.walltime import Wall
from controller.wording import (
    broker_away,
    guardrail_words,
    no_plan,
    opening_words,
    pressed,
    stop_sentence,
    time_doubted,
    where_words,
    zones_sentence,
)
from controller.wording_values import sentence_case
from devices.device import Kind
from profiles.compiled import compiled
from profiles.limits import Clamp
from profiles.plan import Override, Plan, Stop
from profiles.text import t

#: How far ahead the next opening or closing is looked for, at most.
_AHEAD = (timedelta(days=8), timedelta(days=60), timedelta(days=400))


@dataclass(frozen=True, slots=True)
class Opening:
    """Whether a store is open from `since` until `change` (None: for longer than anybody looks ahead)."""

    open: bool
    since: datetime
    change: datetime | None

    def holds(self, now: datetime) -> bool:
        """Whether this still is the answer at `now`; without a change it is looked at again after a day."""
        return self.since <= now < (self.change or self.since + timedelta(days=1))


def opening_at(plan: Plan, now: datetime) -> Opening:
    """Whether the store is open at `now`, and until when. Breaks count: a shop at lunch is closed."""
    hours = compiled(plan).hours
    if hours.always_open:
        return Opening(True, now, None)
    is_open = False
    for ahead in _AHEAD:
        found = hours.intervals(now, now + ahead)
        is_open = bool(found) and found[0].start == now
        change = None if not found else found[0].end if is_open else found[0].start
        if change is not None and change < now + ahead:
            return Opening(is_open, now, change)
    return Opening(is_open, now, None)


def store_shown(
    sight: EngineSight, zones: Sequence[ZoneShown], seen: Mapping[str, Seen], ground: Ground, opening: Opening
) -> StoreShown:
    """The head of every page."""
    store, plan = ground.plan.store, sight.plan
    return StoreShown(
        id=store.id, name=store.name, timezone=store.timezone, now=sight.at.astimezone(ground.wall.zone),
        opening_words=opening_words(opening.open, opening.change, ground.wall),
        open_until=opening.change if opening.open else None, sentence=_sentence(sight, zones, ground),
        plan_version=None if plan is None else plan.version, plan_digest=None if plan is None else plan.digest,
        broker_connected=sight.connected, time_trusted=sight.time_trusted, troubles=_troubles(sight, seen, ground))


def store_without_plan(store: str, sight: EngineSight, wall: Wall) -> StoreShown:
    """Before the first plan there is hardly anything to show."""
    return StoreShown(
        id=store, name=store, timezone=str(wall.zone), now=sight.at, opening_words="", open_until=None,
        sentence=no_plan(), plan_version=None, plan_digest=None, broker_connected=sight.connected,
        time_trusted=sight.time_trusted, troubles=sight.troubles)


def in_force(sight: EngineSight) -> list[Stop]:
    """The stops that nobody has ended: by a person's word alone, whatever a clock that was set back says."""
    return [s for s in sight.live.stops if s.ended is None]


def stops_shown(sight: EngineSight) -> list[StopShown]:
    """Stops in force."""
    return [StopShown(s.id, s.zones, s.senses, s.by, s.reason, s.since) for s in in_force(sight)]


def presses_shown(ground: Ground) -> list[PressShown]:
    """Presses that are alive, newest first. `end`: the first instant at which one of its zones is released."""
    now = ground.wall.now
    by_press: dict[str, list[Override]] = {}
    for override in ground.live.overrides:
        if override.start <= now < override.over():
            by_press.setdefault(override.press, []).append(override)
    newest_first = sorted(by_press.values(), key=lambda mine: (mine[0].start, mine[0].press), reverse=True)
    return [_press(mine, ground) for mine in newest_first]


def health_shown(sight: EngineSight, seen: Mapping[str, Seen], turns: bool, age_s: float) -> HealthShown:
    """For a supervisor. `turns`: whether the engine has just dealt with something; `age_s`: since when it has not."""
    standings = [one.standing for one in seen.values()]
    if not turns:
        sentence = t("The engine does not turn: nothing is sent to the devices. Start the store again.")
    elif not sight.connected:
        sentence = t("The broker is out of reach: {words}", words=sight.broker_words)
    else:
        sentence = sight.troubles[0] if sight.troubles else t("The store runs.")
    return HealthShown(
        ok=turns and sight.connected and not sight.troubles, alive=turns, sentence=sentence,
        broker_connected=sight.connected,
        engine_age_s=round(age_s, 1), devices=len(seen),
        converged=sum(1 for one in seen.values() if one.sight.converged),
        lost=standings.count(Standing.LOST), alarms=standings.count(Standing.ALARM),
        orders_sent=sight.counters.orders, reports_taken=sight.counters.reports, malformed=sight.counters.malformed,
        retries=sight.counters.retries, uptime_s=round(sight.uptime_s, 1))


def _sentence(sight: EngineSight, zones: Sequence[ZoneShown], ground: Ground) -> str:
    """What matters most: a stop, a broker that is away, a clock that is wrong; else how the zones stand."""
    names = {zone.id: zone.name for zone in ground.plan.zones}
    stops = in_force(sight)
    said = [stop_sentence(s, [names.get(z, z) for z in s.zones or ()], ground.wall) for s in stops]
    if not sight.connected:
        said.append(broker_away())
    if not sight.time_trusted:
        said.append(time_doubted())
    if not said:
        return zones_sentence([zone.standing for zone in zones], zones[0].name)
    return " ".join(said)


def _troubles(sight: EngineSight, seen: Mapping[str, Seen], ground: Ground) -> tuple[str, ...]:
    """What is wrong with the whole: the disk, the broker's own words, a fire contact that is not heard."""
    found = list(sight.troubles)
    if not sight.connected and sight.broker_words:
        found.append(sight.broker_words)
    names = {d.id: d.name or d.id for d in ground.plan.devices if d.kind == Kind.CONTACT.value}
    if sight.connected:
        found += [t("The alarm contact {name} is out of reach.", name=name) for device, name in names.items()
                  if device not in seen or seen[device].standing is Standing.LOST]
    return tuple(found)


def _press(mine: Sequence[Override], ground: Ground) -> PressShown:
    first = mine[0]
    names = {zone.id: zone.name for zone in ground.plan.zones}
    zones = tuple(o.zone for o in mine)
    where = where_words([names.get(z, z) for z in zones], len(zones) == len(names) > 1)
    ends = [o.over() for o in mine]
    limits: dict[str, None] = {}
    for override in mine:
        given = override.scene.settings()
        for field, asked in override.asked.settings().items() if override.asked is not None else ():
            if field in given and given[field] != asked:
                words = guardrail_words(field, Clamp("guardrail", asked, given[field]), override.person, ground.names)
                limits[sentence_case(words)] = None
    said = pressed(first.name, where, ends, ground.wall)
    return PressShown(first.press, first.name, zones, min(ends), first.by,
                      quieted(said, ground.plan, ground.live, mine, ground.wall.now), tuple(limits))

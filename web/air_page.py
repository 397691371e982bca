"""What the public page *In the air* shows: fragrances with their allergens by zone, and the published quiet hours.

Only what a customer may know: names of zones where customers come, what may be diffused there within the week, and
what is being diffused now as far as devices report it. No mood, no person, no plan, no device.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from controller.desk import Overview
from controller.doors import Calendar, QuietHourShown
from controller.shapes import Standing, StoreShown, ZoneShown
from controller.walltime import Wall
from controller.wording_values import listed
from profiles.places import Zone
from profiles.plan import Fragrance, Live, Plan
from profiles.profile import ZoneKind
from profiles.scene import Diffusion, Field, Setting
from profiles.text import language
from profiles.timeline import timeline
from web.wall import wall_of

#: How far ahead a fragrance of the plan counts as in use.
AHEAD = timedelta(days=7)
#: How long what was looked up is shown again: many visitors cost as much as one.
KEPT_S = 60.0
#: So many of the next times of a quiet hour are told.
_TIMES = 3
#: Where customers do not come.
_HIDDEN = frozenset({ZoneKind.BACK_OF_HOUSE})


@dataclass(frozen=True, slots=True)
class Scented:
    """A fragrance and where it may be: `now`: in some zone a device reports it."""

    name: str
    allergens: tuple[str, ...]
    zones: tuple[str, ...]
    now: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class QuietTold:
    """A quiet hour as customers are told of it."""

    name: str
    words: str
    where: str
    times: tuple[str, ...]
    kept_pct: int | None
    measured: int


@dataclass(frozen=True, slots=True)
class Air:
    """Everything of the page. `never`: zones without scent at all times, `unscented`: within a week.

    `quiet`: None where quiet hours are not known of.
    """

    store: StoreShown
    wall: Wall
    scented: tuple[Scented, ...]
    never: tuple[str, ...]
    unscented: tuple[str, ...]
    quiet: tuple[QuietTold, ...] | None


@dataclass(slots=True)
class Board:
    """Keeps what was looked up for a minute, by language. Safe to ask from several threads."""

    _known: dict[str, tuple[float, Air]] = field(default_factory=dict)

    def look(self, overview: Overview, calendar: Calendar | None) -> Air:
        """The page as of now, or of less than a minute ago."""
        found = self._known.get(language())
        if found is None or time.monotonic() - found[0] > KEPT_S:
            found = self._known[language()] = (time.monotonic(), air(overview, calendar))
        return found[1]


def air(overview: Overview, calendar: Calendar | None) -> Air:
    """What is in the air, and when it is quiet."""
    store, version = overview.store(), overview.plan()
    wall = wall_of(store)
    if version is None:
        return Air(store, wall, (), (), (), None)
    plan = version.plan
    open_to_all = [zone for zone in plan.zones if zone.kind not in _HIDDEN]
    shown = {zone.id: zone for zone in overview.zones()}
    here = {zone.id: _fragrances(plan, zone, shown.get(zone.id), wall) for zone in open_to_all}
    scented = tuple(_scented(fragrance, open_to_all, here, shown) for fragrance in plan.fragrances
                    if any(fragrance.id in found for found in here.values()))
    never = tuple(zone.name for zone in open_to_all if not here[zone.id] and _never(plan, zone))
    without = tuple(zone.name for zone in open_to_all if not here[zone.id] and not _never(plan, zone))
    names = {zone.id: zone.name for zone in open_to_all}
    quiet = None
    if calendar is not None:
        quiet = tuple(_quiet(each, names, len(plan.zones), wall) for each in calendar.quiet_hours())
    return Air(store, wall, scented, never, without, quiet)


def _never(plan: Plan, zone: Zone) -> bool:
    return zone.is_scent_free or not plan.store.scent_consent


def _fragrances(plan: Plan, zone: Zone, shown: ZoneShown | None, wall: Wall) -> set[str]:
    """What the plan brings within the week, and what is or should be diffused now by anybody's choice."""
    found = {_diffused(values) for values in _planned(plan, zone, wall)}
    if shown is not None:
        found |= {_diffused(shown.desired), _reported(shown)}
    return {fragrance for fragrance in found if fragrance is not None}


def _planned(plan: Plan, zone: Zone, wall: Wall) -> Iterable[Mapping[str, Setting]]:
    for segment in timeline(plan, Live(), zone.id, wall.now, wall.now + AHEAD):
        yield {each.value: resolved.value for each, resolved in segment.resolution.fields.items()}


def _diffused(values: Mapping[str, Setting]) -> str | None:
    """The fragrance that these values diffuse, if they do."""
    diffusion = values.get(Field.SCENT_DIFFUSION.value)
    on = values.get(Field.SCENT_ON.value) is True
    return diffusion.fragrance if on and isinstance(diffusion, Diffusion) and diffusion.intensity_pct > 0 else None


def _reported(zone: ZoneShown) -> str | None:
    """The fragrance that devices of a zone in reach say they diffuse."""
    return None if zone.standing is Standing.LOST else _diffused(zone.reported)


def _scented(
    fragrance: Fragrance, zones: Iterable[Zone], here: Mapping[str, set[str]], shown: Mapping[str, ZoneShown]
) -> Scented:
    mine = [zone for zone in zones if fragrance.id in here[zone.id]]
    now = [zone.name for zone in mine if zone.id in shown and _reported(shown[zone.id]) == fragrance.id]
    return Scented(fragrance.name, fragrance.allergens, tuple(zone.name for zone in mine), tuple(now))


def _quiet(each: QuietHourShown, names: Mapping[str, str], count: int, wall: Wall) -> QuietTold:
    mine = [names[zone] for zone in each.zones if zone in names]
    where = "" if len(each.zones) in (0, count) or len(mine) == len(names) else listed(mine)
    times = tuple(f"{wall.soon(start)}–{end.astimezone(wall.zone):%H:%M}" for start, end in each.next[:_TIMES])
    kept = round(each.kept_pct) if each.kept_pct is not None and each.measured else None
    return QuietTold(each.name, each.words, where, times, kept, each.measured)

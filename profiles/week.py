"""The weeks of a plan for `check`: the windows of its dayparts over 13 months, as far as they can be read.

Worked out from the dayparts alone, without compiling the plan, because a plan with errors cannot be compiled.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from profiles.compiled import FLOOR_MARGIN, HORIZON
from profiles.finding import Finding, error, quoted, warning
from profiles.hours import Hours
from profiles.place import Place
from profiles.places import Zone
from profiles.plan import Plan
from profiles.scene import Field, Setting
from profiles.sentences import findings_of, in_column
from profiles.when import When, WhenError

#: A window of a daypart: start and end in seconds since 1970, and the daypart's number in the plan.
Window = tuple[float, float, int]
#: No daypart: the zone's default holds.
NONE = -1
#: So many different sets of dayparts are kept in order; zones of a real store share a few.
_SETS_KEPT = 16
_YEAR = re.compile(r"\b(?:19|20)\d{2}\b")
_FIRST_YEAR = 2026
#: What `Place` calls the fields of a store.
_PLACE_FIELDS = {f"store{part}": "store.coordinates" for part in ("", ".latitude", ".longitude")}


@dataclass(slots=True)
class Week:
    """The windows of a plan in [start, end), as far as they can be read, and what each zone gets from each daypart."""

    plan: Plan
    start: float
    end: float
    tz: ZoneInfo
    floors: list[tuple[float, float]] = field(default_factory=list)
    windows: dict[int, list[Window]] = field(default_factory=dict)
    _settings: dict[tuple[str, int], dict[Field, Setting]] = field(default_factory=dict)
    _in_order: dict[tuple[int, ...], list[Window]] = field(default_factory=dict)

    def dayparts_of(self, zone: Zone) -> tuple[int, ...]:
        """The numbers of the readable dayparts that are for `zone`."""
        return tuple(n for n in self.windows if (zones := self.plan.dayparts[n].zones) is None or zone.id in zones)

    def in_order(self, dayparts: tuple[int, ...]) -> list[Window]:
        """All windows of these dayparts by their start; kept, since zones mostly share their dayparts."""
        if dayparts not in self._in_order:
            if len(self._in_order) >= _SETS_KEPT:
                self._in_order.clear()
            self._in_order[dayparts] = sorted(w for n in dayparts for w in self.windows[n])
        return self._in_order[dayparts]

    def segments(self, zone: Zone) -> Iterator[Window]:
        """The whole time without gaps: each window of `zone`, and between them the default (`NONE`)."""
        at = self.start
        for start, end, number in self.in_order(self.dayparts_of(zone)):
            if start > at:
                yield at, start, NONE
            if end > at:
                yield max(start, at), end, number
                at = end
        if at < self.end:
            yield at, self.end, NONE

    def settings(self, zone: Zone, number: int) -> dict[Field, Setting]:
        """What `zone` gets in a daypart, before limits: the default with the profile over it."""
        key = zone.id, number
        if key not in self._settings:
            found = zone.default.settings()
            if number != NONE:
                wanted = self.plan.dayparts[number].profile
                if wanted in self.plan.moods:
                    found.update(self.plan.moods[wanted].settings_for(zone.kind))
            self._settings[key] = found
        return self._settings[key]

    def local(self, instant: float) -> str:
        """An instant as people in the store say it."""
        there = datetime.fromtimestamp(instant, self.tz)
        return f"{there:%a} {there.day} {there:%b %Y %H:%M}"


def read_week(plan: Plan, since: datetime | None) -> tuple[Week | None, list[Finding]]:
    """The week and what could not be read of it. `since`: where the 13 months begin (see `profiles.check.check`).

    None for a store whose place is not known: no expression has a meaning there.
    """
    try:
        place = plan.store.place
    except ValidationError as broken:
        found = findings_of(broken, Place, ("store",))
        return None, [replace(f, field=_PLACE_FIELDS.get(f.field, f.field)) for f in found]
    start = (since or _first_named(plan)).astimezone(UTC)
    week = Week(plan, start.timestamp(), (start + HORIZON).timestamp(), place.tz)
    found = []
    hours: Hours | None = None
    try:
        hours = Hours.parse(plan.store.hours, place, plan.store.exceptions)
        week.floors = list(_floors(hours, start, week))
    except WhenError as broken:
        found.append(error("store.hours", f"{quoted(plan.store.hours)} cannot be read; {in_column(broken)}"))
    found += _read(week, place, hours, start, since is None)
    return week, found


def _first_named(plan: Plan) -> datetime:
    """Without an instant: the first of January of the earliest year that the plan's expressions name, else of 2026."""
    years = [int(year) for daypart in plan.dayparts for year in _YEAR.findall(daypart.when)]
    return datetime(min(years, default=_FIRST_YEAR), 1, 1, tzinfo=UTC)


def _read(week: Week, place: Place, hours: Hours | None, start: datetime, adrift: bool) -> Iterator[Finding]:
    for number, daypart in enumerate(week.plan.dayparts):
        if hours is None and ".." in daypart.when:
            continue
        try:
            when = When.parse(daypart.when, place, hours)
            spans = when.intervals(start, start + HORIZON)
            comes = bool(spans) or (adrift and _comes_in_its_years(when))
        except WhenError as broken:
            yield error(f"dayparts[{number}].when", f"{quoted(daypart.when)} cannot be read; {in_column(broken)}")
            continue
        week.windows[number] = [(s.timestamp(), e.timestamp(), number) for s, e in spans]
        if not comes:
            yield warning(f"dayparts[{number}].when", f"{daypart.name} never comes in the 13 months from "
                          f"{week.local(week.start)[:-6]}; look at its days and hours, or take it out.")


def _comes_in_its_years(when: When) -> bool:
    """Without an instant to count from, an expression that names years is looked at in those."""
    years = sorted({int(year) for year in _YEAR.findall(when.text)})[:20]
    return any(when.intervals(datetime(y, 1, 1, tzinfo=UTC), datetime(y, 1, 1, tzinfo=UTC) + HORIZON) for y in years)


def _floors(hours: Hours, start: datetime, week: Week) -> Iterator[tuple[float, float]]:
    """When the light floor holds: from 60 min before opening to 60 min after closing (rule 8)."""
    if hours.always_open:
        yield week.start, week.end
        return
    first, last = start.date() - timedelta(days=3), (start + HORIZON).date() + timedelta(days=1)
    for day in hours.business_days(first, last):
        yield (day.opening - FLOOR_MARGIN).timestamp(), (day.closing + FLOOR_MARGIN).timestamp()



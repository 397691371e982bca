"""The windows of a plan for `check`: when its dayparts, campaigns, quiet hours and announcements come in 13 months.

Worked out part by part, without compiling the plan, because a plan with errors cannot be compiled. What can be read is
kept, so that the rest of the plan is looked at all the same (`Week.sound`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from profiles.compiled import HORIZON, Overlay
from profiles.finding import Finding, error, quoted, warning
from profiles.hours import Hours
from profiles.instants import Span
from profiles.overlay import Campaign, QuietHour
from profiles.place import Place
from profiles.places import Zone
from profiles.plan import Daypart, Plan
from profiles.profile import Profile
from profiles.sentences import findings_of, in_column
from profiles.when import ALWAYS, Dates, When, WhenError

#: A part of the plan that has windows: `("campaigns", 3)` is the fourth campaign.
Part = tuple[str, int]
#: Start and end in seconds since 1970, half open.
Window = tuple[float, float]

_YEAR = re.compile(r"\b(?:19|20)\d{2}\b")
_FIRST_YEAR = 2026
#: What `Place` calls the fields of a store.
_PLACE_FIELDS = {f"store{part}": "store.coordinates" for part in ("", ".latitude", ".longitude")}
_Named = TypeVar("_Named", Daypart, Campaign, QuietHour, Zone, Profile)


@dataclass(slots=True)
class Week:
    """The windows of a plan in [start, end), as far as they can be read. `hours`: None where they cannot be."""

    plan: Plan
    start: float
    end: float
    tz: ZoneInfo
    hours: Hours | None = None
    whens: dict[Part, When] = field(default_factory=dict)
    windows: dict[Part, list[Window]] = field(default_factory=dict)

    def local(self, instant: float) -> str:
        """An instant as people in the store say it."""
        there = datetime.fromtimestamp(instant, self.tz)
        return f"{there:%a} {there.day} {there:%b %Y %H:%M}"

    def date(self, instant: float) -> str:
        """Its date, as people in the store say it."""
        return self.local(instant)[:-6]

    def sound(self) -> Plan | None:
        """The plan without the parts that cannot be read or name what is not there; None if nothing would be left.

        The same plan where everything can be read, so that what is compiled for the check is kept with it.
        """
        if self.hours is None:
            return None
        plan, profiles = self.plan, {profile.id for profile in self.plan.profiles}
        parts = {
            "zones": _first_of_each(plan.zones), "profiles": _first_of_each(plan.profiles),
            "dayparts": _first_of_each(
                d for n, d in enumerate(plan.dayparts) if ("dayparts", n) in self.whens and d.profile in profiles),
            "campaigns": _first_of_each(
                c for n, c in enumerate(plan.campaigns) if ("campaigns", n) in self.whens and c.profile in profiles),
            "quiet_hours": _first_of_each(
                q for n, q in enumerate(plan.quiet_hours) if ("quiet_hours", n) in self.whens)}
        if all(len(kept) == len(getattr(plan, part)) for part, kept in parts.items()):
            return plan
        return plan.changed(**parts)


def timed_parts(plan: Plan) -> Iterator[tuple[Part, Overlay]]:
    """Everything in a plan that has a *when*."""
    parts: Mapping[str, tuple[Overlay, ...]] = {
        "dayparts": plan.dayparts, "campaigns": plan.campaigns, "quiet_hours": plan.quiet_hours,
        "announcements": plan.announcements}
    for name, things in parts.items():
        for number, thing in enumerate(things):
            yield (name, number), thing


def dates_of(thing: Overlay) -> Dates:
    """The dates on which windows of a part may begin."""
    return (thing.first, thing.last) if isinstance(thing, Campaign) else ALWAYS


def read_week(
    plan: Plan, since: datetime | None, until: datetime | None = None,
) -> tuple[Week | None, list[Finding]]:
    """The week and what could not be read of it. `since`: where the 13 months begin (see `profiles.check.check`).

    `until`: an earlier end than after 13 months, for who wants to know of a few weeks only.
    None for a store whose place is not known: no expression has a meaning there.
    """
    try:
        place = plan.store.place
    except ValidationError as broken:
        found = findings_of(broken, Place, ("store",))
        return None, [replace(f, field=_PLACE_FIELDS.get(f.field, f.field)) for f in found]
    start = (since or _first_named(plan)).astimezone(UTC)
    end = start + HORIZON if until is None else min(until.astimezone(UTC), start + HORIZON)
    week = Week(plan, start.timestamp(), end.timestamp(), place.tz)
    found = []
    try:
        week.hours = Hours.parse(plan.store.hours, place, plan.store.exceptions)
    except WhenError as broken:
        found.append(error("store.hours", f"{quoted(plan.store.hours)} cannot be read; {in_column(broken)}"))
    found += _read(week, place, since is None)
    return week, found


def _first_named(plan: Plan) -> datetime:
    """Without an instant: the first of January of the earliest year that the plan's expressions name, else of 2026."""
    years = [int(year) for _, thing in timed_parts(plan) for year in _YEAR.findall(thing.when or "")]
    years += [campaign.first.year for campaign in plan.campaigns if campaign.first is not None]
    return datetime(min(max(min(years, default=_FIRST_YEAR), 1900), 2199), 1, 1, tzinfo=UTC)


def _read(week: Week, place: Place, adrift: bool) -> Iterator[Finding]:
    # Dayparts of several zones mostly have the same few expressions.
    whens: dict[str, When] = {}
    known: dict[tuple[str, Dates], list[Span]] = {}
    for part, thing in timed_parts(week.plan):
        text, at = thing.when, f"{part[0]}[{part[1]}].when"
        if text is None or (week.hours is None and ".." in text):
            continue
        try:
            when = whens[text] if text in whens else When.parse(text, place, week.hours)
            whens[text] = when
            key = text, dates_of(thing)
            spans = known[key] if key in known else when.spans(week.start, week.end, key[1])
            known[key] = spans
            comes = bool(spans) or (adrift and _comes_in_its_years(when, dates_of(thing)))
        except WhenError as broken:
            yield error(at, f"{quoted(text)} cannot be read; {in_column(broken)}")
            continue
        week.whens[part] = when
        week.windows[part] = [(max(s, week.start), min(e, week.end)) for s, e in spans]
        if not comes:
            yield warning(at, f"{thing.name} never comes in the 13 months from {week.date(week.start)}; "
                          f"{_why_not(week, thing)}")


def _why_not(week: Week, thing: Overlay) -> str:
    """What to do about a part that never comes."""
    first, last = dates_of(thing)
    if last is not None and last < datetime.fromtimestamp(week.start, week.tz).date():
        return f"it ended on {last}: take it out, or give it other dates."
    if first is not None and first > datetime.fromtimestamp(week.end, week.tz).date():
        return f"it begins on {first}: check it again when that is nearer."
    return "look at its days and hours, or take it out."


def _comes_in_its_years(when: When, dates: Dates) -> bool:
    """Without an instant to count from, an expression that names years is looked at in those."""
    years = {int(year) for year in _YEAR.findall(when.text)} | {date.year for date in dates if date is not None}
    starts = [datetime(min(year, 2199), 1, 1, tzinfo=UTC) for year in sorted(years)[:20]]
    return any(when.spans(start.timestamp(), (start + HORIZON - timedelta(1)).timestamp(), dates) for start in starts)


def _first_of_each(things: Iterable[_Named]) -> tuple[_Named, ...]:
    """Of several with one id the first, as everywhere else."""
    found: dict[str, _Named] = {}
    for thing in things:
        found.setdefault(thing.id, thing)
    return tuple(found.values())

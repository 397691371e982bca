"""What a plan does over 13 months: overlaps, dim hours while people are there, scents that follow too fast."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from profiles.air import purge_s
from profiles.check_moods import fragrance_in
from profiles.finding import Finding, error, listed, warning
from profiles.scene import Field, Setting
from profiles.week import NONE, Week, Window

#: So many overlaps are told; a plan with more is broken in one way, many times.
_PAIRS_TOLD = 50


def check_week(week: Week) -> Iterator[Finding]:
    """What can be said of the windows that could be read."""
    yield from _overlaps(week)
    yield from _below_floor(week)
    yield from _too_fast(week)


def _overlaps(week: Week) -> Iterator[Finding]:
    """Two dayparts of one zone at one time (rule 5): which of them holds would be chance."""
    first: dict[tuple[int, int], tuple[float, float]] = {}
    zones: dict[tuple[int, int], list[str]] = {}
    swept: dict[tuple[int, ...], dict[tuple[int, int], tuple[float, float]]] = {}
    for zone in week.plan.zones:
        if len(first) >= _PAIRS_TOLD:
            break
        numbers = week.dayparts_of(zone)
        if numbers not in swept:
            swept[numbers] = _swept(week.in_order(numbers))
        for pair, span in swept[numbers].items():
            first[pair] = min(first.get(pair, span), span)
            zones.setdefault(pair, []).append(zone.name)
    for (one, other), (start, end) in first.items():
        dayparts = week.plan.dayparts
        where = zones[one, other]
        names = listed(where) if len(where) <= 3 else f"{where[0]} and {len(where) - 1} other zones"
        yield error(f"dayparts[{other}].when", f"{dayparts[one].name} (dayparts[{one}]) and {dayparts[other].name} "
                    f"overlap in {names}, first from {week.local(start)} to {week.local(end)}; let one end where the "
                    "other begins.")


def _swept(windows: Iterable[Window]) -> dict[tuple[int, int], tuple[float, float]]:
    """Pairs of dayparts that meet, with their first common stretch: each is held against the one reaching furthest."""
    found: dict[tuple[int, int], tuple[float, float]] = {}
    furthest: Window | None = None
    for window in windows:
        if furthest is not None and window[0] < furthest[1]:
            one, other = sorted((furthest[2], window[2]))
            found.setdefault((one, other), (window[0], min(furthest[1], window[1])))
        if furthest is None or window[1] > furthest[1]:
            furthest = window
    return found


def _below_floor(week: Week) -> Iterator[Finding]:
    """Ambient light below the floor while the floor holds: it is raised, so the profile is not what people see."""
    floor = week.plan.limits.light_floor_pct
    dim: dict[int, list[str]] = {}
    for zone in week.plan.zones:
        if not zone.people:
            continue
        candidates = {n for n in (*week.dayparts_of(zone), NONE) if _ambient(week.settings(zone, n)) < floor}
        met: set[int] = set()
        if candidates:
            met = _meets(((s, e, n) for s, e, n in week.segments(zone) if n in candidates), week.floors)
        for number in met:
            dim.setdefault(number, []).append(zone.name)
    for number, names in sorted(dim.items()):
        if number == NONE:
            yield warning("zones", f"the default of {listed(names)} has less ambient light than the floor of {floor:g} "
                          f"% at hours when people are there and no daypart holds; {floor:g} % is given then.")
        else:
            yield warning(f"dayparts[{number}].profile", f"{week.plan.dayparts[number].name} has less ambient light "
                          f"in {listed(names)} than the floor of {floor:g} % while people are there; {floor:g} % is "
                          "given.")


def _ambient(settings: dict[Field, Setting]) -> float:
    """Ambient light in %; off counts as 0. What a default does not give is told elsewhere, and counts as enough."""
    on, value = settings.get(Field.AMBIENT_ON, True), settings.get(Field.AMBIENT_BRIGHTNESS, 100.0)
    return value if on is True and isinstance(value, float) else 0.0


def _meets(windows: Iterable[Window], floors: list[tuple[float, float]]) -> set[int]:
    """The dayparts with a window that meets one of the floor's; both are in order."""
    met: set[int] = set()
    n = 0
    for start, end, number in windows:
        while n < len(floors) and floors[n][1] <= start:
            n += 1
        if n < len(floors) and floors[n][0] < end:
            met.add(number)
    return met


def _too_fast(week: Week) -> Iterator[Finding]:
    """Scent B waits until A is gone (`domain.md`): where it waits most of its window, it hardly ever comes."""
    said: set[tuple[int, str, str]] = set()
    for zone in week.plan.zones:
        by_daypart = {n: fragrance_in(zone, week.settings(zone, n)) for n in (*week.dayparts_of(zone), NONE)}
        if len(set(by_daypart.values()) - {None}) < 2:
            continue
        purge = purge_s(zone.air_changes_per_h)
        before: tuple[float, str] | None = None
        for start, end, number, fragrance in _diffused(week.segments(zone), by_daypart):
            if before is not None and before[1] != fragrance:
                wait = purge - (start - before[0])
                key = number, before[1], fragrance
                if wait > (end - start) / 2 and key not in said:
                    said.add(key)
                    at = "zones" if number == NONE else f"dayparts[{number}].profile"
                    yield warning(at, f"{fragrance} follows {before[1]} in {zone.name} too fast, first on "
                                  f"{week.local(start)}: it waits {_minutes(wait)} for the air to clear, and its "
                                  f"window lasts {_minutes(end - start)}; use one fragrance there, or leave "
                                  "more time between.")
            before = end, fragrance


def _diffused(windows: Iterable[Window], by_daypart: dict[int, str | None]) -> Iterator[tuple[float, float, int, str]]:
    """Stretches of one fragrance: windows of the same that touch are one."""
    open_one: tuple[float, float, int, str] | None = None
    for start, end, number in windows:
        fragrance = by_daypart[number]
        if open_one is not None and (fragrance != open_one[3] or start > open_one[1]):
            yield open_one
            open_one = None
        if fragrance is not None:
            open_one = (start, end, number, fragrance) if open_one is None else (*open_one[:1], end, *open_one[2:])
    if open_one is not None:
        yield open_one


def _minutes(seconds: float) -> str:
    return f"{round(seconds / 60)} min"

"""Announcements that nobody hears, and tasks whose time never comes while their daypart or campaign holds."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from math import ceil

from profiles.compiled import belongs
from profiles.cue import Cue
from profiles.finding import Finding, listed, warning
from profiles.instants import days_after, instant, local_date
from profiles.overlay import Announcement
from profiles.plan import Plan
from profiles.week import Week, Window

#: Cues of so many different times are looked at for one layer; a plan has a handful.
_CUES = 200


@dataclass(slots=True)
class _Silenced:
    """What a quiet hour does to an announcement: where it is not said, first when, and where it is said at all."""

    zones: dict[str, None] = field(default_factory=dict)
    first: tuple[float, str] | None = None
    heard: bool = False


def check_said(week: Week) -> Iterator[Finding]:
    """Everything about announcements and cues that needs the calendar."""
    for number, announcement in enumerate(week.plan.announcements):
        yield from _announcement(week, number, announcement)
    yield from _cues(week)


def _announcement(week: Week, number: int, announcement: Announcement) -> Iterator[Finding]:
    at, plan = f"announcements[{number}]", week.plan
    mute = [zone.name for zone in plan.zones if belongs(announcement, zone) and not _has_player(plan, zone.id)]
    if mute and any(device.kind == "player" for device in plan.devices):
        yield warning(f"{at}.zones", f"{announcement.name} is not heard in {listed(mute)}, where there is no player; "
                      "name the zones that have one.")
    limit = plan.limits.max_volume_pct
    if announcement.volume_pct is not None and announcement.volume_pct > limit:
        yield warning(f"{at}.volume_pct", f"volume {announcement.volume_pct:g} % is over the store's limit of "
                      f"{limit:g} %; {limit:g} % is given.")
    if announcement.every_min is not None and announcement.length_s > announcement.every_min * 60:
        yield warning(f"{at}.every_min", f"{announcement.name} takes {announcement.length_s} s and is said again "
                      f"after {announcement.every_min} min, before it has ended; leave more time between.")
    windows = week.windows.get(("announcements", number))
    if windows and not announcement.emergency:
        yield from _quiet(week, at, announcement, windows)


def _quiet(week: Week, at: str, announcement: Announcement, windows: list[Window]) -> Iterator[Finding]:
    """Times at which it falls into a quiet hour of a zone, and is not said there (rule 6)."""
    found = _Silenced()
    for zone in week.plan.zones:
        if not belongs(announcement, zone):
            continue
        quiet = sorted((start, end, hour.name) for n, hour in enumerate(week.plan.quiet_hours) if belongs(hour, zone)
                       for start, end in week.windows.get(("quiet_hours", n), ()))
        ends = [end for _, end, _ in quiet]
        for window in windows:
            inside, heard = _inside(window, quiet, ends, announcement.every_min)
            found.heard = found.heard or heard
            if inside is not None:
                found.zones[zone.name] = None
                found.first = min(found.first or inside, inside)
    if found.first is None:
        return
    when, hour = week.local(found.first[0]), found.first[1]
    if found.heard:
        yield warning(f"{at}.when", f"{announcement.name} is not said in {listed(found.zones)} while {hour} holds, "
                      f"first on {when}; that is how quiet hours are, or choose another time.")
    else:
        yield warning(f"{at}.when", f"{announcement.name} is never said: all its times fall into {hour}, first on "
                      f"{when}; choose another time.")


def _inside(
    window: Window, quiet: list[tuple[float, float, str]], ends: list[float], every_min: int | None
) -> tuple[tuple[float, str] | None, bool]:
    """The first time of a window at which it is quiet, and whether there is one at which it is not."""
    start, end = window
    step = (every_min or 0) * 60.0
    times = 1 if not step else max(1, ceil((end - start) / step))
    silent, first = 0, None
    told = -1
    for opens, closes, name in quiet[bisect_right(ends, start):]:
        if opens >= end:
            break
        low = max(told + 1, 0 if opens <= start or not step else ceil((opens - start) / step))
        high = min(times - 1, -1 if closes <= start else 0 if not step else ceil((closes - start) / step) - 1)
        if opens > start and not step:
            continue
        if low <= high:
            first = first or (start + low * step, name)
            silent, told = silent + high - low + 1, high
    return first, silent < times


def _has_player(plan: Plan, zone: str) -> bool:
    return any(device.kind == "player" and zone in device.zones for device in plan.devices)


def _cues(week: Week) -> Iterator[Finding]:
    """Tasks at a clock time, or so long after the beginning, that no window of their layer holds."""
    for part, windows in week.windows.items():
        if part[0] not in ("dayparts", "campaigns") or not windows:
            continue
        name, found = _cues_of(week.plan, part[0], part[1])
        for where, cue in list(found)[:_CUES]:
            if cue.at is not None and not _comes(week, cue.at, windows):
                yield warning(where, f"the task “{cue.text}” at {cue.at} is never due: {name} never holds at that "
                              "time; choose a time within it.")
            elif cue.after_min is not None and all(end - start <= cue.after_min * 60 for start, end in windows):
                yield warning(where, f"the task “{cue.text}” {cue.after_min} min after the beginning is never due: "
                              f"{name} has ended by then; choose an earlier time.")


def _cues_of(plan: Plan, kind: str, number: int) -> tuple[str, Iterable[tuple[str, Cue]]]:
    """The name of a daypart or campaign, and the tasks that it brings into any of its zones, with their fields."""
    thing = plan.dayparts[number] if kind == "dayparts" else plan.campaigns[number]
    mood = plan.moods.get(thing.profile)
    kinds = dict.fromkeys(zone.kind for zone in plan.zones if belongs(thing, zone))
    at = f"{kind}[{number}]"
    found = {cue: f"{at}.profile" for kind_ in kinds for cue in (mood.cues_for(kind_) if mood is not None else ())}
    if kind == "campaigns":
        found.update({cue: f"{at}.cues[{n}]" for n, cue in enumerate(plan.campaigns[number].cues)})
    return thing.name, [(where, cue) for cue, where in found.items()]


def _comes(week: Week, clock: str, windows: list[Window]) -> bool:
    """Whether a clock time of the store lies in any of the windows."""
    hours, minutes = (int(part) for part in clock.split(":"))
    for start, end in windows:
        day, last = local_date(start, week.tz), local_date(end, week.tz)
        while day <= last:
            if start <= instant(day, hours * 60 + minutes, week.tz) < end:
                return True
            day = days_after(day, 1)
    return False

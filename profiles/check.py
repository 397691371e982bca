"""`check(plan)`: everything that is wrong or doubtful about a plan, said before it is published.

Errors keep a plan from being published: without them every minute of every zone has exactly one winner a field, and
`resolve` is total. Warnings are for a person to weigh. Names, windows and scenes are looked at as they are written;
what comes of the layers is asked of the compiled plan over 13 months, without the parts that have errors.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime

from profiles.check_air import look_for_haste, look_for_quiet, look_for_refused_scent
from profiles.check_clock import check_clock
from profiles.check_devices import check_devices
from profiles.check_layers import Numbers, Reach, look_for_floor, look_for_silence
from profiles.check_light import check_ramps, look_for_flicker
from profiles.check_moods import check_moods
from profiles.check_names import check_names
from profiles.check_said import check_said
from profiles.check_senses import Givers, lamp_roles, look_for_accent, look_for_clashes
from profiles.check_week import check_week
from profiles.finding import Finding, Level
from profiles.notes import Notes
from profiles.plan import Plan
from profiles.week import Week, read_week
from profiles.when import WhenError
from profiles.year import Year


def check(plan: Plan, since: datetime | None = None, dialects: Collection[str] | None = None) -> list[Finding]:
    """What there is to say about `plan`: errors first, then warnings. Never raises.

    `since`: the (aware) instant from which windows are looked at, for 13 months; callers with a clock give now. Without
    it, the first of January of the earliest year that the plan names, else of 2026. `dialects`: those that exist, known
    to the floor above; None: dialects are not looked at.
    """
    week, unread = read_week(plan, since)
    found = [*check_names(plan, dialects), *unread]
    if week is not None:
        found += [*check_week(week), *check_clock(week), *check_said(week), *check_ramps(week)]
    layers = None if week is None else _layers(week)
    found += layers or []
    found += check_moods(plan, layered=layers is not None)
    found = list(dict.fromkeys(found))
    return [f for f in found if f.level is Level.ERROR] + [f for f in found if f.level is Level.WARNING]


def errors(findings: Collection[Finding]) -> list[Finding]:
    """Only those that keep a plan from being published."""
    return [f for f in findings if f.level is Level.ERROR]


def _layers(week: Week) -> list[Finding] | None:
    """What comes of the layers; None where the plan cannot be compiled even without its unreadable parts."""
    sound = week.sound()
    try:
        return None if sound is None else list(_compiled(week, sound))
    except WhenError:  # the library broke down over dates that nobody asked it for before
        return None


def _compiled(week: Week, sound: Plan) -> Iterator[Finding]:
    """Zone by zone, so that a large plan does not have to be in memory as a whole. `sound`: what can be compiled."""
    year, numbers, notes = Year(sound, week.start, week.end), Numbers(week.plan), Notes(week.local)
    givers, reach = Givers(week.plan, numbers), Reach(sound, numbers)
    for zone in sound.zones:
        of_zone = year.of(zone.id)
        reach.look(of_zone)
        look_for_floor(of_zone, numbers, notes, sound.limits.light_floor_pct)
        look_for_silence(of_zone, numbers, notes)
        look_for_clashes(of_zone, numbers, givers, notes)
        look_for_accent(of_zone, numbers, lamp_roles(sound, zone), notes)
        look_for_refused_scent(of_zone, sound, numbers, notes)
        look_for_haste(of_zone, numbers, notes)
        look_for_quiet(of_zone, week, notes)
        look_for_flicker(of_zone, numbers, notes)
    yield from reach.findings(week)
    yield from notes.findings()
    yield from check_devices(week, year)

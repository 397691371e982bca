"""`sinne bench plan`: what thinking costs: resolving, compiling 13 months, finding the next boundary.

The plan has ten zones, fifty dayparts, fifty campaigns and a weekly quiet hour. The baseline for time is dateutil's
`rrule`, in the same run: the same windows from as many weekly rules, and nothing laid over anything.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import cycle
from statistics import median
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from controller.cli.benches.figures import Figure, medians
from profiles.compiled import HORIZON, Overlay, compiled
from profiles.overlay import Campaign, QuietHour
from profiles.plan import Daypart, Live, Override, Plan
from profiles.resolve import next_change, resolve
from profiles.scene import Lights, Music, Scene
from profiles.timeline import timeline
from profiles.windows import spans

ZONES, LAYERS = 10, 100
BASELINE = "dateutil rrule"
_START = datetime(2026, 1, 5, 5, tzinfo=UTC)
_END = _START + HORIZON
_TZ = "Europe/Stockholm"
_DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_ZONE = "zone-0"
#: The baseline. It comes with what reads calendars; not by a plain import, as it has no types.
_RULES = importlib.import_module("dateutil.rrule")


class _Weekly(NamedTuple):
    """Windows of one weekday as both sides are given them: from hour and minute to the minute, on dates."""

    day: int
    hour: int
    begin: int
    end: int
    first: date = date(2025, 12, 29)
    last: date = date(2027, 12, 31)

    @property
    def when(self) -> str:
        """As an expression."""
        return f"{_DAYS[self.day]} {self.hour:02d}:{self.begin:02d}-{self.hour:02d}:{self.end:02d}"

    def rules(self) -> list[Any]:
        """As rules: one for the beginnings and one for the ends."""
        begins = datetime(self.first.year, self.first.month, self.first.day, self.hour, tzinfo=ZoneInfo(_TZ))
        begins += timedelta(days=(self.day - begins.weekday()) % 7)
        until = datetime(self.last.year, self.last.month, self.last.day, 23, 59, tzinfo=ZoneInfo(_TZ))
        return [_RULES.rrule(_RULES.WEEKLY, dtstart=begins.replace(minute=minute), until=until)
                for minute in (self.begin, self.end)]


#: Every day has seven dayparts, and Sunday one more: fifty, none of which overlap.
_DAYPARTS = [_Weekly(day, 8 + part, 0, 45) for day in range(7) for part in range(8 if day == 6 else 7)]
#: Fifty, a new one every week, each for four weeks; so that there are always four beside one another.
_CAMPAIGNS = [_Weekly(n % 7, 8 + n % 5, 10, 30, _START.date() + timedelta(days=7 * n),
                      _START.date() + timedelta(days=7 * n + 27)) for n in range(50)]
_QUIET = _Weekly(1, 10, 0, 59)
_WEEKLY = [*_DAYPARTS, *_CAMPAIGNS, _QUIET]


def measure_plan(runs: int, zones: int = ZONES) -> list[Figure]:
    """All figures, for a plan of so many zones."""
    return [*_resolving(runs), *_compiling(runs, zones), *_boundary(runs)]


def windows() -> int:
    """How many windows the layers of the plan have in 13 months."""
    plan = _plan(1)
    overlays: list[Overlay] = [*plan.dayparts, *plan.campaigns, *plan.quiet_hours]
    return sum(len(spans(plan, overlay, _START.timestamp(), _END.timestamp())) for overlay in overlays)


def occurrences() -> int:
    """The same by the baseline."""
    begin, end = _local(_START), _local(_END)
    return sum(len(rule.between(begin, end)) for weekly in _WEEKLY for rule in weekly.rules()) // 2


def _resolving(runs: int) -> list[Figure]:
    first, pressed, later = zip(*(_resolve() for _ in range(runs)), strict=True)
    bench = f"plan: resolve with {LAYERS} live layers"
    return [medians(f"{bench}, first", LAYERS, "ms", first),
            medians(f"{bench}, after a press", LAYERS, "µs", pressed), medians(bench, LAYERS, "µs", later)]


def _resolve() -> tuple[float, float, float]:
    """Milliseconds of the first question to a new plan; microseconds of the first after a press, and of later ones.

    The later ones are a minute apart, in the two hours in which all the live layers are alive.
    """
    plan, live, again = _plan(), _live(), _live()
    moments = cycle(_START + timedelta(minutes=minute) for minute in range(-100, 30))
    return (1e3 * _took(lambda: resolve(plan, live, _ZONE, _START)),
            1e6 * _took(lambda: resolve(plan, again, _ZONE, _START)),
            1e6 * _each(lambda: resolve(plan, live, _ZONE, next(moments))))


def _compiling(runs: int, zones: int) -> list[Figure]:
    counted: dict[str, int] = {}
    took: dict[str, list[float]] = {}

    def count(what: str, work: Callable[[], int]) -> None:
        began = time.perf_counter()
        counted[what] = work()
        took.setdefault(what, []).append(1e3 * (time.perf_counter() - began))

    for _ in range(runs):
        plan = _plan(zones)
        count("compiled", lambda plan=plan: _segments(plan))  # type: ignore[misc]
        count("timeline", lambda plan=plan: len(timeline(plan, Live(), _ZONE, _START, _END)))  # type: ignore[misc]
        count("windows", windows)
        count("rrule", occurrences)
    beside = (BASELINE, took["rrule"])
    return [
        medians(f"plan: 13 months of {zones} zones, {len(_DAYPARTS)} dayparts, {len(_CAMPAIGNS)} campaigns",
                counted["compiled"], "ms", took["compiled"], beside),
        medians("plan: of one zone as a timeline with reasons", counted["timeline"], "ms", took["timeline"]),
        medians("plan: only the windows, read and found", counted["windows"], "ms", took["windows"], beside)]


def _segments(plan: Plan) -> int:
    """Compile every zone from nothing; how many segments came out."""
    return sum(1 for zone in compiled(plan).zones.values()
               for _ in zone.segment_starts(_START.timestamp(), _END.timestamp()))


def _boundary(runs: int) -> list[Figure]:
    cold, warm = zip(*(_next_change() for _ in range(runs)), strict=True)
    theirs = [1e6 * _took(_after) for _ in range(runs)]
    return [medians("plan: next boundary, first", len(_WEEKLY), "ms", cold),
            medians("plan: next boundary", len(_WEEKLY), "µs", warm, (BASELINE, theirs))]


def _next_change() -> tuple[float, float]:
    """Milliseconds of the first question to a new plan, microseconds of the later ones."""
    plan = _plan()
    moments = cycle(_START + timedelta(minutes=7 * step) for step in range(1440))
    return (1e3 * _took(lambda: next_change(plan, _ZONE, _START)),
            1e6 * _each(lambda: next_change(plan, _ZONE, next(moments))))


def _after() -> datetime:
    at = _local(_START)
    found: datetime = min(
        after for weekly in _WEEKLY for rule in weekly.rules() if (after := rule.after(at)) is not None)
    return found


def _plan(zones: int = ZONES) -> Plan:
    """Everything for all of the zones, never compiled before."""
    ground = {"music": {"on": True, "volume_pct": 20}, "scent": {"on": False}}
    scenes = [{"light": {"on": True, "brightness_pct": 30 + 10 * number, "kelvin": 3000}, **ground}
              for number in range(5)]
    plan = Plan.model_validate({
        "store": {"id": "shop", "name": "Shop", "timezone": _TZ, "country": "SE", "hours": "Mo-Su 07:00-20:00"},
        "profiles": [{"id": f"mood-{n}", "name": f"Mood {n}", "scene": scene} for n, scene in enumerate(scenes)],
        "zones": [{"id": f"zone-{z}", "name": f"Zone {z}", "kind": "sales-floor", "default": scenes[0]}
                  for z in range(zones)]})
    return plan.changed(
        dayparts=tuple(Daypart(id=f"part-{n}", name=f"Part {n}", when=weekly.when, profile=f"mood-{n % 5}")
                       for n, weekly in enumerate(_DAYPARTS)),
        campaigns=tuple(Campaign(id=f"campaign-{n}", name=f"Campaign {n}", when=weekly.when, first=weekly.first,
                                 last=weekly.last, priority=n + 1, profile=f"mood-{n % 5}")
                        for n, weekly in enumerate(_CAMPAIGNS)),
        quiet_hours=(QuietHour(id="quiet", name="Quiet hour", when=_QUIET.when),))


def _live() -> Live:
    return Live(overrides=tuple(_override(number) for number in range(LAYERS)))


def _override(number: int) -> Override:
    """One of many presses on one zone, all alive, each ending at another time."""
    light = Lights(on=True, brightness_pct=20 + number % 60)
    return Override(id=f"press-{number}", press=f"press-{number}", zone=_ZONE, name=f"Press {number}",
                    scene=Scene(light=light) if number % 2 else Scene(music=Music(volume_pct=10 + number % 30)),
                    start=_START - timedelta(minutes=200 - number), end=_START + timedelta(minutes=30 + number),
                    by="bench")


def _local(instant: datetime) -> datetime:
    return instant.astimezone(ZoneInfo(_TZ))


def _took(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def _each(call: Callable[[], object], at_least_s: float = 0.2) -> float:
    """Seconds a call, by the median of many batches."""
    def batches() -> Iterator[float]:
        until = time.perf_counter() + at_least_s
        while time.perf_counter() < until:
            began = time.perf_counter()
            for _ in range(20):
                call()
            yield (time.perf_counter() - began) / 20
    call()
    return median(batches())

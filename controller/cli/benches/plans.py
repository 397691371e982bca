"""`sinne bench plan`: what thinking costs: resolving, compiling 13 months, finding the next boundary.

The baseline for time is dateutil's `rrule`, where it is installed: the same windows from as many weekly rules.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain, cycle
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from controller.cli.benches.figures import Figure, medians
from profiles.compiled import HORIZON, compiled
from profiles.plan import Live, Override, Plan
from profiles.resolve import next_change, resolve
from profiles.scene import Lights, Music, Scene
from profiles.timeline import timeline

ZONES, DAYPARTS, LAYERS = 10, 50, 100
BASELINE = "dateutil rrule"
_START = datetime(2026, 1, 5, 5, tzinfo=UTC)
_END = _START + HORIZON
_TZ = "Europe/Stockholm"
_DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
#: Every day has seven dayparts, and Sunday one more: fifty, none of which overlap.
_STARTS = [(day, 8 + part) for day in range(7) for part in range(8 if day == 6 else 7)]
_ZONE = "zone-0"


def measure_plan(runs: int, zones: int = ZONES) -> list[Figure]:
    """All figures, for a plan of so many zones; without dateutil there is no baseline."""
    rules = _rrules()
    return [*_resolving(runs), *_compiling(runs, zones, rules), *_boundary(runs, rules)]


def has_rrule() -> bool:
    """Whether the baseline can be measured."""
    return _rrules() is not None


def _resolving(runs: int) -> list[Figure]:
    cold, warm = zip(*(_resolve() for _ in range(runs)), strict=True)
    return [medians(f"plan: resolve with {LAYERS} live layers, first", LAYERS, "ms", cold),
            medians(f"plan: resolve with {LAYERS} live layers", LAYERS, "µs", warm)]


def _resolve() -> tuple[float, float]:
    """Milliseconds of the first question to a new plan, microseconds of the later ones."""
    plan, live = _plan(), Live(overrides=tuple(_override(number) for number in range(LAYERS)))
    moments = cycle(_START + timedelta(seconds=second) for second in range(200))
    return (1e3 * _took(lambda: resolve(plan, live, _ZONE, _START)),
            1e6 * _each(lambda: resolve(plan, live, _ZONE, next(moments))))


def _compiling(runs: int, zones: int, rules: Any) -> list[Figure]:
    counted: dict[str, int] = {}
    took: dict[str, list[float]] = {}

    def count(what: str, work: Callable[[], int]) -> None:
        began = time.perf_counter()
        counted[what] = work()
        took.setdefault(what, []).append(1e3 * (time.perf_counter() - began))

    for _ in range(runs):
        plan, fresh = _plan(zones), _plan(zones)
        count("compiled", lambda plan=plan: _segments(plan))  # type: ignore[misc]
        count("timeline", lambda plan=plan: len(timeline(plan, Live(), _ZONE, _START, _END)))  # type: ignore[misc]
        count("windows", lambda plan=fresh: _windows(plan))  # type: ignore[misc]
        if rules is not None:
            made = _weekly(rules)
            count("rrule", lambda made=made: _occurrences(made))  # type: ignore[misc]
    beside = (BASELINE, took["rrule"]) if rules is not None else None
    return [
        medians(f"plan: 13 months of {zones} zones and {DAYPARTS} dayparts", counted["compiled"], "ms",
                took["compiled"]),
        medians("plan: of one zone as a timeline with reasons", counted["timeline"], "ms", took["timeline"]),
        medians("plan: only the windows of the dayparts", counted["windows"], "ms", took["windows"], beside)]


def _segments(plan: Plan) -> int:
    """Compile every zone from nothing; how many segments came out."""
    return sum(1 for zone in compiled(plan).zones.values()
               for _ in zone.segment_starts(_START.timestamp(), _END.timestamp()))


def _windows(plan: Plan) -> int:
    when = compiled(plan).looms.when
    return sum(len(when(daypart.when).intervals(_START, _END)) for daypart in plan.dayparts)


def _occurrences(weekly: list[Any]) -> int:
    return sum(len(rule.between(_local(_START), _local(_END))) for rule in weekly) // 2


def _boundary(runs: int, rules: Any) -> list[Figure]:
    cold, warm = zip(*(_next_change() for _ in range(runs)), strict=True)
    theirs = [] if rules is None else [1e6 * _took(lambda: _after(rules)) for _ in range(runs)]
    return [medians("plan: next boundary, first", DAYPARTS, "ms", cold),
            medians("plan: next boundary", DAYPARTS, "µs", warm, (BASELINE, theirs) if theirs else None)]


def _next_change() -> tuple[float, float]:
    """Milliseconds of the first question to a new plan, microseconds of the later ones."""
    plan = _plan()
    moments = cycle(_START + timedelta(minutes=7 * step) for step in range(1440))
    return (1e3 * _took(lambda: next_change(plan, _ZONE, _START)),
            1e6 * _each(lambda: next_change(plan, _ZONE, next(moments))))


def _after(rules: Any) -> datetime:
    at = _local(_START)
    found: datetime = min(rule.after(at) for rule in _weekly(rules))
    return found


def _plan(zones: int = ZONES) -> Plan:
    """Fifty dayparts for all of the zones, never compiled before."""
    ground = {"music": {"on": True, "volume_pct": 20}, "scent": {"on": False}}
    scenes = [{"light": {"on": True, "brightness_pct": 30 + 10 * number, "kelvin": 3000}, **ground}
              for number in range(5)]
    return Plan.model_validate({
        "store": {"id": "shop", "name": "Shop", "timezone": _TZ, "country": "SE", "hours": "Mo-Su 07:00-20:00"},
        "profiles": [{"id": f"mood-{n}", "name": f"Mood {n}", "scene": scene} for n, scene in enumerate(scenes)],
        "zones": [{"id": f"zone-{z}", "name": f"Zone {z}", "kind": "sales-floor", "default": scenes[0]}
                  for z in range(zones)],
        "dayparts": [{"id": f"part-{n}", "name": f"Part {n}", "profile": f"mood-{n % 5}",
                      "when": f"{_DAYS[day]} {hour:02d}:00-{hour:02d}:45"} for n, (day, hour) in enumerate(_STARTS)],
    })


def _override(number: int) -> Override:
    """One of many presses on one zone, all alive, each ending at another time."""
    light = Lights(on=True, brightness_pct=20 + number % 60)
    return Override(id=f"press-{number}", press=f"press-{number}", zone=_ZONE, name=f"Press {number}",
                    scene=Scene(light=light) if number % 2 else Scene(music=Music(volume_pct=10 + number % 30)),
                    start=_START - timedelta(minutes=200 - number), end=_START + timedelta(minutes=30 + number),
                    by="bench")


def _rrules() -> Any:
    """dateutil's module of rules, or None where it is not installed."""
    try:
        return importlib.import_module("dateutil.rrule")
    except ImportError:
        return None


def _weekly(rules: Any) -> list[Any]:
    """The same windows as rules: one for the beginnings and one for the ends of each daypart."""
    first = datetime(2025, 12, 29, tzinfo=ZoneInfo(_TZ))
    return list(chain.from_iterable(
        (rules.rrule(rules.WEEKLY, dtstart=first.replace(hour=hour, minute=minute) + timedelta(days=day))
         for minute in (0, 45)) for day, hour in _STARTS))


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

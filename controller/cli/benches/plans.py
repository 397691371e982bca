"""`sinne bench plan`: what thinking costs: resolving, compiling 13 months, finding the next boundary.

The plan has ten zones, fifty dayparts, fifty campaigns and a weekly quiet hour. The baseline for time is dateutil's
`rrule`, in the same run: the same windows from as many weekly rules, and nothing laid over anything.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import cycle
from statistics import median

from controller.cli.benches.figures import Figure, medians
from controller.cli.benches.naive import Naive
from controller.cli.benches.weekly import CAMPAIGNS, DAYPARTS, QUIET, START, TZ, WEEKLY, local
from profiles.compiled import HORIZON, Overlay, compiled
from profiles.overlay import Campaign, QuietHour
from profiles.plan import Daypart, Live, Override, Plan
from profiles.resolve import next_change, resolve
from profiles.scene import Lights, Music, Scene
from profiles.timeline import timeline
from profiles.windows import spans

ZONES, LAYERS = 10, 100
BASELINE = "dateutil rrule"
PLAIN = "every layer asked, by dateutil rrule"
_END = START + HORIZON
_ZONE = "zone-0"


def measure_plan(runs: int, zones: int = ZONES) -> list[Figure]:
    """All figures, for a plan of so many zones."""
    return [*_resolving(runs), *_compiling(runs, zones), *_boundary(runs)]


def windows() -> int:
    """How many windows the layers of the plan have in 13 months."""
    plan = plan_of_layers(1)
    overlays: list[Overlay] = [*plan.dayparts, *plan.campaigns, *plan.quiet_hours]
    return sum(len(spans(plan, overlay, START.timestamp(), _END.timestamp())) for overlay in overlays)


def occurrences() -> int:
    """The same by the baseline."""
    begin, end = local(START), local(_END)
    return sum(len(rule.between(begin, end)) for weekly in WEEKLY for rule in weekly.rules()) // 2


def _resolving(runs: int) -> list[Figure]:
    ours, theirs = [], []
    for _ in range(runs):
        ours.append(_resolve())
        theirs.append(_plainly())
    (first, pressed, later), (afresh, again) = zip(*ours, strict=True), zip(*theirs, strict=True)
    bench = f"plan: resolve with {LAYERS} live layers"
    return [medians(f"{bench}, first", LAYERS, "ms", first, (f"{PLAIN}, first", afresh)),
            medians(f"{bench}, after a press", LAYERS, "µs", pressed, (PLAIN, again)),
            medians(bench, LAYERS, "µs", later, (PLAIN, again))]


def _resolve() -> tuple[float, float, float]:
    """Milliseconds of the first question to a new plan; microseconds of the first after a press, and of later ones.

    The later ones are a minute apart, in the two hours in which all the live layers are alive.
    """
    plan, live, again = plan_of_layers(), presses_alive(), presses_alive()
    moments = _moments()
    return (1e3 * _took(lambda: resolve(plan, live, _ZONE, START)),
            1e6 * _took(lambda: resolve(plan, again, _ZONE, START)),
            1e6 * _each(lambda: resolve(plan, live, _ZONE, next(moments))))


def _plainly() -> tuple[float, float]:
    """The baseline: milliseconds of the first question, rules included; microseconds of later ones."""
    plan, live, moments = plan_of_layers(), presses_alive(), _moments()
    first = 1e3 * _took(lambda: Naive(plan, _ZONE).at(live, START))
    naive = Naive(plan, _ZONE)
    return first, 1e6 * _each(lambda: naive.at(live, next(moments)), batch=2)


def _moments() -> Iterator[datetime]:
    return cycle(START + timedelta(minutes=minute) for minute in range(-100, 30))


def _compiling(runs: int, zones: int) -> list[Figure]:
    counted: dict[str, int] = {}
    took: dict[str, list[float]] = {}

    def count(what: str, work: Callable[[], int]) -> None:
        began = time.perf_counter()
        counted[what] = work()
        took.setdefault(what, []).append(1e3 * (time.perf_counter() - began))

    for _ in range(runs):
        plan = plan_of_layers(zones)
        count("compiled", lambda plan=plan: _segments(plan))  # type: ignore[misc]
        count("timeline", lambda plan=plan: len(timeline(plan, Live(), _ZONE, START, _END)))  # type: ignore[misc]
        count("windows", windows)
        count("rrule", occurrences)
    beside = (BASELINE, took["rrule"])
    return [
        medians(f"plan: 13 months of {zones} zones, {len(DAYPARTS)} dayparts, {len(CAMPAIGNS)} campaigns",
                counted["compiled"], "ms", took["compiled"], beside),
        medians("plan: of one zone as a timeline with reasons", counted["timeline"], "ms", took["timeline"], beside),
        medians("plan: only the windows, read and found", counted["windows"], "ms", took["windows"], beside)]


def _segments(plan: Plan) -> int:
    """Compile every zone from nothing; how many segments came out."""
    return sum(1 for zone in compiled(plan).zones.values()
               for _ in zone.segment_starts(START.timestamp(), _END.timestamp()))


def _boundary(runs: int) -> list[Figure]:
    cold, warm = zip(*(_next_change() for _ in range(runs)), strict=True)
    theirs = [1e6 * _took(_after) for _ in range(runs)]
    return [medians("plan: next boundary, first", len(WEEKLY), "ms", cold, (BASELINE, [each / 1e3 for each in theirs])),
            medians("plan: next boundary", len(WEEKLY), "µs", warm, (BASELINE, theirs))]


def _next_change() -> tuple[float, float]:
    """Milliseconds of the first question to a new plan, microseconds of the later ones."""
    plan = plan_of_layers()
    moments = cycle(START + timedelta(minutes=7 * step) for step in range(1440))
    return (1e3 * _took(lambda: next_change(plan, _ZONE, START)),
            1e6 * _each(lambda: next_change(plan, _ZONE, next(moments))))


def _after() -> datetime:
    at = local(START)
    found: datetime = min(
        after for weekly in WEEKLY for rule in weekly.rules() if (after := rule.after(at)) is not None)
    return found


def plan_of_layers(zones: int = ZONES) -> Plan:
    """Everything for all of the zones, never compiled before."""
    ground = {"music": {"on": True, "volume_pct": 20}, "scent": {"on": False}}
    scenes = [{"light": {"on": True, "brightness_pct": 30 + 10 * number, "kelvin": 3000}, **ground}
              for number in range(5)]
    plan = Plan.model_validate({
        "store": {"id": "shop", "name": "Shop", "timezone": TZ, "country": "SE", "hours": "Mo-Su 07:00-20:00"},
        "profiles": [{"id": f"mood-{n}", "name": f"Mood {n}", "scene": scene} for n, scene in enumerate(scenes)],
        "zones": [{"id": f"zone-{z}", "name": f"Zone {z}", "kind": "sales-floor", "default": scenes[0]}
                  for z in range(zones)]})
    return plan.changed(
        dayparts=tuple(Daypart(id=f"part-{n}", name=f"Part {n}", when=weekly.when, profile=f"mood-{n % 5}")
                       for n, weekly in enumerate(DAYPARTS)),
        campaigns=tuple(Campaign(id=f"campaign-{n}", name=f"Campaign {n}", when=weekly.when, first=weekly.first,
                                 last=weekly.last, priority=n + 1, profile=f"mood-{n % 5}")
                        for n, weekly in enumerate(CAMPAIGNS)),
        quiet_hours=(QuietHour(id="quiet", name="Quiet hour", when=QUIET.when),))


def presses_alive() -> Live:
    """A hundred presses on one zone."""
    return Live(overrides=tuple(_override(number) for number in range(LAYERS)))


def _override(number: int) -> Override:
    """One of many presses on one zone, all alive, each ending at another time."""
    light = Lights(on=True, brightness_pct=20 + number % 60)
    return Override(id=f"press-{number}", press=f"press-{number}", zone=_ZONE, name=f"Press {number}",
                    scene=Scene(light=light) if number % 2 else Scene(music=Music(volume_pct=10 + number % 30)),
                    start=START - timedelta(minutes=200 - number), end=START + timedelta(minutes=30 + number),
                    by="bench")


def _took(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def _each(call: Callable[[], object], at_least_s: float = 0.2, batch: int = 20) -> float:
    """Seconds a call, by the median of many batches."""
    def batches() -> Iterator[float]:
        until = time.perf_counter() + at_least_s
        while time.perf_counter() < until:
            began = time.perf_counter()
            for _ in range(batch):
                call()
            yield (time.perf_counter() - began) / batch
    call()
    return median(batches())

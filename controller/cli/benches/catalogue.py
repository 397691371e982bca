"""All benchmarks in one table: what each measures, its aim, how long it takes; and a run of all, one after another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import click

from controller.cli.benches.apply import measure_apply
from controller.cli.benches.conflicts import measure_conflicts
from controller.cli.benches.devices import measure_devices
from controller.cli.benches.figures import Figure, show
from controller.cli.benches.idle import measure_idle
from controller.cli.benches.ingest import measure_ingest
from controller.cli.benches.plans import measure_plan
from controller.cli.benches.rollout import measure_rollout
from controller.cli.benches.year import measure_year
from controller.errors import SinneError
from devices.bare import BareFailed


@dataclass(frozen=True, slots=True)
class Bench:
    """One benchmark. `takes`: in full, on a quiet machine of two cores; `whole` and `quick`: its figures."""

    name: str
    measures: str
    baseline: str
    aim: str
    takes: str
    whole: Sequence[Callable[[], list[Figure]]]
    quick: Sequence[Callable[[], list[Figure]]]


BENCHES = (
    Bench("plan", "resolving, thirteen months of a plan, the next boundary", "python-dateutil's recurrence rules",
          "200 µs, 2 s, 1 ms", "30 s", [lambda: measure_plan(5)], [lambda: measure_plan(1, 2)]),
    Bench("year", "a year of a store with 50 devices in virtual time", "the same orders to bare simulated devices",
          "60 s on one core", "2 min", [lambda: measure_year(365, 1)], [lambda: measure_year(3, 1)]),
    Bench("apply", "from a press for the whole store to the last device's report", "bare paho, publish and echo",
          "1.5 times", "2 min", [lambda: measure_apply(100, 11), lambda: measure_apply(1000, 11)],
          [lambda: measure_apply(20, 2)]),
    Bench("devices", "10,000 simulated devices on one core answer one press", "bare paho echo on the same loop",
          "1.5 times", "5 min", [lambda: measure_devices(10_000, 6)], [lambda: measure_devices(50, 2)]),
    Bench("ingest", "journal entries that two ingest workers store and acknowledge", "bare paho and executemany",
          "1,000 entries/s", "2 min", [lambda: measure_ingest(200, 150, 3)], [lambda: measure_ingest(5, 4, 1)]),
    Bench("idle", "processor and memory of a store that has nothing to do", "a bare paho subscriber",
          "2 % of a core, 150 MB", "11 min", [lambda: measure_idle(200, 10.0, 1)], [lambda: measure_idle(20, 0.05, 1)]),
    Bench("conflicts", "what one campaign meets in 10,000 stores of 200 kinds", "the same stores, one at a time",
          "30 s", "10 s", [lambda: measure_conflicts(10_000, 200, 200, 3)], [lambda: measure_conflicts(50, 5, 5, 1)]),
    Bench("rollout", "a campaign to 10,000 stores and their answers; a halt", "bare paho publishes and counts",
          "2 times, 10 s, 500 MB", "10 min", [lambda: measure_rollout(10_000, 3)], [lambda: measure_rollout(20, 1)]),
)


def measure_all(quick: bool, as_json: bool, benches: Sequence[Bench] = BENCHES) -> list[str]:
    """Run them one after another, each shown as it ends; the names of those that could not be measured."""
    failed = []
    for bench in benches:
        click.echo(f"{bench.name}: {bench.measures}" + ("" if quick else f" (about {bench.takes})"), err=True)
        try:
            for part in bench.quick if quick else bench.whole:
                show(part(), as_json)
        except (SinneError, BareFailed) as refusal:
            failed.append(bench.name)
            click.echo(f"{bench.name} could not be measured: {refusal}", err=True)
    return failed

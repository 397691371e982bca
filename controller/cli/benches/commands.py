"""`sinne bench`: how fast, and at what cost, each beside a baseline of the same run (`docs/benchmarks.md`)."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import click

from controller.cli.benches.apply import measure_apply
from controller.cli.benches.catalogue import BENCHES, measure_all
from controller.cli.benches.comparing import kept_figures, rows_beside
from controller.cli.benches.conflicts import measure_conflicts
from controller.cli.benches.devices import measure_devices
from controller.cli.benches.figures import show
from controller.cli.benches.idle import measure_idle
from controller.cli.benches.ingest import measure_ingest
from controller.cli.benches.noise import watched
from controller.cli.benches.plans import measure_plan
from controller.cli.benches.rollout import measure_rollout
from controller.cli.benches.year import measure_year
from controller.cli.shown import as_table, say_json

_json = click.option("--json", "as_json", is_flag=True, help="For programs: a JSON object a line.")


@click.group()
def bench() -> None:
    """Measure this machine: a figure a line, each beside a baseline measured in the same run.

    Times of one machine say little; ratios do. What else the machine did meanwhile is said on standard error.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # by way of the blocks that end the other processes


@bench.command("list")
@click.option("--json", "as_json", is_flag=True, help="For programs: JSON on standard output.")
def list_(as_json: bool) -> None:
    """What there is to measure, its aim, and how long it takes."""
    rows = [(b.name, b.measures, b.baseline, b.aim, b.takes) for b in BENCHES]
    heads = ("bench", "measures", "baseline", "aim", "takes")
    if as_json:
        say_json([dict(zip(heads, row, strict=True)) for row in rows])
    else:
        click.echo(as_table(heads, rows))


@bench.command("all")
@click.option("--quick", is_flag=True, help="Tiny: whether everything can be measured here, not how fast it is.")
@_json
def all_(quick: bool, as_json: bool) -> None:
    """Every benchmark, one after another. Exit status 1 if one could not be measured."""
    with watched():
        failed = measure_all(quick, as_json)
    if failed:
        raise click.exceptions.Exit(1)


@bench.command()
@click.argument("before", type=click.Path(path_type=Path))
@click.argument("after", type=click.Path(path_type=Path))
def compare(before: Path, after: Path) -> None:
    """Two runs beside each other, by their ratios: files that --json wrote."""
    rows = rows_beside(kept_figures(before), kept_figures(after))
    click.echo(as_table(("Figure", "n", "Ratio before", "Ratio after", "Times"), rows))


@bench.command()
@click.option("--n", "sizes", type=click.IntRange(1, 10_000), multiple=True, default=(100, 1000), show_default=True,
              help="Simulated lamps (may be given several times).")
@click.option("--runs", type=click.IntRange(1, 1000), default=11, show_default=True, help="Presses; medians are shown.")
@_json
def apply(sizes: tuple[int, ...], runs: int, as_json: bool) -> None:
    """From a press for the whole store to the last device's report."""
    with watched():
        for n in sizes:
            show(measure_apply(n, runs), as_json)


@bench.command()
@click.option("--n", type=click.IntRange(1, 15_000), default=10_000, show_default=True,
              help="Simulated lamps, each a client of the broker.")
@click.option("--runs", type=click.IntRange(1, 1000), default=6, show_default=True, help="Presses; medians are shown.")
@_json
def devices(n: int, runs: int, as_json: bool) -> None:
    """So many simulated devices, in one process on one core, all answering one press."""
    with watched():
        show(measure_devices(n, runs), as_json)


@bench.command()
@click.option("--n", type=click.IntRange(1, 10_000), default=200, show_default=True, help="Simulated lamps.")
@click.option("--minutes", type=click.FloatRange(0.01, 10_000), default=10.0, show_default=True,
              help="How long to look on.")
@click.option("--runs", type=click.IntRange(1, 1000), default=1, show_default=True, help="So often, one after another.")
@_json
def idle(n: int, minutes: float, runs: int, as_json: bool) -> None:
    """Processor and memory of a store that has nothing to do, with a panel open and heartbeats arriving."""
    with watched():
        show(measure_idle(n, minutes, runs), as_json)


@bench.command()
@click.option("--stores", type=click.IntRange(1, 10_000), default=200, show_default=True, help="So many stores speak.")
@click.option("--entries", type=click.IntRange(1, 100_000), default=150, show_default=True, help="Entries of each.")
@click.option("--runs", type=click.IntRange(1, 1000), default=3, show_default=True, help="Medians are shown.")
@_json
def ingest(stores: int, entries: int, runs: int, as_json: bool) -> None:
    """Journal entries a second that two ingest workers store and acknowledge, on a database of their own."""
    with watched():
        show(measure_ingest(stores, entries, runs), as_json)


@bench.command()
@click.option("--n", type=click.IntRange(1, 20_000), default=10_000, show_default=True, help="Light stores.")
@click.option("--runs", type=click.IntRange(1, 1000), default=3, show_default=True,
              help="Campaigns and halts; medians are shown.")
@_json
def rollout(n: int, runs: int, as_json: bool) -> None:
    """A campaign of HQ to so many stores, from the order to the last answer, and a halt."""
    with watched():
        show(measure_rollout(n, runs), as_json)


@bench.command("conflicts")
@click.option("--n", type=click.IntRange(1, 100_000), default=10_000, show_default=True, help="Stores.")
@click.option("--kinds", type=click.IntRange(1, 1200), default=200, show_default=True, help="Of so many kinds.")
@click.option("--alone", type=click.IntRange(1, 10_000), default=200, show_default=True,
              help="Stores that are also looked at one at a time.")
@click.option("--runs", type=click.IntRange(1, 1000), default=3, show_default=True, help="Medians are shown.")
@_json
def conflicts_(n: int, kinds: int, alone: int, runs: int, as_json: bool) -> None:
    """What one campaign meets in so many stores. Needs no broker."""
    with watched():
        show(measure_conflicts(n, kinds, alone, runs), as_json)


@bench.command()
@click.option("--runs", type=click.IntRange(1, 1000), default=5, show_default=True, help="Medians are shown.")
@_json
def plan(runs: int, as_json: bool) -> None:
    """Resolving, 13 months of a plan, and the next boundary. Needs no broker."""
    with watched():
        show(measure_plan(runs), as_json)


@bench.command()
@click.option("--days", type=click.IntRange(1, 3660), default=365, show_default=True, help="So many days of the store.")
@click.option("--runs", type=click.IntRange(1, 1000), default=1, show_default=True, help="Medians are shown.")
@_json
def year(days: int, runs: int, as_json: bool) -> None:
    """A year of a store with ten zones and fifty devices in virtual time. Needs no broker."""
    with watched():
        show(measure_year(days, runs), as_json)

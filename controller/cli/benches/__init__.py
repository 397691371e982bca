"""`sinne bench`: how fast, and at what cost, each beside a baseline of the same run (`docs/benchmarks.md`)."""

from __future__ import annotations

import click

from controller.cli.benches.apply import measure_apply
from controller.cli.benches.figures import show
from controller.cli.benches.parts import part

_json = click.option("--json", "as_json", is_flag=True, help="For programs: a JSON object a line.")


@click.group()
def bench() -> None:
    """Measure this machine: a figure a line, each beside a baseline measured in the same run.

    A real mosquitto is needed. Times of one machine say little; ratios do.
    """


@bench.command()
@click.option("--n", "sizes", type=click.IntRange(1, 10_000), multiple=True, default=(100, 1000), show_default=True,
              help="Simulated lamps (may be given several times).")
@click.option("--runs", type=click.IntRange(1, 1000), default=11, show_default=True, help="Presses; medians are shown.")
@_json
def apply(sizes: tuple[int, ...], runs: int, as_json: bool) -> None:
    """From a press for the whole store to the last device's report."""
    for n in sizes:
        show(measure_apply(n, runs), as_json)


bench.add_command(part)

"""What a benchmark says: figures, each beside its baseline of the same run, as lines of JSON or as a table."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median

import click

from controller.cli.shown import as_table


@dataclass(frozen=True, slots=True)
class Baseline:
    """The same work without us: what it was done with, and its value in the figure's unit."""

    name: str
    value: float


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value. `n`: devices, or whatever was counted; `runs`: how many runs it is the median of."""

    bench: str
    n: int
    value: float
    unit: str
    runs: int
    baseline: Baseline | None = None

    @property
    def ratio(self) -> float | None:
        """How many times the baseline; None without one."""
        return None if self.baseline is None or not self.baseline.value else round(self.value / self.baseline.value, 3)


def medians(
    bench: str, n: int, unit: str, ours: Sequence[float], theirs: tuple[str, Sequence[float]] | None = None
) -> Figure:
    """The figure of several runs. `theirs`: the baseline's name and its runs, made in turn with ours."""
    baseline = None if theirs is None else Baseline(theirs[0], rounded(median(theirs[1])))
    return Figure(bench, n, rounded(median(ours)), unit, len(ours), baseline)


def show(figures: Sequence[Figure], as_json: bool) -> None:
    """Print them: a JSON object a line, or a table for people."""
    if as_json:
        for figure in figures:
            said = asdict(figure)
            click.echo(json.dumps({**{key: said[key] for key in ("bench", "n", "value", "unit", "baseline")},
                                   "ratio": figure.ratio, "runs": figure.runs}))
        return
    click.echo(as_table(("Benchmark", "n", "Value", "Baseline", "Ratio", "Runs"), [
        (f.bench, f.n, f"{f.value:g} {f.unit}",
         "–" if f.baseline is None else f"{f.baseline.value:g} {f.unit} ({f.baseline.name})",
         "–" if f.ratio is None else f"{f.ratio:.2f}", f.runs) for f in figures]))


def rounded(value: float) -> float:
    """Four significant digits: more would only be noise."""
    return float(f"{value:.4g}")

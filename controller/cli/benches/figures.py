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
    baseline: Baseline

    @property
    def ratio(self) -> float | None:
        """How many times the baseline; None where that is nothing, as the changes of a window in which none came."""
        return float(f"{self.value / self.baseline.value:.3g}") if self.baseline.value else None

    def line(self) -> str:
        """A JSON object for programs, always with the same keys."""
        said = asdict(self)
        return json.dumps({**{key: said[key] for key in ("bench", "n", "value", "unit", "baseline")},
                           "ratio": self.ratio, "runs": self.runs})


def medians(bench: str, n: int, unit: str, ours: Sequence[float], theirs: tuple[str, Sequence[float]]) -> Figure:
    """The figure of several runs. `theirs`: the baseline's name and its runs, made in turn with ours."""
    return Figure(bench, n, rounded(median(ours)), unit, len(ours), Baseline(theirs[0], rounded(median(theirs[1]))))


def show(figures: Sequence[Figure], as_json: bool) -> None:
    """Print them: a JSON object a line, or a table for people."""
    if as_json:
        for figure in figures:
            click.echo(figure.line())
        return
    click.echo(as_table(("Benchmark", "n", "Value", "Baseline", "Ratio", "Runs"), [
        (f.bench, f.n, f"{f.value:g} {f.unit}",
         f"{f.baseline.value:g} {f.unit} ({f.baseline.name})",
         "–" if f.ratio is None else f"{f.ratio:g}", f.runs) for f in figures]))


def rounded(value: float) -> float:
    """Four significant digits: more would only be noise."""
    return float(f"{value:.4g}")

"""Figures that were kept, as lines of JSON: read back, two runs beside each other, and as a table for a page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from controller.cli.benches.figures import Baseline, Figure
from controller.errors import Refused

_KEYS = {"bench", "n", "value", "unit", "baseline", "ratio", "runs"}


def kept_figures(file: Path) -> list[Figure]:
    """The figures of a file that `sinne bench … --json` wrote. Raises Refused with the line that is none."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"{file} cannot be read. Name a file that sinne bench all --json wrote.") from error
    found = [_figure(line, f"{file}:{number}") for number, line in enumerate(lines, 1) if line.strip()]
    if not found:
        raise Refused(f"{file} holds no figure. Name a file that sinne bench all --json wrote.")
    return found


def rows_beside(before: Sequence[Figure], after: Sequence[Figure]) -> list[tuple[object, ...]]:
    """Figure, n, ratio before, ratio after, and how many times that is; figures of one run alone have a dash."""
    old, new = ({(figure.bench, figure.n): figure for figure in run} for run in (before, after))
    rows: list[tuple[object, ...]] = []
    for bench, n in dict.fromkeys((*old, *new)):
        was, now = (run[bench, n].ratio if (bench, n) in run else None for run in (old, new))
        times = "–" if was is None or now is None or not was else f"{now / was:.2f}"
        rows.append((bench, n, _plain(was), _plain(now), times))
    return rows


def as_markdown(figures: Sequence[Figure]) -> str:
    """A table for a page."""
    rows = [(f.bench, f"{f.n:,}", f"{f.value:,g} {f.unit}", f"{f.baseline.value:,g} {f.unit}, {f.baseline.name}",
             _plain(f.ratio), str(f.runs)) for f in figures]
    heads = ("figure", "n", "ours", "baseline", "ratio", "runs")
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (heads, ("---",) * len(heads), *rows)) + "\n"


def _plain(ratio: float | None) -> str:
    return "–" if ratio is None else f"{ratio:g}"


def _figure(line: str, place: str) -> Figure:
    try:
        said = json.loads(line)
        if set(said) == _KEYS:
            return Figure(str(said["bench"]), int(said["n"]), float(said["value"]), str(said["unit"]),
                          int(said["runs"]), Baseline(str(said["baseline"]["name"]), float(said["baseline"]["value"])))
    except (ValueError, TypeError, KeyError):
        pass
    raise Refused(f"{place}: this is not a figure, which has {', '.join(sorted(_KEYS))}.")

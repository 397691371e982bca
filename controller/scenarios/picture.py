"""A scenario as a picture: time from left to right, a band for each zone's moods and each device, a mark for each step.

SVG without scripts or foreign fonts. How strong a device is, is the height of its band, so it reads without colour.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from xml.sax.saxutils import escape

from controller.scenarios.report import time_of
from controller.scenarios.running import Outcome, Verdict

_LEFT, _WIDTH, _RIGHT = 190, 900, 20
_ROW, _GAP, _TOP = 26, 6, 34
_LINE = 17
#: Numbers of steps that are nearer to each other than this share a place.
_NEAR = 18
_KEYS = ("brightness_pct", "volume_pct", "intensity_pct")
_COLOURS = {"brightness_pct": "#c8811a", "volume_pct": "#2f6f9f", "intensity_pct": "#4f7f3f"}


def as_svg(verdict: Verdict) -> str:
    """The picture."""
    rows = [*verdict.moods, *verdict.seen.rows]
    below = _TOP + len(rows) * (_ROW + _GAP)
    height = below + 24 + _LINE * len(verdict.outcomes) + 12
    total = _LEFT + _WIDTH + _RIGHT
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {total} {height}" width="{total}" '
             f'height="{height}" font-family="sans-serif" font-size="12" role="img">',
             f"<title>{escape(verdict.play.scenario.name)}</title>",
             f'<rect width="{total}" height="{height}" fill="#fff"/>',
             f'<text x="8" y="20" font-size="15" font-weight="bold">{escape(verdict.play.scenario.name)}</text>',
             f'<text x="{total - _RIGHT}" y="14" font-size="10" text-anchor="end">in {time_of(verdict)} time</text>']
    scale = _Scale(verdict.play.start, verdict.end)
    for number, name in enumerate(rows):
        top = _TOP + number * (_ROW + _GAP)
        parts.append(f'<text x="8" y="{top + 17}">{escape(name)}</text>')
        parts.append(f'<rect x="{_LEFT}" y="{top}" width="{_WIDTH}" height="{_ROW}" fill="#f2f1ee"/>')
        if name in verdict.moods:
            parts += _moods(verdict.moods[name], scale, top)
        else:
            parts += _device(verdict.seen.rows[name], scale, top)
    zone = verdict.play.plan.store.place.tz
    parts += _marks(verdict.outcomes, scale, (_TOP, below))
    for x, anchor, instant in ((_LEFT, "start", verdict.play.start), (_LEFT + _WIDTH, "end", verdict.end)):
        parts.append(f'<text x="{x}" y="{below + 10}" text-anchor="{anchor}" font-size="10">'
                     f'{instant.astimezone(zone).strftime("%d %b %H:%M:%S")}</text>')
    for number, outcome in enumerate(verdict.outcomes):
        at = outcome.at.astimezone(zone).strftime("%d %b %H:%M:%S")
        colour = "#222" if outcome.passed else "#b00020"
        words = " ".join((outcome.words, *outcome.amiss))
        parts.append(f'<text x="8" y="{below + 34 + number * _LINE}" fill="{colour}">{_sign(outcome)} {number + 1}. '
                     f"{at} {escape(words)}</text>")
    return "\n".join([*parts, "</svg>", ""])


class _Scale:
    def __init__(self, start: datetime, end: datetime) -> None:
        self._start = start
        self.seconds = max(1.0, (end - start).total_seconds())

    def x(self, at_s: float) -> float:
        return round(_LEFT + _WIDTH * min(max(at_s / self.seconds, 0.0), 1.0), 2)

    def at(self, instant: datetime) -> float:
        return self.x((instant - self._start) / timedelta(seconds=1))


def _moods(spans: list[tuple[datetime, str]], scale: _Scale, top: float) -> Iterator[str]:
    ends = [scale.at(at) for at, _ in spans[1:]] + [float(_LEFT + _WIDTH)]
    for (at, what), end in zip(spans, ends, strict=True):
        left = scale.at(at)
        yield (f'<rect x="{left}" y="{top}" width="{max(0.0, round(end - left, 2))}" height="{_ROW}" fill="#dfe7ef" '
               f'stroke="#7a8a99" stroke-width="0.5"><title>{escape(what)}</title></rect>')
        if end - left > 7 * len(what):
            yield f'<text x="{left + 4}" y="{top + 17}">{escape(what)}</text>'


def _device(rows: list[tuple[float, dict[str, object]]], scale: _Scale, top: float) -> Iterator[str]:
    key = next((key for key in _KEYS if any(key in words for _, words in rows)), None)
    if key is None:
        return
    points = [f"{scale.x(rows[0][0])},{top + _ROW}"]
    for number, (at_s, words) in enumerate(rows):
        value = words.get("heard_pct", words.get(key))  # a player says how much of its volume comes out
        share = float(value) / 100 if words.get("on") is True and isinstance(value, int | float) else 0.0
        y = round(top + _ROW * (1 - share), 2)
        until = rows[number + 1][0] if number + 1 < len(rows) else scale.seconds
        points += [f"{scale.x(at_s)},{y}", f"{scale.x(until)},{y}"]
    points.append(f"{_LEFT + _WIDTH},{top + _ROW}")
    yield f'<polygon points="{" ".join(points)}" fill="{_COLOURS[key]}" fill-opacity="0.75"/>'


def _marks(outcomes: tuple[Outcome, ...], scale: _Scale, span: tuple[float, float]) -> Iterator[str]:
    """A line for each step, whole where something is expected; numbers that would lie on each other share a place."""
    labels: list[tuple[float, str]] = []
    for number, outcome in enumerate(outcomes, start=1):
        x, colour = scale.at(outcome.at), "#555" if outcome.passed else "#b00020"
        dash = "" if outcome.expectation else ' stroke-dasharray="3 3"'
        yield f'<line x1="{x}" x2="{x}" y1="{span[0] - 4}" y2="{span[1]}" stroke="{colour}"{dash}/>'
        if labels and x - labels[-1][0] < _NEAR:
            first = labels[-1][1].partition("–")[0]
            labels[-1] = (labels[-1][0], f"{first}–{number}")
        else:
            labels.append((x, str(number)))
    for x, words in labels:
        yield f'<text x="{x}" y="{span[0] - 6}" text-anchor="middle" font-size="10">{words}</text>'


def _sign(outcome: Outcome) -> str:
    if not outcome.passed:
        return "✗"
    return "✓" if outcome.expectation else "▸"

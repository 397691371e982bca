"""Which windows of the plan hold when: the part of compiling that zones of the same dayparts have in common.

Time is cut into stretches of four weeks. In a stretch, `starts` are the instants at which any window opens or closes,
and `alive` tells for each which hold from then on, as bits: bit 0 is the light floor, bit n + 1 the n-th window.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from profiles.hours import Hours
from profiles.instants import HORIZON_DAYS, days_after, local_date
from profiles.when import Dates, When

STRETCH_S = 28 * 24 * 3600
FLOOR_MARGIN_S = 3600
#: Thirteen months from anywhere meet at most 16; the rest is for looking back.
STRETCHES_KEPT = 24
_SPANS_KEPT = 4096

Edges = list[tuple[float, float]]


class Window(NamedTuple):
    """When a layer is alive: a time expression, the dates on which its windows begin, and how much earlier."""

    text: str
    dates: Dates
    lead_s: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Woven:
    """One stretch: from `starts[n]` on, `alive[n]` holds. The first start is the beginning of the stretch."""

    starts: list[float]
    alive: list[int]

    def number_at(self, instant: float) -> int:
        """The segment that holds an instant of the stretch."""
        return bisect_right(self.starts, instant) - 1


class Looms:
    """Everything about time that the zones of one store share. Safe to use from several threads."""

    def __init__(self, hours: Hours) -> None:
        """Read nothing yet."""
        self.hours = hours
        self._whens: dict[str, When] = {}
        self._known: dict[tuple[bool, tuple[Window, ...]], Loom] = {}
        self.spans = lru_cache(maxsize=_SPANS_KEPT)(self._spans)
        self.floor = lru_cache(maxsize=STRETCHES_KEPT)(self._floor)

    def when(self, text: str) -> When:
        """The expression, read once. Raises WhenError."""
        found = self._whens.get(text)
        if found is None:
            found = self._whens[text] = When.parse(text, self.hours.place, self.hours)
        return found

    def loom(self, people: bool, windows: tuple[Window, ...]) -> Loom:
        """The one loom for these windows."""
        return self._known.setdefault((people, windows), Loom(self, people, windows))

    def _spans(self, window: Window, number: int) -> Edges:
        """The windows that meet a stretch, clipped to it, those that touch made one."""
        first, last = float(number * STRETCH_S), float((number + 1) * STRETCH_S)
        spans = self.when(window.text).spans(first, last + window.lead_s, window.dates)
        return list(_clipped(((a - window.lead_s, b) for a, b in spans), first, last))

    def _floor(self, number: int) -> Edges:
        """When the light floor holds: from 60 min before opening to 60 min after closing."""
        first, last = float(number * STRETCH_S), float((number + 1) * STRETCH_S)
        if self.hours.always_open:
            return [(first, last)]
        tz = self.hours.place.tz
        # A store that stays open over nights may have opened a year ago; business days are kept by year.
        days = self.hours.business_days(
            days_after(local_date(first, tz), -HORIZON_DAYS), days_after(local_date(last, tz), 3))
        margins = ((day.opening.timestamp() - FLOOR_MARGIN_S, day.closing.timestamp() + FLOOR_MARGIN_S)
                   for day in days)
        return list(_clipped(margins, first, last))


class Loom:
    """The windows of zones that have the same ones, by stretch."""

    def __init__(self, looms: Looms, people: bool, windows: tuple[Window, ...]) -> None:
        """`windows`: in the order of their bits. `people`: whether the light floor counts."""
        self._looms = looms
        self._people = people
        self._windows = windows
        self.woven = lru_cache(maxsize=STRETCHES_KEPT)(self._woven)

    def _woven(self, number: int) -> Woven:
        first, last = float(number * STRETCH_S), float((number + 1) * STRETCH_S)
        turns: dict[float, int] = {first: 0}
        bits = [(1, self._looms.floor(number))] if self._people else []
        bits += [(2 << n, self._looms.spans(window, number)) for n, window in enumerate(self._windows)]
        for bit, spans in bits:
            for a, b in spans:
                turns[a] = turns.get(a, 0) ^ bit
                if b < last:
                    turns[b] = turns.get(b, 0) ^ bit
        starts, alive, now = sorted(turns), [], 0
        for start in starts:
            now ^= turns[start]
            alive.append(now)
        return Woven(starts, alive)


def _clipped(spans: Iterator[tuple[float, float]], first: float, last: float) -> Iterator[tuple[float, float]]:
    """The part of each span inside [first, last). They come by their starts; those that touch or overlap become one."""
    begin = end = None
    for a, b in spans:
        if end is not None and begin is not None and a > end:
            if max(begin, first) < min(end, last):
                yield max(begin, first), min(end, last)
            begin = end = None
        begin = a if begin is None else begin
        end = b if end is None else max(end, b)
    if begin is not None and end is not None and max(begin, first) < min(end, last):
        yield max(begin, first), min(end, last)

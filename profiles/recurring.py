"""The windows of one part of the plan, kept once they are worked out: the engine asks for them at every round.

Time is cut into stretches of four weeks, as in `profiles.compiled`. A window that reaches over the edge of a stretch is
given with its true beginning and end.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from operator import itemgetter

from profiles.instants import HORIZON_DAYS

_DAY_S = 24 * 3600
_STRETCH_S = 28 * _DAY_S
#: No window further away than this is looked for: 13 months.
HORIZON_S = HORIZON_DAYS * _DAY_S
_STRETCHES_KEPT = 20

#: A window as seconds since 1970, half-open: [start, end).
Span = tuple[float, float]


class Recurring:
    """Windows that come again. Safe to ask from several threads: what is kept can only be found again."""

    def __init__(self, spans: Callable[[float, float], Sequence[Span]]) -> None:
        """`spans` gives the windows that meet [start, end), sorted and merged. Nothing is worked out yet."""
        self._spans = spans
        self._stretches: dict[int, tuple[Span, ...]] = {}

    def at(self, instant: float) -> Span | None:
        """The window that holds `instant` (seconds since 1970), if there is one."""
        return next((span for span in self._stretch(int(instant // _STRETCH_S)) if span[0] <= instant < span[1]), None)

    def between(self, start: float, end: float) -> Iterator[Span]:
        """The windows that meet [start, end), in order."""
        seen: Span | None = None
        for number in range(int(start // _STRETCH_S), int(end // _STRETCH_S) + 1):
            spans = self._stretch(number)
            # They are sorted and do not overlap: the first that meets is the one before the first that begins later.
            for n in range(max(0, bisect_right(spans, start, key=itemgetter(0)) - 1), len(spans)):
                span = spans[n]
                if span[0] >= end:
                    break
                if span[1] > start and (seen is None or span[0] >= seen[1]):
                    seen = span
                    yield span

    def edge(self, after: float) -> float | None:
        """The first instant after `after` at which a window begins or ends; None within 13 months."""
        horizon = after + HORIZON_S  # a window without an end has none beyond it that could be told
        for a, b in self.between(after, horizon):
            for edge in (a, b):
                if after < edge < horizon:
                    return edge
        return None

    def _stretch(self, number: int) -> tuple[Span, ...]:
        found = self._stretches.get(number)
        if found is None:
            start, end = number * _STRETCH_S, (number + 1) * _STRETCH_S
            found = tuple(self._whole(span, start, end) for span in self._spans(start, end))
            while len(self._stretches) >= _STRETCHES_KEPT:
                self._stretches.pop(next(iter(self._stretches)), None)
            self._stretches[number] = found
        return found

    def _whole(self, span: Span, start: int, end: int) -> Span:
        """A window with its true edges: those that lie outside of what was asked for are looked for further out."""
        a, b = span
        if a <= start:
            a = min((x for x, y in self._spans(start - HORIZON_S, end) if x <= start < y), default=a)
        if b >= end:
            b = max((y for x, y in self._spans(start, end + HORIZON_S) if x < end <= y), default=b)
        return a, b

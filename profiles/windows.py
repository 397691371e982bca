"""A *when* kept ready by the store's months, so that asking what holds at an instant is a bisection.

`resolve` asks at every beat and every press, a year's timeline asks thousands of times: parsing and expanding then is
not an option (`semantics.md`, rule 13). Instants are seconds since 1970, as floats, because that is what the beat has.
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from datetime import date
from math import inf
from typing import NamedTuple

from profiles.instants import FIRST_DATE, HORIZON_DAYS, LAST_DATE, Span, instant, local_date, merged
from profiles.when import When

_DAY_S = 86_400
_MONTHS_KEPT = 64
#: How far a window over the edge of a month is followed, in days: mostly it is a night, seldom a season.
_REACH = (3, 40, HORIZON_DAYS)


class _Month(NamedTuple):
    """The windows that meet one month [begin, end), in full, by their starts and ends."""

    begin: float
    end: float
    starts: list[float]
    ends: list[float]


class Windows:
    """The windows of one *when*, or of several together. Safe to ask from several threads."""

    def __init__(self, when: When | Sequence[When], months: int = _MONTHS_KEPT) -> None:
        """Keep up to `months` months. Several whens are of one place, and touching windows of them are one."""
        self._whens = [when] if isinstance(when, When) else list(when)
        if not self._whens:
            raise ValueError("windows need at least one when")
        self._tz = self._whens[0].place.tz
        self._always = any(one.always for one in self._whens)
        self._kept = months
        self._months: OrderedDict[tuple[int, int], _Month] = OrderedDict()
        self._lock = threading.Lock()
        # The month asked last: read and replaced whole, so a reader needs no lock.
        self._latest = _Month(inf, -inf, [], [])

    def active(self, t: float) -> tuple[float, float] | None:
        """The window that holds at `t`, whole (start ≤ t < end), or None.

        Where a window reaches further than 13 months beyond the month of `t`, its start is -inf or its end inf.
        """
        month = self._latest
        if not month.begin <= t < month.end:
            if self._always:
                return -inf, inf
            month = self._month_of(t)
        n = bisect_right(month.starts, t) - 1
        if n >= 0 and t < month.ends[n]:
            return month.starts[n], month.ends[n]
        return None

    def boundaries(self, after: float, before: float) -> Iterator[float]:
        """The instants in (after, before) at which a window starts or ends, in order; worked out as asked."""
        if self._always:
            return
        t = max(after, instant(FIRST_DATE, 0, self._tz))
        latest = min(before, instant(LAST_DATE, 0, self._tz))
        while t < latest:
            month = self._month_of(t)
            for start, end in zip(month.starts, month.ends, strict=True):
                if after < start < before and start >= month.begin:
                    yield start
                # An end at the very edge is this month's: the next does not hold the window at all.
                if after < end < before and end <= month.end:
                    yield end
            t = month.end

    def _month_of(self, t: float) -> _Month:
        day = local_date(t, self._tz)
        key = (day.year, day.month)
        with self._lock:
            month = self._months.get(key)
            if month is not None:
                self._months.move_to_end(key)
        if month is None:
            month = self._work_out(*key)
            with self._lock:
                self._months[key] = month
                while len(self._months) > self._kept:
                    self._months.popitem(last=False)
        self._latest = month
        return month

    def _work_out(self, year: int, month: int) -> _Month:
        begin = instant(date(year, month, 1), 0, self._tz)
        end = instant(date(year + month // 12, month % 12 + 1, 1), 0, self._tz)
        windows: list[tuple[float, float]] = list(self._spans(begin, end))
        if windows and windows[0][0] <= begin:
            windows[0] = (self._start_before(begin), windows[0][1])
        if windows and windows[-1][1] >= end:
            windows[-1] = (windows[-1][0], self._end_after(end))
        return _Month(begin, end, [float(a) for a, _ in windows], [float(b) for _, b in windows])

    def _spans(self, begin: int, end: int) -> list[Span]:
        return merged(span for when in self._whens for span in when.spans(begin, end))

    def _start_before(self, begin: int) -> float:
        """The true start of the window that holds at `begin`."""
        for days in _REACH:
            start = self._spans(begin - days * _DAY_S, begin + 1)[-1][0]
            if start > begin - days * _DAY_S:
                return start
        return -inf

    def _end_after(self, end: int) -> float:
        """The true end of the window that holds just before `end`."""
        for days in _REACH:
            until = self._spans(end - 1, end + days * _DAY_S)[0][1]
            if until < end + days * _DAY_S:
                return until
        return inf

"""A store's opening hours: the usual week as an expression, and the dates on which it is different.

From them come the *business days* that `opening` and `closing` refer to. A business day is a date on which the store
goes from closed to open. Its opening is the first of that date; its closing is the end of the last stretch that began
on it, so a lunch break does not count and hours past midnight belong to the day they began. A store that stays open
over whole nights has one business day from its opening to the next time it really closes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from functools import cached_property, lru_cache
from typing import NamedTuple

from pydantic import field_validator

from profiles.base import Value, Words
from profiles.instants import HORIZON_DAYS, LAST_DATE, Interval, Span, clipped, days_after, instant, local_date
from profiles.osm import Expression, Minutes, as_instants
from profiles.place import Place
from profiles.refusals import WhenError

_YEARS_KEPT = 32
#: Hours that were read last: versions of a plan, its check and its panel mostly have the same.
_HOURS_KEPT = 64
#: Enough years to meet every weekday, leap day and holiday rule.
SAMPLE = (dt.date(2024, 1, 1), dt.date(2028, 12, 31))


class HoursException(Value):
    """A date with other hours than its week says: closed (`hours` None), or open at these clock times."""

    date: dt.date
    hours: str | None = None
    name: Words | None = None

    @field_validator("hours")
    @classmethod
    def _clock_times(cls, hours: str | None) -> str | None:
        if hours is not None:
            _windows(hours)
        return hours


class BusinessDay(NamedTuple):
    """A day of trade: its date in the store, opening and closing in UTC."""

    date: dt.date
    opening: dt.datetime
    closing: dt.datetime


class Hours:
    """The opening hours of one store. Safe to ask from several threads."""

    def __init__(self, expression: Expression, exceptions: dict[dt.date, list[Minutes]]) -> None:
        """Keep the week and the exceptions, the latter as minutes after midnight of their dates."""
        self.text = expression.text
        self.place = expression.place
        self._expression = expression
        self._exceptions = exceptions
        self._years: dict[int, tuple[BusinessDay, ...]] = {}

    @classmethod
    def parse(cls, text: str, place: Place, exceptions: Iterable[HoursException] = ()) -> Hours:
        """Read opening hours, or raise WhenError: what a *when* may not say, hours may not say either.

        Who asks for the same hours again may be given the same ones, with the years that were worked out.
        """
        return _read(text, place, tuple(exceptions))

    @cached_property
    def always_open(self) -> bool:
        """Whether the store never closes (24/7): then it has neither opening nor closing."""
        if any(windows != [(0, 1440)] for windows in self._exceptions.values()):
            return False
        first, last = SAMPLE
        # Nearly every store closes within the first week of the sample, and the years after need not be looked at.
        return self._open_throughout(first, days_after(first, 7)) and self._open_throughout(first, last)

    def _open_throughout(self, first: dt.date, last: dt.date) -> bool:
        stretches = self._stretches(first, last)
        return len(stretches) == 1 and (
            stretches[0][0] <= instant(first, 0, self.place.tz)
            and stretches[0][1] >= instant(last, 1440, self.place.tz))

    def business_days(self, first: dt.date, last: dt.date) -> list[BusinessDay]:
        """The business days that begin on a date from `first` to `last`; dates without an opening are absent."""
        first, last = days_after(first, 0), days_after(last, 0)
        return [day for year in range(first.year, last.year + 1) for day in self._year(year)
                if first <= day.date <= last]

    def intervals(self, start: dt.datetime, end: dt.datetime) -> list[Interval]:
        """When the store is open in [start, end): UTC, half-open, sorted, merged, clipped, without breaks."""
        tz = self.place.tz
        first, last = local_date(start.timestamp(), tz), local_date(end.timestamp(), tz)
        return clipped(self._stretches(days_after(first, -3), last), start, end)

    def _stretches(self, first: dt.date, last: dt.date) -> list[Span]:
        minutes = self._expression.minutes(first, last)
        minutes.update({date: windows for date, windows in self._exceptions.items() if first <= date <= last})
        return as_instants(minutes, self.place)

    def _year(self, year: int) -> tuple[BusinessDay, ...]:
        known = self._years.get(year)
        if known is None:
            if len(self._years) >= _YEARS_KEPT:
                self._years = {}
            known = self._years[year] = tuple(self._work_out(year))
        return known

    def _work_out(self, year: int) -> Iterable[BusinessDay]:
        first, last = days_after(dt.date(year, 1, 1), 0), days_after(dt.date(year, 12, 31), 0)
        # From three days before, as a window may last that long; until a stretch that began in the year has ended.
        found: dict[dt.date, list[Span]] = {}
        for ahead in (3, 40, HORIZON_DAYS):
            found.clear()
            stretches = self._stretches(days_after(first, -3), days_after(last, ahead))
            for stretch in stretches:
                found.setdefault(local_date(stretch[0], self.place.tz), []).append(stretch)
            late = local_date(stretches[-1][0], self.place.tz) if stretches else LAST_DATE
            if late > last:
                break
            unending = local_date(stretches[-1][1], self.place.tz) > days_after(last, ahead) if stretches else False
            if not unending:
                break
            # A store that has not closed by now has no closing on that day.
            found[late].pop()
        for date in sorted(found):
            if first <= date <= last and found[date]:
                opening, closing = found[date][0][0], found[date][-1][1]
                yield BusinessDay(date, dt.datetime.fromtimestamp(opening, dt.UTC),
                                  dt.datetime.fromtimestamp(closing, dt.UTC))


@lru_cache(maxsize=_HOURS_KEPT)
def _read(text: str, place: Place, exceptions: tuple[HoursException, ...]) -> Hours:
    other: dict[dt.date, list[Minutes]] = {}
    for exception in exceptions:
        if exception.date in other:
            raise WhenError(text, None, f"{exception.date} is among the exceptions twice: keep one of the two.")
        other[exception.date] = [] if exception.hours is None else _windows(exception.hours)
    return Hours(Expression.parse(text, place), other)


def _windows(text: str) -> list[Minutes]:
    """Clock times alone, such as `10:00-12:00,13:00-15:00`, in minutes."""
    expression = Expression.parse(text, Place(timezone="UTC"))
    rule = expression.rules[0]
    clocks = all(window.begin.event is None and window.end.event is None for window in rule.windows)
    if len(expression.rules) > 1 or rule.days or not rule.windows or not rule.opens or not clocks:
        raise WhenError(text, None, "The hours of a date are clock times alone, as in 10:00-15:00.")
    any_date = dt.date(2028, 2, 1)
    return expression.minutes(any_date, any_date)[any_date]

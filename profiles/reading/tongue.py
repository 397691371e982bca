"""What a language has to be able to say, so that `telling` can read any expression aloud in it.

Each language is a class of its own with its own grammar; what stands here is only what all of them share: how a list
becomes *a, b and c*, and which parts of selectors are said in which order.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from profiles.reading.selectors import Dates, Day, Holidays, Months, Nth, Run, Selectors, Weekdays

MINUTES_A_DAY = 1440


class Tongue(ABC):
    """One language. Every method gives a phrase without a capital at its start and without a full stop."""

    and_: str
    every_day: str
    all_day: str
    always: str
    never: str
    #: What follows dates without a year, with the space before it.
    every_year: str
    #: Weekdays that count only if they are certain dates.
    falling: str
    #: How rules join those before: what is taken out, put in, put instead of, or holds where nothing else does.
    except_: str
    also: str
    instead: str
    otherwise: str
    besides: str

    # -- days

    def days(self, chosen: Selectors) -> str:
        """The dates that selectors choose."""
        weekdays, dates = self._weekdays(chosen), self._dates(chosen)
        if weekdays and any(isinstance(part, Dates) and part.first == part.last for part in chosen.dates):
            pieces = [self.falling.format(weekdays=weekdays, dates=dates)]
        else:
            pieces = [weekdays, dates]
        pieces.append(self.listed([self.week_run(run) for run in chosen.weeks]))
        pieces.append(self.listed([self.year_run(run) for run in chosen.years]))
        return ", ".join(piece for piece in pieces if piece)

    def _weekdays(self, chosen: Selectors) -> str:
        if chosen.every_day:
            named = any(isinstance(part, Dates) for part in chosen.dates)
            return "" if named else self.every_day
        month = self._month_of_all(chosen)
        said: list[str] = []
        for part in chosen.weekdays:
            if isinstance(part, Nth):
                said.append(self.nth(part, month))
            elif isinstance(part, Holidays):
                said.append(self.holidays(part.shift_days))
            elif (part.last - part.first) % 7 == 1:
                said += [self.weekday(part.first), self.weekday(part.last)]
            elif part.first == part.last:
                said.append(self.weekday(part.first))
            else:
                said.append(self.weekday_range(part))
        return self.listed(said)

    def _dates(self, chosen: Selectors) -> str:
        if self._month_of_all(chosen) is not None:
            return ""
        months = [part for part in chosen.dates if isinstance(part, Months)]
        dates = [part for part in chosen.dates if isinstance(part, Dates)]
        said = [self.months(part) for part in months]
        said += [self.date(part.first) if part.first == part.last else self.date_range(part) for part in dates]
        yearly = dates and not chosen.years and all(part.first.year is None for part in dates)
        return self.listed(said) + (self.every_year if yearly else "")

    @staticmethod
    def _month_of_all(chosen: Selectors) -> int | None:
        """The one month that nth weekdays are of: then "the first Saturday of May" says both at once."""
        if not chosen.weekdays or not all(isinstance(part, Nth) for part in chosen.weekdays) or len(chosen.dates) != 1:
            return None
        only = chosen.dates[0]
        return only.first if isinstance(only, Months) and only.first == only.last and only.year is None else None

    @abstractmethod
    def quoted_days(self, text: str) -> str:
        """Days that have no words, as they are written."""

    @abstractmethod
    def weekday(self, day: int) -> str:
        """Every such weekday; Monday is 0."""

    @abstractmethod
    def weekday_range(self, days: Weekdays) -> str:
        """Every weekday from one to another, more than two."""

    @abstractmethod
    def nth(self, days: Nth, month: int | None) -> str:
        """The so-manieth weekdays of each month, or of `month`."""

    @abstractmethod
    def holidays(self, shift_days: int) -> str:
        """Public holidays, or the days so many days after them."""

    @abstractmethod
    def date(self, day: Day) -> str:
        """One date."""

    @abstractmethod
    def date_range(self, dates: Dates) -> str:
        """A range of dates."""

    @abstractmethod
    def months(self, months: Months) -> str:
        """Whole months."""

    @abstractmethod
    def week_run(self, weeks: Run) -> str:
        """Weeks of the year."""

    @abstractmethod
    def year_run(self, years: Run) -> str:
        """Years."""

    # -- times

    def times(self, windows: Sequence[str]) -> str:
        """Several windows of a day."""
        return self.listed(windows)

    @abstractmethod
    def clock_window(self, begin: int, end: int) -> str:
        """From one clock time to another, in minutes after midnight; an end past 1440 is of a later day."""

    @abstractmethod
    def window(self, begin: str, end: str, next_day: bool) -> str:
        """From one end to another, as `point` says them."""

    @abstractmethod
    def clock(self, minutes: int) -> str:
        """A clock time as an end of a window."""

    @abstractmethod
    def point(self, event: str, minutes: int, following: bool = False) -> str:
        """So long after (before) an event of the sun or the store; `following`: the next one, of a later day."""

    @abstractmethod
    def everywhere(self, begin: tuple[str, str], end: tuple[str, str]) -> str:
        """Once, between two instants that are the same everywhere; each a date ('' where the same) and a clock."""

    @abstractmethod
    def quoted(self, comment: str) -> str:
        """A remark of whoever wrote the expression."""

    # -- lists

    def listed(self, parts: Sequence[str]) -> str:
        """`a`, `a and b`, `a, b and c`."""
        if len(parts) < 2:
            return "".join(parts)
        return f"{', '.join(parts[:-1])} {self.and_} {parts[-1]}"

    def with_times(self, days: str, times: str) -> str:
        """Days, then times; a comma keeps apart what has one inside already."""
        apart = "," if "," in days or days.startswith("from ") else ""
        return f"{days}{apart} {times}".strip() if times else days

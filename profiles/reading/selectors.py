"""Day selectors taken apart: `2026-2028 Nov week 1-10 Sa[1],PH` as years, dates, weeks and weekdays.

What is read is the text that `opening_hours` writes for the selectors that it understood, so that spelling, order and
short forms are settled already. A part that is not known here makes the whole unknown (None), and the reader quotes it:
better no words than wrong ones.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

#: A year that stands for "and every one after".
OPEN_YEAR = 9999

_DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_MONTH = "|".join(_MONTHS)
_DAY = "|".join(_DAYS)
_SHIFT = r"(?: (?P<shift>[+-]?\d+) days?)?"
_YEARS = re.compile(
    rf"(?P<first>\d{{4}})(?:-(?P<last>\d{{4}}))?(?:/(?P<step>\d+))?(?=,\d|$| week| (?:{_DAY}|PH)|{_MONTH})")
_DATE = re.compile(rf"(?:(?P<year>\d{{4}}) )?(?:(?P<month>{_MONTH}) (?P<day>\d{{1,2}})|easter){_SHIFT}(?=$|[ ,-])")
_MONTH_RANGE = re.compile(
    rf"(?P<year>\d{{4}})?(?P<first>{_MONTH})(?:-(?P<last>{_MONTH}))?(?=$|,| week| (?:{_DAY}|PH))")
_WEEKS = re.compile(r"(?P<first>\d{2})(?:-(?P<last>\d{2}))?(?:/(?P<step>\d+))?(?=$|[ ,])")
_NTH = re.compile(rf"(?P<day>{_DAY})\[(?P<which>-?\d(?:,-?\d)*)\]{_SHIFT}(?=$|,)")
_WEEKDAYS = re.compile(rf"(?P<first>{_DAY})(?:-(?P<last>{_DAY}))?(?=$|,)")
_HOLIDAYS = re.compile(rf"PH{_SHIFT}(?=$|,)")


@dataclass(frozen=True, slots=True)
class Weekdays:
    """A range of weekdays, Monday 0: `first` to `last`, over Sunday if `last` is the smaller."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Nth:
    """The so-manieth weekdays of a month (1 to 5, or -1 to -5 from its end), moved by `shift_days`."""

    weekday: int
    which: tuple[int, ...]
    shift_days: int


@dataclass(frozen=True, slots=True)
class Holidays:
    """Public holidays, or the days so many days after (before) each."""

    shift_days: int


@dataclass(frozen=True, slots=True)
class Day:
    """One date. `month` from 1; None: Easter Sunday. `year` None: of every year."""

    year: int | None
    month: int | None
    day: int
    shift_days: int


@dataclass(frozen=True, slots=True)
class Dates:
    """From one date to another, both included."""

    first: Day
    last: Day

    @property
    def in_one_month(self) -> bool:
        """Whether the month of the second says that of the first as well."""
        first, last = self.first, self.last
        plain = first.month is not None and first.shift_days == last.shift_days == 0
        return plain and (first.year, first.month) == (last.year, last.month)


@dataclass(frozen=True, slots=True)
class Months:
    """Whole months, from 1, both included; `year` None: of every year."""

    year: int | None
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Run:
    """Years or weeks from `first` to `last`, each `step`th of them."""

    first: int
    last: int
    step: int


@dataclass(frozen=True, slots=True)
class Selectors:
    """The four kinds of selectors. A date is chosen if it meets each kind that is there, by one of its parts."""

    years: tuple[Run, ...] = ()
    dates: tuple[Dates | Months, ...] = ()
    weeks: tuple[Run, ...] = ()
    weekdays: tuple[Weekdays | Nth | Holidays, ...] = ()

    @property
    def every_day(self) -> bool:
        """Whether the weekdays leave no day out."""
        chosen = {day % 7 for part in self.weekdays if isinstance(part, Weekdays)
                  for day in range(part.first, part.last + (8 if part.last < part.first else 1))}
        return not self.weekdays or len(chosen) == 7


def selectors_of(canonical: str) -> Selectors | None:
    """Read selectors as the library writes them; None for what has no words here."""
    cursor = _Cursor(canonical.strip())
    years = tuple(_run(found) for found in cursor.listed(_YEARS))
    cursor.skip(" ")
    dates = _dates(cursor)
    cursor.skip(" ")
    weeks = tuple(_run(found) for found in cursor.listed(_WEEKS)) if cursor.skip("week") else ()
    cursor.skip(" ")
    weekdays = _weekdays(cursor)
    if cursor.text or not _has_one_meaning(dates, weekdays):
        return None
    return Selectors(years, dates, weeks, weekdays)


class _Cursor:
    """The part of a text that is still to be read."""

    def __init__(self, text: str) -> None:
        self.text = text

    def skip(self, word: str) -> bool:
        if not self.text.startswith(word):
            return False
        self.text = self.text[len(word):]
        return True

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self.text)
        if found is not None:
            self.text = self.text[found.end():]
        return found

    def listed(self, pattern: re.Pattern[str]) -> list[re.Match[str]]:
        """As many as there are, with a comma between each two."""
        found: list[re.Match[str]] = []
        while not found or self.skip(","):
            one = self.take(pattern)
            if one is None:
                break
            found.append(one)
        return found


def _run(found: re.Match[str]) -> Run:
    first = int(found["first"])
    return Run(first, int(found["last"] or first), int(found["step"] or 1))


def _dates(cursor: _Cursor) -> tuple[Dates | Months, ...]:
    parts: list[Dates | Months] = []
    while not parts or cursor.skip(","):
        first = cursor.take(_DATE)
        if first is not None:
            last = cursor.take(_DATE) if cursor.skip("-") else first
            if last is None:
                cursor.text = "?"  # a range to something that is no date
                break
            parts.append(Dates(_day(first), _day(last)))
            continue
        months = cursor.take(_MONTH_RANGE)
        if months is None:
            break
        begin = _MONTHS.index(months["first"]) + 1
        end = _MONTHS.index(months["last"]) + 1 if months["last"] else begin
        parts.append(Months(int(months["year"]) if months["year"] else None, begin, end))
    return tuple(parts)


def _day(found: re.Match[str]) -> Day:
    month = _MONTHS.index(found["month"]) + 1 if found["month"] else None
    year = int(found["year"]) if found["year"] else None
    return Day(year, month, int(found["day"] or 0), int(found["shift"] or 0))


def _weekdays(cursor: _Cursor) -> tuple[Weekdays | Nth | Holidays, ...]:
    parts: list[Weekdays | Nth | Holidays] = []
    while not parts or cursor.skip(","):
        if (nth := cursor.take(_NTH)) is not None:
            which = tuple(int(number) for number in nth["which"].split(","))
            parts.append(Nth(_DAYS.index(nth["day"]), which, int(nth["shift"] or 0)))
        elif (days := cursor.take(_WEEKDAYS)) is not None:
            first = _DAYS.index(days["first"])
            parts.append(Weekdays(first, _DAYS.index(days["last"]) if days["last"] else first))
        elif (holidays := cursor.take(_HOLIDAYS)) is not None:
            parts.append(Holidays(int(holidays["shift"] or 0)))
        else:
            break
    return tuple(parts)


def _has_one_meaning(dates: tuple[Dates | Months, ...], weekdays: tuple[Weekdays | Nth | Holidays, ...]) -> bool:
    """A moved weekday belongs to the date from which it was moved: beside single dates nobody could tell."""
    moved = any(part.shift_days for part in weekdays if isinstance(part, Nth | Holidays))
    return not moved or all(isinstance(part, Months) for part in dates)

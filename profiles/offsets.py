"""Sinne's own form of a *when*: `[day selectors] A..B`, counted from the store's opening and closing.

A and B are `opening` or `closing`, each with an optional `+hh:mm` or `-hh:mm`, or a clock time:
`opening-00:30..opening+01:00`, `Fr closing-01:00..closing`, `closing+00:30..02:00`. The day selectors are those of
OpenStreetMap (`profiles.osm`) and choose business days by their date (`profiles.hours`).

Offsets are elapsed time; clock times are those of the date of the business day. Where B cannot come after A on the same
day (`closing..02:00`, `22:00..opening`), B is the clock time of the next date, or the next opening, however many days
the store is closed between. Whether it can is decided once for the store's hours, not day by day: with closing at 21:00
and, once, at 15:00, `closing..18:00` is there that once and nowhere else. Two clock times do not speak of the store's
hours: `Mo 10:00..12:00` is `Mo 10:00-12:00`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from profiles.days import dates
from profiles.hours import SAMPLE, BusinessDay, Hours
from profiles.instants import HORIZON_DAYS, Span, days_after, instant
from profiles.osm import Edge, Expression, Rule, Window
from profiles.place import Place
from profiles.refusals import WhenError, refuse_unreadable

_MARK = re.compile(
    r"(?P<event>opening|closing)(?:\s*(?P<sign>[+-])\s*(?P<offset>\d{1,2}:\d{2}))?|(?P<clock>\d{1,2}:\d{2})", re.I)
_LAST_MARK = re.compile(rf"(?:^|\s)\s*({_MARK.pattern})\s*$", re.I)
_YEARS_KEPT = 8
_WANTED = "opening or closing, with +hh:mm or -hh:mm if you like, or a clock time"


@dataclass(frozen=True, slots=True)
class Mark:
    """One end: `opening` or `closing` and the minutes after it, or (event None) minutes after midnight."""

    event: str | None
    minutes: int

    def on(self, day: BusinessDay, place: Place) -> int:
        """The instant on a business day."""
        if self.event is None:
            return instant(day.date, self.minutes, place.tz)
        moment = day.opening if self.event == "opening" else day.closing
        return int(moment.timestamp()) + 60 * self.minutes


class StoreWindow:
    """A window between two marks, on the business days that the selectors choose."""

    def __init__(self, days: str, begin: Mark, end: Mark, hours: Hours) -> None:
        """Decide once whether the window goes over to the next date."""
        self.days = days
        self.begin = begin
        self.end = end
        self.hours = hours
        self.overnight = self._is_overnight()
        self._of_year = lru_cache(maxsize=_YEARS_KEPT)(self._work_out)

    def windows(self, first: date, last: date) -> list[Span]:
        """The windows of business days up to `last` that may reach `first` or later, day by day: some may be empty."""
        # A clock time lies at most two dates after its day; an opening or closing may be a season away.
        begin = days_after(first, -HORIZON_DAYS if self.end.event else -3)
        return [span for year in range(begin.year, last.year + 1) for day, span in self._of_year(year)
                if begin <= day <= last]

    def _work_out(self, year: int) -> list[tuple[date, Span]]:
        """The windows of the business days of a year."""
        first, last = days_after(date(year, 1, 1), 0), days_after(date(year, 12, 31), 0)
        place = self.hours.place
        chosen = set(dates(self.days, place, first, last))
        days = self.hours.business_days(first, days_after(last, HORIZON_DAYS if self.overnight else 0))
        openings = [Mark("opening", self.end.minutes).on(day, place) for day in days] if self.overnight else []
        found: list[tuple[date, Span]] = []
        for day in days:
            if day.date > last or day.date.toordinal() not in chosen:
                continue
            begin = self.begin.on(day, place)
            if not self.overnight:
                end = self.end.on(day, place)
            elif self.end.event is None:
                end = instant(day.date, self.end.minutes + 1440, place.tz)
            else:
                following = bisect_right(openings, begin)
                end = openings[following] if following < len(openings) else begin
            found.append((day.date, (begin, end)))
        return found

    def _is_overnight(self) -> bool:
        events = (self.begin.event, self.end.event)
        if events == ("closing", "opening"):
            return True
        if None not in events or self.end.event == "closing":
            return False
        place = self.hours.place
        return not any(self.end.on(day, place) > self.begin.on(day, place) for day in self.hours.business_days(*SAMPLE))


def parse_offsets(text: str, place: Place, hours: Hours | None) -> StoreWindow | Expression:
    """Read sinne's own form, or raise WhenError with the column and one sentence."""
    refuse_unreadable(text)
    dots = text.find("..")
    again = text.find("..", dots + 2)
    if again >= 0:
        raise WhenError(text, again + 1, "There is one window A..B to an expression: write two dayparts for two.")
    first = _LAST_MARK.search(text[:dots])
    if first is None:
        column = text[:dots].rfind(" ") + 2
        raise WhenError(text, column, f"Before the two dots stands {_WANTED}.")
    tail = text[dots + 2:]
    last = _MARK.fullmatch(tail.strip())
    if last is None:
        raise WhenError(text, dots + 3 + len(tail) - len(tail.lstrip()), f"After the two dots stands {_WANTED}.")
    begin = _mark(text, first, first.start(1))
    end = _mark(text, last, dots + 2 + len(tail) - len(tail.lstrip()))
    days = _days(text, text[:first.start(1)], place)
    _refuse_order(text, begin, end)
    if begin.event is None and end.event is None:
        window = Window(Edge(begin.minutes), Edge(end.minutes), end.minutes <= begin.minutes)
        return Expression(text, place, (Rule(";", days, (window,), True),))
    event = re.search("opening|closing", text, re.I)
    at_event = event.start() + 1 if event else None
    if hours is None:
        raise WhenError(text, at_event, "opening and closing need the store's hours: set them, or write clock times.")
    if hours.always_open:
        raise WhenError(text, at_event, "A store that is open 24/7 has no opening and no closing: write clock times.")
    return StoreWindow(days, begin, end, hours)


def _mark(text: str, found: re.Match[str], start: int) -> Mark:
    clock = found["clock"] or found["offset"] or "0:00"
    hours, minutes = (int(part) for part in clock.split(":"))
    if minutes > 59 or hours * 60 + minutes > (1440 if found["clock"] else 1439):
        raise WhenError(text, start + 1, f"{clock} is no time: hours go to 23, minutes to 59, and a day ends at 24:00.")
    sign = -1 if found["sign"] == "-" else 1
    return Mark(found["event"].lower() if found["event"] else None, sign * (hours * 60 + minutes))


def _days(text: str, before: str, place: Place) -> str:
    """The day selectors, checked as an expression of their own (columns are the same: they stand first)."""
    if not before.strip():
        return ""
    try:
        only = Expression.parse(before, place).days_only
    except WhenError as error:
        raise WhenError(text, error.column, error.sentence) from None
    if only is None:
        raise WhenError(text, len(before) - len(before.lstrip()) + 1,
                        "Before A..B stand day selectors alone, as in Mo-Fr or PH or Dec 24.")
    return only


def _refuse_order(text: str, begin: Mark, end: Mark) -> None:
    same = begin.event == end.event
    if same and (end.minutes == begin.minutes or (begin.event is not None and end.minutes < begin.minutes)):
        raise WhenError(text, text.find("..") + 1, "The end of this window is not after its start.")

"""The dates that day selectors choose: asked of the library `opening_hours`, but for the store's own public holidays.

Whatever the library raises, its own panics included, leaves here as a WhenError.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date, datetime
from functools import lru_cache
from typing import TypeVar

from opening_hours import OpeningHours, State

from profiles.instants import days_after
from profiles.place import Place
from profiles.refusals import WhenError

_HOLIDAY = re.compile(r"\bPH\b", re.I)
_NUMBER = re.compile(r"-?\d+")
_WEEKDAY_PART = re.compile(
    r"PH(?: [+-]?\d+ days?)?|(?:Mo|Tu|We|Th|Fr|Sa|Su)(?:-(?:Mo|Tu|We|Th|Fr|Sa|Su))?(?:\[[-\d,]+\](?: [+-]\d+ days?)?)?")
#: The weekdays at the end of selectors as the library writes them.
_WEEKDAY_LIST = re.compile(rf"(?<![^ ])(?:{_WEEKDAY_PART.pattern})(?:,(?:{_WEEKDAY_PART.pattern}))*$")
_T = TypeVar("_T")


def guarded(text: str, ask: Callable[[], _T]) -> _T:
    """The answer of the library; whatever it raises, its own panics included, becomes a WhenError."""
    try:
        return ask()
    except WhenError:
        raise
    except Exception as error:
        raise _unread(text, str(error)) from None
    except BaseException as error:
        # pyo3 reports a panic of Rust code by an exception that is no Exception. Ctrl-C must still pass.
        if type(error).__name__ != "PanicException":
            raise
        raise WhenError(text, None, "The library breaks down over this: write it another way.") from None


def _unread(text: str, message: str) -> WhenError:
    found = re.search(r"-->\s*1:(\d+)", message)
    if found is None:
        reason = (message.splitlines() or [""])[0].removeprefix("Failed to parse expression:").strip(" ?.")
        return WhenError(text, None, f"This cannot be read: {reason[:120] or 'no reason is given'}.")
    column = int(found.group(1))
    rest = text[column - 1:].strip()
    clock = re.match(r".*?(\d{1,2}:\d{2})\s*$", text[:column - 1]) if not rest else None
    if clock:
        sentence = f"{clock.group(1)} is a moment: a window needs a start and an end, as in 10:00-12:00."
    elif not rest:
        sentence = "The expression ends too early: a whole one is for example Mo-Fr 10:00-12:00."
    else:
        sentence = f"\"{rest[:20]}\" is not understood here: a whole one is for example Mo-Fr 10:00-12:00; PH off."
    return WhenError(text, column, sentence)


def dates(days: str, place: Place, first: date, last: date) -> Iterable[int]:
    """The dates from `first` to `last` (as ordinals) that day selectors choose; no selectors choose every date."""
    if not days:
        return range(first.toordinal(), last.toordinal() + 1)
    start, end = first.toordinal(), last.toordinal()
    if _HOLIDAY.search(days) and (place.own_holidays or place.no_holidays):
        return sorted(day for day in _with_own_holidays(days, place, start, end) if start <= day <= end)
    return _bylibrary(days, place.country, first, last)


def _bylibrary(days: str, country: str | None, first: date, last: date) -> list[int]:
    def ask() -> list[int]:
        start, end = (datetime(d.year, d.month, d.day) for d in (first, days_after(last, 1)))
        chosen: list[int] = []
        for begins, ends, state, _ in library(f"{days} 00:00-24:00", country).intervals(start, end):
            if state == State.OPEN:
                chosen.extend(range(begins.toordinal(), ends.toordinal()))
        return chosen

    return guarded(days, ask)


def _with_own_holidays(days: str, place: Place, first: int, last: int) -> set[int]:
    """The dates of selectors with `PH` in them, where the store's holidays are not those of its country.

    The weekdays of a rule are a union, `PH` among them, and what stands before them restricts all alike. So the parts
    without `PH` are asked of the library, and the holidays are worked out here.
    """
    written = canonical_days(days, place)
    listed = _WEEKDAY_LIST.search(written)
    if listed is None:
        raise WhenError(days, None, "Holidays of the store's own cannot be told apart here: write PH as a rule of its "
                                    "own, as in Mo-Fr 10:00-12:00; PH off.")
    before = written[:listed.start()].strip()
    parts = _WEEKDAY_PART.findall(listed.group())
    others = ",".join(part for part in parts if not part.startswith("PH"))
    shifts = [int((_NUMBER.search(part) or ["0"])[0]) for part in parts if part.startswith("PH")]
    reach = max(map(abs, shifts))
    begin, end = (days_after(date.fromordinal(day), move) for day, move in ((first, -reach), (last, reach)))
    holidays = set(_bylibrary("PH", place.country, begin, end))
    holidays |= {day.toordinal() for day in place.own_holidays}
    holidays -= {day.toordinal() for day in place.no_holidays}
    chosen = {day + shift for day in holidays for shift in shifts}
    within = date.fromordinal(first), date.fromordinal(last)
    if before:
        chosen &= set(_bylibrary(before, place.country, *within))
    return chosen | set(_bylibrary(f"{before} {others}".strip(), place.country, *within) if others else ())


def canonical_days(days: str, place: Place) -> str:
    """Day selectors as the library writes them: one spelling for each."""
    return str(guarded(days, lambda: library(f"{days} 00:00-24:00", place.country)))


@lru_cache(maxsize=1024)
def library(text: str, country: str | None) -> OpeningHours:
    """The library's reading, on a clock without a zone. `auto_country` stays off: it loads 100 MB of borders."""
    return OpeningHours(text, country=country, auto_country=False, auto_timezone=False)

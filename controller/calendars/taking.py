"""Somebody else's calendar made into days of the store: exceptions of its opening hours, or public holidays.

The file is read by a worker process with a time limit (`controller.calendars.expanding`). What comes back is days with
titles; here they get their meaning:

* as `closed`, the store is closed on each day, unless the event's title has clock times (`Open 10:00-15:00`), or it has
  a property `X-SINNE-HOURS:10:00-12:00,13:00-15:00`. One that says *open* and not when is left out.
* as `holidays`, each day is a public holiday (`PH`), or with `X-SINNE-OBSERVED:FALSE` none although the country has it.

A day that the store has already is replaced; days of the past are left out. Nothing is applied here.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from controller.calendars.bounds import LARGEST_BYTES, NO_CALENDAR, begins_as_calendar
from controller.errors import Refused, Unavailable
from profiles.hours import HoursException
from profiles.places import HolidayDate, Store
from profiles.text import t

#: What the days of a calendar may become.
KINDS = ("closed", "holidays")
#: So far ahead days are taken.
AHEAD = timedelta(days=3 * 366)
#: A worker that takes longer is stopped.
LIMIT_S = 10.0
#: Most exceptions, and most holidays, that a store has.
MOST_KEPT = 1000

_ROOT = Path(__file__).parents[2]
_CLOCK = r"(\d{1,2})[:.](\d{2})"
_HOURS = re.compile(rf"{_CLOCK}\s*(?:-|–|—|to|till|à)\s*{_CLOCK}", re.I)
_OPEN = re.compile(r"\b(?:open|öppet|ouvert)\b", re.I)
_SAID = re.compile(r"\b(?:open|öppet|ouvert|closed|stängt|fermé|from|kl\.?|klockan|de)\b", re.I)

Day = TypeVar("Day", HoursException, HolidayDate)


@dataclass(frozen=True, slots=True)
class Worked:
    """What a calendar would make of a store, and what to say about it."""

    store: Store
    added: tuple[str, ...]
    replaced: tuple[str, ...]
    left_out: tuple[str, ...]


def worked_out(content: bytes, kind: str, store: Store, today: date, limit_s: float = LIMIT_S) -> Worked:
    """What the days of a calendar make of `store`. `today`: of the store. Raises Refused, Unavailable."""
    if kind not in KINDS:
        raise Refused(t("The days of a calendar become {known}.", known=" or ".join(KINDS)))
    found = _by_worker(content, today, today + AHEAD, limit_s)
    left_out = [_left_out(title, reason) for title, reason in found["left_out"]]
    if kind == "holidays":
        holidays = _each_once([_holiday(day) for day in found["days"]])
        kept, added, replaced = _merged(store.holidays, holidays)
        changed: dict[str, object] = {"holidays": kept}
    else:
        exceptions = [made for day in found["days"] if (made := _exception(day, left_out)) is not None]
        kept_hours, added, replaced = _merged(store.exceptions, _each_once(exceptions))
        changed = {"exceptions": kept_hours}
    if any(len(days) > MOST_KEPT for days in changed.values() if isinstance(days, tuple)):
        raise Refused(t("A store keeps at most {most} such days. Take out old ones first.", most=MOST_KEPT))
    return Worked(store.model_copy(update=changed), tuple(added), tuple(replaced), tuple(dict.fromkeys(left_out)))


def _by_worker(content: bytes, first: date, last: date, limit_s: float) -> Mapping[str, Any]:
    if len(content) > LARGEST_BYTES:
        raise Refused(t("A calendar has at most 1 MiB; this one is larger."))
    if not begins_as_calendar(content):
        raise Refused(t(NO_CALENDAR))
    try:
        # -P: what lies in the current folder is not imported.
        done = subprocess.run(  # noqa: S603 - our own interpreter and module; the file goes in as bytes
            [sys.executable, "-P", "-m", "controller.calendars.expanding", first.isoformat(), last.isoformat()],
            input=content, capture_output=True, timeout=limit_s, check=False,
            env={**os.environ, "PYTHONPATH": str(_ROOT), "PYTHONIOENCODING": "utf-8"})
    except subprocess.TimeoutExpired:
        raise Refused(t("This calendar takes more than {limit} s to work out, so it was stopped. Take a part of it.",
                        limit=f"{limit_s:g}")) from None
    except OSError as error:
        raise Unavailable(t("The calendar cannot be worked out here: {reason}.", reason=error.strerror)) from error
    try:
        found = json.loads(done.stdout)
    except ValueError:
        raise Refused(t("This calendar cannot be worked out: it asks for too much, or it is broken.")) from None
    if "problem" in found:
        raise Refused(t(found["problem"], **found["values"]))
    answer: Mapping[str, Any] = found
    return answer


def _left_out(title: str, reason: str) -> str:
    name = title or t("An event without a title")
    return {
        "timed": t("{name}: it does not fill whole days", name=name),
        "cancelled": t("{name}: it is cancelled", name=name),
        "open": t("{name}: it says that the store is open, and not when", name=name),
    }.get(reason, t("{name}: none of its days lies in the next three years", name=name))


def _holiday(day: Mapping[str, Any]) -> HolidayDate:
    return HolidayDate(date=day["date"], name=day["title"] or None, observed=day["observed"])


def _exception(day: Mapping[str, Any], left_out: list[str]) -> HoursException | None:
    title, hours = day["title"], day["hours"]
    if hours is None:
        times = [f"{int(a):02}:{b}-{int(c):02}:{d}" for a, b, c, d in _HOURS.findall(title)]
        hours = ",".join(times) or None
        if hours is None and _OPEN.search(title):
            left_out.append(_left_out(title, "open"))
            return None
        title = _SAID.sub(" ", _HOURS.sub(" ", title))
    name = " ".join(title.split()).strip(" ,;:()-–—")
    try:
        return HoursException(date=day["date"], hours=hours, name=name or None)
    except ValidationError:
        raise Refused(t("{date}: {hours} are no hours of a day. Write them as 10:00-15:00.",
                        date=day["date"], hours=str(hours)[:60])) from None


def _each_once(days: Sequence[Day]) -> list[Day]:
    """Each date once; the same said twice is said once. Raises Refused where one says this and another that."""
    found: dict[date, Day] = {}
    for day in days:
        known = found.setdefault(day.date, day)
        if _said(known) != _said(day):
            raise Refused(t("{date} stands twice in this calendar: {one}, and {other}. Keep one of the two.",
                            date=day.date, one=_said(known), other=_said(day)))
    return list(found.values())


def _merged(known: Sequence[Day], taken: Sequence[Day]) -> tuple[tuple[Day, ...], list[str], list[str]]:
    """The days of the store with those taken, by date; and in words which are new, and which another one was."""
    days = {day.date: day for day in known}
    added: list[str] = []
    replaced: list[str] = []
    for day in taken:
        before = days.get(day.date)
        if before != day:
            (added if before is None else replaced).append(_words(day))
        days[day.date] = day
    return tuple(days[date] for date in sorted(days)), added, replaced


def _said(day: HoursException | HolidayDate) -> str:
    if isinstance(day, HoursException):
        return t("closed") if day.hours is None else t("open {hours}", hours=day.hours)
    return t("public holiday") if day.observed else t("no public holiday")


def _words(day: HoursException | HolidayDate) -> str:
    return f"{day.date}: {_said(day)}" + (f" ({day.name})" if day.name else "")

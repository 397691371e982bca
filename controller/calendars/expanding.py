"""The worker that reads somebody else's calendar: `python -m controller.calendars.expanding FIRST LAST < FILE.ics`.

A process of its own, because a calendar is hostile text that may ask for a great deal: a thousand daily events took an
expander 18 seconds. A thread could not be stopped; this can (`controller.calendars.taking`), and it limits its own
memory. Only days are looked at: what lies within a day is left out, and a rule finer than daily is refused.

It answers with JSON: `days` (date, title, hours, observed), `left_out` (title and one of `timed`, `cancelled`,
`outside`), or a `problem`: a sentence with its values apart, so that it can be said in another language.
"""

from __future__ import annotations

import contextlib
import json
import resource
import sys
from datetime import date, datetime, timedelta
from typing import Any

import recurring_ical_events  # type: ignore[import-untyped]
from icalendar import Calendar, Component, Event

from controller.calendars.bounds import (
    LARGEST_BYTES,
    LONGEST_DAYS,
    MOST_DAYS,
    MOST_EVENTS,
    NO_CALENDAR,
    begins_as_calendar,
)

_MEMORY_BYTES = 1024**3
_FINER = ("SECONDLY", "MINUTELY", "HOURLY")
_WITHIN_A_DAY = ("BYHOUR", "BYMINUTE", "BYSECOND")
_TITLE = 120


class Problem(Exception):
    """Why the calendar as a whole is not taken: a sentence, and what stands in its gaps."""

    def __init__(self, sentence: str, **values: object) -> None:
        """`sentence` has a gap `{name}` for each value."""
        super().__init__(sentence)
        self.sentence, self.values = sentence, values


def expanded(content: bytes, first: date, last: date) -> dict[str, Any]:
    """The days from `first` to `last`, both included, that the events of a calendar fill. Raises Problem."""
    days: list[dict[str, Any]] = []
    left_out: list[tuple[str, str]] = []
    for calendar in _calendars(content):
        kept = Calendar()
        for event in calendar.walk("VEVENT"):
            reason = _reason_to_leave_out(event)
            if reason is not None:
                left_out.append((_title(event), reason))
            else:
                kept.add_component(event)
        found = [day for event in _occurrences(kept, first, last) for day in _days(event, first, last)]
        present = {day.pop("uid") for day in found}
        left_out += [(_title(event), "outside") for event in kept.walk("VEVENT") if _uid(event) not in present]
        days += found
        if len(days) > MOST_DAYS:
            raise Problem("This calendar fills more than {most} days of the next three years. Take a part of it.",
                          most=MOST_DAYS)
    return {"days": sorted(days, key=lambda day: (day["date"], day["title"])), "left_out": left_out}


def _calendars(content: bytes) -> list[Calendar]:
    text = content.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not begins_as_calendar(content):
        raise Problem(NO_CALENDAR)
    count = text.upper().count(b"BEGIN:VEVENT")
    if count > MOST_EVENTS:
        raise Problem("This calendar has {count} events; at most {most} are read. Take a part of it.",
                      count=count, most=MOST_EVENTS)
    try:
        read = Calendar.from_ical(text.decode("utf-8"), multiple=True)
    except UnicodeDecodeError:
        raise Problem("This calendar is not text in UTF-8. Export it again as iCalendar.") from None
    except Exception as error:
        reason = " ".join(str(error).split())[:100] or type(error).__name__
        raise Problem("This calendar cannot be read: {reason}", reason=reason) from None
    found = read if isinstance(read, list) else [read]
    if not found:
        raise Problem("This calendar is not whole: what it begins has no end.")
    if any(calendar.name != "VCALENDAR" for calendar in found):
        raise Problem(NO_CALENDAR)
    return found


def _reason_to_leave_out(event: Component) -> str | None:
    """Why an event is left out; None: it is not. Raises Problem for what cannot be read, or repeats too often."""
    if any(name in ("DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE") for name, _ in event.errors):
        raise Problem("The event {title} has a date or a rule that cannot be read.", title=_title(event))
    rules = event.get("RRULE", [])
    for rule in rules if isinstance(rules, list) else [rules]:
        if any(str(freq).upper() in _FINER for freq in rule.get("FREQ", [])) or any(
                name in rule for name in _WITHIN_A_DAY):
            raise Problem("The event {title} repeats within a day. Days are taken here: it may repeat daily at most.",
                          title=_title(event))
    start = event.get("DTSTART")
    if start is None:
        raise Problem("The event {title} has no date (DTSTART).", title=_title(event))
    if str(event.get("STATUS", "")).upper() == "CANCELLED":
        return "cancelled"
    return "timed" if isinstance(start.dt, datetime) else None


def _occurrences(calendar: Calendar, first: date, last: date) -> list[Event]:
    try:
        return list(recurring_ical_events.of(calendar).between(first, last + timedelta(days=1)))
    except Exception as error:
        reason = " ".join(str(error).split())[:100] or type(error).__name__
        raise Problem("The dates of this calendar cannot be worked out: {reason}", reason=reason) from None


def _days(event: Event, first: date, last: date) -> list[dict[str, Any]]:
    start, end = event.start, event.end
    if isinstance(start, datetime) or isinstance(end, datetime):
        raise Problem("The event {title} begins on a day and ends at a time.", title=_title(event))
    length = max(1, (end - start).days)
    if length > LONGEST_DAYS:
        raise Problem("The event {title} lasts {length} days; at most {most} are taken.", title=_title(event),
                      length=length, most=LONGEST_DAYS)
    hours = event.get("X-SINNE-HOURS")
    said = None if hours is None else str(hours).replace("\\", "")[:100]
    return [{"date": day.isoformat(), "title": _title(event), "hours": said,
             "observed": str(event.get("X-SINNE-OBSERVED", "TRUE")).upper() != "FALSE", "uid": _uid(event)}
            for day in (start + timedelta(days=n) for n in range(length)) if first <= day <= last]


def _title(event: Component) -> str:
    """The summary on one line, without what cannot be printed: it comes from somebody else."""
    shown = "".join(letter if letter.isprintable() else " " for letter in str(event.get("SUMMARY", "")))
    return " ".join(shown.split())[:_TITLE]


def _uid(event: Component) -> str:
    return str(event.get("UID", "")) or _title(event)


def answer(content: bytes, first: date, last: date) -> dict[str, Any]:
    """As `expanded`, with a problem as a value."""
    try:
        return expanded(content, first, last)
    except Problem as problem:
        return {"problem": problem.sentence, "values": problem.values}


def main() -> None:
    """Read from standard input, answer on standard output."""
    with contextlib.suppress(ValueError, OSError):  # a container may have set a lower limit already
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    first, last = (date.fromisoformat(text) for text in sys.argv[1:3])
    json.dump(answer(sys.stdin.buffer.read(LARGEST_BYTES + 1), first, last), sys.stdout)


if __name__ == "__main__":
    main()

"""Times in scenarios: `10:00`, `2026-03-03 10:00`, `+90 s` after the step before; durations such as `5 s` or `2 h`."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_UNITS = {"s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*(s|min|h|d)\b")
_WHOLE = re.compile(r"(?:\s*\d+(?:\.\d+)?\s*(?:s|min|h|d)\b)+\s*")
_CLOCK = re.compile(r"(?:(\d{4}-\d{2}-\d{2})[ T])?(\d{1,2}):(\d{2})(?::(\d{2}))?")
_LONGEST = timedelta(days=800)


def duration(text: str) -> timedelta:
    """`5 s`, `1 min 30 s`, `2 h`, `3 d`. Raises ValueError, with a sentence."""
    if not _WHOLE.fullmatch(text):
        raise ValueError("a duration is a number with s, min, h or d, as in 5 s or 1 min 30 s")
    found = timedelta(seconds=sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text)))
    if found > _LONGEST:
        raise ValueError("a duration is at most 800 days")
    return found


def signed_duration(text: str) -> timedelta:
    """A duration that may begin with + or -. Raises ValueError."""
    stripped = text.strip()
    return -duration(stripped[1:]) if stripped.startswith("-") else duration(stripped.removeprefix("+"))


def instant(text: str, before: datetime | None, zone: ZoneInfo) -> datetime:
    """The instant that `text` means in the store's time zone, after `before` (None: it has to name a date).

    Raises ValueError for what cannot be read, is not there on a spring night, or lies before `before`.
    """
    stripped = text.strip()
    if stripped.startswith("+"):
        if before is None:
            raise ValueError("the start is a date and a time, as in 2026-03-02 09:55")
        return before + duration(stripped[1:])
    found = _CLOCK.fullmatch(stripped)
    if found is None or (found[1] is None and before is None):
        raise ValueError("a time is 10:00, 10:00:30, 2026-03-03 10:00, or + and a duration after the step before"
                         if before is not None else "the start is a date and a time, as in 2026-03-02 09:55")
    try:
        day = date.fromisoformat(found[1]) if found[1] else before.astimezone(zone).date()  # type: ignore[union-attr]
        wall = datetime.combine(day, time(int(found[2]), int(found[3]), int(found[4] or 0)))
    except ValueError:
        raise ValueError(f"{stripped} is no date or time that there is") from None
    here = wall.replace(tzinfo=zone)
    if here.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != wall:
        raise ValueError(f"on that day the clocks leave {found[2]}:{found[3]} out; name a time that there is")
    at = here.astimezone(UTC)
    if before is not None and at < before:
        if found[1] is None and wall.replace(tzinfo=zone, fold=1).astimezone(UTC) >= before:
            return wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
        raise ValueError("this is before the step above; steps go forward, and another day is written with its date")
    return at

"""How much of somebody else's calendar is read at most: known to the worker, and to who starts it."""

from __future__ import annotations

LARGEST_BYTES = 1024 * 1024
MOST_EVENTS = 2000
#: Days that the events of one file may fill.
MOST_DAYS = 1200
#: Days of one event.
LONGEST_DAYS = 366

NO_CALENDAR = "This is no calendar file: one begins with BEGIN:VCALENDAR."


def begins_as_calendar(content: bytes) -> bool:
    """Whether it can be a calendar at all (RFC 5545, 3.4); a byte order mark and empty lines are forgiven."""
    return content.removeprefix(b"\xef\xbb\xbf").lstrip()[:15].upper() == b"BEGIN:VCALENDAR"

"""Events as iCalendar, for people's own calendar programs.

The library escapes text and folds lines. Its components are left out: they cost a millisecond an event, and a store
has thousands, most of which repeat the same few lines. A test reads all of it back with the library.

Instants are written in UTC, so that no program has to know the store's summer time. `X-WR-TIMEZONE` is left out for the
same reason: readers that heed it go over the clock on the wall, and lose an hour in the night when one comes twice
(tried with recurring-ical-events 3.8 in New York, 2027-11-07). How often a program comes again is its own decision;
`REFRESH-INTERVAL` (RFC 7986) and the older `X-PUBLISHED-TTL` tell what makes sense.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from functools import lru_cache

from icalendar import vText
from icalendar.parser import Contentline

from controller.calendars.events import Event
from controller.settings import product_version

#: A new plan is in every subscribed calendar about this long after it was published: an hour.
REFRESH = "PT1H"


def written(events: Iterable[Event], name: str, version: int, at: datetime) -> str:
    """A whole calendar. `version` and `at`: of the plan that it shows, and when that was published."""
    head = ["BEGIN:VCALENDAR", _text("PRODID", f"-//sinne//{product_version()}//EN"), "VERSION:2.0", "METHOD:PUBLISH",
            _text("NAME", name), _text("X-WR-CALNAME", name),
            f"REFRESH-INTERVAL;VALUE=DURATION:{REFRESH}", f"X-PUBLISHED-TTL:{REFRESH}"]
    stamp = _moment(at)
    lines = (line for event in events for line in _event(event, version, stamp))
    return "\r\n".join([*head, *lines, "END:VCALENDAR", ""])


def _event(event: Event, version: int, stamp: str) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield _folded(f"UID:{event.uid}")
    yield f"DTSTAMP:{stamp}"
    yield f"SEQUENCE:{version}"
    yield _time("DTSTART", event.start)
    yield _time("DTEND", event.end)
    yield _text("SUMMARY", event.title)
    if event.words:
        yield _text("DESCRIPTION", event.words)
    if event.place:
        yield _text("LOCATION", event.place)
    yield _text("CATEGORIES", event.kind)
    # What a store plays keeps nobody from a meeting.
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


@lru_cache(maxsize=1024)
def _text(name: str, value: str) -> str:
    """A property with text: escaped, and folded at 75 bytes (RFC 5545, 3.1 and 3.3.11)."""
    return _folded(f"{name}:{vText(value).to_ical().decode()}")


def _folded(line: str) -> str:
    folded: bytes = Contentline(line).to_ical()  # type: ignore[no-untyped-call]
    return folded.decode()


def _time(name: str, moment: datetime | date) -> str:
    if isinstance(moment, datetime):
        return f"{name}:{_moment(moment)}"
    return f"{name};VALUE=DATE:{moment:%Y%m%d}"


def _moment(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y%m%dT%H%M%SZ}"

"""When the sun rises and sets at a place, date by date, as clock times.

The astronomy is the library's (`opening_hours`). It is asked two plain questions a year, `sunrise-sunset` and
`dawn-dusk` (civil twilight), because in a longer expression it answers two things that nobody means: `sunset-22:00`
lasts until 22:00 of the *next day* where the sun sets after ten, and a window around sunset fills the whole polar day.

Polar day and night have no sunrise, so they are ours to define, and continuous with the days around them:

* where the sun stays up, it rises at 00:00 and sets at 24:00;
* where it stays down, it rises and sets at 12:00, so that `sunrise-sunset` is empty and `sunset-22:00` begins at noon.
"""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache

from opening_hours import OpeningHours, State

from profiles.place import Place

#: The words of an expression for the sun, with the pair of which each is a part.
EVENTS = ("dawn", "sunrise", "sunset", "dusk")

_DAY = 1440
_NOON = 720

#: Minutes after midnight of each event of a date.
Sun = dict[str, int]


def sun_on(place: Place, day: date) -> Sun:
    """The sun's times of a date, in minutes of the store's clock. The place must have coordinates."""
    year = _year(place, day.year)
    return year[day.toordinal() - date(day.year, 1, 1).toordinal()]


def sun_through_year(place: Place, year: int) -> list[Sun]:
    """The sun's times of every date of a year, in order."""
    return list(_year(place, year))


@lru_cache(maxsize=256)
def _year(place: Place, year: int) -> tuple[Sun, ...]:
    if place.coordinates is None:
        raise ValueError("the sun's times need coordinates")
    up = _light(place, year, "sunrise-sunset")
    bright = _light(place, year, "dawn-dusk")
    return tuple(
        {"dawn": min(b[0], u[0]), "sunrise": u[0], "sunset": u[1], "dusk": max(b[1], u[1])}
        for u, b in zip(up, bright, strict=True)
    )


def _light(place: Place, year: int, text: str) -> list[tuple[int, int]]:
    """Begin and end of the light of each date of a year, in minutes: (0, 1440) in polar day, noon twice in night."""
    # auto_timezone has to stay on, or the library forgets the coordinates; auto_country would load 100 MB of borders.
    hours = OpeningHours(text, timezone=place.tz, coords=place.coordinates, auto_country=False)
    first = date(year, 1, 1).toordinal()
    count = date(year + 1, 1, 1).toordinal() - first
    found: list[tuple[int, int] | None] = [None] * count
    start, end = (datetime(y, 1, 1, tzinfo=place.tz) for y in (year, year + 1))
    for begins, ends, state, _ in hours.intervals(start, end):
        if state != State.OPEN:
            continue
        begin_day, end_day = begins.toordinal() - first, ends.toordinal() - first
        for index in range(begin_day, min(end_day, count - 1) + 1):
            begin = _minute(begins) if index == begin_day else 0
            until = _minute(ends) if index == end_day else _DAY
            earlier = found[index]
            if until > begin:
                found[index] = (begin, until) if earlier is None else (min(begin, earlier[0]), until)
    return [light or (_NOON, _NOON) for light in found]


def _minute(moment: datetime) -> int:
    return moment.hour * 60 + moment.minute

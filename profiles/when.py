"""A *when*: a time expression of a daypart or campaign, made into intervals.

Three forms. OpenStreetMap's `opening_hours` (`profiles.osm`): `Mo-Fr 07:00-10:00`, `Sa[1] 09:00-10:00`,
`2026 Nov 27-2026 Nov 30 10:00-20:00`, `(sunset-00:30)-22:00`, `PH off`. And sinne's own for the store's hours
(`profiles.offsets`): `[day selectors] A..B`, as in `Fr closing-01:00..closing`. Two dots make it the second, and
date-times on both sides of them instants that are the same everywhere (`profiles.everywhere`).

The rules that are ours, all tested:

* Summer time (`profiles.instants`): in the spring gap a window that lies inside has no length and is dropped, and a
  start or end inside is the first instant after it; in autumn a start or end in the repeated hour is its second
  occurrence. Nothing happens twice.
* A window past midnight belongs to the date on which it began, also for `off` (`profiles.osm`).
* The sun (`profiles.sun`): in polar day it rises at 00:00 and sets at 24:00, in polar night both at 12:00. A window
  whose end lies before its start on some date, because the sun sets late, is not there on that date.
* A bare `open`, `closed`, `off`, dates that do not exist, windows without length or without end, `unknown`, `SH`, the
  sun without coordinates and `PH` without a country are refused with a sentence (`profiles.refusals`).
"""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import lru_cache

from profiles.everywhere import EverywhereWindow, is_everywhere, parse_everywhere
from profiles.hours import Hours
from profiles.instants import Interval, Span, clipped, days_after, local_date, merged
from profiles.offsets import StoreWindow, parse_offsets
from profiles.osm import Expression
from profiles.place import Place
from profiles.refusals import WhenError, blanked

__all__ = ["ALWAYS", "Dates", "Interval", "When", "WhenError"]

#: The first and the last date on which windows may begin; None: no limit.
Dates = tuple[date | None, date | None]
ALWAYS: Dates = (None, None)
#: What a text can be read as.
Meaning = Expression | StoreWindow | EverywhereWindow
#: Expressions that were read last: versions of a plan, its check and its panel mostly have the same.
_WHENS_KEPT = 256


class When:
    """A parsed time expression at a place. Immutable; safe to ask from several threads."""

    def __init__(self, text: str, place: Place, meaning: Meaning) -> None:
        """Keep the parsed meaning; `When.parse` makes it."""
        self.text = text
        self.place = place
        self._meaning = meaning

    @classmethod
    def parse(cls, text: str, place: Place, hours: Hours | None) -> When:
        """Read `text`, or raise WhenError: its `str()` is one sentence with the column, fit for people.

        Who asks for the same again may be given the same one, with the years that were worked out.
        """
        return _read(text, place, hours)

    @property
    def meaning(self) -> Meaning:
        """What the text was read as."""
        return self._meaning

    def spans(self, start: float, end: float, dates: Dates = ALWAYS) -> list[Span]:
        """Windows that meet [start, end) (seconds since 1970), sorted and merged, not clipped.

        A start after `start` and an end before `end` are true; others may lie still further out. `dates`: only windows
        that begin on a date of the store from the first to the last of them, whatever they touch.
        """
        tz, (earliest, latest) = self.place.tz, dates
        first, last = days_after(local_date(start, tz), -3), days_after(local_date(end, tz), 1)
        if latest is not None:
            last = min(last, days_after(latest, 1))
        if earliest is not None and last < days_after(earliest, -1):
            return []
        windows = [span for span in self._meaning.windows(first, last) if span[1] > start and span[0] < end]
        if earliest is not None or latest is not None:
            windows = [span for span in windows
                       if (earliest or date.min) <= local_date(span[0], tz) <= (latest or date.max)]
        return merged(windows)

    def intervals(self, start: datetime, end: datetime) -> list[Interval]:
        """The windows inside [start, end): UTC, half-open, sorted, merged, without empty ones, clipped.

        `start` and `end` must know their zone (ValueError). WhenError if the library breaks down after all.
        """
        if start.tzinfo is None or end.tzinfo is None:
            raise ValueError("an instant needs its time zone: give start and end in UTC")
        return clipped(self.spans(start.timestamp(), end.timestamp()), start, end)


@lru_cache(maxsize=_WHENS_KEPT)
def _read(text: str, place: Place, hours: Hours | None) -> When:
    masked = blanked(text)
    if is_everywhere(masked):
        return When(text, place, parse_everywhere(text))
    if ".." in masked:
        return When(text, place, parse_offsets(text, place, hours))
    event = re.search(r"\b(?:opening|closing)\b", masked, re.I)
    if event:
        raise WhenError(text, event.start() + 1,
                        "opening and closing stand on either side of two dots, as in opening..opening+01:00.")
    return When(text, place, Expression.parse(text, place))

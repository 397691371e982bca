"""The next occurrences of a time expression: what a person sees beside its words, to believe them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from profiles.instants import Interval
from profiles.when import When

#: How far ahead is looked: thirteen months, as everywhere.
WITHIN = timedelta(days=396)
_FIRST_LOOK = timedelta(days=35)
#: A window under way began at most so long ago, or its start is not looked for.
_BEHIND = timedelta(days=3)


def occurrences(when: When, after: datetime, count: int = 10, within: timedelta = WITHIN) -> list[Interval]:
    """The first `count` windows that end after `after` and begin before `after + within`, in UTC, in order.

    The first may be under way. Windows that touch are one, as they are to the plan. One that goes on for longer than is
    looked at is given as far as was looked: from three days before `after`, until `after + within`.

    Looks further only as long as too few are found, so that a weekly window costs five weeks and no more. Raises
    ValueError where `after` does not know its time zone; WhenError if the library breaks down after all.
    """
    if after.tzinfo is None:
        raise ValueError("an instant needs its time zone: give it in UTC")
    start, horizon = after.astimezone(UTC), after.astimezone(UTC) + within
    look = min(_FIRST_LOOK, within)
    while True:
        end = min(start + look, horizon)
        found = [window for window in when.intervals(start - _BEHIND, end) if window.end > start]
        # One that reaches the end of the look may go on: only with another behind it is it known to be whole.
        if len(found) > count or end >= horizon:
            return found[:count]
        look *= 3

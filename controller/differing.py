"""Two plans compared over a span of days, with a sentence for each thing that will feel different. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from controller.doors import Difference, FeltChange
from controller.errors import Refused
from controller.wording_difference import felt_words, part_words
from profiles.difference import Felt, felt, rewritten
from profiles.instants import instant, local_date
from profiles.plan import Plan
from profiles.scene import Setting
from profiles.text import t
from profiles.when import WhenError

#: As far as a plan is compiled: 13 months (rule 10).
MOST_DAYS = 397
USUAL_DAYS = 28


def difference_of(before: Plan, after: Plan, start: datetime, days: int = USUAL_DAYS) -> Difference:
    """What feels different from the midnight of the store before `start`, for so many days of the store.

    Raises Refused for a span that is too long or empty, and for a plan whose times cannot be read.
    """
    if not 1 <= days <= MOST_DAYS:
        raise Refused(t("Plans are compared over 1 to {most} days, not {days}.", most=MOST_DAYS, days=days))
    tz = after.store.place.tz
    first = local_date(start.timestamp(), tz)
    begin, end = (datetime.fromtimestamp(instant(day, 0, tz), UTC) for day in (first, first + timedelta(days=days)))
    try:
        changes = felt(before, after, begin, end)
    except WhenError as broken:
        raise Refused(t("These plans cannot be compared: {why}", why=str(broken))) from None
    return Difference(begin, end, tuple(felt_change(change, before, after, (begin, end)) for change in changes),
                      tuple(part_words(part) for part in rewritten(before, after)))


def felt_change(change: Felt, before: Plan, after: Plan, span: tuple[datetime, datetime]) -> FeltChange:
    """One change as it is shown to people. `span`: what was looked at."""
    field, (start, end) = change.fields[0], change.windows[0]
    hours = sum(close - begin for begin, close in change.windows) / 3600
    was: Setting | None = change.before.get(field)
    now: Setting | None = change.after.get(field)
    return FeltChange(
        change.zone, tuple(one.value for one in change.fields), was, now,
        (datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC)), len(change.windows), round(hours, 2),
        felt_words(change, before, after, span))

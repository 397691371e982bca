"""What a press's *for how long* means now: one instant in UTC, fixed at the press and never moved (rule 9). Pure.

`minutes:N` elapsed minutes; `next-change` the zone's next change of winner below overrides; `closing` the end of the
business day under way, or of the one that begins today (hours past midnight belong to the day they began); `time:HH:MM`
the next such time on the store's wall, by the rules of `profiles.instants` in the hours of summer time; or an instant.

Where there is no closing (a store that never closes, a day that has closed or stays closed) it is refused with a
sentence: tomorrow evening is not what somebody means who says *until closing* at night. Where the plan never changes,
`next-change` is the longest that the role may choose.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from controller.errors import Refused
from controller.shapes import EndShown
from controller.walltime import Wall
from profiles.compiled import compiled
from profiles.instants import days_after, instant, local_date
from profiles.limits import Guardrail
from profiles.plan import Plan
from profiles.resolve import next_change
from profiles.text import t

#: A business day of a store that is open over nights may have begun so long ago.
_LONGEST_BUSINESS_DAY = 40
#: Minutes that are offered; what the role may not choose is left out.
_OFFERED_MIN = (30, 120)

_MINUTES = re.compile(r"minutes:([1-9][0-9]{0,4})", re.ASCII)
_TIME = re.compile(r"time:([01][0-9]|2[0-3]):([0-5][0-9])", re.ASCII)
_INSTANT = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Ending:
    """Where a press ends. `shortened`: by the longest that the role may choose."""

    end: datetime
    shortened: bool


def ending(text: str, plan: Plan, zone: str, now: datetime, guardrail: Guardrail) -> Ending:
    """The end of a press in `zone` at `now`. Raises Refused for what cannot be read, is past, or does not exist."""
    longest = now + timedelta(minutes=guardrail.longest_min)
    wished = _wished(text, plan, zone, now)
    if wished is not None and wished <= now:
        raise Refused(t("The end {end} is past. Choose one that is still to come.", end=text))
    if wished is None or wished > longest:
        return Ending(longest, True)
    return Ending(wished, False)


def ends_offered(plan: Plan, zone: str, now: datetime, guardrail: Guardrail) -> list[EndShown]:
    """The choices that people are given in `zone` at `now`, with the instant that each means."""
    words = {f"minutes:{n}": _minutes_words(n) for n in _OFFERED_MIN if n <= guardrail.longest_min}
    if not words:
        words[f"minutes:{guardrail.longest_min}"] = _minutes_words(guardrail.longest_min)
    if next_change(plan, zone, now) is not None:
        words["next-change"] = t("Next change")
    if closing_after(plan, now) is not None:
        words["closing"] = t("Closing")
    offered = []
    for key, said in words.items():
        found = ending(key, plan, zone, now, guardrail)
        offered.append(EndShown(key, said, found.end, found.shortened))
    return offered


def closing_after(plan: Plan, now: datetime) -> datetime | None:
    """The closing of the business day under way, or of the one that begins today and has not ended; else None."""
    hours = compiled(plan).hours
    if hours.always_open:
        return None
    today = local_date(now.timestamp(), hours.place.tz)
    for day in hours.business_days(days_after(today, -_LONGEST_BUSINESS_DAY), today):
        if day.closing > now and (day.opening <= now or day.date == today):
            return day.closing
    return None


def _wished(text: str, plan: Plan, zone: str, now: datetime) -> datetime | None:
    """The instant that is asked for; None where nothing ends it."""
    if text == "next-change":
        return next_change(plan, zone, now)
    if text == "closing":
        return _closing(plan, now)
    found = _MINUTES.fullmatch(text)
    if found is not None:
        return now + timedelta(minutes=int(found[1]))
    found = _TIME.fullmatch(text)
    if found is not None:
        return _wall_time(plan, now, 60 * int(found[1]) + int(found[2]))
    return _instant(text)


def _closing(plan: Plan, now: datetime) -> datetime:
    closing = closing_after(plan, now)
    if closing is not None:
        return closing
    hours = compiled(plan).hours
    if hours.always_open:
        raise Refused(t("This store never closes, so nothing can last until closing. Choose minutes or a time."))
    today = local_date(now.timestamp(), hours.place.tz)
    coming = hours.business_days(days_after(today, 1), days_after(today, 14))
    if not coming:
        raise Refused(t("The store is closed, with no opening in sight. Choose minutes or a time."))
    raise Refused(t("The store is closed for today; it opens {time}. Choose minutes or a time.",
                    time=Wall(hours.place.tz, now).soon(coming[0].opening)))


def _wall_time(plan: Plan, now: datetime, minute: int) -> datetime:
    tz = compiled(plan).hours.place.tz
    today = local_date(now.timestamp(), tz)
    for days in (0, 1, 2):  # a wall that skips a whole day has been seen (Samoa, December 2011)
        found = datetime.fromtimestamp(instant(days_after(today, days), minute, tz), UTC)
        if found > now:
            return found
    raise Refused(t("That time does not come within two days. Choose minutes, or a date with a time."))


def _instant(text: str) -> datetime:
    if _INSTANT.fullmatch(text):
        try:
            return datetime.fromisoformat(text.upper()).astimezone(UTC)
        except (ValueError, OverflowError):
            pass  # a thirteenth month, a thirtieth of February, the last hours of the year 9999
    raise Refused(t("An end is minutes:30, next-change, closing, time:18:00, or a time such as 2026-04-16T18:00:00Z; "
                    "this one cannot be read."))


def _minutes_words(minutes: int) -> str:
    if minutes % 60 == 0:
        return t("{count} h", count=minutes // 60)
    return t("{count} min", count=minutes)

"""A day in one sentence, made of what the day holds: *Spring in linen until 18:00, then Evening warm.*

Only what is there is said. Where zones differ, the mood of most of them is told, and those that go their own way for
most of the day are named.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from controller.wording_values import listed, number, sentence_case
from profiles.instants import Interval
from profiles.plan import Plan
from profiles.text import t, tn
from web.day import Day

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
           "December")

#: What is shorter is left out of the sentence, if what was before comes back after it.
_PASSING = timedelta(minutes=45)
#: So many moods are told one by one.
_MOST = 4

#: What a zone is, from when, until when.
Told = tuple[str, datetime, datetime]


@dataclass(frozen=True, slots=True)
class Spell:
    """A mood for a while."""

    what: str
    start: datetime
    end: datetime


def weekday(day: date) -> str:
    """`Thursday`."""
    return t(_DAYS[day.weekday()])


def date_words(day: date, today: date) -> str:
    """`Thursday 16 April`, with the year where it is another one."""
    said = f"{weekday(day)} {day.day} {t(_MONTHS[day.month - 1])}"
    return said if day.year == today.year else f"{said} {day.year}"


def day_sentence(day: Day, lanes: Mapping[str, Sequence[Told]], names: Mapping[str, str],
                 trade: Sequence[Interval]) -> str:
    """The day in a sentence or two. `lanes`: what each zone is when; `trade`: when the store is open."""
    if not trade:
        return t("The store is closed.")
    span = (trade[0].start, trade[-1].end)
    told = _smoothed(spells(lanes, *span))
    if not told:
        return t("Nothing is planned.")
    said = _sequence(told, day)
    apart = [names[zone] for zone, mine in lanes.items() if _apart(mine, told, *span)]
    if not apart or len(apart) * 2 > len(lanes):
        return said
    if len(apart) <= 2:
        own = t("{zones} go their own way.") if len(apart) > 1 else t("{zones} goes its own way.")
        return f"{said} {own.format(zones=listed(apart))}"
    return f"{said} {sentence_case(t('{count} zones go their own way.', count=number(len(apart))))}"


def opening_sentence(plan: Plan, day: Day, trade: Sequence[Interval]) -> str:
    """`Open 10:00 to 20:00`, with the name of the exception if the date is one."""
    named = next((e.name for e in plan.store.exceptions if e.date == day.date and e.name), None)
    mine = [each for each in trade if each.end > day.start]
    if day.open_around:
        said = t("Open day and night")
    elif day.trade is None or not mine:
        said = t("Closed")
    else:
        windows = [f"{day.clock(a)}–{day.clock(b)}" for a, b in mine if a >= day.trade.opening]
        said = t("Open {windows}", windows=listed(windows)) if windows else t("Closed")
    return f"{named}: {said[:1].lower()}{said[1:]}" if named else said


def shift_sentence(day: Day) -> str | None:
    """On a date when the clock is changed: by how much, and how long the date is."""
    if day.shift_min == 0:
        return None
    by = tn("an hour", "{count} hours", abs(day.shift_min) // 60) if day.shift_min % 60 == 0 else t(
        "{count} minutes", count=abs(day.shift_min))
    hours = f"{day.hours_of_date:g}"
    if day.shift_min > 0:
        return t("The clock goes forward by {by}: this day has {hours} hours.", by=by, hours=hours)
    return t("The clock goes back by {by}: this day has {hours} hours.", by=by, hours=hours)


def spells(lanes: Mapping[str, Sequence[Told]], start: datetime, end: datetime) -> list[Spell]:
    """The mood of most zones over [start, end), one after the other."""
    edges = sorted({start, *(e for mine in lanes.values() for told in mine for e in told[1:] if start < e < end)})
    found: list[Spell] = []
    for begin, upto in zip(edges, [*edges[1:], end], strict=True):
        here = Counter(what for mine in lanes.values() for what, since, until in mine if since <= begin < until)
        if not here:
            continue
        # Of moods in equally many zones the one that goes on is told, so that a tie makes no change.
        most = max(here.values())
        tied = [what for what, count in here.items() if count == most]
        what = found[-1].what if found and found[-1].what in tied else tied[0]
        if found and found[-1].what == what and found[-1].end == begin:
            found[-1] = Spell(what, found[-1].start, upto)
        else:
            found.append(Spell(what, begin, upto))
    return found


def _smoothed(told: Sequence[Spell]) -> list[Spell]:
    """Without short passings from one mood and back to it."""
    found: list[Spell] = []
    for spell in told:
        if (len(found) >= 2 and found[-2].what == spell.what and found[-1].end - found[-1].start < _PASSING):
            found.pop()
            found[-1] = Spell(spell.what, found[-1].start, spell.end)
        else:
            found.append(spell)
    return found


def _sequence(told: Sequence[Spell], day: Day) -> str:
    if len(told) == 1:
        return t("{mood} all day.", mood=told[0].what)
    if len(told) > _MOST:
        more = number(len(told) - _MOST + 1)  # two first ones and the last are told by name
        first = ", ".join(t("{mood} until {time}", mood=s.what, time=day.clock(s.end)) for s in told[:_MOST - 2])
        return t("{first}, then {count} more moods, and {mood} from {time}.", first=first, count=more,
                 mood=told[-1].what, time=day.clock(told[-1].start))
    first = ", ".join(t("{mood} until {time}", mood=s.what, time=day.clock(s.end)) for s in told[:-1])
    return t("{first}, then {mood}.", first=first, mood=told[-1].what)


def _apart(mine: Sequence[Told], told: Sequence[Spell], start: datetime, end: datetime) -> bool:
    """Whether a zone is something else than what is told for more than half of the time."""
    same = timedelta()
    for what, since, until in mine:
        for spell in told:
            if spell.what == what:
                same += max(timedelta(), min(until, spell.end) - max(since, spell.start))
    return same * 2 < end - start

"""What the templates of *Campaigns* are given: the calendar of a quarter of a year, and its campaigns as a list."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta

import orjson

from controller.hq.shapes_campaigns import CalendarShown, CampaignBar
from profiles.text import language, t
from web.light import glow
from web.wall import PanelWall

#: Weeks that are shown at once, of which so many lie before today at first.
WEEKS, _BEFORE = 13, 2
_WEEK = timedelta(weeks=1)
_DAY = timedelta(days=1)

#: The mark (`marks.css`) of each state of a campaign.
MARKS = {"draft": "assumed", "review": "sent", "returned": "assumed", "running": "sent", "asking": "sent",
         "stopped": "alarm", "done": "reported", "published": "reported", "halted": "lost"}


def span_of(asked: str, today: date) -> tuple[date, date]:
    """First and last date of the calendar, from a Monday on. `asked`: an ISO date, or what cannot be one."""
    try:
        about = date.fromisoformat(asked)
    except ValueError:
        about = today - _BEFORE * _WEEK
    about = min(max(about, date(2000, 1, 1)), date(2190, 1, 1))
    first = about - timedelta(days=about.weekday())
    return first, first + WEEKS * _WEEK - _DAY


def calendar_json(shown: CalendarShown) -> str:
    """The calendar as its script reads it. Dates without an end reach beyond the span, and cannot be dragged there."""
    bars = [_bar(bar, shown) for bar in shown.bars]
    quiet = [{"id": each.id, "name": each.name, "words": t("{reading}, {count} stores", reading=each.reading,
                                                           count=each.stores),
              "spans": list(_spans(each.days))} for each in shown.quiet]
    return orjson.dumps({
        "first": shown.first, "last": shown.last, "today": shown.today, "language": language(), "bars": bars,
        "quiet": quiet, "rows": {"campaigns": t("Campaigns"), "quiet": t("Quiet hours")},
    }).decode()


def _bar(bar: CampaignBar, shown: CalendarShown) -> dict[str, object]:
    return {
        "id": bar.id, "name": bar.name, "words": bar_words(bar), "state": bar.state, "state_words": bar.words,
        "colour": glow(bar.kelvin, bar.xy).lens if bar.kelvin or bar.xy else None,
        "start": bar.first or shown.first - _DAY, "end": (bar.last or shown.last + _DAY) + _DAY,
        "first": bar.first, "last": bar.last, "movable": bar.movable and bar.first is not None,
        "revision": bar.revision, "draft": bar.is_draft}


def bar_words(bar: CampaignBar) -> str:
    """What stands below the name on the calendar."""
    if bar.is_draft:
        return bar.words
    return t("{count} stores, priority {priority}", count=bar.stores, priority=bar.priority)


def dates_words(bar: CampaignBar, wall: PanelWall) -> str:
    """From when to when, in words."""
    first, last = (None if each is None else day_words(each, wall) for each in (bar.first, bar.last))
    if first and last:
        return t("{first} to {last}", first=first, last=last)
    return t("from {first}", first=first) if first else t("until {last}", last=last) if last else t("always")


def day_words(day: date, wall: PanelWall) -> str:
    """A date in words, with the year where it is not this one."""
    return wall.day(datetime.combine(day, time(12), wall.zone))


def _spans(days: Sequence[date]) -> Iterator[tuple[date, date]]:
    """Days that follow each other as one span, the end not included."""
    first: date | None = None
    for number, day in enumerate(days):
        first = first or day
        if number + 1 == len(days) or days[number + 1] - day > _DAY:
            yield first, day + _DAY
            first = None

"""A time expression in a store: plain words, the next times, and what to know of them. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from controller.calendars.said import MOST_OCCURRENCES
from controller.hq.bars import hours_of
from controller.hq.shapes import OccurrencesShown
from controller.walltime import Wall
from profiles.everywhere import is_everywhere
from profiles.instants import instant, local_date
from profiles.occurrences import WITHIN, occurrences
from profiles.places import Store
from profiles.reading import LANGUAGES_READ, reading
from profiles.refusals import WhenError
from profiles.text import t
from profiles.when import When

#: Days are counted in UTC offsets of a place; a change of clock is looked for as far as the shown times go.
_DAY = timedelta(days=1)


def occurrences_shown(
    text: str, store: Store, where: str, now: datetime, *, first: date | None = None, last: date | None = None,
    count: int = 10,
) -> OccurrencesShown:
    """`text` as it is meant in `store`. `first`, `last`: dates on which its windows may begin, as a campaign has."""
    tz = store.place.tz
    try:
        hours = hours_of(store)
        when = When.parse(text, store.place, hours)
        words = {language: reading(text, store.place, hours, language) for language in LANGUAGES_READ}
        since = now if first is None else max(now, datetime.fromtimestamp(instant(first, 0, tz), UTC))
        found = occurrences(when, since, max(1, min(count, MOST_OCCURRENCES)), WITHIN)
    except WhenError as wrong:
        return OccurrencesShown(text, where, store.timezone, {}, (), (), wrong.sentence, wrong.column)
    shown = tuple((window.start, window.end) for window in found
                  if (first is None or local_date(window.start.timestamp(), tz) >= first)
                  and (last is None or local_date(window.start.timestamp(), tz) <= last))
    return OccurrencesShown(text, where, store.timezone, words, shown, tuple(_notes(text, shown, store, now)))


def _notes(
    text: str, shown: tuple[tuple[datetime, datetime], ...], store: Store, now: datetime,
) -> list[str]:
    """What is not seen at first sight: a change of clock between the times, instants that are the same everywhere."""
    if not shown:
        return [t("There is no such time within the dates.")]
    notes = []
    if is_everywhere(text):
        notes.append(t("These are the same instants in every store, whatever the clock there shows."))
    wall, tz = Wall(store.place.tz, now), store.place.tz
    changes = [day for day in _days(shown) if _offset(day, tz) != _offset(day + _DAY, tz)]
    notes += [t("The clock is changed on {day}.", day=wall.day(day)) for day in changes[:2]]
    return notes


def _days(shown: tuple[tuple[datetime, datetime], ...]) -> list[datetime]:
    span = min((shown[-1][1] - shown[0][0]).days + 1, 400)
    begin = shown[0][0].replace(hour=0, minute=0, second=0, microsecond=0)
    return [begin + _DAY * number for number in range(span)]


def _offset(at: datetime, tz: object) -> timedelta | None:
    return at.astimezone(tz).utcoffset()  # type: ignore[arg-type]

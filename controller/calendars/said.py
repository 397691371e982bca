"""An expression in plain words with its next occurrences, or what is wrong with it. Pure, and without iCalendar."""

from __future__ import annotations

from datetime import datetime

from controller.doors import Reading
from profiles.hours import Hours
from profiles.occurrences import occurrences
from profiles.places import Store
from profiles.reading import LANGUAGES_READ, reading
from profiles.when import When, WhenError

#: More than anybody reads.
MOST_OCCURRENCES = 100


def hours_of(store: Store) -> Hours:
    """The opening hours of a store with its exceptions. Raises WhenError."""
    return Hours.parse(store.hours, store.place, store.exceptions)


def said(text: str, store: Store, hours: Hours, now: datetime, count: int = 10) -> Reading:
    """An expression as it is meant in this store, in every language."""
    try:
        when = When.parse(text, store.place, hours)
        words = {language: reading(text, store.place, hours, language) for language in LANGUAGES_READ}
        found = occurrences(when, now, max(1, min(count, MOST_OCCURRENCES)))
    except WhenError as wrong:
        return Reading(text, {}, (), wrong.sentence, wrong.column)
    return Reading(text, words, tuple((window.start, window.end) for window in found))

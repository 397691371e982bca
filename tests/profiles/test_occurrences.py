"""The next occurrences of an expression, against all its windows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from profiles.hours import Hours
from profiles.occurrences import WITHIN, occurrences
from profiles.place import Place
from profiles.when import When, WhenError

PLACE = Place(timezone="Europe/Stockholm", country="SE", latitude=59.33, longitude=18.07)
HOURS = Hours.parse("Mo-Fr 10:00-19:00; Sa 10:00-16:00", PLACE)
TEXTS = ("Mo-Fr 07:00-10:00", "Sa[1] 09:00-10:00", "Dec 24 10:00-15:00", "2031 Jan 1 10:00-12:00", "24/7", "PH off",
         "opening..opening+01:00", "closing..opening", "22:00-04:00", "(sunset-00:30)-22:00", "PH 10:00-12:00",
         "00:00-01:00,02:00-03:00,04:00-05:00", "week 1-53/2 Mo 10:00-12:00", "Mo-Sa", "easter 10:00-12:00")


@given(text=st.sampled_from(TEXTS), count=st.integers(1, 12),
       after=st.datetimes(datetime(2026, 1, 1), datetime(2029, 1, 1), timezones=st.just(UTC)))
@settings(max_examples=120, deadline=None)
def test_they_are_the_first_of_all_windows(text: str, count: int, after: datetime) -> None:
    when = When.parse(text, PLACE, HOURS)
    everything = [window for window in when.intervals(after - timedelta(days=3), after + WITHIN) if window.end > after]
    assert occurrences(when, after, count) == everything[:count]


def test_one_under_way_comes_first_with_its_start() -> None:
    when = When.parse("Mo-Fr 07:00-10:00", PLACE, None)
    first, second = occurrences(when, datetime(2026, 11, 23, 7, 30, tzinfo=UTC), 2)
    assert first.start == datetime(2026, 11, 23, 6, tzinfo=UTC)
    assert second.start == datetime(2026, 11, 24, 6, tzinfo=UTC)


def test_what_never_comes_is_no_occurrence() -> None:
    assert occurrences(When.parse("PH off", PLACE, None), datetime(2026, 1, 1, tzinfo=UTC)) == []


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        occurrences(When.parse("24/7", PLACE, None), datetime(2026, 1, 1))


def test_an_error_has_its_column() -> None:
    with pytest.raises(WhenError) as refused:
        occurrences(When.parse("Mo 10:00", PLACE, None), datetime(2026, 1, 1, tzinfo=UTC))
    assert refused.value.column == 9

"""Opening hours, their exceptions, and the business days that come of them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from profiles.hours import BusinessDay, Hours, HoursException
from profiles.place import Place
from profiles.refusals import WhenError
from tests.profiles.minute_oracle import (
    ZONES,
    Windows,
    believed_clock,
    dates_of,
    runs,
    week_holds,
    weekly_text,
    windows_of_a_day,
)

STOCKHOLM = Place(timezone="Europe/Stockholm", country="SE", latitude=59.33, longitude=18.07)


def days(hours: Hours, first: str, last: str) -> list[str]:
    """Business days as local text: `24 10:00-24 13:00`, the date of the day first."""
    tz = hours.place.tz
    return [f"{day.date:%d} {day.opening.astimezone(tz):%d %H:%M}-{day.closing.astimezone(tz):%d %H:%M}"
            for day in hours.business_days(date.fromisoformat(first), date.fromisoformat(last))]


@given(data=st.data(), zone=st.sampled_from(ZONES), open_days=st.sets(st.integers(0, 6), min_size=1, max_size=6),
       windows=windows_of_a_day())
@settings(max_examples=15, deadline=None)
def test_business_days_are_those_of_the_naive_oracle(
    data: st.DataObject, zone: str, open_days: set[int], windows: Windows
) -> None:
    tz = ZoneInfo(zone)
    day = data.draw(dates_of(zone))
    middle = datetime(day.year, day.month, day.day, tzinfo=UTC)
    # Far enough that any run of open minutes that meets the date has both its ends: at most six days and a bit.
    found = runs(lambda moment: week_holds(open_days, windows, believed_clock(moment, tz)),
                 middle - timedelta(days=3), middle + timedelta(days=10))
    began = [run for run in found if run[0].astimezone(tz).date() == day]
    expected = [BusinessDay(day, began[0][0], began[-1][1])] if began else []
    assert Hours.parse(weekly_text(open_days, windows), Place(timezone=zone)).business_days(day, day) == expected


def test_lunch_break_does_not_count() -> None:
    hours = Hours.parse("Mo-Fr 10:00-13:00,14:00-19:00", STOCKHOLM)
    assert days(hours, "2026-06-12", "2026-06-14") == ["12 12 10:00-12 19:00"]


def test_hours_past_midnight_belong_to_the_day_they_began() -> None:
    hours = Hours.parse("Fr 18:00-02:00; Sa 12:00-18:00", STOCKHOLM)
    assert days(hours, "2026-06-12", "2026-06-13") == ["12 12 18:00-13 02:00", "13 13 12:00-13 18:00"]
    assert days(Hours.parse("Fr 18:00-24:00; Sa 00:00-02:00,12:00-18:00", STOCKHOLM), "2026-06-12", "2026-06-13") == [
        "12 12 18:00-13 02:00", "13 13 12:00-13 18:00"]


def test_days_without_an_opening_are_absent() -> None:
    hours = Hours.parse("Mo-Sa 10:00-18:00; PH off", STOCKHOLM)
    assert [text[:2] for text in days(hours, "2026-04-01", "2026-04-08")] == ["01", "02", "04", "07", "08"]


def test_a_night_store_on_a_closed_holiday_has_no_opening_at_midnight() -> None:
    hours = Hours.parse("Mo-Su 18:00-02:00; Dec 25 off", STOCKHOLM)
    assert days(hours, "2026-12-24", "2026-12-26") == ["24 24 18:00-25 02:00", "26 26 18:00-27 02:00"]


def test_exceptions_close_and_change_dates_and_open_others() -> None:
    hours = Hours.parse("Mo-Fr 10:00-19:00", STOCKHOLM, [
        HoursException(date=date(2026, 6, 9)),
        HoursException(date=date(2026, 6, 10), hours="10:00-12:00,13:00-15:00", name="Stocktaking"),
        HoursException(date=date(2026, 6, 13), hours="22:00-03:00", name="Night of lights"),
    ])
    assert days(hours, "2026-06-08", "2026-06-14") == [
        "08 08 10:00-08 19:00", "10 10 10:00-10 15:00", "11 11 10:00-11 19:00", "12 12 10:00-12 19:00",
        "13 13 22:00-14 03:00"]


def test_closing_a_date_leaves_the_night_before_alone() -> None:
    hours = Hours.parse("Mo-Su 18:00-02:00", STOCKHOLM, [HoursException(date=date(2026, 6, 9))])
    assert days(hours, "2026-06-08", "2026-06-10") == ["08 08 18:00-09 02:00", "10 10 18:00-11 02:00"]


def test_a_store_open_over_nights_closes_when_it_really_closes() -> None:
    hours = Hours.parse("Mo-Fr 00:00-24:00", STOCKHOLM)
    assert days(hours, "2026-06-06", "2026-06-14") == ["08 08 00:00-13 00:00"]


def test_a_store_closed_once_a_year_has_one_long_business_day() -> None:
    hours = Hours.parse("24/7; Dec 25 off", STOCKHOLM)
    assert not hours.always_open
    (day,) = hours.business_days(date(2026, 12, 20), date(2027, 1, 5))
    assert day == (date(2026, 12, 26), datetime(2026, 12, 25, 23, tzinfo=UTC), datetime(2027, 12, 24, 23, tzinfo=UTC))


@pytest.mark.parametrize("text", ["24/7", "Mo-Su 00:00-24:00", "Mo-Su,PH", "00:00-48:00"])
def test_a_store_that_never_closes_is_always_open_and_has_no_business_days(text: str) -> None:
    hours = Hours.parse(text, STOCKHOLM)
    assert hours.always_open
    assert hours.business_days(date(2026, 1, 1), date(2026, 12, 31)) == []


def test_one_closed_date_ends_always_open() -> None:
    assert not Hours.parse("24/7", STOCKHOLM, [HoursException(date=date(2040, 1, 1))]).always_open
    assert Hours.parse("24/7", STOCKHOLM, [HoursException(date=date(2040, 1, 1), hours="00:00-24:00")]).always_open
    assert not Hours.parse("Mo-Su 00:00-23:59", STOCKHOLM).always_open


def test_intervals_keep_the_lunch_break_and_are_clipped() -> None:
    hours = Hours.parse("Mo-Fr 10:00-13:00,14:00-19:00", STOCKHOLM)
    found = hours.intervals(datetime(2026, 6, 12, 9, tzinfo=UTC), datetime(2026, 6, 12, 15, tzinfo=UTC))
    assert found == [
        (datetime(2026, 6, 12, 9, tzinfo=UTC), datetime(2026, 6, 12, 11, tzinfo=UTC)),
        (datetime(2026, 6, 12, 12, tzinfo=UTC), datetime(2026, 6, 12, 15, tzinfo=UTC))]


def test_hours_by_the_sun() -> None:
    hours = Hours.parse("09:00-sunset", STOCKHOLM)
    assert days(hours, "2026-12-21", "2026-12-21") == ["21 21 09:00-21 14:47"]


def test_hours_cannot_say_what_a_when_cannot_say() -> None:
    for text in ("open", "Feb 30 10:00-12:00", "10:00+", "SH off", "Mo-Fr 10-19"):
        with pytest.raises(WhenError):
            Hours.parse(text, STOCKHOLM)


def test_the_same_date_twice_among_the_exceptions_is_refused() -> None:
    twice = [HoursException(date=date(2026, 6, 9)), HoursException(date=date(2026, 6, 9), hours="10:00-12:00")]
    with pytest.raises(WhenError, match="2026-06-09 is among the exceptions twice"):
        Hours.parse("Mo-Fr 10:00-19:00", STOCKHOLM, twice)


@pytest.mark.parametrize("hours", ["", "Mo 10:00-12:00", "off", "10:00", "10:00-10:00", "sunrise-12:00", "24/7",
                                   "10:00-12:00; 14:00-15:00", "10:00-12:00 off", "x"])
def test_hours_of_an_exception_are_clock_times(hours: str) -> None:
    with pytest.raises(ValidationError):
        HoursException(date=date(2026, 6, 9), hours=hours)


def test_place_names_a_near_time_zone() -> None:
    with pytest.raises(ValidationError, match="did you mean Europe/Stockholm"):
        Place(timezone="Europe/Stokholm")
    for name in ("", "Europe", "../etc/passwd", "Factory", "\x00", "x" * 300):
        with pytest.raises(ValidationError, match="time zone"):
            Place(timezone=name)


def test_place_knows_countries_and_coordinates_or_says_what_is_wrong() -> None:
    for code, hint in (("se", "did you mean SE"), ("SWE", "two letters"), ("XX", "two letters"), ("", "two letters")):
        with pytest.raises(ValidationError, match=hint):
            Place(timezone="UTC", country=code)
    with pytest.raises(ValidationError, match="both or neither"):
        Place(timezone="UTC", latitude=1)
    for latitude in (91, float("nan"), float("inf")):
        with pytest.raises(ValidationError):
            Place(timezone="UTC", latitude=latitude, longitude=0)
    assert Place(timezone="Europe/Stockholm", country="SE").tz == ZoneInfo("Europe/Stockholm")

"""Time expressions against a naive oracle, at the changes of summer time, in the dark, and with nonsense."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from opening_hours import OpeningHours, State

from profiles.hours import Hours
from profiles.place import Place
from profiles.when import When, WhenError
from tests.profiles.minute_oracle import (
    WEEKDAYS,
    ZONES,
    Windows,
    believed_clock,
    clock,
    dates_of,
    runs,
    week_holds,
    weekly_text,
    windows_of_a_day,
)

STOCKHOLM = Place(timezone="Europe/Stockholm", country="SE", latitude=59.33, longitude=18.07)
NEW_YORK = Place(timezone="America/New_York", country="US")
PARIS = Place(timezone="Europe/Paris", country="FR")
TROMSO = Place(timezone="Europe/Oslo", country="NO", latitude=69.65, longitude=18.96)
SVALBARD = Place(timezone="Arctic/Longyearbyen", latitude=78.22, longitude=15.65)
WEEK = Hours.parse("Mo-Fr 10:00-19:00; Sa 10:00-16:00", STOCKHOLM)

SETTINGS = settings(max_examples=60, deadline=None)
WEEKDAY_SETS = st.sets(st.integers(0, 6), min_size=1)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def local(text: str, place: Place = STOCKHOLM) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=place.tz)


def on(text: str, day: str, place: Place = STOCKHOLM, hours: Hours | None = WEEK, days: int = 1) -> list[str]:
    """The windows of a local date (or several), as local clock times, clipped to it."""
    start = local(day, place)
    end = start + timedelta(days=days)
    found = When.parse(text, place, hours).intervals(start, end)
    return [f"{a.astimezone(place.tz):%d %H:%M}-{b.astimezone(place.tz):%d %H:%M}" for a, b in found]


# -- against the oracle ------------------------------------------------------------------------------------------


@given(data=st.data(), zone=st.sampled_from(ZONES), days=WEEKDAY_SETS, windows=windows_of_a_day())
@SETTINGS
def test_weekly_windows_are_those_of_the_naive_oracle(
    data: st.DataObject, zone: str, days: set[int], windows: Windows
) -> None:
    tz = ZoneInfo(zone)
    day = data.draw(dates_of(zone))
    start = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=1, hours=14)
    end = start + timedelta(days=3)
    when = When.parse(weekly_text(days, windows), Place(timezone=zone), None)
    assert when.intervals(start, end) == runs(
        lambda moment: week_holds(days, windows, believed_clock(moment, tz)), start, end)


@given(data=st.data(), zone=st.sampled_from(ZONES), open_days=WEEKDAY_SETS, days=WEEKDAY_SETS,
       opens=st.integers(0, 1200), length=st.integers(120, 900), before=st.integers(-119, 119),
       after=st.integers(-119, 119), form=st.sampled_from(["whole", "morning", "evening"]))
@settings(max_examples=30, deadline=None)
def test_offsets_from_opening_and_closing_are_those_of_the_naive_oracle(
    data: st.DataObject, zone: str, open_days: set[int], days: set[int], opens: int, length: int, before: int,
    after: int, form: str,
) -> None:
    place, tz = Place(timezone=zone), ZoneInfo(zone)
    day = data.draw(dates_of(zone))
    # The store is open from well before the look to well after, so that every run in the middle is whole.
    middle = datetime(day.year, day.month, day.day, tzinfo=UTC)
    windows = ((opens, opens + length),)
    hours = Hours.parse(weekly_text(open_days, windows), place)
    open_runs = runs(lambda moment: week_holds(open_days, windows, believed_clock(moment, tz)),
                     middle - timedelta(days=3), middle + timedelta(days=4))
    shift = {"whole": ("opening", "closing"), "morning": ("opening", "opening"),
             "evening": ("closing", "closing")}[form]
    if shift[0] == shift[1]:
        before, after = min(before, after), max(before, after) + 1
    expected = []
    for opening, closing in open_runs:
        if opening.astimezone(tz).weekday() in days:
            moments = {"opening": opening, "closing": closing}
            begin, end = moments[shift[0]] + timedelta(minutes=before), moments[shift[1]] + timedelta(minutes=after)
            expected.append((begin, end))
    start, end = middle - timedelta(hours=36), middle + timedelta(hours=36)

    def holds(moment: datetime) -> bool:
        return any(a <= moment < b for a, b in expected)

    names = ",".join(WEEKDAYS[d] for d in sorted(days))
    text = f"{names} {shift[0]}{_offset(before)}..{shift[1]}{_offset(after)}"
    assert When.parse(text, place, hours).intervals(start, end) == runs(holds, start, end)


def _offset(minutes: int) -> str:
    return f"{'-' if minutes < 0 else '+'}{clock(abs(minutes))}"


SELECTORS = ("Mo-Fr", "Sa[1]", "Su[-1]", "PH", "Mo,PH", "Dec 24", "Nov 27-Dec 2", "2026 Nov 27-2026 Nov 30",
             "week 10-20", "week 1-51/2 Mo", "easter -2 days", "2025-2027", "Jan-Mar", "2026 Feb", "Feb 29", "Jul We")


@given(selector=st.sampled_from(SELECTORS), begin=st.integers(0, 1438), length=st.integers(1, 600),
       day=st.dates(date(2024, 1, 5), date(2028, 12, 1)))
@SETTINGS
def test_a_single_rule_means_what_the_library_says(selector: str, begin: int, length: int, day: date) -> None:
    """In UTC, where no summer time differs, our combination of dates and windows equals the library's own."""
    place = Place(timezone="UTC", country="SE")
    text = f"{selector} {clock(begin)}-{clock(min(begin + length, 1440))}"
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    end = start + timedelta(days=40)
    library = OpeningHours(text, country="SE", auto_country=False, auto_timezone=False).intervals(
        start.replace(tzinfo=None), end.replace(tzinfo=None))
    expected = [(a.replace(tzinfo=UTC), b.replace(tzinfo=UTC)) for a, b, state, _ in library if state == State.OPEN]
    assert When.parse(text, place, None).intervals(start, end) == expected


@given(st.lists(st.sampled_from(
    ["Mo-Fr 10:00-18:00", "We off", "PH off", "Sa 11:00-16:00", "Fr 12:00-14:00 off", "Dec 24 10:00-13:00",
     "Jul-Aug Mo-Fr 10:00-16:00", "Su[1] 12:00-17:00"]), min_size=1, max_size=5),
    st.dates(date(2024, 1, 5), date(2028, 12, 1)))
@SETTINGS
def test_rules_within_the_day_add_up_as_in_the_library(rules: list[str], day: date) -> None:
    text = "; ".join(rules)
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    end = start + timedelta(days=40)
    library = OpeningHours(text, country="SE", auto_country=False, auto_timezone=False).intervals(
        start.replace(tzinfo=None), end.replace(tzinfo=None))
    expected = [(a.replace(tzinfo=UTC), b.replace(tzinfo=UTC)) for a, b, state, _ in library if state == State.OPEN]
    assert When.parse(text, Place(timezone="UTC", country="SE"), None).intervals(start, end) == expected


@given(windows=windows_of_a_day(), day=dates_of("Europe/Stockholm"), cuts=st.lists(st.integers(1, 4000), max_size=4))
@SETTINGS
def test_pieces_of_a_range_are_the_range(windows: Windows, day: date, cuts: list[int]) -> None:
    when = When.parse(weekly_text({0, 2, 4, 5}, windows), STOCKHOLM, None)
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    edges = [start, *(start + timedelta(minutes=cut) for cut in sorted(cuts)), start + timedelta(minutes=4000)]
    pieces = [i for a, b in pairwise(edges) for i in when.intervals(a, b)]
    whole = when.intervals(edges[0], edges[-1])
    assert sum((b - a for a, b in pieces), timedelta()) == sum((b - a for a, b in whole), timedelta())
    assert all(any(a <= c and d <= b for a, b in whole) for c, d in pieces)


# -- summer time, told ------------------------------------------------------------------------------------------


def test_window_inside_the_spring_gap_is_dropped() -> None:
    assert on("02:15-02:45", "2026-03-29") == []
    assert on("02:00-03:00", "2026-03-29") == []
    assert on("02:15-02:45", "2026-03-30") == ["30 02:15-30 02:45"]


def test_start_inside_the_spring_gap_is_the_first_instant_after_it() -> None:
    found = When.parse("02:30-04:00", STOCKHOLM, None).intervals(utc("2026-03-29"), utc("2026-03-30"))
    assert found == [(utc("2026-03-29T01:00"), utc("2026-03-29T02:00"))]


def test_end_inside_the_spring_gap_is_the_first_instant_after_it() -> None:
    found = When.parse("01:00-02:30", STOCKHOLM, None).intervals(utc("2026-03-29"), utc("2026-03-29T12:00"))
    assert found == [(utc("2026-03-29T00:00"), utc("2026-03-29T01:00"))]


def test_window_in_the_repeated_hour_happens_once_the_second_time() -> None:
    found = When.parse("02:15-02:45", STOCKHOLM, None).intervals(utc("2026-10-24T12:00"), utc("2026-10-25T12:00"))
    assert found == [(utc("2026-10-25T01:15"), utc("2026-10-25T01:45"))]


def test_end_in_the_repeated_hour_is_its_second_occurrence_so_that_neighbours_touch() -> None:
    start, end = utc("2026-10-24T12:00"), utc("2026-10-25T12:00")
    assert When.parse("01:00-02:30", STOCKHOLM, None).intervals(start, end) == [
        (utc("2026-10-24T23:00"), utc("2026-10-25T01:30"))]
    assert When.parse("02:30-04:00", STOCKHOLM, None).intervals(start, end) == [
        (utc("2026-10-25T01:30"), utc("2026-10-25T03:00"))]


def test_summer_time_of_half_an_hour() -> None:
    place = Place(timezone="Australia/Lord_Howe")
    autumn = When.parse("01:40-01:50", place, None).intervals(utc("2026-04-04"), utc("2026-04-05"))
    assert autumn == [(utc("2026-04-04T15:10"), utc("2026-04-04T15:20"))]
    assert on("02:10-02:20", "2026-10-04", place) == []


def test_summer_time_at_midnight_moves_the_start_of_the_day() -> None:
    place = Place(timezone="Africa/Cairo")
    # On 2024-04-26 the clock went from 00:00 to 01:00.
    found = When.parse("Fr 00:00-02:00", place, None).intervals(utc("2024-04-25"), utc("2024-04-27"))
    assert found == [(utc("2024-04-25T22:00"), utc("2024-04-25T23:00"))]


def test_a_leap_day_is_a_day_only_in_leap_years() -> None:
    assert on("Feb 29 10:00-12:00", "2028-02-29") == ["29 10:00-29 12:00"]
    when = When.parse("Feb 29 10:00-12:00", STOCKHOLM, None)
    assert when.intervals(utc("2025-01-01"), utc("2028-01-01")) == []


# -- days ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("place", "day", "is_holiday"), [
    (STOCKHOLM, "2026-06-06", True), (STOCKHOLM, "2026-05-14", True), (STOCKHOLM, "2026-07-14", False),
    (PARIS, "2026-07-14", True), (PARIS, "2026-05-08", True), (PARIS, "2026-06-06", False),
    (NEW_YORK, "2026-11-26", True), (NEW_YORK, "2026-05-25", True), (NEW_YORK, "2026-07-14", False),
    (STOCKHOLM, "2027-03-29", True), (PARIS, "2028-04-17", True), (NEW_YORK, "2025-07-04", True),
])
def test_public_holidays_are_those_of_the_country(place: Place, day: str, is_holiday: bool) -> None:
    assert bool(on("PH 10:00-12:00", day, place)) is is_holiday
    assert bool(on("10:00-12:00; PH off", day, place)) is not is_holiday


def test_night_before_a_closed_day_ends_in_the_morning_and_the_closed_day_has_no_night() -> None:
    text = "22:00-04:00; Dec 25 off"
    assert on(text, "2026-12-24", days=3) == ["24 00:00-24 04:00", "24 22:00-25 04:00", "26 22:00-27 00:00"]


def test_off_with_times_cuts_the_times_and_nothing_else() -> None:
    assert on("Mo-Su 20:00-04:00; We 00:00-02:00,21:00-22:00 off", "2026-06-10") == [
        "10 02:00-10 04:00", "10 20:00-10 21:00", "10 22:00-11 00:00"]


def test_additional_and_fallback_rules() -> None:
    assert on("Mo-Fr 10:00-12:00, We 14:00-16:00", "2026-06-10") == ["10 10:00-10 12:00", "10 14:00-10 16:00"]
    assert on("Mo 10:00-12:00 || 14:00-15:00", "2026-06-08", days=2) == ["08 10:00-08 12:00", "09 14:00-09 15:00"]


def test_always_is_always() -> None:
    when = When.parse("24/7", STOCKHOLM, None)
    assert when.intervals(utc("2026-03-01"), utc("2027-03-01")) == [(utc("2026-03-01"), utc("2027-03-01"))]


def test_touching_windows_are_one() -> None:
    assert on("10:00-12:00,12:00-14:00", "2026-06-10") == ["10 10:00-10 14:00"]


def test_an_empty_range_has_no_windows() -> None:
    when = When.parse("24/7", STOCKHOLM, None)
    assert when.intervals(utc("2026-03-01"), utc("2026-03-01")) == []
    assert when.intervals(utc("2026-03-02"), utc("2026-03-01")) == []


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        When.parse("24/7", STOCKHOLM, None).intervals(datetime(2026, 1, 1), datetime(2026, 1, 2))


@pytest.mark.parametrize("start", [datetime.min, datetime(1850, 1, 1), datetime(9995, 1, 1)])
def test_the_ends_of_the_calendar_are_empty_and_no_error(start: datetime) -> None:
    start = start.replace(tzinfo=UTC)
    assert When.parse("Mo-Fr 10:00-12:00", STOCKHOLM, None).intervals(start, start + timedelta(days=40)) == []


# -- opening and closing ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "expected"), [
    ("opening-00:30..opening+01:00", ["12 09:30-12 11:00"]),
    ("Fr closing-01:00..closing", ["12 18:00-12 19:00"]),
    ("Sa closing-01:00..closing", []),
    ("closing+00:30..23:00", ["12 19:30-12 23:00"]),
    ("08:00..opening", ["12 08:00-12 10:00"]),
    ("opening..closing", ["12 10:00-12 19:00"]),
    ("Fr 18:00..closing", ["12 18:00-12 19:00"]),
    ("10:00..12:00", ["12 10:00-12 12:00"]),
    ("Th-Fr 22:00..02:00", ["12 00:00-12 02:00", "12 22:00-13 00:00"]),
    ("OPENING .. Closing", ["12 10:00-12 19:00"]),
])
def test_the_stores_own_form_on_a_friday(text: str, expected: list[str]) -> None:
    assert on(text, "2026-06-12") == expected


def test_from_closing_until_a_clock_time_past_midnight() -> None:
    assert on("Fr closing..02:00", "2026-06-12", days=2) == ["12 19:00-13 02:00"]


def test_from_closing_until_opening_lasts_over_a_closed_sunday() -> None:
    assert on("closing..opening", "2026-06-13", days=3) == [
        "13 00:00-13 10:00", "13 16:00-15 10:00", "15 19:00-16 00:00"]


def test_window_before_opening_is_not_there_on_days_that_open_earlier() -> None:
    hours = Hours.parse("Mo-Fr 10:00-19:00; Sa 07:00-12:00", STOCKHOLM)
    assert on("08:00..opening", "2026-06-12", hours=hours, days=3) == ["12 08:00-12 10:00"]


def test_holiday_has_no_business_day_and_so_no_window() -> None:
    hours = Hours.parse("Mo-Su 10:00-19:00; PH off", STOCKHOLM)
    assert on("opening..opening+01:00", "2026-06-05", hours=hours, days=3) == ["05 10:00-05 11:00", "07 10:00-07 11:00"]
    assert on("PH opening..closing", "2026-06-05", hours=hours, days=3) == []


def test_offsets_are_elapsed_time_across_a_change_of_summer_time() -> None:
    hours = Hours.parse("Su 04:00-10:00", STOCKHOLM)
    assert on("opening-03:00..opening", "2026-03-29", hours=hours) == ["29 00:00-29 04:00"]


# -- the sun ------------------------------------------------------------------------------------------------------


def test_a_window_from_sunset_is_not_there_when_the_sun_sets_after_its_end() -> None:
    assert on("sunset-22:00", "2026-06-20", days=2) == []
    assert on("(sunset-00:30)-22:00", "2026-06-20") == ["20 21:37-20 22:00"]
    assert on("sunset-18:00", "2026-12-20", days=2) == ["20 14:47-20 18:00", "21 14:47-21 18:00"]


def test_a_window_until_a_clock_time_that_is_never_after_sunset_goes_past_midnight() -> None:
    assert on("Sa sunset-02:00", "2026-06-20", days=2) == ["20 22:07-21 02:00"]


def test_polar_day_has_the_sun_up_from_midnight_to_midnight() -> None:
    for place in (TROMSO, SVALBARD):
        assert on("sunrise-sunset", "2026-06-20", place, days=2) == ["20 00:00-22 00:00"]
        assert on("sunset-sunrise", "2026-06-20", place, days=2) == []
        assert on("sunset-22:00", "2026-06-20", place) == []
        assert on("(sunset-01:00)-sunset", "2026-06-20", place) == ["20 23:00-21 00:00"]


def test_polar_night_has_the_sun_rise_and_set_at_noon() -> None:
    for place in (TROMSO, SVALBARD):
        assert on("sunrise-sunset", "2026-12-20", place, days=2) == []
        assert on("sunset-sunrise", "2026-12-20", place, days=2) == ["20 00:00-22 00:00"]
        assert on("sunset-22:00", "2026-12-20", place) == ["20 12:00-20 22:00"]
        assert on("07:00-sunrise", "2026-12-20", place) == ["20 07:00-20 12:00"]


def test_civil_twilight_of_the_polar_night_is_still_there_in_tromso() -> None:
    start, end = local("2026-12-20", TROMSO), local("2026-12-21", TROMSO)
    (twilight,) = When.parse("dawn-dusk", TROMSO, None).intervals(start, end)
    assert timedelta(hours=4) < twilight.end - twilight.start < timedelta(hours=5)
    assert on("dawn-dusk", "2026-12-20", SVALBARD) == []


@given(st.dates(date(2024, 1, 2), date(2028, 12, 20)), st.sampled_from([TROMSO, SVALBARD, STOCKHOLM]))
@SETTINGS
def test_day_and_night_by_the_sun_follow_each_other_without_gap(day: date, place: Place) -> None:
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    end = start + timedelta(days=7)
    light = When.parse("sunrise-sunset", place, None).intervals(start, end)
    dark = When.parse("sunset-sunrise", place, None).intervals(start, end)
    together = sorted([*light, *dark])
    assert together[0].start == start
    assert together[-1].end == end
    assert all(one.end == other.start for one, other in pairwise(together))


# -- what is refused ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "column", "words"), [
    ("open", 1, "always"), ("closed", 1, "never"), ("off", 1, "never"), ("Mo 10:00-12:00; off", 17, "never"),
    ("24/7 off", 1, "never"), ('"by appointment"', 1, "comment"), ("", None, "empty"), ("   ", None, "empty"),
    ("Feb 30 10:00-12:00", 5, "Feb 30 does not exist"), ("2025 Feb 29", 10, "does not exist"),
    ("Apr 31-May 2", 5, "Apr 31"), ("Dec 0", 5, "Dec 0"), ("Feb 25-30", 8, "Feb 30"),
    ("2026 Nov 27-2027 Feb 29", 22, "2027 Feb 29"),
    ("10:00-10:00", 1, "ends when it starts"), ("9:00-09:00", 1, "ends when it starts"), ("sunset-sunset", 1, "ends"),
    ("10:00+", 1, "open end"), ("10:00-12:00+", 7, "open end"), ("sunset+", 1, "open end"),
    ("Mo unknown", 4, "unknown"), ("SH 10:00-12:00", 1, "School holidays"), ("PH,SH off", 4, "School holidays"),
    ("10:00-16:00/02:00", 1, "repetition"), ("10:00", 6, "moment"), ("10am-2pm", 1, "24-hour"),
    ("Monday 10:00-12:00", 1, "Mo, Tu"), ("10:00–12:00", 6, "hyphen"), ("2026-11-27", 1, "2026 Nov 27"),
    ("2026Jan 10:00-12:00", 1, "space"), ("Mo, Tu 10:00-12:00", 3, "without spaces"), ("Mo\n10:00-12:00", 3, "control"),
    ("  Mo 10:00-12:00 x", 18, '"x"'), ("Mo  xx", 5, '"xx"'), ("Mo 10:00-12:00;", 16, "too early"),
    ("2020-2010", None, "nverted"), ("Mo 10:00-12:00 " * 40, 501, "500"),
    ("opening", 1, "two dots"), ("Mo opening..", 13, "After"), ("..closing", 1, "Before"),
    ("Mo xx..closing", 4, "Before"),
    ("opening..closing..opening", 17, "one window"), ("closing..closing", 8, "not after"),
    ("opening+01:00..opening", 14, "not after"), ("10:00..10:00", 6, "not after"),
    ("Feb 30 opening..closing", 5, "Feb 30"), ("SH opening..closing", 1, "School"),
    ("opening+25:00..closing", 1, "25:00"),
    ("Mo 10:00-12:00 opening..closing", 1, "day selectors"), ("PH off opening..closing", 1, "day selectors"),
])
def test_what_cannot_be_meant_is_refused_with_column_and_sentence(text: str, column: int | None, words: str) -> None:
    with pytest.raises(WhenError) as caught:
        When.parse(text, STOCKHOLM, WEEK)
    error = caught.value
    assert (error.text, error.column) == (text, column)
    assert words in error.sentence
    assert error.sentence.endswith(".")
    assert "\n" not in str(error)
    assert column is None or f"column {column}" in str(error)


@pytest.mark.parametrize("text", [
    "Feb 29", "2024-2028 Feb 29", "10:00-12:00 || off", "PH off", "24/7; PH off", "Mo 10:00-12:00 \"open; SH 10:00+\"",
    "00:00-24:00", "22:00-26:00", "mo 10:00-12:00", "  Mo   10:00-12:00  ", "Mo 10:00-12:00, 14:00-16:00",
    "(sunset+01:00)-(sunset+02:00)", "2026 Mar 1+ 10:00-12:00", "easter -2 days 10:00-12:00", "Dec Mo[-1] 10:00-12:00",
])
def test_what_can_be_meant_is_taken(text: str) -> None:
    assert When.parse(text, STOCKHOLM, WEEK).text == text


def test_what_the_place_does_not_know_is_refused() -> None:
    nowhere = Place(timezone="Europe/Stockholm")
    with pytest.raises(WhenError, match=r"column 2.*latitude and longitude"):
        When.parse("(sunset-00:30)-22:00", nowhere, None)
    with pytest.raises(WhenError, match=r"column 17.*country"):
        When.parse("Mo 10:00-12:00; PH off", nowhere, None)
    with pytest.raises(WhenError, match=r"column 4.*hours"):
        When.parse("Mo opening..closing", nowhere, None)
    with pytest.raises(WhenError, match="24/7"):
        When.parse("opening..opening+01:00", nowhere, Hours.parse("24/7", nowhere))


TOKENS = st.sampled_from([*WEEKDAYS, "PH", "SH", "Feb", "30", "29", "2026", "week",
                          "easter", "10:00", "-", "12:00", "..", ";",
                          ",", "||", "off", "open", "opening", "closing",
                          "+", "01:00", "sunset", "(", ")", "[", "]", "1",
                          '"', "24/7", "/", " ", " ", "days", "26:00", ":", "unknown", "9999", "1900"])


@given(st.one_of(st.text(max_size=60), st.lists(TOKENS, max_size=14).map("".join),
                 st.lists(TOKENS, max_size=9).map(" ".join)))
@example("PH +99999 days")
@example("easter +99999999999999999999 days")
@example("Mo[1] -99999 days 10:00-12:00")
@example("9999 Dec 31 22:00-26:00")
@example("\x00")
@example("Mo 10:00-12:00; " * 31 + "PH off")
@settings(max_examples=400, deadline=None)
def test_any_text_gives_a_when_or_a_when_error_and_nothing_else(text: str) -> None:
    error: WhenError | None = None
    try:
        when = When.parse(text, STOCKHOLM, WEEK)
    except WhenError as caught:
        error = caught
    if error is not None:
        assert error.column is None or 1 <= error.column <= max(len(text) + 1, 501)
        assert error.sentence.endswith(".")
        return
    found = when.intervals(utc("2026-03-20"), utc("2026-05-01"))
    assert all(a < b for a, b in found)
    assert all(one.end < other.start for one, other in pairwise(found))

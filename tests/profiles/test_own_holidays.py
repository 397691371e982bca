"""Public holidays that a store adds or takes away, in every place where `PH` may stand."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from profiles.days import dates
from profiles.hours import Hours
from profiles.place import Place
from profiles.places import HolidayDate, Store
from profiles.planfile import read_plan, write_plan
from profiles.reading import reading
from profiles.when import When, WhenError

SWEDEN = Place(timezone="Europe/Stockholm", country="SE")
#: One that is no holiday, so that nothing changes but the way in which it is worked out.
SAME = SWEDEN.model_copy(update={"no_holidays": (date(2026, 3, 3),)})
YEARS = (date(2025, 12, 1), date(2028, 3, 3))

SELECTORS = ("", "Mo", "Mo-Fr", "Sa,Su", "Sa[1]", "Sa[-1]", "Th[4] +1 day", "Jan", "Jan-Mar", "Nov Sa[4]", "Dec 24",
             "Dec 24-26", "Dec 20-Jan 6", "2026", "2026 Mo", "2026-2028 Sa[1]", "2026-2030/2", "2026 Nov 27",
             "2026 Jan-Mar", "week 5", "week 1-53/2 Mo", "2026 week 5-20 Mo", "easter", "easter -2 days-easter +1 day")


@given(selector=st.sampled_from(SELECTORS), holiday=st.sampled_from(["PH", "PH +1 day", "PH -2 days"]),
       form=st.sampled_from(["{selector},{holiday}", "{selector} {holiday}", "{holiday},{selector}"]))
@settings(max_examples=150, deadline=None)
def test_the_own_way_of_working_them_out_is_the_librarys(selector: str, holiday: str, form: str) -> None:
    text = form.format(selector=selector, holiday=holiday).strip(" ,")
    try:
        When.parse(f"{text} 10:00-12:00", SWEDEN, None)
    except WhenError:
        return
    assert list(dates(text, SAME, *YEARS)) == list(dates(text, SWEDEN, *YEARS))


def hours_of(store: Store) -> Hours:
    return Hours.parse(store.hours, store.place, store.exceptions)


def on(text: str, place: Place, year: int = 2026) -> list[date]:
    start, end = (datetime(y, 1, 1, tzinfo=UTC) for y in (year, year + 1))
    windows = When.parse(text, place, None).intervals(start, end)
    return [window.start.astimezone(place.tz).date() for window in windows]


def test_a_date_of_the_stores_own_is_a_public_holiday() -> None:
    place = SWEDEN.model_copy(update={"own_holidays": (date(2026, 9, 9), date(2026, 11, 20))})
    assert date(2026, 11, 20) not in on("PH 10:00-12:00", SWEDEN)
    assert date(2026, 11, 20) in on("PH 10:00-12:00", place)
    assert date(2026, 11, 19) in on("PH -1 day 10:00-12:00", place)
    assert on("Sep PH 10:00-12:00", place) == [date(2026, 9, 9)]
    assert date(2026, 11, 20) not in on("Mo-Fr 10:00-12:00; PH off", place)


def test_a_date_taken_away_is_none() -> None:
    place = SWEDEN.model_copy(update={"no_holidays": (date(2026, 1, 6),)})
    assert date(2026, 1, 6) in on("PH 10:00-12:00", SWEDEN)
    assert date(2026, 1, 6) not in on("PH 10:00-12:00", place)
    assert date(2026, 1, 6) in on("Mo-Fr 10:00-12:00; PH off", place)


def test_own_holidays_do_without_a_country() -> None:
    nowhere = Place(timezone="Europe/Stockholm")
    with pytest.raises(WhenError, match="country"):
        When.parse("PH off", nowhere, None)
    place = Place(timezone="Europe/Stockholm", own_holidays=(date(2026, 3, 3),))
    assert on("PH 10:00-12:00", place) == [date(2026, 3, 3)]
    assert reading("PH 10:00-12:00", place, None, "en") == "public holidays from 10:00 to 12:00"


def test_what_cannot_be_told_apart_is_refused() -> None:
    with pytest.raises(WhenError, match="rule of its own"):
        dates("PH,", SAME, *YEARS)


STORE = """\
store:
  id: s
  name: S
  timezone: Europe/Stockholm
  country: SE
  hours: "Mo-Fr 10:00-18:00; PH off"
  holidays:
    - {date: 2026-11-20, name: Staff day}
    - {date: 2026-01-06, observed: false}
zones:
  - {id: z, name: Z, kind: cafe, default: {light: {on: true, brightness_pct: 60, kelvin: 3000},
     music: {on: false, volume_pct: 20}, scent: off}}
"""


def test_a_plan_file_carries_them_and_the_stores_hours_follow() -> None:
    plan = read_plan(STORE, "store.yaml")
    assert plan.store.place.own_holidays == (date(2026, 11, 20),)
    assert plan.store.place.no_holidays == (date(2026, 1, 6),)
    assert read_plan(write_plan(plan), "again.yaml").digest == plan.digest
    assert '- {date: "2026-11-20", name: Staff day}' in write_plan(plan)
    opening = When.parse("opening..opening+01:00", plan.store.place, hours_of(plan.store))
    begins = {w.start.astimezone(plan.store.place.tz).date() for w in opening.intervals(
        datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))}
    assert date(2026, 11, 20) not in begins
    assert date(2026, 1, 6) in begins


def test_the_same_date_twice_is_refused() -> None:
    twice = (HolidayDate(date=date(2026, 12, 24)), HolidayDate(date=date(2026, 12, 24), observed=False))
    with pytest.raises(ValidationError, match="2026-12-24 is among the holidays twice"):
        Store(id="s", name="S", timezone="Europe/Stockholm", hours="Mo 10:00-12:00", holidays=twice)

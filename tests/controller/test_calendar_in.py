"""Somebody else's calendar: what becomes of its days, what is refused and how, and that nothing is half done."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.calendars.bounds import MOST_EVENTS
from controller.calendars.expanding import answer
from controller.calendars.store_calendar import StoreCalendar
from controller.calendars.taking import worked_out
from controller.errors import Forbidden, Refused
from controller.planning import StorePlanning
from controller.store.intake import PlanChanged
from profiles.hours import HoursException
from profiles.places import HolidayDate
from tests.controller.calendar_shop import calendar_plan
from tests.controller.shop import ELIN, MAJA, Shop

TODAY = date(2026, 11, 22)
SPAN = (TODAY, date(2029, 11, 24))


def calendar(*events: str) -> bytes:
    """A calendar file of these events, each the lines between BEGIN and END."""
    body = "".join(f"BEGIN:VEVENT\nUID:{n}@them\n{event}\nEND:VEVENT\n" for n, event in enumerate(events))
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//them//EN\n{body}END:VCALENDAR\n".replace("\n", "\r\n").encode()


EVE = "DTSTART;VALUE=DATE:20261224\nSUMMARY:Christmas Eve"
YEARLY = f"{EVE}\nRRULE:FREQ=YEARLY"


@pytest.fixture
def shop() -> Shop:
    return Shop(calendar_plan(), datetime(2026, 11, 22, 12, tzinfo=UTC))


@pytest.fixture
def door(shop: Shop) -> StoreCalendar:
    return StoreCalendar(shop.memory, StorePlanning(shop.memory, shop.engine, shop.clock), shop.clock)


def store(shop: Shop) -> list[HoursException]:
    version = shop.memory.plan_in_force()
    assert version is not None
    return list(version.plan.store.exceptions)


# -- what becomes of it


@pytest.mark.real
def test_days_become_exceptions_in_one_version(shop: Shop, door: StoreCalendar) -> None:
    taken = door.take_exceptions(calendar(
        EVE, "DTSTART;VALUE=DATE:20261228\nDTEND;VALUE=DATE:20261230\nSUMMARY:Stocktaking, closed",
        "DTSTART;VALUE=DATE:20261231\nSUMMARY:Öppet 10.00–15.00 nyårsafton",
        "DTSTART;VALUE=DATE:20270105\nX-SINNE-HOURS:10:00-12:00,13:00-16:00\nSUMMARY:Twelfth Night",
    ), MAJA)
    assert store(shop) == [
        HoursException(date=date(2026, 12, 24), name="Christmas Eve"),
        HoursException(date=date(2026, 12, 25), name="Christmas"),
        HoursException(date=date(2026, 12, 28), name="Stocktaking"),
        HoursException(date=date(2026, 12, 29), name="Stocktaking"),
        HoursException(date=date(2026, 12, 31), hours="10:00-15:00", name="nyårsafton"),
        HoursException(date=date(2027, 1, 5), hours="10:00-12:00,13:00-16:00", name="Twelfth Night")]
    assert taken.version is not None
    assert taken.version.version == 2
    assert taken.added[0] == "2026-12-28: closed (Stocktaking)"
    assert taken.replaced == ("2026-12-24: closed (Christmas Eve)",)
    assert shop.kinds() == ["plan.published"]
    assert shop.engine.told == [PlanChanged()]
    # The same again changes nothing, and makes no version.
    again = door.take_exceptions(calendar(EVE), MAJA)
    assert (again.version, again.added, again.replaced) == (None, (), ())
    assert shop.kinds() == ["plan.published"]


@pytest.mark.real
def test_days_become_public_holidays_and_ph_follows(shop: Shop, door: StoreCalendar) -> None:
    door.take_exceptions(calendar(
        "DTSTART;VALUE=DATE:20270305\nRRULE:FREQ=YEARLY\nSUMMARY:Staff day",
        "DTSTART;VALUE=DATE:20270106\nX-SINNE-OBSERVED:FALSE\nSUMMARY:Epiphany"), MAJA, "holidays")
    version = shop.memory.plan_in_force()
    assert version is not None
    assert version.plan.store.holidays == (
        HolidayDate(date=date(2027, 1, 6), name="Epiphany", observed=False),
        HolidayDate(date=date(2027, 3, 5), name="Staff day"), HolidayDate(date=date(2028, 3, 5), name="Staff day"),
        HolidayDate(date=date(2029, 3, 5), name="Staff day"))
    read = door.read("PH 10:00-12:00", 1)
    assert [start for start, _ in read.occurrences] == [datetime(2027, 3, 5, 9, tzinfo=UTC)]


@pytest.mark.real
def test_what_is_left_out_is_told(shop: Shop) -> None:
    found = worked_out(calendar(
        "DTSTART:20261224T100000Z\nSUMMARY:Meeting", "DTSTART;VALUE=DATE:20201224\nSUMMARY:Long ago",
        f"{EVE}\nSTATUS:CANCELLED", "DTSTART;VALUE=DATE:20261230\nSUMMARY:Open all day"),
        "closed", shop.plan.store, TODAY)
    assert found.added == found.replaced == ()
    assert set(found.left_out) == {
        "Meeting: it does not fill whole days", "Long ago: none of its days lies in the next three years",
        "Christmas Eve: it is cancelled", "Open all day: it says that the store is open, and not when"}


# -- what is refused


@pytest.mark.real
def test_only_a_manager_may_and_a_refused_plan_leaves_all_as_it_was(shop: Shop, door: StoreCalendar) -> None:
    before = shop.memory.plan_in_force()
    with pytest.raises(Forbidden):
        door.take_exceptions(calendar(EVE), ELIN)
    with pytest.raises(Refused, match="closed or holidays"):
        door.take_exceptions(calendar(EVE), MAJA, "birthdays")
    with pytest.raises(Refused, match="2026-12-24 stands twice"):
        door.take_exceptions(calendar(EVE, "DTSTART;VALUE=DATE:20261224\nSUMMARY:Open 10:00-12:00"), MAJA)
    with pytest.raises(Refused, match="25:00-26:00 are no hours"):
        door.take_exceptions(calendar(EVE, "DTSTART;VALUE=DATE:20261231\nSUMMARY:Open 25:00-26:00"), MAJA)
    assert shop.memory.plan_in_force() is before
    assert shop.engine.told == []


@pytest.mark.real
def test_a_calendar_that_takes_too_long_is_stopped(shop: Shop) -> None:
    daily = ["DTSTART;VALUE=DATE:19700101\nRRULE:FREQ=DAILY\nSUMMARY:Every day"] * 1500
    with pytest.raises(Refused, match="takes more than 2 s to work out"):
        worked_out(calendar(*daily), "closed", shop.plan.store, TODAY, limit_s=2)


@pytest.mark.parametrize(("event", "sentence"), [
    ("DTSTART;VALUE=DATE:20261224\nRRULE:FREQ=HOURLY\nSUMMARY:Bell", "repeats within a day"),
    ("DTSTART;VALUE=DATE:20261224\nRRULE:FREQ=MINUTELY;COUNT=9\nSUMMARY:Bell", "repeats within a day"),
    ("DTSTART:20261224T100000Z\nRRULE:FREQ=SECONDLY\nSUMMARY:Bell", "repeats within a day"),
    ("DTSTART;VALUE=DATE:20261224\nRRULE:FREQ=DAILY;BYHOUR=1,2\nSUMMARY:Bell", "repeats within a day"),
    ("DTSTART;VALUE=DATE:2026122\nSUMMARY:x", "has a date or a rule that cannot be read"),
    ("DTSTART;VALUE=DATE:20261224\nRRULE:FREQ=OFTEN\nSUMMARY:x", "has a date or a rule that cannot be read"),
    ("SUMMARY:x", "has no date (DTSTART)"),
    ("DTSTART;VALUE=DATE:20261224\nDTEND;VALUE=DATE:20290101\nSUMMARY:x", "lasts {length} days"),
    ("DTSTART;VALUE=DATE:20261224\nDTEND:20261225T100000Z\nSUMMARY:x", "begins on a day and ends at a time"),
])
def test_an_event_that_cannot_be_taken_is_named(event: str, sentence: str) -> None:
    found = answer(calendar(event), *SPAN)
    assert sentence in found["problem"]
    assert found["values"]["title"] in ("Bell", "x")


@pytest.mark.parametrize(("content", "sentence"), [
    (b"", "no calendar file"), (b"hello", "no calendar file"), (b"BEGIN:VCALENDAR\r\nnonsense", "cannot be read"),
    (b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nEND:VCALENDAR\r\n", "not whole"),
    (b"BEGIN:VCALENDAR\xff\xfe\r\nEND:VCALENDAR", "UTF-8"),
    (calendar(*["DTSTART;VALUE=DATE:20261224"] * (MOST_EVENTS + 1)), "{count} events"),
    (calendar("DTSTART;VALUE=DATE:20261224\nRRULE:FREQ=DAILY", "DTSTART;VALUE=DATE:20261224\nRRULE:FREQ=DAILY"),
     "more than {most} days"),
])
def test_a_file_that_cannot_be_taken_is_said_in_one_sentence(content: bytes, sentence: str) -> None:
    assert sentence in answer(content, *SPAN)["problem"]


LINES = st.sampled_from([
    "BEGIN:VEVENT", "END:VEVENT", "BEGIN:VTIMEZONE", "END:VTIMEZONE", "DTSTART;VALUE=DATE:20261224", "DTSTART:20261224",
    "DTEND;VALUE=DATE:20261226", "DTSTART;TZID=Nowhere/Town:20261224T100000", "DURATION:P2D", "DURATION:-P1D",
    "RRULE:FREQ=DAILY;COUNT=3", "RRULE:FREQ=YEARLY;INTERVAL=0", "RRULE:FREQ=WEEKLY;BYDAY=XX", "EXDATE:banana",
    "RDATE;VALUE=DATE:20270101,20270102", "RECURRENCE-ID;VALUE=DATE:20261225", "UID:a", "SUMMARY:Closed",
    "SUMMARY;LANGUAGE=sv:Öppet\\, 10:00-12:00", "STATUS:CANCELLED", "X-SINNE-HOURS;X=1:10:00-12:00", "garbage", ""])


@given(st.lists(LINES, max_size=14), st.binary(max_size=30))
@settings(max_examples=250, deadline=None)
def test_any_calendar_gives_days_or_a_sentence(lines: list[str], tail: bytes) -> None:
    content = "\r\n".join(["BEGIN:VCALENDAR", *lines, "END:VCALENDAR", ""]).encode() + tail
    found = answer(content, *SPAN)
    if "problem" in found:
        assert found["problem"].format(**found["values"])
        return
    assert all(SPAN[0] <= date.fromisoformat(day["date"]) <= SPAN[1] for day in found["days"])
    assert all("\n" not in day["title"] for day in found["days"])

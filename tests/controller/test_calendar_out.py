"""Calendars for people's own programs: read back by independent libraries, they say what the plan says."""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
import recurring_ical_events
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar, Component, vText

from controller.calendars.events import Event
from controller.calendars.store_calendar import StoreCalendar, span_at
from controller.calendars.writing import written
from controller.errors import NotFound
from controller.planning import StorePlanning
from controller.ports import Entry
from controller.store.quiet import MEASURED
from profiles.layers import Rank
from profiles.place import Place
from profiles.plan import Live, Plan
from profiles.resolve import resolve
from profiles.text import speaking
from tests.controller.calendar_shop import calendar_plan
from tests.controller.memory_fake import FakeMemory
from tests.controller.shop import MAJA, Shop

ZONES = ("Europe/Stockholm", "America/New_York", "Australia/Lord_Howe", "Pacific/Kiritimati")
START = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Opened:
    """A shop at a date, with its calendar."""

    def __init__(self, plan: Plan, now: datetime = START) -> None:
        self.shop = Shop(plan, now)
        self.planning = StorePlanning(self.shop.memory, self.shop.engine, self.shop.clock)
        self.calendar = StoreCalendar(self.shop.memory, self.planning, self.shop.clock)


def entries(text: str) -> list[Component]:
    return Calendar.from_ical(text).walk("VEVENT")


def by_kind(text: str, *kinds: str) -> list[Component]:
    return [entry for entry in entries(text) if str(entry["CATEGORIES"].cats[0]) in kinds]


# -- the same instants as the plan


@pytest.mark.parametrize("timezone", ZONES)
def test_a_zones_calendar_says_what_the_plan_says_throughout_a_year(timezone: str) -> None:
    plan = calendar_plan(timezone)
    text = Opened(plan).calendar.icalendar("fitting")
    read = recurring_ical_events.of(Calendar.from_ical(text)).between(START, START + timedelta(days=365))
    leads = sorted((entry.start, entry.end, str(entry["SUMMARY"])) for entry in read
                   if str(entry["CATEGORIES"].cats[0]) in ("daypart", "campaign"))
    assert all(one[1] <= other[0] for one, other in pairwise(leads))
    without = plan.changed(quiet_hours=())
    starts = [start for start, _, _ in leads]
    edges = [edge + by for start, end, _ in leads for edge in (start, end)
             for by in (timedelta(seconds=-1), timedelta())]
    hours = [START + timedelta(minutes=133 * n) for n in range(365 * 24 * 60 // 133)]
    for at in [*hours, *(edge for edge in edges if START < edge < START + timedelta(days=365))]:
        index = bisect_right(starts, at) - 1
        found = leads[index][2] if index >= 0 and at < leads[index][1] else None
        leading = resolve(without, Live(), "fitting", at).leading
        expected = None if leading.rank is Rank.DEFAULT else f"{leading.name}: {leading.profile}"
        assert found == expected, at


@pytest.mark.parametrize("timezone", ZONES)
def test_quiet_hours_are_where_the_plan_has_them(timezone: str) -> None:
    plan = calendar_plan(timezone)
    read = recurring_ical_events.of(Calendar.from_ical(Opened(plan).calendar.quiet_calendar())).between(
        START, START + timedelta(days=365))
    assert 45 <= len(read) <= 53
    quiet = plan.changed(campaigns=())
    for entry in read:
        assert str(entry["SUMMARY"]) == "Calm hour"
        local = entry.start.astimezone(ZoneInfo(timezone))
        assert (local.weekday(), local.hour, local.minute) == (1, 10, 0)
        assert entry.end - entry.start == timedelta(hours=1)
        for at, holds in ((entry.start, True), (entry.end - timedelta(seconds=1), True), (entry.end, False)):
            assert (resolve(quiet, Live(), "sales", at).leading.rank is Rank.QUIET_HOUR) is holds


def test_zones_that_do_the_same_share_an_event_and_the_store_has_those_of_all() -> None:
    opened = Opened(calendar_plan())
    store = by_kind(opened.calendar.icalendar(), "daypart", "campaign")
    zones = {zone.id: by_kind(opened.calendar.icalendar(zone.id), "daypart", "campaign")
             for zone in opened.shop.plan.zones}
    names = {"sales": "Sales floor", "fitting": "Fitting rooms", "till": "Checkout"}
    for zone, own in zones.items():
        shared = [(e.start, e.end, str(e["SUMMARY"])) for e in store
                  if "LOCATION" not in e or names[zone] in str(e["LOCATION"])]
        assert sorted(shared) == sorted((e.start, e.end, str(e["SUMMARY"])) for e in own)
    assert len(store) < sum(map(len, zones.values()))


def test_days_with_other_hours_are_whole_days() -> None:
    days = by_kind(Opened(calendar_plan()).calendar.icalendar("till"), "hours")
    assert [(e.start, e.end, str(e["SUMMARY"])) for e in days] == [
        (date(2026, 12, 24), date(2026, 12, 25), "Open 10:00-15:00: Christmas Eve; early, calm"),
        (date(2026, 12, 25), date(2026, 12, 26), "Closed: Christmas")]


def test_a_calendar_spans_a_month_behind_and_thirteen_ahead() -> None:
    starts = [e.start for e in by_kind(Opened(calendar_plan()).calendar.icalendar("till"), "daypart")
              if str(e["SUMMARY"]).startswith("Day")]
    assert min(starts) == datetime(2026, 10, 1, 8, tzinfo=UTC)
    assert max(starts) == datetime(2027, 12, 31, 9, tzinfo=UTC)
    assert span_at(START, Place(timezone="Pacific/Kiritimati")) == (
        datetime(2026, 9, 30, 10, tzinfo=UTC), datetime(2027, 12, 31, 10, tzinfo=UTC))


# -- identity, freshness, keeping


def test_an_entry_keeps_its_identity_when_the_plan_and_the_month_change() -> None:
    opened = Opened(calendar_plan())
    before = {str(e["UID"]): e for e in entries(opened.calendar.icalendar("till"))}
    assert len(before) == len(entries(opened.calendar.icalendar("till")))
    longer = calendar_plan(hours="Mo-Fr 10:00-21:00; Sa 10:00-18:00")
    opened.planning.publish(longer, "", MAJA)
    opened.shop.clock.move(days=20)
    after = {str(e["UID"]): e for e in entries(opened.calendar.icalendar("till"))}
    day = next(uid for uid, e in before.items()
               if e.start == datetime(2026, 12, 7, 9, tzinfo=UTC) and str(e["SUMMARY"]).startswith("Day"))
    assert before[day].end == datetime(2026, 12, 7, 19, tzinfo=UTC)
    assert after[day].end == datetime(2026, 12, 7, 20, tzinfo=UTC)
    assert int(after[day]["SEQUENCE"]) == int(before[day]["SEQUENCE"]) + 1


def test_one_that_always_was_keeps_its_identity_from_month_to_month() -> None:
    plan = calendar_plan()
    always = plan.dayparts[0].model_copy(update={"when": "24/7"})
    opened = Opened(plan.changed(dayparts=(always,), campaigns=()))
    first = by_kind(opened.calendar.icalendar("till"), "daypart")
    opened.shop.clock.move(days=31)
    second = by_kind(opened.calendar.icalendar("till"), "daypart")
    assert [str(e["UID"]) for e in first] == [str(e["UID"]) for e in second]
    assert first[0].start != second[0].start



def test_asking_every_minute_works_nothing_out_anew() -> None:
    opened = Opened(calendar_plan())
    first = opened.calendar.icalendar()
    compiled = opened.shop.memory.plan_in_force().plan._compiled.looms.spans.cache_info()
    for _ in range(60):
        opened.shop.clock.move(minutes=1)
        assert opened.calendar.icalendar() == first
    assert opened.shop.memory.plan_in_force().plan._compiled.looms.spans.cache_info() == compiled
    opened.shop.clock.move(days=30)
    assert opened.calendar.icalendar() != first


def test_a_calendar_tells_programs_when_to_come_again_and_is_folded() -> None:
    text = Opened(calendar_plan()).calendar.icalendar()
    assert "REFRESH-INTERVAL;VALUE=DURATION:PT1H\r\n" in text
    assert "X-PUBLISHED-TTL:PT1H\r\n" in text
    assert "X-WR-TIMEZONE" not in text
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert text.endswith("END:VCALENDAR\r\n")
    assert all(str(entry["TRANSP"]) == "TRANSPARENT" for entry in entries(text))


@given(name=st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=200))
@settings(max_examples=150, deadline=None)
def test_any_name_comes_back_as_it_was(name: str) -> None:
    event = Event("a" * 90, START, START + timedelta(hours=1), name, name, name, "daypart")
    read = Calendar.from_ical(written([event], name, 3, START))
    entry = read.walk("VEVENT")[0]
    assert [str(entry[part]) for part in ("SUMMARY", "DESCRIPTION", "LOCATION")] == [name] * 3
    # The library keeps what it does not know as it is written.
    assert str(read["NAME"]) == vText(name).to_ical().decode()
    assert str(entry["UID"]) == "a" * 90


def test_an_unknown_zone_and_a_store_without_a_plan_are_said() -> None:
    opened = Opened(calendar_plan())
    with pytest.raises(NotFound, match="no zone cellar"):
        opened.calendar.icalendar("cellar")
    empty = StoreCalendar(FakeMemory(), opened.planning, opened.shop.clock)
    with pytest.raises(NotFound, match="No plan"):
        empty.icalendar()
    with pytest.raises(NotFound, match="No plan"):
        empty.quiet_calendar()
    assert empty.quiet_hours() == []


# -- what is said of expressions and quiet hours


def test_an_expression_is_read_in_the_store_with_its_occurrences() -> None:
    read = Opened(calendar_plan()).calendar.read("Fr closing-01:00..closing", 3)
    assert read.words["en"] == "Fridays from one hour before closing to closing"
    assert set(read.words) == {"en", "sv", "fr"}
    assert [start for start, _ in read.occurrences] == [
        datetime(2026, 11, 27, 18, tzinfo=UTC), datetime(2026, 12, 4, 18, tzinfo=UTC),
        datetime(2026, 12, 11, 18, tzinfo=UTC)]
    wrong = Opened(calendar_plan()).calendar.read("Mo 10:00")
    assert (wrong.words, wrong.occurrences, wrong.column) == ({}, (), 9)
    assert wrong.problem is not None
    assert "moment" in wrong.problem


def measured(kept_s: float, broken_s: float = 0, quiet: str = "calm", start: str = "a") -> Entry:
    return Entry(MEASURED, {"quiet_hour": quiet, "zone": "sales", "start": start, "end": "b", "planned_s": 3600,
                            "kept_s": kept_s, "broken_s": broken_s, "stopped_s": 3600 - kept_s - broken_s})


def test_quiet_hours_are_told_with_how_well_they_were_kept() -> None:
    opened = Opened(calendar_plan())
    assert [(q.id, q.kept_pct, q.measured) for q in opened.calendar.quiet_hours()] == [("calm", None, 0)]
    opened.shop.memory.record(START - timedelta(days=91), measured(0, 3600))
    opened.shop.memory.record(START - timedelta(days=2), measured(3600), measured(1800, 900))
    opened.shop.memory.record(START - timedelta(days=1), measured(0, 0, start="c"), measured(0, 3600, quiet="staff"),
                              Entry(MEASURED, {"quiet_hour": "calm", "kept_s": "all"}))
    with speaking("en"):
        (quiet,) = opened.calendar.quiet_hours()
    assert (quiet.kept_pct, quiet.measured) == (85.7, 2)
    assert quiet.words == "Tuesdays from opening to one hour after opening"
    assert quiet.zones == ("sales", "fitting", "till")
    assert quiet.next[0] == (datetime(2026, 11, 24, 9, tzinfo=UTC), datetime(2026, 11, 24, 10, tzinfo=UTC))

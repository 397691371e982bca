"""When announcements are due, and which quiet hours hold, against a count of every minute."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from profiles.announcing import Sayings, zones_of
from profiles.compiled import compiled
from profiles.plan import Plan
from profiles.quiet import QuietHours
from profiles.when import When
from tests.controller.virtual_shop import plan_of

MINUTE = timedelta(minutes=1)
ZONES = ("Europe/Stockholm", "America/New_York", "Australia/Lord_Howe", "Pacific/Kiritimati")
WHENS = ("Mo-Su 10:00-11:00", "Mo-Fr 18:45-19:00", "closing-00:15..closing", "Su 23:00-26:00", "24/7",
         "Mo-Su 02:00-03:30", "2026 Mar 29 01:00-04:00")


def plan(when: str | None, every_min: int | None = None, timezone: str = "Europe/Stockholm", **more: object) -> Plan:
    said = {"id": "a", "name": "A", "clip": "a", "text": "Words.", "when": when, "every_min": every_min, **more}
    store = {"id": "shop", "name": "Shop", "timezone": timezone, "country": "SE", "hours": "Mo-Su 09:00-19:00"}
    quiet = [] if when is None else [{"id": "q", "name": "Q", "when": when}]
    return plan_of(store=store, announcements=[said], quiet_hours=quiet)


def local(*parts: int) -> datetime:
    """A clock time in Stockholm in winter."""
    return datetime(*parts, tzinfo=UTC) - timedelta(hours=1)


def test_it_is_said_as_each_window_begins():
    sayings = Sayings(plan("Mo-Fr 18:45-19:00"))
    due = sayings.due(local(2026, 3, 6, 12), local(2026, 3, 9, 20))
    assert [d.instant for d in due] == [local(2026, 3, 6, 18, 45), local(2026, 3, 9, 18, 45)]
    assert due[0].zones == ("sales", "cafe")


def test_and_again_within_it():
    sayings = Sayings(plan("Mo-Su 10:00-11:00", every_min=25))
    due = sayings.due(local(2026, 3, 6, 0), local(2026, 3, 7, 0))
    assert [d.instant - local(2026, 3, 6, 10) for d in due] == [0 * MINUTE, 25 * MINUTE, 50 * MINUTE]


def test_what_is_due_is_after_the_one_instant_and_not_after_the_other():
    sayings = Sayings(plan("Mo-Su 10:00-11:00", every_min=30))
    begin = local(2026, 3, 6, 10)
    assert [d.instant for d in sayings.due(begin - MINUTE, begin)] == [begin]
    assert sayings.due(begin, begin + 29 * MINUTE) == []
    assert sayings.due(begin, begin) == []
    assert [d.instant for d in sayings.due(begin, begin + 30 * MINUTE)] == [begin + 30 * MINUTE]


def test_by_press_alone_it_is_never_due():
    sayings = Sayings(plan(None))
    assert sayings.due(local(2026, 1, 1), local(2026, 12, 31)) == []
    assert sayings.next("a", local(2026, 1, 1)) is None
    assert sayings.next_of_all(local(2026, 1, 1)) is None


def test_the_next_one_may_be_far_away_or_never_come():
    sayings = Sayings(plan("2026 Dec 24 12:00-13:00"))
    assert sayings.next_of_all(local(2026, 1, 2)) == local(2026, 12, 24, 12)
    assert sayings.next_of_all(local(2026, 12, 24, 12)) is None


def test_it_is_said_in_the_zones_that_it_names():
    there = plan("Mo-Su 10:00-11:00", zones=["cafe"])
    assert zones_of(there, there.announcements[0]) == ("cafe",)


def test_a_quiet_hour_holds_from_its_beginning_until_its_end():
    hours = QuietHours(plan("Mo-Su 10:00-11:00"))
    begin = local(2026, 3, 6, 10)
    assert hours.at(begin - timedelta(seconds=1)) == []
    (window,) = hours.at(begin)
    assert (window.quiet.id, window.start, window.end) == ("q", begin, begin + 60 * MINUTE)
    assert hours.at(begin + 60 * MINUTE) == []
    assert hours.edge(begin - MINUTE) == begin
    assert hours.edge(begin) == begin + 60 * MINUTE
    assert [w.start for w in hours.between(begin, begin + timedelta(days=2))] == [
        begin, begin + timedelta(days=1)]
    assert [w.quiet.id for w in hours.in_zone("cafe", begin)] == ["q"]


@pytest.mark.parametrize("month", [3, 4, 10, 11])
def test_a_window_over_the_edge_of_a_stretch_is_one_window(month):
    hours = QuietHours(plan("2026 Feb 10-2026 Dec 01 00:00-24:00"))
    (window,) = hours.at(local(2026, month, 15))
    assert (window.start, window.end) == (local(2026, 2, 10), local(2026, 12, 2))
    assert len(hours.between(local(2026, 1, 1), local(2027, 1, 1))) == 1


def test_a_quiet_hour_without_an_end_has_no_edge():
    hours = QuietHours(plan("24/7"))
    for days in (0, 10, 27, 28, 29, 400):
        at = local(2026, 3, 4) + timedelta(days=days)
        assert hours.at(at)
        assert hours.edge(at) is None


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(WHENS), st.sampled_from(ZONES), st.sampled_from([None, 5, 30, 60, 95]),
       st.integers(0, 270 * 24 * 60), st.integers(1, 3 * 24 * 60))
def test_due_is_what_a_count_of_every_minute_finds(when, timezone, every_min, first, length):
    made = plan(when, every_min, timezone)
    start = datetime(2026, 2, 20, tzinfo=UTC) + first * MINUTE
    end = start + length * MINUTE
    windows = When.parse(when, made.store.place, _hours(made)).intervals(
        start - timedelta(days=10), end + timedelta(days=10))
    expected = []
    for minute in range(1, length + 1):
        at = start + minute * MINUTE
        here = next((w for w in windows if w.start <= at < w.end), None)
        if here is None:
            continue
        since = at - here.start
        if since == timedelta(0) or (every_min is not None and since % (every_min * MINUTE) == timedelta(0)):
            expected.append(at)
    if when == "24/7":  # it has no beginning: only the pace is promised
        gaps = {b - a for a, b in zip(*(lambda d: (d, d[1:]))([d.instant for d in Sayings(made).due(start, end)]),
                                      strict=False)}
        assert gaps <= ({every_min * MINUTE} if every_min is not None else set())
        return
    found = [d.instant for d in Sayings(made).due(start, end)]
    assert found == expected
    following = Sayings(made).next_of_all(start)
    if found:
        assert following == found[0]
    else:
        assert following is None or following > end


def _hours(made: Plan):
    return compiled(made).hours


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(WHENS), st.sampled_from(ZONES), st.lists(st.integers(0, 250 * 24 * 60), min_size=1, max_size=20))
def test_which_quiet_hours_hold_is_what_their_windows_say(when, timezone, minutes):
    made = plan(when, None, timezone)
    hours = QuietHours(made)
    for minute in minutes:
        at = datetime(2026, 2, 20, tzinfo=UTC) + minute * MINUTE
        holds = bool(When.parse(when, made.store.place, _hours(made)).intervals(at, at + timedelta(seconds=1)))
        assert bool(hours.at(at)) is holds
        edge = hours.edge(at)
        if edge is not None:
            assert edge > at
            assert bool(hours.at(edge)) is not holds
            assert bool(hours.at(edge - timedelta(seconds=1))) is holds

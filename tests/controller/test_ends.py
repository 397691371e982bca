"""How long a press lasts: each way to say it, at the edges of days, hours and roles."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.ends import closing_after, ending, ends_offered
from controller.errors import Refused
from profiles.limits import Guardrail
from profiles.plan import Plan
from tests.controller.shop import DOCUMENT, NOW, plan

STOCKHOLM = ZoneInfo("Europe/Stockholm")
WEEK = Guardrail(longest_min=7 * 24 * 60)
SHOP = plan()


def local(year: int, month: int, day: int, hour: int, minute: int = 0, fold: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=STOCKHOLM, fold=fold).astimezone(UTC)


def with_hours(hours: str, **parts: object) -> Plan:
    return plan(store={**DOCUMENT["store"], "hours": hours}, dayparts=[], **parts)


def test_minutes_are_elapsed_minutes_also_over_the_change_of_summer_time() -> None:
    night = local(2026, 3, 29, 1, 30)
    assert ending("minutes:60", SHOP, "sales", night, WEEK).end == night + timedelta(minutes=60)
    assert ending("minutes:60", SHOP, "sales", night, WEEK).end == local(2026, 3, 29, 3, 30)


def test_next_change_is_that_of_the_zone() -> None:
    found = ending("next-change", SHOP, "sales", NOW, WEEK)
    assert found.end == local(2026, 4, 16, 18)
    assert not found.shortened


def test_without_any_change_the_longest_of_the_role_holds() -> None:
    still = plan(dayparts=[])
    found = ending("next-change", still, "sales", NOW, Guardrail(longest_min=90))
    assert found.end == NOW + timedelta(minutes=90)
    assert found.shortened


def test_closing_is_that_of_today() -> None:
    assert ending("closing", SHOP, "sales", NOW, WEEK).end == local(2026, 4, 16, 20)


def test_before_opening_closing_is_tonight() -> None:
    assert ending("closing", SHOP, "sales", local(2026, 4, 16, 7), WEEK).end == local(2026, 4, 16, 20)


def test_a_lunch_break_is_no_closing() -> None:
    shop = with_hours("Mo-Fr 10:00-12:00,13:00-18:00")
    for hour in (11, 12):
        assert closing_after(shop, local(2026, 4, 16, hour, 30)) == local(2026, 4, 16, 18)


def test_hours_past_midnight_belong_to_the_day_they_began() -> None:
    bar = with_hours("Mo-Su 18:00-02:00")
    assert closing_after(bar, local(2026, 4, 17, 1)) == local(2026, 4, 17, 2)
    assert closing_after(bar, local(2026, 4, 17, 3)) == local(2026, 4, 18, 2)


@pytest.mark.parametrize(("now", "says"), [
    (local(2026, 4, 16, 20), "tomorrow 10:00"), (local(2026, 4, 18, 19), "Mon 10:00"), (local(2026, 4, 19, 12),
                                                                                        "tomorrow 10:00")])
def test_after_closing_and_on_closed_days_there_is_no_closing(now: datetime, says: str) -> None:
    assert closing_after(SHOP, now) is None
    with pytest.raises(Refused, match=f"opens {says}"):
        ending("closing", SHOP, "sales", now, WEEK)


def test_a_store_that_never_closes_offers_no_closing() -> None:
    always = with_hours("24/7")
    with pytest.raises(Refused, match="never closes"):
        ending("closing", always, "sales", NOW, WEEK)
    assert "closing" not in [end.key for end in ends_offered(always, "sales", NOW, WEEK)]


def test_a_clock_time_is_the_next_one_on_the_stores_wall() -> None:
    assert ending("time:18:00", SHOP, "sales", NOW, WEEK).end == local(2026, 4, 16, 18)
    assert ending("time:09:00", SHOP, "sales", NOW, WEEK).end == local(2026, 4, 17, 9)
    assert ending("time:14:32", SHOP, "sales", NOW, WEEK).end == local(2026, 4, 17, 14, 32)


def test_a_time_that_does_not_exist_is_the_first_instant_after_the_gap() -> None:
    assert ending("time:02:30", SHOP, "sales", local(2026, 3, 29, 0), WEEK).end == local(2026, 3, 29, 3)


def test_a_time_that_happens_twice_is_the_second() -> None:
    first = local(2026, 10, 25, 2, 40, fold=0)
    assert ending("time:02:30", SHOP, "sales", first, WEEK).end == local(2026, 10, 25, 2, 30, fold=1)


def test_an_instant_is_taken_as_it_is() -> None:
    assert ending("2026-04-16T18:00:00+02:00", SHOP, "sales", NOW, WEEK).end == local(2026, 4, 16, 18)
    assert ending("2026-04-16T16:00:00z", SHOP, "sales", NOW, WEEK).end == local(2026, 4, 16, 18)


def test_an_end_that_is_past_is_refused() -> None:
    with pytest.raises(Refused, match="past"):
        ending("2026-04-16T12:32:00Z", SHOP, "sales", NOW, WEEK)


def test_the_longest_of_the_role_shortens_and_says_so() -> None:
    found = ending("minutes:300", SHOP, "sales", NOW, Guardrail(longest_min=240))
    assert found.end == NOW + timedelta(hours=4)
    assert found.shortened


@pytest.mark.parametrize("text", [
    "", "minutes:0", "minutes:-5", "minutes:1e3", "minutes:٣٠", "minutes:30 ", "time:24:00", "time:9:00", "18:00",
    "2026-04-16", "2026-04-16T18:00:00", "2026-13-16T18:00:00Z", "9999-12-31T23:59:59-23:59", "forever", "closing\n"])
def test_what_cannot_be_read_is_refused_with_what_would_be_right(text: str) -> None:
    with pytest.raises(Refused, match="minutes:30"):
        ending(text, SHOP, "sales", NOW, WEEK)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=30))
def test_no_text_whatever_does_anything_but_end_later_or_be_refused(text: str) -> None:
    try:
        found = ending(text, SHOP, "sales", NOW, WEEK)
    except Refused:
        return
    assert found.end > NOW


@settings(max_examples=60, deadline=None)
@given(st.datetimes(datetime(2025, 1, 1), datetime(2028, 1, 1)), st.integers(1, 24 * 60 * 7),
       st.sampled_from(["minutes:77", "next-change", "closing", "time:02:30", "time:23:59"]))
def test_every_end_lies_after_now_and_within_the_role(at: datetime, longest: int, key: str) -> None:
    now = at.replace(tzinfo=UTC)
    rail = Guardrail(longest_min=longest)
    try:
        found = ending(key, SHOP, "till", now, rail)
    except Refused:
        assert key == "closing"
        assert closing_after(SHOP, now) is None
        return
    assert now < found.end <= now + timedelta(minutes=longest)
    assert not found.shortened or found.end == now + timedelta(minutes=longest)


def test_the_ends_that_are_offered_are_those_that_would_be_given() -> None:
    offered = ends_offered(SHOP, "sales", NOW, Guardrail(longest_min=240))
    assert [(end.key, end.words, end.end, end.shortened) for end in offered] == [
        ("minutes:30", "30 min", NOW + timedelta(minutes=30), False),
        ("minutes:120", "2 h", NOW + timedelta(hours=2), False),
        ("next-change", "Next change", local(2026, 4, 16, 18), False),
        ("closing", "Closing", NOW + timedelta(hours=4), True)]


def test_a_role_that_may_choose_little_is_offered_that() -> None:
    offered = ends_offered(plan(dayparts=[]), "sales", local(2026, 4, 16, 21), Guardrail(longest_min=20))
    assert [end.key for end in offered] == ["minutes:20"]

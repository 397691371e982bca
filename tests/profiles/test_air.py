"""The well-mixed room: what the formulas say, and what any such room has to do."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from profiles.air import days_left, purge_s, share_after, share_left, steady_ul_per_m3

changes = st.floats(0.1, 60)
shares = st.floats(0, 1)


@given(changes)
def test_95_percent_is_gone_after_three_over_the_air_changes_hours(n: float) -> None:
    assert share_left(n, 3 / n * 3600) == pytest.approx(0.05, abs=0.0003)
    assert purge_s(n) == pytest.approx(3 / n * 3600, rel=0.002)


def test_a_room_with_four_air_changes_is_clear_after_three_quarters_of_an_hour() -> None:
    assert purge_s(4) == pytest.approx(45 * 60, rel=0.002)


@given(changes, shares, st.floats(0.01, 1))
def test_after_the_purge_the_share_is_the_threshold_and_not_before(n: float, share: float, threshold: float) -> None:
    wait = purge_s(n, share, threshold)
    if share <= threshold:
        assert wait == 0
    else:
        assert share * share_left(n, wait) == pytest.approx(threshold)
        assert share * share_left(n, wait * 0.99) > threshold


@given(changes, shares, shares, st.floats(0, 40_000), st.floats(0, 40_000))
def test_two_steps_are_one(n: float, share: float, target: float, first: float, then: float) -> None:
    halfway = share_after(share, target, n, first)
    assert share_after(halfway, target, n, then) == pytest.approx(share_after(share, target, n, first + then), abs=1e-9)


@given(changes, shares, shares, st.floats(0, 1e6))
def test_a_share_goes_towards_its_target_and_never_past_it(
    n: float, share: float, target: float, seconds: float
) -> None:
    there = share_after(share, target, n, seconds)
    assert min(share, target) - 1e-12 <= there <= max(share, target) + 1e-12


@given(changes, st.floats(1, 1e5), st.floats(0.1, 8), st.floats(1, 50))
def test_in_the_long_run_as_much_leaves_as_comes(n: float, volume: float, ml_per_h: float, pct: float) -> None:
    leaving_ml_per_h = steady_ul_per_m3(ml_per_h, pct, volume, n) / 1000 * volume * n
    assert leaving_ml_per_h == pytest.approx(ml_per_h * pct / 100)


@given(st.floats(1, 500), st.floats(0.1, 8), st.floats(1, 50), st.floats(0.5, 24))
def test_a_cartridge_lasts_as_long_as_it_is_used(ml: float, ml_per_h: float, pct: float, hours: float) -> None:
    days = days_left(ml, ml_per_h, pct, hours)
    assume(math.isfinite(days))
    assert days * hours * ml_per_h * pct / 100 == pytest.approx(ml)


def test_what_is_not_used_lasts_for_ever() -> None:
    assert days_left(100, 3, 0, 10) == math.inf


@pytest.mark.parametrize(
    "ask",
    [
        lambda: purge_s(0),
        lambda: purge_s(4, 1, 0),
        lambda: steady_ul_per_m3(3, 16, 0, 4),
        lambda: steady_ul_per_m3(3, 16, 300, 0),
    ],
)
def test_a_room_without_air_is_refused(ask: object) -> None:
    assert callable(ask)
    with pytest.raises(ValueError, match="above 0"):
        ask()

"""How stores stand: only what lasts longer than it should is an alarm."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.hq.alarms import Expected, Limits, Stand, stands
from controller.hq.ports import Enrolled, FleetRow
from controller.hq.said import AppliedManifest, Standing

NOW = datetime(2026, 11, 3, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
EXPECTED = Expected((2, 7), NOW - timedelta(hours=1), "a" * 64)


def row(pair: tuple[int, int] | None = (2, 7), heard: timedelta = MINUTE, since: timedelta | None = None,
        **said: Any) -> FleetRow:
    manifest = None if pair is None else AppliedManifest(term=pair[0], number=pair[1], digest="b" * 64)
    standing = Standing(store="nord", at=NOW - heard, manifest=manifest, **{"applies": "a" * 64, **said})
    return FleetRow("nord", Enrolled("nord", "nord", 1, NOW, "Ada"), standing, NOW - heard,
                    None if since is None else NOW - since, None)


def test_a_store_that_names_the_manifest_and_applies_what_is_expected_is_right() -> None:
    assert stands(row(), EXPECTED, NOW) == stands(row(pair=(2, 8)), EXPECTED, NOW)
    assert stands(row(), EXPECTED, NOW).stand is Stand.RIGHT
    assert stands(row(), EXPECTED, NOW).alarms == ()


def test_a_store_that_was_never_heard_is_no_alarm() -> None:
    never = FleetRow("nord", Enrolled("nord", "nord", 1, NOW, "Ada"), None, None, None, None)
    assert stands(never, EXPECTED, NOW).stand is Stand.UNHEARD


@pytest.mark.parametrize(("late", "stand", "alarms"), [
    (14 * MINUTE, Stand.WAITING, ()),
    (16 * MINUTE, Stand.LAGGING, ("It has not had what HQ published for 16 minutes.",)),
    (timedelta(hours=30), Stand.LAGGING, ("It has not had what HQ published for 30 hours.",))])
def test_a_manifest_that_is_missing_is_an_alarm_after_a_quarter_of_an_hour(
    late: timedelta, stand: Stand, alarms: tuple[str, ...],
) -> None:
    found = stands(row(pair=(2, 6), since=late), EXPECTED, NOW)
    assert (found.stand, found.alarms, found.lag) == (stand, alarms, late)


def test_without_a_word_since_then_it_counts_from_when_the_manifest_was_published() -> None:
    assert stands(row(pair=None), EXPECTED, NOW).lag == timedelta(hours=1)


def test_a_store_that_is_away_lags_quietly_and_is_an_alarm_after_a_day() -> None:
    away = row(pair=(2, 6), heard=timedelta(hours=3), since=timedelta(hours=3), online=False)
    assert stands(away, EXPECTED, NOW) == stands(away, EXPECTED, NOW, Limits())
    assert (stands(away, EXPECTED, NOW).stand, stands(away, EXPECTED, NOW).alarms) == (Stand.OFFLINE, ())
    long_away = row(heard=timedelta(days=4), online=False)
    assert stands(long_away, EXPECTED, NOW).alarms == ("It has been away for 4 days.",)


@pytest.mark.parametrize(("said", "sentence"), [
    ({"applies": "c" * 64}, "It has everything that HQ published, and applies something else than HQ expects."),
    ({"refused": ("The campaign hq-x is older.",)}, "It refused something of HQ's: The campaign hq-x is older."),
    ({"trusted": False}, "Its clock is not trusted."),
    ({"alarms": ("The disk is full.",)}, "The disk is full.")])
def test_what_is_wrong_is_told_in_a_sentence(said: dict[str, Any], sentence: str) -> None:
    found = stands(row(**said), EXPECTED, NOW)
    assert (found.stand, found.alarms) == (Stand.ALARM, (sentence,))


@given(st.integers(0, 20), st.integers(0, 10**6), st.booleans(), st.integers(0, 10**6))
def test_a_store_that_names_the_manifest_never_lags(number: int, heard_s: int, online: bool, since_s: int) -> None:
    found = stands(row(pair=(2, number), heard=timedelta(seconds=heard_s), since=timedelta(seconds=since_s),
                       online=online), EXPECTED, NOW)
    assert (found.lag == timedelta()) == (number >= 7)
    assert (found.stand is Stand.OFFLINE) == (not online)

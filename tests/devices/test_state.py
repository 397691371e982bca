"""Device states as values: strict reading, steps, merging, and what differs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from devices.device import Capability, Device, Kind
from devices.dialects.base import Malformed, Reported
from devices.dialects.native import Native
from devices.payload import named, visible_text
from devices.state import MergedReport, difference_sentence, differs, merge, read_state
from devices.steps import (
    disagreements,
    quantise_kelvin,
    quantise_percent,
    quantise_state,
    same_kelvin,
    same_percent,
    same_xy,
)

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
LAMP = Device(
    "lamp", "malmo", Kind.LIGHT, "native", "lamp", ("entrance",), capability=Capability(brightness_levels=254)
)


def said(state, fresh=True, settled=True):
    return Reported("lamp", state, fresh=fresh, settled=settled)


# Reading


def test_a_state_is_read_in_the_contracts_words():
    assert read_state(Kind.LIGHT, {"on": True, "brightness_pct": 60, "kelvin": 3500}) == {
        "on": True,
        "brightness_pct": 60.0,
        "kelvin": 3500,
    }
    assert read_state(Kind.PLAYER, {"on": True, "volume_pct": 35, "source": "calm-morning", "crossfade_s": 4}) == {
        "on": True,
        "volume_pct": 35.0,
        "source": "calm-morning",
    }
    assert read_state(Kind.DIFFUSER, {"on": True, "fragrance": "linen", "intensity_pct": 25}) == {
        "on": True,
        "fragrance": "linen",
        "intensity_pct": 25.0,
    }


def test_a_state_may_be_partial_and_null_is_not_said():
    assert read_state(Kind.LIGHT, {}) == {}
    assert read_state(Kind.LIGHT, {"on": None, "kelvin": None, "xy": [0.3, 0.3]}) == {"xy": (0.3, 0.3)}


@pytest.mark.parametrize(
    ("kind", "raw", "says"),
    [
        (Kind.LIGHT, None, "the state is null"),
        (Kind.LIGHT, [1], "the state is a list"),
        (Kind.LIGHT, {"on": "yes"}, "on is the text “yes”, and it should be true or false"),
        (Kind.LIGHT, {"on": 1}, "on is 1"),
        (Kind.LIGHT, {"brightness_pct": False}, "brightness_pct is false"),
        (Kind.LIGHT, {"brightness_pct": float("nan")}, "brightness_pct is nan"),
        (Kind.LIGHT, {"brightness_pct": float("inf")}, "brightness_pct is inf"),
        (Kind.LIGHT, {"brightness_pct": 10**400}, "brightness_pct is a number beyond all bounds"),
        (Kind.LIGHT, {"brightness_pct": -0.1}, "from 0 to 100"),
        (Kind.LIGHT, {"kelvin": 999}, "from 1000 to 20000"),
        (Kind.LIGHT, {"xy": [0.3]}, "list of two numbers"),
        (Kind.LIGHT, {"xy": [0.3, 1.2]}, "xy is 1.2"),
        (Kind.LIGHT, {"xy": [0.3, None]}, "null in it"),
        (Kind.LIGHT, {"xy": [0.3, True]}, "xy is true"),
        (Kind.LIGHT, {"xy": {"x": 0.3, "y": 0.3}}, "xy is an object"),
        (Kind.PLAYER, {"source": 3}, "source is 3, and it should be text"),
        (Kind.DIFFUSER, {"intensity_pct": "25"}, "intensity_pct is the text “25”"),
    ],
)
def test_a_wrong_state_is_refused_with_one_sentence(kind, raw, says):
    with pytest.raises(Malformed, match=says):
        read_state(kind, raw)


# Text from outside


def test_hostile_text_loses_what_cannot_be_seen_and_keeps_its_meaning():
    assert visible_text("Blå\u202e\u2066 Tåget\x00\x1b[31m\nlive\u200b") == "Blå Tåget[31m live"
    assert visible_text("  a \t\r\n b  ") == "a b"
    assert visible_text("<script>") == "<script>"


@given(st.text(), st.integers(1, 40))
def test_visible_text_is_printable_capped_and_idempotent(text, cap):
    shown = visible_text(text, cap)
    assert shown.isprintable()
    assert len(shown) <= cap
    assert visible_text(shown, cap) == shown


def test_a_sentence_names_containers_by_their_type_however_deep():
    deep = []
    for _ in range(100_000):
        deep = [deep]
    assert named(deep) == "a list"
    while deep:
        deep = deep[0]


# Steps (trap 1)


def test_half_is_127_of_254_and_128_of_255_and_survives_both():
    assert quantise_percent(50, 254) == 50.0
    assert quantise_percent(50, 255) == round(128 * 100 / 255, 4)
    assert same_percent(quantise_percent(50, 255), 50, 255)


def test_a_third_of_three_levels_is_one_step_and_not_its_neighbour():
    assert quantise_percent(30, 3) == round(100 / 3, 4)
    assert quantise_percent(50, 3) == round(200 / 3, 4)
    assert not same_percent(round(200 / 3, 4), round(100 / 3, 4), 3)
    assert same_percent(round(200 / 3, 4), 67, 3)


def test_a_faint_wish_is_not_off_and_a_limit_is_not_crossed():
    assert quantise_percent(0.01, 100) == 1.0
    assert quantise_percent(0, 100) == 0.0
    assert quantise_percent(100, 10, max_pct=75) == 70.0
    assert quantise_percent(100, 0, max_pct=75) == 75.0
    assert quantise_percent(5, 2, max_pct=10) == 0.0


@settings(max_examples=400)
@given(
    st.sampled_from([2, 3, 10, 30, 100, 254, 255, 1000]), st.floats(0, 100), st.sampled_from([100.0, 80.0, 33.3, 5.0])
)
def test_every_scale_survives_the_way_out_and_back(levels, wish_pct, max_pct):
    there = quantise_percent(wish_pct, levels, max_pct)
    level = round(there * levels / 100)
    assert there <= max_pct
    assert quantise_percent(level * 100 / levels, levels, max_pct) == there
    assert abs(there - min(wish_pct, max_pct)) <= 100 / levels + 1e-3
    assert same_percent(there, round(level * 100 / levels, 2), levels)
    if levels in (100, 254, 255):
        assert same_percent(there, round(there), levels), "a device that reports whole percents agrees"


@given(st.sampled_from([2, 3, 10, 30]), st.data())
def test_on_a_coarse_scale_another_level_is_another_value(levels, data):
    one, other = data.draw(st.integers(0, levels)), data.draw(st.integers(0, levels))
    assert same_percent(one * 100 / levels, other * 100 / levels, levels) == (one == other)


@given(st.integers(2, 254), st.integers(0, 252))
def test_two_steps_off_is_a_difference_on_a_fine_scale(apart, low):
    assume(low + apart <= 254)
    assert not same_percent(low * 100 / 254, (low + apart) * 100 / 254, 254)


# Mireds (trap 2)


def test_3000_kelvin_is_333_mireds_is_3003_kelvin():
    assert same_kelvin(3000, 3003)


@given(st.integers(1000, 12000))
def test_a_kelvin_rounded_either_way_through_mireds_is_the_same(kelvin):
    mireds = 1e6 / kelvin
    for rounded in (int(mireds), int(mireds) + 1, round(mireds)):
        assert same_kelvin(kelvin, round(1e6 / rounded))


@given(st.integers(1000, 12000))
def test_three_mireds_are_another_colour(kelvin):
    assert not same_kelvin(kelvin, 1e6 / (1e6 / kelvin + 3))


def test_kelvin_is_clamped_to_the_lamp():
    assert quantise_kelvin(1800, (2203, 4000)) == 2203
    assert quantise_kelvin(6500, (2203, 4000)) == 4000


def test_xy_agrees_within_five_thousandths():
    assert same_xy((0.31, 0.33), (0.315, 0.325))
    assert not same_xy((0.31, 0.33), (0.316, 0.33))


# A whole state


def test_what_a_device_cannot_do_is_left_out():
    plain = Capability(brightness_levels=1, kelvin=None, colour=False)
    assert quantise_state(Kind.LIGHT, plain, {"on": True, "brightness_pct": 60, "kelvin": 3000}) == {"on": True}
    assert quantise_state(Kind.LIGHT, plain, {"on": True, "xy": (0.3, 0.3), "volume_pct": 3}) == {"on": True}


def test_off_compares_only_on():
    wanted = {"on": False, "brightness_pct": 60.0, "kelvin": 3000}
    for reported in ({"on": False}, {"on": False, "brightness_pct": 0.0}, {"on": False, "brightness_pct": 100.0}):
        assert disagreements(Kind.LIGHT, Capability(), wanted, reported) == ()
    assert disagreements(Kind.LIGHT, Capability(), wanted, {"on": True, "brightness_pct": 60.0}) == ("on",)


def test_a_key_that_was_never_reported_is_not_confirmed():
    assert disagreements(Kind.LIGHT, Capability(), {"on": True, "brightness_pct": 60.0}, {"on": True}) == (
        "brightness_pct",
    )
    assert disagreements(Kind.LIGHT, Capability(), {"on": True}, {}) == ("on",)
    assert disagreements(Kind.LIGHT, Capability(), {"on": True, "kelvin": 3000}, {"on": True, "xy": (0.4, 0.4)}) == (
        "kelvin",
    )


def test_text_is_compared_exactly():
    assert disagreements(Kind.PLAYER, Capability(), {"on": True, "source": "calm"}, {"on": True, "source": "Calm"}) == (
        "source",
    )


# Merging (trap 5)


def test_partial_reports_are_laid_over_each_other_with_a_time_a_field():
    first = merge(None, said({"on": True, "brightness_pct": 20.0}), NOON)
    later = NOON + timedelta(seconds=5)
    both = merge(first, said({"brightness_pct": 60.0}, settled=False), later)
    assert both.state == {"on": True, "brightness_pct": 60.0}
    assert both.at == {"on": NOON, "brightness_pct": later}
    assert both.since(later) == {"brightness_pct": 60.0}
    assert both.fresh
    assert not both.settled


def test_a_retained_report_is_the_last_known_and_no_evidence():
    known = merge(None, said({"on": True, "brightness_pct": 20.0}, fresh=False), NOON)
    assert known.state == {"on": True, "brightness_pct": 20.0}
    assert not known.fresh
    assert known.since(NOON) == {}
    heard = merge(known, said({"on": True}), NOON)
    assert heard.stale == {"brightness_pct"}
    assert heard.since(NOON) == {"on": True}


def test_a_retained_report_never_covers_what_was_said_live():
    live = merge(None, said({"on": True, "kelvin": 3000}, settled=False), NOON)
    after = merge(live, said({"on": False, "xy": (0.3, 0.3), "brightness_pct": 5.0}, fresh=False), NOON)
    assert after.state == {"on": True, "kelvin": 3000, "brightness_pct": 5.0}
    assert not after.settled
    assert not after.fresh


def test_a_new_colour_displaces_the_other_form_of_it():
    warm = merge(None, said({"kelvin": 3000}), NOON)
    red = merge(warm, said({"xy": (0.6, 0.3)}), NOON)
    assert red.state == {"xy": (0.6, 0.3)}
    assert set(red.at) == {"xy"}
    assert merge(red, said({"kelvin": 2700}), NOON).state == {"kelvin": 2700}


def test_a_clock_that_steps_back_does_not_hide_a_report():
    first = merge(None, said({"on": True}), NOON)
    assert merge(first, said({"on": False}), NOON - timedelta(hours=1)).state == {"on": False}


keys = st.fixed_dictionaries(
    {}, optional={"on": st.booleans(), "brightness_pct": st.floats(0, 100), "kelvin": st.integers(2000, 6500)}
)
reports = st.builds(said, keys, fresh=st.booleans(), settled=st.booleans())


@given(st.lists(reports, max_size=8))
def test_the_last_live_word_on_a_field_holds(history):
    merged = MergedReport()
    for second, report in enumerate(history):
        merged = merge(merged, report, NOON + timedelta(seconds=second))
    for key in ("on", "brightness_pct", "kelvin"):
        live = [report.state[key] for report in history if report.fresh and key in report.state]
        retained = [report.state[key] for report in history if not report.fresh and key in report.state]
        assert merged.state.get(key) == (live or retained or [None])[-1]
        assert (key in merged.stale) == (not live and bool(retained))
    assert set(merged.at) == set(merged.state)


# Saying what differs


def test_a_difference_names_its_keys_and_reads_as_a_sentence():
    merged = merge(None, said({"on": True, "brightness_pct": 20.0, "kelvin": 3003}), NOON)
    wanted = {"on": True, "brightness_pct": 59.8425, "kelvin": 3000}
    assert differs(Native(), LAMP, wanted, merged) == ("brightness_pct",)
    assert difference_sentence("brightness_pct", 59.8425, 20.0) == "brightness is 20 %, should be 59.8 %"


def test_off_against_on_is_the_one_difference_named():
    merged = merge(None, said({"on": False, "brightness_pct": 1.0}), NOON)
    assert differs(Native(), LAMP, {"on": True, "brightness_pct": 60.0}, merged) == ("on",)
    assert difference_sentence("on", True, False) == "is off, should be on"


def test_nothing_differs_when_converged_and_all_when_nothing_is_known():
    assert differs(Native(), LAMP, {"on": False, "kelvin": 3000}, merge(None, said({"on": False}), NOON)) == ()
    assert differs(Native(), LAMP, {"brightness_pct": 60.0, "kelvin": 3000}, MergedReport()) == (
        "brightness_pct",
        "kelvin",
    )


@pytest.mark.parametrize(
    ("key", "wanted", "reported", "sentence"),
    [
        ("kelvin", 3500, 2703, "colour temperature is 2703 K, should be 3500 K"),
        ("xy", (0.31, 0.33), (0.5, 0.4), "colour is xy 0.5, 0.4, should be xy 0.31, 0.33"),
        ("source", "calm", "", "source is none, should be calm"),
        ("fragrance", "linen", None, "fragrance is not known, should be linen"),
        ("volume_pct", 35.0, 100.0, "volume is 100 %, should be 35 %"),
    ],
)
def test_every_kind_of_value_is_said_for_people(key, wanted, reported, sentence):
    assert difference_sentence(key, wanted, reported) == sentence

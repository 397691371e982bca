"""The light on the screen: sources, ends, and what must hold for every lamp."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.light import ADAPTED_WHITE_K, SCREEN_WHITE, glow, kelvin_to_xy, seen_level, xy_to_linear

kelvins = st.integers(1000, 12000)
chromaticities = st.tuples(st.floats(0, 1), st.floats(0, 1))


def channels(code: str) -> tuple[int, int, int]:
    return int(code[1:3], 16), int(code[3:5], 16), int(code[5:7], 16)


@pytest.mark.parametrize(("kelvin", "x", "y"), [
    (2000, 0.5267, 0.4133), (2856, 0.4476, 0.4074), (4000, 0.3805, 0.3768), (6500, 0.3135, 0.3237),
    (10000, 0.2807, 0.2884),
])
def test_kelvin_meets_the_published_planckian_locus(kelvin: int, x: float, y: float) -> None:
    found = kelvin_to_xy(kelvin)
    assert math.dist(found, (x, y)) < 0.001


def test_the_white_of_the_shop_is_white_on_the_screen() -> None:
    assert min(channels(glow(kelvin=ADAPTED_WHITE_K).lens)) >= 254
    assert glow() == glow(kelvin=ADAPTED_WHITE_K)


def test_daylight_is_blue_to_eyes_adapted_to_a_shop() -> None:
    red, _, blue = xy_to_linear(SCREEN_WHITE)
    assert blue > 1.5 * red


@given(kelvins, kelvins)
def test_warmer_light_is_never_bluer(one: int, other: int) -> None:
    warm, cold = sorted((one, other))
    red_warm, _, blue_warm = xy_to_linear(kelvin_to_xy(warm))
    red_cold, _, blue_cold = xy_to_linear(kelvin_to_xy(cold))
    assert blue_warm / red_warm <= blue_cold / red_cold + 2e-3


@given(st.one_of(st.none(), kelvins), st.one_of(st.none(), chromaticities))
def test_every_light_has_three_colours_that_a_browser_reads(kelvin: int | None, xy: tuple[float, float] | None) -> None:
    found = glow(kelvin=kelvin, xy=xy)
    for code in (found.lens, found.pool, found.rim):
        assert re.fullmatch(r"#[0-9a-f]{6}", code)
    assert max(channels(found.lens)) == 255


@given(kelvins)
def test_a_rim_is_darker_than_its_lens(kelvin: int) -> None:
    found = glow(kelvin=kelvin)
    assert sum(channels(found.rim)) < sum(channels(found.lens))


@given(chromaticities)
def test_xy_wins_over_kelvin(xy: tuple[float, float]) -> None:
    assert glow(kelvin=2000, xy=xy) == glow(xy=xy)


@pytest.mark.parametrize(("xy", "strongest"), [((0.69, 0.31), 0), ((0.17, 0.70), 1), ((0.15, 0.06), 2)])
def test_a_coloured_lamp_keeps_its_hue(xy: tuple[float, float], strongest: int) -> None:
    linear = xy_to_linear(xy)
    assert linear[strongest] == max(linear)
    assert sum(linear) < 1.9


@given(st.floats(-50, 200, allow_nan=False), st.floats(-50, 200, allow_nan=False))
def test_more_light_looks_brighter_within_its_ends(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert 0 <= seen_level(low) <= seen_level(high) <= 1


def test_half_the_light_looks_more_than_half_as_bright() -> None:
    assert seen_level(50) == pytest.approx(0.794, abs=0.001)

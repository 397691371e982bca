"""Scent is held back until another one has left the air; what that rests on survives a restart."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.ports import ScentRun
from controller.store.holds import Reason, less_holds, purge_hold
from profiles.air import purge_s
from profiles.places import Zone
from profiles.scene import Diffusion, Field, Scene
from tests.controller.virtual_shop import CALM, FIG, LINEN, MORNING, VirtualShop

ZONE = Zone(id="sales", name="Sales", kind="sales-floor", default=Scene.model_validate(CALM))
FIG_ON = {Field.SCENT_ON: True, Field.SCENT_DIFFUSION: Diffusion(fragrance="fig", intensity_pct=30)}
PURGE_S = purge_s(ZONE.air_changes_per_h)


def run(fragrance: str = "linen", ago_s: float = 0, zone: str = "sales") -> ScentRun:
    return ScentRun(zone, fragrance, MORNING - timedelta(seconds=ago_s), 20)


@given(st.floats(0, 2 * PURGE_S))
def test_a_fragrance_waits_exactly_until_the_other_has_left(ago_s):
    hold = purge_hold(ZONE, FIG_ON, [run(ago_s=ago_s)], MORNING)
    assert (hold is not None) == (ago_s < PURGE_S - 1e-6) or abs(ago_s - PURGE_S) < 1e-3
    if hold is not None:
        assert hold.reason is Reason.PURGE
        assert abs((hold.until - MORNING).total_seconds() - (PURGE_S - ago_s)) < 1e-3
        assert purge_hold(ZONE, FIG_ON, [run(ago_s=ago_s)], hold.until) is None


@pytest.mark.parametrize("runs", [[], [run("fig")], [run(zone="cafe")], [run(ago_s=PURGE_S + 1)]])
def test_nothing_is_held_for_the_same_fragrance_another_zone_or_long_ago(runs):
    assert purge_hold(ZONE, FIG_ON, runs, MORNING) is None


def test_nothing_is_held_that_is_not_wished():
    assert purge_hold(ZONE, FIG_ON | {Field.SCENT_ON: False}, [run()], MORNING) is None
    assert purge_hold(ZONE, {}, [run()], MORNING) is None


def test_the_last_of_several_counts_and_is_named():
    hold = purge_hold(ZONE, FIG_ON, [run("linen", 600), run("cedar", 60), run("fig", 0)], MORNING)
    assert hold.sentence == "fig waits until cedar has left the air"


def test_desired_is_wished_less_holds():
    hold = purge_hold(ZONE, FIG_ON, [run()], MORNING)
    assert less_holds(FIG_ON, [hold]) == FIG_ON | {Field.SCENT_ON: False}
    assert less_holds(FIG_ON, []) == FIG_ON


# ── in the shop ─────────────────────────────────────────────────────────────────────


@pytest.fixture
def shop() -> VirtualShop:
    shop = VirtualShop()
    shop.until_converged(5)
    return shop


def scented(shop: VirtualShop) -> object:
    truth = shop.truth("diffuser-1")
    return truth["fragrance"] if truth["on"] else None


@pytest.mark.parametrize("restart", [False, True])
def test_the_next_fragrance_waits_for_the_purge_also_over_a_restart(shop, restart):
    shop.press("sales", LINEN, minutes=20)
    shop.run(20 * 60 + 5)
    assert scented(shop) is None
    off_at = shop.clock.now() - timedelta(seconds=5)
    shop.press("sales", FIG, minutes=120)
    shop.run(60)
    if restart:
        shop.kill_controller()
        shop.run(300)
        shop.start_controller()
        shop.until_converged(5)
    assert scented(shop) is None
    hold = shop.engine.sight().zones["sales"].holds[0]
    assert abs(hold.until - off_at - timedelta(seconds=PURGE_S)) < timedelta(seconds=31)
    assert shop.device("diffuser-1").converged, "held is what is desired"
    assert shop.engine.sight().zones["sales"].resolution.fields[Field.SCENT_ON].value is True
    shop.run((hold.until - shop.clock.now()).total_seconds() - 1)
    assert scented(shop) is None
    shop.run(5)
    assert scented(shop) == "fig"
    assert shop.engine.sight().zones["sales"].holds == ()


def test_a_direct_change_of_fragrance_waits_too(shop):
    shop.press("sales", LINEN, minutes=120)
    shop.run(600)
    shop.press("sales", FIG, minutes=120)
    shop.run(PURGE_S - 40)
    assert scented(shop) is None
    shop.run(60)
    assert scented(shop) == "fig"


def test_a_fragrance_put_in_by_hand_counts(shop):
    shop.press("sales", FIG, minutes=200)
    shop.run(600)
    shop.switch("diffuser-1", fragrance="linen")
    shop.run(60)
    assert scented(shop) is None
    shop.run(PURGE_S)
    assert scented(shop) == "fig"


def test_a_clock_that_is_set_does_not_air_the_shop(shop):
    shop.press("sales", LINEN, minutes=600)
    shop.run(600)
    shop.press("sales", FIG, minutes=600)
    shop.run(60)
    shop.step_clock(timedelta(hours=1))
    shop.run(60)
    assert scented(shop) is None
    shop.run(PURGE_S)
    assert scented(shop) == "fig"


def test_what_was_diffused_is_noted_at_once_and_then_every_half_minute(shop):
    shop.press("sales", LINEN, minutes=120)
    shop.run(1)
    assert [r.fragrance for r in shop.memory.scent_runs()] == ["linen"]
    first = shop.memory.scent_runs()[0].last_on
    shop.run(600)
    assert shop.clock.now() - shop.memory.scent_runs()[0].last_on <= timedelta(seconds=61)
    assert shop.memory.scent_runs()[0].last_on > first


def test_a_diffuser_that_lost_its_power_scented_until_then():
    shop = VirtualShop(heartbeat_s=600)
    shop.until_converged(5)
    shop.press("sales", LINEN, minutes=120)
    shop.run(500)
    shop.lose_power("diffuser-1")
    gone = shop.clock.now()
    shop.run(40)
    assert shop.memory.scent_runs()[0].last_on == gone


def test_last_words_are_noted_for_the_next_start(shop):
    shop.run(120)
    seen = shop.memory.last_seen()
    assert seen.keys() == {d.id for d in shop.plan.devices}
    shop.kill_controller()
    shop.lose_power("lamp-1")
    shop.run(600)
    shop.start_controller()
    shop.run(1)
    heard = shop.device("lamp-1").heard
    assert abs(heard - seen["lamp-1"]) <= timedelta(seconds=60)

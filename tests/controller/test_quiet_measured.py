"""How well a quiet hour is kept, measured by what devices reported: kept, broken, stopped, and what nobody saw."""

from __future__ import annotations

from datetime import timedelta

import pytest

from controller.store.intake import Ended
from profiles.scene import Lights, Scene, Sense
from tests.controller.virtual_shop import MORNING, VirtualShop, plan_of

#: The quiet hour begins an hour after MORNING; the ramp takes a minute, and devices have five seconds to say so.
BEGIN, END, HOUR = timedelta(hours=1), timedelta(hours=2), 3600.0
PLANNED = HOUR - 65
QUIET = {"id": "calm-hour", "name": "Calm hour", "when": "Mo-Su 11:00-12:00"}
DEVICES = ({"id": "lamp-1", "kind": "light", "zones": ["sales"]},
           {"id": "player-1", "kind": "player", "zones": ["sales"]},
           {"id": "diffuser-1", "kind": "diffuser", "zones": ["sales"], "fragrances": ["linen", "fig"]},
           {"id": "lamp-2", "kind": "light", "zones": ["cafe"]})


def shop_of(**more: object) -> VirtualShop:
    shop = VirtualShop(plan_of(more.pop("devices", DEVICES), quiet_hours=[{**QUIET, **more}]))
    shop.until_converged(5)
    return shop


@pytest.fixture
def shop() -> VirtualShop:
    return shop_of()


def run_to(shop: VirtualShop, offset: timedelta) -> None:
    shop.run((MORNING + offset - shop.clock.now()).total_seconds() + 0.001)


def measured(shop: VirtualShop, zone: str = "sales") -> dict[str, object]:
    (entry,) = [e for e in shop.journal("quiet-hour.measured") if e.body["zone"] == zone]
    return dict(entry.body)


def seconds(shop: VirtualShop, zone: str = "sales") -> dict[str, float]:
    body = measured(shop, zone)
    return {key: body[f"{key}_s"] for key in ("planned", "kept", "broken", "stopped", "unknown")}


def about(**wanted: float) -> dict[str, object]:
    whole = {"planned": PLANNED, "kept": 0.0, "broken": 0.0, "stopped": 0.0, "unknown": 0.0, **wanted}
    return {key: pytest.approx(value, abs=2.0) for key, value in whole.items()}


def test_an_hour_that_is_kept_is_kept_in_every_zone(shop):
    run_to(shop, END)
    body = measured(shop)
    assert seconds(shop) == seconds(shop, "cafe") == about(kept=PLANNED)
    assert (body["quiet_hour"], body["name"], body["zone"], body["breaches"]) == ("calm-hour", "Calm hour", "sales", [])
    assert (body["start"], body["end"]) == ((MORNING + BEGIN).isoformat(), (MORNING + END).isoformat())


def test_the_ramp_is_not_measured(shop):
    run_to(shop, BEGIN + timedelta(seconds=64))
    (sales, cafe) = shop.engine.sight().quiet
    assert (sales.zone, cafe.zone, sales.kept_s, sales.broken_s) == ("sales", "cafe", 0, 0)
    run_to(shop, BEGIN + timedelta(seconds=165))
    shop.engine.wake()
    shop.settle()
    assert shop.engine.sight().quiet[0].kept_s == pytest.approx(100, abs=1)
    assert shop.journal("quiet-hour.measured") == []


def test_a_lamp_that_does_as_it_likes_breaks_the_promise(shop):
    run_to(shop, BEGIN + timedelta(minutes=10))
    shop.lie("lamp-1")
    shop.switch("lamp-1", brightness_pct=100)
    run_to(shop, END)
    found = seconds(shop)
    assert found["broken"] == pytest.approx(HOUR - 600, abs=3)
    assert found["kept"] == pytest.approx(600 - 65, abs=3)
    assert measured(shop)["breaches"] == ["lamp-1 gave 100 % light, and 30 % is the most."]
    assert seconds(shop, "cafe") == about(kept=PLANNED)


def test_a_drift_that_is_corrected_costs_the_seconds_that_it_lasted(shop):
    run_to(shop, BEGIN + timedelta(minutes=10))
    shop.switch("player-1", on=True)
    run_to(shop, END)
    assert 0 < seconds(shop)["broken"] < 5
    assert measured(shop)["breaches"] == ["player-1 played music."]


def test_scent_that_is_given_breaks_it(shop):
    run_to(shop, BEGIN + timedelta(minutes=10))
    shop.lie("diffuser-1")
    shop.switch("diffuser-1", on=True, fragrance="linen")
    run_to(shop, END)
    assert measured(shop)["breaches"] == ["diffuser-1 gave linen."]
    assert seconds(shop)["broken"] == pytest.approx(HOUR - 600, abs=3)


def test_darker_is_kept_too(shop):
    run_to(shop, BEGIN + timedelta(minutes=10))
    shop.press("sales", Scene(light=Lights(brightness_pct=21)), minutes=20)
    run_to(shop, END)
    assert seconds(shop) == about(kept=PLANNED)


def test_a_light_floor_above_the_ceiling_is_no_breach():
    shop = shop_of(light_share_pct=10)
    run_to(shop, BEGIN + timedelta(minutes=5))
    assert shop.truth("lamp-1")["brightness_pct"] == pytest.approx(20, abs=0.5)
    run_to(shop, END)
    assert seconds(shop) == about(kept=PLANNED)


def test_a_device_out_of_reach_is_unknown(shop):
    run_to(shop, BEGIN + timedelta(minutes=10))
    shop.lose_power("lamp-1")
    shop.run(600)
    shop.power_up("lamp-1")
    run_to(shop, END)
    assert seconds(shop) == about(kept=PLANNED - 600, unknown=600)
    assert seconds(shop, "cafe") == about(kept=PLANNED)


def test_a_broker_that_is_away_leaves_all_unknown(shop):
    run_to(shop, BEGIN + timedelta(minutes=10))
    shop.broker_goes_down()
    shop.run(300)
    shop.broker_comes_back()
    run_to(shop, END)
    assert seconds(shop) == about(kept=PLANNED - 300, unknown=300)


def test_a_stop_does_not_count_against_it(shop):
    run_to(shop, BEGIN + timedelta(minutes=10))
    shop.stop()
    shop.run(900)
    shop.resume()
    run_to(shop, END)
    found = seconds(shop)
    assert found["stopped"] == pytest.approx(900, abs=3)
    assert found["broken"] <= 3, "the way back"
    assert found["kept"] == pytest.approx(PLANNED - 900, abs=4)


def test_a_stop_of_scent_alone_is_no_other_standing(shop):
    run_to(shop, BEGIN + timedelta(minutes=10))
    shop.stop(senses=(Sense.SCENT,))
    run_to(shop, END)
    assert seconds(shop) == about(kept=PLANNED)


def test_a_zone_without_devices_has_nothing_to_measure():
    shop = shop_of(devices=DEVICES[:3])
    run_to(shop, END)
    assert [e.body["zone"] for e in shop.journal("quiet-hour.measured")] == ["sales"]


def test_quiet_hours_of_one_zone_are_measured_there():
    shop = shop_of(zones=["cafe"])
    run_to(shop, END)
    assert [e.body["zone"] for e in shop.journal("quiet-hour.measured")] == ["cafe"]


def test_each_day_is_one_of_its_own(shop):
    run_to(shop, END + timedelta(days=1))
    assert [e.body["start"] for e in shop.journal("quiet-hour.measured") if e.body["zone"] == "sales"] == [
        (MORNING + BEGIN + timedelta(days=n)).isoformat() for n in (0, 1)]


# ── what nobody saw ─────────────────────────────────────────────────────────────────


def test_a_restart_keeps_what_was_noted_and_the_rest_is_unknown(shop):
    run_to(shop, BEGIN + timedelta(minutes=40))
    shop.kill_controller()
    shop.clock.pass_by(timedelta(minutes=5))
    shop.fleet.tick(shop.clock.monotonic())
    shop.start_controller()
    run_to(shop, END)
    found = seconds(shop)
    # Noted every quarter of an hour: killed at 40 min, the note of 30 min was the last.
    assert found["kept"] == pytest.approx(30 * 60 - 65 + 15 * 60, abs=10)
    assert found["unknown"] == pytest.approx(15 * 60, abs=10)


def test_a_store_that_ends_in_order_forgets_nothing(shop):
    run_to(shop, BEGIN + timedelta(minutes=40))
    shop.tell(Ended())
    shop.engine.stop()
    shop.kill_controller()
    shop.start_controller()
    run_to(shop, END)
    assert seconds(shop) == about(kept=PLANNED)


def test_an_hour_that_passed_while_nobody_ran_is_accounted_for_as_unknown(shop):
    run_to(shop, BEGIN - timedelta(minutes=10))
    shop.kill_controller()
    shop.clock.pass_by(timedelta(hours=3))
    shop.fleet.tick(shop.clock.monotonic())
    shop.start_controller()
    assert seconds(shop) == about(unknown=PLANNED)
    shop.restart_controller()
    assert len(shop.journal("quiet-hour.measured")) == 2, "once a zone"


def test_an_hour_before_the_plan_was_published_was_no_promise():
    shop = VirtualShop(plan_of(DEVICES, quiet_hours=[QUIET]), at=MORNING + timedelta(hours=4))
    shop.until_converged(5)
    assert shop.journal("quiet-hour.measured") == []


def test_a_sleep_is_unknown(shop):
    run_to(shop, BEGIN + timedelta(minutes=10))
    shop.suspend(0.5)
    run_to(shop, END)
    found = seconds(shop)
    assert found["unknown"] == pytest.approx(1800, abs=70)
    assert found["kept"] == pytest.approx(PLANNED - 1800, abs=70)


@pytest.mark.parametrize("minutes", [20, -20])
def test_a_clock_that_is_set_makes_no_time(shop, minutes):
    run_to(shop, BEGIN + timedelta(minutes=30))
    shop.step_clock(timedelta(minutes=minutes))
    run_to(shop, END)
    found = seconds(shop)  # one entry, not two
    assert found["planned"] == PLANNED
    assert found["kept"] + found["broken"] + found["unknown"] == pytest.approx(PLANNED, abs=1)
    assert found["unknown"] == pytest.approx(20 * 60 if minutes > 0 else 0, abs=70)


def test_a_plan_without_it_ends_the_measuring_then(shop):
    run_to(shop, BEGIN + timedelta(minutes=31))
    shop.publish_plan(plan_of(DEVICES))
    found = seconds(shop)
    assert found["planned"] == pytest.approx(31 * 60 - 65, abs=1)
    assert found["kept"] == pytest.approx(31 * 60 - 65, abs=1)


def test_a_clock_that_is_set_back_over_the_end_measures_it_once(shop):
    run_to(shop, END + timedelta(minutes=1))
    shop.step_clock(timedelta(minutes=-20))
    run_to(shop, END + timedelta(minutes=5))
    assert seconds(shop) == about(kept=PLANNED)

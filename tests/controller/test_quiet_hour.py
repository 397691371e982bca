"""A quiet hour as the engine keeps it: slow ramps, a ceiling in every zone of a device, presses as quick as ever."""

from __future__ import annotations

from datetime import timedelta

import orjson
import pytest

from controller.store.intake import PlanChanged
from devices.messages import Message
from profiles.scene import Lights, Music, Scene
from tests.controller.virtual_shop import DEVICES, MORNING, VirtualShop, plan_of

#: In Stockholm 11:00, an hour after MORNING.
BEGIN = timedelta(hours=1)
HOUR = {"id": "calm-hour", "name": "Calm hour", "when": "Mo-Su 11:00-12:00"}
LOW = Scene(light=Lights(brightness_pct=24))
LOUD = Scene(music=Music(on=True, volume_pct=50, source="lively"))


def quiet_plan(*hours: dict[str, object], **more: object):
    return plan_of(quiet_hours=list(hours or (HOUR,)), **more)


@pytest.fixture
def shop() -> VirtualShop:
    shop = VirtualShop(quiet_plan())
    shop.until_converged(5)
    return shop


def fades(shop: VirtualShop, device: str) -> list[float]:
    return [fade_of(order) for order in shop.orders(device)]


def fade_of(order: Message) -> float:
    body = orjson.loads(order.payload)
    return body["fade_s"] if "fade_s" in body else body["transition"]


def run_to(shop: VirtualShop, offset: timedelta) -> None:
    """Let time pass until so long after the morning."""
    shop.run((MORNING + offset - shop.clock.now()).total_seconds())


def light(shop: VirtualShop, device: str = "lamp-1") -> float:
    return float(shop.truth(device)["brightness_pct"])


# ── ramps ───────────────────────────────────────────────────────────────────────────


def test_light_and_music_come_and_go_over_a_minute(shop):
    run_to(shop, BEGIN + timedelta(seconds=30))
    assert 40 < light(shop) < 50, "half way from 60 to 30"
    assert shop.truth("player-1")["on"] is True
    run_to(shop, BEGIN + timedelta(seconds=61))
    assert light(shop) == pytest.approx(30, abs=0.5)
    assert shop.truth("player-1")["on"] is False
    run_to(shop, 2 * BEGIN + timedelta(seconds=30))
    assert 40 < light(shop) < 50
    run_to(shop, 2 * BEGIN + timedelta(seconds=61))
    assert light(shop) == pytest.approx(60, abs=0.5)
    assert shop.truth("player-1")["on"] is True
    assert fades(shop, "lamp-1")[-2:] == fades(shop, "player-1")[-2:] == [60.0, 60.0]
    assert fades(shop, "bulb-1")[-2:] == [60.0, 60.0]


def test_a_quiet_hour_has_the_ramp_that_its_plan_gives_it():
    shop = VirtualShop(quiet_plan({**HOUR, "ramp_s": 300}))
    shop.until_converged(5)
    run_to(shop, 2 * BEGIN + timedelta(minutes=10))
    assert fades(shop, "lamp-1")[-2:] == [300.0, 300.0]


def test_a_press_within_it_takes_two_seconds_and_its_end_as_long_as_ever(shop):
    run_to(shop, BEGIN + timedelta(minutes=5))
    shop.press("sales", LOW, minutes=10)
    shop.run(5)
    assert light(shop) == pytest.approx(24, abs=0.5)
    shop.run(11 * 60)
    assert light(shop) == pytest.approx(30, abs=0.5)
    assert fades(shop, "lamp-1")[-2:] == [2.0, 45.0]


def test_a_press_that_is_brighter_waits_behind_it(shop):
    run_to(shop, BEGIN + timedelta(minutes=5))
    before = len(shop.orders("lamp-1"))
    shop.press("sales", Scene(light=Lights(brightness_pct=90)), minutes=90)
    shop.run(5)
    assert light(shop) == pytest.approx(30, abs=0.5)
    assert len(shop.orders("lamp-1")) == before
    run_to(shop, 2 * BEGIN + timedelta(seconds=61))
    assert light(shop) == pytest.approx(90, abs=0.5), "and shows when it is over"
    assert fades(shop, "lamp-1")[-1] == 60.0


def test_a_stop_within_it_is_at_once_and_so_is_the_way_back(shop):
    run_to(shop, BEGIN + timedelta(minutes=5))
    shop.stop()
    assert fades(shop, "lamp-1")[-1] == 0.0
    shop.run(1)
    assert light(shop) == 100
    shop.resume()
    shop.run(3)
    assert light(shop) == pytest.approx(30, abs=0.5)
    assert shop.truth("player-1")["on"] is False


def test_a_quiet_hour_that_is_published_now_comes_slowly(shop):
    shop.publish_plan(quiet_plan({**HOUR, "when": "Mo-Su 10:00-12:00"}))
    shop.run(30)
    assert 40 < light(shop) < 50
    shop.publish_plan(quiet_plan())
    shop.run(61)
    assert light(shop) == pytest.approx(60, abs=0.5)
    assert fades(shop, "lamp-1")[-2:] == [60.0, 60.0]


def test_scent_is_off_a_purge_before_it_begins():
    scent = [{"id": "d", "name": "Scented", "when": "Mo-Su 09:00-19:00", "profile": "linen"}]
    shop = VirtualShop(quiet_plan(dayparts=scent))
    shop.until_converged(5)
    assert shop.truth("diffuser-1")["on"] is True
    # Four changes of air an hour: 95 % is gone after three quarters of an hour at most.
    run_to(shop, BEGIN - timedelta(seconds=60))
    assert shop.truth("diffuser-1")["on"] is False
    run_to(shop, 2 * BEGIN + timedelta(minutes=2))
    assert shop.truth("diffuser-1")["on"] is True


def test_a_device_of_two_zones_is_quiet_when_either_is():
    shop = VirtualShop(quiet_plan({**HOUR, "zones": ["cafe"]}))
    shop.until_converged(5)
    run_to(shop, BEGIN + timedelta(seconds=62))
    assert light(shop, "lamp-2") == pytest.approx(30, abs=0.5), "it lights the sales floor first, and the cafe too"
    assert light(shop, "lamp-1") == pytest.approx(60, abs=0.5)
    assert shop.truth("player-1")["on"] is False
    shop.press("sales", LOUD, minutes=10)
    shop.run(5)
    assert shop.truth("player-1")["on"] is False
    assert fades(shop, "lamp-2")[-1] == 60.0
    shop.stop(zones=("sales",))
    shop.run(1)
    assert light(shop, "lamp-2") == 100, "a stop is above a quiet hour, whichever zone has which"
    shop.resume()
    run_to(shop, 2 * BEGIN + timedelta(seconds=62))
    assert light(shop, "lamp-2") == pytest.approx(60, abs=0.5)


def test_what_is_darker_already_stays_as_it_is():
    shop = VirtualShop(quiet_plan({**HOUR, "zones": ["cafe"]}))
    shop.until_converged(5)
    shop.press("sales", Scene(light=Lights(brightness_pct=22)), minutes=300)
    run_to(shop, BEGIN + timedelta(seconds=62))
    assert light(shop, "lamp-2") == pytest.approx(22, abs=0.5)


# ── a ramp goes on, whatever happens to the controller ──────────────────────────────


def test_a_restart_in_the_middle_of_a_ramp_goes_on_with_what_is_left(shop):
    run_to(shop, BEGIN + timedelta(seconds=20))
    shop.restart_controller()
    shop.run(10)
    assert 40 < light(shop) < 50, "half way, as if nothing had happened"
    assert fades(shop, "lamp-1")[0] == pytest.approx(40, abs=2)
    run_to(shop, BEGIN + timedelta(seconds=65))
    assert light(shop) == pytest.approx(30, abs=0.5)


def test_a_restart_in_the_middle_of_a_dayparts_ramp_goes_on_too():
    shop = VirtualShop()
    shop.until_converged(5)
    run_to(shop, timedelta(hours=7, seconds=25))
    shop.restart_controller()
    shop.run(5)
    assert 41 < light(shop) < 55
    assert fades(shop, "lamp-1")[0] == pytest.approx(20, abs=2)
    run_to(shop, timedelta(hours=7, seconds=50))
    assert light(shop) == pytest.approx(40, abs=0.5)


def test_a_restart_long_after_a_ramp_is_quick(shop):
    run_to(shop, BEGIN + timedelta(minutes=10))
    shop.restart_controller()
    shop.run(5)
    assert fades(shop, "lamp-1")[0] == 1.9


def test_a_restart_after_a_press_in_the_ramp_is_quick(shop):
    run_to(shop, BEGIN + timedelta(seconds=10))
    shop.press("sales", LOW, minutes=10)
    shop.run(5)
    shop.restart_controller()
    shop.run(5)
    assert fades(shop, "lamp-1")[0] == 1.9
    assert light(shop) == pytest.approx(24, abs=0.5)


def test_a_lamp_that_reboots_in_the_ramp_takes_what_is_left_of_it(shop):
    run_to(shop, BEGIN + timedelta(seconds=20))
    shop.reboot("lamp-1")
    shop.run(2)
    assert fades(shop, "lamp-1")[-1] == pytest.approx(40, abs=2)


def test_a_plan_that_is_published_in_the_ramp_changes_nothing_about_it(shop):
    run_to(shop, BEGIN + timedelta(seconds=20))
    before = len(shop.orders("lamp-1"))
    shop.publish_plan(quiet_plan(devices=[*DEVICES[:-1]]))
    shop.tell(PlanChanged())
    shop.run(10)
    assert len(shop.orders("lamp-1")) == before
    assert 40 < light(shop) < 50

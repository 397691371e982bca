"""What people do, and what the store does with it."""

import pytest

from controller.errors import Refused

pytestmark = pytest.mark.sinne(start="2026-03-02 12:00")


def test_a_press_ends_by_itself(store, devices, clock):
    store.press("peak", zones="shop", minutes=30)
    store.expect(zone="shop", profile="peak")
    assert "Elin" in store.zone("shop").why
    assert store.zone("entrance").profile == "calm"
    clock.pass_by(minutes=30)
    store.expect(zone="shop", profile="calm", within="60 s")
    assert devices["speaker"].volume_pct == 25


def test_nobody_makes_it_louder_than_the_plan_allows(store, devices, clock):
    store.press(scene={"music": {"on": True, "volume_pct": 90}}, zones="shop")
    clock.pass_by(minutes=1)
    assert devices["speaker"].volume_pct == 40


@pytest.mark.sinne(start="2026-03-03 10:30")
def test_the_quiet_hour_has_no_music(store, devices):
    store.press("peak")
    store.expect(zone="shop", music={"on": False}, stays="30 min")
    with pytest.raises(Refused, match="as low as it may go"):
        store.nudge("shop", "too-loud")


def test_the_fire_alarm_stops_everything_until_somebody_resumes(store, devices, clock):
    devices["fire-alarm"].touch(active=True)
    store.expect(stopped=True, zone="shop", music={"on": False}, light={"brightness_pct": 100})
    devices["fire-alarm"].touch(active=False)
    clock.pass_by(minutes=10)
    assert store.stopped
    store.resume()
    store.expect(zone="shop", profile="calm")


def test_a_hand_on_the_shelf_lamp_is_respected_and_one_on_the_till_lamp_is_not(store, devices):
    devices["shelf-lamp"].touch(brightness_pct=10)
    devices["till-lamp"].touch(on=False)
    store.expect(device="shelf-lamp", stands="by-hand", does={"brightness_pct": 10}, stays="20 min")
    assert devices["till-lamp"].on

"""A stop stands above all that a plan can say, and no plan can take it away, least of all the stop of scent."""

from __future__ import annotations

from datetime import timedelta

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from controller.planning import StorePlanning
from controller.ports import Actor
from profiles.limits import Person
from profiles.plan import Plan
from profiles.scene import Sense
from tests.controller.test_stops_unsaved import AtHand
from tests.controller.virtual_shop import CALM, DEVICES, LINEN, MORNING, VirtualShop, plan_of
from tests.profiles.plan_strategies import plans

ELIN = Actor("Elin", Person.STAFF)
QUIET = {"id": "calm-hour", "name": "Calm hour", "when": "Mo-Su 10:30-11:30"}
CAMPAIGN = {"id": "spring", "name": "Spring", "when": "Mo-Su 10:15-18:00", "profile": "linen", "priority": 100}
LAMPS = ("lamp-1", "lamp-2", "lamp-3", "bulb-1", "bulb-2")
#: Everything that a plan can be strict about.
STRICT = {
    "guardrails": {person: {"profiles": [], "longest_min": 1, "volume_pct": {"lowest": 40, "highest": 40},
                            "brightness_pct": {"lowest": 20, "highest": 20},
                            "intensity_pct": {"lowest": 10, "highest": 10}} for person in ("staff", "manager")},
    "limits": {"max_brightness_pct": 30, "light_floor_pct": 20, "max_volume_pct": 10, "max_intensity_pct": 10}}


@pytest.fixture
def shop() -> VirtualShop:
    shop = VirtualShop(plan_of(quiet_hours=[QUIET], campaigns=[CAMPAIGN]))
    shop.until_converged(5)
    return shop


def is_stopped(shop: VirtualShop) -> bool:
    return (all(shop.truth(lamp)["on"] is True and shop.truth(lamp)["brightness_pct"] == 100 for lamp in LAMPS)
            and shop.truth("player-1")["on"] is False and shop.truth("diffuser-1")["on"] is False)


def on_the_wire(shop: VirtualShop) -> list[dict[str, object]]:
    return list(orjson.loads(shop.broker.retained["sinne/v1/shop/stop"].payload)["stops"])


def test_neither_a_campaign_nor_a_quiet_hour_nor_their_ends_move_it(shop):
    shop.stop()
    for minutes in (1, 20, 35, 80, 95, 300, 500):
        shop.run((MORNING + timedelta(minutes=minutes) - shop.clock.now()).total_seconds())
        assert is_stopped(shop), minutes
    shop.resume()
    shop.run(60)
    assert not is_stopped(shop)
    assert shop.wrong() == {}


def test_a_stop_of_scent_leaves_a_quiet_hour_its_light(shop):
    shop.stop(senses=(Sense.SCENT,))
    shop.run((MORNING + timedelta(minutes=40) - shop.clock.now()).total_seconds())
    assert shop.truth("lamp-1")["brightness_pct"] == pytest.approx(30, abs=0.4)
    assert shop.truth("diffuser-1")["on"] is False
    shop.run((MORNING + timedelta(minutes=300) - shop.clock.now()).total_seconds())
    assert shop.truth("diffuser-1")["on"] is False, "the campaign wants linen, and has to wait"


@pytest.mark.parametrize("later", [
    plan_of(), plan_of(**STRICT), plan_of(quiet_hours=[{**QUIET, "when": "24/7"}]),
    plan_of(campaigns=[{**CAMPAIGN, "when": "24/7"}]),
    plan_of([{**device, "zones": ["hall"]} for device in DEVICES],
            zones=[{"id": "hall", "name": "Hall", "kind": "sales-floor", "default": CALM}])],
    ids=["another", "strict", "quiet for ever", "a campaign for ever", "other zones"])
def test_a_plan_that_is_published_meanwhile_does_not_lift_it(shop, later):
    stop = shop.stop()
    shop.publish_plan(later)
    shop.run(120)
    assert is_stopped(shop)
    assert [entry["id"] for entry in on_the_wire(shop)] == [stop]
    shop.restart_controller()
    shop.run(120)
    assert is_stopped(shop)


@pytest.mark.parametrize("later", [plan_of(**STRICT), plan_of(quiet_hours=[{**QUIET, "when": "24/7"}])])
def test_a_stop_of_one_zone_stays_in_its_zone(shop, later):
    shop.stop(zones=("sales",))
    shop.publish_plan(later)
    shop.run(120)
    assert shop.truth("lamp-1")["brightness_pct"] == shop.truth("lamp-2")["brightness_pct"] == 100
    assert shop.truth("lamp-3")["brightness_pct"] < 100


def test_devices_obey_without_the_controller(shop):
    """Native ones: the stop is retained, and a device that comes back finds it."""
    stops = [{"id": "s", "zones": None, "senses": ["light", "music", "scent"], "by": "Elin", "reason": "Smoke",
              "since": "2026-03-02T09:00:00Z"}]
    shop.kill_controller()
    shop.lose_power("lamp-3")
    shop.say("sinne/v1/shop/stop", orjson.dumps({"epoch": 99, "rev": 1, "stops": stops}), retain=True)
    shop.power_up("lamp-3")
    for lamp in ("lamp-1", "lamp-2", "lamp-3"):
        assert shop.truth(lamp)["brightness_pct"] == 100
    assert shop.truth("player-1")["on"] is False


def test_after_a_fire_nothing_resumes_without_a_person(shop):
    shop.switch("fire-1", active=True)
    shop.run(1)
    assert is_stopped(shop)
    shop.switch("fire-1", active=False)
    shop.publish_plan(plan_of(**STRICT))
    shop.run(3600)
    shop.restart_controller()
    shop.run(60)
    assert is_stopped(shop)
    shop.resume()
    shop.run(5)
    assert not is_stopped(shop)


# ── nothing in a plan can forbid it ─────────────────────────────────────────────────


def test_staff_stop_scent_with_one_press_whatever_the_guardrails():
    shop = VirtualShop(plan_of(**STRICT))
    shop.until_converged(5)
    shop.press("sales", LINEN, minutes=60)
    shop.run(5)
    assert shop.truth("diffuser-1")["on"] is True
    desk = StorePlanning(shop.memory, AtHand(shop), shop.clock)
    desk.stop(None, (Sense.SCENT,), "It gives me a headache", ELIN)
    shop.run(1)
    assert shop.truth("diffuser-1")["on"] is False
    assert on_the_wire(shop)[0]["senses"] == ["scent"]


def test_a_plan_has_no_word_for_stops():
    """No setting could be there that forbids one: the whole shape of a plan is searched for it."""
    names = set(words(Plan.model_json_schema()))
    assert "guardrails" in names
    assert not [name for name in names if "stop" in name.lower()]


def words(shape: object) -> list[str]:
    if isinstance(shape, dict):
        own = list(shape.get("properties", {})) + [str(v) for v in shape.get("enum", [])]
        return own + [word for part in shape.values() for word in words(part)]
    return [word for part in shape for word in words(part)] if isinstance(shape, list) else []


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(plans, st.sampled_from([None, "zone"]), st.sampled_from([(Sense.SCENT,), tuple(Sense)]))
def test_whatever_the_plan_any_member_of_staff_stops(plan, where, senses):
    shop = VirtualShop(plan_of())
    shop.memory.publish(plan, "HQ", "", shop.clock.now(), shop.journal()[0])
    desk = StorePlanning(shop.memory, AtHand(shop), shop.clock)
    zones = None if where is None else (plan.zones[0].id,)
    stop = desk.stop(zones, senses, "", ELIN)
    assert (stop.zones, set(stop.senses)) == (zones, set(senses))
    assert [s.id for s in shop.memory.live(shop.clock.now()).stops] == [stop.id]

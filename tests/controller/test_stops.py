"""Stops: obeyed by devices themselves, adopted, never resurrected, raised by the fire contact, ended by people only."""

from __future__ import annotations

import logging
from datetime import timedelta

import orjson
import pytest

from controller.ports import Entry
from controller.store.intake import LiveChanged
from profiles.plan import Stop
from profiles.scene import Sense
from tests.controller.virtual_shop import BRIGHT, DIM, LINEN, VirtualShop, plan_of

TOPIC = "sinne/v1/shop/stop"


@pytest.fixture
def shop() -> VirtualShop:
    shop = VirtualShop()
    shop.until_converged(5)
    return shop


def on_the_wire(shop: VirtualShop) -> dict:
    return orjson.loads(shop.broker.retained[TOPIC].payload)


def found_on_the_wire(stop: str, epoch: int = 7, **more: object) -> bytes:
    entry = {"id": stop, "zones": None, "senses": ["light", "music", "scent"], "by": "Elin", "reason": "Smoke",
             "since": "2026-03-02T08:00:00Z"} | more
    return orjson.dumps({"epoch": epoch, "rev": 9, "stops": [entry]})


def test_a_stop_is_full_light_and_silence_at_once_and_retained(shop):
    shop.press(None, DIM, minutes=600)
    shop.run(10)
    stop = shop.stop()
    for lamp in ("lamp-1", "lamp-2", "lamp-3", "bulb-1", "bulb-2"):
        assert shop.truth(lamp)["brightness_pct"] == 100, lamp
    assert shop.truth("player-1")["on"] is False
    assert [s["id"] for s in on_the_wire(shop)["stops"]] == [stop]
    shop.until_converged(5)
    assert shop.device("lamp-1").converged


def test_a_stop_holds_over_presses_boundaries_and_hours(shop):
    shop.stop()
    shop.press("sales", DIM, minutes=600)
    shop.run(9 * 3600 + 120)  # the evening has come and gone, with another white, which a held lamp keeps back
    assert not shop.wrong()
    assert not shop.unmet()
    assert not any(d.alarm for d in shop.engine.sight().devices.values())
    shop.resume()
    shop.until_converged(5)
    assert shop.truth("lamp-1")["brightness_pct"] == pytest.approx(30, abs=0.4)


def test_an_empty_list_is_the_resume_and_never_an_empty_payload(shop):
    shop.stop()
    shop.run(10)
    shop.resume()
    assert on_the_wire(shop)["stops"] == []
    shop.until_converged(5)
    assert shop.truth("player-1")["on"] is True


def test_a_fragrance_stop_stops_scent_alone(shop):
    shop.press("sales", LINEN, minutes=600)
    shop.until_converged(5)
    assert shop.truth("diffuser-1")["on"] is True
    shop.stop(senses=(Sense.SCENT,))
    assert shop.truth("diffuser-1")["on"] is False
    assert on_the_wire(shop)["stops"][0]["senses"] == ["scent"]
    assert shop.truth("lamp-1")["brightness_pct"] == pytest.approx(60, abs=0.4)
    assert shop.truth("player-1")["on"] is True
    shop.resume()
    shop.until_converged(5)
    assert shop.truth("diffuser-1")["on"] is True


def test_a_device_of_several_zones_obeys_a_stop_of_any(shop):
    shop.press(None, DIM, minutes=600)
    shop.run(10)
    shop.stop(("cafe",))
    shop.until_converged(5)
    assert shop.truth("lamp-2")["brightness_pct"] == 100  # decided by sales, but it shines into the cafe too
    assert shop.truth("player-1")["on"] is False
    assert shop.truth("lamp-1")["brightness_pct"] == pytest.approx(30, abs=0.4)
    shop.resume()
    shop.until_converged(5)
    assert shop.truth("lamp-2")["brightness_pct"] == pytest.approx(30, abs=0.4)


def test_a_stop_survives_a_restart_and_its_devices_power_cuts(shop):
    shop.stop()
    shop.kill_controller()
    shop.lose_power("lamp-1")
    shop.reboot("lamp-2")
    shop.run(60)
    shop.start_controller()
    shop.power_up("lamp-1")
    shop.until_converged(5)
    assert shop.truth("lamp-1")["brightness_pct"] == 100
    assert [s["id"] for s in on_the_wire(shop)["stops"]] == ["stop-1"]


def test_a_stop_found_on_the_wire_is_adopted():
    shop = VirtualShop(started=False)
    shop.say(TOPIC, found_on_the_wire("foreign"), retain=True)
    shop.fleet.start()
    shop.start_controller()
    shop.until_converged(5)
    assert [s.id for s in shop.stops()] == ["foreign"]
    assert shop.stops()[0].reason == "Smoke"
    assert shop.truth("bulb-1")["brightness_pct"] == 100
    assert on_the_wire(shop)["epoch"] == 8
    assert len(shop.journal("stop.adopted")) == 1
    shop.resume()
    shop.until_converged(5)
    assert shop.truth("bulb-1")["brightness_pct"] == pytest.approx(60, abs=0.4)


@pytest.mark.parametrize("more", [{"id": "Not An Id"}, {"senses": ["smell"]}, {"senses": []}, {"by": ""},
                                  {"reason": "x" * 290}])
def test_a_stop_that_is_oddly_written_is_adopted_all_the_same(more):
    shop = VirtualShop(started=False)
    shop.say(TOPIC, found_on_the_wire("foreign", **more), retain=True)
    shop.fleet.start()
    shop.start_controller()
    shop.run(1)
    assert len(shop.stops()) == 1
    assert shop.truth("lamp-1")["brightness_pct"] == 100


def test_a_stop_for_zones_that_are_not_here_is_not_ours():
    shop = VirtualShop(started=False)
    shop.say(TOPIC, found_on_the_wire("foreign", zones=["cellar"]), retain=True)
    shop.fleet.start()
    shop.start_controller()
    shop.until_converged(5)
    assert shop.stops() == []


def test_a_broken_stop_document_stops_nothing_and_ends_nothing():
    shop = VirtualShop(started=False)
    shop.memory.add_stop(Stop(id="mine", by="Elin", reason="x", since=shop.clock.now()), shop.clock.now(), Entry("x"))
    shop.say(TOPIC, b'{"epoch": 3, "stops": "none"}', retain=True)
    shop.fleet.start()
    shop.start_controller()
    shop.until_converged(5)
    assert [s["id"] for s in on_the_wire(shop)["stops"]] == ["mine"]


@pytest.mark.parametrize("days_ago", [0, 30])
def test_an_ended_stop_is_not_resurrected_from_the_wire(shop, days_ago):
    """Its resume was committed and not published any more: the controller died in between."""
    shop.stop()
    retained = shop.broker.retained[TOPIC]
    shop.kill_controller()
    shop.memory.end_stops(("stop-1",), "Elin", shop.clock.now(), Entry("stop.ended"))
    shop.clock.pass_by(timedelta(days=days_ago))
    assert shop.broker.retained[TOPIC] == retained
    shop.start_controller()
    shop.until_converged(5)
    assert on_the_wire(shop)["stops"] == []
    assert shop.truth("lamp-1")["brightness_pct"] == pytest.approx(60, abs=0.4)
    assert shop.engine.sight().troubles == ()


def test_a_device_held_by_a_stop_that_is_not_in_force_is_set_free(shop):
    """A message of long ago, replayed under a high stamp; the devices believe it, and say that they are held."""
    ours = on_the_wire(shop)
    shop.say(TOPIC, found_on_the_wire("ghost", epoch=ours["epoch"]))
    assert shop.truth("lamp-1")["brightness_pct"] == 100
    shop.until_converged(5)
    assert shop.truth("lamp-1")["brightness_pct"] == pytest.approx(60, abs=0.4)


def test_the_fire_contact_raises_one_stop_and_its_opening_resumes_nothing(shop):
    shop.fleet.set_contact("fire-1", True)
    shop.settle()
    assert shop.truth("lamp-1")["brightness_pct"] == 100
    assert len(shop.stops()) == 1
    shop.run(300)
    shop.fleet.set_contact("fire-1", False)
    shop.run(300)
    assert len(shop.stops()) == 1
    assert shop.truth("lamp-1")["brightness_pct"] == 100
    shop.resume()
    shop.until_converged(5)
    shop.fleet.set_contact("fire-1", True)
    shop.settle()
    assert len(shop.stops()) == 1
    assert len(shop.journal("stop.by-contact")) == 2


def test_a_contact_that_stays_closed_after_the_resume_raises_nothing_again(shop):
    shop.fleet.set_contact("fire-1", True)
    shop.settle()
    shop.resume()
    shop.run(300)
    assert shop.stops() == []
    shop.restart_controller()
    shop.run(300)
    assert shop.stops() == []


def test_a_contact_that_closes_while_the_controller_is_down_is_noticed(shop):
    shop.fleet.set_contact("fire-1", True)
    shop.settle()
    shop.resume()
    shop.fleet.set_contact("fire-1", False)
    shop.run(10)
    shop.kill_controller()
    shop.fleet.set_contact("fire-1", True)
    shop.run(10)
    shop.start_controller()
    shop.run(1)
    assert len(shop.stops()) == 1, "a stop that was ended yesterday must not hide the fire of today"


def test_a_fire_is_a_fire_also_with_a_full_disk(shop):
    shop.memory.fill_the_disk()
    shop.fleet.set_contact("fire-1", True)
    shop.settle()
    assert shop.truth("lamp-1")["brightness_pct"] == 100
    assert shop.truth("bulb-1")["brightness_pct"] == 100
    shop.run(20)
    shop.memory.make_room()
    shop.run(61)
    assert len(shop.stops()) == 1
    assert not shop.wrong()


def test_a_stop_while_the_broker_is_down_holds_once_it_is_back(shop):
    shop.broker_goes_down()
    shop.stop()
    shop.run(20)
    shop.forget_retained()
    shop.broker_comes_back()
    shop.until_converged(5)
    assert shop.truth("lamp-1")["brightness_pct"] == 100


def test_a_clock_set_back_does_not_end_a_stop_nor_bring_an_ended_one_back(shop):
    shop.run(2 * 3600)  # the journal's newest entry at the start is then no reason to doubt the clock
    shop.stop()
    shop.run(60)
    shop.step_clock(timedelta(hours=-1))
    shop.run(10)
    assert shop.engine.sight().time_trusted
    assert shop.truth("lamp-1")["brightness_pct"] == 100
    assert shop.truth("bulb-1")["brightness_pct"] == 100
    assert len(on_the_wire(shop)["stops"]) == 1
    shop.step_clock(timedelta(hours=1))
    shop.resume()
    shop.run(600)
    shop.step_clock(timedelta(minutes=-11))
    shop.run(10)
    assert shop.truth("lamp-1")["brightness_pct"] == pytest.approx(60, abs=0.4)


def test_two_stops_and_the_end_of_one(shop):
    shop.stop(("sales",))
    second = shop.stop(("cafe",))
    shop.memory.end_stops((second,), "Elin", shop.clock.now(), Entry("stop.ended"))
    shop.tell(LiveChanged())
    shop.until_converged(5)
    assert [s["id"] for s in on_the_wire(shop)["stops"]] == ["stop-1"]
    assert shop.truth("lamp-3")["brightness_pct"] == pytest.approx(60, abs=0.4)
    assert shop.truth("lamp-1")["brightness_pct"] == 100


def test_a_stop_reaches_a_lamp_in_the_middle_of_a_fade(shop):
    shop.run(7 * 3600 - 10 - shop.clock.monotonic() + 1000)
    shop.run(20)  # 10 s into the 45 s of the evening's beginning
    assert shop.truth("lamp-1")["brightness_pct"] > 45
    shop.stop()
    shop.run(0.4)
    assert shop.truth("lamp-1")["brightness_pct"] == 100
    assert shop.truth("bulb-1")["brightness_pct"] == 100


def test_coloured_lamps_are_right_while_they_are_held():
    coloured = {"light": {"on": True, "brightness_pct": 60, "xy": [0.2, 0.1]}, "music": "off", "scent": "off"}
    plan = plan_of([{"id": "lamp-1", "kind": "light", "zones": ["bar"]}], dayparts=[],
                   zones=[{"id": "bar", "name": "Bar", "kind": "cafe", "default": coloured}])
    shop = VirtualShop(plan)
    shop.until(lambda: not shop.unmet(), within_s=5)
    shop.stop()
    shop.run(120)
    assert shop.device("lamp-1").converged
    assert not shop.device("lamp-1").alarm
    shop.resume()
    shop.until(lambda: not shop.unmet(), within_s=5)


def test_no_log_of_errors_comes_from_stopping(shop, caplog):
    with caplog.at_level(logging.ERROR, "sinne.engine"):
        shop.stop()
        shop.press("sales", BRIGHT)
        shop.restart_controller()
        shop.resume()
        shop.until_converged(5)
    assert caplog.records == []

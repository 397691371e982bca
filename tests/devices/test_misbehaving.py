"""What a tester does to simulated devices beyond pulling plugs: drift, nonsense, an outage for them alone."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.messages import Message
from devices.simulator.mischief import NONSENSE
from devices.simulator.specs import DeviceSpec
from devices.simulator.wire import Refused
from tests.devices.test_fleet import ROOT, STORE, World, desired, zigbee

WARM = {"on": True, "brightness_pct": 60, "kelvin": 3000}


def a_lamp_that_is_warm() -> World:
    world = World([DeviceSpec("lamp-1", levels=100, kelvin=(2000, 6500))])
    world.controller.publish(desired("lamp-1", 1, WARM))
    return world


def bulb_said(world: World, name: str = "Bulb 1") -> list[bytes]:
    return [payload for _, topic, payload in world.heard if topic == f"zigbee2mqtt/{name}"]


def set_bulb(world: World, **wanted: object) -> None:
    world.controller.publish(Message("zigbee2mqtt/Bulb 1/set", json.dumps(wanted).encode()))


def get_bulb(world: World) -> None:
    world.controller.publish(Message("zigbee2mqtt/Bulb 1/get", b'{"state":"","brightness":"","color_temp":""}'))


def test_silent_drift_changes_the_light_and_not_a_word_of_the_report() -> None:
    world = a_lamp_that_is_warm()
    before = world.reported("lamp-1")
    world.fleet.drift("lamp-1", {"brightness_pct": 20}, over_s=10)
    world.run(5)
    assert world.fleet.truth()["lamp-1"]["brightness_pct"] == 40
    world.run(120)
    assert world.fleet.truth()["lamp-1"]["brightness_pct"] == 20
    after = world.reported("lamp-1")
    assert after["ts"] != before["ts"], "its heartbeat came meanwhile"
    assert {**after, "ts": None} == {**before, "ts": None}
    assert world.fleet.mischief()["lamp-1"] == ("drifting",)


def test_drift_that_is_told_says_where_the_light_is_and_where_it_should_be() -> None:
    world = a_lamp_that_is_warm()
    world.fleet.drift("lamp-1", {"brightness_pct": 20, "kelvin": 4000}, over_s=4, tells=True)
    world.run(2)
    said = world.reported("lamp-1")
    assert said["status"] == "applied", "nobody ordered it, so it is not applying anything"
    assert said["state"]["brightness_pct"] == 40
    assert said["target"]["brightness_pct"] == 60
    world.run(3)
    assert world.reported("lamp-1")["state"]["kelvin"] == 4000


@pytest.mark.parametrize("end", ["order", "settle", "hand", "reboot", "power"])
def test_what_ends_a_drift(end: str) -> None:
    world = a_lamp_that_is_warm()
    world.fleet.drift("lamp-1", {"brightness_pct": 5})
    if end == "order":
        world.controller.publish(desired("lamp-1", 2, WARM))
    elif end == "settle":
        world.fleet.settle("lamp-1")
    elif end == "hand":
        world.fleet.someone_switches("lamp-1", brightness_pct=60)
    elif end == "reboot":
        world.fleet.reboot_to_defaults("lamp-1")
    else:
        world.fleet.lose_power("lamp-1")
        world.fleet.power_up("lamp-1")
    assert world.fleet.mischief()["lamp-1"] == ()
    truth, said = world.fleet.truth()["lamp-1"], world.reported("lamp-1")["state"]
    assert truth["brightness_pct"] == said["brightness_pct"] == (100 if end == "reboot" else 60)


def test_a_second_drift_is_still_silent_about_both() -> None:
    world = a_lamp_that_is_warm()
    world.fleet.drift("lamp-1", {"brightness_pct": 20})
    world.fleet.drift("lamp-1", {"kelvin": 6000})
    world.run(61)
    assert world.reported("lamp-1")["state"] == {"on": True, "brightness_pct": 60, "kelvin": 3000}
    world.fleet.settle("lamp-1")
    assert world.fleet.truth()["lamp-1"]["kelvin"] == 3000


def test_players_and_diffusers_drift_too_and_a_contact_has_nothing_that_could() -> None:
    world = World()
    world.controller.publish(desired("player-1", 1, {"on": True, "volume_pct": 40, "source": "calm"}))
    world.controller.publish(desired("scent-1", 1, {"on": True, "fragrance": "linen", "intensity_pct": 20}))
    world.fleet.drift("player-1", {"volume_pct": 90})
    world.fleet.drift("scent-1", {"intensity_pct": 100})
    world.run(61)
    truth = world.fleet.truth()
    assert (truth["player-1"]["volume_pct"], world.reported("player-1")["state"]["volume_pct"]) == (90, 40)
    said = world.reported("scent-1")["state"]
    assert (truth["scent-1"]["intensity_pct"], said["intensity_pct"], said["level"]) == (100, 20, 2)
    with pytest.raises(Refused, match="only reports"):
        world.fleet.drift("fire-1", {"active": True})
    with pytest.raises(Refused, match="bridge"):
        world.fleet.drift("zigbee2mqtt", {"on": False})
    with pytest.raises(Refused, match="brightness_pct must be a number from 0 to 100"):
        world.fleet.drift("lamp-1", {"brightness_pct": 101})


@pytest.mark.parametrize("tells", [False, True])
def test_a_bulb_that_drifts_says_so_when_it_is_read_or_never(tells: bool) -> None:
    world = World([zigbee(1)])
    set_bulb(world, state="ON", brightness=254, color_temp=250)
    world.heard.clear()
    world.fleet.drift("bulb-1", {"brightness_pct": 50}, tells=tells)
    world.run(5)
    assert [json.loads(said)["brightness"] for said in bulb_said(world)] == ([127] if tells else [])
    get_bulb(world)
    assert json.loads(bulb_said(world)[-1])["brightness"] == (127 if tells else 254)
    assert world.fleet.truth()["bulb-1"]["brightness_pct"] == 50
    world.fleet.settle("zigbee2mqtt")
    assert world.fleet.truth()["bulb-1"]["brightness_pct"] == 100
    assert world.fleet.mischief()["bulb-1"] == ()


def test_a_frozen_lamp_drifts_without_a_word() -> None:
    world = a_lamp_that_is_warm()
    world.fleet.freeze("lamp-1")
    world.heard.clear()
    world.fleet.drift("lamp-1", {"brightness_pct": 10}, tells=True)
    world.run(5)
    assert world.heard == []
    assert world.fleet.mischief()["lamp-1"] == ("drifting", "frozen")


def test_nonsense_goes_where_reports_go_and_availability_stays_true() -> None:
    world = a_lamp_that_is_warm()
    world.fleet.babble("lamp-1")
    world.controller.publish(desired("lamp-1", 2, {**WARM, "brightness_pct": 30}))
    world.run(61)
    said = [payload for _, topic, payload in world.heard if topic.endswith("/reported")][-2:]
    assert set(said) <= set(NONSENSE)
    assert world.avail("lamp-1") == b"online"
    assert world.fleet.truth()["lamp-1"]["brightness_pct"] == 30, "it obeys all the same"
    assert world.fleet.mischief()["lamp-1"] == ("nonsense",)
    world.fleet.babble("lamp-1", False)
    assert world.reported("lamp-1")["state"]["brightness_pct"] == 30


def test_a_bridge_babbles_for_all_of_its_lamps_and_one_lamp_for_itself() -> None:
    world = World([zigbee(1), zigbee(2)])
    world.fleet.babble("bulb-1")
    assert world.fleet.mischief() == {"zigbee2mqtt": (), "bulb-1": ("nonsense",), "bulb-2": ()}
    set_bulb(world, state="ON")
    assert bulb_said(world)[-1] in NONSENSE
    world.fleet.babble("zigbee2mqtt")
    assert world.fleet.mischief()["zigbee2mqtt"] == world.fleet.mischief()["bulb-2"] == ("nonsense",)
    world.fleet.babble("zigbee2mqtt", False)
    assert not any(world.fleet.mischief().values())


def test_an_outage_cuts_every_line_and_nobody_comes_back_before_it_is_over() -> None:
    world = World()
    world.controller.publish(desired("lamp-1", 1, WARM))
    world.fleet.lose_power("lamp-2")
    world.fleet.lose_broker()
    assert world.avail("lamp-1") == b"offline"
    world.fleet.lose_power("player-1")
    world.fleet.power_up("player-1")
    assert world.avail("player-1") == b"offline", "it has power and finds no broker"
    world.controller.publish(desired("lamp-1", 2, {**WARM, "brightness_pct": 30}))
    assert world.fleet.truth()["lamp-1"]["brightness_pct"] == pytest.approx(60, abs=0.5)
    world.fleet.find_broker()
    assert world.avail("lamp-1") == world.avail("player-1") == b"online"
    assert world.avail("lamp-2") == b"offline", "its plug is still out"
    assert world.fleet.truth()["lamp-1"]["brightness_pct"] == pytest.approx(30, abs=0.5)
    assert world.reported("lamp-1")["applied_rev"] == 2


def test_latency_is_told_and_falls_between_its_bounds() -> None:
    world = a_lamp_that_is_warm()
    assert world.fleet.latency_s("lamp-1") == (0, 0)
    world.fleet.slow_down("lamp-1", 2, 3)
    assert world.fleet.latency_s("lamp-1") == (2, 3)
    world.heard.clear()
    begin = world.now
    world.controller.publish(desired("lamp-1", 2, {**WARM, "brightness_pct": 30}))
    world.run(10)
    heard = next(at for at, topic, _ in world.heard if topic == f"{ROOT}/dev/lamp-1/reported")
    assert 2 <= heard - begin <= 3


VERBS = ("drift", "silent", "settle", "babble", "sense", "lose", "power", "freeze", "thaw", "lie", "honest", "reboot",
         "order", "outage", "back", "hand")


def _do(world: World, verb: str, device: str, number: int) -> None:
    fleet = world.fleet
    change: dict[str, Any] = {"brightness_pct": number} if device.startswith(("lamp", "bulb")) else {
        "volume_pct": number} if device.startswith("player") else {"intensity_pct": number}
    {"drift": lambda: fleet.drift(device, change, number / 10, True), "silent": lambda: fleet.drift(device, change),
     "settle": lambda: fleet.settle(device), "babble": lambda: fleet.babble(device),
     "sense": lambda: fleet.babble(device, False), "lose": lambda: fleet.lose_power(device),
     "power": lambda: fleet.power_up(device), "freeze": lambda: fleet.freeze(device),
     "thaw": lambda: fleet.thaw(device), "lie": lambda: fleet.lie(device),
     "honest": lambda: fleet.lie(device, False), "reboot": lambda: fleet.reboot_to_defaults(device),
     "order": lambda: world.controller.publish(desired(device, len(world.heard) + 100, change)),
     "outage": fleet.lose_broker, "back": fleet.find_broker,
     "hand": lambda: fleet.someone_switches(device, **change)}[verb]()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(VERBS), st.sampled_from(["lamp-1", "player-1", "scent-1", "bulb-1"]),
                          st.integers(0, 100)), max_size=25))
def test_whatever_was_done_mending_everything_leaves_honest_devices(done: list[tuple[str, str, int]]) -> None:
    world = World(STORE)
    for verb, device, number in done:
        _do(world, verb, device, number)
        world.run(number / 20)
    world.fleet.find_broker()
    for device in world.fleet.devices:
        for mend in (world.fleet.power_up, world.fleet.thaw, world.fleet.settle):
            mend(device)
        world.fleet.lie(device, False)
        world.fleet.babble(device, False)
    world.run(150)
    assert not any(world.fleet.mischief().values())
    for device in ("lamp-1", "player-1", "scent-1"):
        truth, said = world.fleet.truth()[device], world.reported(device)["state"]
        for word in ("on", "brightness_pct", "volume_pct", "intensity_pct"):
            assert truth.get(word) == said.get(word), (device, word)
        assert world.avail(device) == b"online"

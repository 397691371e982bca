"""Zigbee2MQTT beyond its golden payloads: addresses, scales, and the traps of `dialects.md` by their numbers."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.device import Capability, Device, Kind
from devices.dialects.base import Fault, Malformed, Order, Reported
from devices.dialects.zigbee2mqtt import Zigbee2Mqtt
from devices.messages import Message

Z2M = Zigbee2Mqtt()
LAMP = Device(
    "lamp",
    "malmo",
    Kind.LIGHT,
    "zigbee2mqtt",
    "zigbee2mqtt/Lamp 3",
    ("entrance",),
    capability=Capability(brightness_levels=254, kelvin=(2203, 4000)),
)


def order(state, fade_s=0.0):
    return Order(1, 1, state, fade_s, ("entrance",), "test", "2026-11-21T08:00:00Z")


def sent(state, fade_s=0.0, lamp=LAMP):
    (message,) = Z2M.encode(lamp, order(state, fade_s))
    return json.loads(message.payload)


def said(payload, lamp=LAMP, **more):
    (report,) = Z2M.decode(lamp, Message(lamp.address, json.dumps(payload).encode(), **more))
    assert isinstance(report, Reported)
    return report


# Addresses


@pytest.mark.parametrize(
    "address", ["zigbee2mqtt/Lamp 3", "zigbee2mqtt/floor 1/Lamp å", "z/0x00158d0001d82999", "home/bridgehead"]
)
def test_friendly_names_may_have_spaces_and_slashes(address):
    Z2M.check_address(address)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "zigbee2mqtt",
        "zigbee2mqtt/",
        "/Lamp",
        "zigbee2mqtt//Lamp",
        "zigbee2mqtt/Lamp/",
        "zigbee2mqtt/+",
        "zigbee2mqtt/La#mp",
        "$SYS/broker",
        "zigbee2mqtt/a$b",
        " zigbee2mqtt/a",
        "zigbee2mqtt/a\x00b",
        "zigbee2mqtt/a\u202eb",
        "zigbee2mqtt/bridge",
        "zigbee2mqtt/bridge/state",
        "zigbee2mqtt/Lamp/set",
        "zigbee2mqtt/get/Lamp",
        "zigbee2mqtt/Lamp/availability",
        "z/" + "a" * 300,
    ],
)
def test_an_address_with_another_meaning_is_refused_in_one_sentence(address):
    with pytest.raises(ValueError, match=r"(is not an address|has a character|uses a word)") as refusal:
        Z2M.check_address(address)
    assert str(refusal.value).isprintable()


# Trap 1: percent and 254 levels


def test_half_is_127_of_254_and_is_recognised_when_it_comes_back():
    assert sent({"on": True, "brightness_pct": 50})["brightness"] == 127
    assert said({"state": "ON", "brightness": 127}).state["brightness_pct"] == 50.0


@given(st.floats(0, 100))
def test_every_brightness_survives_the_way_to_the_lamp_and_back(wish_pct):
    wanted = Z2M.quantise(LAMP, {"on": True, "brightness_pct": wish_pct})
    level = sent({"on": True, "brightness_pct": wish_pct})["brightness"]
    assert 1 <= level <= 254
    assert abs(level - wish_pct * 2.54) <= 1
    for reported in (level, max(level - 1, 1), min(level + 1, 254)):
        assert Z2M.agrees(LAMP, wanted, said({"state": "ON", "brightness": reported}).state)
    if level > 3:
        assert not Z2M.agrees(LAMP, wanted, said({"state": "ON", "brightness": level - 2}).state)


def test_on_with_no_brightness_at_all_is_the_faintest_step_that_the_bridge_makes_of_it():
    assert sent({"on": True, "brightness_pct": 0})["brightness"] == 1
    assert Z2M.agrees(
        LAMP, Z2M.quantise(LAMP, {"on": True, "brightness_pct": 0}), {"on": True, "brightness_pct": 0.3937}
    )


def test_255_of_older_firmware_is_full():
    assert said({"state": "ON", "brightness": 255}).state["brightness_pct"] == 100.0


def test_the_lamps_own_limit_holds():
    assert (
        sent({"on": True, "brightness_pct": 100}, lamp=replace(LAMP, capability=Capability(max_pct=50)))["brightness"]
        == 127
    )


# Trap 2: mireds


def test_3000_kelvin_is_333_mireds_and_3003_kelvin_is_right():
    wanted = Z2M.quantise(LAMP, {"on": True, "kelvin": 3000})
    assert sent({"on": True, "kelvin": 3000})["color_temp"] == 333
    assert wanted["kelvin"] == 3003
    for mireds, right in ((332, True), (333, True), (334, True), (331, False), (335, False)):
        report = said({"state": "ON", "color_temp": mireds, "color_mode": "color_temp"})
        assert Z2M.agrees(LAMP, wanted, report.state) is right


def test_colour_temperature_is_clamped_to_the_lamps_range():
    assert sent({"on": True, "kelvin": 1000})["color_temp"] == 454
    assert sent({"on": True, "kelvin": 9000})["color_temp"] == 250
    assert Z2M.agrees(
        LAMP, Z2M.quantise(LAMP, {"on": True, "kelvin": 9000}), said({"state": "ON", "color_temp": 250}).state
    )


@given(st.integers(1000, 12000))
def test_every_colour_temperature_is_recognised_when_it_comes_back(kelvin):
    lamp = replace(LAMP, capability=Capability(kelvin=(1000, 12000)))
    mireds = sent({"on": True, "kelvin": kelvin}, lamp=lamp)["color_temp"]
    wanted = Z2M.quantise(lamp, {"on": True, "kelvin": kelvin})
    for reported in (mireds - 1, mireds, min(mireds + 1, 1000)):
        assert Z2M.agrees(lamp, wanted, said({"state": "ON", "color_temp": reported}, lamp).state)
    assert not Z2M.agrees(lamp, wanted, said({"state": "ON", "color_temp": mireds - 3}, lamp).state)


@pytest.mark.parametrize("mireds", [0, 65535])
def test_an_unknown_colour_temperature_is_no_report_of_one(mireds):
    assert said({"state": "ON", "color_temp": mireds}).state == {"on": True}


# Trap 3: intermediates, and the echo that is no evidence


def test_a_report_has_to_be_asked_for_and_settles_two_seconds_after_the_fade():
    assert Z2M.confirms_by_refresh
    assert Z2M.settle_s(LAMP, 45) == 47
    (question,) = Z2M.refresh(LAMP)
    assert question.topic == "zigbee2mqtt/Lamp 3/get"
    assert json.loads(question.payload) == {"state": "", "brightness": "", "color_temp": ""}


@pytest.mark.parametrize(
    ("capability", "question"),
    [
        (Capability(kelvin=None, colour=False), {"state": "", "brightness": ""}),
        (Capability(kelvin=None, colour=True), {"state": "", "brightness": "", "color": {"x": "", "y": ""}}),
        (Capability(brightness_levels=1, kelvin=None, colour=False), {"state": ""}),
    ],
)
def test_a_lamp_is_not_asked_for_what_it_has_not_since_that_would_be_logged_as_an_error(capability, question):
    (message,) = Z2M.refresh(replace(LAMP, capability=capability))
    assert json.loads(message.payload) == question


def test_brightness_and_colour_travel_together_since_a_second_command_stops_the_first_fade():
    messages = Z2M.encode(LAMP, order({"on": True, "brightness_pct": 60, "kelvin": 3000}, 5.0))
    assert [json.loads(m.payload) for m in messages] == [
        {"state": "ON", "brightness": 152, "color_temp": 333, "transition": 5.0}
    ]


def test_a_fade_is_in_seconds_and_bounded_by_sixteen_bits_of_tenths():
    assert sent({"on": True}, 2.0)["transition"] == 2.0
    assert sent({"on": True}, 1e9)["transition"] == 6553.0
    assert "transition" not in sent({"on": False}, 0.0)


# Trap 4: off


@pytest.mark.parametrize(
    "payload",
    [{"state": "OFF"}, {"state": "OFF", "brightness": 0}, {"state": "OFF", "brightness": 254, "color_temp": 250}],
)
def test_off_is_off_whatever_brightness_stands_beside_it(payload):
    wanted = Z2M.quantise(LAMP, {"on": False, "brightness_pct": 60, "kelvin": 3000})
    report = said(payload)
    assert "brightness_pct" not in report.state
    assert Z2M.agrees(LAMP, wanted, report.state)
    assert not Z2M.agrees(LAMP, Z2M.quantise(LAMP, {"on": True}), report.state)


# Trap 5: partial, cached, retained


def test_a_partial_report_says_only_what_it_holds():
    assert said({"brightness": 127}).state == {"brightness_pct": 50.0}
    assert Z2M.decode(LAMP, Message(LAMP.address, b'{"linkquality": 80}')) == ()


def test_a_retained_report_is_the_last_known_and_not_an_answer():
    assert not said({"state": "ON"}, retain=True).fresh
    assert said({"state": "ON"}).fresh


@pytest.mark.parametrize(
    ("mode", "held"), [("color_temp", {"kelvin"}), ("xy", {"xy"}), ("hs", {"xy"}), (None, {"kelvin", "xy"})]
)
def test_the_colour_mode_decides_which_colour_counts(mode, held):
    report = said({"state": "ON", "color_temp": 333, "color": {"x": 0.43, "y": 0.4}, "color_mode": mode})
    assert set(report.state) - {"on"} == held


def test_a_colour_in_hue_and_saturation_only_is_not_taken_for_black():
    assert said({"state": "ON", "color_mode": "hs", "color": {"hue": 20, "saturation": 80}}).state == {"on": True}


# Trap 6: duplicates; and what must never be retained


@given(st.booleans(), st.floats(0, 100), st.sampled_from([0.0, 3.0]))
def test_a_set_is_absolute_never_retained_and_never_outlives_its_moment(on, brightness_pct, fade_s):
    (message,) = Z2M.encode(LAMP, order({"on": on, "brightness_pct": brightness_pct}, fade_s))
    assert message.topic == "zigbee2mqtt/Lamp 3/set"
    assert not message.retain
    assert message.expiry_s == 30
    assert json.loads(message.payload)["state"] in ("ON", "OFF")
    assert not any("step" in key or "move" in key for key in json.loads(message.payload))


def test_an_order_of_nothing_that_the_lamp_can_do_is_not_sent():
    plain = replace(LAMP, capability=Capability(brightness_levels=1, kelvin=None, colour=False))
    assert Z2M.encode(plain, order({"kelvin": 3000})) == ()


# Trap 7: silence has causes


def test_a_failed_send_is_told_by_the_bridges_log():
    text = "z2m: Publish 'set' 'brightness' to 'Lamp 3' failed: 'Error: \u202etimeout'"
    (fault,) = Z2M.decode(
        LAMP, Message("zigbee2mqtt/bridge/logging", json.dumps({"level": "error", "message": text}).encode())
    )
    assert fault == Fault("lamp", text.replace("\u202e", ""))


def test_the_bridges_chatter_is_passed_over_without_being_read():
    assert (
        Z2M.decode(LAMP, Message("zigbee2mqtt/bridge/logging", b'{"level":"info","message":"MQTT publish: \'Lamp 3\'"'))
        == ()
    )


def test_a_long_fault_is_capped():
    log = {"level": "error", "message": "'Lamp 3'" + "x" * 10_000}
    (fault,) = Z2M.decode(LAMP, Message("zigbee2mqtt/bridge/logging", json.dumps(log).encode()))
    assert isinstance(fault, Fault)
    assert len(fault.sentence) == 200


def test_a_name_with_an_apostrophe_is_found_in_the_log():
    lamp = replace(LAMP, address="zigbee2mqtt/Anna's lamp")
    log = b'{"level":"error","message":"Publish \'set\' \'state\' to \'Anna\'s lamp\' failed"}'
    assert len(Z2M.decode(lamp, Message("zigbee2mqtt/bridge/logging", log))) == 1


# The rest


def test_blinking_is_the_lamps_own_identify():
    (message,) = Z2M.identify(LAMP, "c-1", datetime(2026, 11, 21, tzinfo=UTC))
    assert json.loads(message.payload) == {"effect": "blink"}


def test_a_colour_that_is_no_pair_of_numbers_is_refused():
    with pytest.raises(Malformed, match="x is the text"):
        said({"state": "ON", "color_mode": "xy", "color": {"x": "0.3", "y": 0.3}})

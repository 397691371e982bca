"""Two engineers, one contract: the product's codecs and the simulated devices, written apart, understand each other."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.device import Device, Kind
from devices.dialects.base import Contact as ContactEvent
from devices.dialects.base import Described, Fault, Order, Reported
from devices.dialects.native import Native
from devices.dialects.zigbee2mqtt import Zigbee2Mqtt
from devices.simulator.contact import Contact
from devices.simulator.diffuser import Diffuser
from devices.simulator.heart import Heart
from devices.simulator.lamp import Lamp
from devices.simulator.native import NativeFirmware
from devices.simulator.player import Player
from devices.simulator.specs import DeviceSpec
from devices.simulator.zigbee import ZigbeeBridge
from devices.simulator.zigbee_lamp import ZigbeeLamp
from devices.stop import StopEntry, encode_stop

SPECS = {
    Kind.LIGHT: DeviceSpec("it", levels=100, kelvin=(2700, 4500), max_pct=90.0),
    Kind.PLAYER: DeviceSpec("it", "player", sources=("calm", "peak")),
    Kind.DIFFUSER: DeviceSpec("it", "diffuser", fragrances=("linen", "fig")),
    Kind.CONTACT: DeviceSpec("it", "contact"),
}
BODIES = {
    Kind.LIGHT: lambda spec: Lamp(spec),
    Kind.PLAYER: lambda spec: Player(spec, True),
    Kind.DIFFUSER: lambda spec: Diffuser(spec, 4.0),
    Kind.CONTACT: lambda spec: Contact(),
}
STATES = {
    Kind.LIGHT: st.fixed_dictionaries(
        {"on": st.booleans(), "brightness_pct": st.floats(0, 100), "kelvin": st.integers(1500, 8000)}
    )
    | st.fixed_dictionaries(
        {"on": st.just(True), "brightness_pct": st.floats(0, 100), "xy": st.just((0.31, 0.33))},
    ),
    Kind.PLAYER: st.fixed_dictionaries(
        {"on": st.booleans(), "volume_pct": st.floats(0, 100), "source": st.sampled_from(["calm", "peak"])}
    ),
    Kind.DIFFUSER: st.fixed_dictionaries(
        {"on": st.booleans(), "intensity_pct": st.floats(0, 100), "fragrance": st.sampled_from(["linen", "fig"])}
    ),
}


def native(kind):
    firmware = NativeFirmware("malmo", "it", BODIES[kind](SPECS[kind]), Heart(beats=False))
    firmware.power_up(0.0, "it")
    device = Device("it", "malmo", kind, "native", "it", ("cafe",))
    (described,) = [
        event
        for message in firmware.greet(0.0)
        for event in Native().decode(device, message)
        if isinstance(event, Described)
    ]
    return firmware, Device("it", "malmo", kind, "native", "it", ("cafe",), capability=described.capability)


def live(message):
    """As a broker hands on a retained publish to whoever is subscribed already."""
    return replace(message, retain=False)


def order(rev, state, fade_s=0.0):
    return Order(1, rev, state, fade_s, ("cafe",), "a press", "2026-01-01T00:00:00Z")


@pytest.mark.parametrize("kind", [Kind.LIGHT, Kind.PLAYER, Kind.DIFFUSER])
@settings(max_examples=80, deadline=None)
@given(st.data())
def test_what_the_codec_asks_is_what_a_native_device_settles_on(kind, data):
    firmware, device = native(kind)
    codec, state = Native(), data.draw(STATES[kind])
    fade_s = data.draw(st.sampled_from([0.0, 2.0, 45.0]))
    (message,) = codec.encode(device, order(3, state, fade_s))
    (answer,) = firmware.receive(1.0, message)
    answers = [answer]
    settled_by = 1.0 + codec.settle_s(device, fade_s) + 4.0
    while (due := firmware.due()) is not None and due <= settled_by:
        answers += firmware.tick(due)
    events = [event for each in answers for event in codec.decode(device, each)]
    assert all(isinstance(event, Reported) and (event.epoch, event.rev) == (1, 3) for event in events)
    assert (events[-1].answer, events[-1].settled) == ("applied", True)
    assert codec.agrees(device, codec.quantise(device, state), events[-1].state)


def test_a_refusal_is_read_with_its_sentence():
    firmware, device = native(Kind.PLAYER)
    message = Native().encode(device, order(3, {"on": True, "source": "calm"}))[0]
    raw = json.loads(message.payload) | {"state": {"source": "clam"}}
    (answer,) = firmware.receive(1.0, type(message)(message.topic, json.dumps(raw).encode()))
    (event,) = Native().decode(device, answer)
    assert (event.answer, "does not know that source" in event.error) == ("rejected", True)


def test_what_a_player_plays_reaches_the_controller():
    firmware, device = native(Kind.PLAYER)
    (message,) = Native().encode(device, order(3, {"on": True, "volume_pct": 30, "source": "calm"}))
    (event,) = Native().decode(device, firmware.receive(1.0, message)[0])
    assert {"title", "artist", "isrc", "elapsed_s"} <= set(event.extra)


def test_a_contact_is_read():
    firmware, device = native(Kind.CONTACT)
    (event,) = Native().decode(device, live(firmware.touch(1.0, "it", {"active": True})[0]))
    assert event == ContactEvent("it", True, True)


def test_the_stop_document_of_the_product_is_obeyed():
    firmware, device = native(Kind.LIGHT)
    firmware.receive(0.0, Native().encode(device, order(3, {"on": False}))[0])
    entry = StopEntry("s1", ("cafe",), ("light", "music"), "eva", "alarm", "2026-01-01T00:00:00Z")
    (answer,) = firmware.receive(1.0, encode_stop("malmo", 1, 4, [entry]))
    (event,) = Native().decode(device, answer)
    assert (event.answer, event.state["on"]) == ("held", True)
    (answer,) = firmware.receive(2.0, encode_stop("malmo", 1, 5, []))
    (event,) = Native().decode(device, answer)
    assert (event.answer, event.state["on"]) == ("applied", False)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries(
            {"on": st.booleans(), "brightness_pct": st.floats(0, 100), "kelvin": st.integers(1500, 8000)}
        ),
        min_size=1,
        max_size=4,
    ),
    st.sampled_from([0.0, 3.0]),
)
def test_what_the_codec_asks_is_what_a_zigbee_lamp_answers_after_a_refresh(states, fade_s):
    address = "zigbee2mqtt/Lamp 3"
    bridge = ZigbeeBridge(
        "zigbee2mqtt", "zigbee2mqtt", [ZigbeeLamp(DeviceSpec("it", "light", "zigbee2mqtt", address, quirks=("ikea",)))]
    )
    bridge.power_up(0.0, "zigbee2mqtt")
    bridge.greet(0.0)
    device, codec, now = Device("it", "malmo", Kind.LIGHT, "zigbee2mqtt", address, ("cafe",)), Zigbee2Mqtt(), 0.0
    for state in states:
        for message in codec.encode(device, order(1, state, fade_s)):
            assert bridge.receive(now, message)
        now += codec.settle_s(device, fade_s)
        while (due := bridge.due()) is not None and due <= now:
            bridge.tick(due)
    answers = [answer for message in codec.refresh(device) for answer in bridge.receive(now, message)]
    events = [event for answer in answers for event in codec.decode(device, answer)]
    assert events
    assert codec.agrees(device, codec.quantise(device, states[-1]), events[-1].state)


def test_a_lamp_out_of_reach_is_a_fault_of_that_lamp():
    address = "zigbee2mqtt/Lamp 3"
    bridge = ZigbeeBridge(
        "zigbee2mqtt", "zigbee2mqtt", [ZigbeeLamp(DeviceSpec("it", "light", "zigbee2mqtt", address))]
    )
    bridge.power_up(0.0, "zigbee2mqtt")
    bridge.lose_power(0.0, "it")
    device = Device("it", "malmo", Kind.LIGHT, "zigbee2mqtt", address, ("cafe",))
    (message,) = Zigbee2Mqtt().encode(device, order(1, {"on": True}))
    events = [event for each in bridge.receive(1.0, message) for event in Zigbee2Mqtt().decode(device, each)]
    assert len(events) == 1
    assert isinstance(events[0], Fault)

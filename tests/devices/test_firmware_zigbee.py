"""A simulated Zigbee2MQTT bridge: its payloads, its optimism and its silence."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.messages import Message
from devices.simulator.specs import DeviceSpec
from devices.simulator.zigbee import ZigbeeBridge
from devices.simulator.zigbee_lamp import ZigbeeLamp


def a_lamp(number=3, **spec):
    return ZigbeeLamp(
        DeviceSpec(f"lamp-{number}", "light", "zigbee2mqtt", f"zigbee2mqtt/Lamp {number}", kelvin=(2200, 4000), **spec)
    )


def a_bridge(*lamps):
    bridge = ZigbeeBridge("zigbee2mqtt", "zigbee2mqtt", lamps or (a_lamp(),))
    bridge.power_up(0.0, "zigbee2mqtt")
    bridge.greet(0.0)
    return bridge


def tell(bridge, now, payload, name="Lamp 3", verb="set"):
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return bridge.receive(now, Message(f"zigbee2mqtt/{name}/{verb}", raw))


def state(messages, name="Lamp 3"):
    (message,) = [message for message in messages if message.topic == f"zigbee2mqtt/{name}"]
    assert (message.qos, message.retain) == (0, False)
    return json.loads(message.payload)


def errors(messages):
    assert {message.topic for message in messages} <= {"zigbee2mqtt/bridge/logging"}
    return [json.loads(message.payload) for message in messages]


def run_until(bridge, now):
    reports = []
    while (due := bridge.due()) is not None and due <= now:
        reports += [(due, json.loads(message.payload)) for message in bridge.tick(due)]
    return reports


def test_one_will_for_all_lamps_on_the_bridge_state():
    bridge = a_bridge(a_lamp(1), a_lamp(2))
    assert (bridge.will.topic, bridge.will.payload, bridge.will.retain) == (
        "zigbee2mqtt/bridge/state",
        b'{"state":"offline"}',
        True,
    )
    online = bridge.greet(1.0)[0]
    assert (online.topic, online.payload, online.retain) == ("zigbee2mqtt/bridge/state", b'{"state":"online"}', True)
    assert bridge.devices == ("zigbee2mqtt", "lamp-1", "lamp-2")


def test_cached_states_are_said_at_the_start_and_not_at_a_reconnect():
    bridge = ZigbeeBridge("zigbee2mqtt", "zigbee2mqtt", [a_lamp(1), a_lamp(2)])
    bridge.power_up(0.0, "zigbee2mqtt")
    assert [message.topic for message in bridge.greet(0.0)][1:] == ["zigbee2mqtt/Lamp 1", "zigbee2mqtt/Lamp 2"]
    assert len(bridge.greet(5.0)) == 1


def test_a_set_is_echoed_in_its_own_words():
    echo = state(tell(a_bridge(), 0.0, {"state": "ON", "brightness": 127, "color_temp": 333}))
    assert (echo["state"], echo["brightness"], echo["color_temp"], echo["color_mode"]) == ("ON", 127, 333, "color_temp")


def test_mireds_are_clamped_to_the_range_of_the_lamp():
    bridge = a_bridge()
    assert state(tell(bridge, 0.0, {"color_temp": 100}))["color_temp"] == 250
    assert state(tell(bridge, 0.0, {"color_temp": 999}))["color_temp"] == 455


def test_colour_by_xy():
    bridge = a_bridge()
    echo = state(tell(bridge, 0.0, {"color": {"x": 0.31, "y": 0.33}}))
    assert (echo["color_mode"], echo["color"]) == ("xy", {"x": 0.31, "y": 0.33})
    assert bridge.truth(0.0, "lamp-3")["xy"] == (0.31, 0.33)


def test_a_transition_says_its_target_first_then_the_values_on_the_way():
    bridge = a_bridge()
    tell(bridge, 0.0, {"state": "ON", "brightness": 0})
    tell(bridge, 0.0, {"brightness": 4})
    assert state(tell(bridge, 0.0, {"state": "ON", "brightness": 254, "transition": 2.5}))["brightness"] == 254
    assert bridge.truth(0.0, "lamp-3")["brightness_pct"] < 3
    reports = run_until(bridge, 10.0)
    assert [at for at, _ in reports] == [1.0, 2.0, 2.5]
    levels = [report["brightness"] for _, report in reports]
    assert levels[0] < levels[1] < levels[2] == 254


def test_an_ikea_lamp_jumps_in_brightness_when_colour_is_in_the_same_message():
    bridge = a_bridge(a_lamp(3, quirks=("ikea",)))
    tell(bridge, 0.0, {"state": "ON", "brightness": 10, "color_temp": 250})
    tell(bridge, 0.0, {"brightness": 200, "color_temp": 400, "transition": 4})
    truth = bridge.truth(0.1, "lamp-3")
    assert truth["brightness_pct"] == round(100 * 200 / 254, 2)
    assert truth["kelvin"] > 3500
    tell(bridge, 10.0, {"brightness": 20, "transition": 4})
    assert bridge.truth(10.1, "lamp-3")["brightness_pct"] > 70


def test_a_lamp_out_of_reach_says_nothing_and_the_bridge_logs_an_error():
    bridge = a_bridge()
    assert bridge.lose_power(0.0, "lamp-3") == []
    for verb in ("set", "get"):
        logged = errors(tell(bridge, 1.0, {"state": "ON", "brightness": 9}, verb=verb))
        assert len(logged) == 2
        assert logged[0]["level"] == "error"
        assert logged[0]["message"].startswith(f"z2m: Publish '{verb}' 'state' to 'Lamp 3' failed: ")
    assert bridge.truth(1.0, "lamp-3")["on"] is False


def test_get_asks_the_lamp_and_not_the_cache():
    bridge = a_bridge()
    tell(bridge, 0.0, {"state": "ON", "brightness": 100})
    bridge.lie("lamp-3", True)
    assert state(tell(bridge, 0.0, {"brightness": 10}))["brightness"] == 10, "the echo is optimistic"
    assert state(tell(bridge, 0.0, {"brightness": ""}, verb="get"))["brightness"] == 100
    assert tell(bridge, 0.0, {}, verb="get") == []


def test_a_lamp_that_is_off_echoes_a_colour_that_it_does_not_take():
    bridge = a_bridge()
    tell(bridge, 0.0, {"state": "ON", "color_temp": 300})
    tell(bridge, 0.0, {"state": "OFF"})
    assert state(tell(bridge, 0.0, {"color_temp": 400}))["color_temp"] == 400
    assert state(tell(bridge, 0.0, {"color_temp": ""}, verb="get"))["color_temp"] == 300


def test_a_get_of_several_keys_is_several_answers_each_filled_up_from_memory():
    bridge = a_bridge()
    tell(bridge, 0.0, {"state": "ON", "brightness": 100, "color_temp": 300})
    bridge.lie("lamp-3", True)
    tell(bridge, 0.0, {"state": "OFF", "brightness": 10, "color_temp": 400})
    answers = tell(bridge, 0.0, {"state": "", "brightness": "", "color_temp": ""}, verb="get")
    read = [json.loads(answer.payload) for answer in answers]
    assert [(each["state"], each["brightness"], each["color_temp"]) for each in read] == [
        ("ON", 10, 400),
        ("ON", 100, 400),
        ("ON", 100, 300),
    ]


def test_a_get_of_what_the_lamp_has_not_is_an_error():
    bridge = a_bridge(a_lamp(3, colour=False))
    (logged,) = errors(tell(bridge, 0.0, {"color": {"x": "", "y": ""}}, verb="get"))
    assert "'get' 'color' to 'Lamp 3' failed" in logged["message"]


def test_brightness_switches_unless_state_is_null():
    bridge = a_bridge()
    tell(bridge, 0.0, {"state": "OFF"})
    assert state(tell(bridge, 0.0, {"state": None, "brightness": 90}))["state"] == "OFF"
    assert state(tell(bridge, 0.0, {"brightness": 90}))["state"] == "ON"
    assert state(tell(bridge, 0.0, {"state": "ON", "brightness": 0}))["brightness"] == 1


def test_a_lamp_back_in_reach_is_on_announces_itself_and_is_read_two_seconds_later():
    bridge = a_bridge()
    tell(bridge, 0.0, {"state": "OFF"})
    bridge.lose_power(1.0, "lamp-3")
    (event,) = bridge.power_up(5.0, "lamp-3")
    assert event.topic == "zigbee2mqtt/bridge/event"
    assert json.loads(event.payload)["data"] == {"friendly_name": "Lamp 3"}
    ((at, report),) = run_until(bridge, 60.0)
    assert (at, report["state"]) == (7.0, "ON")


def test_a_hand_on_the_lamp_is_told_by_the_bridge():
    bridge = a_bridge()
    assert state(bridge.touch(1.0, "lamp-3", {"on": False}))["state"] == "OFF"
    assert state(bridge.touch(2.0, "lamp-3", {"on": True, "brightness_pct": 50}))["brightness"] == 127


def test_lamps_burn_on_without_their_bridge_whose_cache_is_then_stale():
    bridge = a_bridge()
    tell(bridge, 0.0, {"state": "ON", "brightness": 200})
    bridge.lose_power(1.0, "zigbee2mqtt")
    assert tell(bridge, 2.0, {"state": "OFF"}) == []
    assert bridge.touch(3.0, "lamp-3", {"on": False}) == []
    bridge.power_up(4.0, "zigbee2mqtt")
    assert state(bridge.greet(4.0))["state"] == "ON"
    assert bridge.truth(4.0, "lamp-3")["on"] is False


@pytest.mark.parametrize(("payload", "expected"), [(b"ON", "ON"), (b"off", "OFF"), ({"brightness": 0}, "OFF")])
def test_words_for_on_and_off(payload, expected):
    assert state(tell(a_bridge(), 0.0, payload))["state"] == expected


@pytest.mark.parametrize(
    "payload", [b"", b"{", b"[1]", {"state": "BLUE"}, {"brightness": "x"}, {"color": {"x": 4}}, {"transition": -1}]
)
def test_what_makes_no_sense_is_logged_and_changes_nothing(payload):
    bridge = a_bridge()
    before = bridge.truth(0.0, "lamp-3")
    (logged,) = errors(tell(bridge, 0.0, payload))
    assert logged["level"] == "error"
    assert bridge.truth(0.0, "lamp-3") == before


sets = st.fixed_dictionaries(
    {},
    optional={
        "state": st.sampled_from(["ON", "OFF", "TOGGLE"]),
        "brightness": st.integers(0, 300),
        "color_temp": st.integers(1, 600),
        "transition": st.sampled_from([0, 0.4, 3]),
    },
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(sets, st.floats(0, 5)), max_size=12), st.binary(max_size=60))
def test_after_every_transition_echo_and_hardware_agree_on_brightness(plan, noise):
    bridge, now = a_bridge(), 0.0
    for payload, pause_s in plan:
        now += pause_s
        run_until(bridge, now)
        tell(bridge, now, payload)
        tell(bridge, now, noise, verb="get")
    tell(bridge, now, {"state": ""}, verb="get")
    echo = state(tell(bridge, now, {"brightness": ""}, verb="get"))
    reports = [report for _, report in run_until(bridge, now + 10)]
    final = reports[-1] if reports else echo
    truth = bridge.truth(now + 10, "lamp-3")
    assert final["state"] == ("ON" if truth["on"] else "OFF")
    assert truth["brightness_pct"] == round(100 * final["brightness"] / 254, 2)
    assert bridge.due() is None

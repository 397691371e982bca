"""A native light by itself: version gate, fades, stops, power, and whatever bytes arrive."""

import json
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.messages import Message
from devices.simulator.heart import Heart
from devices.simulator.lamp import Lamp
from devices.simulator.native import NativeFirmware
from devices.simulator.specs import DeviceSpec

ROOT = "sinne/v1/malmo"
DEV = f"{ROOT}/dev/lamp-1"


def a_lamp(**spec):
    """A lamp with power, at instant 0, whose first heartbeat comes at 30 s."""
    firmware = NativeFirmware("malmo", "lamp-1", Lamp(DeviceSpec("lamp-1", **spec)), Heart(60.0, 30.0))
    firmware.power_up(0.0, "lamp-1")
    return firmware


def desired(rev, state=None, *, epoch=1, fade_s=0.0, zones=("entrance",)):
    document = {"epoch": epoch, "rev": rev, "state": state or {"on": True}, "fade_s": fade_s, "zones": list(zones)}
    return Message(f"{DEV}/desired", json.dumps(document).encode(), qos=1)


def stop(rev, *stops, epoch=1):
    document = {"epoch": epoch, "rev": rev, "stops": list(stops)}
    return Message(f"{ROOT}/stop", json.dumps(document).encode(), qos=1)


def a_stop(senses=("light", "music", "scent"), zones=None):
    entry = {"id": "s1", "by": "eva", "reason": "alarm", "since": "2026-01-01T00:00:00Z"}
    return entry | {"zones": zones, "senses": list(senses)}


def said(messages):
    """The one report among `messages`, read as JSON."""
    (report,) = [json.loads(message.payload) for message in messages if message.topic == f"{DEV}/reported"]
    return report


def run_until(firmware, now):
    """Let everything happen up to `now`; the reports with their instants."""
    reports = []
    while (due := firmware.due()) is not None and due <= now:
        reports += [(due, json.loads(message.payload)) for message in firmware.tick(due)]
    return reports


def test_greeting_is_online_meta_and_reported_all_retained():
    greeting = a_lamp().greet(0.0)
    assert {message.topic.rsplit("/", 1)[1] for message in greeting} == {"avail", "meta", "reported"}
    assert all(message.retain and message.qos == 1 for message in greeting)
    assert greeting[0].payload == b"online"


def test_will_is_offline_retained_on_its_own_avail():
    will = a_lamp().will
    assert (will.topic, will.payload, will.retain, will.qos) == (f"{DEV}/avail", b"offline", True, 1)


def test_meta_says_what_the_lamp_can_do():
    meta = json.loads(a_lamp(max_pct=80.0, heartbeat_s=60.0).greet(0.0)[1].payload)
    assert meta["kind"] == "light"
    assert meta["levels"] == {"brightness": 254}
    assert meta["limits"] == {"max_pct": 80.0, "kelvin": [2000, 6500]}
    assert set(meta["capabilities"]) == {"on", "brightness", "kelvin", "xy", "fade"}
    assert meta["heartbeat_s"] == 60
    assert meta["maker"] == "Sinne Labs"


def test_a_fade_of_nothing_is_answered_with_one_applied_at_once():
    lamp = a_lamp()
    report = said(lamp.receive(1.0, desired(7, {"on": True, "brightness_pct": 50, "kelvin": 3500})))
    assert (report["epoch"], report["applied_rev"], report["status"], report["error"]) == (1, 7, "applied", None)
    assert report["state"] == {"on": True, "brightness_pct": 50.0, "kelvin": 3500}
    assert report["target"] == report["state"]
    assert report["ts"].endswith("Z")
    assert run_until(lamp, 20.0) == []


def test_brightness_is_quantised_to_its_levels():
    report = said(a_lamp().receive(0.0, desired(1, {"on": True, "brightness_pct": 60})))
    assert report["state"]["brightness_pct"] == round(100 * 152 / 254, 2)


def test_a_little_light_is_never_rounded_to_none():
    report = said(a_lamp(levels=3).receive(0.0, desired(1, {"on": True, "brightness_pct": 5})))
    assert report["state"]["brightness_pct"] == 33.33


def test_its_own_limits_clamp():
    lamp = a_lamp(max_pct=80.0, kelvin=(2700, 4000))
    report = said(lamp.receive(0.0, desired(1, {"on": True, "brightness_pct": 100, "kelvin": 9000})))
    assert report["state"]["kelvin"] == 4000
    assert report["state"]["brightness_pct"] == round(100 * 203 / 254, 2)


def test_a_lamp_of_one_colour_leaves_colour_out():
    report = said(a_lamp(kelvin=None, colour=False).receive(0.0, desired(1, {"on": True, "xy": [0.3, 0.3]})))
    assert report["state"] == {"on": True, "brightness_pct": 100.0}


def test_a_fade_is_applying_then_at_most_one_report_a_second_then_applied():
    lamp = a_lamp()
    lamp.receive(0.0, desired(1, {"on": True, "brightness_pct": 0}))
    first = said(lamp.receive(0.0, desired(2, {"on": True, "brightness_pct": 100}, fade_s=4.5)))
    assert (first["status"], first["applied_rev"]) == ("applying", 2)
    assert first["target"]["brightness_pct"] == 100
    reports = run_until(lamp, 10.0)
    assert [at for at, _ in reports] == [1.0, 2.0, 3.0, 4.0, 4.5]
    levels = [report["state"]["brightness_pct"] for _, report in reports]
    assert levels == sorted(levels)
    assert [report["status"] for _, report in reports] == ["applying"] * 4 + ["applied"]
    assert levels[-1] == 100


def test_a_lamp_that_fades_out_is_on_until_the_end():
    lamp = a_lamp()
    lamp.receive(0.0, desired(1, {"on": True, "brightness_pct": 80}))
    lamp.receive(0.0, desired(2, {"on": False}, fade_s=2))
    reports = run_until(lamp, 5.0)
    seen = [(report["state"]["on"], report["status"]) for _, report in reports]
    assert seen == [(True, "applying"), (False, "applied")]


def test_nothing_to_fade_is_applied_at_once():
    lamp = a_lamp()
    lamp.receive(0.0, desired(1, {"on": True, "brightness_pct": 40}))
    assert said(lamp.receive(1.0, desired(2, {"on": True, "brightness_pct": 40}, fade_s=45)))["status"] == "applied"


def test_a_document_that_is_not_newer_is_ignored_and_reported_is_said_again():
    lamp = a_lamp()
    before = said(lamp.receive(0.0, desired(5, {"on": True, "brightness_pct": 50})))
    for stale in (desired(5, {"on": False}), desired(4, {"on": False}), desired(99, {"on": False}, epoch=0)):
        assert said(lamp.receive(0.0, stale)) == before
    assert said(lamp.receive(0.0, desired(1, {"on": False}, epoch=2)))["state"]["on"] is False


@pytest.mark.parametrize(
    ("payload", "sentence"),
    [
        (b"", "not JSON"),
        (b"[]", "JSON object"),
        (b'{"epoch":1}', "rev"),
        (b'{"epoch":1.0,"rev":3}', "epoch"),
        (b'{"epoch":1,"rev":3}', "state"),
        (b'{"epoch":1,"rev":3,"state":{"on":"yes"}}', "on must be true or false"),
        (b'{"epoch":1,"rev":3,"state":{"brightness_pct":101}}', "brightness_pct must be a number from 0 to 100"),
        (b'{"epoch":1,"rev":3,"state":{"brightness_pct":true}}', "brightness_pct"),
        (b'{"epoch":1,"rev":3,"state":{"kelvin":3000,"xy":[0.3,0.3]}}', "not both"),
        (b'{"epoch":1,"rev":3,"state":{"xy":[0.3]}}', "xy"),
        (b'{"epoch":1,"rev":3,"state":{"on":true},"fade_s":-1}', "fade_s"),
        (b'{"epoch":1,"rev":3,"state":{"on":true},"zones":"all"}', "zones"),
        (b'{"epoch":1,"rev":3,"state":{"brightness_pct":NaN}}', "not JSON"),
        (b"[" * 10_000, "not JSON"),
        (b" " * 70_000, "bytes"),
    ],
)
def test_a_malformed_desired_is_rejected_with_a_sentence_and_changes_nothing(payload, sentence):
    lamp = a_lamp()
    before = said(lamp.receive(0.0, desired(2, {"on": True, "brightness_pct": 50})))
    report = said(lamp.receive(0.0, Message(f"{DEV}/desired", payload)))
    assert report["status"] == "rejected"
    assert sentence in report["error"]
    assert report["error"].endswith(".")
    assert (report["applied_rev"], report["state"], report["target"]) == (2, before["state"], before["target"])


def test_a_rejected_version_counts_as_seen_but_not_as_applied():
    lamp = a_lamp()
    lamp.receive(0.0, desired(2, {"on": True, "brightness_pct": 50}))
    rejected = said(lamp.receive(0.0, desired(4, {"brightness_pct": 500})))
    assert (rejected["rejected_epoch"], rejected["rejected_rev"], rejected["applied_rev"]) == (1, 4, 2)
    late = said(lamp.receive(0.0, desired(3, {"on": False})))
    assert (late["status"], late["state"]["on"]) == ("rejected", True)
    better = said(lamp.receive(0.0, desired(5, {"brightness_pct": 20})))
    assert (better["status"], better["applied_rev"]) == ("applied", 5)


def test_a_stop_gives_full_light_without_the_controller_and_says_held():
    lamp = a_lamp()
    lamp.receive(0.0, desired(1, {"on": False}))
    report = said(lamp.receive(1.0, stop(2, a_stop())))
    assert report["status"] == "held"
    assert report["state"]["on"] is True
    assert report["state"]["brightness_pct"] == 100


def test_full_light_of_a_coloured_lamp_is_white():
    lamp = a_lamp()
    lamp.receive(0.0, desired(1, {"on": True, "brightness_pct": 9, "xy": [0.15, 0.06]}))
    assert said(lamp.receive(1.0, stop(2, a_stop())))["state"] == {"on": True, "brightness_pct": 100.0, "kelvin": 4000}


def test_while_stopped_a_newer_desired_is_kept_for_the_resume():
    lamp = a_lamp()
    lamp.receive(0.0, stop(1, a_stop()))
    held = said(lamp.receive(1.0, desired(2, {"on": True, "brightness_pct": 20}, fade_s=45)))
    assert (held["status"], held["applied_rev"], held["state"]["brightness_pct"]) == ("held", 2, 100)
    resumed = said(lamp.receive(2.0, stop(3)))
    assert (resumed["status"], resumed["applied_rev"]) == ("applying", 2)
    reports = run_until(lamp, 10.0)
    assert reports[-1][0] == 4.0, "the way back takes two seconds at most"
    assert reports[-1][1]["state"]["brightness_pct"] == round(100 * 51 / 254, 2)


def test_a_stop_for_another_zone_or_another_sense_does_not_reach_it():
    lamp = a_lamp()
    lamp.receive(0.0, desired(1, {"on": False}, zones=("entrance", "window")))
    assert lamp.receive(0.0, stop(2, a_stop(zones=["cafe"]))) == []
    assert lamp.receive(0.0, stop(3, a_stop(senses=["scent"]))) == []
    assert said(lamp.receive(0.0, stop(4, a_stop(zones=["cafe"]), a_stop(zones=["window"]))))["status"] == "held"


def test_zones_are_those_of_the_last_desired():
    lamp = a_lamp()
    lamp.receive(0.0, desired(1, {"on": False}, zones=("entrance",)))
    lamp.receive(0.0, stop(2, a_stop(zones=["cafe"])))
    assert said(lamp.receive(0.0, desired(3, {"on": False}, zones=("cafe",))))["status"] == "held"
    moved = said(lamp.receive(0.0, desired(4, {"on": False}, zones=("entrance",))))
    assert (moved["status"], moved["state"]["on"]) == ("applied", False)


UNREADABLE_STOPS = [b"", b"null", b'{"epoch":9,"rev":9}', b'{"epoch":9,"rev":9,"stops":[{"zones":3}]}']


@pytest.mark.parametrize("payload", UNREADABLE_STOPS)
def test_an_unreadable_stop_changes_nothing_and_is_no_resume(payload):
    lamp = a_lamp()
    lamp.receive(0.0, desired(1, {"on": False}))
    lamp.receive(0.0, stop(2, a_stop()))
    report = said(lamp.receive(0.0, Message(f"{ROOT}/stop", payload)))
    assert (report["status"], report["state"]["on"]) == ("held", True)
    assert "stay as they were" in report["error"]


def test_an_older_stop_document_does_not_undo_a_newer_one():
    lamp = a_lamp()
    lamp.receive(0.0, stop(5, a_stop()))
    assert lamp.receive(0.0, stop(4)) == []
    assert said(lamp.greet(0.0))["status"] == "held"


def test_stop_and_versions_survive_a_loss_of_power():
    lamp = a_lamp()
    lamp.receive(0.0, desired(3, {"on": False}))
    lamp.receive(0.0, stop(4, a_stop()))
    lamp.lose_power(1.0, "lamp-1")
    assert lamp.truth(1.0, "lamp-1")["on"] is False
    assert lamp.receive(2.0, desired(9)) == lamp.tick(100.0) == lamp.greet(2.0) == []
    assert lamp.due() is None
    lamp.power_up(3.0, "lamp-1")
    report = said(lamp.greet(3.0))
    assert (report["status"], report["applied_rev"], report["state"]["on"]) == ("held", 3, True)


def test_a_fade_does_not_survive_a_loss_of_power():
    lamp = a_lamp()
    lamp.receive(0.0, desired(1, {"on": True, "brightness_pct": 10}, fade_s=30))
    lamp.lose_power(1.0, "lamp-1")
    lamp.power_up(2.0, "lamp-1")
    report = said(lamp.greet(2.0))
    assert (report["status"], report["state"]) == ("applied", report["target"])


def test_someone_at_the_switch_is_reported_with_the_old_version():
    lamp = a_lamp()
    lamp.receive(0.0, desired(3, {"on": True, "brightness_pct": 60}, fade_s=10))
    report = said(lamp.touch(1.0, "lamp-1", {"on": False}))
    assert (report["applied_rev"], report["state"]["on"], report["status"]) == (3, False, "applied")
    assert run_until(lamp, 20.0) == []


def test_a_switch_does_not_end_a_stop():
    lamp = a_lamp()
    lamp.receive(0.0, stop(1, a_stop()))
    assert said(lamp.touch(1.0, "lamp-1", {"on": False}))["state"]["on"] is True


def test_after_a_reboot_to_defaults_only_a_newer_version_helps():
    lamp = a_lamp()
    lamp.receive(0.0, desired(3, {"on": True, "brightness_pct": 10}))
    assert said(lamp.reboot_to_defaults(1.0, "lamp-1"))["state"]["brightness_pct"] == 100
    assert said(lamp.receive(2.0, desired(3, {"on": True, "brightness_pct": 10})))["state"]["brightness_pct"] == 100
    assert said(lamp.receive(2.0, desired(4, {"on": True, "brightness_pct": 10})))["state"]["brightness_pct"] < 11


def test_a_liar_acknowledges_and_does_nothing_but_obeys_a_stop():
    lamp = a_lamp()
    lamp.receive(0.0, desired(1, {"on": False}))
    lamp.lie("lamp-1", True)
    report = said(lamp.receive(1.0, desired(2, {"on": True, "brightness_pct": 30})))
    assert (report["status"], report["applied_rev"], report["state"]["on"]) == ("applied", 2, False)
    assert lamp.truth(1.0, "lamp-1")["on"] is False
    assert said(lamp.receive(2.0, stop(3, a_stop())))["state"]["on"] is True


def test_heartbeats_keep_their_phase_whatever_else_is_said():
    lamp = a_lamp()
    lamp.receive(29.0, desired(1, {"on": False}))
    assert [at for at, _ in run_until(lamp, 200.0)] == [30.0, 90.0, 150.0]


def test_a_late_tick_says_one_heartbeat_not_many():
    lamp = a_lamp()
    assert len(lamp.tick(1000.0)) == 1
    assert lamp.due() == 1050.0


def test_a_fleet_in_virtual_time_has_no_heartbeats():
    firmware = NativeFirmware("malmo", "lamp-1", Lamp(DeviceSpec("lamp-1")), Heart(beats=False))
    firmware.power_up(0.0, "lamp-1")
    assert firmware.due() is None


def test_identify_is_done_once_by_id_and_never_late():
    lamp = a_lamp()
    body = lamp.body
    command = {"id": "c1", "op": "identify", "issued": "1970-01-01T00:00:05Z", "ttl_s": 10}
    for _ in range(2):
        lamp.receive(6.0, Message(f"{DEV}/cmd", json.dumps(command).encode()))
    assert body.identified == 1
    lamp.receive(16.0, Message(f"{DEV}/cmd", json.dumps(command | {"id": "c2"}).encode()))
    assert body.identified == 1


def test_what_is_not_for_it_is_left_alone():
    assert a_lamp().receive(0.0, Message(f"{ROOT}/dev/lamp-2/desired", b"{}")) == []


versions = st.tuples(st.integers(1, 3), st.integers(1, 12))


def state_of(version):
    """A state that tells which version it came from, in steps that survive 254 levels."""
    return {"on": version[1] % 5 > 0, "brightness_pct": version[0] * 20 + version[1], "kelvin": 2000 + version[1] * 10}


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(versions, st.sampled_from([0.0, 0.5, 3.0, 45.0]), st.floats(0, 20)), min_size=1, max_size=25))
def test_any_order_and_any_duplicates_end_in_the_newest_version(arrivals):
    lamp, now, newest = a_lamp(), 0.0, (0, 0)
    for version, fade_s, pause_s in arrivals:
        now += pause_s
        run_until(lamp, now)
        report = said(lamp.receive(now, desired(version[1], state_of(version), epoch=version[0], fade_s=fade_s)))
        newest = max(newest, version)
        assert (report["epoch"], report["applied_rev"]) == newest
    run_until(lamp, now + 100)
    final = said(lamp.greet(now + 100))
    wanted = said(a_lamp().receive(0.0, desired(1, state_of(newest))))["state"]
    assert final["status"] == "applied"
    assert final["state"] == final["target"] == wanted


@settings(max_examples=150, deadline=None)
@given(
    st.floats(0.1, 90.0),
    st.integers(0, 100),
    st.integers(0, 100),
    st.booleans(),
    st.lists(st.floats(0.01, 30.0), max_size=10),
)
def test_fades_stay_between_their_ends_and_end_at_the_target(fade_s, begin, end, on, looks):
    lamp = a_lamp()
    lamp.receive(0.0, desired(1, {"on": True, "brightness_pct": begin, "kelvin": 2200}))
    state = {"on": on, "brightness_pct": end, "kelvin": 6000}
    target = said(lamp.receive(0.0, desired(2, state, fade_s=fade_s)))["target"]
    low, high = sorted((begin, end if on else 0))
    for look in sorted(looks):
        truth = lamp.truth(look, "lamp-1")
        if look < fade_s and truth["on"]:
            assert low - 1 <= truth["brightness_pct"] <= high + 1
            assert 2200 <= truth["kelvin"] <= 6000
    reports = run_until(lamp, fade_s + 61)
    final = reports[-1][1] if reports else said(lamp.greet(fade_s))
    assert (final["status"], final["state"]) == ("applied", target)
    for (earlier, _), (later, _) in pairwise(at for at in reports if at[0] < fade_s):
        assert later - earlier >= 0.999 or earlier == 30.0 or later == 30.0, "once a second, but for a heartbeat"


steps = st.one_of(
    st.tuples(st.just("desired"), versions),
    st.tuples(st.just("stop"), st.booleans()),
    st.tuples(st.just("wait"), st.floats(0, 40)),
    st.tuples(st.sampled_from(["switch", "reboot", "power", "lie"]), st.booleans()),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(steps, max_size=30))
def test_a_stop_always_wins(plan):
    lamp, now, stopped = a_lamp(), 0.0, False
    for rev, (what, value) in enumerate(plan, start=1):
        if what == "desired":
            lamp.receive(now, desired(value[1], state_of(value), epoch=value[0], fade_s=5.0))
        elif what == "stop":
            stopped = value
            lamp.receive(now, stop(rev, *([a_stop(["light"])] if value else [])))
        elif what == "wait":
            now += value
            run_until(lamp, now)
        elif what == "switch":
            lamp.touch(now, "lamp-1", {"on": value})
        elif what == "reboot":
            lamp.reboot_to_defaults(now, "lamp-1")
        elif what == "lie":
            lamp.lie("lamp-1", value)
        else:
            lamp.lose_power(now, "lamp-1")
            lamp.power_up(now, "lamp-1")
        report = said(lamp.greet(now))
        assert (report["status"] == "held") == stopped
        if stopped:
            truth = lamp.truth(now, "lamp-1")
            assert (truth["on"], truth["brightness_pct"]) == (True, 100)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
STAMPS = ["epoch", "rev", "fade_s", "zones", "stops", "senses", "id", "op", "issued", "ttl_s"]
KEYS = [*STAMPS, "state", "on", "brightness_pct", "kelvin", "xy"]
near_documents = st.dictionaries(
    st.sampled_from(KEYS), json_values | st.dictionaries(st.sampled_from(KEYS), json_values, max_size=4), max_size=8
).map(lambda document: json.dumps(document).encode())


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(["dev/lamp-1/desired", "dev/lamp-1/cmd", "stop"]), st.binary(max_size=200) | near_documents)
def test_no_payload_raises(leaf, payload):
    lamp = a_lamp()
    for message in lamp.receive(1.0, Message(f"{ROOT}/{leaf}", payload)):
        json.loads(message.payload)
    run_until(lamp, 2.0)
    assert said(lamp.receive(3.0, desired(10**9, {"on": True}, epoch=10**9)))["epoch"] >= 10**9

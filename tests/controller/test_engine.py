"""The engine with a whole simulated shop: presses reach devices, faults heal, nothing is replayed."""

from __future__ import annotations

import logging

import orjson
import pytest

from controller.store.intake import Identify
from controller.store.reconciler import Reconciler
from devices.messages import Message
from profiles.scene import Music, Scene
from tests.controller.virtual_shop import BRIGHT, DARK, DEVICES, DIM, LINEN, LOUD, VirtualShop, many_lamps, plan_of


@pytest.fixture
def shop() -> VirtualShop:
    shop = VirtualShop()
    shop.until_converged(5)
    return shop


def fade_of(order: Message) -> float:
    body = orjson.loads(order.payload)
    return body["fade_s"] if "fade_s" in body else body["transition"]


def stamps(shop: VirtualShop, device: str) -> list[tuple[int, int]]:
    return [(b["epoch"], b["rev"]) for b in (orjson.loads(m.payload) for m in shop.orders(device))]


# ── pressing ────────────────────────────────────────────────────────────────────────


def test_press_reaches_native_and_zigbee_devices_of_the_zone(shop):
    shop.press("sales", BRIGHT)
    shop.until_converged(5)
    assert shop.truth("lamp-1")["brightness_pct"] == pytest.approx(90, abs=0.4)
    assert shop.truth("bulb-1")["brightness_pct"] == pytest.approx(90, abs=0.4)
    assert shop.truth("lamp-3")["brightness_pct"] == pytest.approx(60, abs=0.4)
    assert shop.device("bulb-1").reported["brightness_pct"] == shop.device("bulb-1").wanted["brightness_pct"]


def test_press_sends_one_order_a_device_and_none_to_other_zones(shop):
    before = len(shop.orders())
    shop.press("sales", BRIGHT)
    shop.run(10)
    assert len(shop.orders()) - before == 3  # lamp-1, lamp-2, bulb-1


def test_fade_belongs_to_the_transition(shop):
    press = shop.press("sales", BRIGHT)
    shop.run(10)
    shop.undo(press)
    shop.run(10)
    assert [fade_of(o) for o in shop.orders("lamp-1")[-2:]] == [2.0, 2.0]
    shop.run(10 * 3600)  # past 17:00 local, when the evening begins, and 19:00, when it ends
    assert [fade_of(o) for o in shop.orders("lamp-1")[-2:]] == [45.0, 45.0]
    shop.stop()
    assert fade_of(shop.orders("lamp-1")[-1]) == 0.0
    assert fade_of(shop.orders("bulb-1")[-1]) == 0.0


def test_a_press_at_the_moment_of_a_boundary_elsewhere_does_not_hurry_it():
    shop = VirtualShop()
    shop.until_converged(5)
    shop.run(7 * 3600 - 60 - shop.clock.monotonic() + 1000)
    shop.bell.silent = True
    shop.run(60)  # the boundary of 16:00 UTC is reached, and nobody has rung
    shop.press("cafe", LOUD)
    assert fade_of(shop.orders("lamp-1")[-1]) == 45.0


def test_off_is_off_and_on_again_brings_the_light_back(shop):
    press = shop.press("cafe", DARK)
    shop.run(5)
    assert shop.truth("lamp-3")["on"] is True  # the light floor holds while people are in
    shop.undo(press)
    shop.publish_plan(plan_of(limits={"light_floor_pct": 0}))
    shop.press("cafe", DARK)
    shop.until_converged(5)
    assert shop.truth("lamp-3")["on"] is False
    assert shop.truth("bulb-2")["on"] is False
    shop.undo("press-2")
    shop.until_converged(5)
    assert shop.truth("bulb-2")["brightness_pct"] == pytest.approx(60, abs=0.4)


def test_override_ends_by_itself_at_its_instant(shop):
    shop.press("sales", BRIGHT, minutes=30)
    shop.run(30 * 60 - 1)
    assert shop.device("lamp-1").wanted["brightness_pct"] == pytest.approx(90, abs=0.4)
    shop.run(1)
    assert shop.device("lamp-1").wanted["brightness_pct"] == pytest.approx(60, abs=0.4)
    shop.until_converged(50)


def test_quick_presses_flash_a_lamp_at_most_three_times_a_second(shop):
    before = len(shop.orders("lamp-1"))
    for _ in range(20):
        shop.press("sales", BRIGHT)
        shop.run(0.05)
        shop.press("sales", DIM)
        shop.run(0.05)
    assert len(shop.orders("lamp-1")) - before <= 2 * 3 + 1
    shop.until_converged(5)


def test_identify_is_momentary_and_never_retained(shop):
    shop.tell(Identify("lamp-1"))
    assert shop.line.published[-1].topic.endswith("/lamp-1/cmd")
    assert shop.line.published[-1].retain is False
    shop.tell(Identify("nobody"))
    assert shop.line.published[-1].topic.endswith("/lamp-1/cmd")


# ── devices that refuse, lie, drift, die ────────────────────────────────────────────


def test_unknown_source_is_an_alarm_and_is_retried_ever_more_seldom(shop):
    shop.press("sales", Scene(music=Music(on=True, source="unheard-of")), minutes=600)
    shop.run(1)
    assert shop.device("player-1").alarm
    assert "It says" in shop.device("player-1").trouble
    before = len(shop.orders("player-1"))
    shop.run(3600)
    assert 55 <= len(shop.orders("player-1")) - before <= 66
    assert len(set(stamps(shop, "player-1"))) == len(stamps(shop, "player-1"))  # each after a rejection has a new rev
    assert len(shop.journal("device.alarm")) == 1
    shop.undo("press-1")
    shop.until_converged(60)
    assert not shop.device("player-1").alarm
    assert len(shop.journal("device.alarm-over")) == 1


def test_lying_device_is_an_alarm_after_a_minute_and_not_before(shop):
    shop.lie("lamp-1")
    revision = shop.engine.revision
    shop.press("sales", BRIGHT, minutes=600)
    shop.run(55)
    assert not shop.device("lamp-1").alarm
    shop.run(10)
    assert shop.device("lamp-1").alarm
    assert shop.device("lamp-1").trouble == "It does not do what it is told."
    assert shop.engine.revision > revision
    before = len(shop.orders("lamp-1"))
    shop.run(600)
    assert len(shop.orders("lamp-1")) - before <= 11
    shop.lie("lamp-1", False)
    shop.until_converged(65)
    assert not shop.device("lamp-1").alarm


def test_optimistic_echo_of_a_dead_zigbee_lamp_never_counts(shop):
    shop.lie("bulb-1")
    shop.press("sales", BRIGHT, minutes=600)
    for _ in range(20):
        shop.run(7)
        assert not shop.device("bulb-1").converged
    assert shop.device("bulb-1").alarm


def test_silence_of_an_unreachable_zigbee_lamp_is_said_and_retried_and_healed(shop):
    shop.lose_power("bulb-1")
    shop.press("sales", BRIGHT, minutes=600)
    shop.run(90)
    assert not shop.device("bulb-1").converged
    assert shop.device("bulb-1").alarm
    assert "Bulb 1" in shop.device("bulb-1").trouble
    shop.run(600)
    before = len(shop.orders("bulb-1"))
    shop.run(600)
    assert len(shop.orders("bulb-1")) - before <= 11
    shop.power_up("bulb-1")
    shop.until(lambda: not shop.wrong(), within_s=5)
    shop.until_converged(10)


def test_drift_at_the_switch_is_corrected_with_a_new_rev(shop):
    before = stamps(shop, "lamp-1")
    shop.switch("lamp-1", brightness_pct=10)
    assert shop.until_converged(5) <= 5
    after = stamps(shop, "lamp-1")
    assert len(after) == len(before) + 1
    assert after[-1] > before[-1]
    assert fade_of(shop.orders("lamp-1")[-1]) <= 2
    shop.switch("bulb-1", on=False)
    assert shop.until_converged(5) <= 5
    assert [e.body["device"] for e in shop.journal("device.drifted")] == ["lamp-1", "bulb-1"]
    assert shop.journal("device.drifted")[0].body["keys"] == ["brightness_pct"]


def test_a_device_that_keeps_falling_back_is_corrected_ever_more_seldom(shop):
    before = len(shop.orders("lamp-1"))
    for _ in range(300):
        shop.switch("lamp-1", brightness_pct=10)
        shop.run(2)
    assert len(shop.orders("lamp-1")) - before < 40
    shop.until_converged(65)


@pytest.mark.parametrize("device", ["lamp-3", "bulb-2"])
def test_a_yielding_device_is_left_as_somebody_set_it_until_the_next_change(shop, device):
    before = len(shop.orders(device))
    shop.switch(device, brightness_pct=10)
    shop.run(60)
    sight = shop.device(device)
    assert sight.yielding_until is not None
    assert sight.yielding_until.hour == 16  # 17:00 in Stockholm, when the evening begins
    assert len(shop.orders(device)) == before
    assert shop.truth(device)["brightness_pct"] == pytest.approx(10, abs=0.4)
    shop.restart_controller()
    shop.run(60)
    assert shop.device(device).yielding_until == sight.yielding_until
    assert shop.truth(device)["brightness_pct"] == pytest.approx(10, abs=0.4)
    assert shop.device(device).online is True
    shop.run(3600)
    assert shop.device(device).online is True, "a device that is left alone is not silent"
    shop.run(6 * 3600)
    assert shop.device(device).yielding_until is None
    shop.until_converged(60)
    assert shop.memory.local_changes() == []


def test_a_press_takes_a_yielding_device_back(shop):
    shop.switch("lamp-3", brightness_pct=10)
    shop.run(5)
    shop.press("cafe", BRIGHT)
    shop.until_converged(5)
    assert shop.truth("lamp-3")["brightness_pct"] == pytest.approx(90, abs=0.4)
    assert shop.memory.local_changes() == []


def test_a_device_that_rebooted_to_its_defaults_is_right_within_five_seconds(shop):
    shop.press("sales", DIM)
    shop.run(10)
    for device in ("lamp-1", "bulb-1"):
        before = len(shop.orders(device))
        shop.reboot(device)
        shop.until_converged(5)
        assert len(shop.orders(device)) == before + 1


def test_a_device_that_was_off_during_a_press_is_right_within_five_seconds_of_being_back(shop):
    shop.lose_power("lamp-1")
    shop.lose_power("bulb-1")
    shop.press("sales", BRIGHT, minutes=600)
    shop.run(700)
    assert shop.device("lamp-1").online is False
    shop.power_up("lamp-1")
    shop.power_up("bulb-1")
    shop.until(lambda: not shop.wrong(), within_s=5)
    assert not shop.device("lamp-1").alarm
    shop.until_converged(5)


@pytest.mark.parametrize("away_s", [20, 44, 60, 600])
def test_a_device_that_missed_a_slow_fade_does_not_begin_it_late(shop, away_s):
    shop.run(7 * 3600 - 10 - shop.clock.monotonic() + 1000)
    shop.lose_power("lamp-1")
    shop.run(11)
    ramp_ends = shop.clock.monotonic() + 45
    shop.run(away_s)
    shop.power_up("lamp-1")
    shop.until(lambda: "lamp-1" not in shop.wrong(), within_s=max(5, ramp_ends - shop.clock.monotonic() + 2))


def test_a_frozen_device_is_lost_after_three_heartbeats_and_back_when_it_speaks(shop):
    shop.run(120)
    shop.freeze("lamp-1")
    lost_after = shop.until(lambda: shop.device("lamp-1").online is False, within_s=190)
    assert lost_after >= 115
    assert shop.device("lamp-1").trouble == "It has fallen silent."
    assert [e.body["device"] for e in shop.journal("device.lost")] == ["lamp-1"]
    shop.press("sales", BRIGHT, minutes=600)
    shop.run(400)
    shop.thaw("lamp-1")
    shop.until_converged(5)
    assert [e.body["device"] for e in shop.journal("device.back")] == ["lamp-1"]


def test_a_device_that_fell_silent_while_nobody_listened_is_noticed_after_the_start():
    shop = VirtualShop()
    shop.until_converged(5)
    shop.kill_controller()
    shop.freeze("lamp-1")
    shop.run(600)
    shop.start_controller()
    shop.run(200)
    assert shop.device("lamp-1").online is False
    assert shop.device("lamp-2").online is True


def test_an_empty_cartridge_is_an_alarm_and_a_fresh_one_ends_it(shop):
    shop.press("sales", LINEN, minutes=600)
    shop.until_converged(5)
    shop.fleet.fill_cartridge("diffuser-1", 0)
    shop.settle()
    assert shop.device("diffuser-1").alarm
    assert "empty" in shop.device("diffuser-1").trouble
    shop.fleet.fill_cartridge("diffuser-1", 120)
    shop.until_converged(65)
    assert not shop.device("diffuser-1").alarm


# ── the line ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("forgetful", [False, True])
def test_a_broker_that_comes_back_costs_at_most_one_document_a_device(shop, forgetful):
    shop.press("sales", BRIGHT, minutes=600)
    shop.run(20)
    before = {d["id"]: len(shop.orders(d["id"])) for d in DEVICES}
    shop.broker_goes_down()
    shop.run(30)
    shop.press("cafe", DIM, minutes=600)
    shop.run(570)
    if forgetful:
        shop.forget_retained()
    shop.broker_comes_back()
    shop.until_converged(5)
    shop.run(60)
    for device, count in before.items():
        assert len(shop.orders(device)) - count <= 1, device
    assert all(d.online for d in shop.engine.sight().devices.values()), "the outage was no silence of the devices"
    assert shop.journal("device.lost") == []
    assert not any(d.alarm for d in shop.engine.sight().devices.values())


def test_a_line_that_was_cut_for_the_controller_alone_hides_nothing(shop):
    shop.broker.cut("controller")
    shop.run(30)
    shop.switch("lamp-1", brightness_pct=10)
    shop.switch("bulb-1", brightness_pct=10)
    shop.run(300)
    shop.broker.restore("controller")
    shop.until_converged(5)
    assert all(d.online for d in shop.engine.sight().devices.values())


def test_a_full_window_loses_nothing():
    shop = VirtualShop(many_lamps(50))
    shop.until_converged(5)
    shop.line.room = 7
    shop.press(None, BRIGHT)
    shop.run(0.1)
    assert len(shop.unmet()) == 50
    for _ in range(10):
        shop.line.room = 7
        shop.run(0.1)
    shop.line.room = None
    shop.until_converged(5)
    assert len(shop.orders()) == 100


def test_a_stop_that_found_the_window_full_is_said_as_soon_as_there_is_room(shop):
    shop.line.room = 0
    shop.stop()
    shop.run(0.5)
    assert shop.truth("lamp-1")["brightness_pct"] == pytest.approx(60, abs=0.4)
    shop.line.room = None
    shop.run(0.1)
    assert shop.truth("lamp-1")["brightness_pct"] == 100
    assert b"stop-1" in shop.broker.retained["sinne/v1/shop/stop"].payload


def test_repeated_reordered_and_lost_messages_change_nothing_for_good():
    shop = VirtualShop(seed=5)
    shop.until_converged(5)
    shop.line.repeats, shop.line.swaps, shop.line.losses = 0.3, 0.3, 0.2
    for n in range(40):
        shop.press(("sales", "cafe")[n % 2], (BRIGHT, DIM, LOUD)[n % 3])
        shop.run(7)
    shop.line.repeats = shop.line.swaps = shop.line.losses = 0.0
    shop.until_converged(65)


def test_old_words_of_a_device_are_answered_by_the_same_order(shop):
    report = shop.broker.retained["sinne/v1/shop/dev/lamp-1/reported"].payload
    shop.press("sales", BRIGHT)
    shop.run(10)
    before = stamps(shop, "lamp-1")
    shop.say("sinne/v1/shop/dev/lamp-1/reported", report)  # a bridge replays it
    shop.until_converged(5)
    assert stamps(shop, "lamp-1") == [*before, before[-1]]


# ── restarts ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("after_s", [0.0, 0.01, 0.5, 1.0, 2.1, 30.0])
def test_a_controller_killed_at_any_point_is_right_five_seconds_after_it_is_back(shop, after_s):
    epoch = shop.engine.sight().epoch
    shop.press("sales", BRIGHT, minutes=600)
    shop.run(after_s)
    shop.kill_controller()
    shop.press("cafe", DIM, minutes=600)
    shop.run(5)
    shop.start_controller()
    shop.until_converged(5)
    assert shop.engine.sight().epoch > epoch
    assert len(shop.orders()) <= 7
    assert shop.line.published[0].topic == "sinne/v1/shop/stop"


def test_no_override_survives_its_expiry_over_a_restart_and_none_ends_early(shop):
    shop.press("sales", BRIGHT, minutes=30)
    shop.run(600)
    shop.restart_controller()
    shop.until_converged(5)
    assert shop.truth("lamp-1")["brightness_pct"] == pytest.approx(90, abs=0.4)
    shop.kill_controller()
    shop.run(1300)
    shop.start_controller()
    shop.until_converged(5)
    assert shop.truth("lamp-1")["brightness_pct"] == pytest.approx(60, abs=0.4)


def test_the_epoch_rises_above_everything_that_is_retained():
    shop = VirtualShop(started=False)
    shop.say("sinne/v1/shop/dev/lamp-1/desired", b'{"epoch": 70, "rev": 3, "state": {}}', retain=True)
    shop.say("sinne/v1/shop/dev/gone/reported", b'{"epoch": 90, "applied_rev": 3, "state": {}}', retain=True)
    shop.say("sinne/v1/shop/stop", b'{"epoch": 80, "rev": 3, "stops": []}', retain=True)
    shop.say("sinne/v1/shop/dev/broken/reported", b'{"epoch": "many', retain=True)
    shop.fleet.start()
    shop.start_controller()
    shop.until_converged(5)
    assert shop.engine.sight().epoch == 91


def test_a_newer_document_of_somebody_else_is_overruled_under_a_higher_epoch(shop):
    order = orjson.loads(shop.orders("lamp-1")[-1].payload)
    order |= {"epoch": 500, "rev": 1, "state": {"on": True, "brightness_pct": 5.0}, "fade_s": 0}
    shop.say("sinne/v1/shop/dev/lamp-1/desired", orjson.dumps(order), retain=True)
    shop.until_converged(5)
    assert shop.engine.sight().epoch == 501
    assert stamps(shop, "lamp-1")[-1][0] == 501
    shop.press("cafe", BRIGHT)
    shop.until_converged(5)


def test_a_device_whose_epoch_runs_away_harms_only_itself(shop):
    before = shop.engine.sight().epoch
    topic = "sinne/v1/shop/dev/lamp-1/reported"
    shop.say(topic, b'{"epoch": %d, "applied_rev": 1, "status": "applied", "state": {"on": true}}' % (2**53 - 1))
    assert shop.engine.sight().epoch == before
    for n in range(200):
        shop.say(topic, b'{"epoch": %d, "applied_rev": 1, "status": "applied", "state": {"on": true}}' % (1000 + 2 * n))
        shop.run(0.01)
    shop.run(5)
    assert shop.engine.sight().epoch <= 1000 + 2 * 200
    assert len({s[0] for s in stamps(shop, "lamp-1")}) < 10
    shop.press(None, BRIGHT)
    shop.until_converged(10)


def test_a_line_that_breaks_in_the_look_back_does_not_end_it():
    shop = VirtualShop(started=False)
    shop.say("sinne/v1/shop/dev/gone/reported", b'{"epoch": 90, "applied_rev": 3, "state": {}}', retain=True)
    shop.fleet.start()
    shop.broker.cut("controller")
    shop.start_controller()
    shop.broker.restore("controller")
    shop.broker.pump(1)  # Connected, and nothing of what was retained
    shop.broker.cut("controller")
    shop.settle()
    shop.run(10)
    assert shop.engine.sight().epoch == 0
    shop.broker.restore("controller")
    shop.until_converged(5)
    assert shop.engine.sight().epoch == 91


# ── plans ───────────────────────────────────────────────────────────────────────────


def test_a_plan_change_adds_moves_and_removes_devices(shop):
    devices = [dict(d) for d in DEVICES if d["id"] != "lamp-2"]
    next(d for d in devices if d["id"] == "lamp-1")["zones"] = ["cafe"]
    shop.press("cafe", BRIGHT, minutes=600)
    shop.run(10)
    shop.publish_plan(plan_of([*devices]))
    shop.until_converged(50)
    assert shop.truth("lamp-1")["brightness_pct"] == pytest.approx(90, abs=0.4)
    assert orjson.loads(shop.orders("lamp-1")[-1].payload)["zones"] == ["cafe"]
    assert "lamp-2" not in shop.engine.sight().devices
    before = len(shop.orders("lamp-2"))
    shop.press("sales", BRIGHT)
    shop.run(10)
    assert len(shop.orders("lamp-2")) == before
    shop.publish_plan(plan_of())
    shop.until_converged(50)
    assert shop.device("lamp-2").model == "Sinne Labs Glow 1", "what it had said before it was planned is known"
    assert shop.device("lamp-2").online is True


def test_a_device_that_moves_between_zones_that_look_alike_learns_its_zones(shop):
    devices = [dict(d) | ({"zones": ["cafe"]} if d["id"] == "lamp-1" else {}) for d in DEVICES]
    shop.publish_plan(plan_of(devices))
    shop.run(3)
    assert orjson.loads(shop.orders("lamp-1")[-1].payload)["zones"] == ["cafe"]
    shop.stop(("cafe",))
    assert shop.truth("lamp-1")["brightness_pct"] == 100


def test_a_device_unknown_to_the_plan_is_shown_and_never_ordered_about(shop):
    shop.publish_plan(plan_of([d for d in DEVICES if d["dialect" if "dialect" in d else "id"] == "zigbee2mqtt"]))
    shop.run(10)
    shop.broker.cut("controller")
    shop.broker.restore("controller")
    shop.run(1)
    assert {"lamp-1", "player-1"} <= set(shop.engine.sight().unknown)
    before = len(shop.orders("lamp-1"))
    shop.press(None, BRIGHT)
    shop.run(10)
    assert len(shop.orders("lamp-1")) == before


# ── idle ────────────────────────────────────────────────────────────────────────────


def test_an_idle_store_of_200_devices_turns_for_heartbeats_only():
    shop = VirtualShop(many_lamps(200), heartbeat_s=300)
    shop.until_converged(5)
    shop.run(900)
    orders, turns, reports = len(shop.line.published), shop.turns, shop.engine.sight().counters.reports
    shop.run(3600)
    heard = shop.engine.sight().counters.reports - reports
    assert len(shop.line.published) == orders
    assert heard == 200 * 12
    assert shop.turns - turns <= heard + 2
    assert agenda_of(shop) < 200 * 20


def agenda_of(shop: VirtualShop) -> int:
    reconciler: Reconciler = shop.engine._reconciler
    return len(reconciler.agenda)


def test_a_store_in_which_nothing_beats_needs_no_turn_at_all_but_for_its_boundaries():
    shop = VirtualShop(many_lamps(5), heartbeat_s=86400)
    shop.until_converged(5)
    shop.run(60)
    turns = shop.turns
    shop.run(3600)
    assert shop.turns - turns <= 5 + 1


# ── the journal ─────────────────────────────────────────────────────────────────────


def test_the_journal_tells_of_zones_changed_and_reached(shop):
    shop.press("sales", BRIGHT, name="Bright")
    shop.until_converged(5)
    changed, reached = shop.journal("zone.changed")[-1].body, shop.journal("zone.reached")[-1].body
    assert (changed["zone"], changed["what"], changed["rank"], changed["by"]) == ("sales", "Bright", "override", "Elin")
    assert reached["zone"] == "sales"
    assert 2 <= reached["after_s"] <= 5
    assert reached["devices"] == 5
    assert reached["out_of_reach"] == []


def test_a_zone_is_reached_without_those_out_of_reach_and_says_which(shop):
    shop.lose_power("lamp-1")
    shop.press("sales", BRIGHT)
    shop.run(10)
    assert shop.journal("zone.reached")[-1].body["out_of_reach"] == ["lamp-1"]


def test_a_zone_is_reached_when_the_one_that_it_waits_for_is_lost(shop):
    shop.lie("lamp-1")
    shop.press("sales", BRIGHT, minutes=60)
    shop.run(10)
    count = len(shop.journal("zone.reached"))
    shop.lose_power("lamp-1")
    assert len(shop.journal("zone.reached")) == count + 1


def test_start_and_broker_are_in_the_journal(shop):
    shop.broker_goes_down()
    shop.broker_comes_back()
    assert [e.kind for e in shop.journal() if e.kind.startswith(("engine", "broker"))] == [
        "engine.started", "broker.lost"]


# ── memory ──────────────────────────────────────────────────────────────────────────


def test_a_full_disk_is_one_trouble_and_the_shop_goes_on(shop, caplog):
    with caplog.at_level(logging.ERROR, "sinne.engine"):
        shop.memory.fill_the_disk()
        shop.switch("lamp-3", brightness_pct=10)
        shop.switch("lamp-1", brightness_pct=10)
        shop.run(600)
        assert shop.engine.sight().troubles == ("The disk is full: nothing was saved.",)
        assert not shop.wrong()
        shop.restart_controller()
        shop.until_converged(5)
    assert len([r for r in caplog.records if "disk is full" in r.message]) == 2  # one a process
    assert shop.engine.sight().troubles == ("The disk is full: nothing was saved.",)


def test_the_disk_recovers_by_itself_and_nothing_is_missing(shop):
    shop.memory.fill_the_disk()
    shop.switch("lamp-3", brightness_pct=10)
    shop.switch("lamp-1", brightness_pct=10)
    shop.run(100)
    assert shop.memory.local_changes() == []
    shop.memory.make_room()
    shop.run(61)
    assert shop.engine.sight().troubles == ()
    assert [e.body["device"] for e in shop.journal("device.drifted")] == ["lamp-1"]
    assert [c.device for c in shop.memory.local_changes()] == ["lamp-3"]

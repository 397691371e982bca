"""Announcements in the engine: at their instant or not at all, once, confirmed by a player, only where they may be."""

from __future__ import annotations

from datetime import timedelta

import orjson
import pytest

from controller.store.intake import Announce
from profiles.plan import Plan
from tests.controller.virtual_shop import MORNING, VirtualShop, plan_of

#: An hour after MORNING, 11:00 in Stockholm.
AT = timedelta(hours=1)
HOURLY = {"id": "hourly", "name": "On the hour", "clip": "chime", "text": "It is the hour.",
          "when": "Mo-Su 11:00-18:00", "every_min": 60}
CLOSING = {"id": "closing", "name": "Closing", "clip": "closing", "text": "We close.", "when": "closing-00:15..closing",
           "volume_pct": 90, "length_s": 12}
LEAVE = {"id": "leave", "name": "Leave", "clip": "leave", "text": "Please leave the shop.", "emergency": True,
         "manner": "interrupt", "when": "Mo-Su 11:30-11:31"}
PLAYERS = ({"id": "player-1", "kind": "player", "zones": ["sales"]},
           {"id": "player-2", "kind": "player", "zones": ["cafe"]},
           {"id": "lamp-1", "kind": "light", "zones": ["sales"]})
QUIET = {"id": "calm-hour", "name": "Calm hour", "when": "Mo-Su 11:00-12:00"}


def announcing(*said: dict[str, object], **more: object) -> Plan:
    return plan_of(more.pop("devices", PLAYERS), announcements=list(said or (HOURLY,)), **more)


@pytest.fixture
def shop() -> VirtualShop:
    return opened(announcing())


def opened(plan: Plan) -> VirtualShop:
    shop = VirtualShop(plan)
    shop.until_converged(5)
    return shop


def run_to(shop: VirtualShop, offset: timedelta) -> None:
    shop.run((MORNING + offset - shop.clock.now()).total_seconds() + 0.001)


def commands(shop: VirtualShop, device: str = "player-1") -> list[dict[str, object]]:
    return [orjson.loads(m.payload) for m in shop.line.published if m.topic.endswith(f"/{device}/cmd")]


def said(shop: VirtualShop) -> list[dict[str, object]]:
    return [dict(e.body) for e in shop.journal("announcement.said")]


def left_out(shop: VirtualShop) -> list[dict[str, object]]:
    return [dict(e.body) for e in shop.journal("announcement.left-out")]


def press(shop: VirtualShop, announcement: str = "hourly", ident: str = "press-a",
          zones: tuple[str, ...] = ("sales", "cafe")) -> None:
    shop.tell(Announce(announcement, ident, zones, "Elin"))


# ── at its instant ──────────────────────────────────────────────────────────────────


def test_it_is_said_at_its_instant_by_every_player_of_its_zones(shop):
    run_to(shop, AT - timedelta(seconds=1))
    assert commands(shop) == []
    run_to(shop, AT)
    (command,) = commands(shop)
    assert (command["op"], command["clip"], command["manner"], command["ttl_s"]) == ("announce", "chime", "duck", 10)
    assert commands(shop, "player-2")[0]["id"] == command["id"]
    assert shop.truth("player-1")["announcing"] == command["id"]
    (entry,) = said(shop)
    assert (entry["announcement"], entry["players"], entry["silent"], entry["by"]) == (
        "hourly", ["player-1", "player-2"], [], None)
    assert shop.engine.sight().announced["hourly"].reason == ""


def test_it_wakes_the_engine_by_itself_and_comes_again(shop):
    run_to(shop, 3 * AT + timedelta(seconds=1))
    assert len(commands(shop)) == len(said(shop)) == 3
    assert len({command["id"] for command in commands(shop)}) == 3


def test_ducked_music_is_no_drift_and_comes_back_at_the_newest_volume(shop):
    run_to(shop, AT)
    orders = len(shop.orders("player-1"))
    shop.run(5)
    assert shop.device("player-1").converged
    assert shop.truth("player-1")["heard_pct"] == 7.5
    assert shop.truth("player-1")["volume_pct"] == 30
    shop.run(60)
    assert len(shop.orders("player-1")) == orders
    assert shop.truth("player-1")["heard_pct"] == 30
    assert shop.journal("device.drifted") == []


def test_its_volume_is_within_the_stores_safety_limits():
    shop = opened(announcing(CLOSING))
    run_to(shop, timedelta(hours=8, minutes=45))
    assert commands(shop)[0]["volume_pct"] == 80


def test_what_is_for_one_zone_is_said_there():
    shop = opened(announcing({**HOURLY, "zones": ["cafe"]}))
    run_to(shop, AT)
    assert commands(shop) == []
    assert len(commands(shop, "player-2")) == 1


def test_a_player_that_serves_both_zones_is_told_once():
    shop = opened(announcing(devices=({"id": "player-1", "kind": "player", "zones": ["sales", "cafe"]},)))
    run_to(shop, AT)
    assert len(commands(shop)) == 1


# ── where it may not be said ────────────────────────────────────────────────────────


def test_in_a_quiet_hour_only_emergencies_are_announced():
    shop = opened(announcing(HOURLY, LEAVE, quiet_hours=[QUIET]))
    run_to(shop, AT + timedelta(minutes=31))
    assert [command["clip"] for command in commands(shop)] == ["leave"]
    assert [(entry["announcement"], entry["reason"]) for entry in left_out(shop)] == [("hourly", "quiet hour")]
    run_to(shop, 2 * AT)
    assert [command["clip"] for command in commands(shop)] == ["leave", "chime"], "at twelve the quiet hour is over"


def test_a_quiet_hour_of_one_zone_leaves_the_other_alone():
    both = {"id": "player-3", "kind": "player", "zones": ["sales", "cafe"]}
    shop = opened(announcing(quiet_hours=[{**QUIET, "zones": ["cafe"]}], devices=(*PLAYERS, both)))
    run_to(shop, AT)
    assert len(commands(shop)) == 1
    assert commands(shop, "player-2") == []
    assert commands(shop, "player-3") == [], "it would be heard in the quiet zone too"
    assert said(shop)[0]["zones"] == ["sales"]


def test_nothing_is_announced_while_the_music_is_stopped():
    shop = opened(announcing(HOURLY, LEAVE))
    shop.stop()
    run_to(shop, AT + timedelta(minutes=31))
    assert commands(shop) == []
    assert {entry["reason"] for entry in left_out(shop)} == {"stopped"}


def test_a_stop_silences_what_is_being_said(shop):
    run_to(shop, AT + timedelta(seconds=2))
    assert shop.truth("player-1")["announcing"]
    shop.stop()
    assert shop.truth("player-1")["announcing"] == ""
    shop.resume()
    shop.run(5)
    assert shop.truth("player-1")["announcing"] == ""
    assert len(commands(shop)) == 1


# ── late is not at all ──────────────────────────────────────────────────────────────


def test_a_player_that_comes_back_in_time_says_it_and_one_that_does_not_is_left_out(shop):
    shop.lose_power("player-1")
    shop.lose_power("player-2")
    run_to(shop, AT + timedelta(seconds=20))
    assert commands(shop) == []
    shop.power_up("player-2")
    shop.run(3)
    assert said(shop)[0]["players"] == ["player-2"]
    shop.lose_power("player-2")
    run_to(shop, 2 * AT + timedelta(seconds=31))
    assert left_out(shop)[0]["reason"] == "no player in reach"
    shop.power_up("player-1")
    shop.run(120)
    assert len(said(shop)) == 1


def test_a_broker_that_is_away_too_long_means_that_it_is_left_out(shop):
    run_to(shop, AT - timedelta(seconds=5))
    shop.broker_goes_down()
    run_to(shop, AT + timedelta(seconds=40))
    shop.broker_comes_back()
    shop.run(10)
    assert commands(shop) == []
    assert [entry["reason"] for entry in left_out(shop)] == ["no player in reach"]


def test_a_player_that_does_not_answer_has_not_said_it(shop):
    run_to(shop, AT - timedelta(seconds=5))
    shop.freeze("player-1")
    shop.freeze("player-2")
    shop.run(15)
    assert len(commands(shop)) == 1
    assert said(shop) == []
    assert [entry["reason"] for entry in left_out(shop)] == ["no player took it"]


def test_one_that_is_silent_is_named(shop):
    run_to(shop, AT - timedelta(seconds=5))
    shop.freeze("player-1")
    shop.run(15)
    assert [(entry["players"], entry["silent"]) for entry in said(shop)] == [(["player-2"], ["player-1"])]


def test_nothing_is_said_again_after_a_restart(shop):
    run_to(shop, AT + timedelta(seconds=2))
    shop.restart_controller()
    shop.run(60)
    assert commands(shop) == []
    assert len(said(shop)) == 1
    assert shop.engine.sight().announced["hourly"].reason == ""


def test_what_fell_due_while_nobody_ran_is_not_said(shop):
    run_to(shop, AT - timedelta(minutes=1))
    shop.kill_controller()
    shop.clock.pass_by(timedelta(minutes=1, seconds=10))
    shop.fleet.tick(shop.clock.monotonic())
    shop.start_controller()
    shop.run(60)
    assert commands(shop) == []


def test_a_plan_that_is_published_now_does_not_say_what_was_due_before(shop):
    shop.run(5 * 60)
    shop.publish_plan(announcing({**HOURLY, "when": "Mo-Su 10:00-12:00"}))
    shop.run(60)
    assert commands(shop) == []
    run_to(shop, AT)
    assert len(commands(shop)) == 1


def test_after_a_suspend_of_hours_nothing_is_replayed(shop):
    run_to(shop, AT - timedelta(minutes=30))
    shop.suspend(4)
    shop.run(60)
    assert commands(shop) == []
    (entry,) = left_out(shop)
    assert (entry["reason"], entry["times"]) == ("too late", 4)
    run_to(shop, 5 * AT)
    assert len(commands(shop)) == 1


def test_a_clock_that_is_set_back_says_nothing_twice(shop):
    run_to(shop, AT + timedelta(minutes=1))
    assert len(commands(shop)) == 1
    shop.step_clock(timedelta(minutes=-30))
    shop.run(31 * 60)
    assert len(commands(shop)) == 1


def test_while_the_time_is_not_trusted_nothing_is_said_by_the_clock_but_presses_are(shop):
    run_to(shop, AT - timedelta(minutes=5))
    shop.step_clock(timedelta(days=400))
    assert not shop.engine.sight().time_trusted
    shop.run(3600)
    assert commands(shop) == []
    shop.step_clock(timedelta(days=-400))
    shop.run(30)
    assert commands(shop) == []
    assert [entry["reason"] for entry in left_out(shop)] == ["time not trusted"]


# ── by press ────────────────────────────────────────────────────────────────────────


def test_a_press_is_said_at_once_with_the_name_of_who_pressed(shop):
    press(shop)
    (command,) = commands(shop)
    assert command["id"] == "press-a"
    (entry,) = said(shop)
    assert (entry["by"], entry["players"]) == ("Elin", ["player-1", "player-2"])
    assert shop.engine.sight().announced["hourly"].by == "Elin"


def test_a_press_without_a_player_in_reach_is_left_out_at_once(shop):
    shop.lose_power("player-1")
    shop.lose_power("player-2")
    press(shop)
    assert [entry["reason"] for entry in left_out(shop)] == ["no player in reach"]


def test_a_press_of_what_the_plan_has_not_does_nothing(shop):
    press(shop, "unheard-of")
    shop.run(60)
    assert commands(shop) == []


def test_two_presses_at_once_are_two_and_both_are_confirmed(shop):
    press(shop, ident="a")
    press(shop, ident="b")
    shop.run(1)
    assert [command["id"] for command in commands(shop)] == ["a", "b"]
    assert len(said(shop)) == 2


def test_a_player_that_cannot_speak_is_not_asked():
    shop = opened(announcing())
    meta = {"kind": "player", "capabilities": ["on", "volume", "source"], "sources": ["calm", "lively"]}
    for player in ("player-1", "player-2"):
        shop.say(f"sinne/v1/shop/dev/{player}/meta", orjson.dumps(meta), retain=True)
    press(shop)
    assert commands(shop) == []
    assert [entry["reason"] for entry in left_out(shop)] == ["no player in reach"]

"""A player that announces: ducking counted by depth, the newest volume afterwards, silence at a stop, once by id."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.device import Device, Kind
from devices.dialects.base import Reported
from devices.dialects.table import DIALECTS
from devices.messages import Message
from devices.simulator.heart import Heart
from devices.simulator.native import NativeFirmware
from devices.simulator.player import Player
from devices.simulator.specs import DeviceSpec
from devices.state import differs, merge

ROOT = "sinne/v1/malmo"
DEV = f"{ROOT}/dev/player-1"
MUSIC = {"on": True, "volume_pct": 40, "source": "calm"}


def a_player(volume_pct: float = 40) -> NativeFirmware:
    spec = DeviceSpec("player-1", "player", sources=("calm", "peak"))
    firmware = NativeFirmware("malmo", "player-1", Player(spec, False), Heart(beats=False))
    firmware.power_up(0.0, "player-1")
    firmware.receive(0.0, desired(1, volume_pct))
    return firmware


def desired(rev: int, volume_pct: float, **state: object) -> Message:
    document = {"epoch": 1, "rev": rev, "state": {**MUSIC, "volume_pct": volume_pct, **state}, "fade_s": 0,
                "zones": ["sales"]}
    return Message(f"{DEV}/desired", json.dumps(document).encode())


def announce(ident: str, length_s: float = 20, **more: object) -> Message:
    command = {"id": ident, "op": "announce", "clip": "closing", "text": "We close.", "manner": "duck",
               "length_s": length_s, **more}
    return Message(f"{DEV}/cmd", json.dumps(command).encode())


def stop(rev: int, *senses: str) -> Message:
    stops = [{"id": "s", "zones": None, "senses": list(senses)}] if senses else []
    return Message(f"{ROOT}/stop", json.dumps({"epoch": 1, "rev": rev, "stops": stops}).encode())


def words(firmware: NativeFirmware, now: float) -> tuple[str, float, float]:
    """What is being said, what the music is set to, and what comes out of it."""
    truth = firmware.truth(now, "player-1")
    return truth.get("announcing", ""), truth["volume_pct"], truth.get("heard_pct", truth["volume_pct"])


def test_the_music_is_ducked_while_it_speaks_and_back_afterwards():
    player = a_player()
    (report,) = player.receive(1.0, announce("a"))
    assert json.loads(report.payload)["state"]["announced"] == "a"
    assert words(player, 2.0) == ("a", 40, 10.0)
    assert player.due() == 21.0
    (report,) = player.tick(21.0)
    state = json.loads(report.payload)["state"]
    assert (state["announcing"], state["announced"], state["ducked"], state["heard_pct"]) == ("", "a", False, 40)


def test_an_interruption_silences_the_music():
    player = a_player()
    player.receive(1.0, announce("a", manner="interrupt"))
    assert words(player, 2.0) == ("a", 40, 0.0)
    assert words(player, 21.0) == ("", 40, 40)


def test_the_volume_afterwards_is_the_newest_and_not_a_remembered_one():
    player = a_player()
    player.receive(1.0, announce("a"))
    player.receive(5.0, desired(2, 60))
    assert words(player, 6.0) == ("a", 60, 15.0)
    assert words(player, 30.0) == ("", 60, 60)


def test_music_that_is_switched_off_meanwhile_stays_off():
    player = a_player()
    player.receive(1.0, announce("a"))
    player.receive(5.0, desired(2, 60, on=False))
    assert player.truth(30.0, "player-1")["on"] is False
    assert player.truth(30.0, "player-1")["heard_pct"] == 0


def test_two_at_a_time_are_counted():
    player = a_player()
    player.receive(1.0, announce("a", 20))
    player.receive(11.0, announce("b", 20))
    assert [words(player, now)[2] for now in (12.0, 22.0, 30.9, 31.0)] == [10, 10, 10, 40]
    assert [len(player.tick(now)) for now in (21.0, 31.0)] == [1, 1]


def test_an_interruption_within_ducking_is_silence_as_long_as_it_lasts():
    player = a_player()
    player.receive(1.0, announce("a", 30))
    player.receive(5.0, announce("b", 5, manner="interrupt"))
    assert [words(player, now)[2] for now in (6.0, 11.0, 31.0)] == [0, 10, 40]


def test_the_same_id_is_said_once():
    player = a_player()
    player.receive(1.0, announce("a", 5))
    assert player.receive(10.0, announce("a", 5)) == []
    assert words(player, 11.0)[0] == ""


def test_a_stop_silences_everything_at_once_and_nothing_is_said_while_it_holds():
    player = a_player()
    player.receive(1.0, announce("a", 60))
    (report,) = player.receive(5.0, stop(1, "music"))
    state = json.loads(report.payload)["state"]
    assert (state["on"], state["announcing"], state["heard_pct"]) == (False, "", 0)
    assert player.receive(6.0, announce("b", 60)) == []
    player.receive(7.0, stop(2))
    assert words(player, 8.0) == ("", 40, 40), "what was being said is not taken up again"


def test_a_stop_of_scent_leaves_an_announcement_alone():
    player = a_player()
    player.receive(1.0, announce("a", 60))
    player.receive(5.0, stop(1, "scent"))
    assert words(player, 6.0)[0] == "a"


def test_it_speaks_although_no_music_plays():
    player = a_player()
    player.receive(1.0, desired(2, 40, on=False))
    player.receive(2.0, announce("a"))
    assert words(player, 3.0) == ("a", 40, 0.0)


def test_power_and_factory_settings_end_it():
    player = a_player()
    player.receive(1.0, announce("a", 60))
    player.lose_power(2.0, "player-1")
    player.power_up(3.0, "player-1")
    assert words(player, 4.0)[0] == ""
    player.receive(5.0, announce("b", 60))
    player.reboot_to_defaults(6.0, "player-1")
    assert words(player, 7.0)[0] == ""


@pytest.mark.parametrize("wrong", [
    {"clip": ""}, {"clip": None}, {"manner": "shout"}, {"length_s": -1}, {"length_s": 1e9}, {"volume_pct": "loud"}])
def test_a_command_that_makes_no_sense_is_passed_over(wrong):
    player = a_player()
    assert player.receive(1.0, announce("a", **wrong)) == []
    assert words(player, 2.0)[2] == 40


def test_a_ducked_player_is_no_drift_to_the_controller():
    native = DIALECTS["native"]
    device = Device("player-1", "malmo", Kind.PLAYER, "native", "player-1", ("sales",))
    player = a_player()
    (report,) = player.receive(1.0, announce("a", 60))
    (event,) = native.decode(device, report)
    assert isinstance(event, Reported)
    known = merge(None, event, datetime(2026, 3, 2, tzinfo=UTC))
    assert differs(native, device, native.quantise(device, MUSIC), known) == ()
    assert event.settled
    assert (event.extra["announced"], event.extra["ducked"], event.extra["heard_pct"]) == ("a", True, 10.0)


@settings(max_examples=200)
@given(st.lists(st.tuples(st.floats(0.1, 40), st.one_of(
    st.tuples(st.just("say"), st.floats(0, 60), st.booleans()),
    st.tuples(st.just("volume"), st.integers(0, 80), st.booleans()))), max_size=20))
def test_after_all_is_said_the_music_is_what_it_was_told_last(happenings):
    """Against a naive count of what is under way."""
    player, now, volume, on = a_player(), 0.0, 40, True
    said: list[tuple[float, bool]] = []
    for n, (later, (what, amount, flag)) in enumerate(happenings, start=2):
        now += later
        if what == "say":
            player.receive(now, announce(f"a{n}", amount, manner="interrupt" if flag else "duck"))
            said.append((now + amount, flag))
        else:
            volume, on = int(amount), flag
            player.receive(now, desired(n, volume, on=on))
        under_way = [loud for end, loud in said if now < end]
        share = 0 if any(under_way) else 0.25 if under_way else 1
        truth = player.truth(now, "player-1")
        assert truth.get("heard_pct", volume if on else 0) == pytest.approx(volume * on * share, abs=0.051) or (
            not said and truth["on"] is on)
    end = now + 61
    player.tick(end)
    truth = player.truth(end, "player-1")
    assert (truth["on"], truth["volume_pct"]) == (on, volume)
    assert truth.get("heard_pct", volume * on) == volume * on or not said

"""Native players, diffusers and contacts: what each can do, refuses, and says of itself."""

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.messages import Message
from devices.simulator.contact import Contact
from devices.simulator.diffuser import Diffuser
from devices.simulator.heart import Heart
from devices.simulator.lamp import Lamp
from devices.simulator.native import NativeFirmware
from devices.simulator.player import Player
from devices.simulator.playlists import playlist
from devices.simulator.specs import DeviceSpec

DEV = "sinne/v1/malmo/dev/it"
QUIET = Heart(60.0, 30.0, beats=False)


def powered(body):
    firmware = NativeFirmware("malmo", "it", body, QUIET)
    firmware.power_up(0.0, "it")
    return firmware


def a_player(sources=("calm", "peak"), tells_tracks=False, **spec):
    return powered(Player(DeviceSpec("it", "player", sources=sources, **spec), tells_tracks))


def a_diffuser(ml_per_h=4.0, **spec):
    return powered(Diffuser(DeviceSpec("it", "diffuser", fragrances=("linen", "fig"), **spec), ml_per_h))


def desired(rev, state, fade_s=0.0):
    document = {"epoch": 1, "rev": rev, "state": state, "fade_s": fade_s, "zones": ["cafe"]}
    return Message(f"{DEV}/desired", json.dumps(document).encode())


def stop(rev, *senses):
    stops = [{"id": "s", "zones": None, "senses": list(senses)}] if senses else []
    return Message("sinne/v1/malmo/stop", json.dumps({"epoch": 1, "rev": rev, "stops": stops}).encode())


def said(messages):
    (report,) = [json.loads(message.payload) for message in messages if message.topic == f"{DEV}/reported"]
    return report


def run_until(firmware, now):
    reports = []
    while (due := firmware.due()) is not None and due <= now:
        reports += [(due, json.loads(message.payload)) for message in firmware.tick(due)]
    return reports


def test_a_player_says_its_sources_in_meta():
    meta = json.loads(a_player().greet(0.0)[1].payload)
    assert (meta["kind"], meta["sources"], meta["levels"]) == ("player", ["calm", "peak"], {"volume": 100})


def test_a_player_ramps_its_volume():
    player = a_player()
    wanted = {"on": True, "volume_pct": 40, "source": "calm", "crossfade_s": 0}
    assert said(player.receive(0.0, desired(1, wanted, fade_s=4)))["status"] == "applying"
    reports = run_until(player, 10.0)
    assert [report["state"]["volume_pct"] for _, report in reports] == [10, 20, 30, 40]
    assert reports[-1][1]["status"] == "applied"


def test_a_player_reports_what_it_plays():
    player = a_player()
    player.receive(0.0, desired(1, {"on": True, "volume_pct": 35, "source": "calm"}))
    state = said(player.greet(12.0))["state"]
    track = playlist("calm")[0]
    assert (state["title"], state["artist"], state["isrc"]) == (track.title, track.artist, track.isrc)
    assert state["elapsed_s"] == 12
    assert re.fullmatch(r"[A-Z]{2}[A-Z0-9]{3}\d{7}", state["isrc"])


def test_a_silent_player_reports_no_title():
    assert "title" not in said(a_player().greet(0.0))["state"]


def test_an_unknown_source_is_rejected_and_nothing_changes():
    player = a_player()
    before = said(player.receive(0.0, desired(1, {"on": True, "volume_pct": 35, "source": "calm"})))
    report = said(player.receive(0.0, desired(2, {"on": True, "volume_pct": 90, "source": "clam"})))
    assert (report["status"], report["state"], report["applied_rev"]) == ("rejected", before["state"], 1)
    assert "calm, peak" in report["error"]


def test_another_source_crosses_over_and_then_plays_from_its_beginning():
    player = a_player()
    player.receive(0.0, desired(1, {"on": True, "volume_pct": 35, "source": "calm"}))
    crossing = said(player.receive(50.0, desired(2, {"source": "peak", "crossfade_s": 4})))
    assert crossing["status"] == "applying"
    assert (crossing["state"]["source"], crossing["target"]["source"]) == ("calm", "peak")
    at, report = run_until(player, 60.0)[-1]
    assert (at, report["status"]) == (54.0, "applied")
    assert (report["state"]["source"], report["state"]["elapsed_s"]) == ("peak", 0)
    assert report["state"]["title"] == playlist("peak")[0].title


def test_a_silent_player_changes_its_source_at_once():
    player = a_player()
    report = said(player.receive(0.0, desired(1, {"on": False, "source": "peak", "crossfade_s": 9})))
    assert (report["status"], report["state"]["source"]) == ("applied", "peak")


def test_back_to_the_first_source_in_mid_crossing_is_no_change_left():
    player = a_player()
    player.receive(0.0, desired(1, {"on": True, "volume_pct": 35, "source": "calm", "crossfade_s": 4}))
    player.receive(10.0, desired(2, {"source": "peak"}))
    player.receive(12.0, desired(3, {"source": "calm"}))
    final = run_until(player, 30.0)[-1][1]
    assert (final["status"], final["state"]["source"]) == ("applied", "calm")


def test_titles_move_on_and_are_told():
    player = a_player(tells_tracks=True)
    player.receive(0.0, desired(1, {"on": True, "volume_pct": 35, "source": "calm"}))
    tracks = playlist("calm")
    told = run_until(player, sum(track.length_s for track in tracks) + 1)
    assert [report["state"]["isrc"] for _, report in told] == [track.isrc for track in (*tracks[1:], tracks[0])]
    assert all(report["state"]["elapsed_s"] == 0 for _, report in told)


def test_a_skip_is_done_once_by_its_id():
    player = a_player()
    player.receive(0.0, desired(1, {"on": True, "volume_pct": 35, "source": "calm"}))
    skip = Message(f"{DEV}/cmd", b'{"id":"x","op":"skip"}')
    assert said(player.receive(5.0, skip))["state"]["isrc"] == playlist("calm")[1].isrc
    assert player.receive(6.0, skip) == []


def test_a_stop_mutes_a_player_and_the_resume_brings_back_the_newest():
    player = a_player()
    player.receive(0.0, desired(1, {"on": True, "volume_pct": 35, "source": "calm"}))
    assert player.receive(1.0, stop(2, "scent")) == []
    held = said(player.receive(1.0, stop(3, "music")))
    assert (held["status"], held["state"]["on"]) == ("held", False)
    player.receive(2.0, desired(4, {"on": True, "volume_pct": 20, "source": "peak"}))
    assert player.truth(2.0, "it")["on"] is False
    resumed = said(player.receive(3.0, stop(5)))
    assert (resumed["state"]["volume_pct"], resumed["state"]["source"], resumed["applied_rev"]) == (20, "peak", 4)


def test_a_diffuser_sets_one_of_ten_levels():
    report = said(a_diffuser().receive(0.0, desired(1, {"on": True, "fragrance": "fig", "intensity_pct": 33})))
    assert report["status"] == "applied"
    assert (report["state"]["level"], report["state"]["intensity_pct"], report["state"]["fragrance"]) == (3, 30, "fig")


def test_a_fragrance_that_is_not_loaded_is_rejected():
    diffuser = a_diffuser()
    report = said(diffuser.receive(0.0, desired(1, {"on": True, "fragrance": "tar", "intensity_pct": 30})))
    assert (report["status"], report["state"]["on"]) == ("rejected", False)
    assert "linen, fig" in report["error"]
    assert json.loads(diffuser.greet(0.0)[1].payload)["fragrances"] == ["linen", "fig"]


def test_liquid_goes_with_run_time_and_intensity():
    diffuser = a_diffuser(ml_per_h=4.0, cartridge_ml=10.0)
    diffuser.receive(0.0, desired(1, {"on": True, "fragrance": "linen", "intensity_pct": 50}))
    assert diffuser.truth(3600.0, "it")["ml_left"] == 8.0
    diffuser.receive(3600.0, desired(2, {"on": False}))
    assert diffuser.truth(9000.0, "it")["ml_left"] == 8.0


def test_an_empty_cartridge_is_a_fault_at_the_moment_and_a_fresh_one_mends_it():
    diffuser = a_diffuser(ml_per_h=8.0, cartridge_ml=4.0)
    diffuser.receive(0.0, desired(1, {"on": True, "fragrance": "linen", "intensity_pct": 100}))
    ((at, report),) = run_until(diffuser, 9999.0)
    assert at == 1800.0
    assert (report["status"], report["error"], report["applied_rev"]) == ("failed", "The cartridge is empty.", 1)
    assert (report["state"]["on"], report["state"]["fault"], report["state"]["ml_left"]) == (False, "empty", 0)
    mended = said(diffuser.touch(9999.0, "it", {"ml_left": 120}))
    assert (mended["status"], mended["state"]["on"], mended["state"]["fault"]) == ("applied", True, None)


def test_an_empty_diffuser_that_is_off_has_not_failed():
    report = said(a_diffuser().touch(0.0, "it", {"ml_left": 0}))
    assert (report["status"], report["state"]["fault"]) == ("applied", "empty")


def test_no_liquid_goes_without_power():
    diffuser = a_diffuser(ml_per_h=8.0, cartridge_ml=8.0)
    diffuser.receive(0.0, desired(1, {"on": True, "intensity_pct": 100}))
    diffuser.lose_power(900.0, "it")
    diffuser.power_up(3600.0, "it")
    assert diffuser.truth(3600.0, "it")["ml_left"] == 6.0


def test_a_fragrance_stop_holds_scent():
    diffuser = a_diffuser()
    diffuser.receive(0.0, desired(1, {"on": True, "fragrance": "linen", "intensity_pct": 50}))
    held = said(diffuser.receive(1.0, stop(2, "scent")))
    assert (held["status"], held["state"]["on"]) == ("held", False)


def test_a_contact_reports_and_refuses_to_be_told():
    contact = powered(Contact())
    assert json.loads(contact.greet(0.0)[1].payload)["kind"] == "contact"
    report = said(contact.touch(1.0, "it", {"active": True}))
    assert (report["state"], report["status"]) == ({"active": True}, "applied")
    refused = said(contact.receive(2.0, desired(1, {"active": False})))
    assert (refused["status"], refused["state"]) == ("rejected", {"active": True})
    assert contact.receive(3.0, stop(9, "light", "music", "scent")) == []


states = st.fixed_dictionaries(
    {},
    optional={
        "on": st.booleans(),
        "volume_pct": st.integers(-5, 105),
        "intensity_pct": st.integers(-5, 105),
        "source": st.sampled_from(["calm", "peak", "clam"]),
        "fragrance": st.sampled_from(["linen", "fig", "tar"]),
        "crossfade_s": st.sampled_from([0, 4, 31]),
    },
)


@settings(max_examples=150, deadline=None)
@pytest.mark.parametrize("make", [a_player, a_diffuser])
@given(st.lists(st.tuples(st.tuples(st.integers(1, 2), st.integers(1, 9)), states, st.floats(0, 900)), max_size=15))
def test_a_body_comes_to_rest_where_its_newest_accepted_document_says(make, arrivals):
    firmware, now, seen, accepted = make(), 0.0, (0, 0), (0, 0)
    for version, state, pause_s in arrivals:
        now += pause_s
        run_until(firmware, now)
        assert firmware.due() is None or firmware.due() > now
        document = {"epoch": version[0], "rev": version[1], "state": state, "fade_s": 3.0, "zones": []}
        report = said(firmware.receive(now, Message(f"{DEV}/desired", json.dumps(document).encode())))
        if version > seen:
            seen = version
            accepted = accepted if report["status"] == "rejected" else version
        assert (report["epoch"], report["applied_rev"]) == accepted
    run_until(firmware, now + 40)
    final = said(firmware.greet(now + 40))
    assert final["status"] in ("applied", "rejected", "failed")
    if final["status"] != "failed":
        assert {key: final["state"][key] for key in final["target"]} == final["target"]


def test_a_spec_that_cannot_be_built_says_why():
    with pytest.raises(ValueError, match="kind 'radio'"):
        DeviceSpec("it", "radio")
    with pytest.raises(ValueError, match="Lamp 3"):
        DeviceSpec("it", "light", "zigbee2mqtt", "Lamp")
    with pytest.raises(ValueError, match="not an id"):
        DeviceSpec("It/+")


def test_a_lamp_that_cannot_fade_says_so_and_jumps():
    lamp = Lamp(DeviceSpec("lamp-1", quirks=("jumps",)))
    assert "fade" not in lamp.meta()["capabilities"]
    lamp.go(lamp.judge({"brightness_pct": 50}, lamp.goal), 10.0, 0.0)
    assert lamp.state(0.0)["brightness_pct"] == pytest.approx(50, abs=0.5)

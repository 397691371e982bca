"""What people see: zones, senses, devices, reasons, times; each from one look at the engine."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.desk import Choice
from controller.errors import NotFound, Refused
from controller.overview import StoreOverview
from controller.planning import StorePlanning
from controller.shapes import SenseShown, Standing, ZoneShown
from profiles.resolve import resolve
from profiles.scene import Field, Light, Lights, Scene, Sense
from tests.controller.engine_fake import FakeClock, FakeEngine
from tests.controller.memory_fake import FakeMemory
from tests.controller.shop import DOCUMENT, ELIN, MAJA, NOW, SAM, VIEWER, Shop, document, plan

MIRROR = Choice(profile="mirror")
EVENING = NOW.replace(hour=16, minute=0)


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
def see(shop: Shop) -> StoreOverview:
    return StoreOverview(shop.memory, shop.engine, shop.clock)


@pytest.fixture
def do(shop: Shop) -> StorePlanning:
    return StorePlanning(shop.memory, shop.engine, shop.clock)


def sense(zone: ZoneShown, which: Sense) -> SenseShown:
    return next(shown for shown in zone.senses if shown.sense is which)


# ── what, why, until, next ──────────────────────────────────────────────────────────


def test_a_zone_says_what_why_until_and_what_next(see: StoreOverview) -> None:
    zone = see.zone("sales")
    assert (zone.what, zone.because) == ("Clear day", "Daypart Day, until 18:00")
    assert (zone.until, zone.next_at, zone.next) == (EVENING, EVENING, "Evening warm")
    assert (zone.standing, zone.standing_words, zone.converged) == (Standing.REPORTED, "Reported", True)
    assert zone.desired == zone.reported | {f: v for f,
                                            v in zone.desired.items() if "ambient" not in f and "light" in f}


def test_a_choice_leads_until_it_ends_and_then_the_plan_shows_again(see: StoreOverview, do: StorePlanning) -> None:
    do.press(("fitting",), MIRROR, "minutes:30", ELIN)
    zone = see.zone("fitting")
    assert (zone.what, zone.because) == ("Soft mirror", "Elin chose it, until 15:02")
    assert (zone.next, zone.next_at) == ("Clear day", NOW + timedelta(minutes=30))
    assert zone.overrides == 1
    assert see.zone("sales").what == "Clear day"


def test_of_two_choices_the_newer_is_named(shop: Shop, see: StoreOverview, do: StorePlanning) -> None:
    do.press(("sales",), MIRROR, "minutes:30", ELIN)
    shop.clock.move(seconds=5)
    do.press(("sales",), Choice(scene=Scene(light=Lights(brightness_pct=44)), name="Bright"), "minutes:10", MAJA)
    zone = see.zone("sales")
    assert (zone.what, zone.because, zone.next) == ("Bright", "Maja chose it, until 14:42", "Soft mirror")
    assert zone.overrides == 2


def test_a_complaint_does_not_rename_the_mood(see: StoreOverview, do: StorePlanning) -> None:
    do.nudge("sales", "too-loud", ELIN)
    zone = see.zone("sales")
    assert zone.what == "Clear day"
    assert zone.because == "Daypart Day, until 18:00; too loud for Elin, until 18:00"


def test_nothing_planned_is_said_with_the_time_when_something_is(shop: Shop, see: StoreOverview) -> None:
    shop.clock.move_to(NOW.replace(hour=19))
    zone = see.zone("sales")
    assert (zone.what, zone.because, zone.next) == ("Zone default", "Nothing is planned, until tomorrow 10:00",
                                                    "Clear day")


def test_a_full_stop_is_the_state_of_a_zone(see: StoreOverview, do: StorePlanning) -> None:
    do.stop(("till",), tuple(Sense), "smoke", ELIN)
    zone = see.zone("till")
    assert (zone.what, zone.because, zone.stopped) == ("Stopped", "Stopped by Elin at 14:32", True)
    assert (zone.until, zone.next) == (None, None)
    assert not see.zone("sales").stopped


def test_a_fragrance_stop_is_told_beside_the_mood(see: StoreOverview, do: StorePlanning) -> None:
    do.stop(None, (Sense.SCENT,), "", ELIN)
    zone = see.zone("sales")
    assert (zone.what, zone.stopped) == ("Clear day", False)
    assert zone.because == "Daypart Day, until 18:00; scent stopped by Elin at 14:32"


def test_what_is_told_moves_on_when_the_resolution_does(shop: Shop, see: StoreOverview) -> None:
    assert see.zone("sales").next == "Evening warm"
    shop.clock.move_to(EVENING)
    assert (see.zone("sales").what, see.zone("sales").next) == ("Evening warm", "Zone default")


def test_a_zone_that_does_not_exist_is_not_found(see: StoreOverview) -> None:
    for ask in (lambda: see.zone("attic"), lambda: see.moods("attic", ELIN), lambda: see.ends("attic", ELIN),
                lambda: see.explain("attic", NOW), lambda: see.timeline(NOW, EVENING, "attic")):
        with pytest.raises(NotFound, match="no zone attic"):
            ask()


# ── how it stands ───────────────────────────────────────────────────────────────────


def test_a_zone_on_its_way_says_how_many_are_there(shop: Shop, see: StoreOverview) -> None:
    shop.engine.is_sending_to("lamp-1")
    zone = see.zone("sales")
    assert (zone.standing, zone.standing_words, zone.converged) == (Standing.SENT, "On its way, 3 of 4", False)
    light = sense(zone, Sense.LIGHT)
    assert (light.standing, light.reported_count, light.device_count) == (Standing.SENT, 1, 2)
    assert sense(zone, Sense.MUSIC).standing is Standing.REPORTED


def test_some_out_of_reach_are_told_and_the_zone_stands_by_the_rest(shop: Shop, see: StoreOverview) -> None:
    shop.engine.loses("lamp-1", NOW - timedelta(minutes=50))
    shop.engine.loses("player-1", NOW - timedelta(minutes=50))
    zone = see.zone("sales")
    assert zone.standing is Standing.REPORTED
    assert zone.standing_words == "Reported, 1 lamp and 1 player out of reach"
    assert zone.converged, "what is in reach has settled"
    assert sense(zone, Sense.MUSIC).standing is Standing.LOST
    assert sense(zone, Sense.LIGHT).lost_count == 1


def test_a_zone_without_anything_in_reach_is_out_of_reach_since_it_was_last_heard(shop: Shop,
                                                                                  see: StoreOverview) -> None:
    shop.engine.loses("lamp-4", NOW - timedelta(minutes=50))
    zone = see.zone("till")
    assert (zone.standing, zone.standing_words, zone.converged) == (Standing.LOST, "Out of reach since 13:42", False)
    assert sense(zone, Sense.LIGHT).words == "74 %, 3400 K", "its last words"
    assert see.devices()[3].sentence == "Out of reach since 13:42."


def test_one_that_does_not_obey_is_an_alarm(shop: Shop, see: StoreOverview) -> None:
    shop.engine.is_refused_by("lamp-1")
    zone = see.zone("sales")
    assert (zone.standing, zone.standing_words) == (Standing.ALARM, "1 lamp does not do as told")


def test_what_cannot_report_is_assumed_and_never_drawn_as_reported(shop: Shop, see: StoreOverview) -> None:
    shop.engine.says("player-1", assumed=True, converged=False, reported={}, reported_at=None)
    zone = see.zone("sales")
    assert (zone.standing, zone.standing_words) == (Standing.ASSUMED, "Assumed")
    assert sense(zone, Sense.MUSIC).words == "sent, cannot report"
    assert "music.volume_pct" not in zone.reported
    assert sense(zone, Sense.MUSIC).level_pct is None


def test_without_a_broker_nothing_is_known(shop: Shop, see: StoreOverview) -> None:
    shop.engine.connected = False
    assert {zone.standing for zone in see.zones()} == {Standing.LOST}
    assert "broker is out of reach" in see.store().sentence
    assert not see.health().ok


def test_a_lamp_that_was_never_heard_is_on_its_way_and_then_out_of_reach(shop: Shop, see: StoreOverview) -> None:
    shop.engine.says("lamp-4", online=None, converged=False, heard=None, reported={}, reported_at=None)
    assert see.zone("till").standing is Standing.SENT
    shop.engine.says("lamp-4", alarm=True)
    zone = see.zone("till")
    assert (zone.standing, zone.standing_words) == (Standing.LOST, "Out of reach")
    assert sense(zone, Sense.LIGHT).words == "nothing reported yet"


def test_a_zone_without_devices_says_so() -> None:
    shop = Shop(plan(devices=[]))
    zone = StoreOverview(shop.memory, shop.engine, shop.clock).zone("sales")
    assert (zone.standing, zone.standing_words, zone.converged) == (Standing.NONE, "No device", True)
    assert [shown.device_count for shown in zone.senses] == [0, 0, 0]


def test_a_contact_is_no_part_of_how_a_zone_stands(shop: Shop, see: StoreOverview) -> None:
    shop.engine.loses("alarm-1", NOW)
    assert see.zone("sales").standing_words == "Reported"
    assert see.store().troubles == ("The alarm contact Fire panel is out of reach.",)


def test_a_lamp_changed_by_hand_is_a_hold_and_no_fault(shop: Shop, see: StoreOverview) -> None:
    shop.engine.says("lamp-1", converged=False, yielding_until=EVENING)
    zone = see.zone("sales")
    assert zone.standing is Standing.REPORTED
    assert [(h.reason, h.sense, h.sentence) for h in zone.holds] == [
        ("local change", Sense.LIGHT, "Lamp 1 was changed by hand and is left so, until 18:00")]


# ── senses ──────────────────────────────────────────────────────────────────────────


def test_a_sense_says_what_is_in_the_same_words_as_what_should_be(shop: Shop, see: StoreOverview) -> None:
    shop.engine.says("lamp-1", reported={"on": True, "brightness_pct": 20.078, "kelvin": 3003})
    shop.engine.says("lamp-2", reported={"on": True, "brightness_pct": 40.157, "kelvin": 3003})
    light = sense(see.zone("sales"), Sense.LIGHT)
    assert (light.words, light.wanted) == ("30 %, 3000 K", "74 %, 3400 K")
    assert (light.on, light.level_pct, light.kelvin) == (True, 30.1, 3003)


def test_lamps_that_are_off_do_not_dim_those_that_are_on(shop: Shop, see: StoreOverview) -> None:
    shop.engine.says("lamp-1", reported={"on": False, "brightness_pct": 0.0})
    light = sense(see.zone("sales"), Sense.LIGHT)
    assert (light.on, light.level_pct) == (True, 74)
    shop.engine.says("lamp-2", reported={"on": False})
    light = sense(see.zone("sales"), Sense.LIGHT)
    assert (light.on, light.level_pct, light.words) == (False, 0, "off")


def test_colour_is_told_in_the_form_that_more_lamps_have(shop: Shop, see: StoreOverview) -> None:
    shop.engine.says("lamp-1", reported={"on": True, "brightness_pct": 50.0, "xy": (0.5, 0.3)})
    shop.engine.says("lamp-2", reported={"on": True, "brightness_pct": 50.0, "xy": (0.4, 0.3)})
    light = sense(see.zone("sales"), Sense.LIGHT)
    assert (light.kelvin, light.xy, light.words) == (None, (0.45, 0.3), "50 %, in colour")


def test_the_title_is_shown_cleaned_and_only_while_it_plays(shop: Shop, see: StoreOverview) -> None:
    shop.engine.says("player-1", extra={"title": "Paper\u202eBoats\n", "artist": "Ada Lind", "isrc": 7})
    music = sense(see.zone("sales"), Sense.MUSIC)
    assert music.title is not None
    assert music.title.endswith("· Ada Lind")
    assert music.title.isprintable()
    shop.engine.says("player-1", reported={"on": False})
    assert sense(see.zone("sales"), Sense.MUSIC).title is None


def test_scent_is_told_by_strength_and_name(see: StoreOverview) -> None:
    assert sense(see.zone("sales"), Sense.SCENT).words == "low, Fig leaf"
    assert sense(see.zone("till"), Sense.SCENT).words == "scent-free"


def test_scent_that_waits_for_the_air_says_so(shop: Shop, see: StoreOverview) -> None:
    shop.engine.holds_scent("sales", NOW + timedelta(minutes=20))
    zone = see.zone("sales")
    assert sense(zone, Sense.SCENT).words == "waiting"
    assert zone.desired["scent.on"] is False
    assert zone.holds[0].sentence == "Fig leaf waits for another scent to leave the air, until 14:52"


def test_without_consent_there_is_no_scent_and_a_word_for_it() -> None:
    shop = Shop(plan(store={**DOCUMENT["store"], "scent_consent": False}))
    scent = sense(StoreOverview(shop.memory, shop.engine, shop.clock).zone("sales"), Sense.SCENT)
    assert scent.words == scent.wanted == "no scent in this store"


def test_scent_that_is_there_against_the_rules_is_not_hidden(shop: Shop, see: StoreOverview) -> None:
    shop = Shop(plan(devices=[{"id": "mist-1", "kind": "diffuser", "zones": ["till"]}]))
    shop.engine.says("mist-1", converged=False, reported={"on": True, "fragrance": "Mu\x1bsk", "intensity_pct": 50.0})
    scent = sense(StoreOverview(shop.memory, shop.engine, shop.clock).zone("till"), Sense.SCENT)
    assert scent.words.startswith("high, Mu")
    assert scent.words.isprintable()
    assert scent.wanted == "scent-free"


# ── reasons ─────────────────────────────────────────────────────────────────────────


def test_each_field_names_its_layer_what_it_beat_and_its_limits(see: StoreOverview, do: StorePlanning) -> None:
    do.press(("sales",), Choice(profile="party"), "minutes:30", ELIN)
    fields = {shown.field: shown for shown in see.zone("sales").fields}
    volume = fields[Field.MUSIC_VOLUME]
    assert (volume.value, volume.layer.rank, volume.layer.mood) == (60, "override", "Party")
    assert volume.because == "Elin chose it, until 15:02"
    assert [(b.rank, b.name, b.value) for b in volume.beat] == [("daypart", "Day", 50), ("default", "Sales floor", 30)]
    assert volume.limits == ("Volume set to 60 %, the nearest that staff may choose; 90 % was asked",)
    assert fields[Field.MUSIC_SOURCE].because == "Daypart Day, until 18:00"
    assert fields[Field.SCENT_ON].limits == ()


def test_the_light_floor_is_told_where_it_acts(see: StoreOverview, do: StorePlanning) -> None:
    do.press(("till",), Choice(scene=Scene(light=Lights(brightness_pct=3)), name="Dim"), "minutes:30", MAJA)
    shown = next(f for f in see.zone("till").fields if f.field is Field.AMBIENT_BRIGHTNESS)
    assert shown.limits == (
        "Light raised to 20 % by the light floor, which holds while people are here; 3 % was asked",)


def test_scent_in_a_scent_free_zone_is_explained(see: StoreOverview) -> None:
    shown = next(f for f in see.zone("till").fields if f.field is Field.SCENT_ON)
    assert shown.value is False
    assert shown.limits == ("No scent is given, because the zone is scent-free",)


def test_why_at_any_instant_is_what_resolve_says(shop: Shop, see: StoreOverview) -> None:
    for hours in (-30, -3, 0, 2, 4, 40):
        at = NOW + timedelta(hours=hours)
        found = see.explain("sales", at)
        wanted = resolve(shop.plan, shop.memory.live(NOW), "sales", at)
        assert {f.field: f.value for f in found.fields} == {f: r.value for f, r in wanted.fields.items()}
        assert found.at == at


def test_the_past_is_told_by_the_plan_and_the_choices_of_then(shop: Shop, see: StoreOverview,
                                                              do: StorePlanning) -> None:
    do.press(("sales",), MIRROR, "minutes:30", ELIN)
    shop.clock.move(days=20)
    do.publish(document(dayparts=[]), "", MAJA)
    assert see.explain("sales", NOW + timedelta(minutes=10)).what == "Soft mirror"
    assert see.explain("sales", NOW + timedelta(minutes=40)).what == "Clear day"
    assert see.explain("sales", shop.clock.now()).what == "Zone default"
    told = see.timeline(NOW, shop.clock.now() + timedelta(hours=1), "sales")
    assert (told[0].what, told[-1].what) == ("Soft mirror", "Zone default")
    assert told[-1].start == shop.clock.now()


def test_holds_are_told_for_now_and_for_as_long_as_they_hold(shop: Shop, see: StoreOverview) -> None:
    shop.engine.holds_scent("sales", NOW + timedelta(minutes=20))
    assert see.explain("sales", NOW).holds
    assert see.explain("sales", NOW + timedelta(minutes=19)).holds
    assert not see.explain("sales", NOW + timedelta(minutes=20)).holds
    assert not see.explain("sales", NOW - timedelta(minutes=1)).holds


def test_the_timeline_has_no_gaps_and_says_why(see: StoreOverview, do: StorePlanning) -> None:
    do.press(("sales",), MIRROR, "minutes:30", ELIN)
    start, end = NOW.replace(hour=5), NOW.replace(hour=20)
    told = see.timeline(start, end)
    for zone in ("sales", "fitting", "till"):
        mine = [s for s in told if s.zone == zone]
        assert (mine[0].start, mine[-1].end) == (start, end)
        assert all(a.end == b.start for a, b in pairwise(mine))
    assert [(s.what, s.rank, s.because) for s in told if s.zone == "sales" and s.start >= NOW] == [
        ("Soft mirror", "override", "Elin chose it"), ("Clear day", "daypart", "Daypart Day"),
        ("Evening warm", "daypart", "Daypart Evening"), ("Zone default", "default", "Nothing is planned")]


@settings(max_examples=40, deadline=None)
@given(st.integers(-48, 400), st.integers(1, 72), st.integers(0, 999))
def test_an_instant_is_explained_as_the_timelines_segment_there(begin: int, hours: int, share: int) -> None:
    shop = Shop()
    see, do = (StoreOverview(shop.memory, shop.engine, shop.clock), StorePlanning(shop.memory, shop.engine, shop.clock))
    do.press(None, MIRROR, "minutes:90", ELIN)
    start = NOW + timedelta(hours=begin)
    at = start + timedelta(hours=hours) * share / 1000
    segment = next(s for s in see.timeline(start, start + timedelta(hours=hours), "till") if s.start <= at < s.end)
    found = see.explain("till", at)
    assert {f.field.value: f.value for f in found.fields} == segment.values
    assert found.what == segment.what


@pytest.mark.parametrize(("start", "end"), [
    (NOW, NOW), (EVENING, NOW), (NOW.replace(tzinfo=None), EVENING), (NOW, EVENING.replace(tzinfo=None)),
    (NOW, NOW + timedelta(days=398)), (datetime(1999, 1, 1, tzinfo=UTC), datetime(1999, 1, 2, tzinfo=UTC)),
    (datetime(2150, 1, 1, tzinfo=UTC), datetime(2150, 1, 2, tzinfo=UTC))])
def test_a_timeline_that_cannot_be_is_refused(see: StoreOverview, start: datetime, end: datetime) -> None:
    with pytest.raises(Refused):
        see.timeline(start, end)


def test_a_year_of_a_zone_is_answered(see: StoreOverview) -> None:
    assert len(see.timeline(NOW, NOW + timedelta(days=390), "sales")) > 1000


# ── what may be pressed ─────────────────────────────────────────────────────────────


def test_moods_are_those_that_the_role_may_press(see: StoreOverview, do: StorePlanning) -> None:
    do.press(("sales",), MIRROR, "minutes:30", ELIN)
    moods = {mood.id: mood for mood in see.moods("sales", ELIN)}
    assert list(moods) == ["day", "evening", "mirror", "party", "whiff", "murmur"]
    assert [m for m in moods if moods[m].chosen] == ["mirror"]
    assert [m for m in moods if moods[m].planned] == ["day"]
    assert (moods["mirror"].kelvin, moods["mirror"].brightness_pct, moods["mirror"].volume_pct) == (2900, 58, 34)
    assert (moods["party"].xy, moods["party"].volume_pct) == ((0.5, 0.3), 60), "as the guardrail would give it"
    assert (moods["day"].scent_dots, moods["whiff"].scent_dots) == (1, 2)
    assert {m.scent_dots for m in see.moods("till", ELIN)} == {0}
    assert see.moods("sales", VIEWER) == []


def test_a_dark_profile_has_a_dark_swatch() -> None:
    night = {"id": "night", "name": "Night", "scene": {"light": False, "music": False}}
    shop = Shop(plan(profiles=[*DOCUMENT["profiles"], night], guardrails={}))
    mood = next(m for m in StoreOverview(shop.memory, shop.engine, shop.clock).moods("sales", SAM) if m.id == "night")
    assert (mood.brightness_pct, mood.volume_pct) == (0, 0)


def test_ends_are_those_of_the_role(see: StoreOverview) -> None:
    assert [(e.key, e.shortened) for e in see.ends("sales", ELIN)] == [
        ("minutes:30", False), ("minutes:120", False), ("next-change", False), ("closing", True)]
    assert not see.ends("sales", MAJA)[-1].shortened


def test_presses_are_told_newest_first_until_they_end(shop: Shop, see: StoreOverview, do: StorePlanning) -> None:
    do.press(("sales",), Choice(profile="party"), "minutes:30", ELIN)
    shop.clock.move(minutes=1)
    do.press(None, MIRROR, "minutes:10", SAM)
    told = see.presses()
    assert [(p.sentence, p.by) for p in told] == [
        ("Soft mirror in the whole store, until 14:43", "Sam"), ("Party in Sales floor, until 15:02", "Elin")]
    assert "Volume set to 60 %" in told[1].limits[-1]
    shop.clock.move(minutes=10)
    assert [p.name for p in see.presses()] == ["Party"]


# ── the head ────────────────────────────────────────────────────────────────────────


def test_the_store_says_in_one_sentence_how_it_is(shop: Shop, see: StoreOverview) -> None:
    assert see.store().sentence == "All three zones are as they should be."
    shop.engine.loses("lamp-4", NOW)
    assert see.store().sentence == "Two zones are as they should be. One is out of reach."
    shop.engine.is_sending_to("lamp-3")
    assert see.store().sentence == "One zone is as it should be. One is on its way, one is out of reach."
    shop.engine.is_refused_by("lamp-1")
    assert see.store().sentence == "One zone needs somebody. One is on its way, one is out of reach."


def test_the_head_tells_the_hour_and_the_opening(shop: Shop, see: StoreOverview) -> None:
    head = see.store()
    assert (head.name, head.now.hour, head.now.minute) == ("The shop", 14, 32)
    assert (head.opening_words, head.open_until) == ("Open until 20:00", NOW.replace(hour=18, minute=0))
    assert (head.plan_version, head.plan_digest) == (1, shop.plan.digest)
    for when, words in ((NOW.replace(hour=18, minute=0), "Closed, opens tomorrow 10:00"),
                        (NOW.replace(day=18, hour=17), "Closed, opens Mon 10:00")):
        shop.clock.move_to(when)
        assert see.store().opening_words == words


@pytest.mark.parametrize(("hours", "words"), [
    ("24/7", "Always open"), ("Mo-Fr 10:00-14:00,15:00-20:00", "Closed, opens 15:00"),
    ("Mo-Su 14:00-26:00", "Open until tomorrow 02:00")])
def test_opening_in_words(hours: str, words: str) -> None:
    shop = Shop(plan(store={**DOCUMENT["store"], "hours": hours}, dayparts=[]))
    assert StoreOverview(shop.memory, shop.engine, shop.clock).store().opening_words == words


def test_a_stop_and_a_doubtful_clock_come_first_in_the_sentence(shop: Shop, see: StoreOverview,
                                                                do: StorePlanning) -> None:
    do.stop(None, tuple(Sense), "smoke", ELIN)
    assert see.store().sentence == "The store was stopped by Elin at 14:32."
    assert [(s.by, s.reason) for s in see.stops()] == [("Elin", "smoke")]
    do.resume(None, ELIN)
    do.stop(("till",), (Sense.SCENT,), "", SAM)
    assert see.store().sentence == "Scent in Checkout: stopped by Sam at 14:32."
    do.resume(None, ELIN)
    shop.engine.trusted = False
    shop.clock.move(seconds=2)
    assert "clock cannot be trusted" in see.store().sentence
    assert {h.reason for h in see.zone("sales").holds} == {"time not trusted"}


def test_before_the_first_plan_everything_answers() -> None:
    memory, clock = FakeMemory(), FakeClock(NOW)
    see = StoreOverview(memory, FakeEngine(memory, clock), clock)
    assert "no plan yet" in see.store().sentence
    assert (see.zones(), see.devices(), see.stops(), see.presses(), see.plan()) == ([], [], [], [], None)
    assert see.timeline(NOW, EVENING) == []
    assert see.health().devices == 0


# ── devices ─────────────────────────────────────────────────────────────────────────


def test_every_device_has_a_sentence(shop: Shop, see: StoreOverview) -> None:
    shop.engine.is_sending_to("lamp-1")
    shop.engine.is_refused_by("lamp-2")
    shop.engine.says("lamp-3", online=None, heard=None, sent_at=None, reported={}, converged=False)
    shop.engine.unknown = {"lamp-77": NOW - timedelta(minutes=2)}
    told = {device.id: device for device in see.devices()}
    assert told["lamp-1"].sentence == "On its way since 14:32. Brightness is 20 %, should be 60 %."
    assert told["lamp-2"].sentence == "It does not do what it is told."
    assert told["lamp-3"].sentence == "Nothing has been heard of it yet."
    assert told["lamp-4"].sentence == "It is as it should be."
    assert (told["lamp-1"].name, told["mist-1"].name) == ("Lamp 1", "mist-1")
    assert told["lamp-4"].desired == {"on": True, "brightness_pct": 74, "kelvin": 3400}
    assert not told["lamp-77"].in_plan
    assert told["lamp-77"].standing is Standing.NONE
    assert list(told)[-1] == "lamp-77"


# ── looks, health, news ─────────────────────────────────────────────────────────────


def test_a_page_of_questions_costs_one_look(shop: Shop, see: StoreOverview, do: StorePlanning) -> None:
    for _ in range(3):
        see.store(), see.zones(), see.devices(), see.presses(), see.stops()
    assert shop.engine.looks == 1
    do.press(("sales",), MIRROR, "minutes:30", ELIN)
    assert see.zone("sales").what == "Soft mirror", "news is seen at once"
    shop.clock.move(seconds=2)
    see.zones()
    assert shop.engine.looks == 3


def test_a_healthy_store_says_so_and_is_not_asked_too_often(shop: Shop, see: StoreOverview) -> None:
    found = see.health()
    assert (found.ok, found.sentence, found.devices, found.converged) == (True, "The store runs.", 7, 6)
    see.health()
    assert len(shop.engine.told) == 1
    shop.clock.move(seconds=6)
    see.health()
    assert len(shop.engine.told) == 2


def test_an_engine_that_does_not_turn_is_not_healthy(shop: Shop, see: StoreOverview) -> None:
    assert see.health().ok
    shop.engine.turns = False
    assert see.health().ok, "it answered a moment ago"
    shop.clock.move(seconds=6)
    found = see.health()
    assert (found.ok, found.engine_age_s) == (False, 6.0)
    assert "does not turn" in found.sentence
    shop.engine.turns = True
    shop.clock.move(seconds=6)
    assert see.health().ok


def test_a_disk_that_refuses_is_not_healthy(shop: Shop, see: StoreOverview) -> None:
    shop.engine.troubles = ("The disk is full: nothing was saved.",)
    found = see.health()
    assert (found.ok, found.sentence) == (False, "The disk is full: nothing was saved.")
    assert see.store().troubles == ("The disk is full: nothing was saved.",)


def test_revisions_stream_until_closed(shop: Shop, see: StoreOverview) -> None:
    assert see.changes(0, 1.0) == shop.engine.revision
    news = see.stream(0)
    assert next(news) == 1
    shop.engine.says("lamp-1", tries=2)
    assert next(news) == 2
    news.close()
    with pytest.raises(StopIteration):
        next(news)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.fixed_dictionaries({}, optional={
    "online": st.sampled_from([True, False, None]), "converged": st.booleans(), "alarm": st.booleans(),
    "assumed": st.booleans(), "yielding_until": st.none() | st.just(EVENING), "sent_at": st.none() | st.just(NOW),
    "heard": st.none() | st.just(NOW), "reported": st.sampled_from([
        {}, {"on": True}, {"on": False, "brightness_pct": 0.0}, {"on": True, "brightness_pct": 50.0, "kelvin": 20000},
        {"brightness_pct": 50.0, "xy": (0.0, 0.0)}, {"on": True, "fragrance": "\x00", "intensity_pct": 99.0},
        {"on": True, "volume_pct": 3.0, "source": "ghost"}]),
    "extra": st.sampled_from([{}, {"title": "\n"}, {"title": 3}, {"artist": "A" * 500}]),
}), min_size=7, max_size=7), st.booleans(), st.booleans())
def test_whatever_devices_say_every_zone_is_told(words: list[dict[str, object]], connected: bool,
                                                 trusted: bool) -> None:
    shop = Shop()
    shop.engine.connected, shop.engine.trusted = connected, trusted
    for installed, said in zip(shop.plan.devices, words, strict=True):
        shop.engine.says(installed.id, **said)
    see = StoreOverview(shop.memory, shop.engine, shop.clock)
    assert see.store().sentence
    assert all(device.sentence for device in see.devices())
    for zone in see.zones():
        assert zone.standing_words
        assert zone.because
        for shown in zone.senses:
            assert shown.words
            assert shown.words.isprintable()
            assert shown.lost_count <= shown.device_count
            assert (shown.standing is Standing.NONE) == (shown.device_count == 0)
            assert shown.standing is not Standing.REPORTED or connected


def test_a_card_says_the_general_light_and_leaves_the_accents_to_the_reasons() -> None:
    scene = {"light": {"on": True, "brightness_pct": 50,
                       "roles": {"accent": Light(brightness_pct=90).model_dump(exclude_none=True)}}}
    ground = DOCUMENT["zones"][0]["default"]
    shop = Shop(plan(
        profiles=[{"id": "day", "name": "Day", "scene": scene}], guardrails={},
        dayparts=[{"id": "day", "name": "Day", "when": "opening..closing", "profile": "day"}],
        devices=[{"id": "a", "kind": "light", "zones": ["sales"]}, {"id": "b", "kind": "light", "zones": ["sales"],
                                                                    "role": "accent"}],
        zones=[{"id": "sales", "name": "Sales", "kind": "sales-floor", "default": ground}]))
    zone = StoreOverview(shop.memory, shop.engine, shop.clock).zone("sales")
    assert sense(zone, Sense.LIGHT).wanted == "50 %, 4000 K"
    assert sense(zone, Sense.LIGHT).words == sense(zone, Sense.LIGHT).wanted

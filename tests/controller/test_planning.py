"""What people may do, what it commits, and what is refused without a trace."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.desk import Choice
from controller.errors import Conflict, Forbidden, NotFound, Refused, SinneError, Unavailable
from controller.planning import StorePlanning
from controller.ports import Actor
from controller.store.intake import Identify, LiveChanged, PlanChanged
from profiles.limits import Person
from profiles.resolve import resolve
from profiles.scene import Colour, Diffusion, Field, Light, Lights, Music, Role, Scene, Scent, Sense
from tests.controller.shop import DOCUMENT, ELIN, MAJA, NOW, SAM, VIEWER, Shop, document, plan

MIRROR = Choice(profile="mirror")
OWN = Choice(scene=Scene(light=Lights(on=True, brightness_pct=33)), name="My light")


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
def desk(shop: Shop) -> StorePlanning:
    return StorePlanning(shop.memory, shop.engine, shop.clock)


def value(shop: Shop, zone: str, field: Field) -> object:
    return resolve(shop.plan, shop.memory.live(shop.clock.now()), zone, shop.clock.now()).fields[field].value


# ── press ───────────────────────────────────────────────────────────────────────────


def test_a_press_is_committed_journalled_and_told(shop: Shop, desk: StorePlanning) -> None:
    shown = desk.press(("fitting",), MIRROR, "minutes:30", ELIN)
    made = shop.memory.live(NOW).overrides
    assert [(o.zone, o.profile, o.name, o.by, o.start, o.end) for o in made] == [
        ("fitting", "mirror", "Soft mirror", "Elin", NOW, NOW + timedelta(minutes=30))]
    assert shown.press == made[0].press
    assert shown.sentence == "Soft mirror in Fitting rooms, until 15:02"
    assert shown.limits == ()
    entry = shop.memory.newest_entry()
    assert entry is not None
    assert entry.kind == "override.pressed"
    assert entry.body["by"] == "Elin"
    assert entry.body["zones"] == ["fitting"]
    assert entry.body["until"] == {"fitting": made[0].end.isoformat()}
    assert shop.engine.told == [LiveChanged()]
    assert value(shop, "fitting", Field.AMBIENT_BRIGHTNESS) == 58


def test_a_press_on_the_whole_store_ends_in_each_zone_by_itself(shop: Shop, desk: StorePlanning) -> None:
    shop.plan = plan(dayparts=[DOCUMENT["dayparts"][1], {**DOCUMENT["dayparts"][0], "zones": ["sales"]},
                               {"id": "early", "name": "Early", "when": "10:00-16:00", "profile": "day",
                                "zones": ["till"]}])
    desk.publish(shop.plan, "", MAJA)
    shown = desk.press(None, MIRROR, "next-change", MAJA)
    ends = {o.zone: o.end.astimezone(UTC).hour + 2 for o in shop.memory.live(NOW).overrides}
    assert ends == {"sales": 18, "fitting": 18, "till": 16}
    assert len({o.press for o in shop.memory.live(NOW).overrides}) == 1
    assert shown.end.astimezone(UTC).hour + 2 == 16
    assert shown.sentence == "Soft mirror in the whole store, until 16:00 where it ends first"


def test_the_end_does_not_move_when_a_new_plan_is_published(shop: Shop, desk: StorePlanning) -> None:
    before = desk.press(("sales",), MIRROR, "next-change", ELIN)
    desk.publish(document(dayparts=[]), "", MAJA)
    assert [o.end for o in shop.memory.live(NOW).overrides] == [before.end]


def test_the_guardrail_clamps_and_what_was_asked_is_kept(shop: Shop, desk: StorePlanning) -> None:
    shown = desk.press(("sales",), Choice(profile="party"), "minutes:30", ELIN)
    made = shop.memory.live(NOW).overrides[0]
    assert made.scene.settings()[Field.MUSIC_VOLUME] == 60
    assert made.scene.settings()[Field.AMBIENT_BRIGHTNESS] == 20
    assert made.asked is not None
    assert made.asked.settings()[Field.MUSIC_VOLUME] == 90
    assert Field.AMBIENT_COLOUR not in made.asked.settings()
    assert "Volume set to 60 %, the nearest that staff may choose; 90 % was asked" in shown.limits


def test_the_stores_own_limit_is_told_at_the_press(desk: StorePlanning) -> None:
    shown = desk.press(("sales",), Choice(profile="party"), "minutes:30", MAJA)
    assert shown.limits == ("Volume limited to 70 % by the store's limit; 90 % was asked",)


def test_the_longest_of_the_role_shortens_and_is_told(desk: StorePlanning) -> None:
    shown = desk.press(("sales",), MIRROR, "minutes:600", ELIN)
    assert shown.end == NOW + timedelta(minutes=240)
    assert shown.limits == ("Ends at 18:32, the longest that staff may choose",)


def test_without_a_guardrail_its_defaults_hold(desk: StorePlanning) -> None:
    assert desk.press(("sales",), MIRROR, "minutes:9000", MAJA).end == NOW + timedelta(hours=12)


def test_a_profile_that_the_role_may_not_choose_names_who_may(shop: Shop) -> None:
    rails = {"staff": {"profiles": ["day"]}}
    desk = StorePlanning(Shop(plan(guardrails=rails)).memory, shop.engine, shop.clock)
    with pytest.raises(Forbidden, match="Soft mirror is for managers to choose"):
        desk.press(("sales",), MIRROR, "minutes:30", ELIN)


@pytest.mark.parametrize(("zones", "choice", "error"), [
    (("attic",), MIRROR, NotFound), (("sales", "attic"), MIRROR, NotFound), ((), MIRROR, Refused),
    (("sales",), Choice(profile="gloom"), NotFound), (("sales",), Choice(), Refused),
    (("sales",), Choice(scene=Scene(), name="Nothing"), Refused),
    (("sales",), Choice(profile="day", scene=OWN.scene), Refused),
    (("sales",), Choice(scene=OWN.scene, name="x\x00y"), Refused), (("sales",), Choice(scene=OWN.scene,
                                                                                       name="x" * 121), Refused),
    (("sales",), Choice(scene=Scene(music=Music(on=True, source="radio")), name="Radio"), Refused),
    (("sales",), Choice(scene=Scene(scent=Scent(on=True, fragrance="musk", intensity_pct=10)), name="Musk"), Refused),
])
def test_what_cannot_be_is_refused_without_a_trace(
    shop: Shop, desk: StorePlanning, zones: tuple[str, ...], choice: Choice, error: type[SinneError]
) -> None:
    with pytest.raises(error):
        desk.press(zones, choice, "minutes:30", MAJA)
    assert shop.memory.live(NOW).overrides == ()
    assert shop.kinds() == []
    assert shop.engine.told == []


def test_a_scene_that_would_show_nothing_is_refused(desk: StorePlanning) -> None:
    with pytest.raises(Refused, match="would change nothing here"):
        desk.press(("till",), Choice(profile="whiff"), "minutes:30", MAJA)
    quiet = Choice(scene=Scene(light=Lights(roles={Role.ACCENT: Light(on=False, brightness_pct=5)})),
                   name="Dim accents")
    assert desk.press(("till",), quiet, "minutes:30", MAJA)


def test_a_volume_for_music_that_is_off_is_refused() -> None:
    shop = Shop(now=NOW.replace(hour=20))
    desk = StorePlanning(shop.memory, shop.engine, shop.clock)
    with pytest.raises(Refused, match="switches nothing on"):
        desk.press(("sales",), Choice(profile="murmur"), "minutes:30", ELIN)


def test_a_press_on_the_whole_store_leaves_out_zones_where_it_shows_nothing(shop: Shop, desk: StorePlanning) -> None:
    shown = desk.press(None, Choice(profile="whiff"), "minutes:30", ELIN)
    assert shown.zones == ("sales", "fitting")
    assert shown.sentence == "Whiff in Sales floor and Fitting rooms, until 15:02"


def test_zones_named_twice_are_pressed_once(shop: Shop, desk: StorePlanning) -> None:
    assert desk.press(("sales", "sales"), MIRROR, "minutes:30", ELIN).zones == ("sales",)


def test_a_press_during_a_stop_says_when_it_shows(desk: StorePlanning) -> None:
    desk.stop(None, tuple(Sense), "smoke", ELIN)
    assert "when the stop has ended" in desk.press(("sales",), MIRROR, "minutes:30", ELIN).sentence


def test_a_full_disk_refuses_and_changes_nothing(shop: Shop, desk: StorePlanning) -> None:
    shop.memory.fill_the_disk()
    with pytest.raises(Unavailable):
        desk.press(("sales",), MIRROR, "minutes:30", ELIN)
    assert shop.memory.live(NOW).overrides == ()
    assert shop.engine.told == []


def test_a_press_is_committed_although_the_engine_is_slow(shop: Shop, desk: StorePlanning) -> None:
    shop.engine.turns = False
    assert desk.press(("sales",), MIRROR, "minutes:30", ELIN).zones == ("sales",)
    assert len(shop.memory.live(NOW).overrides) == 1


# ── who may ─────────────────────────────────────────────────────────────────────────


def test_viewers_may_nothing_and_are_told_who_may(shop: Shop, desk: StorePlanning) -> None:
    for attempt in (
        lambda: desk.press(("sales",), MIRROR, "minutes:30", VIEWER), lambda: desk.nudge("sales", "too-loud", VIEWER),
        lambda: desk.undo(None, VIEWER), lambda: desk.end_overrides("sales", VIEWER),
        lambda: desk.stop(None, tuple(Sense), "", VIEWER), lambda: desk.resume(None, VIEWER),
        lambda: desk.identify("lamp-1", VIEWER),
    ):
        with pytest.raises(Forbidden, match="takes staff"):
            attempt()
    assert shop.kinds() == []


def test_staff_neither_publish_nor_press_scenes_of_their_own(desk: StorePlanning) -> None:
    for attempt in (lambda: desk.publish(document(), "", ELIN), lambda: desk.press(("sales",), OWN, "minutes:30",
                                                                                   ELIN)):
        with pytest.raises(Forbidden, match="takes managers"):
            attempt()
    assert desk.press(("sales",), OWN, "minutes:30", MAJA).name == "My light"


# ── undo and end ────────────────────────────────────────────────────────────────────


def test_undo_takes_back_ones_own_last_press_in_all_its_zones(shop: Shop, desk: StorePlanning) -> None:
    desk.press(("sales",), Choice(profile="evening"), "minutes:30", ELIN)
    shop.clock.move(minutes=1)
    desk.press(None, MIRROR, "minutes:30", ELIN)
    shop.clock.move(minutes=1)
    desk.press(("till",), Choice(profile="day"), "minutes:30", SAM)
    shop.clock.move(minutes=1)
    shown = desk.undo(None, ELIN)
    assert shown.sentence == "Taken back: Soft mirror in the whole store"
    assert value(shop, "sales", Field.AMBIENT_BRIGHTNESS) == 55
    assert value(shop, "till", Field.AMBIENT_BRIGHTNESS) == 74
    assert desk.undo(None, ELIN).name == "Evening warm"
    with pytest.raises(NotFound, match="nothing that could be taken back"):
        desk.undo(None, ELIN)


def test_a_press_of_others_can_be_taken_back_and_the_journal_says_who(shop: Shop, desk: StorePlanning) -> None:
    press = desk.press(("sales",), MIRROR, "minutes:30", SAM).press
    desk.undo(press, ELIN)
    entry = shop.memory.newest_entry()
    assert entry is not None
    assert (entry.kind, entry.body["pressed_by"], entry.body["by"]) == ("override.undone", "Sam", "Elin")
    with pytest.raises(NotFound):
        desk.undo(press, ELIN)


def test_a_press_that_has_ended_by_itself_is_no_more_to_be_taken_back(shop: Shop, desk: StorePlanning) -> None:
    press = desk.press(("sales",), MIRROR, "minutes:30", ELIN).press
    shop.clock.move(minutes=30)
    for which in (press, None):
        with pytest.raises(NotFound):
            desk.undo(which, ELIN)


def test_ending_a_zone_ends_every_override_of_it_and_of_no_other(shop: Shop, desk: StorePlanning) -> None:
    desk.press(None, MIRROR, "minutes:30", SAM)
    desk.press(("sales",), Choice(profile="evening"), "minutes:30", ELIN)
    assert desk.end_overrides("sales", ELIN) == 2
    assert desk.end_overrides("sales", ELIN) == 0
    assert {o.zone for o in shop.memory.live(NOW).overrides if o.ended is None} == {"fitting", "till"}
    assert shop.kinds().count("override.ended") == 1


# ── nudges ──────────────────────────────────────────────────────────────────────────


def test_too_loud_turns_the_music_down_by_an_absolute_step(shop: Shop, desk: StorePlanning) -> None:
    shown = desk.nudge("sales", "too-loud", ELIN)
    assert value(shop, "sales", Field.MUSIC_VOLUME) == 42.5
    assert value(shop, "sales", Field.AMBIENT_BRIGHTNESS) == 74
    assert shown.sentence == "Too loud in Sales floor, until 18:00"
    entry = shop.memory.newest_entry()
    assert entry is not None
    assert (entry.kind, entry.body["complaint"], entry.body["acted"]) == ("feedback.complaint", "too-loud", True)


def test_a_nudge_lasts_at_least_an_hour(shop: Shop, desk: StorePlanning) -> None:
    shop.clock.move_to(NOW.replace(hour=15, minute=58))
    assert desk.nudge("sales", "too-loud", ELIN).end == NOW.replace(hour=16, minute=58)


def test_too_bright_dims_the_lamps_of_the_zone(shop: Shop, desk: StorePlanning) -> None:
    desk.nudge("sales", "too-bright", ELIN)
    assert value(shop, "sales", Field.AMBIENT_BRIGHTNESS) == 59.2
    assert value(shop, "sales", Field.ACCENT_BRIGHTNESS) == 74, "there is no accent lamp here"


def test_too_strong_switches_the_scent_off_here_alone(shop: Shop, desk: StorePlanning) -> None:
    desk.nudge("sales", "too-strong", ELIN)
    assert value(shop, "sales", Field.SCENT_ON) is False
    assert value(shop, "fitting", Field.SCENT_ON) is True


def test_nudges_stop_at_the_floor_and_the_complaint_is_still_recorded(shop: Shop, desk: StorePlanning) -> None:
    for complaint, field in (("too-loud", Field.MUSIC_VOLUME), ("too-bright", Field.AMBIENT_BRIGHTNESS)):
        refused = ""
        for _ in range(20):
            try:
                desk.nudge("till", complaint, ELIN)
            except Refused as refusal:
                refused = str(refusal)
                break
            shop.clock.move(seconds=10)
        assert "as low as it may go" in refused
        assert value(shop, "till", field) == {"too-loud": 10, "too-bright": 20}[complaint]
    entry = shop.memory.newest_entry()
    assert entry is not None
    assert entry.body["acted"] is False


@pytest.mark.parametrize("complaint", ["too-loud", "too-strong"])
def test_there_is_nothing_to_lower_where_it_is_off(complaint: str) -> None:
    shop = Shop(now=NOW.replace(hour=20))
    desk = StorePlanning(shop.memory, shop.engine, shop.clock)
    with pytest.raises(Refused, match="noted"):
        desk.nudge("sales", complaint, ELIN)
    assert shop.kinds() == ["feedback.complaint"]


def test_a_complaint_that_is_not_known_is_refused(shop: Shop, desk: StorePlanning) -> None:
    with pytest.raises(Refused, match="too-loud"):
        desk.nudge("sales", "too-boring", ELIN)
    assert shop.kinds() == []


# ── stops ───────────────────────────────────────────────────────────────────────────


def test_any_member_of_staff_stops_and_a_person_resumes(shop: Shop, desk: StorePlanning) -> None:
    stop = desk.stop(None, tuple(Sense), "  smoke\tin the back ", ELIN)
    assert (stop.zones, stop.by, stop.reason, stop.since) == (None, "Elin", "smoke in the back", NOW)
    assert value(shop, "sales", Field.MUSIC_ON) is False
    assert desk.resume(None, SAM) == 1
    assert desk.resume(None, SAM) == 0
    assert value(shop, "sales", Field.MUSIC_ON) is True
    assert shop.kinds() == ["stop.pressed", "stop.ended"]
    assert shop.engine.told == [LiveChanged(), LiveChanged()]


def test_a_fragrance_stop_touches_scent_alone(shop: Shop, desk: StorePlanning) -> None:
    desk.stop(("sales",), (Sense.SCENT,), "", ELIN)
    assert value(shop, "sales", Field.SCENT_ON) is False
    assert value(shop, "sales", Field.MUSIC_ON) is True


def test_stops_are_ended_one_by_one(desk: StorePlanning) -> None:
    first = desk.stop(("sales",), tuple(Sense), "", ELIN)
    desk.stop(("till",), tuple(Sense), "", ELIN)
    assert desk.resume((first.id,), SAM) == 1
    with pytest.raises(NotFound):
        desk.resume((first.id,), SAM)
    assert desk.resume(None, SAM) == 1


def test_a_stop_of_nothing_or_nowhere_is_refused(shop: Shop, desk: StorePlanning) -> None:
    with pytest.raises(Refused):
        desk.stop(None, (), "", ELIN)
    with pytest.raises(NotFound):
        desk.stop(("attic",), tuple(Sense), "", ELIN)
    assert shop.memory.live(NOW).stops == ()


# ── publishing and devices ──────────────────────────────────────────────────────────


def test_a_plan_is_published_and_told(shop: Shop, desk: StorePlanning) -> None:
    made = desk.publish(document(dayparts=[]), "  spring\nclean ", MAJA, seen=1)
    assert (made.version, made.author, made.note) == (2, "Maja", "spring clean")
    assert shop.memory.plan_in_force() == made
    assert shop.engine.told == [PlanChanged()]
    assert shop.kinds() == ["plan.published"]


def test_who_started_from_an_older_version_is_told_of_the_newer_one(desk: StorePlanning) -> None:
    desk.publish(document(dayparts=[]), "", MAJA, seen=1)
    with pytest.raises(Conflict, match="Version 2 by Maja is in force, and you started from 1"):
        desk.publish(document(), "", MAJA, seen=1)


def test_every_error_of_a_plan_is_told_at_once(shop: Shop, desk: StorePlanning) -> None:
    wrong = document(dayparts=[{"id": "x", "name": "X", "when": "Mo 10:00-12:00", "profile": "gloom"}])
    wrong["devices"] += [
        {"id": "lamp-9", "kind": "light", "zones": ["sales"], "dialect": "morse"},
        {"id": "mist-9", "kind": "diffuser", "zones": ["sales"], "dialect": "zigbee2mqtt", "address": "zigbee2mqtt/m"},
        {"id": "lamp-8", "kind": "light", "zones": ["sales"], "address": "a/#"},
        {"id": "lamp-7", "kind": "light", "zones": ["sales"], "address": "lamp-1"}]
    with pytest.raises(Refused) as refusal:
        desk.publish(wrong, "", MAJA)
    told = str(refusal.value).split("\n")
    for word in ("gloom", "morse", "does not speak to a diffuser", "devices[9].address", "also the address of lamp-1"):
        assert sum(word in line for line in told) == 1, word
    version = shop.memory.plan_in_force()
    assert version is not None
    assert version.version == 1
    assert shop.engine.told == []


@pytest.mark.parametrize("thing", [None, [], "store", 7, {}, {"store": 1}, {"stores": {}}])
def test_what_is_no_plan_is_refused_with_a_sentence(desk: StorePlanning, thing: object) -> None:
    with pytest.raises(Refused) as refusal:
        desk.publish(thing, "", MAJA)
    assert str(refusal.value)


def test_the_plan_of_another_store_is_refused(desk: StorePlanning) -> None:
    with pytest.raises(Refused, match="plan of the store other"):
        desk.publish(document(store={**DOCUMENT["store"], "id": "other"}), "", MAJA)


def test_warnings_go_into_the_record(shop: Shop, desk: StorePlanning) -> None:
    desk.publish(document(store={**DOCUMENT["store"], "scent_consent": False}), "", MAJA)
    entry = shop.memory.newest_entry()
    assert entry is not None
    assert any("scent" in str(warning) for warning in entry.body["warnings"])  # type: ignore[attr-defined]


def test_a_device_shows_itself_when_asked(shop: Shop, desk: StorePlanning) -> None:
    desk.identify("lamp-1", ELIN)
    assert shop.engine.told == [Identify("lamp-1")]
    with pytest.raises(NotFound):
        desk.identify("lamp-99", ELIN)
    shop.engine.connected = False
    with pytest.raises(Unavailable):
        desk.identify("lamp-1", ELIN)


# ── whatever is pressed ─────────────────────────────────────────────────────────────

SCENES = st.builds(
    Scene,
    light=st.none() | st.builds(Lights, on=st.none() | st.booleans(), brightness_pct=st.none() | st.floats(0, 100)),
    music=st.none() | st.builds(Music, on=st.none() | st.booleans(), volume_pct=st.none() | st.floats(0, 100)),
    scent=st.none() | st.builds(Scent, on=st.none() | st.booleans(), fragrance=st.just("fig"),
                                intensity_pct=st.floats(0, 100)))


@settings(max_examples=60, deadline=None)
@given(SCENES, st.sampled_from(["minutes:45", "next-change", "closing"]), st.integers(0, 60 * 24 * 6))
def test_whatever_is_pressed_stays_within_the_guardrail_and_ends(scene: Scene, end: str, later: int) -> None:
    rails = {"manager": {"volume_pct": {"lowest": 10, "highest": 40}, "brightness_pct": {"highest": 60},
                         "intensity_pct": {"highest": 20}, "longest_min": 90}}
    now = NOW + timedelta(minutes=later)
    shop = Shop(plan(guardrails=rails), now)
    try:
        StorePlanning(shop.memory, shop.engine, shop.clock).press(None, Choice(scene=scene, name="Any"), end, MAJA)
    except Refused:
        assert shop.memory.live(now).overrides == ()
        return
    for override in shop.memory.live(now).overrides:
        assert now < override.end <= now + timedelta(minutes=90)
        for field, given_value in override.scene.settings().items():
            if field is Field.MUSIC_VOLUME:
                assert isinstance(given_value, float)
                assert 10 <= given_value <= 40
            elif isinstance(given_value, Diffusion):
                assert given_value.intensity_pct <= 20
            elif not isinstance(given_value, bool | str | Colour):
                assert given_value <= 60


def test_roles_above_manager_may_all_that_managers_may(desk: StorePlanning) -> None:
    root = Actor("Root", Person.ADMINISTRATOR)
    assert desk.press(("sales",), OWN, "minutes:30", root).by == "Root"
    assert desk.publish(document(dayparts=[]), "", root).author == "Root"


def test_at_is_the_clock_of_the_store_and_not_of_the_machine(shop: Shop, desk: StorePlanning) -> None:
    shop.clock.move_to(datetime(2031, 2, 3, 11, 0, tzinfo=UTC))
    desk.press(("sales",), MIRROR, "minutes:30", ELIN)
    assert shop.memory.live(shop.clock.now()).overrides[0].start == datetime(2031, 2, 3, 11, 0, tzinfo=UTC)

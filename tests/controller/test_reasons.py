"""Reasons with campaigns and quiet hours: words, what would be without a layer, presses that wait, the timeline."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from controller.desk import Choice
from controller.errors import NotFound, Refused
from controller.overview import StoreOverview
from controller.planning import StorePlanning
from controller.shapes import Without
from profiles.scene import Field, Light, Lights, Scene, Sense
from tests.controller.shop import ELIN, MAJA, NOW, Shop, document, plan

MIRROR = Choice(profile="mirror")
#: Quiet from 15:00 to 16:00, the scent off from 14:15; it is 14:32. Two campaigns, of which Sale is the weaker.
PARTS = {
    "campaigns": [
        {"id": "spring", "name": "Spring", "when": "Mo-Su 10:00-18:00", "priority": 60, "profile": "whiff",
         "zones": ["sales"]},
        {"id": "sale", "name": "Sale", "when": "Th 12:00-16:30", "priority": 40, "profile": "party",
         "zones": ["sales", "fitting"]}],
    "quiet_hours": [{"id": "calm", "name": "Quiet hour", "when": "Th 15:00-16:00"}],
}
QUIET = NOW + timedelta(minutes=40)


@pytest.fixture
def shop() -> Shop:
    return Shop(plan(**PARTS))


@pytest.fixture
def see(shop: Shop) -> StoreOverview:
    return StoreOverview(shop.memory, shop.engine, shop.clock)


@pytest.fixture
def do(shop: Shop) -> StorePlanning:
    return StorePlanning(shop.memory, shop.engine, shop.clock)


def unlike(see: StoreOverview, layer: str, at: datetime = NOW, zone: str = "sales",
           sense: Sense | None = None) -> Without:
    found = see.explain(zone, at, layer, sense).without
    assert found is not None
    return found


# ── words ───────────────────────────────────────────────────────────────────────────


def test_a_campaign_is_named_with_its_end_and_with_what_comes_next(see: StoreOverview) -> None:
    zone = see.zone("fitting")
    assert zone.what == "Party"
    assert zone.because == "Campaign Sale, until 15:00; scent off for the quiet hour, until 16:00"
    assert (zone.next, zone.next_at) == ("Quiet hour", NOW.replace(hour=13, minute=0))
    ranks = {shown.layer.rank for shown in zone.fields}
    assert ranks == {"campaign", "daypart", "default", "quiet-hour"} - ({"default"} - ranks)


def test_a_quiet_hour_is_named_with_its_end(shop: Shop, see: StoreOverview) -> None:
    shop.clock.move_to(QUIET)
    zone = see.zone("till")
    assert (zone.what, zone.because, zone.next) == ("Quiet hour", "Quiet hour, until 16:00", "Clear day")
    assert see.explain("till", QUIET).layer is not None
    assert zone.fields[0].layer.key.split(":")[0] in {"daypart", "quiet-hour"}


@pytest.mark.parametrize(("name", "said"), [
    ("Quiet hour", "Quiet hour, until 16:00"), ("Thursday's quiet hour", "Thursday's quiet hour, until 16:00"),
    ("Calm Thursday", "Quiet hour Calm Thursday, until 16:00")])
def test_a_quiet_hour_says_once_what_it_is(name: str, said: str) -> None:
    shop = Shop(plan(quiet_hours=[{**PARTS["quiet_hours"][0], "name": name}]), QUIET)
    assert StoreOverview(shop.memory, shop.engine, shop.clock).zone("till").because == said


def test_moods_of_a_campaign_are_marked_as_planned(see: StoreOverview) -> None:
    assert [mood.id for mood in see.moods("fitting", ELIN) if mood.planned] == ["party"]
    assert [mood.id for mood in see.moods("till", ELIN) if mood.planned] == ["day"]


def test_a_layer_carries_what_is_needed_to_ask_about_it(see: StoreOverview) -> None:
    layer = see.explain("sales", NOW).layer
    assert layer is not None
    assert (layer.key, layer.priority, layer.profile, layer.mood) == ("campaign:spring", 60, "whiff", "Whiff")


# ── presses under a quiet hour ──────────────────────────────────────────────────────


def test_a_press_under_a_quiet_hour_says_until_when_it_is_kept_back(shop: Shop, see: StoreOverview,
                                                                   do: StorePlanning) -> None:
    shop.clock.move_to(QUIET)
    loud = Choice(scene=Scene(light=Lights(brightness_pct=90)), name="Bright")
    assert do.press(("till",), loud, "minutes:120", MAJA).sentence == (
        "Bright in Checkout, until 17:12. The quiet hour keeps it back until 16:00.")
    assert see.presses()[0].sentence.endswith("The quiet hour keeps it back until 16:00.")
    assert see.zone("till").because == "Quiet hour, until 16:00; what Maja chose shows at 16:00"
    assert see.zone("till").next == "Bright"


def test_a_press_that_ends_before_the_quiet_hour_says_so(shop: Shop, see: StoreOverview, do: StorePlanning) -> None:
    shop.clock.move_to(QUIET)
    loud = Choice(scene=Scene(light=Lights(brightness_pct=90)), name="Bright")
    assert do.press(("till",), loud, "minutes:10", MAJA).sentence == (
        "Bright in Checkout, until 15:22. The quiet hour lasts longer, so it will not show.")
    assert see.zone("till").because == "Quiet hour, until 16:00; what Maja chose ends before it"


def test_a_press_that_a_quiet_hour_lets_through_in_part_says_so(shop: Shop, see: StoreOverview,
                                                               do: StorePlanning) -> None:
    shop.clock.move_to(QUIET)
    assert do.press(("till",), MIRROR, "minutes:90", ELIN).sentence == (
        "Soft mirror in Checkout, until 16:42. The quiet hour keeps some of it back until 16:00.")
    assert see.zone("till").because.endswith("; what Elin chose shows in full at 16:00")


def test_staff_may_lower_in_a_quiet_hour_and_nothing_is_said(shop: Shop, see: StoreOverview,
                                                             do: StorePlanning) -> None:
    shop.clock.move_to(QUIET)
    dim = Choice(scene=Scene(light=Lights(roles={"accent": Light(brightness_pct=5)})), name="Dim")
    assert do.press(("sales",), dim, "minutes:90", MAJA).sentence == "Dim in Sales floor, until 16:42"
    assert see.zone("sales").because == "Quiet hour, until 16:00"


def test_before_the_quiet_hour_a_press_says_nothing_of_it(do: StorePlanning) -> None:
    assert do.press(("till",), MIRROR, "minutes:120", ELIN).sentence == "Soft mirror in Checkout, until 16:32"


# ── what would be ───────────────────────────────────────────────────────────────────


def test_without_the_layer_that_leads_it_would_be_what_lies_below(see: StoreOverview) -> None:
    found = unlike(see, "campaign:sale", zone="fitting")
    assert (found.what, found.layer.key) == ("Clear day", "campaign:sale")
    assert found.because.startswith("Daypart Day, until 15:00")
    assert found.sentence == ("Without campaign Sale it would be Clear day: light 74 %, 3400 K instead of 10 %, in "
                              "colour; music 50 % instead of 70 %.")
    assert set(found.changes) == {field.value for field in Field if "brightness" in field.value
                                  or "colour" in field.value} | {"music.volume_pct"}
    assert found.values["music.volume_pct"] == 50


def test_without_a_layer_that_gives_a_part_the_name_stays(see: StoreOverview) -> None:
    found = unlike(see, "campaign:sale")
    assert found.sentence.startswith("Without campaign Sale it would still be Whiff: light 74 %, 3400 K instead of")


def test_without_a_beaten_layer_nothing_is_different_and_it_is_said_why(see: StoreOverview, do: StorePlanning) -> None:
    do.press(("fitting",), MIRROR, "minutes:20", ELIN)
    found = unlike(see, "sale", zone="fitting")
    assert found.changes == ()
    assert found.what == "Soft mirror"
    assert found.sentence == ("Without campaign Sale nothing would be different: at that time Soft mirror, which Elin "
                              "chose, goes before it in everything it sets.")


def test_without_a_layer_that_gives_what_lies_below_nothing_feels_different(see: StoreOverview) -> None:
    found = unlike(see, "daypart:day", zone="fitting", sense=Sense.MUSIC)
    assert (found.changes, found.sentence) == (
        (), "Without daypart Day nothing would feel different: what lies below gives the same.")


def test_without_a_press_a_complaint_or_a_stop(see: StoreOverview, do: StorePlanning) -> None:
    def key(rank: str) -> str:
        return next(shown.layer.key for shown in see.explain("fitting", NOW).fields if shown.layer.rank == rank)

    do.press(("fitting",), MIRROR, "minutes:20", ELIN)
    assert unlike(see, key("override"), zone="fitting").what == "Party"
    do.end_overrides("fitting", ELIN)
    do.nudge("fitting", "too-loud", ELIN)
    found = unlike(see, key("override"), zone="fitting")
    assert found.sentence.startswith("Without “Too loud” of Elin it would still be Party: music 70 % instead of")
    do.end_overrides("fitting", ELIN)
    do.stop(("fitting",), tuple(Sense), "smoke", ELIN)
    found = unlike(see, key("stop"), zone="fitting")
    assert found.what == "Party"
    assert found.sentence.startswith("Without the stop by Elin it would be Party: light")


def test_without_the_quiet_hour_what_people_chose_would_show(shop: Shop, see: StoreOverview,
                                                             do: StorePlanning) -> None:
    shop.clock.move_to(QUIET)
    do.press(("till",), MIRROR, "minutes:90", ELIN)
    found = unlike(see, "quiet-hour:calm", QUIET, "till")
    assert found.what == "Soft mirror"
    assert found.sentence.startswith("Without the quiet hour it would be Soft mirror: light 58 %, 2900 K instead of")


def test_the_present_is_not_touched_by_what_would_be(shop: Shop, see: StoreOverview) -> None:
    before = see.explain("sales", NOW)
    for _ in range(3):
        for layer in ("campaign:spring", "campaign:sale", "daypart:day", "quiet-hour:calm"):
            unlike(see, layer)
    assert see.explain("sales", NOW) == before
    assert shop.memory.plan_in_force() is not None
    assert len(shop.plan.campaigns) == 2


@pytest.mark.parametrize(("layer", "refusal", "said"), [
    ("campaign:autumn", NotFound, "There is quiet-hour:calm, campaign:spring, campaign:sale and daypart:day"),
    ("override:press-1", NotFound, "There is no layer override:press-1 there at that time"),
    ("evening", NotFound, "no layer evening"),
    ("default:sales", Refused, "cannot be taken away"),
    ("sales", Refused, "cannot be taken away"),
    ("weather:rain", Refused, "The ranks are daypart, campaign, override, quiet-hour and stop"),
])
def test_a_layer_that_is_not_there_is_refused_with_those_that_are(
    see: StoreOverview, layer: str, refusal: type[Exception], said: str
) -> None:
    with pytest.raises(refusal, match=said):
        see.explain("sales", NOW, layer)


def test_at_night_nothing_lies_over_the_zone_default(see: StoreOverview) -> None:
    with pytest.raises(NotFound, match="nothing lies over the zone default"):
        see.explain("till", NOW.replace(hour=22), "daypart:day")


# ── one sense; other times ──────────────────────────────────────────────────────────


def test_one_sense_has_its_own_reason_and_end(see: StoreOverview) -> None:
    light, scent = see.explain("sales", NOW, sense=Sense.LIGHT), see.explain("sales", NOW, sense=Sense.SCENT)
    assert light.what == "Party"
    assert light.because == "Campaign Sale, until 16:30", "its light is below the ceiling of the quiet hour"
    assert scent.layer is not None
    assert scent.layer.rank in {"campaign", "quiet-hour"}
    assert {shown.field.sense for shown in light.fields} == {Sense.LIGHT}
    assert {shown.field.sense for shown in scent.fields} == {Sense.SCENT}


def test_what_a_replaced_plan_said_ends_when_the_next_was_published(shop: Shop, see: StoreOverview,
                                                                    do: StorePlanning) -> None:
    shop.clock.move(minutes=10)
    do.publish(document(), "without campaigns", MAJA)
    shop.clock.move(minutes=60)
    then, now = see.explain("fitting", NOW + timedelta(minutes=5)), see.explain("fitting", shop.clock.now())
    assert (then.version, then.what, then.until) == (1, "Party", NOW + timedelta(minutes=10))
    assert then.because.startswith("Campaign Sale, until 14:42")
    assert max(shown.until for shown in then.fields if shown.until is not None) == NOW + timedelta(minutes=10)
    assert (now.version, now.what, now.happened) == (2, "Clear day", None)
    assert unlike(see, "sale", NOW + timedelta(minutes=5), "fitting").until == NOW + timedelta(minutes=10)


def test_of_more_versions_than_are_read_at_once_the_one_of_then_decides(shop: Shop, see: StoreOverview,
                                                                        do: StorePlanning) -> None:
    for number in range(40):
        shop.clock.move(minutes=1)
        do.publish(document(store={**document()["store"], "name": f"Shop {number}"}), "", MAJA)
    for minute in (0, 1, 7, 20, 33, 39):
        assert see.explain("sales", NOW + timedelta(minutes=minute, seconds=30)).version == minute + 1
    assert see.explain("sales", NOW - timedelta(days=3)).version == 1


# ── the timeline ────────────────────────────────────────────────────────────────────


def test_a_segment_has_its_layer_what_it_leaves_and_what_it_beat(see: StoreOverview) -> None:
    told = see.timeline(NOW.replace(hour=10, minute=30), NOW.replace(hour=11), "sales")
    (segment,) = told
    assert (segment.rank, segment.layer.key, segment.layer.priority, segment.profile) == (
        "campaign", "campaign:spring", 60, "whiff")
    assert [layer.key for layer in segment.others] == ["campaign:sale", "daypart:day"]
    assert [layer.key for layer in segment.beat] == ["default:sales"]
    assert segment.limits == ("Volume limited to 70 % by the store's limit; 90 % was asked",)
    assert segment.version == 1


def test_holds_stand_in_the_segments_in_which_they_hold(shop: Shop) -> None:
    shop = Shop()
    shop.engine.holds_scent("sales", NOW + timedelta(minutes=20))
    see = StoreOverview(shop.memory, shop.engine, shop.clock)
    told = see.timeline(NOW - timedelta(hours=8), NOW + timedelta(hours=12), "sales")
    assert [bool(segment.holds) for segment in told] == [segment.start <= NOW < segment.end for segment in told]


def test_a_year_is_told_of_one_zone_and_refused_of_all(see: StoreOverview) -> None:
    year = see.timeline(NOW, NOW + timedelta(days=390), "till")
    assert len(year) > 365
    assert see.timeline(NOW, NOW + timedelta(days=35))
    with pytest.raises(Refused, match="at most 35 days at a time"):
        see.timeline(NOW, NOW + timedelta(days=35, seconds=1))

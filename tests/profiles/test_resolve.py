"""`resolve` and the timeline against a naive oracle, and the promises that people rely on, as sentences."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from profiles.compiled import HORIZON, STRETCH_S
from profiles.layers import Rank
from profiles.places import Store, Zone
from profiles.plan import Daypart, Live, Override, Plan, Stop
from profiles.profile import Profile, ZoneKind
from profiles.resolve import next_change, resolve, values_at
from profiles.scene import Colour, Field, Lights, Music, Role, Scene, Sense
from profiles.timeline import timeline
from tests.profiles.plans import FULL, changes, instants, lives, plans
from tests.profiles.resolve_oracle import expected, laid, planned_at

NOON = datetime(2026, 4, 16, 12, 0, tzinfo=UTC)  # a Thursday, 14:00 in Stockholm


def shop(*dayparts: Daypart, **more) -> Plan:
    store = Store(id="shop", name="Shop", timezone="Europe/Stockholm", country="SE", coordinates=(59.3, 18.0),
                  hours="Mo-Su 10:00-20:00", scent_consent=True)
    profiles = (
        Profile(id="bright", name="Bright", scene=Scene(light=Lights(brightness_pct=90, kelvin=4000))),
        Profile(id="dark", name="Dark", scene=Scene(light=Lights(on=False))),
        Profile(id="loud", name="Loud", scene=Scene(music=Music(on=True, volume_pct=95))),
    )
    zones = (Zone(id="sales", name="Sales", kind=ZoneKind.SALES_FLOOR, default=FULL),)
    return Plan(store=store, zones=zones, profiles=profiles, dayparts=dayparts, **more)


def press(scene: Scene, start: datetime = NOON, minutes: int = 30, **more) -> Override:
    more = {"id": "o1", "press": "o1", "zone": "sales", "name": "Press", "by": "Elin", **more}
    return Override(scene=scene, start=start, end=start + timedelta(minutes=minutes), **more)


def got(plan, live, zone, at):
    return {f: ((int(r.because.layer.rank), r.because.layer.id), r.value)
            for f, r in resolve(plan, live, zone, at).fields.items()}


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_resolve_agrees_with_the_naive_oracle_at_any_instant(data):
    at = data.draw(instants | changes)
    plan, live = data.draw(plans()), data.draw(lives(at))
    for zone in ("sales", "door"):
        for minutes in data.draw(st.lists(st.integers(-900, 900), min_size=1, max_size=5)):
            instant = at + timedelta(minutes=minutes)
            assert got(plan, live, zone, instant) == expected(plan, live, zone, instant)


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_resolve_at_any_instant_is_the_segment_of_the_timeline_there(data):
    at = data.draw(instants | changes)
    plan, live = data.draw(plans()), data.draw(lives(at))
    segments = timeline(plan, live, "sales", at - timedelta(hours=12), at + timedelta(hours=30))
    assert segments[0].start == at - timedelta(hours=12)
    assert segments[-1].end == at + timedelta(hours=30)
    assert all(a.end == b.start for a, b in pairwise(segments))
    for segment in segments:
        for instant in (segment.start, segment.start + (segment.end - segment.start) / 2,
                        segment.end - timedelta(seconds=1)):
            here = resolve(plan, live, "sales", instant)
            assert {f: r.value for f, r in here.fields.items()} == {
                f: r.value for f, r in segment.resolution.fields.items()}
            assert here.until == segment.resolution.until


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_until_is_the_first_instant_at_which_winner_or_value_differ(data):
    at = data.draw(instants | changes)
    plan, live = data.draw(plans()), data.draw(lives(at))
    here = resolve(plan, live, "sales", at)
    now = expected(plan, live, "sales", at)
    assert values_at(plan, live, "sales", at) == {field: found.value for field, found in here.fields.items()}
    for field in data.draw(st.lists(st.sampled_from(sorted(here.fields)), min_size=1, max_size=4, unique=True)):
        until = here.fields[field].until
        horizon = until if until is not None else at + timedelta(days=3)
        if until is not None:
            assert expected(plan, live, "sales", until)[field] != now[field]
        span = (horizon - at) / timedelta(minutes=1)
        for share in data.draw(st.lists(st.floats(0, 0.999), min_size=1, max_size=6)):
            instant = at + timedelta(minutes=int(span * share))
            assert expected(plan, live, "sales", instant)[field] == now[field]


@settings(max_examples=20, deadline=None)
@given(st.data())
def test_the_next_change_is_the_first_instant_at_which_another_layer_wins_below_presses_and_ceilings(data):
    at = data.draw(instants | changes)
    plan = data.draw(plans())

    def winners(instant):
        return {f: winner for f, (winner, _) in laid(plan, "sales", sorted(
            planned_at(plan, "sales", instant), key=lambda x: x[:5]), False).items()}

    change = next_change(plan, "sales", at)
    horizon = at + timedelta(days=3) if change is None else change
    if change is not None:
        assert winners(change) != winners(at)
    for share in data.draw(st.lists(st.floats(0, 0.999), min_size=1, max_size=8)):
        assert winners(at + timedelta(minutes=int((horizon - at) / timedelta(minutes=1) * share))) == winners(at)


def test_a_field_that_a_layer_leaves_out_shows_what_lies_below():
    plan = shop(Daypart(id="day", name="Day", when="Mo-Su 10:00-20:00", profile="bright"))
    fields = resolve(plan, Live(overrides=(press(Scene(music=Music(volume_pct=20))),)), "sales", NOON).fields
    assert fields[Field.MUSIC_VOLUME].value == 20
    assert fields[Field.MUSIC_VOLUME].because.layer.rank is Rank.OVERRIDE
    assert fields[Field.AMBIENT_BRIGHTNESS].value == 90
    assert fields[Field.AMBIENT_BRIGHTNESS].because.layer.name == "Day"
    assert fields[Field.MUSIC_ON].because.layer.rank is Rank.DEFAULT


def test_what_was_beaten_is_named_with_its_value_strongest_first():
    plan = shop(Daypart(id="day", name="Day", when="Mo-Su 10:00-20:00", profile="bright"))
    live = Live(overrides=(press(Scene(light=Lights(brightness_pct=50))),))
    beat = resolve(plan, live, "sales", NOON).fields[Field.AMBIENT_BRIGHTNESS].because.beat
    assert [(o.layer.name, o.value) for o in beat] == [("Day", 90), ("Sales", 60)]


def test_naming_a_value_does_not_switch_on():
    plan = shop(limits={"light_floor_pct": 0})
    off = press(Scene(light=Lights(on=False)))
    brighter = press(Scene(light=Lights(brightness_pct=80)), start=NOON + timedelta(minutes=1), id="o2")
    fields = resolve(plan, Live(overrides=(off, brighter)), "sales", NOON + timedelta(minutes=2)).fields
    assert fields[Field.AMBIENT_ON].value is False
    assert fields[Field.AMBIENT_BRIGHTNESS].value == 80


def test_the_newer_press_wins_and_the_older_shows_again_when_it_ends():
    plan = shop()
    older = press(Scene(music=Music(volume_pct=40)), minutes=120)
    newer = press(Scene(music=Music(volume_pct=20)), start=NOON + timedelta(minutes=10), minutes=15, id="o2")
    live = Live(overrides=(older, newer))
    volume = [resolve(plan, live, "sales", NOON + timedelta(minutes=m)).fields[Field.MUSIC_VOLUME].value
              for m in (5, 12, 24, 25, 119, 120)]
    assert volume == [40, 20, 20, 40, 40, 30]


def test_an_override_ends_at_its_end_and_not_a_second_before():
    live = Live(overrides=(press(Scene(music=Music(volume_pct=40))),))
    end = NOON + timedelta(minutes=30)
    assert resolve(shop(), live, "sales", end - timedelta(seconds=1)).fields[Field.MUSIC_VOLUME].value == 40
    assert resolve(shop(), live, "sales", end).fields[Field.MUSIC_VOLUME].value == 30


def test_the_store_s_limit_clamps_and_is_part_of_the_reason():
    plan = shop(Daypart(id="party", name="Party", when="Mo-Su 10:00-20:00", profile="loud"),
                limits={"max_volume_pct": 70})
    volume = resolve(plan, Live(), "sales", NOON).fields[Field.MUSIC_VOLUME]
    assert volume.value == 70
    assert volume.because.layer.name == "Party"
    assert [(c.limit, c.asked, c.given) for c in volume.because.clamps] == [("volume", 95, 70)]


@pytest.mark.parametrize(("hour", "on"), [(6, False), (7, True), (18, True), (19, False)])
def test_the_light_floor_holds_from_an_hour_before_opening_to_an_hour_after_closing(hour, on):
    plan = shop(Daypart(id="dark", name="Dark", when="24/7", profile="dark"))
    # Open 10 to 20 in Stockholm, which is 8 to 18 in UTC that day.
    fields = resolve(plan, Live(), "sales", datetime(2026, 4, 16, hour, 0, tzinfo=UTC)).fields
    assert fields[Field.AMBIENT_ON].value is on
    assert (fields[Field.AMBIENT_BRIGHTNESS].value == 20) is on
    assert fields[Field.ACCENT_ON].value is False


def test_dark_is_allowed_where_nobody_is():
    plan = shop(Daypart(id="dark", name="Dark", when="24/7", profile="dark"))
    window = plan.zones[0].model_copy(update={"people": False})
    plan = Plan.model_validate({**plan.model_dump(), "zones": [window.model_dump()]})
    assert resolve(plan, Live(), "sales", NOON).fields[Field.AMBIENT_ON].value is False


def test_a_stop_wins_over_everything_and_the_limits_do_not_dim_it():
    plan = shop(limits={"max_brightness_pct": 50})
    stop = Stop(id="s1", by="Elin", reason="smoke", since=NOON)
    live = Live(overrides=(press(Scene(light=Lights(on=False), music=Music(on=True))),), stops=(stop,))
    fields = resolve(plan, live, "sales", NOON + timedelta(minutes=1)).fields
    assert [fields[f].value for f in (Field.AMBIENT_ON, Field.AMBIENT_BRIGHTNESS, Field.MUSIC_ON, Field.SCENT_ON)] == [
        True, 100.0, False, False]
    assert fields[Field.AMBIENT_ON].until is None


def test_a_fragrance_stop_leaves_light_and_music_alone():
    stop = Stop(id="s1", by="Elin", reason="headache", since=NOON, senses=(Sense.SCENT,))
    fields = resolve(shop(), Live(stops=(stop,)), "sales", NOON).fields
    assert fields[Field.SCENT_ON].because.layer.rank is Rank.STOP
    assert fields[Field.AMBIENT_ON].because.layer.rank is Rank.DEFAULT
    assert fields[Field.MUSIC_ON].because.layer.rank is Rank.DEFAULT


def test_light_by_role_goes_over_light_for_all():
    scene = Scene(light=Lights(brightness_pct=40, roles={Role.ACCENT: {"brightness_pct": 80, "kelvin": 3000}}))
    fields = resolve(shop(), Live(overrides=(press(scene),)), "sales", NOON).fields
    assert fields[Field.AMBIENT_BRIGHTNESS].value == 40
    assert fields[Field.ACCENT_BRIGHTNESS].value == 80
    assert fields[Field.ACCENT_COLOUR].value == Colour(kelvin=3000)
    assert fields[Field.AMBIENT_COLOUR].value == Colour(kelvin=3500)


def test_a_press_does_not_change_the_digest_of_the_plan():
    plan = shop()
    before = plan.digest
    resolve(plan, Live(overrides=(press(FULL),)), "sales", NOON)
    assert plan.digest == before
    assert shop().digest == before
    assert shop(limits={"max_volume_pct": 60}).digest != before


def test_the_next_change_ignores_presses():
    plan = shop(Daypart(id="day", name="Day", when="Mo-Su 16:00-20:00", profile="bright"))
    assert next_change(plan, "sales", NOON) == datetime(2026, 4, 16, 14, 0, tzinfo=UTC)
    assert next_change(shop(), "sales", NOON) is None


def test_a_plan_that_never_changes_has_no_until():
    assert resolve(shop(), Live(), "sales", NOON).until is None


def test_a_zone_that_is_not_in_the_plan_is_a_key_error():
    with pytest.raises(KeyError):
        resolve(shop(), Live(), "cellar", NOON)


def test_an_edge_thirteen_months_ahead_to_the_second_is_not_overlooked_later():
    begins = datetime(2027, 12, 1, 9, tzinfo=UTC)
    plan = shop(Daypart(id="late", name="Late", when="2027 Dec 1-2027 Dec 31 10:00-12:00", profile="loud"))
    at = begins - HORIZON
    assert resolve(plan, Live(), "sales", at).fields[Field.MUSIC_VOLUME].until is None
    later = resolve(plan, Live(), "sales", at + timedelta(hours=1))
    assert later.fields[Field.MUSIC_VOLUME].until == begins


def test_a_field_that_ends_where_a_stretch_does_ends_in_time():
    edge = datetime.fromtimestamp(735 * STRETCH_S, UTC)  # a Thursday, 00:00 in UTC
    assert edge == datetime(2026, 5, 7, tzinfo=UTC)
    sourced = Profile(id="sourced", name="Sourced", scene=Scene(music=Music(source="calm")))
    bare = FULL.model_copy(update={"music": Music(on=True, volume_pct=30)})
    plan = shop(Daypart(id="night", name="Night", when="2026 May 7 00:00-02:00", profile="sourced"))
    plan = Plan(store=plan.store, profiles=(sourced,), dayparts=plan.dayparts,
                zones=(Zone(id="sales", name="Sales", kind=ZoneKind.SALES_FLOOR, default=bare),))
    found = resolve(plan, Live(), "sales", edge - timedelta(minutes=30))
    assert found.fields[Field.MUSIC_SOURCE].until == edge
    assert Field.MUSIC_SOURCE not in resolve(plan, Live(), "sales", edge).fields

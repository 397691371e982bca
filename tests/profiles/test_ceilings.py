"""Campaigns and quiet hours among the layers: each rule of `semantics.md` (5, 6, 9) as a sentence."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from math import ceil, log

import pytest

from profiles.counterfactual import without
from profiles.layers import LayerName, Rank
from profiles.overlay import Announcement, Campaign, QuietHour
from profiles.places import Store, Zone
from profiles.plan import Daypart, Live, Override, Plan, Stop
from profiles.profile import Profile, ZoneKind
from profiles.resolve import next_change, resolve
from profiles.scene import Field, Light, Lights, Music, Role, Scene, Scent
from profiles.timeline import timeline
from profiles.windows import members, spans

NOON = datetime(2026, 4, 16, 12, 0, tzinfo=UTC)  # a Thursday, 14:00 in Stockholm
HOUR = timedelta(hours=1)
FULL = Scene(light=Lights(on=True, brightness_pct=60, kelvin=3500, roles={Role.ACCENT: Light(brightness_pct=90)}),
             music=Music(on=True, volume_pct=30, source="calm"),
             scent=Scent(on=True, fragrance="linen", intensity_pct=20))
LIGHT, ACCENT = Field.AMBIENT_BRIGHTNESS, Field.ACCENT_BRIGHTNESS


def shop(**more) -> Plan:
    profiles = (
        Profile(id="bright", name="Bright", scene=Scene(light=Lights(brightness_pct=90))),
        Profile(id="low", name="Low", scene=Scene(light=Lights(brightness_pct=25), music=Music(on=False))),
        Profile(id="fig", name="Fig", scene=Scene(scent=Scent(on=True, fragrance="fig", intensity_pct=30))),
        Profile(id="fig-bright", name="Fig, bright", extends="fig", scene=Scene(light=Lights(brightness_pct=80))),
    )
    zones = (Zone(id="sales", name="Sales", kind=ZoneKind.SALES_FLOOR, default=FULL),
             Zone(id="cafe", name="Café", kind=ZoneKind.CAFE, default=FULL, air_changes_per_h=8))
    store = Store(id="shop", name="Shop", timezone="Europe/Stockholm", hours="Mo-Su 10:00-20:00", scent_consent=True)
    return Plan.model_validate({"store": store, "zones": zones, "profiles": profiles, **more})


def campaign(profile: str = "fig", **more) -> Campaign:
    return Campaign(**{"id": "spring", "name": "Spring", "when": "Mo-Su 10:00-20:00", "profile": profile, **more})


def quiet(**more) -> QuietHour:
    return QuietHour(**{"id": "calm", "name": "Calm Thursday", "when": "Th 14:30-15:30", **more})


def press(scene: Scene, start: datetime = NOON, minutes: int = 120, **more) -> Live:
    return Live(overrides=(Override(**{
        "id": "o1", "press": "p1", "zone": "sales", "name": "Press", "by": "Elin", "scene": scene, "start": start,
        "end": start + timedelta(minutes=minutes), **more}),))


def fields(plan: Plan, at: datetime = NOON, live: Live | None = None, zone: str = "sales"):
    return resolve(plan, live or Live(), zone, at).fields


# ── campaigns ───────────────────────────────────────────────────────────────────────


def test_a_campaign_that_only_sets_scent_leaves_light_and_music_to_what_lies_below():
    day = Daypart(id="day", name="Day", when="Mo-Su 10:00-20:00", profile="bright")
    got = fields(shop(dayparts=(day,), campaigns=(campaign("fig"),)))
    assert got[Field.SCENT_DIFFUSION].value.fragrance == "fig"
    assert got[Field.SCENT_DIFFUSION].because.layer == LayerName(
        Rank.CAMPAIGN, "spring", "Spring", "Fig", priority=50, version=1)
    assert got[LIGHT].because.layer.name == "Day"
    assert got[Field.MUSIC_ON].because.layer.rank is Rank.DEFAULT


def test_a_campaign_beats_the_daypart_and_a_press_beats_the_campaign():
    day = Daypart(id="day", name="Day", when="Mo-Su 10:00-20:00", profile="bright")
    plan = shop(dayparts=(day,), campaigns=(campaign("low"),))
    got = fields(plan, live=press(Scene(light=Lights(brightness_pct=50))))[LIGHT]
    assert got.value == 50
    assert [(o.layer.name, o.value) for o in got.because.beat] == [("Spring", 25), ("Day", 90), ("Sales", 60)]


@pytest.mark.parametrize(("a", "b", "winner"), [(70, 30, "a"), (30, 70, "b")])
def test_the_higher_priority_wins(a, b, winner):
    both = (campaign("bright", id="a", priority=a), campaign("low", id="b", priority=b))
    assert fields(shop(campaigns=both))[LIGHT].because.layer.id == winner


def test_of_equal_priorities_the_newer_version_wins_and_then_the_id():
    older, newer = campaign("bright", id="z"), campaign("low", id="a", version=2)
    assert fields(shop(campaigns=(older, newer)))[LIGHT].because.layer.id == "a"
    assert fields(shop(campaigns=(older, campaign("low", id="a"))))[LIGHT].because.layer.id == "z"


def test_a_campaign_holds_in_windows_that_begin_on_its_dates_even_past_midnight():
    plan = shop(campaigns=(campaign(when="22:00-04:00", first=date(2026, 4, 16), last=date(2026, 4, 16)),))
    got = [segment.start for segment in timeline(plan, Live(), "sales", NOON - 48 * HOUR, NOON + 48 * HOUR)
           if segment.resolution.fields[Field.SCENT_DIFFUSION].because.layer.rank is Rank.CAMPAIGN]
    assert got == [datetime(2026, 4, 16, 20, tzinfo=UTC)]
    assert fields(plan, got[0])[Field.SCENT_DIFFUSION].until == datetime(2026, 4, 17, 2, tzinfo=UTC)


def test_whole_days_that_touch_still_end_with_the_last_date():
    plan = shop(campaigns=(campaign(when="24/7", first=date(2026, 4, 16), last=date(2026, 4, 17)),))
    assert spans(plan, plan.campaigns[0], NOON.timestamp() - 1e6, NOON.timestamp() + 1e6) == [
        (datetime(2026, 4, 15, 22, tzinfo=UTC).timestamp(), datetime(2026, 4, 17, 22, tzinfo=UTC).timestamp())]


def test_a_campaign_is_for_zones_that_it_names_and_of_its_kinds():
    named = campaign(zones=("sales", "cafe"), kinds=(ZoneKind.CAFE,))
    plan = shop(campaigns=(named,))
    assert [zone.id for zone in members(plan, named)] == ["cafe"]
    assert fields(plan, zone="cafe")[Field.SCENT_ON].because.layer.rank is Rank.CAMPAIGN
    assert fields(plan)[Field.SCENT_ON].because.layer.rank is Rank.DEFAULT


def test_a_campaign_brings_what_its_profile_extends():
    got = fields(shop(campaigns=(campaign("fig-bright"),)))
    assert got[LIGHT].value == 80
    assert got[Field.SCENT_DIFFUSION].value.fragrance == "fig"


# ── quiet hours ─────────────────────────────────────────────────────────────────────


def test_in_a_quiet_hour_light_is_half_of_the_zone_s_own_by_role_and_music_and_scent_are_off():
    got = fields(shop(quiet_hours=(quiet(),)), NOON + HOUR)
    assert [got[f].value for f in (LIGHT, ACCENT, Field.MUSIC_ON, Field.SCENT_ON)] == [30, 45, False, False]
    assert {got[f].because.layer.name for f in (LIGHT, ACCENT, Field.MUSIC_ON, Field.SCENT_ON)} == {"Calm Thursday"}
    assert got[Field.AMBIENT_ON].because.layer.rank is Rank.DEFAULT
    assert got[Field.MUSIC_VOLUME].value == 30
    assert got[LIGHT].until == datetime(2026, 4, 16, 13, 30, tzinfo=UTC)


def test_a_masked_press_says_until_when_and_shows_afterwards():
    plan, live = shop(quiet_hours=(quiet(),)), press(Scene(light=Lights(brightness_pct=80)))
    got = fields(plan, NOON + HOUR, live)[LIGHT]
    assert (got.value, got.because.layer.rank, got.until) == (30, Rank.QUIET_HOUR, NOON + 1.5 * HOUR)
    assert [(o.layer.name, o.value) for o in got.because.beat] == [("Press", 80), ("Sales", 60)]
    assert fields(plan, NOON, live)[LIGHT].until == NOON + 0.5 * HOUR
    assert fields(plan, got.until, live)[LIGHT].value == 80


def test_a_press_that_ends_while_it_is_masked_changes_nothing():
    plan, live = shop(quiet_hours=(quiet(),)), press(Scene(light=Lights(brightness_pct=80)), minutes=60)
    assert fields(plan, NOON + timedelta(minutes=45), live)[LIGHT].until == NOON + 1.5 * HOUR


def test_staff_may_lower_but_not_raise():
    plan = shop(quiet_hours=(quiet(),), limits={"light_floor_pct": 0})
    lower = fields(plan, NOON + HOUR, press(Scene(light=Lights(brightness_pct=10), music=Music(on=True))))
    assert (lower[LIGHT].value, lower[LIGHT].because.layer.rank) == (10, Rank.OVERRIDE)
    assert lower[LIGHT].until == NOON + 2 * HOUR
    assert "Calm Thursday" not in [o.layer.name for o in lower[LIGHT].because.beat]
    assert (lower[Field.MUSIC_ON].value, lower[Field.MUSIC_ON].because.layer.rank) == (False, Rank.QUIET_HOUR)


def test_what_is_low_already_stays_with_its_layer():
    day = Daypart(id="day", name="Day", when="Mo-Su 10:00-20:00", profile="low")
    got = fields(shop(dayparts=(day,), quiet_hours=(quiet(),)), NOON + HOUR)
    assert (got[LIGHT].value, got[LIGHT].because.layer.name) == (25, "Day")
    assert got[Field.MUSIC_ON].because.layer.name == "Day"


def test_a_ceiling_that_is_just_met_leaves_the_layer_below_as_the_winner():
    got = fields(shop(quiet_hours=(quiet(light_share_pct=100),)), NOON + HOUR)[LIGHT]
    assert (got.value, got.because.layer.rank, got.because.beat) == (60, Rank.DEFAULT, ())


@pytest.mark.parametrize(("zone", "changes_per_h"), [("sales", 4), ("cafe", 8)])
def test_scent_is_off_a_purge_before_the_quiet_hour(zone, changes_per_h):
    plan, begins = shop(quiet_hours=(quiet(),)), NOON + 0.5 * HOUR
    off = begins - timedelta(seconds=ceil(log(20) / changes_per_h * 3600))
    before, then = (fields(plan, at, zone=zone) for at in (off - timedelta(seconds=1), off))
    assert (before[Field.SCENT_ON].value, before[Field.SCENT_ON].until) == (True, off)
    assert (then[Field.SCENT_ON].value, then[Field.SCENT_ON].until) == (False, begins + HOUR)
    assert then[Field.MUSIC_ON].value is True
    assert resolve(plan, Live(), zone, off).leading.rank is Rank.DEFAULT, "the zone is not quiet yet"
    assert resolve(plan, Live(), zone, begins).leading.rank is Rank.QUIET_HOUR


def test_the_light_floor_lifts_a_ceiling_that_is_under_it():
    got = fields(shop(quiet_hours=(quiet(light_share_pct=10),)), NOON + HOUR)[LIGHT]
    assert (got.value, got.because.layer.rank) == (20, Rank.QUIET_HOUR)
    assert [(c.limit, c.asked, c.given) for c in got.because.clamps] == [("light floor", 6, 20)]


def test_of_overlapping_quiet_hours_the_lower_holds():
    two = (quiet(), quiet(id="calmer", name="Calmer", when="Th 15:00-16:00", light_share_pct=40))
    plan = shop(quiet_hours=two)
    got = [(s.start, s.resolution.fields[LIGHT].value, s.resolution.fields[LIGHT].because.layer.id)
           for s in timeline(plan, Live(), "sales", NOON + 0.5 * HOUR, NOON + 2 * HOUR)]
    assert got == [(NOON + 0.5 * HOUR, 30, "calm"), (NOON + HOUR, 24, "calmer")]
    beat = fields(plan, NOON + HOUR)[LIGHT].because.beat
    assert [(o.layer.name, o.value) for o in beat] == [("Calm Thursday", 30), ("Sales", 60)]


def test_a_default_that_is_off_still_says_how_bright_a_press_may_be():
    dark = Zone(id="sales", name="Sales", kind=ZoneKind.SALES_FLOOR, people=False,
                default=FULL.model_copy(update={"light": Lights(on=False, brightness_pct=60)}))
    plan = shop(zones=(dark,), quiet_hours=(quiet(),))
    got = fields(plan, NOON + HOUR, press(Scene(light=Lights(on=True, brightness_pct=100))))
    assert (got[Field.AMBIENT_ON].value, got[LIGHT].value) == (True, 30)


def test_a_stop_is_above_the_quiet_hour():
    plan = shop(quiet_hours=(quiet(),))
    live = Live(stops=(Stop(id="s1", by="Elin", reason="smoke", since=NOON, ended=NOON + 1.25 * HOUR),))
    got = fields(plan, NOON + HOUR, live)
    assert (got[LIGHT].value, got[LIGHT].because.layer.rank) == (100, Rank.STOP)
    assert [o.layer.name for o in got[LIGHT].because.beat] == ["Calm Thursday", "Sales"]
    assert got[LIGHT].until == NOON + 1.25 * HOUR
    assert fields(plan, NOON + 1.25 * HOUR, live)[LIGHT].value == 30


def test_the_next_change_ignores_the_quiet_hour_and_counts_the_campaign():
    plan = shop(quiet_hours=(quiet(),), campaigns=(campaign(when="Mo-Su 17:00-18:00"),))
    assert next_change(plan, "sales", NOON) == NOON + 3 * HOUR
    assert next_change(shop(quiet_hours=(quiet(),)), "sales", NOON) is None


def test_a_change_that_the_quiet_hour_hides_is_a_change_all_the_same():
    day = Daypart(id="day", name="Day", when="Mo-Su 15:00-20:00", profile="bright")
    plan = shop(dayparts=(day,), quiet_hours=(quiet(),))
    assert next_change(plan, "sales", NOON) == NOON + HOUR
    assert fields(plan, NOON + 0.75 * HOUR)[LIGHT].until == NOON + 1.5 * HOUR


# ── windows ─────────────────────────────────────────────────────────────────────────


def test_the_windows_of_a_quiet_hour_are_those_that_are_announced():
    plan = shop(quiet_hours=(quiet(),))
    begin = (NOON + 0.5 * HOUR).timestamp()
    assert spans(plan, plan.quiet_hours[0], begin - 60, begin + 60) == [(begin, begin + 3600)]
    assert spans(plan, plan.quiet_hours[0], begin + 3600, begin + 7200) == []


def test_an_announcement_by_press_alone_has_no_windows():
    said = Announcement(id="hi", name="Hi", clip="hi", text="Hello")
    at_times = said.model_copy(update={"when": "Th 14:00-14:30"})
    plan = shop(announcements=(said,))
    noon = NOON.timestamp()
    assert spans(plan, said, noon, noon + 60) == []
    assert spans(plan, at_times, noon, noon + 60) == [(noon, noon + 1800)]


# ── what would it be without ────────────────────────────────────────────────────────


def everything() -> tuple[Plan, Live]:
    plan = shop(dayparts=(Daypart(id="day", name="Day", when="Mo-Su 10:00-20:00", profile="bright"),),
                campaigns=(campaign("fig-bright"),), quiet_hours=(quiet(),))
    one = press(Scene(light=Lights(brightness_pct=70)), press="whole").overrides[0]
    other = one.model_copy(update={"id": "o2", "zone": "cafe"})
    return plan, Live(overrides=(one, other), stops=(Stop(id="s1", by="Elin", reason="smoke", since=NOON),))


def test_taking_layers_away_one_by_one_shows_what_lies_below():
    plan, live = everything()
    found = [fields(plan, NOON + HOUR, live)[LIGHT].value]
    for rank, layer in ((Rank.STOP, "s1"), (Rank.QUIET_HOUR, "calm"), (Rank.OVERRIDE, "o1"), (Rank.CAMPAIGN, "spring"),
                        (Rank.DAYPART, "day")):
        plan, live = without(plan, live, rank, layer)
        found.append(fields(plan, NOON + HOUR, live)[LIGHT].value)
    assert found == [100, 30, 70, 80, 90, 60]


def test_taking_away_an_override_leaves_the_others_of_its_press_and_the_inputs_as_they_were():
    plan, live = everything()
    before = plan.digest, live.model_dump()
    without(plan, live, Rank.CAMPAIGN, "spring")
    _, left = without(plan, live, Rank.OVERRIDE, "o1")
    assert [o.id for o in left.overrides] == ["o2"]
    assert left.stops == live.stops
    assert (plan.digest, live.model_dump()) == before


def test_a_zone_default_cannot_be_taken_away():
    with pytest.raises(ValueError, match="a zone default cannot be taken away"):
        without(*everything(), Rank.DEFAULT, "sales")


@pytest.mark.parametrize(("rank", "words"), [(Rank.DAYPART, "there is no daypart nobody"),
                                             (Rank.QUIET_HOUR, "there is no quiet hour nobody")])
def test_a_layer_that_is_not_there_is_a_key_error(rank, words):
    with pytest.raises(KeyError, match=words):
        without(*everything(), rank, "nobody")

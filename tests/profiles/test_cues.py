"""When cues are asked: in which zone, at which instant, and under which name."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from profiles.cue import Cue
from profiles.cues import CueDue, occurrences
from profiles.overlay import Campaign, QuietHour
from profiles.places import Store, Zone
from profiles.plan import Daypart, Live, Override, Plan, Stop
from profiles.profile import Profile, ZoneKind
from profiles.scene import Light, Lights, Music, Scene
from tests.profiles.cue_oracle import expected
from tests.profiles.plans import FULL, PLACES, changes, instants

LIGHT = Scene(light=Lights(on=True, brightness_pct=50))
MUSIC = Scene(music=Music(on=True, volume_pct=20))


def utc(*when: int) -> datetime:
    return datetime(*when, tzinfo=UTC)  # type: ignore[misc]


THURSDAY = utc(2026, 4, 15, 22), utc(2026, 4, 16, 22)  # 16 April in Stockholm


def tray(**how: object) -> Cue:
    return Cue.model_validate({"id": "tray", "text": "Put out the tasting tray", "sense": "taste", **how})


def mood(profile: str, *cues: Cue, scene: Scene = FULL, **kinds: tuple[Cue, ...]) -> Profile:
    varied = {ZoneKind(kind.replace("_", "-")): Scene(cues=own) for kind, own in kinds.items()}
    return Profile(id=profile, name=profile.title(), scene=scene.model_copy(update={"cues": cues}), variations=varied)


def shop(*moods: Profile, dayparts: tuple[Daypart, ...], timezone: str = "Europe/Stockholm", **parts: object) -> Plan:
    store = Store(id="shop", name="Shop", timezone=timezone, hours="Mo-Su 10:00-20:00")
    zones = (Zone(id="cafe", name="Café", kind=ZoneKind.CAFE, default=FULL),
             Zone(id="sales", name="Sales", kind=ZoneKind.SALES_FLOOR, default=FULL))
    return Plan(store=store, zones=zones, profiles=moods, dayparts=dayparts, **parts)


def day(when: str = "10:00-18:00", profile: str = "fika", zones: tuple[str, ...] | None = ("cafe",)) -> Daypart:
    return Daypart(id=f"{profile}-part", name="Day", when=when, profile=profile, zones=zones)


def press(start: datetime, end: datetime, scene: Scene = FULL, zone: str = "cafe", profile: str | None = None,
          number: int = 0) -> Override:
    return Override(id=f"press-{zone}-{number}", press=f"press-{number}", zone=zone, name="By hand", scene=scene,
                    profile=profile, start=start, end=end, by="Elin")


def asked(plan: Plan, live: Live | None = None, span: tuple[datetime, datetime] = THURSDAY) -> list[str]:
    """What is asked, as `cafe 11:00 tray`, in the store's time."""
    tz = plan.store.place.tz
    return [f"{one.zone} {one.due.astimezone(tz):%H:%M} {one.cue.id}" for one in occurrences(plan, live or Live(),
                                                                                           *span)]


def test_a_cue_without_a_time_is_asked_when_its_layer_begins() -> None:
    assert asked(shop(mood("fika", tray()), dayparts=(day(),))) == ["cafe 10:00 tray"]


def test_minutes_after_the_beginning_and_clock_times_are_kept() -> None:
    both = mood("fika", tray(after_min=30), tray(id="plates", at="15:00"), tray(id="lamps", at="09:59"))
    assert asked(shop(both, dayparts=(day(),))) == ["cafe 10:30 tray", "cafe 15:00 plates"]


def test_what_would_be_after_the_window_is_not_asked() -> None:
    assert asked(shop(mood("fika", tray(after_min=480)), dayparts=(day(),))) == []


def test_a_cue_is_asked_again_as_long_as_its_window_lasts() -> None:
    often = mood("fika", tray(every_min=180), tray(id="plates", at="11:00", every_min=240))
    assert asked(shop(often, dayparts=(day(),))) == [
        "cafe 10:00 tray", "cafe 11:00 plates", "cafe 13:00 tray", "cafe 15:00 plates", "cafe 16:00 tray"]


def test_a_window_past_midnight_counts_from_where_it_began() -> None:
    plan = shop(mood("fika", tray(every_min=120)), dayparts=(day("21:00-04:00"),))
    assert asked(plan) == ["cafe 01:00 tray", "cafe 03:00 tray", "cafe 21:00 tray", "cafe 23:00 tray"]


def test_once_for_the_store_is_asked_in_the_first_zone_where_the_layer_holds() -> None:
    plan = shop(mood("fika", tray(once="store", at="11:00")), dayparts=(day(zones=None),))
    assert asked(plan) == ["cafe 11:00 tray"]
    taken = Live(overrides=(press(utc(2026, 4, 16, 8, 50), utc(2026, 4, 16, 9, 30)),))
    assert asked(plan, taken) == ["sales 11:00 tray"]
    assert {one.id for one in occurrences(plan, taken, *THURSDAY)} == {
        one.id for one in occurrences(plan, Live(), *THURSDAY)}


def test_once_in_each_zone_is_asked_in_each() -> None:
    plan = shop(mood("fika", tray()), dayparts=(day(zones=None),))
    assert asked(plan) == ["cafe 10:00 tray", "sales 10:00 tray"]
    assert len({one.id for one in occurrences(plan, Live(), *THURSDAY)}) == 2


def test_a_variation_has_cues_of_its_own() -> None:
    varied = mood("fika", tray(at="11:00"), cafe=(tray(at="12:00"), tray(id="cups", at="12:00")))
    assert asked(shop(varied, dayparts=(day(zones=None),))) == ["sales 11:00 tray", "cafe 12:00 cups",
                                                                "cafe 12:00 tray"]


def test_what_a_profile_extends_brings_its_cues() -> None:
    heir = Profile(id="late-fika", name="Late fika", extends="fika", scene=LIGHT)
    assert asked(shop(mood("fika", tray()), heir, dayparts=(day(profile="late-fika"),))) == ["cafe 10:00 tray"]


def test_a_press_that_covers_everything_takes_the_question_away_while_it_lasts() -> None:
    plan = shop(mood("fika", tray(at="11:00")), dayparts=(day(),))
    over = press(utc(2026, 4, 16, 8, 50), utc(2026, 4, 16, 9, 20))
    assert asked(plan, Live(overrides=(over,))) == []
    assert asked(plan, Live(overrides=(over.model_copy(update={"scene": LIGHT}),))) == ["cafe 11:00 tray"]
    assert asked(plan, Live(overrides=(over.model_copy(update={"ended": utc(2026, 4, 16, 8, 55)}),))) == [
        "cafe 11:00 tray"]


def test_a_layer_that_is_covered_at_its_beginning_begins_when_it_holds() -> None:
    plan = shop(mood("fika", tray(after_min=5)), dayparts=(day(),))
    early = press(utc(2026, 4, 16, 7, 50), utc(2026, 4, 16, 8, 20))
    moved = occurrences(plan, Live(overrides=(early,)), *THURSDAY)
    assert [one.due for one in moved] == [utc(2026, 4, 16, 8, 25)]
    assert [one.id for one in moved] == [one.id for one in occurrences(plan, Live(), *THURSDAY)]


def test_a_press_in_the_middle_does_not_make_the_day_begin_again() -> None:
    plan = shop(mood("fika", tray()), dayparts=(day(),))
    midst = press(utc(2026, 4, 16, 10), utc(2026, 4, 16, 10, 30))
    assert asked(plan, Live(overrides=(midst,))) == ["cafe 10:00 tray"]


def test_a_profile_that_staff_pressed_brings_its_cues_from_the_press() -> None:
    plan = shop(mood("fika", tray(once="store", after_min=10)), dayparts=())
    both = Live(overrides=(press(utc(2026, 4, 16, 8, 7), utc(2026, 4, 16, 9), profile="fika"),
                           press(utc(2026, 4, 16, 8, 7), utc(2026, 4, 16, 9), profile="fika", zone="sales")))
    assert asked(plan, both) == ["cafe 10:17 tray"]
    ended = both.overrides[0].model_copy(update={"ended": utc(2026, 4, 16, 8, 9)})
    assert asked(plan, Live(overrides=(ended, both.overrides[1]))) == ["sales 10:17 tray"]
    assert asked(plan, Live(overrides=(ended,))) == []


def test_a_stop_and_a_quiet_hour_bring_and_take_nothing() -> None:
    stop = Stop(id="stop-1", by="Elin", reason="noise", since=utc(2026, 4, 16, 7))
    quiet = (QuietHour(id="quiet", name="Quiet hour", when="09:00-12:00"),)
    plan = shop(mood("fika", tray(), scene=MUSIC), dayparts=(day(),), quiet_hours=quiet)
    assert asked(plan, Live(stops=(stop,))) == ["cafe 10:00 tray"]


def test_a_profile_that_is_gone_and_one_that_says_nothing_ask_nothing() -> None:
    plan = shop(mood("fika", tray(), scene=Scene()), dayparts=(day(),))
    gone = press(utc(2026, 4, 16, 8), utc(2026, 4, 16, 9), profile="gone")
    assert asked(plan, Live(overrides=(gone,))) == []


class TestCampaigns:
    def spring(self, *cues: Cue, scene: Scene = FULL, **how: object) -> tuple[Profile, Campaign]:
        told = {"id": "spring", "name": "Spring", "when": "10:00-14:00", "profile": "spring", **how}
        return mood("spring", *cues, scene=scene), Campaign.model_validate(told)

    def test_a_campaign_brings_the_cues_of_its_profile_and_its_own(self) -> None:
        profile, campaign = self.spring(tray(at="11:00"), tray(id="cups"), zones=["cafe"],
                                        cues=[tray(at="12:00"), tray(id="vases", at="13:00")])
        assert asked(shop(profile, dayparts=(), campaigns=(campaign,))) == [
            "cafe 10:00 cups", "cafe 12:00 tray", "cafe 13:00 vases"]

    def test_a_daypart_that_is_wholly_beaten_asks_nobody(self) -> None:
        profile, campaign = self.spring()
        plan = shop(mood("fika", tray(at="11:00")), profile, dayparts=(day(),), campaigns=(campaign,))
        assert asked(plan) == []
        profile, campaign = self.spring(scene=LIGHT)
        plan = shop(mood("fika", tray(at="11:00")), profile, dayparts=(day(),), campaigns=(campaign,))
        assert asked(plan) == ["cafe 11:00 tray"]

    def test_the_beaten_one_begins_when_the_campaign_is_over(self) -> None:
        profile, campaign = self.spring()
        plan = shop(mood("fika", tray()), profile, dayparts=(day(),), campaigns=(campaign,))
        assert asked(plan) == ["cafe 14:00 tray"]

    def test_a_campaign_is_asked_on_its_dates_and_in_its_kinds_of_zones(self) -> None:
        profile, campaign = self.spring(tray(), first="2026-04-17", kinds=["sales-floor"])
        plan = shop(profile, dayparts=(), campaigns=(campaign,))
        assert asked(plan) == []
        assert asked(plan, span=(utc(2026, 4, 16, 22), utc(2026, 4, 17, 22))) == ["sales 10:00 tray"]

    def test_of_two_campaigns_the_stronger_asks(self) -> None:
        profile, campaign = self.spring(tray())
        weaker = campaign.model_copy(update={"id": "weaker", "priority": 10})
        plan = shop(profile, dayparts=(), campaigns=(weaker, campaign.model_copy(update={"zones": ("cafe",)})))
        assert [(one.zone, one.layer.id) for one in occurrences(plan, Live(), *THURSDAY)] == [
            ("cafe", "spring"), ("sales", "weaker")]


@pytest.mark.parametrize(("night", "clock", "due"), [
    (utc(2026, 3, 28, 23), "02:30", utc(2026, 3, 29, 1)),  # does not exist: the first instant after
    (utc(2026, 10, 24, 22), "02:30", utc(2026, 10, 25, 1, 30)),  # comes twice: the second
])
def test_a_clock_time_is_right_in_the_nights_of_summer_time(night: datetime, clock: str, due: datetime) -> None:
    plan = shop(mood("fika", tray(at=clock)), dayparts=(day("00:00-06:00"),))
    assert [one.due for one in occurrences(plan, Live(), night, night + timedelta(hours=25))] == [due]


def test_minutes_are_elapsed_ones_in_the_nights_of_summer_time() -> None:
    plan = shop(mood("fika", tray(after_min=60, every_min=60)), dayparts=(day("00:00-04:00"),))
    autumn = occurrences(plan, Live(), utc(2026, 10, 24, 22), utc(2026, 10, 25, 22))
    assert [one.due for one in autumn] == [utc(2026, 10, 24, 23), utc(2026, 10, 25), utc(2026, 10, 25, 1),
                                           utc(2026, 10, 25, 2)]


def test_it_is_late_after_the_minutes_it_may_wait_and_over_with_its_window() -> None:
    (one,) = occurrences(shop(mood("fika", tray(within_min=20)), dayparts=(day(),)), Live(), *THURSDAY)
    assert (one.due, one.late_from, one.until) == (
        utc(2026, 4, 16, 8), utc(2026, 4, 16, 8, 20), utc(2026, 4, 16, 16))


def test_a_layer_that_is_always_there_has_no_beginning_but_clock_times() -> None:
    plan = shop(mood("fika", tray(), tray(id="plates", at="15:00", every_min=600)), dayparts=(day("24/7"),))
    found = occurrences(plan, Live(), *THURSDAY)
    assert asked(plan) == ["cafe 01:00 plates", "cafe 11:00 plates", "cafe 15:00 plates"]
    assert all(one.until == one.due + timedelta(days=1) for one in found)


def test_a_window_of_weeks_counts_from_its_first_day() -> None:
    plan = shop(mood("fika", tray(every_min=1440)), dayparts=(day("Apr 01-Apr 30 00:00-24:00"),))
    assert asked(plan) == ["cafe 00:00 tray"]
    assert len(occurrences(plan, Live(), utc(2026, 3, 1), utc(2026, 6, 1))) == 30


def test_names_are_short_safe_in_addresses_and_all_different() -> None:
    often = mood("fika", tray(every_min=5), tray(id="plates", at="11:00", every_min=5, once="store"))
    found = occurrences(shop(often, dayparts=(day(zones=None),)), Live(), *THURSDAY)
    assert len(found) == len({one.id for one in found}) == 96 * 2 + 84
    assert all(re.fullmatch("[a-z0-9]{20}", one.id) for one in found)


def test_a_name_outlives_a_version_of_the_plan_that_does_not_change_the_cue() -> None:
    before = shop(mood("fika", tray(at="11:00")), dayparts=(day(),))
    after = before.changed(profiles=(mood("fika", tray(at="11:00", text="Put the tray out"), tray(id="cups")),),
                           zones=before.zones[::-1])
    names = [one.id for one in occurrences(after, Live(), *THURSDAY) if one.cue.id == "tray"]
    assert names == [one.id for one in occurrences(before, Live(), *THURSDAY)]
    other = before.changed(profiles=(mood("fika", tray(at="11:30")),))
    assert names != [one.id for one in occurrences(other, Live(), *THURSDAY)]


# ── against the naive reading ───────────────────────────────────────────────────────

WHENS = ("opening..opening+02:00", "closing-01:00..closing", "opening-00:30..closing+00:30", "Mo-Fr 07:00-10:00",
         "22:00-03:00", "00:15-01:45,04:00-05:00", "Mo-Su 01:30-02:30", "opening+01:15..closing-02:00")
SCENES = st.sampled_from([FULL, LIGHT, MUSIC, Scene(light=Lights(roles={"accent": Light(on=True)}))])
CLOCKS = st.sampled_from(["00:30", "01:45", "02:15", "02:45", "09:30", "11:00", "19:45", "23:10"])
CUES = st.lists(st.builds(
    lambda cue, at, after, every, once: tray(id=cue, at=at, after_min=None if at else after, every_min=every,
                                             once=once),
    st.sampled_from(["tray", "cups"]), st.none() | CLOCKS, st.none() | st.integers(0, 200),
    st.none() | st.integers(30, 400), st.sampled_from(["zone", "store"])), max_size=2, unique_by=lambda cue: cue.id)


@st.composite
def days(draw: st.DrawFn) -> tuple[Plan, Live, datetime]:
    timezone = draw(st.sampled_from(sorted(PLACES)))
    moods = [mood(name, *draw(CUES), scene=draw(SCENES)) for name in ("one", "two")]
    some = st.sampled_from([None, ("cafe",), ("sales",)])
    names = st.sampled_from(["one", "two"])
    # Dayparts of one zone never overlap in a plan that may be published; here they may, as `resolve` allows.
    parts = tuple(Daypart(id=f"d{n}", name="Part", when=draw(st.sampled_from(WHENS)), profile=draw(names),
                          zones=draw(some)) for n in range(draw(st.integers(0, 2))))
    campaigns = tuple(Campaign(id=f"c{n}", name="Campaign", when=draw(st.sampled_from(WHENS)), profile=draw(names),
                               priority=draw(st.integers(1, 3)), zones=draw(some), cues=tuple(draw(CUES)))
                      for n in range(draw(st.integers(0, 2))))
    start = draw(st.one_of(changes, instants)).replace(second=0)
    presses = []
    for n in range(draw(st.integers(0, 3))):
        begin = start + timedelta(minutes=draw(st.integers(-400, 1600)))
        profile = draw(st.none() | names)
        for zone in draw(st.sampled_from([("cafe",), ("sales",), ("cafe", "sales")])):
            over = press(begin, begin + timedelta(minutes=draw(st.integers(1, 300))), draw(SCENES), zone, profile, n)
            presses.append(over)
    return (shop(*moods, dayparts=parts, timezone=timezone, campaigns=campaigns), Live(overrides=tuple(presses)), start)


def told(one: CueDue, live: Live) -> tuple[object, ...]:
    press_of = {o.id: o.press for o in live.overrides}
    layer = one.layer.rank.name.lower(), press_of.get(one.layer.id, one.layer.id)
    return one.due, one.zone, layer, one.cue.id, one.until


@settings(max_examples=40, deadline=None)
@given(days())
def test_what_is_asked_is_what_a_naive_look_at_every_minute_finds(given_day) -> None:
    plan, live, start = given_day
    end = start + timedelta(hours=26)
    found = occurrences(plan, live, start, end)
    assert sorted(told(one, live) for one in found) == sorted(expected(plan, live, start, end))
    assert len({one.id for one in found}) == len(found)
    assert found == sorted(found, key=lambda one: one.due)


@settings(max_examples=40, deadline=None)
@given(days(), st.integers(1, 26 * 60 - 1))
def test_a_day_asked_in_two_parts_is_the_day_asked_at_once(given_day, minutes: int) -> None:
    plan, live, start = given_day
    middle, end = start + timedelta(minutes=minutes), start + timedelta(hours=26)
    parts = occurrences(plan, live, start, middle) + occurrences(plan, live, middle, end)
    assert [one.id for one in parts] == [one.id for one in occurrences(plan, live, start, end)]

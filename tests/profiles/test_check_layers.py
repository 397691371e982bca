"""`check` over what comes out of all layers: ties, layers never seen, lost hours, clashes, scent, quiet hours."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from plan_strategies import plans

from profiles.check import check, errors
from profiles.finding import Finding, Level
from profiles.plan import Live, Plan
from profiles.planfile import plan_from_document
from profiles.resolve import resolve
from profiles.scene import Field
from tests.profiles import plans as lifelike
from tests.profiles.test_check import NOW, daypart, document, found, one, profile, scented, smells, zone

LOUD = {"on": True, "volume_pct": 40}


def campaign(id_: str, when: str, profile_id: str, **more: Any) -> dict[str, Any]:
    return {"id": id_, "name": id_.title(), "when": when, "profile": profile_id, **more}


def quiet(when: str = "Tu 11:00-12:00", **more: Any) -> dict[str, Any]:
    return {"id": "calm", "name": "Calm hour", "when": when, **more}


def moods(*more: dict[str, Any]) -> list[dict[str, Any]]:
    return [profile("day", light={"on": True, "brightness_pct": 80}), *more]


def said(findings: list[Finding], field: str) -> str:
    """The one finding about a field."""
    about = [f.sentence for f in findings if f.field == field]
    assert len(about) == 1, [str(f) for f in findings]
    return about[0]


# ── ties ────────────────────────────────────────────────────────────────────────────


def two(first: dict[str, Any], second: dict[str, Any], **parts: Any) -> list[Finding]:
    return found(profiles=moods(profile("loud", music=LOUD), profile("louder", music=LOUD),
                                profile("dim", light={"on": True, "brightness_pct": 40})),
                 campaigns=[first, second], **parts)


def test_two_campaigns_of_one_priority_that_want_the_same_are_an_error_with_both_names() -> None:
    tied = two(campaign("spring", "Mo 12:00-14:00", "loud"), campaign("sale", "Mo 13:00-15:00", "louder"))
    assert [f.level for f in tied] == [Level.ERROR]
    assert tied[0].field == "campaigns[1].priority"
    assert tied[0].sentence == (
        "Spring (campaigns[0]) and Sale both have priority 50 and both set music in Hall, first from Mon 23 Nov 2026 "
        "13:00 to Mon 23 Nov 2026 14:00; give one of them the higher priority, or other dates.")


@pytest.mark.parametrize("other", [
    campaign("sale", "Mo 13:00-15:00", "louder", priority=51),
    campaign("sale", "Mo 14:00-15:00", "louder"),
    campaign("sale", "Mo 13:00-15:00", "dim"),
    campaign("sale", "Mo 13:00-15:00", "louder", kinds=["cafe"]),
])
def test_campaigns_of_other_priority_time_field_or_zone_are_no_tie(other: dict[str, Any]) -> None:
    parts = {"zones": [zone("hall"), zone("bar", "cafe", people=False)]}
    tied = two(campaign("spring", "Mo 12:00-14:00", "loud", zones=["hall"]), other, **parts)
    assert errors(tied) == []


def test_campaigns_tie_only_on_the_dates_of_both() -> None:
    spring = campaign("spring", "Mo 12:00-14:00", "loud", last="2026-11-30")
    assert errors(two(spring, campaign("sale", "Mo 12:00-14:00", "louder", first="2026-12-01"))) == []
    assert errors(two(spring, campaign("sale", "Mo 12:00-14:00", "louder", first="2026-11-30"))) != []


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 3), st.integers(8, 19), st.integers(1, 4), st.sampled_from(["loud", "dim"])),
                min_size=2, max_size=5))
def test_a_tie_is_found_exactly_where_two_campaigns_share_priority_hour_and_field(
    campaigns: list[tuple[int, int, int, str]],
) -> None:
    parts = [campaign(f"c{n}", f"Mo {hour:02}:00-{hour + length:02}:00", mood, priority=priority)
             for n, (priority, hour, length, mood) in enumerate(campaigns)]
    shared = any(a[0] == b[0] and a[3] == b[3] and a[1] < b[1] + b[2] and b[1] < a[1] + a[2]
                 for n, a in enumerate(campaigns) for b in campaigns[:n])
    checked = found(profiles=moods(profile("loud", music=LOUD), profile("dim", light={"brightness_pct": 40})),
                    campaigns=parts)
    assert bool(errors(checked)) == shared


# ── layers that never come through ──────────────────────────────────────────────────


def test_a_daypart_that_is_always_beaten_is_told_with_what_beats_it() -> None:
    bright = profile("bright", light={"on": True, "brightness_pct": 90})
    told = found(profiles=moods(bright), campaigns=[campaign("sale", "opening-01:00..closing+01:00", "bright")])
    assert said(told, "dayparts[0]").startswith(
        "Day never comes through in the 13 months from Sat 21 Nov 2026: Sale goes before it whenever it holds")


def test_a_campaign_that_comes_through_once_in_the_year_is_not_told() -> None:
    bright = profile("bright", light={"on": True, "brightness_pct": 90})
    campaigns = [campaign("low", "Mo-Fr 12:00-13:00", "day", priority=1),
                 campaign("high", "Mo-Fr 12:00-13:00; PH off", "bright", priority=2)]
    assert found(profiles=moods(bright), campaigns=campaigns) == []
    always = [campaigns[0], campaign("high", "Mo-Fr 12:00-13:00", "bright", priority=2)]
    assert said(found(profiles=moods(bright), campaigns=always), "campaigns[0]").startswith("Low never comes through")


def test_a_campaign_for_kinds_that_the_store_has_not_is_told() -> None:
    told = one(Level.WARNING, campaigns=[campaign("bar", "Mo 12:00-13:00", "day", kinds=["cafe"])])
    assert told.sentence == "Bar is for no zone of this store; look at its zones and kinds, or take it out."


def test_a_layer_that_says_nothing_is_told_unless_it_brings_tasks() -> None:
    assert "says nothing about light, music or scent" in one(Level.WARNING, profiles=[profile("day")]).sentence
    tray = {"id": "tray", "text": "Put out the tray", "sense": "taste"}
    assert found(profiles=[{"id": "day", "name": "Day", "scene": {"cues": [tray]}}]) == []


@pytest.mark.parametrize(("dates", "says"), [
    ({"last": "2026-10-01"}, "it ended on 2026-10-01: take it out, or give it other dates."),
    ({"first": "2028-06-01"}, "it begins on 2028-06-01: check it again when that is nearer."),
    ({"first": "2027-01-05", "last": "2027-01-05"}, "look at its days and hours, or take it out."),
])
def test_a_campaign_whose_dates_never_come_is_told_why(dates: dict[str, str], says: str) -> None:
    told = one(Level.WARNING, campaigns=[campaign("sale", "Mo 12:00-13:00", "day", **dates)])
    assert told.field == "campaigns[0].when"
    assert told.sentence.endswith(says)


def test_a_campaign_that_sets_what_stays_off_is_told() -> None:
    told = found(profiles=moods(profile("soft", music={"volume_pct": 20})),
                 campaigns=[campaign("soft", "Mo 12:00-13:00", "soft")])
    assert said(told, "campaigns[0].profile").startswith("Soft sets music in Hall, where music stays off all its life")


def test_a_value_over_a_layer_that_switches_on_is_not_told() -> None:
    loud = [profile("day", music=LOUD), profile("soft", music={"volume_pct": 20})]
    assert found(profiles=loud, campaigns=[campaign("soft", "Mo 12:00-13:00", "soft")]) == []


# ── the light floor, and limits ─────────────────────────────────────────────────────


def test_a_campaign_and_a_quiet_hour_under_the_light_floor_are_told() -> None:
    dark = profile("dark", light={"on": True, "brightness_pct": 10})
    told = found(profiles=moods(dark), campaigns=[campaign("night", "Fr 17:00-18:00", "dark")])
    assert said(told, "campaigns[0].profile") == (
        "Night has less ambient light in Hall than the floor of 20 % while people are there, first on Fri 27 Nov 2026 "
        "17:00; 20 % is given.")
    told = found(quiet_hours=[quiet(light_share_pct=20)])
    assert "Calm hour has less ambient light in Hall" in said(told, "quiet_hours[0].light_share_pct")
    assert found(quiet_hours=[quiet()]) == []


@pytest.mark.parametrize(("rail", "field", "says"), [
    ({"profiles": []}, "profiles", "staff may choose no profile at all"),
    ({"volume_pct": {"lowest": 85, "highest": 90}}, "volume_pct", "volume from 85 % lets nothing through"),
    ({"brightness_pct": {"highest": 10}}, "brightness_pct", "the light floor of 20 % is given"),
    ({"intensity_pct": {"lowest": 60}}, "intensity_pct", "scent from 60 % lets nothing through"),
])
def test_a_guardrail_that_lets_nothing_through_is_told(rail: dict[str, Any], field: str, says: str) -> None:
    told = one(Level.WARNING, guardrails={"staff": rail})
    assert told.field == f"guardrails.staff.{field}"
    assert says in told.sentence


def test_what_an_extended_profile_asks_for_over_the_limits_is_told_where_it_stands() -> None:
    loud = profile("loud", music={"on": True, "volume_pct": 90})
    child = {"id": "child", "name": "Child", "extends": "loud", "scene": {"light": {"brightness_pct": 70}}}
    told = one(Level.WARNING, profiles=moods(loud, child), campaigns=[campaign("sale", "Mo 12:00-13:00", "child")])
    assert (told.field, "volume 90 % is over" in told.sentence) == ("profiles[1].scene", True)


# ── summer time ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("when", "says"), [
    ("Mo-Su 02:15-02:45", ["does not come that once: on Sun 28 Mar 2027 the clock goes from 02:00 to 03:00",
                           "comes once, from the second 02:15 to the second 02:45: on Sun 31 Oct 2027"]),
    ("Mo-Su 02:30-04:00", ["begins at 03:00 and not at 02:30 that once", "begins at the second 02:30"]),
    ("Mo-Su 00:30-02:30", ["ends at 03:00 and not at 02:30 that once, and is shorter",
                           "ends at the second 02:30, and lasts longer that once"]),
    ("closing+02:00..02:30", ["ends at 03:00", "ends at the second 02:30"]),
    ("22:00..02:30", ["ends at 03:00", "ends at the second 02:30"]),
    ("Mo-Su 23:00-05:00", []),
    ("24/7", []),
    ("Sa 02:15-02:45", []),
])
def test_windows_with_an_end_in_an_odd_hour_are_told_with_date_and_rule(when: str, says: list[str]) -> None:
    told = [f.sentence for f in found(dayparts=[daypart("late", when)], zones=[zone("hall", people=False)],
                                      store={**document()["store"], "hours": "Mo-Su 10:00-20:00"})]
    assert len(told) == len(says)
    assert all(part in sentence for part, sentence in zip(says, told, strict=True)), told


def test_the_repeated_hour_is_told_by_what_resolve_does() -> None:
    plan = plan_from_document(document(dayparts=[daypart("late", "Mo-Su 02:15-02:45")],
                                       profiles=[profile("day", music=LOUD)]))
    night = datetime(2027, 10, 31, tzinfo=UTC)
    minutes = [night + timedelta(minutes=n) for n in range(180)]
    on = [m for m in minutes if resolve(plan, Live(), "hall", m).fields[Field.MUSIC_ON].value is True]
    assert (on[0], len(on)) == (datetime(2027, 10, 31, 1, 15, tzinfo=UTC), 30)


def test_places_without_summer_time_have_nothing_to_tell() -> None:
    store = {**document()["store"], "timezone": "Asia/Tokyo", "country": "JP"}
    assert found(store=store, zones=[zone("hall", people=False)], dayparts=[daypart("late", "Mo-Su 02:15-02:45")]) == []


# ── senses of several layers ────────────────────────────────────────────────────────


def christmas_scent(day_music: dict[str, Any] | str, season: str = "any") -> list[Finding]:
    sources = [{"id": s, "name": s.title(), "licence": "L", "territory": "SE"} for s in ("jazz", "carols")]
    parts = scented()
    default = {**parts["zones"][0]["default"], "music": {"on": False, "volume_pct": 30, "source": "jazz"}}
    day = {**profile("day", music=day_music), "tags": {"season": season}}
    clove = {**smells("clove", "linen"), "tags": {"season": "christmas"}}
    return found(**{**parts, "zones": [zone("hall", default=default)]}, sources=sources, profiles=[day, clove],
                 campaigns=[campaign("advent", "opening..closing", "clove", first="2026-12-01", last="2026-12-24")])


def test_christmas_scent_over_music_of_no_season_is_told_with_both_layers() -> None:
    told = christmas_scent({"on": True, "source": "jazz"})
    assert [f.field for f in told] == ["campaigns[0].profile"]
    assert told[0].sentence.startswith(
        "Advent over Day in Hall, first on Tue 1 Dec 2026 10:00: Christmas scent without Christmas music")


def test_christmas_scent_over_christmas_music_is_not_told() -> None:
    assert christmas_scent({"on": True, "source": "carols"}, "christmas") == []


def test_scent_and_music_of_opposite_arousal_are_told_across_layers() -> None:
    lively = {**profile("day", music=LOUD), "tags": {"arousal": "high"}}
    sleepy = {**smells("sleepy", "linen"), "tags": {"arousal": "low"}}
    told = found(**scented(profiles=[lively, sleepy], campaigns=[campaign("nap", "Mo 12:00-13:00", "sleepy")]))
    assert "Nap over Day in Hall" in said(told, "campaigns[0].profile")
    assert "the scent is of low arousal and the music of high" in said(told, "campaigns[0].profile")


def lamps(*roles: str) -> list[dict[str, Any]]:
    return [{"id": f"lamp-{role}", "kind": "light", "zones": ["hall"], "role": role} for role in roles]


def test_ambient_raised_without_the_accent_is_told_where_there_are_lamps_of_both() -> None:
    glare = profile("glare", light={"roles": {"ambient": {"on": True, "brightness_pct": 95}}})
    parts = {"profiles": moods(glare), "campaigns": [campaign("glare", "Mo 12:00-13:00", "glare")]}
    told = found(**parts, devices=lamps("ambient", "accent"))
    assert "raises the ambient light in Hall from 80 to 95 % and leaves the accent" in said(
        told, "campaigns[0].profile")
    assert found(**parts, devices=lamps("ambient")) == []
    both = profile("glare", light={"on": True, "brightness_pct": 95})
    assert found(profiles=moods(both), campaigns=parts["campaigns"], devices=lamps("ambient", "accent")) == []


# ── scent and quiet hours ───────────────────────────────────────────────────────────


def test_a_campaign_whose_fragrance_follows_too_fast_is_told() -> None:
    told = found(**scented(profiles=[smells("day", "linen"), smells("eve", "cedar")],
                           campaigns=[campaign("cedar", "Mo 12:00-12:30", "eve")]))
    assert "cedar follows linen in Hall too fast" in said(told, "campaigns[0].profile")


def test_scent_that_begins_too_shortly_before_a_quiet_hour_is_told() -> None:
    parts = scented(profiles=[smells("day", "linen")], quiet_hours=[quiet("Tu 10:30-11:30")])
    told = found(**parts)
    assert said(told, "quiet_hours[0].when") == (
        "Day begins linen in Hall 30 min before Calm hour, first on Tue 24 Nov 2026 10:00, and the air takes 45 min to "
        "clear; none is diffused before the quiet hour unless it begins earlier.")
    assert found(**{**parts, "quiet_hours": [quiet("Tu 12:00-13:00")]}) == []


def test_what_is_said_of_scent_before_a_quiet_hour_is_what_resolve_does() -> None:
    plan = plan_from_document(document(**scented(profiles=[smells("day", "linen")],
                                                 quiet_hours=[quiet("Tu 10:30-11:30")])))
    ten = datetime(2026, 11, 24, 9, tzinfo=UTC)
    assert [resolve(plan, Live(), "hall", ten + timedelta(minutes=n)).fields[Field.SCENT_ON].value
            for n in (0, 29, 89, 90)] == [False, False, False, True]


def test_a_campaign_that_diffuses_without_consent_or_diffuser_is_told() -> None:
    parts = scented(profiles=moods(smells("linen", "linen")), campaigns=[campaign("sale", "Mo 12:00-13:00", "linen")])
    store = {**document()["store"], "scent_consent": False}
    assert "has not agreed to scent" in one(Level.WARNING, store=store, **parts).sentence
    diffuser = {"id": "d", "kind": "diffuser", "zones": ["hall"], "fragrances": ["cedar"]}
    assert "no diffuser in Hall holds it" in one(Level.WARNING, devices=[diffuser], **parts).sentence


def test_a_quiet_hour_that_is_all_ramp_is_told() -> None:
    told = one(Level.WARNING, quiet_hours=[quiet("Tu 11:00-11:15", ramp_s=600)])
    assert told.sentence == ("Calm hour lasts 15 min on Tue 24 Nov 2026, and comes and goes over 10 min each; let it "
                             "last longer, or come and go faster.")


def test_light_for_less_than_its_fades_is_told_and_a_step_on_the_way_is_not() -> None:
    flash = profile("flash", light={"on": True, "brightness_pct": 100})
    told = found(profiles=moods(flash), campaigns=[campaign("flash", "Mo 12:00-12:01", "flash")])
    assert "changes the light in Hall for 60 s, first on Mon 23 Nov 2026 12:00" in said(told, "campaigns[0].profile")
    assert found(profiles=moods(flash), campaigns=[campaign("flash", "Mo 12:00-12:02", "flash")]) == []
    step = profile("step", light={"on": True, "brightness_pct": 70})
    assert found(profiles=moods(step), dayparts=[daypart("step", "Mo 09:59-10:00", "step"),
                                                 daypart("day", "Mo 10:00-12:00")]) == []


# ── announcements and cues ──────────────────────────────────────────────────────────


def saying(when: str | None, **more: Any) -> dict[str, Any]:
    return {"id": "bye", "name": "Closing soon", "clip": "bye", "text": "We close soon.", "when": when, **more}


def test_an_announcement_in_a_quiet_hour_is_told_unless_it_is_an_emergency() -> None:
    parts = {"quiet_hours": [quiet("Tu 11:00-12:00")]}
    told = one(Level.WARNING, announcements=[saying("Tu 11:30-11:45")], **parts)
    assert told.sentence.startswith("Closing soon is never said: all its times fall into Calm hour, first on Tue 24 ")
    told = one(Level.WARNING, announcements=[saying("Mo-Fr 11:30-11:45")], **parts)
    assert told.sentence.startswith("Closing soon is not said in Hall while Calm hour holds")
    assert found(announcements=[saying("Tu 11:30-11:45", emergency=True)], **parts) == []
    assert found(announcements=[saying("Tu 12:00-12:30"), saying(None, id="press")], **parts) == []


@pytest.mark.parametrize(("when", "every", "silent"), [
    ("Tu 10:50-11:20", 20, True), ("Tu 10:50-11:05", 20, False), ("Tu 10:00-13:00", None, False),
    ("Tu 10:59-12:01", 60, True), ("Tu 11:59-12:30", 60, True)])
def test_repetitions_are_looked_at_one_by_one(when: str, every: int | None, silent: bool) -> None:
    told = found(announcements=[saying(when, every_min=every)], quiet_hours=[quiet("Tu 11:00-12:00")])
    assert bool(told) == silent


def test_an_announcement_where_there_is_no_player_or_too_loud_or_over_itself_is_told() -> None:
    zones = [zone("hall"), zone("yard")]
    player = [{"id": "p", "kind": "player", "zones": ["hall"]}]
    told = found(zones=zones, devices=player, announcements=[saying("Mo 12:00-13:00")])
    assert said(told, "announcements[0].zones").startswith("Closing soon is not heard in Yard")
    assert "90 % is over the store's limit" in one(
        Level.WARNING, announcements=[saying("Mo 12:00-13:00", volume_pct=90)]).sentence
    assert "is said again after 5 min, before it has ended" in one(
        Level.WARNING, announcements=[saying("Mo 12:00-13:00", every_min=5, length_s=400)]).sentence


def test_a_task_whose_time_never_comes_while_its_layer_holds_is_told() -> None:
    def brings(**cue: Any) -> list[dict[str, Any]]:
        tray = {"id": "tray", "text": "Put out the tray", "sense": "taste", **cue}
        return [{"id": "day", "name": "Day", "scene": {"light": {"brightness_pct": 80}, "cues": [tray]}}]

    told = one(Level.WARNING, profiles=brings(at="19:30"))
    assert told.field == "dayparts[0].profile"
    assert told.sentence == ("the task “Put out the tray” at 19:30 is never due: Day never holds at that time; choose "
                             "a time within it.")
    assert "Day has ended by then" in one(Level.WARNING, profiles=brings(after_min=480)).sentence
    assert found(profiles=brings(at="11:00")) == []
    assert found(profiles=brings(after_min=479)) == []


def test_a_task_of_a_campaign_is_told_where_it_stands() -> None:
    tray = {"id": "tray", "text": "Put out the tray", "sense": "taste", "at": "20:00"}
    told = one(Level.WARNING, campaigns=[campaign("sale", "Mo 12:00-13:00", "day", cues=[tray])],
               profiles=moods(), dayparts=[])
    assert told.field == "campaigns[0].cues[0]"


# ── everything ──────────────────────────────────────────────────────────────────────


def test_what_cannot_be_read_does_not_keep_the_rest_from_being_looked_at() -> None:
    told = found(profiles=moods(profile("soft", music={"volume_pct": 20})),
                 dayparts=[daypart("broken", "Mo 25:00"), daypart("soft", "Mo 12:00-13:00", "soft")])
    assert [f.level for f in told] == [Level.ERROR, Level.WARNING]
    assert "Soft sets music in Hall" in told[1].sentence


def instants_of(zone_: str, plan: Plan, moments: list[int]) -> Iterator[dict[Field, object]]:
    for minutes in moments:
        yield dict(resolve(plan, Live(), zone_, NOW + timedelta(minutes=minutes)).fields)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(plans, st.lists(st.integers(0, 397 * 24 * 60), min_size=3, max_size=3))
def test_check_never_raises_and_a_plan_without_errors_has_one_winner_a_field_at_any_instant(
    plan: Plan, moments: list[int]
) -> None:
    told = check(plan, NOW)
    assert all(f.sentence.endswith((".", "?")) and "\n" not in str(f) for f in told)
    if errors(told):
        return
    for zone_ in plan.zones:
        needed = set(zone_.default.settings())
        for fields in instants_of(zone_.id, plan, moments):
            assert needed <= set(fields)


@st.composite
def campaigned(draw: st.DrawFn) -> Plan:
    """Lifelike plans with campaigns, quiet hours and announcements, most of them without errors."""
    plan = draw(lifelike.plans(places=("Europe/Stockholm", "America/New_York", "Australia/Lord_Howe")))
    profiles, whens = [p.id for p in plan.profiles], [w for w in lifelike.WHENS if "PH" not in w]
    campaigns = [{"id": f"c{n}", "name": f"C{n}", "priority": n + 1, "when": draw(st.sampled_from(whens)),
                  "profile": draw(st.sampled_from(profiles)), "kinds": draw(st.sampled_from([None, ("sales-floor",)])),
                  "first": draw(st.none() | st.dates(date(2026, 11, 1), date(2027, 5, 1)))}
                 for n in range(draw(st.integers(0, 3)))]
    dumped = plan.model_dump() | {
        "campaigns": campaigns, "dayparts": plan.dayparts[:1],
        "quiet_hours": [{"id": "q", "name": "Q", "when": draw(st.sampled_from(whens))}],
        "announcements": [{"id": "a", "name": "A", "clip": "a", "text": "A", "when": draw(st.sampled_from(whens)),
                           "every_min": draw(st.none() | st.integers(5, 90))}],
        "sources": [{"id": s, "name": s, "licence": "L", "territory": "EU"} for s in ("calm", "lively")],
        "fragrances": [{"id": f, "name": f, "safety_sheet": "s", "ifra_certificate": "i"} for f in ("linen", "fig")]}
    return Plan.model_validate(dumped)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(campaigned(), st.lists(st.integers(0, 397 * 24 * 60), min_size=5, max_size=5))
def test_a_lifelike_plan_without_errors_gives_every_field_at_every_instant(plan: Plan, moments: list[int]) -> None:
    assert errors(check(plan, NOW)) == []
    for zone_ in plan.zones:
        for fields in instants_of(zone_.id, plan, moments):
            assert set(fields) == set(Field)

"""What feels different between two plans: held against asking `resolve` minute by minute."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from profiles.difference import Felt, felt, rewritten
from profiles.plan import Live, Plan
from profiles.planfile import plan_from_document
from profiles.resolve import resolve
from profiles.scene import Field, Role, Setting, light_field
from tests.profiles import plans as lifelike
from tests.profiles.test_check import daypart, document, profile, zone

START = datetime(2026, 11, 22, 23, tzinfo=UTC)
DAYS = 7
END = START + timedelta(days=DAYS)
MUSIC = profile("day", music={"on": True, "volume_pct": 40})


def plan(**parts: Any) -> Plan:
    return plan_from_document(document(**parts))


def changes(before: Plan, after: Plan) -> list[Felt]:
    return felt(before, after, START, END)


def test_the_same_plan_feels_the_same_and_is_written_the_same() -> None:
    assert changes(plan(), plan()) == []
    assert rewritten(plan(), plan()) == []


def test_a_plan_written_another_way_may_feel_the_same() -> None:
    split = plan(dayparts=[daypart("a", "opening..opening+01:00"), daypart("b", "opening+01:00..closing")])
    assert changes(plan(), split) == []
    assert [(r.part, r.id, r.how) for r in rewritten(plan(), split)] == [
        ("dayparts", "day", "removed"), ("dayparts", "a", "added"), ("dayparts", "b", "added")]


def test_a_change_that_recurs_is_one_with_all_its_windows() -> None:
    louder = profile("day", music={"on": True, "volume_pct": 52})
    (found,) = changes(plan(profiles=[MUSIC]), plan(profiles=[louder]))
    assert (found.zone, found.fields) == ("hall", (Field.MUSIC_VOLUME,))
    assert (found.before[Field.MUSIC_VOLUME], found.after[Field.MUSIC_VOLUME]) == (40, 52)
    assert len(found.windows) == 6
    assert {end - start for start, end in found.windows} == {8 * 3600}


def test_roles_that_change_alike_are_one_change_and_values_of_what_is_off_are_none() -> None:
    dim = profile("day", light={"on": True, "brightness_pct": 50})
    (found,) = changes(plan(), plan(profiles=[dim]))
    assert found.fields == tuple(light_field(role, "brightness_pct") for role in Role)
    silent = profile("day", light={"on": True, "brightness_pct": 80}, music={"volume_pct": 90})
    assert changes(plan(), plan(profiles=[silent])) == []


def test_a_sense_that_comes_on_is_one_change_with_all_its_values() -> None:
    sounding = profile("day", light={"on": True, "brightness_pct": 80}, music={"on": True, "volume_pct": 45})
    (found,) = changes(plan(), plan(profiles=[sounding]))
    assert found.fields == (Field.MUSIC_ON,)
    assert found.before == {Field.MUSIC_ON: False}
    assert found.after == {Field.MUSIC_ON: True, Field.MUSIC_VOLUME: 45.0}


def test_roles_without_lamps_and_zones_of_one_plan_are_not_felt() -> None:
    lamp = {"id": "a", "kind": "light", "zones": ["hall"], "role": "accent"}
    dim = profile("day", light={"on": True, "brightness_pct": 50})
    (found,) = changes(plan(devices=[lamp]), plan(devices=[lamp], profiles=[dim]))
    assert found.fields == (Field.ACCENT_BRIGHTNESS,)
    assert changes(plan(), plan(zones=[zone("hall"), zone("yard")])) == []


def test_parts_are_told_with_the_fields_that_changed() -> None:
    before = plan(zones=[zone("hall"), zone("yard")])
    after = plan(zones=[zone("yard"), zone("hall", name="Great hall")], limits={"max_volume_pct": 70},
                 dayparts=[daypart("day", "Mo opening..closing")])
    assert [(r.part, r.id, r.how, r.fields) for r in rewritten(before, after)] == [
        ("limits", "", "changed", ("max_volume_pct",)), ("zones", "hall", "changed", ("name",)),
        ("zones", "", "moved", ()), ("dayparts", "day", "changed", ("when",))]


# ── against resolve ─────────────────────────────────────────────────────────────────


def feels(of: Plan, zone_: str, at: datetime) -> dict[Field, Setting]:
    """What is felt at an instant: nothing of what is off but that it is."""
    values = {f: r.value for f, r in resolve(of, Live(), zone_, at).fields.items()}
    switches = {f: f if f.value.endswith(".on") else light_field(f.role, "on") if f.role
                else Field.MUSIC_ON if f.value.startswith("music") else Field.SCENT_ON for f in values}
    return {f: v for f, v in values.items() if f is switches[f] or values[switches[f]] is True}


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(lifelike.plans(places=("Europe/Stockholm",)), lifelike.plans(places=("Europe/Stockholm",)),
       st.lists(st.integers(0, DAYS * 24 * 60 - 1), min_size=12, max_size=12))
def test_what_is_told_is_exactly_what_resolve_does_differently(before: Plan, after: Plan, moments: list[int]) -> None:
    told = changes(before, after)
    for zone_ in ("sales", "door"):
        mine = [change for change in told if change.zone == zone_]
        for minutes in moments:
            at = START + timedelta(minutes=minutes)
            old, new = feels(before, zone_, at), feels(after, zone_, at)
            differ = {f for f in {*old, *new} if f.value.endswith(".on") and old[f] != new[f]}
            differ |= {f for f in old.keys() & new.keys() if old[f] != new[f]}
            now = {f for change in mine for f in change.fields
                   if any(start <= at.timestamp() < end for start, end in change.windows)}
            assert now == differ


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(lifelike.plans(places=("America/New_York",)), lifelike.plans(places=("America/New_York",)))
def test_both_ways_tell_the_same_with_the_sides_exchanged(before: Plan, after: Plan) -> None:
    there, back = changes(before, after), changes(after, before)
    assert {(f.zone, f.fields, f.windows) for f in there} == {(f.zone, f.fields, f.windows) for f in back}
    assert all(start >= START.timestamp() and end <= END.timestamp() and start < end
               for change in there for start, end in change.windows)

"""`check`: each thing that can be wrong with a plan is found, named, and told with what would be right."""

from __future__ import annotations

from datetime import UTC, datetime
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
from profiles.timeline import timeline

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
FULL = {
    "light": {"on": True, "brightness_pct": 60, "kelvin": 3500},
    "music": {"on": False, "volume_pct": 30},
    "scent": "off",
}


def document(**parts: Any) -> dict[str, Any]:
    """A store without a fault: one hall, one mood, one daypart; `parts` replace its parts."""
    return {
        "store": {
            "id": "shop",
            "name": "Shop",
            "timezone": "Europe/Stockholm",
            "country": "SE",
            "hours": "Mo-Sa 10:00-18:00",
            "scent_consent": True,
        },
        "zones": [zone("hall")],
        "profiles": [profile("day", light={"on": True, "brightness_pct": 80})],
        "dayparts": [daypart("day", "opening..closing")],
        **parts,
    }


def zone(id_: str, kind: str = "sales-floor", **more: Any) -> dict[str, Any]:
    return {"id": id_, "name": id_.title(), "kind": kind, "default": FULL, **more}


def profile(id_: str, **scene: Any) -> dict[str, Any]:
    return {"id": id_, "name": id_.title(), "scene": scene}


def daypart(id_: str, when: str, profile_id: str = "day", **more: Any) -> dict[str, Any]:
    return {"id": id_, "name": id_.title(), "when": when, "profile": profile_id, **more}


def found(**parts: Any) -> list[Finding]:
    return check(plan_from_document(document(**parts)), NOW, dialects=["native", "zigbee2mqtt"])


def one(level: Level, **parts: Any) -> Finding:
    said = found(**parts)
    assert [f.level for f in said] == [level], [str(f) for f in said]
    return said[0]


def scented(**more: Any) -> dict[str, Any]:
    """Parts of a store with two fragrances and a default that gives the first."""
    papers = {"safety_sheet": "s", "ifra_certificate": "i"}
    default = {**FULL, "scent": {"on": False, "fragrance": "linen", "intensity_pct": 16}}
    return {
        "fragrances": [{"id": "linen", "name": "L", **papers}, {"id": "cedar", "name": "C", **papers}],
        "zones": [zone("hall", default=default)],
        **more,
    }


def smells(id_: str, fragrance: str, intensity_pct: float = 16) -> dict[str, Any]:
    return profile(id_, scent={"on": True, "fragrance": fragrance, "intensity_pct": intensity_pct})


def test_a_sound_plan_has_no_findings() -> None:
    assert found() == []


def test_an_unknown_profile_is_an_error_with_the_nearest_name() -> None:
    said = one(Level.ERROR, dayparts=[daypart("day", "opening..closing", "dya")])
    assert (said.field, said.sentence) == ("dayparts[0].profile", "there is no profile “dya”; did you mean day?")


@pytest.mark.parametrize(
    ("parts", "field", "says"),
    [
        (
            {"dayparts": [daypart("day", "opening..closing", zones=["hal"])]},
            "dayparts[0].zones[0]",
            "did you mean hall",
        ),
        (
            {"profiles": [profile("day", music={"on": True, "source": "jazz"})]},
            "profiles[0].scene.music.source",
            "none is defined",
        ),
        (
            {"devices": [{"id": "a", "kind": "light", "zones": ["hall", "yard"]}]},
            "devices[0].zones[1]",
            "known here: hall",
        ),
        (
            {"devices": [{"id": "a", "kind": "light", "zones": ["hall"], "dialect": "zigbee"}]},
            "devices[0].dialect",
            "did you mean zigbee2mqtt",
        ),
        (
            {"devices": [{"id": "a", "kind": "diffuser", "zones": ["hall"], "fragrances": ["x"]}]},
            "devices[0].fragrances[0]",
            "no fragrance “x”",
        ),
        (
            {"guardrails": {"staff": {"profiles": ["day", "night"]}}},
            "guardrails.staff.profiles[1]",
            "no profile “night”",
        ),
        ({"devices": [{"id": "a", "kind": "light", "zones": ["hall", "hall"]}]}, "devices[0].zones[1]", "named twice"),
        (
            {
                "devices": [
                    {"id": "a", "kind": "light", "zones": ["hall"]},
                    {"id": "b", "kind": "light", "zones": ["hall"], "address": "a"},
                ]
            },
            "devices[1].address",
            "address of a",
        ),
        ({"profiles": [profile("day", music="off"), profile("day")]}, "profiles[1].id", "the other is profiles[0]"),
        ({"zones": [zone("hall"), zone("hall")], "dayparts": []}, "zones[1].id", "two zones"),
        ({"dayparts": [daypart("day", "Feb 30 10:00-12:00")]}, "dayparts[0].when", "column 5: Feb 30 does not exist"),
        ({"dayparts": [daypart("day", "opening..")]}, "dayparts[0].when", "cannot be read; column"),
        ({"dayparts": [daypart("day", "sunset-22:00")]}, "dayparts[0].when", "latitude"),
    ],
)
def test_what_is_wrong_is_named_with_its_field(parts: dict[str, Any], field: str, says: str) -> None:
    said = one(Level.ERROR, **parts)
    assert said.field == field
    assert says in said.sentence


def test_dialects_are_only_looked_at_when_they_are_given() -> None:
    plan = plan_from_document(document(devices=[{"id": "a", "kind": "light", "zones": ["hall"], "dialect": "morse"}]))
    assert check(plan, NOW) == []
    assert len(check(plan, NOW, ["native"])) == 1


def test_opening_hours_that_cannot_be_read_are_one_error_and_not_one_for_each_daypart() -> None:
    said = one(Level.ERROR, store={"id": "s", "name": "S", "timezone": "Europe/Stockholm", "hours": "Mo-Fr 10-"})
    assert said.field == "store.hours"


@pytest.mark.parametrize(
    ("place", "field", "says"),
    [
        ({"timezone": "Europe/Stokholm"}, "store.timezone", "did you mean Europe/Stockholm?"),
        ({"timezone": "Europe/Oslo", "country": "no"}, "store.country", "did you mean NO?"),
    ],
)
def test_a_place_that_is_not_known_is_an_error(place: dict[str, Any], field: str, says: str) -> None:
    said = one(Level.ERROR, store={"id": "s", "name": "S", "hours": "Mo-Fr 10:00-18:00", **place})
    assert said.field == field
    assert said.sentence.endswith(says)


def test_overlapping_dayparts_are_named_with_the_first_instant_in_local_time() -> None:
    said = one(Level.ERROR, dayparts=[daypart("day", "opening..closing"), daypart("late", "Fr closing-01:00..closing")])
    assert said.field == "dayparts[1].when"
    assert (
        "Day (dayparts[0]) and Late overlap in Hall, first from Fri 27 Nov 2026 17:00 to Fri 27 Nov 2026 18:00"
        in said.sentence
    )


def test_dayparts_that_touch_do_not_overlap() -> None:
    assert found(dayparts=[daypart("a", "opening..opening+01:00"), daypart("b", "opening+01:00..closing")]) == []


def test_dayparts_of_different_zones_do_not_overlap() -> None:
    assert (
        found(
            zones=[zone("hall"), zone("yard")],
            dayparts=[
                daypart("a", "opening..closing", zones=["hall"]),
                daypart("b", "opening..closing", zones=["yard"]),
            ],
        )
        == []
    )


def test_an_overlap_on_one_holiday_in_the_year_is_found() -> None:
    said = one(Level.ERROR, dayparts=[daypart("a", "Jan 06 09:00-10:00"), daypart("b", "PH 09:30-11:00")])
    assert "first from Wed 6 Jan 2027 09:30 to Wed 6 Jan 2027 10:00" in said.sentence


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 22), st.integers(1, 6)), min_size=2, max_size=5))
def test_overlaps_are_found_exactly_where_two_windows_share_an_hour(windows: list[tuple[int, int]]) -> None:
    spans = [(start, min(start + length, 24)) for start, length in windows]
    said = found(dayparts=[daypart(f"d{n}", f"Mo-Su {a:02}:00-{b:02}:00") for n, (a, b) in enumerate(spans)])
    shared = any(a[0] < b[1] and b[0] < a[1] for n, a in enumerate(spans) for b in spans[:n])
    assert bool(errors(said)) == shared


def test_a_default_without_every_field_is_an_error_that_names_them() -> None:
    said = one(Level.ERROR, zones=[zone("hall", default={"light": {"on": True}, "music": "off", "scent": "off"})])
    assert said.field == "zones[0].default"
    assert "gives no light.brightness_pct, light.kelvin (or xy) and music.volume_pct;" in said.sentence


def test_a_default_names_the_role_that_lacks_a_field() -> None:
    default = {
        **FULL,
        "light": {"on": True, "roles": {r: {"brightness_pct": 50, "kelvin": 3000} for r in ("ambient", "accent")}},
    }
    said = one(Level.ERROR, zones=[zone("hall", default=default)])
    assert "light.roles.feature.brightness_pct and light.roles.feature.kelvin (or xy)" in said.sentence


def test_source_and_fragrance_are_needed_in_a_default_only_where_there_are_any() -> None:
    source = {"id": "jazz", "name": "J", "licence": "L", "territory": "SE"}
    assert "music.source" in one(Level.ERROR, sources=[source]).sentence
    fragrances = scented()["fragrances"]
    assert "scent.fragrance with intensity_pct" in one(Level.ERROR, fragrances=fragrances).sentence
    assert found(fragrances=fragrances, zones=[zone("hall", kind="entrance")]) == []


def test_values_that_stay_off_are_a_warning() -> None:
    said = one(Level.WARNING, profiles=[profile("day", music={"volume_pct": 40})])
    assert said.sentence.startswith("Day sets music in Hall, where music stays off all its life")
    said = one(Level.WARNING, profiles=[profile("day", music={"on": False, "volume_pct": 40})])
    assert "stays off, because the same scene says off" in said.sentence


def test_a_variation_may_switch_off_what_the_scene_sets() -> None:
    made = {**profile("day", music={"on": True, "volume_pct": 40}), "variations": {"sales-floor": {"music": "off"}}}
    assert found(profiles=[made]) == []


def test_values_over_the_limits_are_a_warning() -> None:
    assert (
        "volume 90 % is over the store's limit of 80 %"
        in one(Level.WARNING, profiles=[profile("day", music={"on": True, "volume_pct": 90})]).sentence
    )
    assert "scent 60 % is over" in one(Level.WARNING, **scented(profiles=[smells("day", "linen", 60)])).sentence
    assert "accent light 80 %" in " ".join(str(f) for f in found(limits={"max_brightness_pct": 70}))


def test_light_below_the_floor_is_a_warning_only_while_people_are_there() -> None:
    dark = [profile("day", light="off")]
    assert "less ambient light in Hall than the floor of 20 %" in one(Level.WARNING, profiles=dark).sentence
    night = [daypart("night", "closing+01:00..opening-01:00")]
    assert found(profiles=dark, dayparts=night) == []
    assert len(found(profiles=dark, dayparts=[daypart("night", "closing+00:59..opening-01:00")])) == 1
    assert found(profiles=dark, zones=[zone("hall", people=False)]) == []


def test_a_window_that_never_comes_is_a_warning() -> None:
    said = one(Level.WARNING, dayparts=[daypart("old", "2020 Nov 27 10:00-12:00")])
    assert said.sentence.startswith("Old never comes in the 13 months from Sat 21 Nov 2026")


def test_without_an_instant_an_expression_is_looked_at_in_the_years_that_it_names() -> None:
    parts = document(dayparts=[daypart("a", "2031 Nov 27 10:00-12:00"), daypart("b", "2044 Nov 27 10:00-12:00")])
    assert check(plan_from_document(parts)) == []


def test_scent_without_consent_is_a_warning() -> None:
    store = {**document()["store"], "scent_consent": False}
    assert (
        "has not agreed to scent"
        in one(Level.WARNING, store=store, **scented(profiles=[smells("day", "linen")])).sentence
    )


def test_a_fragrance_that_no_diffuser_holds_is_a_warning() -> None:
    diffuser = {"id": "d", "kind": "diffuser", "zones": ["hall"], "fragrances": ["cedar"]}
    said = one(Level.WARNING, **scented(profiles=[smells("day", "linen")], devices=[diffuser]))
    assert "no diffuser in Hall holds it" in said.sentence


def alternating(minutes: int, gap: int) -> list[Finding]:
    """Linen until 11:00, then after `gap` minutes cedar for `minutes`; the air clears in 45 min."""
    begin, end = 660 + gap, 660 + gap + minutes
    return found(
        **scented(
            profiles=[smells("day", "linen"), smells("eve", "cedar")],
            dayparts=[
                daypart("a", "Mo-Su 10:00-11:00"),
                daypart("b", f"Mo-Su {begin // 60:02}:{begin % 60:02}-{end // 60:02}:{end % 60:02}", "eve"),
            ],
        )
    )


def test_fragrances_that_follow_faster_than_the_air_clears_are_a_warning() -> None:
    said = alternating(30, 0)
    assert [f.level for f in said] == [Level.WARNING]
    assert "it waits 45 min for the air to clear, and its window lasts 30 min" in said[0].sentence


def test_a_long_window_or_a_gap_lets_the_air_clear() -> None:
    assert alternating(120, 0) == []
    assert alternating(30, 45) == []


def shared(kind: str, **more: Any) -> list[Finding]:
    return found(
        zones=[zone("hall"), zone("yard")], devices=[{"id": "d", "kind": kind, "zones": ["hall", "yard"]}], **more
    )


def test_a_device_between_zones_that_differ_is_a_warning_with_the_first_instant() -> None:
    said = shared("light", dayparts=[daypart("day", "Mo opening..closing", zones=["yard"])])
    assert [f.field for f in said] == ["devices[0].zones"]
    assert "whose light differs, first on Mon 23 Nov 2026 10:00; Hall stands first" in said[0].sentence
    assert all(f.level is Level.WARNING for f in said)


def test_a_device_between_zones_that_agree_is_no_warning() -> None:
    assert shared("light") == []
    assert shared("player", dayparts=[daypart("day", "opening..closing", zones=["yard"])]) == []


def test_clashing_senses_of_a_profile_are_a_warning() -> None:
    made = {**smells("day", "linen"), "tags": {"season": "christmas"}}
    assert "Christmas scent without Christmas music" in one(Level.WARNING, **scented(profiles=[made])).sentence


def test_errors_come_before_warnings() -> None:
    levels = [
        f.level
        for f in found(
            dayparts=[
                daypart("old", "2020 Nov 27 10:00-12:00"),
                daypart("x", "opening..closing", "?") | {"profile": "x"},
            ]
        )
    ]
    assert levels == [Level.ERROR, Level.WARNING]


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plans)
def test_check_never_raises_and_resolve_is_total_without_errors(plan: Plan) -> None:
    said = check(plan, NOW)
    assert all(f.sentence.endswith((".", "?")) and "\n" not in str(f) for f in said)
    if not errors(said):
        for zone_ in plan.zones:
            assert resolve(plan, Live(), zone_.id, NOW).fields


def test_fifty_dayparts_in_ten_zones_are_checked_and_agree_with_the_timeline() -> None:
    names = [f"z{n}" for n in range(10)]
    parts = [
        daypart(f"d{z}-{n}", f"Mo-Su {8 + 2 * n:02}:00-{10 + 2 * n:02}:00", zones=[name])
        for z, name in enumerate(names)
        for n in range(5)
    ]
    plan = plan_from_document(document(zones=[zone(name) for name in names], dayparts=parts))
    assert check(plan, NOW) == []
    day = timeline(plan, Live(), "z3", datetime(2026, 11, 24, tzinfo=UTC), datetime(2026, 11, 25, tzinfo=UTC))
    assert len(day) >= 6

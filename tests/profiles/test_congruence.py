"""Senses that pull against each other are told; those that agree are not."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from profiles.congruence import clashes, profile_clashes
from profiles.profile import Arousal, Profile, Tags, Warmth, ZoneKind
from profiles.scene import Scene, Sense

LOW, HIGH = Tags(arousal=Arousal.LOW), Tags(arousal=Arousal.HIGH)
CHRISTMAS = Tags(season="christmas")
tags = st.builds(Tags, arousal=st.sampled_from(list(Arousal)), season=st.sampled_from(["any", "christmas"]))


def mood(tag: Tags, **scene: Any) -> Profile:
    return Profile(id="m", name="M", tags=tag, scene=Scene.model_validate(scene))


def test_calm_scent_with_stirring_music_is_told() -> None:
    assert "match (Spangenberg 2005)" in clashes({Sense.SCENT: LOW, Sense.MUSIC: HIGH})[0]
    assert clashes({Sense.SCENT: LOW, Sense.MUSIC: LOW}) == ()
    assert clashes({Sense.SCENT: Tags(), Sense.MUSIC: HIGH}) == ()


def test_christmas_scent_wants_christmas_music() -> None:
    assert clashes({Sense.SCENT: CHRISTMAS, Sense.MUSIC: CHRISTMAS}) == ()
    assert clashes({Sense.MUSIC: CHRISTMAS}) == ()
    for without in ({Sense.SCENT: CHRISTMAS}, {Sense.SCENT: CHRISTMAS, Sense.MUSIC: Tags()}):
        assert "Christmas scent without Christmas music" in clashes(without)[0]


def test_a_third_stirring_cue_is_told_and_two_are_not() -> None:
    assert "overloads" in clashes(dict.fromkeys(Sense, HIGH))[0]
    assert clashes({Sense.LIGHT: HIGH, Sense.MUSIC: HIGH}) == ()
    assert clashes({Sense.LIGHT: HIGH, Sense.MUSIC: HIGH, Sense.SCENT: Tags()}) == ()


@given(tags)
def test_one_mood_for_all_senses_clashes_only_by_stirring_thrice(tag: Tags) -> None:
    assert bool(clashes(dict.fromkeys(Sense, tag))) == (tag.arousal is Arousal.HIGH)


@given(st.dictionaries(st.sampled_from(list(Sense)), tags))
def test_without_scent_nothing_clashes(by_sense: dict[Sense, Tags]) -> None:
    by_sense.pop(Sense.SCENT, None)
    assert clashes(by_sense) == ()


def test_christmas_music_is_music_that_the_profile_names() -> None:
    scent = {"on": True, "fragrance": "clove", "intensity_pct": 16}
    carols = mood(CHRISTMAS, scent=scent, music={"on": True, "source": "carols"})
    assert profile_clashes(carols, ZoneKind.SALES_FLOOR) == ()
    for music in ({"on": True}, "off", None):
        assert len(profile_clashes(mood(CHRISTMAS, scent=scent, music=music), ZoneKind.SALES_FLOOR)) == 1


def test_a_tag_that_the_settings_contradict_is_told() -> None:
    warm, cool = Tags(warmth=Warmth.WARM), Tags(warmth=Warmth.COOL)
    assert "tagged warm" in profile_clashes(mood(warm, light={"kelvin": 5000}), ZoneKind.CAFE)[0]
    assert "tagged cool" in profile_clashes(mood(cool, light={"kelvin": 2700}), ZoneKind.CAFE)[0]
    assert "music is at 70 %" in profile_clashes(mood(LOW, music={"on": True, "volume_pct": 70}), ZoneKind.CAFE)[0]
    scent = {"on": True, "fragrance": "x", "intensity_pct": 45}
    assert "scent is at 45 %" in profile_clashes(mood(LOW, scent=scent), ZoneKind.CAFE)[0]
    assert profile_clashes(mood(warm, light={"kelvin": 2700}), ZoneKind.CAFE) == ()


def test_a_variation_is_judged_in_its_own_kind_of_zone() -> None:
    profile = mood(LOW, music={"on": True, "volume_pct": 30}).model_copy(
        update={"variations": {ZoneKind.CAFE: Scene.model_validate({"music": {"volume_pct": 80}})}}
    )
    assert profile_clashes(profile, ZoneKind.SALES_FLOOR) == ()
    assert len(profile_clashes(profile, ZoneKind.CAFE)) == 1

"""What the plan says of days to come. Nothing has to happen for that: a zone can be asked about any instant."""

import pytest


@pytest.mark.parametrize(("when", "mood"), [
    ("2026-03-02 09:30", "asleep"),
    ("2026-03-02 10:00", "calm"),
    ("2026-03-07 13:00", "peak"),           # Saturdays close at four
    ("2026-01-06 12:00", "asleep"),         # a public holiday
    ("2026-12-01 12:00", "candlelight"),
    ("2026-12-25 12:00", "asleep"),
])
def test_the_mood_of_an_instant(store, when, mood):
    assert store.zone("shop", at=when).profile == mood


def test_advent_leaves_the_music_to_the_day(store):
    seen = store.zone("shop", at="2026-12-01 12:00")
    assert seen.values["light.ambient.brightness_pct"] == 45
    assert seen.values["music.volume_pct"] == 25


def test_nothing_is_odd_about_the_plan(store):
    assert store.warnings == ()

"""Sentences: counted, in the store's time, in the language at hand."""

from __future__ import annotations

import gettext
import threading
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.shapes import Standing
from controller.walltime import Wall
from controller.wording import (
    disobeying,
    limit_words,
    pressed,
    reason,
    some_lost,
    until_words,
    where_words,
    zones_sentence,
)
from controller.wording_values import (
    Names,
    counted,
    light_in_short,
    listed,
    number,
    scent_dots,
    sense_words,
    setting_words,
    strength,
)
from profiles.layers import Rank
from profiles.limits import Clamp
from profiles.scene import Colour, Diffusion, Field, Role, Sense
from profiles.text import catalogue, language, speak, speaking, spoken, t, tn

NOW = datetime(2026, 4, 16, 12, 32, tzinfo=UTC)
WALL = Wall(ZoneInfo("Europe/Stockholm"), NOW)
NAMES = Names({"fig": "Fig leaf"}, {"easy": "Easy day"})
R, S, A, L, X, N = (Standing.REPORTED, Standing.SENT, Standing.ASSUMED, Standing.LOST, Standing.ALARM, Standing.NONE)


@pytest.mark.parametrize(("later", "words"), [
    (timedelta(), "14:32"), (timedelta(hours=9, minutes=27), "23:59"), (timedelta(hours=9, minutes=28),
                                                                        "tomorrow 00:00"),
    (timedelta(days=-1), "yesterday 14:32"), (timedelta(days=4), "Mon 20 April 14:32"),
    (timedelta(days=300), "Wed 10 February 2027 13:32")])
def test_instants_are_told_on_the_stores_wall(later: timedelta, words: str) -> None:
    assert WALL.at(NOW + later) == words


def test_days_are_those_of_the_store_and_not_of_greenwich() -> None:
    auckland = Wall(ZoneInfo("Pacific/Auckland"), NOW)
    assert auckland.at(NOW) == "00:32"
    assert auckland.at(NOW - timedelta(hours=1)) == "yesterday 23:32"
    assert auckland.soon(NOW + timedelta(days=3)) == "Mon 00:32"


def test_reasons_say_who_and_until_when() -> None:
    assert reason(Rank.DAYPART, "Day", None) == "Daypart Day"
    assert reason(Rank.OVERRIDE, "Soft mirror", "Elin") == "Elin chose it"
    assert reason(Rank.STOP, "Stop", "Elin", "14:32") == "Stopped by Elin at 14:32"
    assert until_words("Daypart Day", NOW + timedelta(hours=1), WALL) == "Daypart Day, until 15:32"
    assert until_words("Daypart Day", None, WALL) == "Daypart Day"


@pytest.mark.parametrize(("standings", "sentence"), [
    ([R, R, R, S, A, L], "Three zones are as they should be. One is on its way, one is assumed, one is out of reach."),
    ([R] * 6, "All six zones are as they should be."), ([R] * 13, "All 13 zones are as they should be."),
    ([R], "Café is as it should be."), ([S], "One zone is on its way."), ([L, L], "Two zones are out of reach."),
    ([R, S, S], "One zone is as it should be. Two are on their way."),
    ([X, R, R, N], "One zone needs somebody. Two zones are as they should be. One has no device."),
    ([S, L, L], "One zone is on its way, two are out of reach.")])
def test_the_sentence_on_top_counts_in_words(standings: list[Standing], sentence: str) -> None:
    assert zones_sentence(standings, "Café") == sentence


@given(st.lists(st.sampled_from(list(Standing)), min_size=1, max_size=40))
def test_every_mix_of_standings_is_told_in_whole_sentences(standings: list[Standing]) -> None:
    said = zones_sentence(standings, "Café")
    assert said[0].isupper() or said[0].isdigit()
    assert said.endswith(".")
    assert "{" not in said


def test_things_are_counted_and_listed() -> None:
    assert (counted("light", 1), counted("light", 2), counted("player", 1)) == ("1 lamp", "2 lamps", "1 player")
    assert (listed([]), listed(["a"]), listed(["a", "b", "c"])) == ("", "a", "a, b and c")
    assert (number(0), number(12), number(13)) == ("no", "twelve", "13")
    assert some_lost("Reported", {"light": 2}) == "Reported, 2 lamps out of reach"
    assert disobeying({"light": 1, "player": 1}) == "1 lamp and 1 player do not do as told"


@pytest.mark.parametrize(("pct", "word", "dots"), [
    (0, "off", 0), (1, "low", 1), (16, "low", 1), (25, "low", 1), (26, "medium", 2), (33, "medium", 2), (42, "high", 3),
    (50, "high", 3)])
def test_strengths_of_scent_follow_the_duty_cycles_in_use(pct: float, word: str, dots: int) -> None:
    assert (strength(pct), scent_dots(pct)) == (word, dots)


def test_values_are_said_as_people_read_them() -> None:
    assert setting_words(59.843, NAMES) == "60 %"
    assert setting_words(Colour(kelvin=3003), NAMES) == "3000 K"
    assert setting_words(Colour(xy=(0.3, 0.4)), NAMES) == "in colour"
    assert setting_words(Diffusion(fragrance="fig", intensity_pct=16), NAMES) == "low, Fig leaf"
    assert setting_words("easy", NAMES) == "Easy day"
    assert (setting_words(True, NAMES), setting_words(False, NAMES)) == ("on", "off")


def test_roles_that_agree_are_said_once() -> None:
    light = {Field.AMBIENT_ON: True, Field.AMBIENT_BRIGHTNESS: 60.0, Field.ACCENT_ON: True,
             Field.ACCENT_BRIGHTNESS: 60.0}
    assert sense_words(Sense.LIGHT, light, NAMES) == "60 %"
    light[Field.ACCENT_ON] = False
    assert sense_words(Sense.LIGHT, light, NAMES) == "ambient 60 %; accent off"
    assert sense_words(Sense.LIGHT, light, NAMES, (Role.AMBIENT,)) == "60 %"
    assert sense_words(Sense.MUSIC, {}, NAMES) == ""
    assert sense_words(Sense.MUSIC, {Field.MUSIC_ON: True}, NAMES) == "on"


def test_limits_are_told_with_what_was_asked() -> None:
    assert limit_words(Field.MUSIC_VOLUME, Clamp("volume", 70.0, 60.0), NAMES) == (
        "volume limited to 60 % by the store's limit; 70 % was asked")
    assert "switched on by the light floor" in limit_words(Field.AMBIENT_ON, Clamp("light floor", False, True), NAMES)
    assert "not agreed" in limit_words(Field.SCENT_ON, Clamp("no consent to scent", True, False), NAMES)


def test_presses_say_where_and_until_when() -> None:
    assert where_words(["a", "b", "c", "d"], whole=False) == "4 zones"
    assert where_words(["a"], whole=False) == "a"
    assert pressed("Mirror", "the whole store", [NOW], WALL) == "Mirror in the whole store, until 14:32"


# ── languages ───────────────────────────────────────────────────────────────────────


def test_a_language_without_a_catalogue_is_english() -> None:
    assert isinstance(catalogue("xx"), gettext.NullTranslations)
    with speaking("xx", "en") as chosen:
        assert chosen == "en"
        assert t("Open until {time}", time="20:00") == "Open until 20:00"
        assert tn("{count} lamp", "{count} lamps", 2) == "2 lamps"
    assert "en" in spoken()


def test_the_language_of_one_thread_is_not_that_of_another() -> None:
    heard: list[str] = []
    speak("en")
    other = threading.Thread(target=lambda: heard.append(language()))
    other.start()
    other.join()
    assert heard == ["en"]


def test_braces_in_a_name_are_only_text() -> None:
    assert t("Daypart {name}", name="{0.__class__}") == "Daypart {0.__class__}"


def test_light_in_short_names_the_role_only_when_it_is_not_the_first() -> None:
    lit = {Field.AMBIENT_ON: True, Field.AMBIENT_BRIGHTNESS: 60.0, Field.ACCENT_ON: True, Field.ACCENT_BRIGHTNESS: 22.0}
    roles = (Role.AMBIENT, Role.ACCENT)
    assert light_in_short(lit, Names(), roles) == "60 %"
    assert light_in_short({**lit, Field.AMBIENT_ON: False}, Names(), roles) == "accent 22 %"
    assert light_in_short({Field.AMBIENT_ON: False, Field.ACCENT_ON: False}, Names(), roles) == "off"

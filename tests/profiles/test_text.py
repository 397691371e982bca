"""Words for people: English where there is no other, values by name, nothing that a value could do to a sentence."""

from __future__ import annotations

import gettext

import pytest

from profiles.text import LANGUAGES, catalogue, language, speak, speaking, spoken, t, tn


def test_sentence_without_a_catalogue_is_said_in_english():
    assert t("Sign in first.") == "Sign in first."


def test_values_are_put_in_by_name_and_not_read_again():
    assert t("{name} is {person}.", name="{person}", person="staff") == "{person} is staff."


def test_braces_in_a_sentence_without_values_stay():
    assert t("{json}") == "{json}"


def test_english_can_always_be_shown():
    assert spoken()[0] == "en" == LANGUAGES[0]


@pytest.mark.parametrize("wished", [(), (None,), ("xx", None), ("",)])
def test_language_that_cannot_be_shown_is_english(wished):
    with speaking():
        assert speak(*wished) == "en"
        assert language() == "en"


def test_every_language_has_a_catalogue_or_answers_with_the_sentence_itself():
    for word in LANGUAGES:
        assert isinstance(catalogue(word), gettext.NullTranslations)


def test_a_count_chooses_its_form():
    assert tn("{count} lamp", "{count} lamps", 1) == "1 lamp"
    assert tn("{count} lamp", "{count} lamps", 2) == "2 lamps"

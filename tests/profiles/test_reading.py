"""Expressions in words: what people read is what the expression means, in three languages."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from profiles.hours import Hours
from profiles.place import Place
from profiles.reading import LANGUAGES_READ, reading
from profiles.text import LANGUAGES
from profiles.when import When, WhenError

PLACE = Place(timezone="Europe/Stockholm", country="SE", latitude=59.33, longitude=18.07)
HOURS = Hours.parse("Mo-Fr 10:00-19:00; Sa 10:00-16:00", PLACE)


def read(text: str, language: str = "en") -> str:
    return reading(text, PLACE, HOURS, language)


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(("text", "english", "swedish", "french"), [
    ("Mo-Fr 07:00-10:00", "Monday to Friday from 07:00 to 10:00", "måndag till fredag klockan 07.00–10.00",
     "du lundi au vendredi de 7 h à 10 h"),
    ("Sa[1] 09:30-10:00", "the first Saturday of each month from 09:30 to 10:00",
     "den första lördagen i varje månad klockan 09.30–10.00", "le premier samedi de chaque mois de 9 h 30 à 10 h"),
    ("Mo[2,-1] 10:00-11:00", "the second and last Monday of each month from 10:00 to 11:00",
     "de andra och sista måndagarna i varje månad klockan 10.00–11.00",
     "les deuxième et dernier lundis de chaque mois de 10 h à 11 h"),
    ("Nov Th[4] +1 day 08:00-20:00", "the day after the fourth Thursday of November from 08:00 to 20:00",
     "dagen efter den fjärde torsdagen i november klockan 08.00–20.00",
     "le lendemain du quatrième jeudi de novembre de 8 h à 20 h"),
    ("opening-00:30..opening+01:00", "from half an hour before opening to one hour after opening",
     "från en halvtimme före öppning till en timme efter öppning",
     "d’une demi-heure avant l’ouverture à une heure après l’ouverture"),
    ("Fr closing-01:00..closing", "Fridays from one hour before closing to closing",
     "fredagar från en timme före stängning till stängning",
     "le vendredi d’une heure avant la fermeture à la fermeture"),
    ("closing..opening-01:30", "from closing to one and a half hours before the next opening",
     "från stängning till en och en halv timme före nästa öppning",
     "de la fermeture à une heure et demie avant la prochaine ouverture"),
    ("closing+00:20..02:00", "from 20 minutes after closing to 02:00 the next day",
     "från 20 minuter efter stängning till klockan 02.00 nästa dag",
     "de 20 minutes après la fermeture à 2 h le lendemain"),
    ("2026 Nov 27-2026 Nov 30 10:00-20:00", "27 to 30 November 2026 from 10:00 to 20:00",
     "den 27 till den 30 november 2026 klockan 10.00–20.00", "du 27 au 30 novembre 2026 de 10 h à 20 h"),
    ("Dec 20-Jan 6 22:00-04:00", "20 December to 6 January every year from 22:00 to 04:00 the next day",
     "den 20 december till den 6 januari varje år klockan 22.00–04.00 nästa dag",
     "du 20 décembre au 6 janvier de chaque année de 22 h à 4 h le lendemain"),
    ("Jan-Mar Mo,We 10:00-12:00,13:00-15:00",
     "Mondays and Wednesdays, January to March, from 10:00 to 12:00 and from 13:00 to 15:00",
     "måndagar och onsdagar, januari till mars, klockan 10.00–12.00 och klockan 13.00–15.00",
     "le lundi et le mercredi, de janvier à mars, de 10 h à 12 h et de 13 h à 15 h"),
    ("week 1-53/2 Sa 18:00-24:00", "Saturdays, every second week from week 1 to 53, from 18:00 to midnight",
     "lördagar, varannan vecka från vecka 1 till 53, klockan 18.00–24.00",
     "le samedi, une semaine sur deux, de la semaine 1 à la semaine 53, de 18 h à minuit"),
    ("easter -2 days-easter +1 day off", "except Good Friday to Easter Monday every year",
     "utom långfredagen till annandag påsk varje år",
     "sauf du Vendredi saint au lundi de Pâques de chaque année"),
    ("(sunset-00:30)-22:00", "every day from half an hour before sunset to 22:00",
     "varje dag från en halvtimme före solnedgången till klockan 22.00",
     "tous les jours d’une demi-heure avant le coucher du soleil à 22 h"),
    ("sunset-sunrise", "every day from sunset to sunrise the next day",
     "varje dag från solnedgången till soluppgången nästa dag",
     "tous les jours du coucher du soleil au lever du soleil le lendemain"),
    ("Mo-Fr 10:00-12:00; PH off", "Monday to Friday from 10:00 to 12:00; except public holidays",
     "måndag till fredag klockan 10.00–12.00; utom helgdagar",
     "du lundi au vendredi de 10 h à 12 h; sauf les jours fériés"),
    ("24/7; Dec 24 off", "at all times; except 24 December every year", "alltid; utom den 24 december varje år",
     "en permanence; sauf le 24 décembre de chaque année"),
    ('2026 Jan 1+ Mo "tasting"', "Mondays, from 1 January 2026 on, all day (“tasting”)",
     "måndagar, från och med den 1 januari 2026, hela dagen (”tasting”)",
     "le lundi, à partir du 1er janvier 2026, toute la journée (« tasting »)"),
])
def test_an_expression_is_read_in_three_languages(text: str, english: str, swedish: str, french: str) -> None:
    assert [plain(read(text, language)) for language in ("en", "sv", "fr")] == [english, swedish, french]


@pytest.mark.parametrize(("text", "words"), [
    ("Mo 10:00-12:00; We 14:00-15:00", "Mondays from 10:00 to 12:00; Wednesdays from 14:00 to 15:00"),
    ("Mo-Fr 10:00-12:00; We 14:00-15:00",
     "Monday to Friday from 10:00 to 12:00; but Wednesdays instead from 14:00 to 15:00"),
    ("Mo-Fr 10:00-12:00, We 14:00-15:00",
     "Monday to Friday from 10:00 to 12:00; and also Wednesdays from 14:00 to 15:00"),
    ("Mo 10:00-12:00 || PH 09:00-10:00",
     "Mondays from 10:00 to 12:00; where nothing else is said, public holidays from 09:00 to 10:00"),
    ("Mo 10:00-12:00; 2031 Dec 1 off; Mo 11:00-11:30 off",
     "Mondays from 10:00 to 12:00; except 1 December 2031; except Mondays from 11:00 to 11:30"),
    ("2031 Mo 10:00-12:00; 2031 Dec 1 14:00-15:00",
     "Mondays, in 2031, from 10:00 to 12:00; but 1 December 2031 instead from 14:00 to 15:00"),
])
def test_rules_say_what_they_do_to_those_before(text: str, words: str) -> None:
    assert read(text) == words


#: The parts of the common grammar. Each of days and times below can be said in words.
COMMON_DAYS = st.sampled_from([
    "", "Mo", "Mo-Fr", "Sa-Su", "Fr-Mo", "Mo,We-Fr", "Sa,Su,PH", "PH", "PH +1 day", "PH -1 day", "Sa[1]", "Sa[1,3]",
    "Sa[-1]", "Sa[2-4]", "Mo[1],We", "Th[4] +1 day", "Jan", "Jan-Mar", "Nov-Feb", "Jan,Mar", "Nov Sa[4]",
    "Nov Th[4] +1 day", "Dec 24", "Dec 24,Dec 31", "Dec 24-26", "Dec 20-Jan 6", "Jan 10+", "Dec 24 Mo", "2026",
    "2026 Mo", "2026-2028 Sa[1]", "2026+", "2026-2030/2", "2026 Nov 27", "2026 Nov 27-30", "2026 Jan 1+",
    "2026 Dec 20-2027 Jan 6", "2026 Jan-Mar", "2024-2028 Feb 29", "2026,2028 Mo", "week 5", "week 1-10",
    "week 1-53/2 Mo", "week 1,3,5", "2026 week 5 Mo", "easter", "easter -2 days", "easter +39 days",
    "2026 easter", "easter -2 days-easter +1 day", "Jan-Mar Sa,Su,PH", "Dec 20-Jan 6 Mo-Fr"])
COMMON_TIMES = st.sampled_from([
    "07:00-10:00", "10:00-12:00,13:00-15:00", "22:00-04:00", "22:00-26:00", "00:00-24:00", "18:00-24:00",
    "sunrise-sunset", "(sunset-00:30)-22:00", "sunset-02:00", "(dawn+00:10)-(dusk-01:15)", "off", "10:00-10:30 off",
    '10:00-12:00 "tasting"', "open"])
RULES = st.tuples(COMMON_DAYS, COMMON_TIMES).filter(lambda rule: rule[0] or rule[1] not in ("off", "open")).map(
    lambda rule: " ".join(rule).strip())
COMMON = st.one_of(
    st.tuples(RULES, st.lists(st.tuples(st.sampled_from(["; ", ", ", " || "]), RULES), max_size=3)).map(
        lambda parts: parts[0] + "".join(joint + rule for joint, rule in parts[1])),
    st.tuples(COMMON_DAYS, st.sampled_from([
        "opening..closing", "opening-00:30..opening+01:00", "closing-01:15..closing+00:01", "closing..opening",
        "closing+00:30..02:00", "06:00..opening", "22:00..opening", "10:00..12:00", "12:00..closing",
    ])).map(lambda parts: " ".join(parts).strip()))


@given(text=COMMON, language=st.sampled_from(LANGUAGES_READ))
@settings(max_examples=300, deadline=None)
def test_the_common_grammar_has_words_and_needs_no_quoting(text: str, language: str) -> None:
    try:
        When.parse(text, PLACE, HOURS)
    except WhenError:
        return  # some combinations are refused, as `Jan 1, Mo …` is
    words = read(text, language)
    assert "on the days" not in words
    assert "de dagar som" not in words
    assert "les jours notés" not in words
    assert "  " not in words
    assert words == words.strip()


TOKENS = st.sampled_from(["Mo", "Fr", "Su", "PH", "Feb", "29", "2026", "week", "easter", "10:00", "-", "12:00", "..",
                          ";", ",", "||", "off", "open", "opening", "closing", "+", "01:00", "sunset", "(", ")", "[",
                          "]", "1", '"', "24/7", "/", " ", " ", "days", "26:00", ":", "9999", "1900"])


@given(st.one_of(st.lists(TOKENS, max_size=12).map("".join), st.lists(TOKENS, max_size=8).map(" ".join), COMMON),
       st.sampled_from([*LANGUAGES_READ, "tlh"]))
@example("Sep Fr[4]-Oct 3 10:00-11:00", "en")
@example("Dec 25-Su 10:00-11:00", "fr")
@example("9999 Dec 31 22:00-26:00", "sv")
@example("Jan Sa[1] -7 days,Mo", "en")
@settings(max_examples=300, deadline=None)
def test_whatever_is_accepted_can_be_read(text: str, language: str) -> None:
    try:
        When.parse(text, PLACE, HOURS)
    except WhenError:
        with pytest.raises(WhenError):
            read(text, language)
        return
    assert read(text, language)


@pytest.mark.parametrize("text", ["Sep Fr[4]-Oct 3 10:00-11:00", "Dec 25-Su 10:00-11:00"])
def test_what_has_no_words_is_quoted_rather_than_read_wrongly(text: str) -> None:
    days = text.rsplit(" ", 1)[0]
    assert read(text) == f"on the days “{days}” from 10:00 to 11:00"
    assert days in read(text, "sv")
    assert days in read(text, "fr")


@pytest.mark.parametrize(("one", "other"), [
    ("Mo 10:00-12:00; Mo 14:00-15:00", "Mo 10:00-12:00, Mo 14:00-15:00"),
    ("Mo 10:00-12:00", "Mo 10:00-24:00"), ("Mo 22:00-02:00", "Mo 02:00-22:00"), ("Sa[1] 10:00-12:00",
     "Sa 10:00-12:00"), ("Sa[1] 10:00-12:00", "Sa[-1] 10:00-12:00"), ("Dec 24 10:00-12:00", "2026 Dec 24 10:00-12:00"),
    ("Dec 24 Mo 10:00-12:00", "Dec 24,Dec 31 10:00-12:00"), ("PH 10:00-12:00", "PH +1 day 10:00-12:00"),
    ("PH +1 day 10:00-12:00", "PH -1 day 10:00-12:00"), ("week 5 10:00-12:00", "week 5-6 10:00-12:00"),
    ("opening..closing", "closing..opening"), ("closing..opening", "closing..opening+01:00"),
    ("(sunset-00:30)-22:00", "(sunset+00:30)-22:00"), ("dawn-dusk", "sunrise-sunset"),
    ("Mo-Fr 10:00-12:00; PH off", "PH off; Mo-Fr 10:00-12:00"), ("2026 Mo 10:00-12:00", "2026+ Mo 10:00-12:00"),
    ("2026-2030 Mo 10:00-12:00", "2026-2030/2 Mo 10:00-12:00"), ("Jan-Mar 10:00-12:00", "Jan,Mar 10:00-12:00"),
    ("Mo 10:00-12:00; Mo 11:00-11:30 off", "Mo 10:00-12:00; Mo off"), ("22:00-26:00", "22:00-02:01"),
    ("Mo 10:00-12:00, PH 14:00-15:00", "Mo 10:00-12:00 || PH 14:00-15:00"),
    ("easter 10:00-12:00", "easter +1 day 10:00-12:00"), ("Dec 20-Jan 6 10:00-12:00", "Jan 6-Dec 20 10:00-12:00"),
])
def test_different_occurrences_have_different_words(one: str, other: str) -> None:
    for language in LANGUAGES_READ:
        assert read(one, language) != read(other, language)


@given(first=st.dates(date(2026, 1, 1), date(2027, 12, 1)), days=st.integers(0, 40))
@settings(max_examples=60, deadline=None)
def test_a_range_of_dates_names_both_ends(first: date, days: int) -> None:
    last = first + timedelta(days=days)
    words = read(f"{first:%Y %b} {first.day}-{last:%Y %b} {last.day} 10:00-12:00")
    assert f"{last.day} {last:%B %Y}" in words
    assert words.startswith(str(first.day))


def test_every_language_of_the_product_can_be_read() -> None:
    assert set(LANGUAGES) <= set(LANGUAGES_READ)

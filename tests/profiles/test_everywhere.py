"""Instants that are the same everywhere: the one form whose meaning no place changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.hours import Hours
from profiles.overlay import Campaign
from profiles.place import Place
from profiles.places import Store, Zone
from profiles.plan import Live, Plan
from profiles.profile import Profile, ZoneKind
from profiles.reading import reading
from profiles.resolve import resolve
from profiles.scene import Field, Lights, Scene
from profiles.when import When, WhenError

TEXT = "2026-12-24T17:00Z..2026-12-24T18:00Z"
PLACES = [Place(timezone=zone) for zone in ("Europe/Stockholm", "America/New_York", "Australia/Lord_Howe",
                                            "Pacific/Kiritimati", "UTC")]
BEGIN, END = datetime(2026, 12, 24, 17, tzinfo=UTC), datetime(2026, 12, 24, 18, tzinfo=UTC)
instants = st.datetimes(datetime(2020, 1, 1), datetime(2034, 1, 1)).map(
    lambda at: at.replace(microsecond=0, tzinfo=UTC))


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.timezone)
def test_it_is_the_same_instants_at_every_place(place):
    assert When.parse(TEXT, place, None).intervals(BEGIN - timedelta(days=400), END + timedelta(days=400)) == [
        (BEGIN, END)]


@given(instants, st.integers(1, 400 * 24 * 60), instants, st.integers(1, 90), st.sampled_from(PLACES))
def test_it_is_found_from_wherever_one_looks(begin, minutes, start, days, place):
    end, stop = begin + timedelta(minutes=minutes), start + timedelta(days=days)
    text = f"{begin.isoformat()}..{end.isoformat()}"
    wanted = [(max(begin, start), min(end, stop))] if begin < stop and end > start else []
    assert When.parse(text, place, None).intervals(start, stop) == wanted


def test_an_offset_is_taken_as_written():
    assert When.parse("2026-12-24T18:00+01:00..2026-12-24T14:00-04:00", PLACES[0], None).intervals(
        BEGIN, END) == [(BEGIN, END)]


@pytest.mark.parametrize(("text", "column", "words"), [
    ("2026-12-24T17:00..2026-12-24T18:00Z", 1, "is another instant in every time zone: write Z after it"),
    ("2026-12-24T17:00Z..2026-12-24T18:00", 20, "is another instant in every time zone"),
    ("2026-12-24T18:00Z..2026-12-24T17:00Z", 20, "ends before it begins"),
    ("2026-12-24T17:00Z..2026-12-24T17:00Z", 20, "ends before it begins"),
    ("2026-02-30T17:00Z..2026-12-24T18:00Z", 1, "There is no 2026-02-30T17:00Z."),
    (" 2026-12-24T17:00Z..closing", 2, "two date-times with two dots between"),
    ("2026-12-24T17:00Z-2026-12-24T18:00Z", 1, "two date-times with two dots between"),
    ("2026-12-24T17:00Z", 1, "two date-times with two dots between"),
])
def test_what_is_wrong_is_said_with_its_column(text, column, words):
    with pytest.raises(WhenError) as wrong:
        When.parse(text, PLACES[0], None)
    assert wrong.value.column == column
    assert words in wrong.value.sentence


@pytest.mark.parametrize(("language", "words"), [
    ("en", "once, from 18:00 on 24 December 2026 to 19:00, at the same instant everywhere"),
    ("sv", "en gång, från den 24 december 2026 klockan 18.00 till klockan 19.00, i samma ögonblick överallt"),
    ("fr", "une seule fois, du 24 décembre 2026 à 18 h à 19 h, au même instant partout"),
])
def test_it_is_read_by_the_clock_of_the_place(language, words):
    assert reading(TEXT, PLACES[0], None, language).replace("\N{NO-BREAK SPACE}", " ") == words


@pytest.mark.parametrize(("language", "words"), [
    ("en", "once, from 07:00 on 25 December 2026 to 07:00 on 26 December 2026, at the same instant everywhere"),
    ("sv", "en gång, från den 25 december 2026 klockan 07.00 till den 26 december 2026 klockan 07.00, "
           "i samma ögonblick överallt"),
    ("fr", "une seule fois, du 25 décembre 2026 à 7 h au 26 décembre 2026 à 7 h, au même instant partout"),
])
def test_it_is_read_with_both_dates_where_they_differ(language, words):
    hours = Hours.parse("24/7", PLACES[3])
    text = "2026-12-24T17:00Z..2026-12-25T17:00Z"
    assert reading(text, PLACES[3], hours, language).replace("\N{NO-BREAK SPACE}", " ") == words


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.timezone)
def test_a_campaign_of_such_instants_holds_in_every_store_at_once(place):
    launch = Profile(id="launch", name="Launch", scene=Scene(light=Lights(brightness_pct=90)))
    plan = Plan(
        store=Store(id="shop", name="Shop", timezone=place.timezone, hours="Mo-Su 10:00-19:00"), profiles=(launch,),
        zones=(Zone(id="sales", name="Sales", kind=ZoneKind.SALES_FLOOR,
                    default=Scene(light=Lights(on=True, brightness_pct=50, kelvin=3500))),),
        campaigns=(Campaign(id="launch", name="Launch", when=TEXT, profile="launch"),))

    def brightness(at):
        return resolve(plan, Live(), "sales", at).fields[Field.AMBIENT_BRIGHTNESS]

    second = timedelta(seconds=1)
    assert [brightness(at).value for at in (BEGIN - second, BEGIN, END - second, END)] == [50, 90, 90, 50]
    assert brightness(BEGIN).until == END

"""The page Today without a browser: what stands where on the scale, what is told of a piece, and what is refused."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import cast

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from controller.accounts import Accounts
from controller.errors import Unavailable
from controller.shapes import PressShown, Standing
from profiles.limits import Person
from profiles.plan import Plan
from profiles.planfile import plan_from_document
from tests.web.fakes import FakeAccounts
from tests.web.showroom import NOW, Showroom
from tests.web.showroom_day import CITY, PLAN, clock
from tests.web.showroom_doors import ShowCues
from web.app import make_app
from web.context import Services
from web.day import FURTHEST, day_of
from web.day_words import day_sentence, spells
from web.today_page import instant_words

TODAY = NOW.date()


@pytest.fixture
def shop() -> Showroom:
    return Showroom()


@pytest.fixture
def accounts() -> FakeAccounts:
    return FakeAccounts(elin=Person.STAFF, vera=Person.VIEWER, mats=Person.MANAGER, anna=Person.ADMINISTRATOR)


@pytest.fixture
def client(shop: Showroom, accounts: FakeAccounts) -> FlaskClient:
    return client_of(shop, accounts, "elin")


def client_of(shop: Showroom, accounts: FakeAccounts, name: str, cues: ShowCues | None = None) -> FlaskClient:
    app = make_app(Services(planning=shop, overview=shop, accounts=cast(Accounts, accounts), secure=False,
                            assets=Path("/nonexistent"), cues=cues))
    client = app.test_client()
    client.set_cookie("sinne", accounts.enter(name))
    return client


def get(client: FlaskClient, path: str, **headers: str) -> TestResponse:
    return client.get(path, base_url="http://localhost", headers=headers)


def send(client: FlaskClient, path: str, *, htmx: bool = False, **form: str) -> TestResponse:
    found = re.search(r'name="csrf-token" content="([^"]+)"', get(client, "/today").text)
    assert found is not None
    headers = {"HX-Request": "true"} if htmx else {}
    return client.post(path, base_url="http://localhost", data={"csrf_token": found[1], **form}, headers=headers)


def pressed(shop: Showroom, zone: str = "fitting", until: datetime | None = None) -> PressShown:
    """Elin chose Soft mirror in a zone, a minute ago, for half an hour."""
    made = PressShown("p-elin", "Soft mirror", (zone,), until or NOW + timedelta(minutes=30), "Elin", "Soft mirror", ())
    shop.pressed.append(made)
    return made


def said(page: TestResponse) -> str:
    found = re.search(r'id="day-said">([^<]*)<', page.text)
    assert found is not None
    return unescape(found[1])


def lane(page: TestResponse, zone: str) -> list[tuple[float, float, str]]:
    """The pieces of a zone: from, to, and all that a screen reader hears of each."""
    text = page.text
    start = text.index(f'id="lane-{zone}"')
    text = text[start:text.index("</ol>", start)]
    found = []
    for match in re.finditer(r'<li class="spot" style="--from:([\d.]+);--to:([\d.]+)[^>]*>(.*?)</li>', text, re.S):
        heard = re.sub(r'<small [^>]*aria-hidden="true">.*?</small>', "", match[3], flags=re.S)
        found.append((float(match[1]), float(match[2]), unescape(re.sub(r"<[^>]+>", "", heard)).strip()))
    return found


def reason(page: TestResponse) -> str:
    text = page.text[page.text.index('<section class="reason"'):]
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text[:text.index("</section>")])))


# ── the sentence ────────────────────────────────────────────────────────────────────


def test_the_day_begins_with_a_sentence_made_of_what_it_holds(client: FlaskClient) -> None:
    assert said(get(client, "/today")) == (
        "Thursday 16 April. Spring in linen until 18:00, then Evening warm. Checkout and Café go their own way.")


def test_a_closed_day_and_a_short_one_are_told_with_their_names(client: FlaskClient) -> None:
    assert said(get(client, "/today?day=2026-12-25")) == "Friday 25 December. The store is closed."
    page = get(client, "/today?day=2026-12-24")
    assert "Christmas Eve: open 11:00–15:00" in unescape(page.text)
    assert said(page).startswith("Thursday 24 December. Spring in linen all day.")
    assert "Christmas Day: closed" in unescape(get(client, "/today?day=2026-12-25").text)


def test_a_date_of_another_year_is_told_with_the_year(client: FlaskClient) -> None:
    assert said(get(client, "/today?day=2027-01-07")).startswith("Thursday 7 January 2027.")


def told(*spells_of: tuple[str, int, int]) -> list[tuple[str, datetime, datetime]]:
    return [(what, clock(TODAY, a), clock(TODAY, b)) for what, a, b in spells_of]


@pytest.mark.parametrize(("lanes", "sentence"), [
    ({"a": told(("Calm", 0, 24))}, "Calm all day."),
    ({"a": told(("Calm", 0, 12), ("Fika", 12, 14), ("Calm", 14, 24))},
     "Calm until 12:00, Fika until 14:00, then Calm."),
    ({"a": told(("A", 0, 12), ("B", 12, 13), ("C", 13, 14), ("D", 14, 15), ("E", 15, 24))},
     "A until 12:00, B until 13:00, then two more moods, and E from 15:00."),
    ({"a": told(("Calm", 0, 24)), "b": told(("Calm", 0, 24)), "c": told(("Fika", 0, 24))},
     "Calm all day. C goes its own way."),
    ({"a": told(("Calm", 0, 24)), "b": told(("Fika", 0, 24))}, "Calm all day. B goes its own way."),
    ({}, "Nothing is planned."),
])
def test_a_day_is_told_as_it_is(lanes: dict[str, list[tuple[str, datetime, datetime]]], sentence: str) -> None:
    day = day_of(PLAN, TODAY)
    trade = [type("Open", (), {"start": clock(TODAY, 11), "end": clock(TODAY, 20)})]
    assert day_sentence(day, lanes, {zone: zone.upper() for zone in lanes}, trade) == sentence  # type: ignore[arg-type]


def test_a_short_passing_is_left_out_of_the_sentence() -> None:
    lanes = {"a": [("Calm", clock(TODAY, 0), clock(TODAY, 12)), ("Fika", clock(TODAY, 12), clock(TODAY, 12, 30)),
                   ("Calm", clock(TODAY, 12, 30), clock(TODAY, 24))]}
    found = spells(lanes, clock(TODAY, 11), clock(TODAY, 20))
    assert [spell.what for spell in found] == ["Calm", "Fika", "Calm"]
    trade = [type("Open", (), {"start": clock(TODAY, 11), "end": clock(TODAY, 20)})]
    assert day_sentence(day_of(PLAN, TODAY), lanes, {"a": "A"}, trade) == "Calm all day."  # type: ignore[arg-type]


# ── the scale ───────────────────────────────────────────────────────────────────────


def test_an_hour_is_as_wide_as_another_and_pieces_stand_at_their_times(client: FlaskClient) -> None:
    (night, stock, quiet, spring, evening, late) = lane(get(client, "/today"), "sales")
    pieces = (night, stock, quiet, spring, evening, late)
    assert [round(since * 24 / 100, 2) for since, _, _ in pieces] == [0, 9, 10, 11, 18, 20]
    assert late[1] == 100
    assert spring[2] == "Spring in linen, Campaign, 11:00 to 18:00"
    assert quiet[2] == "Quiet hour, Quiet hour, 10:00 to 11:00"


def test_a_choice_is_a_piece_of_its_own_with_a_name(client: FlaskClient, shop: Showroom) -> None:
    pressed(shop)
    pieces = lane(get(client, "/today"), "fitting")
    assert "Soft mirror, Choice, by Elin, 14:31 to 15:02" in [name for _, _, name in pieces]


@pytest.mark.parametrize(("on", "hours", "ticks"), [
    (date(2026, 3, 29), 23, ["00", "01", "03", "04"]), (date(2026, 10, 25), 25, ["00", "01", "02", "02"]),
    (date(2026, 4, 16), 24, ["00", "01", "02", "03"]),
])
def test_the_scale_has_as_many_hours_as_the_day(on: date, hours: int, ticks: list[str]) -> None:
    day = day_of(PLAN, on)
    assert (day.hours, day.hours_of_date) == (hours, hours)
    assert [tick.words for tick in day.ticks()][:4] == ticks
    assert len(day.ticks()) == hours + 1
    steps = {round((b.at - a.at) * hours / 100, 3) for a, b in zip(day.ticks(), day.ticks()[1:], strict=False)}
    assert steps == {1.0}
    assert [tick.words for tick in day.ticks() if tick.again] == (["02"] if hours == 25 else [])


@pytest.mark.parametrize(("day", "words"), [
    ("2026-03-29", "The clock goes forward by an hour: this day has 23 hours."),
    ("2026-10-25", "The clock goes back by an hour: this day has 25 hours."),
])
def test_a_day_when_the_clock_changes_says_so_and_noon_stands_where_it_is(
    client: FlaskClient, day: str, words: str,
) -> None:
    page = get(client, f"/today?day={day}")
    assert words in page.text
    hours = 23 if day == "2026-03-29" else 25
    spring = next(piece for piece in lane(page, "sales") if piece[2].startswith("Spring in linen"))
    since = 11 - 1 if hours == 23 else 11 + 1
    assert spring[0] == pytest.approx(since / hours * 100, abs=0.001)
    assert spring[1] == pytest.approx((since + 7) / hours * 100, abs=0.001)


def of_store(**store: object) -> Plan:
    document = {"store": {"id": "shop", "name": "Shop", "timezone": "Europe/Stockholm", "hours": "Mo-Su 10:00-18:00",
                          **store},
                "zones": [{"id": "sales", "name": "Sales", "kind": "sales-floor",
                           "default": {"light": {"on": True}, "music": "off", "scent": "off"}}]}
    return plan_from_document(document)


def test_half_hour_zones_and_changes_have_their_hours_where_they_are() -> None:
    lord_howe = day_of(of_store(timezone="Australia/Lord_Howe"), date(2026, 4, 5))
    assert lord_howe.hours == 24.5
    assert [tick.words for tick in lord_howe.ticks()][:4] == ["00", "01", "02", "03"]
    gap = lord_howe.ticks()[2].at - lord_howe.ticks()[1].at
    assert gap * 24.5 / 100 == pytest.approx(1.5, abs=0.001)  # 01:30 to 02:00 comes twice
    assert day_of(of_store(timezone="Asia/Kathmandu"), date(2026, 4, 5)).hours == 24


def test_a_store_open_past_midnight_goes_on_until_an_hour_after_it_closes() -> None:
    day = day_of(of_store(hours="Mo-Su 18:00-02:00"), TODAY)
    assert (day.hours, day.view) == (27, 11)
    assert [tick.words for tick in day.ticks()][-4:] == ["00", "01", "02", "03"]


def test_a_store_that_never_closes_shows_the_whole_day(client: FlaskClient, shop: Showroom) -> None:
    around = PLAN.store.model_copy(update={"hours": "24/7", "exceptions": ()})
    shop.planned = PLAN.changed(store=around, announcements=())
    page = get(client, "/today")
    assert page.status_code == 200
    assert "Open day and night" in page.text
    assert "--hours:24.0;--view:24.0" in page.text


def test_the_sky_is_that_of_the_place_and_left_out_where_it_is_not_known(client: FlaskClient, shop: Showroom) -> None:
    assert "sunset 20:04" in get(client, "/today").text
    shop.planned = of_store()
    assert "sunset" not in get(client, "/today").text


@pytest.mark.parametrize(("on", "rises"), [(date(2026, 6, 20), False), (date(2026, 12, 20), False),
                                           (date(2026, 3, 20), True)])
def test_where_the_sun_stays_up_or_down_no_time_is_told(on: date, rises: bool) -> None:
    sky = day_of(of_store(timezone="Europe/Oslo", coordinates=[69.65, 18.96]), on).sky()
    assert sky is not None
    assert (sky.sunrise_words is not None) is rises
    assert (sky.sunset_words is not None) is rises


# ── reasons ─────────────────────────────────────────────────────────────────────────


def test_without_a_word_the_reasons_are_those_of_what_a_person_chose_last(client: FlaskClient, shop: Showroom) -> None:
    assert reason(get(client, "/today")).lstrip().startswith("Entrance, 11:00 to 18:00")
    pressed(shop)
    text = reason(get(client, "/today"))
    assert text.lstrip().startswith("Fitting rooms, 14:31 to 15:02")
    assert "Elin chose it, until 15:02." in text


def test_a_piece_tells_what_it_won_over_and_sense_by_sense_why(client: FlaskClient, shop: Showroom) -> None:
    pressed(shop)
    page = get(client, "/today?zone=fitting")
    won = re.findall(r'rung--won">\s*<span class="rung__rank">([^<]+)<', page.text)
    part = re.findall(r'rung--part">\s*<span class="rung__rank">([^<]+)<', page.text)
    assert (won, part) == (["Choice"], ["Campaign"])  # the scent is still the campaign's
    text = reason(page).replace("\u00a0", " ")
    assert "would be light 72 %, 3200 K; music 58 %" in text
    assert "priority 40" in text
    assert "Light 58 %, 2900 K from Soft mirror" in text
    assert "Scent fig leaf at 25 % from Spring in linen" in text
    assert "nobody pressed it" in text
    assert "not at this time" in text


def test_what_it_would_be_without_is_told_of_the_leading_layer_and_of_any_other(
    client: FlaskClient, shop: Showroom,
) -> None:
    pressed(shop)
    assert "Without Soft mirror it would be Spring in linen." in reason(get(client, "/today?zone=fitting"))
    text = reason(get(client, "/today?zone=fitting&without=campaign:spring"))
    assert "Without Spring it would be Soft mirror." in text


def test_a_layer_that_has_gone_is_thought_away_no_more(client: FlaskClient) -> None:
    page = get(client, "/today?zone=sales&without=override:gone-0")
    assert page.status_code == 200
    assert "Without Spring it would be Clear day." in reason(page)


def test_the_past_says_what_was_recorded_and_the_future_does_not(client: FlaskClient) -> None:
    at = instant_words(clock(TODAY, 12, 15))
    text = reason(get(client, f"/today?zone=cafe&at={at}"))
    assert "What was recorded" in text
    assert "Evening warm was reached after 3 s." in text
    assert "What was recorded" not in reason(get(client, f"/today?zone=cafe&at={instant_words(clock(TODAY, 19))}"))


def test_an_instant_within_a_piece_is_told_as_of_that_instant(client: FlaskClient) -> None:
    at = instant_words(clock(TODAY, 12, 40))
    text = reason(get(client, f"/today?zone=cafe&at={at}"))
    assert text.lstrip().startswith("Café, 12:15 to 13:00")


# ── the keys of a choice ────────────────────────────────────────────────────────────


def test_a_choice_that_lives_is_ended_now(client: FlaskClient, shop: Showroom) -> None:
    press = pressed(shop)
    assert 'action="/today/end"' in get(client, "/today?zone=fitting").text
    answer = send(client, "/today/end", press=press.press, zone="fitting")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/today?zone=fitting")
    assert shop.asked == [("undo", "p-elin", "elin")]
    assert shop.pressed == []


def test_what_longer_left_below_ends_with_it_and_another_mood_does_not(client: FlaskClient, shop: Showroom) -> None:
    first, longer = pressed(shop), replace(pressed(shop), press="p-longer")
    other = replace(first, press="p-other", name="Fika")
    shop.pressed[:] = [longer, other, first]
    assert send(client, "/today/end", htmx=True, press="p-longer", zone="fitting").status_code == 200
    assert [press.press for press in shop.pressed] == ["p-other"]


def test_a_choice_is_made_half_an_hour_longer(client: FlaskClient, shop: Showroom) -> None:
    press = pressed(shop)
    answer = send(client, "/today/longer", htmx=True, press=press.press, zone="fitting")
    assert answer.status_code == 200
    until = (press.end + timedelta(minutes=30)).astimezone(UTC).isoformat()
    assert shop.asked == [("press", ("fitting",), "soft-mirror", until, "elin")]
    assert "Soft mirror in Fitting rooms, until 15:32" in answer.text


def test_a_choice_that_is_over_cannot_be_made_longer(client: FlaskClient, shop: Showroom) -> None:
    answer = send(client, "/today/longer", htmx=True, press="gone", zone="fitting")
    assert (answer.status_code, answer.text) == (404, "This choice has ended already.")
    assert shop.asked == []


def test_what_planning_refuses_is_told_on_the_page_without_script(client: FlaskClient, shop: Showroom) -> None:
    press = pressed(shop)
    shop.refusal = Unavailable("The disk is full. Nothing was changed.")
    answer = send(client, "/today/end", press=press.press, zone="fitting")
    assert answer.status_code == 503
    assert "<span data-words>The disk is full. Nothing was changed.</span>" in answer.text


def test_a_past_choice_has_no_keys(client: FlaskClient) -> None:
    page = get(client, f"/today?zone=cafe&at={instant_words(clock(TODAY, 12, 15))}")
    assert 'action="/today/end"' not in page.text


@pytest.mark.parametrize("name", ["vera", "elin", "mats", "anna"])
def test_everybody_who_is_signed_in_sees_the_day_and_staff_have_keys(
    shop: Showroom, accounts: FakeAccounts, name: str,
) -> None:
    press = pressed(shop)
    client = client_of(shop, accounts, name)
    page = get(client, "/today?zone=fitting")
    assert page.status_code == 200
    assert "Spring in linen" in page.text
    may = name != "vera"
    assert ('action="/today/end"' in page.text) is may
    assert ("ask-key" in page.text) is may
    if not may:
        assert send(client, "/today/end", press=press.press).status_code == 403
        assert shop.asked == []


def test_nobody_who_is_not_signed_in_sees_it(shop: Showroom, accounts: FakeAccounts) -> None:
    client = client_of(shop, accounts, "elin")
    client.delete_cookie("sinne")
    answer = get(client, "/today?day=2026-12-24")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in?next=%2Ftoday%3Fday%3D2026-12-24")


# ── addresses ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("query", "code", "sentence"), [
    ("day=banana", 422, "A day is written as in 2026-12-24."),
    ("day=2026-02-30", 422, "A day is written as in 2026-12-24."),
    ("day=0001-01-01", 422, "Days can be looked at thirteen months back and ahead, no further."),
    ("day=9999-12-31", 422, "Days can be looked at thirteen months back and ahead, no further."),
    ("day=2027-06-30", 422, "Days can be looked at thirteen months back and ahead, no further."),
    ("at=noon", 422, "A time needs its offset, such as 2026-04-16T14:30:00Z."),
    ("at=2026-04-16T14:30:00", 422, "A time needs its offset, such as 2026-04-16T14:30:00Z."),
    ("zone=nowhere", 404, "There is no zone nowhere in this store."),
    ("zone=%3Cb%3E", 404, "There is no zone <b> in this store."),
])
def test_an_address_that_means_nothing_shows_today_and_a_sentence(
    client: FlaskClient, query: str, code: int, sentence: str,
) -> None:
    answer = get(client, f"/today?{query}")
    assert answer.status_code == code
    assert f"<span data-words>{sentence}</span>" in unescape(answer.text)
    assert "<b>" not in answer.text.partition('id="problem"')[2][:200]
    assert said(answer).startswith("Thursday 16 April.")
    piece = get(client, f"/today?{query}", **{"HX-Request": "true"})
    assert piece.status_code == 200
    assert sentence in unescape(piece.text)


def test_an_instant_of_another_day_is_left_aside(client: FlaskClient) -> None:
    page = get(client, "/today?day=2026-04-17&zone=sales&at=2026-04-16T10:00:00Z")
    assert page.status_code == 200
    assert reason(page).lstrip().startswith("Sales floor, Fri 17 April, 11:00 to 18:00")


def test_an_offset_whose_plus_was_not_encoded_is_understood(client: FlaskClient) -> None:
    assert get(client, "/today?zone=sales&at=2026-04-16T12:00:00+02:00").status_code == 200


def test_the_days_around_keep_the_zone_and_today_has_the_plain_address(client: FlaskClient) -> None:
    page = unescape(get(client, "/today?day=2026-04-17&zone=cafe").text)
    assert 'id="day-before" href="/today?zone=cafe"' in page
    assert 'id="day-after" href="/today?day=2026-04-18&zone=cafe"' in page
    assert re.search(r'id="day-before"[^>]*>Thursday<', page)
    assert re.search(r'id="day-after"[^>]*>Saturday<', page)
    assert not re.search(r'id="day-today"[^>]*aria-current', page)
    assert re.search(r'id="day-today"[^>]*aria-current="date"', get(client, "/today").text)


def test_at_the_edge_of_what_can_be_known_there_is_no_further_day(client: FlaskClient) -> None:
    first, last = TODAY - FURTHEST, TODAY + FURTHEST
    assert 'id="day-before"' not in get(client, f"/today?day={first}").text
    assert 'id="day-after"' not in get(client, f"/today?day={last}").text
    assert get(client, f"/today?day={last + timedelta(days=1)}").status_code == 422


def test_only_today_has_a_line_for_now_and_standings(client: FlaskClient) -> None:
    assert 'id="now-line" aria-hidden="true">' in get(client, "/today").text
    page = get(client, "/today?day=2026-04-17").text
    assert 'id="now-line" aria-hidden="true" hidden>' in page
    assert "lane--lost" not in page
    assert "lane--lost" in get(client, "/today").text


def test_what_is_behind_is_filled_and_what_is_ahead_is_not(client: FlaskClient) -> None:
    def now_on(day: str) -> float:
        found = re.search(r"--now:([-\d.]+)", get(client, f"/today?day={day}").text)
        assert found is not None
        return float(found[1])

    assert now_on("2026-04-15") > 100
    assert now_on("2026-04-17") == 0
    assert now_on("2026-04-16") == pytest.approx((14 + 32 / 60) / 24 * 100, abs=0.001)


def test_a_zone_out_of_reach_has_a_gap_since_it_was_heard(client: FlaskClient) -> None:
    page = get(client, "/today").text
    gap = re.search(r'class="seg__gap seg__gap--grows" style="--from:([\d.]+);--to:([\d.]+)"', page)
    assert gap is not None
    assert float(gap[1]) == pytest.approx((13 + 42 / 60) / 24 * 100, abs=0.001)


def test_when_the_store_was_not_running_is_hatched_in_every_lane(client: FlaskClient, shop: Showroom) -> None:
    shop.shut.append((clock(TODAY, 3), clock(TODAY, 6)))
    page = get(client, "/today").text
    gaps = re.findall(r'class="seg__gap" style="--from:([\d.]+);--to:([\d.]+)"><span>not recorded', page)
    assert gaps == [("12.5", "25.0")] * 6
    assert "not recorded" not in get(client, "/today?day=2026-04-15").text


def test_a_name_of_a_zone_is_text(client: FlaskClient, shop: Showroom) -> None:
    shop.zones_of["sales"] = ("<img src=x>", *shop.zones_of["sales"][1:])
    assert "<img" not in get(client, "/today").text


def test_before_the_first_plan_the_page_says_what_the_store_says(client: FlaskClient, shop: Showroom) -> None:
    shop.planned, shop.sentence = None, "There is no plan yet."
    page = get(client, "/today")
    assert (page.status_code, said(page)) == (200, "There is no plan yet.")
    assert get(client, "/today", **{"HX-Request": "true"}).status_code == 200


def test_a_store_without_zones_in_reach_has_a_page(client: FlaskClient, shop: Showroom) -> None:
    shop.zones_of = {zone: (*told_of[:3], Standing.LOST, "Out of reach", None)
                     for zone, told_of in shop.zones_of.items()}
    assert get(client, "/today").text.count("lane--lost") == 6


# ── people and announcements ────────────────────────────────────────────────────────


def test_cues_are_flags_that_lead_to_their_page(shop: Showroom, accounts: FakeAccounts) -> None:
    page = unescape(get(client_of(shop, accounts, "elin", ShowCues()), "/today").text)
    assert 'Tasting tray, Sara 11:04</span><span class="unseen">, 11:00, Café: done</span>' in page
    assert '14:15 Steam the linen rail</span><span class="unseen">, 14:15, Café: due now</span>' in page
    assert "/cues?day=2026-04-17" in get(client_of(shop, accounts, "elin", ShowCues()), "/today?day=2026-04-17").text


def test_without_cues_there_is_no_lane_for_people(client: FlaskClient) -> None:
    assert "lane-people" not in get(client, "/today").text


def test_announcements_of_the_plan_are_marks_and_a_quiet_hour_silences_them(
    client: FlaskClient, shop: Showroom,
) -> None:
    assert "19:45 Closing soon" in get(client, "/today").text
    silenced = PLAN.announcements[0].model_copy(update={"when": "Th 10:30-10:40"})
    shop.planned = PLAN.changed(announcements=(silenced,))
    assert "Closing soon" not in get(client, "/today").text
    shop.planned = PLAN.changed(announcements=(silenced.model_copy(update={"emergency": True}),))
    assert "10:30 Closing soon" in get(client, "/today").text


def test_the_clock_of_the_store_is_not_that_of_the_machine() -> None:
    day = day_of(PLAN, TODAY)
    assert day.start == datetime(2026, 4, 15, 22, tzinfo=UTC)
    assert day.clock(datetime(2026, 4, 16, 12, 32, tzinfo=UTC)) == "14:32"
    assert day.start.astimezone(CITY).hour == 0

"""The page Now without a browser: what is drawn, what each key asks for, and how a browser without script gets on."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import cast

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from controller.accounts import Accounts
from controller.errors import Unavailable
from controller.shapes import DeviceShown, HoldShown, Standing
from profiles.limits import Person
from profiles.scene import Sense
from tests.web.fakes import FakeAccounts
from tests.web.showroom import NOW, Showroom
from tests.web.showroom_doors import ShowAnnouncements
from web.app import make_app
from web.context import Services
from web.drawing import draw


@pytest.fixture
def shop() -> Showroom:
    return Showroom()


@pytest.fixture
def accounts() -> FakeAccounts:
    return FakeAccounts(elin=Person.STAFF, vera=Person.VIEWER)


@pytest.fixture
def client(shop: Showroom, accounts: FakeAccounts) -> FlaskClient:
    return client_of(shop, accounts, "elin")


def client_of(
    shop: Showroom, accounts: FakeAccounts, name: str, announcements: ShowAnnouncements | None = None
) -> FlaskClient:
    app = make_app(Services(planning=shop, overview=shop, accounts=cast(Accounts, accounts), secure=False,
                            assets=Path("/nonexistent"), announcements=announcements))
    client = app.test_client()
    client.set_cookie("sinne", accounts.enter(name))
    return client


def get(client: FlaskClient, path: str, **headers: str) -> TestResponse:
    return client.get(path, base_url="http://localhost", headers=headers)


def send(client: FlaskClient, path: str, *, htmx: bool = False, **form: str) -> TestResponse:
    page = get(client, "/").text
    found = re.search(r'name="csrf-token" content="([^"]+)"', page)
    assert found is not None
    headers = {"HX-Request": "true"} if htmx else {}
    return client.post(path, base_url="http://localhost", data={"csrf_token": found[1], **form}, headers=headers)


def pieces(answer: TestResponse) -> set[str]:
    return set(re.findall(r'<\w+[^>]* id="(place|clock|lead|notices|plan|cards|desk|toast|why)"', answer.text))


def test_the_page_says_the_sentence_of_the_store_and_every_zone(client: FlaskClient, shop: Showroom) -> None:
    page = unescape(get(client, "/").text)
    assert f'id="said">{shop.sentence}</h1>' in page
    for name in ("Entrance", "Sales floor", "Fitting rooms", "Checkout", "Café", "Window"):
        assert f"<h3 id=\"card-name-{next(z.id for z in shop.zones() if z.name == name)}\">{name}</h3>" in page


def test_nothing_on_the_page_is_inline_script_or_from_another_host(client: FlaskClient) -> None:
    page = get(client, "/").text
    assert not re.search(r"<script(?![^>]*\bsrc=)", page)
    assert not re.search(r"\son\w+=", page)
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page)


def test_what_a_zone_is_and_why_and_what_comes_next_stand_on_its_card(client: FlaskClient) -> None:
    page = unescape(get(client, "/").text)
    card = page[page.index('id="card-cafe"'):page.index('id="open-cafe"')]
    assert ">Fika<" in card
    assert "Daypart Day, until 18:00" in card
    assert "18:00 Evening warm" in card
    assert "66 %, 2700 K" in card


def test_a_zone_that_may_not_smell_says_so(client: FlaskClient) -> None:
    card = get(client, "/").text
    card = card[card.index('id="card-entrance"'):card.index('id="open-entrance"')]
    assert "scent-free" in card


def test_a_lost_zone_says_when_it_was_seen_and_what_it_should_be(client: FlaskClient) -> None:
    page = unescape(get(client, "/").text)
    assert "Seen 13:42" in page
    assert "Should be Spring in linen" in page


def test_a_hold_is_told_on_the_card(client: FlaskClient, shop: Showroom) -> None:
    shop.holds["sales"] = (HoldShown(Sense.SCENT, "purge", "fig leaf waits for another scent, until 14:52", NOW),)
    assert "<span>Fig leaf waits for another scent, until 14:52.</span>" in get(client, "/").text


def test_a_title_from_a_device_is_text_and_nothing_else(client: FlaskClient, shop: Showroom) -> None:
    shop.zones_of["sales"] = (*shop.zones_of["sales"][:5], '<img src=x onerror=alert(1)>')
    page = get(client, "/?zone=sales").text
    assert "<img" not in page
    assert "&lt;img src=x" in page


def test_the_zone_in_hand_is_the_one_asked_for_else_the_first(client: FlaskClient) -> None:
    assert 'id="desk" data-zone="cafe"' in get(client, "/?zone=cafe").text
    assert 'id="desk" data-zone="entrance"' in get(client, "/?zone=nowhere").text
    assert 'id="desk" data-zone="*"' in get(client, "/?zone=*").text


def test_a_fragment_is_pieces_and_a_desk_is_one_piece(client: FlaskClient) -> None:
    assert pieces(get(client, "/now/fragment?zone=cafe")) == {"place", "clock", "lead", "notices", "plan", "cards"}
    assert pieces(get(client, "/now/desk?zone=cafe")) == {"desk"}
    assert pieces(get(client, "/now/why?zone=cafe")) == {"why"}


@pytest.mark.parametrize("path", ["/now/desk?zone=nowhere", "/now/why?zone=nowhere"])
def test_a_zone_that_does_not_exist_is_not_found(client: FlaskClient, path: str) -> None:
    answer = get(client, path, **{"HX-Request": "true"})
    assert answer.status_code == 404
    assert "no zone nowhere" in answer.text


def test_a_press_asks_planning_and_leads_a_plain_form_back_with_an_undo(client: FlaskClient, shop: Showroom) -> None:
    answer = send(client, "/now/press", zone="sales", profile="evening-warm", end="minutes:30")
    assert shop.asked == [("press", ("sales",), "evening-warm", "minutes:30", "elin")]
    assert answer.status_code == 303
    back = get(client, answer.headers["Location"]).text
    assert "Evening warm in Sales floor, until 15:02" in back
    assert 'action="/now/undo"' in back


def test_a_press_by_htmx_answers_every_piece_that_may_have_changed(client: FlaskClient) -> None:
    answer = send(client, "/now/press", htmx=True, zone="sales", profile="evening-warm", end="closing")
    assert answer.status_code == 200
    assert pieces(answer) == {"place", "clock", "lead", "notices", "plan", "cards", "desk", "toast"}


def test_the_whole_store_is_pressed_as_one(client: FlaskClient, shop: Showroom) -> None:
    send(client, "/now/press", zone="*", profile="fika", end="closing")
    assert shop.asked == [("press", None, "fika", "closing", "elin")]
    assert "6 zones" in get(client, "/?zone=*").text


@pytest.mark.parametrize(("path", "form", "asked"), [
    ("/now/nudge", {"zone": "cafe", "complaint": "too-loud"}, ("nudge", "cafe", "too-loud", "elin")),
    ("/now/stop", {}, ("stop", None, tuple(Sense), "Pressed here", "elin")),
    ("/now/stop", {"sense": "scent"}, ("stop", None, (Sense.SCENT,), "Pressed here", "elin")),
    ("/now/stop", {"sense": "scent", "here": "1", "zone": "sales"},
     ("stop", ("sales",), (Sense.SCENT,), "Pressed here", "elin")),
    ("/now/stop", {"sense": "scent", "here": "1", "zone": "*"},
     ("stop", None, (Sense.SCENT,), "Pressed here", "elin")),
    ("/now/resume", {"stop": "stop-7"}, ("resume", ("stop-7",), "elin")),
    ("/now/resume", {}, ("resume", None, "elin")),
    ("/now/end", {"zone": "cafe"}, ("end", "cafe", "elin")),
])
def test_each_key_asks_planning_for_one_thing(
    client: FlaskClient, shop: Showroom, path: str, form: dict[str, str], asked: tuple[object, ...],
) -> None:
    assert send(client, path, **form).status_code == 303
    assert shop.asked == [asked]


def test_undo_takes_the_press_back_and_says_so(client: FlaskClient, shop: Showroom) -> None:
    send(client, "/now/press", zone="cafe", profile="clear-day", end="closing")
    answer = send(client, "/now/undo", htmx=True, zone="cafe", press=shop.pressed[0].press)
    assert "Clear day was taken back." in answer.text
    assert shop.pressed == []


def test_a_stop_of_something_unknown_is_refused_and_stops_nothing(client: FlaskClient, shop: Showroom) -> None:
    answer = send(client, "/now/stop", htmx=True, sense="taste")
    assert answer.status_code == 422
    assert shop.stopped == []


def test_what_planning_refuses_is_told_near_the_keys_without_script(client: FlaskClient, shop: Showroom) -> None:
    shop.refusal = Unavailable("The disk is full. Nothing was changed.")
    answer = send(client, "/now/press", zone="cafe", profile="fika", end="closing")
    assert answer.status_code == 503
    desk = answer.text[answer.text.index('id="desk"'):]
    assert "<span data-words>The disk is full. Nothing was changed.</span>" in desk[:desk.index("Choose a mood")]
    assert 'data-zone="cafe"' in answer.text


def test_what_planning_refuses_is_one_sentence_for_htmx(client: FlaskClient, shop: Showroom) -> None:
    shop.refusal = Unavailable("The disk is full. Nothing was changed.")
    answer = send(client, "/now/press", htmx=True, zone="cafe", profile="fika", end="closing")
    assert (answer.status_code, answer.text) == (503, "The disk is full. Nothing was changed.")


def test_while_stopped_the_banner_says_by_whom_and_how_to_come_back(client: FlaskClient) -> None:
    send(client, "/now/stop")
    page = unescape(get(client, "/").text)
    banner = page[page.index('id="stopped"'):page.index("Bring the plan back")]
    assert "Light is full." in banner
    assert "By elin at 14:32" in banner


def desk_of(page: str) -> str:
    return unescape(page[page.index('id="desk"'):page.index("</aside>")])


@pytest.mark.parametrize(("hour", "minute", "said"), [
    (9, 30, "Quiet hour from 10:00 to 11:00: what you choose rests meanwhile."),
    (10, 20, "Quiet hour until 11:00: it goes above what you choose, which shows from then on."),
    (14, 32, None),
])
def test_the_desk_says_when_a_quiet_hour_lies_over_a_choice(
    client: FlaskClient, shop: Showroom, hour: int, minute: int, said: str | None,
) -> None:
    shop.now = NOW.replace(hour=hour, minute=minute)
    for zone in ("sales", "*"):
        desk = desk_of(get(client, f"/?zone={zone}").text)
        assert ("quiet-over" in desk) is (said is not None)
        assert said is None or said in desk


def test_the_scent_has_its_own_stop_where_there_is_any_and_a_way_back(client: FlaskClient) -> None:
    assert "Stop the scent here" in desk_of(get(client, "/?zone=sales").text)
    assert "Stop the scent everywhere" in desk_of(get(client, "/?zone=*").text)
    assert "scent-key" not in desk_of(get(client, "/?zone=cafe").text)
    answer = send(client, "/now/stop", htmx=True, sense="scent", here="1", zone="sales")
    assert "The scent is off." in answer.text
    assert "Bring the scent back" in desk_of(answer.text)
    assert "Stop the scent here" in desk_of(get(client, "/?zone=fitting").text)


def test_a_full_stop_leaves_the_banner_alone_to_lead_back(client: FlaskClient) -> None:
    answer = send(client, "/now/stop", htmx=True)
    assert "The scent is off." not in answer.text
    assert "Bring the scent back" not in answer.text


def test_without_a_door_for_announcements_nothing_can_be_said(client: FlaskClient) -> None:
    assert 'id="announce"' not in get(client, "/").text
    answer = send(client, "/now/announce", htmx=True, announcement="closing")
    assert (answer.status_code, answer.text) == (404, "Nothing can be announced here.")


def test_announcements_are_keys_and_a_refusal_is_a_sentence(shop: Showroom, accounts: FakeAccounts) -> None:
    said = ShowAnnouncements()
    client = client_of(shop, accounts, "elin", said)
    desk = desk_of(get(client, "/?zone=cafe").text)
    assert "Closing soon<small>by itself 19:45</small>" in desk
    assert "A child is looking for its parents<small>only by press</small>" in desk
    assert "Closing soon is being said." in send(client, "/now/announce", htmx=True, announcement="closing").text
    said.refusal = "A quiet hour lasts until 11:00: only emergencies are announced."
    answer = send(client, "/now/announce", htmx=True, announcement="closing")
    assert (answer.status_code, answer.text) == (422, said.refusal)
    assert send(client, "/now/announce", announcement="child").status_code == 303
    assert said.said == [("closing", None, "elin"), ("child", None, "elin")]
    assert 'id="announce"' not in get(client_of(shop, accounts, "vera", said), "/").text


def test_a_viewer_sees_everything_and_has_no_keys(shop: Showroom, accounts: FakeAccounts) -> None:
    client = client_of(shop, accounts, "vera")
    page = get(client, "/").text
    assert "You may look and not press." in page
    assert 'action="/now/press"' not in page
    assert "ask-key" not in page
    send(client_of(shop, accounts, "elin"), "/now/stop")
    assert "Bring the plan back" not in get(client, "/").text
    assert send(client, "/now/press", zone="cafe", profile="fika", end="closing").status_code == 403
    assert [asked[0] for asked in shop.asked] == ["stop"]


def test_a_press_without_the_form_s_token_changes_nothing(client: FlaskClient, shop: Showroom) -> None:
    answer = client.post("/now/press", base_url="http://localhost", data={"zone": "cafe", "profile": "fika"})
    assert answer.status_code == 403
    assert shop.asked == []


@pytest.mark.parametrize("path", ["press", "nudge", "undo", "end", "stop", "resume", "announce"])
def test_a_look_never_changes_anything(client: FlaskClient, shop: Showroom, path: str) -> None:
    assert get(client, f"/now/{path}").status_code == 405
    assert shop.asked == []


def test_why_stacks_the_ranks_with_the_winner_stepping_out(client: FlaskClient) -> None:
    send(client, "/now/press", zone="sales", profile="evening-warm", end="minutes:30")
    drawer = unescape(get(client, "/now/why?zone=sales").text)
    won = re.findall(r'class="rung rung--won">\s*<span class="rung__rank">([^<]+)<', drawer)
    assert won == ["Choice", "Daypart"]  # light and music are chosen, scent is still the daypart's
    assert "would be light 72 %, 3200 K; music 58 %" in drawer
    assert "Music is at most 60 % at the till, as HQ says." in drawer


def test_why_and_the_question_before_a_stop_open_without_script(client: FlaskClient) -> None:
    assert '<dialog class="why" id="why" aria-labelledby="why-title" open>' in get(client, "/?zone=cafe&why=1").text
    assert '<dialog id="ask-stop" aria-labelledby="ask-title" open>' in get(client, "/?ask=stop").text
    assert " open>" not in get(client, "/").text


def test_troubles_of_the_store_are_sentences_on_top(client: FlaskClient, shop: Showroom) -> None:
    shop.troubles = ("The disk of this store is almost full.",)
    assert "<p>The disk of this store is almost full.</p>" in get(client, "/").text


def test_a_store_without_a_broker_or_a_trusted_clock_says_so_above_its_sentence(
    client: FlaskClient, shop: Showroom,
) -> None:
    assert "No connection to the devices" not in get(client, "/").text
    shop.connected = shop.trusted = False
    page = get(client, "/").text
    assert "No connection to the devices" in page
    assert "Clock not trusted" in page


def test_a_store_without_zones_still_has_a_page(client: FlaskClient, shop: Showroom) -> None:
    shop.zones_of = {}
    page = get(client, "/")
    assert page.status_code == 200
    assert 'data-zone="*"' in page.text


def test_without_the_build_the_page_says_how_to_build_it(client: FlaskClient) -> None:
    assert "npm ci &amp;&amp; npm run build" in get(client, "/").text


def lamp(standing: Standing, *, reported: dict[str, object], desired: dict[str, object]) -> DeviceShown:
    found = next(device for device in Showroom().devices() if device.id == "sales-lamp-0")
    return replace(found, standing=standing, reported=reported, desired=desired)


@pytest.mark.parametrize(("standing", "reported", "lit"), [
    (Standing.REPORTED, {"on": True, "brightness_pct": 50, "kelvin": 3000}, True),
    (Standing.REPORTED, {"on": False, "brightness_pct": 50}, False),
    (Standing.SENT, {"on": False}, False),
    (Standing.SENT, {}, False),
    (Standing.ASSUMED, {}, True),
    (Standing.LOST, {"on": True, "brightness_pct": 50, "kelvin": 3000}, False),
])
def test_only_light_that_was_reported_is_drawn_unless_a_lamp_cannot_report(
    standing: Standing, reported: dict[str, object], lit: bool,
) -> None:
    on: dict[str, object] = {"on": True, "brightness_pct": 80, "kelvin": 2700}
    (sales,) = draw([Showroom().zone("sales")], [lamp(standing, reported=reported, desired=on)])
    assert bool(sales.pools) is lit


def test_a_reported_colour_is_drawn_even_if_another_is_wished() -> None:
    violet: dict[str, object] = {"on": True, "brightness_pct": 80, "xy": [0.25, 0.1]}
    white: dict[str, object] = {"on": True, "brightness_pct": 80, "kelvin": 4000}
    (sales,) = draw([Showroom().zone("sales")], [lamp(Standing.SENT, reported=violet, desired=white)])
    red, green, blue = (int(sales.pools[0].colour[n:n + 2], 16) for n in (1, 3, 5))
    assert green < red < blue



"""The page Cues without a browser, and its addresses in the API: over real cues, with a clock that tests move."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from controller.ports import Actor
from profiles.limits import Person
from tests.web.cue_shop import CueShop
from tests.web.fakes import FakeAccounts
from web.app import make_app

SARA = Actor("Sara", Person.STAFF)
ACCOUNTS = {"elin": Person.STAFF, "maja": Person.MANAGER, "vera": Person.VIEWER}


@pytest.fixture
def shop() -> CueShop:
    return CueShop()


@pytest.fixture
def accounts() -> FakeAccounts:
    return FakeAccounts(**ACCOUNTS)


@pytest.fixture
def client(shop: CueShop, accounts: FakeAccounts) -> FlaskClient:
    return client_of(shop, accounts, "elin")


def client_of(shop: CueShop, accounts: FakeAccounts, name: str) -> FlaskClient:
    client = make_app(shop.services(accounts)).test_client()
    client.set_cookie("sinne", accounts.enter(name))
    return client


def get(client: FlaskClient, path: str = "/cues", **headers: str) -> TestResponse:
    return client.get(path, base_url="http://localhost", headers=headers)


def page(client: FlaskClient, path: str = "/cues") -> str:
    return unescape(get(client, path).text)


def send(client: FlaskClient, *, htmx: bool = False, **form: str) -> TestResponse:
    found = re.search(r'name="csrf-token" content="([^"]+)"', get(client).text)
    assert found is not None
    headers = {"HX-Request": "true"} if htmx else {}
    return client.post("/cues/mark", base_url="http://localhost", data={"csrf_token": found[1], **form},
                       headers=headers)


def said(text: str) -> str:
    found = re.search(r'id="said"[^>]*>([^<]*)<', text)
    assert found is not None
    return found[1]


def parts(text: str) -> dict[str, list[str]]:
    """The texts of the cues under each heading."""
    found: dict[str, list[str]] = {}
    for heading, body in re.findall(r'<h2 id="cues-\w+">(.*?)</h2>(.*?)</section>', text, re.S):
        found[heading] = re.findall(r'(?:cue__text">|__what"><b>)(.*?)<', body)
    return found


# ── what is shown ───────────────────────────────────────────────────────────────────


def test_what_is_late_stands_first_then_what_is_due_then_what_comes(client: FlaskClient, shop: CueShop) -> None:
    shop.at(14, 32)
    shop.cues.mark(shop.id_of("towels"), "done", SARA)
    assert parts(page(client)) == {
        "Now": ["Put out the tasting tray with cardamom buns", "Steam the linen rail"],
        "Later": ["Fresh water with lemon", "Refill the sweets at the till", "Fresh water with lemon"],
        "Settled": ["Lay out warm towels"]}


@pytest.mark.parametrize(("hour", "minute", "sentence"), [
    (9, 0, "Nothing to do now. Next at 10:15: Lay out warm towels."), (10, 20, "One thing to do now."),
    (14, 32, "Two things are late, and one more is due."), (14, 50, "Three things are late."),
    (21, 0, "Nothing more today."),
])
def test_one_sentence_says_what_matters(
    client: FlaskClient, shop: CueShop, hour: int, minute: int, sentence: str,
) -> None:
    shop.clock.move(days=1)  # forwards only: on the next day, every hour is still to come
    shop.at(hour, minute, day=17)
    assert said(page(client)) == sentence


def test_a_day_with_all_done_says_thank_you(accounts: FakeAccounts) -> None:
    shop = CueShop({"id": "tray", "text": "Tray", "sense": "taste", "at": "14:00", "once": "store"})
    shop.cues.mark(shop.id_of("tray"), "done", SARA)
    assert said(page(client_of(shop, accounts, "elin"))) == "That was all for today. Thank you."


def test_a_day_without_cues_says_so_kindly(accounts: FakeAccounts) -> None:
    shop = CueShop({"id": "tray", "text": "Tray", "sense": "taste", "at": "23:00"})
    text = page(client_of(shop, accounts, "elin"))
    assert said(text) == "Nobody is asked for anything today."
    assert "a tasting tray, a warm towel, a lamp to light" in text


def test_a_cue_says_when_where_and_because_of_what(client: FlaskClient, shop: CueShop) -> None:
    text = page(client)
    card = text[text.index(f'id="cue-{shop.id_of("tray")}"'):]
    card = card[:card.index("</li>")]
    assert "<b>Late</b> since 14:15, due at 14:00" in card
    assert "<span>Café counter</span>" in card
    assert "Daypart Day" in card
    assert 'value="done"' in card
    assert 'value="skipped"' in card


def test_a_cue_for_managers_can_be_pressed_by_a_manager_alone(shop: CueShop, accounts: FakeAccounts) -> None:
    name = shop.id_of("till")
    for who, can in (("elin", False), ("maja", True)):
        text = page(client_of(shop, accounts, who))
        assert "for a manager" in text
        assert (f'id="done-{name}"' in text) is can


def test_a_viewer_sees_cues_and_no_key(shop: CueShop, accounts: FakeAccounts) -> None:
    text = page(client_of(shop, accounts, "vera"))
    assert parts(text)["Now"]
    assert 'name="outcome"' not in text
    assert "You may look and not press." in text


def test_yesterday_is_a_record_and_tomorrow_a_promise(client: FlaskClient, shop: CueShop) -> None:
    shop.cues.mark(shop.id_of("tray"), "done", SARA)
    shop.cues.mark(shop.id_of("steam"), "skipped", SARA)
    shop.at(9, day=17)
    yesterday = page(client, "/cues?day=2026-04-16")
    assert said(yesterday) == "One done, one skipped, four missed."
    assert "done by Sara, 14:32" in yesterday
    assert 'name="outcome"' not in yesterday
    tomorrow = page(client, "/cues?day=2026-04-18")
    assert (said(tomorrow), list(parts(tomorrow))) == ("Four cues to come.", ["To come"])


@pytest.mark.parametrize("day", ["tomorrow", "2026-02-30", "2026-13-01", "<script>"])
def test_a_day_that_is_none_shows_today_and_says_so(client: FlaskClient, day: str) -> None:
    answer = client.get("/cues", query_string={"day": day}, base_url="http://localhost")
    assert answer.status_code == 422
    assert "A day is written as in 2026-12-24." in answer.text
    assert parts(unescape(answer.text))["Now"]


def test_the_bar_counts_what_waits(client: FlaskClient, shop: CueShop) -> None:
    assert re.search(r'id="to-cues" href="/cues" aria-current="page">.*?bar__count">3<', page(client))
    shop.at(9, day=17)
    assert "bar__count" not in page(client)


def test_the_page_knows_when_to_look_again(client: FlaskClient, shop: CueShop) -> None:
    shop.at(14, 59, 30)
    shown = page(client)
    assert '<div class="cues" id="cues" data-turns-in-s="30">' in shown
    assert re.search(r'id="nav" data-turns-in-s="30"', shown)
    assert '<div class="cues" id="cues">' in page(client, "/cues?day=2026-04-15")


def test_every_page_counts_what_waits_and_looks_again_when_that_changes(client: FlaskClient, shop: CueShop) -> None:
    shop.at(14, 59, 30)
    for path in ("/", "/now/fragment?zone=cafe", "/today"):
        shown = page(client, path)
        assert re.search(r'id="nav" data-turns-in-s="30"', shown), path
        assert re.search(r'id="to-cues" href="/cues">.*?bar__count">3<', shown), path


def test_what_a_plan_says_is_text_and_nothing_else(accounts: FakeAccounts) -> None:
    shop = CueShop({"id": "tray", "text": "<img src=x onerror=alert(1)>{{7*7}}", "sense": "taste", "at": "14:00",
                    "place": "<b>here</b>"})
    text = get(client_of(shop, accounts, "elin")).text
    assert "&lt;img src=x onerror=alert(1)&gt;{{7*7}}" in text
    assert "<img" not in text
    assert "<b>here" not in text


# ── keys ────────────────────────────────────────────────────────────────────────────


def test_done_answers_with_pieces_and_a_way_back(client: FlaskClient, shop: CueShop) -> None:
    name = shop.id_of("tray")
    answer = send(client, htmx=True, cue=name, outcome="done")
    assert shop.standing("tray") == "done"
    drawn = set(re.findall(r'<\w+[^>]* id="(\w+)"', answer.text))
    assert drawn >= {"place", "clock", "nav", "notices", "cues", "toast"}
    assert "Done: Put out the tasting tray with cardamom buns" in answer.text
    back = send(client, htmx=True, cue=name, outcome="open")
    assert shop.standing("tray") == "late"
    assert "Open again: Put out the tasting tray" in back.text
    assert [entry.kind for entry in shop.memory.journal(after=1)] == ["cue.done", "cue.reopened"]


def test_without_script_a_press_leads_back_and_says_what_was_done(client: FlaskClient, shop: CueShop) -> None:
    name = shop.id_of("steam")
    answer = send(client, cue=name, outcome="skipped")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/cues?done={name}")
    text = page(client, answer.headers["Location"])
    assert "Skipped: Steam the linen rail" in text
    assert "Skipped: Steam" not in page(client, "/cues?done=" + "0" * 20)
    assert send(client, cue=name, outcome="open").headers["Location"] == "/cues"


@pytest.mark.parametrize(("form", "code", "sentence"), [
    ({"cue": "0" * 20, "outcome": "done"}, 404, "not one of today's"), ({"outcome": "done"}, 404, "not one of today's"),
    ({"cue": "tray", "outcome": "eaten"}, 422, "A cue is done, skipped, open"),
    ({"cue": "till", "outcome": "done"}, 403, "This takes managers"),
])
def test_a_press_that_is_refused_says_why_and_changes_nothing(
    client: FlaskClient, shop: CueShop, form: dict[str, str], code: int, sentence: str,
) -> None:
    known = {**form, **({"cue": shop.id_of(form["cue"])} if form.get("cue") in ("tray", "till") else {})}
    plain, pieces = send(client, **known), send(client, htmx=True, **known)
    assert (plain.status_code, pieces.status_code) == (code, code)
    assert sentence in unescape(plain.text)
    assert parts(unescape(plain.text))["Now"]
    assert sentence in pieces.text
    assert pieces.mimetype == "text/plain"
    assert shop.memory.journal(after=1) == []


def test_on_a_full_disk_it_says_so(client: FlaskClient, shop: CueShop) -> None:
    shop.memory.fill_the_disk()
    answer = send(client, cue=shop.id_of("tray"), outcome="done")
    assert (answer.status_code, "The disk is full" in answer.text) == (503, True)


def test_a_forged_press_and_a_viewers_are_refused(shop: CueShop, accounts: FakeAccounts) -> None:
    client = client_of(shop, accounts, "elin")
    form = {"cue": shop.id_of("tray"), "outcome": "done"}
    assert client.post("/cues/mark", base_url="http://localhost", data=form).status_code == 403
    assert send(client_of(shop, accounts, "vera"), **form).status_code == 403
    assert shop.standing("tray") == "late"


def test_where_a_store_has_no_cues_there_is_no_page_and_no_way_to_it(shop: CueShop, accounts: FakeAccounts) -> None:
    shop.cues = None  # type: ignore[assignment]
    client = client_of(shop, accounts, "elin")
    assert get(client).status_code == 404
    assert 'id="to-cues"' not in get(client, "/").text


# ── the API ─────────────────────────────────────────────────────────────────────────


class TestApi:
    def asked(self, shop: CueShop, accounts: FakeAccounts, person: Person = Person.STAFF) -> FlaskClient:
        client = make_app(shop.services(accounts)).test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {accounts.give_token(person)}"
        return client

    def test_today_says_what_waits_and_when_it_changes(self, shop: CueShop, accounts: FakeAccounts) -> None:
        answer = self.asked(shop, accounts, Person.VIEWER).get("/api/v1/cues").json
        assert (answer["day"], answer["open"], answer["next_change"]) == ("2026-04-16", 3, "2026-04-16T12:45:00Z")
        cue = next(one for one in answer["cues"] if one["cue"] == "tray")
        assert {key: cue[key] for key in ("text", "place", "due", "standing", "by", "once")} == {
            "text": "Put out the tasting tray with cardamom buns", "place": "Café counter",
            "due": "2026-04-16T12:00:00Z", "standing": "late", "by": None, "once": "store"}

    def test_another_day_is_looked_at_by_its_date(self, shop: CueShop, accounts: FakeAccounts) -> None:
        answer = self.asked(shop, accounts).get("/api/v1/cues?day=2026-04-17").json
        assert (answer["day"], answer["next_change"]) == ("2026-04-17", None)
        assert {cue["standing"] for cue in answer["cues"]} == {"to-come"}

    @pytest.mark.parametrize("day", ["17", "2026-4-17", "2026-02-30", "1776340000", "1999-12-31", "",
                                     "2026-04-17T00:00"])
    def test_a_day_that_is_none_is_refused(self, shop: CueShop, accounts: FakeAccounts, day: str) -> None:
        answer = self.asked(shop, accounts).get(f"/api/v1/cues?day={day}")
        assert (answer.status_code, answer.json["error"]["field"]) == (422, "day")

    def test_a_cue_is_done_skipped_and_open_again(self, shop: CueShop, accounts: FakeAccounts) -> None:
        client, name = self.asked(shop, accounts), shop.id_of("tray")
        for outcome, standing in (("done", "done"), ("skipped", "skipped"), ("open", "late")):
            answer = client.post(f"/api/v1/cues/{name}", json={"outcome": outcome})
            assert (answer.status_code, answer.json["id"], answer.json["standing"]) == (200, name, standing)
            assert shop.standing("tray") == standing

    @pytest.mark.parametrize(("name", "body", "code"), [
        ("tray", {"outcome": "eaten"}, 422), ("tray", {}, 422), ("tray", {"outcome": "done", "by": "me"}, 422),
        ("0" * 20, {"outcome": "done"}, 404), ("till", {"outcome": "done"}, 403),
    ])
    def test_what_is_wrong_is_refused(
        self, shop: CueShop, accounts: FakeAccounts, name: str, body: dict[str, str], code: int,
    ) -> None:
        known = shop.id_of(name) if name in ("tray", "till") else name
        assert self.asked(shop, accounts).post(f"/api/v1/cues/{known}", json=body).status_code == code
        assert shop.memory.journal(after=1) == []

    @pytest.mark.parametrize(("person", "codes"), [
        (Person.VIEWER, (200, 403)), (Person.STAFF, (200, 200)), (Person.MANAGER, (200, 200))])
    def test_viewers_look_and_staff_mark(
        self, shop: CueShop, accounts: FakeAccounts, person: Person, codes: tuple[int, int],
    ) -> None:
        client = self.asked(shop, accounts, person)
        marked = client.post(f"/api/v1/cues/{shop.id_of('tray')}", json={"outcome": "done"})
        assert (client.get("/api/v1/cues").status_code, marked.status_code) == codes

    def test_nobody_is_told_without_a_token(self, shop: CueShop, accounts: FakeAccounts) -> None:
        client = make_app(shop.services(accounts)).test_client()
        assert client.get("/api/v1/cues").status_code == 401

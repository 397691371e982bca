"""HQ's pages without a browser: who may see what, what is shown of the fleet, what is asked of a store, what is proven.
"""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import timedelta

import pytest

from controller.errors import Unavailable
from controller.hq.alarms import Stand
from controller.hq.shapes_fleet import FleetStore
from profiles.limits import Person
from tests.web.hq_doors_fake import FakeHq
from tests.web.hq_shop import ROLES_OF, BigHq, HqShop
from web.auth import needed_by
from web.countries import country_name
from web.hq_fleet_page import Asked, land_of
from web.views.hq_proof import hours, percent

VIEWER, EDITOR = Person.VIEWER, Person.EDITOR

#: Every page of these blueprints, and the least role that it lets in. Others (campaigns, profiles, the API) have tests
#: of their own, but no route of any is without a role.
ROUTES: dict[tuple[str, str], Person | None] = {
    ("GET", "/"): VIEWER,
    ("GET", "/stores/<name>"): VIEWER,
    ("POST", "/stores/<name>/override"): EDITOR,
    ("POST", "/stores/<name>/end"): EDITOR,
    ("GET", "/enrol"): VIEWER,
    ("GET", "/proof"): VIEWER,
    ("GET", "/proof/<report>"): VIEWER,
    ("GET", "/proof/<report>.csv"): VIEWER,
    ("GET", "/record"): VIEWER,
    ("GET", "/health"): None,
    ("GET", "/sign-in"): None,
    ("POST", "/sign-in"): None,
    ("POST", "/sign-out"): VIEWER,
    ("GET", "/set-up"): None,
    ("POST", "/set-up"): None,
    ("GET", "/static/dist/<path:name>"): None,
}
HERE = ("fleet", "store", "enrol", "proof", "record", "hq_health", "sign_in", "dist")
NASTY = "<script>alert(1)</script>"


@pytest.fixture
def shop() -> HqShop:
    return HqShop()


def words(page: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page)))


def rows(page: str) -> list[str]:
    """Ids of the stores in the table, in their order."""
    return re.findall(r'<tr id="row-([a-z0-9-]+)"', page)


# -- who may what


def test_every_route_says_who_may_use_it(shop: HqShop) -> None:
    found = {}
    for rule in shop.app.url_map.iter_rules():
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            needed = needed_by(shop.app, rule.endpoint)
            assert needed is not None, f"{method} {rule.rule} says nothing"
            if rule.endpoint.partition(".")[0] in HERE:
                found[method, rule.rule] = needed[0]
    assert found == ROUTES


@pytest.mark.parametrize("name", [None, *ROLES_OF])
@pytest.mark.parametrize(("method", "rule"), [key for key, person in ROUTES.items() if person is not None])
def test_roles(shop: HqShop, method: str, rule: str, name: str | None) -> None:
    needed = ROUTES[method, rule]
    path = rule.replace("<name>", "gotgatan").replace("<report>", "plays")
    assert needed is not None
    if name is None:
        answer = shop.app.test_client().open(path, method=method)
        assert answer.status_code == (303 if method == "GET" else 401)
        return
    answer = shop.press(path, name) if method == "POST" else shop.browser_of(name).get(path)
    assert (answer.status_code == 403) == (not ROLES_OF[name].may(needed))
    assert answer.status_code < 500


def test_a_form_without_the_token_of_its_session_asks_nothing_of_a_store(shop: HqShop) -> None:
    client = shop.browser_of("elsa")
    answer = client.post("/stores/gotgatan/override", data={"profile": "hq-fika", "end": "closing"})
    assert (answer.status_code, shop.hq.asked) == (403, [])


def test_the_headers_are_those_of_a_stores_panel(shop: HqShop) -> None:
    answer = shop.browser_of("vera").get("/")
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Cache-Control"] == "no-store"
    assert not re.search(r"<script(?![^>]* src=)|<style|\son\w+=", answer.get_data(as_text=True))


def test_without_tls_only_this_machine_is_answered(shop: HqShop) -> None:
    assert shop.app.test_client().get("/sign-in", headers={"Host": "hq.example"}).status_code == 400


def test_behind_a_proxy_the_address_of_the_browser_counts() -> None:
    shop = HqShop(secure=True, proxies=1)
    shop.accounts.throttled_s = None
    answer = shop.app.test_client().post(
        "/sign-in", data={"name": "elsa", "password": "elsa-password"}, headers={
            "Host": "10.0.0.7:8000", "Origin": "https://hq.example", "X-Forwarded-Host": "hq.example",
            "X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.7"})
    assert answer.status_code == 303
    assert answer.headers["Set-Cookie"].startswith("__Host-sinne=")
    assert "Secure" in answer.headers["Set-Cookie"]
    assert answer.headers["Strict-Transport-Security"]


def test_without_a_proxy_nobody_is_believed_about_it() -> None:
    shop = HqShop(secure=True)
    answer = shop.app.test_client().post(
        "/sign-in", data={"name": "elsa", "password": "elsa-password"},
        headers={"Host": "hq.example", "Origin": "https://evil.example", "X-Forwarded-Host": "evil.example"})
    assert answer.status_code == 403


def test_the_first_account_is_made_with_the_one_time_link() -> None:
    shop = HqShop(people={})
    client = shop.app.test_client()
    assert client.get("/").headers["Location"] == "/set-up"
    assert "HQ has no account yet" in client.get("/set-up").get_data(as_text=True)
    assert "administrator of HQ" in client.get("/set-up?secret=x").get_data(as_text=True)
    answer = client.post("/set-up", data={"secret": shop.accounts.secret, "name": "anna", "password": "long enough"})
    assert answer.status_code == 303
    assert client.get("/").status_code == 200


def test_signing_in_says_whom_to_ask_at_hq(shop: HqShop) -> None:
    page = shop.app.test_client().get("/sign-in").get_data(as_text=True)
    assert "Ask an administrator of HQ" in page


def test_an_address_with_nothing_leads_back_to_the_fleet(shop: HqShop) -> None:
    assert "Back to the fleet" in shop.page("/nowhere", code=404)


def test_health_says_whether_the_database_answers(shop: HqShop) -> None:
    assert shop.app.test_client().get("/health").json == {"ok": True, "sentence": "HQ's panel is well."}

    class Away(FakeHq):
        def revision(self) -> int:
            raise Unavailable("The database does not answer.")

    answer = HqShop(Away()).app.test_client().get("/health")
    assert (answer.status_code, answer.json) == (503, {"ok": False, "sentence": "The database does not answer."})


def test_the_bar_has_the_pages_that_there_are(shop: HqShop) -> None:
    page = shop.page("/stores/gotgatan")
    bar = page[page.index('id="nav"'):page.index("</nav>")]
    linked = re.findall(r'id="to-(\w+)"', bar)
    assert [key for key in linked if key in ("fleet", "proof", "record")] == ["fleet", "proof", "record"]
    assert set(linked) <= set(shop.app.blueprints)
    assert re.findall(r'id="to-(\w+)" href="[^"]*" aria-current="page"', bar) == ["fleet"]


# -- the fleet


def test_alarms_come_first_with_why_in_words(shop: HqShop) -> None:
    page = shop.page("/")
    assert rows(page)[:3] == ["goteborg-nordstan", "lyon-presquile", "paris-batignolles"]
    assert rows(page)[-1] == "gotgatan"
    told = words(page)
    assert "Its clock is not trusted." in told
    assert "Lille Grand’Place France, flagship Out of reach It has been away for 31 hours." in told
    assert "Nantes Crébillon France, city Lagging 40 min" in told
    assert "14 of 14 stores, alarms first" in told


@pytest.mark.parametrize(("query", "found"), [
    ("only=offline", ["lille-grand-place"]),
    ("only=unheard", ["bergen-torgallmenningen"]),
    ("country=NO", ["oslo-bogstadveien", "oslo-karl-johan"]),
    ("country=??", ["bergen-torgallmenningen"]),
    ("tag=outlet", ["oslo-bogstadveien"]),
    ("tag=flagship&tag=scent&country=SE", ["biblioteksgatan", "gotgatan"]),
    ("text=karl", ["oslo-karl-johan"]),
    ("text=7be0&country=NO", ["oslo-bogstadveien"]),
    ("text=nowhere-at-all", []),
])
def test_search_and_filters_are_in_the_address(shop: HqShop, query: str, found: list[str]) -> None:
    assert rows(shop.page(f"/?{query}")) == found


@pytest.mark.parametrize("query", ["only=wrong", "page=0", "page=-1", "page=x", "page=99", "country=<b>", "tag="])
def test_what_the_address_cannot_mean_is_left_aside(shop: HqShop, query: str) -> None:
    assert "stores run what they should" in shop.page(f"/?{query}")


def test_a_store_that_nobody_is_like_is_said(shop: HqShop) -> None:
    page = shop.page(f"/?text={NASTY}")
    assert "No store is like that." in page
    assert NASTY not in page
    assert "Show every store" in page


def test_a_page_that_has_what_there_is_is_told_nothing(shop: HqShop) -> None:
    client = shop.browser_of("vera")
    seen = re.search(r'"X-Seen": "([^"]+)"', client.get("/").get_data(as_text=True))
    assert seen is not None
    asks = {"HX-Request": "true", "X-Seen": seen.group(1)}
    again = client.get("/", headers=asks)
    assert (again.status_code, again.get_data()) == (204, b"")
    shop.hq.touch()
    news = client.get("/", headers=asks).get_data(as_text=True)
    assert 'id="found"' in news
    assert "<html" not in news


def test_a_page_is_drawn_again_as_minutes_pass(shop: HqShop) -> None:
    client = shop.browser_of("vera")
    seen = re.search(r'"X-Seen": "([^"]+)"', client.get("/").get_data(as_text=True))
    assert seen is not None
    shop.clock.pass_by(timedelta(minutes=1))
    assert client.get("/", headers={"HX-Request": "true", "X-Seen": seen.group(1)}).status_code == 200


def test_ten_thousand_stores_are_a_light_page() -> None:
    shop = HqShop(BigHq())
    page = shop.page("/")
    assert len(page.encode()) < 120_000
    assert len(rows(page)) == 50
    assert "1 to 50 of 10000, alarms first" in words(page)
    threads = page.count("<i></i>") + len(re.findall(r"<i class=\w+></i>", page))
    assert 200 < threads < 600
    last = shop.page("/?page=200")
    assert rows(last)[-1] == "store-09999"
    assert "9951 to 10000 of 10000" in words(last)
    assert 'href="/?page=199"' in last
    assert "page=201" not in last


def test_pages_keep_what_is_asked_for() -> None:
    page = HqShop(BigHq()).page("/?only=right&country=SE&page=2")
    assert 'href="/?country=SE&amp;only=right&amp;page=3"' in page
    assert 'href="/?country=SE&amp;only=right"' in page


def test_the_weave_shows_the_worst_of_the_stores_in_a_thread() -> None:
    shown = FakeHq().fleet()
    france = next(line for line in shown.countries if line.country == "FR")
    each, all_in_one = land_of(france, 1), land_of(france, 10)
    assert len(each.threads) == france.stores == 6
    assert sorted(each.threads)[:2] == ["a", "a"]
    assert all_in_one.threads == ("a",)
    assert (each.name, each.right) == ("France", 2)


def test_a_tenth_of_a_country_in_alarm_is_a_tenth_of_its_threads() -> None:
    sweden = next(line for line in BigHq().fleet().countries if line.country == "SE")
    land = land_of(sweden, 17)
    assert land.stores - land.right == 34
    assert land.threads.count("a") == 2
    assert len(land.threads) == 20


def test_an_address_says_only_what_is_asked() -> None:
    asked = Asked("göt", ("scent",), "SE", Stand.ALARM, 3)
    assert asked.address() == "/?text=g%C3%B6t&tag=scent&country=SE&only=alarm"
    assert asked.address(page=4).endswith("&page=4")
    assert Asked().address(only=None) == "/"


def test_a_name_that_a_store_reports_is_text(shop: HqShop) -> None:
    class Hostile(FakeHq):
        def stores(self) -> list[FleetStore]:
            return [replace(store, name=NASTY, why=(NASTY,), software=NASTY) for store in super().stores()]

    hostile = HqShop(Hostile())
    for path in ("/", "/stores/gotgatan", "/proof", "/enrol"):
        page = hostile.page(path)
        assert NASTY not in page
        assert html.escape(NASTY) in page


def test_a_country_without_a_name_is_shown_as_it_is() -> None:
    assert country_name("SE") == "Sweden"
    assert country_name("ZZ") == "ZZ"
    assert country_name(None) == "Country not known"


# -- a store


def test_a_store_shows_how_it_stands_and_its_own_day(shop: HqShop) -> None:
    told = words(shop.page("/stores/lyon-presquile"))
    for sentence in ("came a second time with other content", "Europe/Paris", "2 documents", "Late fika",
                     "Its own day, read-only, from the plan it last said, 14:29", "Spring in linen until 18:00",
                     "1 out of reach", "Fri 16 January by Anna"):
        assert sentence in told, sentence


def test_nothing_in_the_day_of_a_store_can_be_pressed_from_hq(shop: HqShop) -> None:
    page = shop.page("/stores/gotgatan?zone=cafe&at=2026-04-16T10:20:00Z")
    assert "/today" not in page
    assert "End it now" not in page
    assert "Out of reach" not in page


def test_another_day_and_piece_of_it_are_in_the_address(shop: HqShop) -> None:
    page = shop.page("/stores/gotgatan?day=2026-04-17&zone=cafe")
    assert "Friday 17 April" in page
    assert 'href="/stores/gotgatan?zone=cafe"' in page


@pytest.mark.parametrize(("query", "code"), [("day=soon", 422), ("zone=nowhere", 404), ("day=2036-01-01", 422)])
def test_a_day_that_is_none_shows_today_and_says_so(shop: HqShop, query: str, code: int) -> None:
    page = shop.page(f"/stores/gotgatan?{query}", code=code)
    assert "Thursday 16 April" in page
    assert 'role="alert" data-problem>' in page


def test_a_store_that_was_never_heard_says_what_to_do(shop: HqShop) -> None:
    told = words(shop.page("/stores/bergen-torgallmenningen"))
    assert "sinne store enrol bergen-torgallmenningen.enrolment.json" in told
    assert "nothing can be asked of it" in told
    assert "This store has not said yet what its plan is." in told


def test_a_store_that_is_not_there_is_not_found(shop: HqShop) -> None:
    assert "There is no store nowhere." in words(shop.page("/stores/nowhere", code=404))


def test_an_override_is_asked_for_and_the_page_says_no_more_than_that(shop: HqShop) -> None:
    answer = shop.press("/stores/gotgatan/override", profile="hq-fika", zone=["cafe"], end="minutes:30", by_htmx=True)
    assert shop.hq.asked == [("override", ("gotgatan", ("cafe",), "hq-fika", "minutes:30"))]
    told = words(answer.get_data(as_text=True))
    assert "The store was asked." in told
    assert "Fika at the café, until closing Done" in told


def test_an_override_without_zones_is_for_the_whole_store_and_works_without_script(shop: HqShop) -> None:
    answer = shop.press("/stores/gotgatan/override", profile="hq-fika", end="closing")
    assert shop.hq.asked == [("override", ("gotgatan", None, "hq-fika", "closing"))]
    assert answer.headers["Location"] == "/stores/gotgatan?order=1"
    assert "The store was asked." in shop.page(answer.headers["Location"])


def test_what_hq_chose_can_be_ended(shop: HqShop) -> None:
    assert shop.press("/stores/gotgatan/end").status_code == 303
    assert shop.hq.asked == [("end-override", ("gotgatan", None))]


def test_a_viewer_is_offered_nothing_to_ask(shop: HqShop) -> None:
    page = shop.page("/stores/gotgatan", "vera")
    assert "Ask for it" not in page
    assert "HQ editors can ask a store for another mood." in page


def test_asking_a_store_that_is_not_there_is_a_sentence(shop: HqShop) -> None:
    answer = shop.press("/stores/nowhere/override", profile="hq-fika", end="closing", by_htmx=True)
    assert (answer.status_code, answer.get_data(as_text=True)) == (404, "There is no store nowhere.")


# -- proof, record, enrolment


def test_proof_is_over_the_last_week_unless_told(shop: HqShop) -> None:
    page = shop.page("/proof")
    assert 'value="2026-04-09"' in page
    assert 'value="2026-04-15"' in page
    told = words(page)
    assert "Journals of 12 of 13 stores are complete to the end. Not complete: Lille Grand’Place." in told
    assert "Spring in linen all of them 28 h 25 h 2 h 1 h 92.6\u00a0%".replace("\u00a0", " ") in told


@pytest.mark.parametrize(("report", "said"), [
    ("plays", "Våren Linden"), ("scents", "Fig leaf"), ("quiet-hours", "On 9 April music was on for 4 minutes."),
    ("campaigns", "78.7")])
def test_every_report_is_a_table(shop: HqShop, report: str, said: str) -> None:
    assert said.replace("Linden", "Linen") in words(shop.page(f"/proof/{report}"))


def test_a_report_as_a_file_is_over_the_same(shop: HqShop) -> None:
    page = shop.page("/proof/plays?first=2026-04-01&last=2026-04-03&country=SE&tag=scent&store=gotgatan")
    link = html.unescape(re.search(r'id="file" href="([^"]+)"', page).group(1))  # type: ignore[union-attr]
    assert link == "/proof/plays.csv?first=2026-04-01&last=2026-04-03&store=gotgatan&tag=scent&country=SE"
    answer = shop.browser_of("vera").get(link)
    assert answer.mimetype == "text/csv"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="plays-2026-04-01-2026-04-03.csv"'
    assert answer.get_data(as_text=True).startswith("Store,Zone,Title")


@pytest.mark.parametrize(("path", "code"), [
    ("/proof/wrong", 404), ("/proof/wrong.csv", 404), ("/proof/plays?first=soon", 422),
    ("/proof/plays?first=2026-04-09&last=2026-04-01", 422), ("/proof/plays.csv?first=soon", 422)])
def test_a_report_that_is_none_is_a_sentence(shop: HqShop, path: str, code: int) -> None:
    assert len(words(shop.page(path, code=code))) > 50


def test_numbers_as_people_read_them() -> None:
    assert [hours(count) for count in (0, 0.25, 1, 1.5, 1204.4)] == ["0 h", "15 min", "1 h", "1 h 30 min", "1,204 h"]
    assert [percent(share) for share in (None, 0.0, 99.96, 100.0, 92.64)] == [
        "not known", "0\u00a0%", "99.9\u00a0%", "100\u00a0%", "92.6\u00a0%"]


def test_the_record_says_who_what_when_and_the_difference(shop: HqShop) -> None:
    told = words(shop.page("/record"))
    assert told.index("halted the campaign Launch") < told.index("enrolled the store")
    assert "priority 50 → 40" in told
    assert "yesterday 20:32" in told


@pytest.mark.parametrize(("query", "numbers"), [
    ("by=Johan+Ek", ["6", "4"]), ("kind=draft", ["3", "2"]), ("about=hq-spring", ["4", "3", "2"]),
    ("text=halted", ["6"]), ("first=2026-04-16", ["6", "5"]), ("last=2026-04-14", ["1"]), ("before=3", ["2", "1"]),
    ("by=Nobody", [])])
def test_the_record_by_person_kind_and_date(shop: HqShop, query: str, numbers: list[str]) -> None:
    assert re.findall(r'<tr id="entry-(\d+)"', shop.page(f"/record?{query}")) == numbers


def test_a_day_of_the_record_that_is_none_is_said(shop: HqShop) -> None:
    assert "A day is written as in 2026-12-24." in shop.page("/record?first=soon")


def test_enrolling_says_the_commands_and_who_was_never_heard(shop: HqShop) -> None:
    told = words(shop.page("/enrol"))
    assert "sinne hq enrol STORE" in told
    assert "1 of 14 stores" in told
    assert "bergen-torgallmenningen Never heard" in told

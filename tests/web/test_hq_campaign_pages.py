"""Campaigns at HQ without a browser: who may what, what a form does, what is kept, reviewed, moved and halted."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping

import pytest
from werkzeug.test import TestResponse

from profiles.limits import Person
from tests.web.hq_shop import ROLES_OF, HqShop
from web.auth import needed_by

ROUTES = {
    ("GET", "/campaigns"): Person.VIEWER,
    ("POST", "/campaigns"): Person.EDITOR,
    ("GET", "/campaigns/<name>"): Person.VIEWER,
    ("POST", "/campaigns/<name>"): Person.EDITOR,
    ("POST", "/campaigns/<name>/look"): Person.EDITOR,
    ("POST", "/campaigns/<name>/meets"): Person.VIEWER,
    ("POST", "/campaigns/<name>/preview"): Person.VIEWER,
    ("POST", "/campaigns/<name>/review"): Person.EDITOR,
    ("POST", "/campaigns/<name>/steer"): Person.APPROVER,
    ("POST", "/campaigns/<name>/move"): Person.EDITOR,
}
FORM = {"name": "Spring in linen", "when": "Mo-Sa 11:00-18:00", "first": "2026-04-13", "last": "2026-05-02",
        "priority": "40", "profile": "hq-spring-linen", "note": "for you", "share": ["5", "100"],
        "wave_list": ["", ""], "soak": ["1", "1"], "timeout": ["", ""]}


@pytest.fixture
def shop() -> HqShop:
    return HqShop()


def post(
    shop: HqShop, path: str, name: str, form: Mapping[str, object], *, by_htmx: bool = False,
    headers: Mapping[str, str] | None = None,
) -> TestResponse:
    """A form that somebody sends, whose fields may have any name."""
    client = shop.app.test_client()
    secret = shop.accounts.enter(name)
    client.set_cookie("sinne", secret)
    sent = {**({"HX-Request": "true"} if by_htmx else {}), **(headers or {})}
    return client.post(path, data={"csrf_token": shop.accounts.csrf_of(secret), **form}, headers=sent)


def calendar(page: str) -> dict[str, list[dict[str, object]]]:
    """What the calendar's script is given."""
    found = re.search(r'data-calendar="([^"]*)"', page)
    assert found
    given: dict[str, list[dict[str, object]]] = json.loads(html.unescape(found.group(1)))
    return given


def test_every_route_says_who_may_use_it(shop: HqShop) -> None:
    found = {}
    for rule in shop.app.url_map.iter_rules():
        if rule.endpoint.startswith("campaigns."):
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                needed = needed_by(shop.app, rule.endpoint)
                assert needed is not None
                found[method, rule.rule] = needed[0]
    assert found == ROUTES


@pytest.mark.parametrize("name", [None, *ROLES_OF])
@pytest.mark.parametrize(("method", "rule"), list(ROUTES))
def test_roles(shop: HqShop, method: str, rule: str, name: str | None) -> None:
    path = rule.replace("<name>", "hq-spring")
    needed = ROUTES[method, rule]
    if name is None:
        client = shop.app.test_client()
        answer = client.open(path, method=method)
        assert answer.status_code in (302, 303, 401, 403)
        return
    answer = shop.browser_of(name).get(path) if method == "GET" else shop.press(path, name)
    assert (answer.status_code == 403) == (not ROLES_OF[name].may(needed)), answer.status_code


def test_the_calendar_is_also_a_list(shop: HqShop) -> None:
    page = shop.page("/campaigns", "vera")
    bars = {bar["id"]: bar for bar in calendar(page)["bars"]}
    assert set(re.findall(r'<tr id="row-([a-z0-9-]+)"', page)) == set(bars)
    assert bars["hq-spring"]["first"] == "2026-04-13"
    assert bars["hq-spring"]["end"] == "2026-05-03"
    assert not any(bar["movable"] for bar in bars.values())
    assert 'action="/campaigns/hq-spring/move"' not in page
    assert 'action="/campaigns/hq-spring/move"' in shop.page("/campaigns", "elsa")


def test_weeks_are_in_the_address(shop: HqShop) -> None:
    later = calendar(shop.page("/campaigns?from=2026-07-15"))
    assert (later["first"], later["last"]) == ("2026-07-13", "2026-10-11")
    assert calendar(shop.page("/campaigns?from=nonsense"))["first"] == "2026-03-30"
    assert calendar(shop.page("/campaigns?from=9999-12-31"))["bars"] == []


def test_a_new_campaign_is_a_draft(shop: HqShop) -> None:
    answer = post(shop, "/campaigns", "elsa", {"name": "Crayfish"})
    assert answer.headers["Location"] == "/campaigns/hq-crayfish"
    page = shop.page("/campaigns/hq-crayfish")
    assert "Crayfish" in page
    assert "choose one" in page  # it has no profile yet, and the page says so
    refused = post(shop, "/campaigns", "elsa", {"name": "  "})
    assert refused.status_code == 422
    assert "needs a name" in refused.get_data(as_text=True)


def test_a_form_is_looked_at_and_nothing_is_kept(shop: HqShop) -> None:
    before = shop.hq.revision()
    answer = post(shop, "/campaigns/hq-spring/look", "elsa", {**FORM, "add": "country:SE", "seen": "0"},
                               by_htmx=True)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert 'name="who" value="country:SE"' in page
    assert "reaches" in page
    assert "From 13 April to 2 May" in page
    assert shop.hq.revision() == before
    wrong = post(shop, "/campaigns/hq-spring/look", "elsa", {**FORM, "when": "25:00"}, by_htmx=True)
    assert "There is no 25:00" in wrong.get_data(as_text=True)


def test_keep_review_and_publish_by_a_second_person(shop: HqShop) -> None:
    kept = post(shop, "/campaigns/hq-spring", "elsa", {**FORM, "seen": "0", "do": "submit"})
    assert kept.status_code == 303
    draft = next(each for each in shop.hq.drafts("campaign") if each.id == "hq-spring")
    assert draft.state == "review"
    late = post(shop, "/campaigns/hq-spring", "elsa", {**FORM, "seen": "0"})
    assert late.status_code == 409
    assert "Somebody else has changed" in late.get_data(as_text=True)
    seen = {"seen": str(draft.revision)}
    assert post(shop, "/campaigns/hq-spring/review", "elsa", {**seen, "do": "approve"}).status_code == 403
    done = post(shop, "/campaigns/hq-spring/review", "johan", {**seen, "do": "approve"})
    assert done.status_code == 303
    assert "is published" in shop.page(done.headers["Location"], "johan")


def test_returned_with_a_note_and_thrown_away(shop: HqShop) -> None:
    draft = next(each for each in shop.hq.drafts("campaign") if each.state == "review")
    seen = {"seen": str(draft.revision)}
    post(shop, f"/campaigns/{draft.id}/review", "johan", {**seen, "do": "return", "note": "too loud"})
    assert "too loud" in shop.page(f"/campaigns/{draft.id}")
    gone = post(shop, f"/campaigns/{draft.id}/review", "elsa", {**seen, "do": "discard"})
    assert gone.status_code == 303
    assert all(each.id != draft.id for each in shop.hq.drafts("campaign"))
    odd = post(shop, "/campaigns/hq-spring/review", "johan", {"do": "bless"})
    assert odd.status_code == 422


def test_moved_by_script_and_by_form(shop: HqShop) -> None:
    said = {"first": "2026-04-20", "last": "2026-05-09", "seen": "0"}
    answer = post(shop, "/campaigns/hq-spring/move", "elsa", said, headers={"X-Moved": "1"})
    assert answer.get_json() == {"sentence": "Spring in linen has new dates, as a draft."}
    again = post(shop, "/campaigns/hq-spring/move", "elsa", said, headers={"X-Moved": "1"})
    assert again.status_code == 409
    assert "Somebody else" in again.get_json()["sentence"]
    bar = next(bar for bar in calendar(shop.page("/campaigns"))["bars"] if bar["id"] == "hq-spring")
    assert (bar["first"], bar["last"], bar["draft"]) == ("2026-04-20", "2026-05-09", True)
    by_form = post(shop, "/campaigns/hq-spring/move", "elsa", {**said, "first": "2026-04-21", "seen": str(
        bar["revision"])})
    assert by_form.status_code == 303


def test_halt_needs_a_reason_and_reaches(shop: HqShop) -> None:
    refused = post(shop, "/campaigns/hq-spring/steer", "johan", {"verb": "halt", "reason": ""})
    assert refused.status_code == 422
    assert "Say why" in refused.get_data(as_text=True)
    done = post(shop, "/campaigns/hq-spring/steer", "johan", {"verb": "halt", "reason": "wrong price"})
    assert done.status_code == 303
    assert ("halt", "hq-spring") in shop.hq.asked
    assert "withdrawn everywhere" in shop.page("/campaigns/hq-spring", "vera")


def test_what_it_meets_and_a_day_of_it(shop: HqShop) -> None:
    met = post(shop, "/campaigns/hq-spring/meets", "vera", {}, by_htmx=True).get_data(as_text=True)
    assert "Late fika beats it" in met
    tied = post(shop, "/campaigns/hq-spring/meets", "elsa", {**FORM, "priority": "45"}, by_htmx=True)
    assert "keeps it from being published" in tied.get_data(as_text=True)
    day = post(shop, "/campaigns/hq-spring/preview", "vera", {"day": "2026-04-17"}, by_htmx=True)
    assert "It would feel different" in day.get_data(as_text=True)
    assert "kWh" not in day.get_data(as_text=True)
    full = post(shop, "/campaigns/hq-spring/preview", "vera", {"full": "1"}, by_htmx=True)
    assert "14.2" in full.get_data(as_text=True)
    nowhere = post(shop, "/campaigns/hq-spring/preview", "vera", {"place": "mars"}, by_htmx=True)
    assert "no store mars" in html.unescape(nowhere.get_data(as_text=True))


def test_names_are_text(shop: HqShop) -> None:
    nasty = "<script>alert(1)</script>"
    begun = post(shop, "/campaigns", "elsa", {"name": nasty})
    page = shop.page(begun.headers["Location"])
    assert nasty not in page
    assert "&lt;script&gt;" in page


def test_nothing_newer_is_an_empty_answer(shop: HqShop) -> None:
    browser = shop.browser_of("vera")
    seen = re.search(r'"X-Seen": "([^"]+)"', html.unescape(browser.get("/campaigns/hq-spring").get_data(as_text=True)))
    assert seen
    headers = {"HX-Request": "true", "X-Seen": seen.group(1)}
    assert browser.get("/campaigns/hq-spring", headers=headers).status_code == 204
    shop.hq.touch()
    newer = browser.get("/campaigns/hq-spring", headers=headers)
    assert newer.status_code == 200
    assert 'id="rollout"' in newer.get_data(as_text=True)
    assert 'id="editor"' not in newer.get_data(as_text=True)  # somebody may be writing in it

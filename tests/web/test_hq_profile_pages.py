"""HQ's library without a browser: texts that are bodies, versions and differences, drafts, a day before and after."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from controller.hq.drafting import read
from profiles.limits import Person
from profiles.starters import starters
from tests.web.hq_shop import ROLES_OF, HqShop
from web.auth import needed_by
from web.hq_profiles_page import LIBRARY, looks_of, text_of, written

ROUTES = {
    ("GET", "/profiles"): Person.VIEWER,
    ("POST", "/profiles"): Person.EDITOR,
    ("GET", "/profiles/<name>"): Person.VIEWER,
    ("POST", "/profiles/<name>"): Person.EDITOR,
    ("POST", "/profiles/<name>/look"): Person.EDITOR,
    ("POST", "/profiles/<name>/preview"): Person.VIEWER,
    ("POST", "/profiles/<name>/review"): Person.EDITOR,
}
TEXT = """\
name: Fika
says: warm and slow
scene:
  light: {on: true, roles: {ambient: {brightness_pct: 40, kelvin: 2700}}}
"""


@pytest.fixture
def shop() -> HqShop:
    return HqShop()


def post(shop: HqShop, path: str, name: str, form: Mapping[str, object], *, by_htmx: bool = False) -> TestResponse:
    """A form that somebody sends."""
    client = shop.app.test_client()
    secret = shop.accounts.enter(name)
    client.set_cookie("sinne", secret)
    return client.post(path, data={"csrf_token": shop.accounts.csrf_of(secret), "kind": "profile", **form},
                       headers={"HX-Request": "true"} if by_htmx else {})


def test_every_route_says_who_may_use_it(shop: HqShop) -> None:
    found = {}
    for rule in shop.app.url_map.iter_rules():
        if rule.endpoint.startswith("profiles."):
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                needed = needed_by(shop.app, rule.endpoint)
                assert needed is not None
                found[method, rule.rule] = needed[0]
    assert found == ROUTES


@pytest.mark.parametrize("name", [None, *ROLES_OF])
@pytest.mark.parametrize(("method", "rule"), list(ROUTES))
def test_roles(shop: HqShop, method: str, rule: str, name: str | None) -> None:
    path = rule.replace("<name>", "hq-fika")
    if name is None:
        assert shop.app.test_client().open(path, method=method).status_code in (302, 303, 401, 403)
        return
    answer = shop.browser_of(name).get(path) if method == "GET" else post(shop, path, name, {"text": TEXT})
    assert (answer.status_code == 403) == (not ROLES_OF[name].may(ROUTES[method, rule])), answer.status_code


@pytest.mark.parametrize("profile", starters().values(), ids=lambda profile: profile.id)
def test_every_starter_profile_is_written_and_read_again(profile: object) -> None:
    body = profile.model_dump(mode="json")  # type: ignore[attr-defined]
    said = written(text_of(body))
    assert said.problems == ()
    id_ = f"hq-{body['id']}"
    found, problems = read("profile", id_, {"body": dict(said.body)})
    assert problems == ()
    assert found is not None
    assert found.body.model_copy(update={"id": body["id"]}) == profile
    looks = looks_of(id_, {"body": dict(said.body)})
    assert len(looks) == 7
    assert all(look.words for look in looks)


@given(st.text(max_size=200))
def test_no_text_breaks_it(text: str) -> None:
    said = written(text)
    assert isinstance(said.body, Mapping)
    assert looks_of("hq-x", {"body": dict(said.body)}) == [] or said.problems == ()


@pytest.mark.parametrize("kind", LIBRARY)
def test_every_kind_has_a_list(shop: HqShop, kind: str) -> None:
    page = shop.page(f"/profiles?kind={kind}", "vera")
    assert re.search(rf'id="tab-{kind}"[^>]*aria-current="true"', page)
    assert set(re.findall(r'<tr id="row-([a-z0-9-]+)"', page)) == {each.id for each in shop.hq.documents(kind)}


def test_a_document_with_its_versions_and_differences(shop: HqShop) -> None:
    page = shop.page("/profiles/hq-fika", "vera")
    assert "arousal low in one sense" in page
    assert page.count("Make a draft of it") == 0
    versions = re.findall(r"version=(\d+)#compared", page)
    assert len(versions) >= 2
    compared = shop.page(f"/profiles/hq-fika?version={versions[0]}", "vera")
    assert "music volume" in compared
    assert "48 %" in compared
    assert "What the draft would change" not in page


def test_written_looked_at_kept_and_reviewed(shop: HqShop) -> None:
    looked = post(shop, "/profiles/hq-fika/look", "elsa", {"text": TEXT}, by_htmx=True).get_data(as_text=True)
    assert "40 %, 2700 K" in looked
    broken = post(shop, "/profiles/hq-fika/look", "elsa", {"text": "name: [x"}, by_htmx=True).get_data(as_text=True)
    assert "line 1" in html.unescape(broken) or "bracket" in broken
    refused = post(shop, "/profiles/hq-fika", "elsa", {"text": "- a\n- b\n", "seen": "0"})
    assert refused.status_code == 422
    assert "- a" in refused.get_data(as_text=True)  # what was written is still there
    kept = post(shop, "/profiles/hq-fika", "elsa", {"text": TEXT, "seen": "0", "do": "submit", "who": "country:SE"})
    assert kept.status_code == 303
    draft = next(each for each in shop.hq.drafts("profile") if each.id == "hq-fika")
    assert draft.state == "review"
    assert 'value="country:SE"' in shop.page("/profiles/hq-fika")
    seen = {"seen": str(draft.revision)}
    assert post(shop, "/profiles/hq-fika/review", "elsa", {**seen, "do": "approve"}).status_code == 403
    done = post(shop, "/profiles/hq-fika/review", "johan", {**seen, "do": "approve"})
    assert "is published" in shop.page(done.headers["Location"], "johan")


def test_restored_and_deleted(shop: HqShop) -> None:
    version = shop.hq.document("profile", "hq-fika").versions[-1].version
    assert post(shop, "/profiles/hq-fika/review", "elsa", {"do": "restore", "version": str(version)}).status_code == 303
    assert any(each.id == "hq-fika" for each in shop.hq.drafts("profile"))
    refused = post(shop, "/profiles/hq-fika/review", "johan", {"do": "retract", "note": "old"})
    assert refused.status_code == 422
    assert "is shown by the campaign" in refused.get_data(as_text=True)
    gone = post(shop, "/profiles/hq-fig-leaf/review", "johan", {"kind": "fragrance", "do": "retract", "note": "old"})
    assert gone.status_code == 303


def test_a_day_before_and_after(shop: HqShop) -> None:
    day = post(shop, "/profiles/hq-fika/preview", "vera", {"day": "2026-04-17"}, by_htmx=True)
    assert "It would feel different" in day.get_data(as_text=True)
    wrong = post(shop, "/profiles/hq-fika/preview", "elsa", {"place": "mars", "text": TEXT}, by_htmx=True)
    assert "no store mars" in html.unescape(wrong.get_data(as_text=True))


def test_begun_by_name(shop: HqShop) -> None:
    begun = post(shop, "/profiles", "elsa", {"name": "Crayfish", "kind": "profile"})
    assert begun.headers["Location"] == "/profiles/hq-crayfish?kind=profile"
    assert "Crayfish" in shop.page(begun.headers["Location"])
    assert post(shop, "/profiles", "elsa", {"name": " "}).status_code == 422

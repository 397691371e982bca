"""HQ's API: every route by every role, the description both ways, drafts and campaigns over the real office."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from profiles.limits import HQ_ROLES, Person
from tests.controller.hq_offices import BRIGHT, SPRING
from tests.web.fakes import token_header
from tests.web.hq_desk_api import Desk
from tests.web.hq_shop import HqShop
from web.auth import needed_by
from web.openapi_hq import OPERATIONS, document

PREFIX = "/api/v1"
#: Names for the addresses, and bodies that are right in the fake HQ.
HERE = {"store": "gotgatan", "kind": "campaign", "name": "hq-spring", "version": "3000004", "report": "plays",
        "number": "1", "verb": "pause"}
WAYS = [(operation.method, operation.path, operation.person) for operation in OPERATIONS]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture(scope="module")
def shop() -> HqShop:
    return HqShop()


def address_of(path: str) -> str:
    for name, value in HERE.items():
        path = path.replace("{" + name + "}", value)
    return PREFIX + path


# ── roles ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("role", [None, *HQ_ROLES])
@pytest.mark.parametrize(("method", "path", "needed"), WAYS)
def test_role_by_token(shop: HqShop, method: str, path: str, needed: Person, role: Person | None) -> None:
    headers = token_header(shop.accounts.give_token(role) if role is not None else "made-up")
    answer = shop.app.test_client().open(address_of(path), method=method.upper(), headers=headers)
    if role is None:
        assert answer.status_code == 401
    elif not role.may(needed):
        assert answer.status_code == 403
        assert needed.value in answer.get_json()["error"]["sentence"]
    else:
        assert answer.status_code not in (401, 403, 500)


@pytest.mark.parametrize(("method", "path"), [way[:2] for way in WAYS if way[0] != "get"])
def test_by_cookie_nothing_is_changed_without_the_sessions_token_or_from_elsewhere(
    shop: HqShop, method: str, path: str,
) -> None:
    client, address = shop.browser_of("anna"), address_of(path)
    assert client.open(address, method=method.upper(), json={}).status_code == 403
    token = {"X-CSRF-Token": shop.accounts.csrf_of(shop._secret)}
    assert client.open(address, method=method.upper(), json={}, headers=token).status_code != 403
    foreign = client.open(address, method=method.upper(), json={}, headers={**token, "Origin": "https://evil.example"})
    assert foreign.status_code == 403


# ── the description ─────────────────────────────────────────────────────────────────


def test_the_description_is_valid_and_each_route_is_in_it_with_its_role(shop: HqShop) -> None:
    assert [error.message for error in OpenAPIV31SpecValidator(document()).iter_errors()] == []
    routes = {(method.lower(), re.sub(r"<(\w+)>", r"{\1}", rule.rule.removeprefix(PREFIX)))
              for rule in shop.app.url_map.iter_rules() if rule.rule.startswith(PREFIX)
              for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}}
    assert routes == {(operation.method, operation.path) for operation in OPERATIONS}
    adapter = shop.app.url_map.bind("localhost")
    for operation in OPERATIONS:
        endpoint, _ = adapter.match(address_of(operation.path), method=operation.method.upper())
        assert needed_by(shop.app, endpoint) == (operation.person,), operation.name
    assert len({operation.name for operation in OPERATIONS}) == len(OPERATIONS)
    named = set(re.findall(r"'#/components/schemas/([^']+)'", str(document())))
    assert named <= set(document()["components"]["schemas"])


def test_the_page_of_the_api_has_every_address_with_the_role_that_it_asks_for() -> None:
    written = {}
    for row in (Path(__file__).parents[2] / "docs" / "hq-api.md").read_text().splitlines():
        if row.startswith("| `"):
            _, addresses, role, *_ = row.split("|")
            uses = re.findall(r"`(GET|POST|PUT|DELETE) (/[^`?]*)[^`]*`", addresses)
            written.update(dict.fromkeys(uses, role.strip()))
    assert written == {(op.method.upper(), op.path): op.person.value for op in OPERATIONS}


# ── what it is for ──────────────────────────────────────────────────────────────────


def test_a_campaign_from_an_idea_to_its_halt(desk: Desk) -> None:
    _, free = desk.ask("elsa", "GET", "/free-id", kind="campaign", name="Vår i linne")
    assert free == {"id": "hq-var-i-linne"}
    _, who = desk.ask("vera", "POST", "/audience", {
        "selector": {"countries": ["SE"]}, "campaign": free["id"],
        "stages": [{"wave": {"share": 0.0001}}, {"wave": {"share": 1}}]})
    assert (who["total"], [s["name"] for s in who["in_"]], who["words"]) == (2, ["Lund", "Malmo"], "stores in SE")
    assert [(s["name"], s["why"]) for s in who["out"]] == [("Nice", "in FR")]
    assert [(w["reaches"], w["more"]) for w in who["waves"]] == [(0, 0), (2, 2)]
    assert who["waves"][0]["smallest"] > 0.0001

    _, when = desk.ask("vera", "GET", "/when", text="Mo-Sa 11:00-18:00; PH off", count=3)
    assert (len(when["occurrences"]), when["time_zone"], set(when["words"])) == (
        3, "Europe/Stockholm", {"en", "sv", "fr"})
    assert when["occurrences"][0] == ["2026-11-03T10:00:00Z", "2026-11-03T17:00:00Z"]

    content = {"body": SPRING, "selector": {"countries": ["SE"]}, "stages": [{"wave": {"share": 1}}]}
    status, draft = desk.ask("elsa", "PUT", f"/drafts/campaign/{free['id']}", {"content": content})
    assert (status, draft["line"]["revision"], draft["problems"]) == (200, 1, [])
    assert desk.ask("erik" if "erik" in desk.tokens else "elsa", "PUT", f"/drafts/campaign/{free['id']}",
                    {"content": content})[0] == 409
    assert desk.ask("elsa", "POST", f"/drafts/campaign/{free['id']}/submit", {"seen": 1})[0] == 200
    assert desk.ask("elsa", "POST", f"/drafts/campaign/{free['id']}/approve", {"seen": 2})[0] == 403
    status, order = desk.ask("johan", "POST", f"/drafts/campaign/{free['id']}/approve", {"seen": 2})
    assert (status, order["state"]) == (202, "done")

    _, shown = desk.ask("johan", "GET", f"/campaigns/{free['id']}")
    assert shown["rollout"]["state"] == "running"
    assert shown["rollout"]["verbs"] == ["pause", "halt"]
    assert [stage["stores"] for stage in shown["rollout"]["stages"]] == [2]
    assert desk.ask("vera", "GET", f"/campaigns/{free['id']}")[1]["rollout"]["verbs"] == []

    status, refused = desk.ask("johan", "POST", f"/campaigns/{free['id']}/halt")
    assert (status, "Say why" in refused["error"]["sentence"]) == (422, True)
    assert desk.ask("johan", "POST", f"/campaigns/{free['id']}/halt", {"reason": "wrong price"})[0] == 202
    assert desk.hq.force().is_halted(free["id"])
    _, halted = desk.ask("anna", "GET", f"/campaigns/{free['id']}")
    assert (halted["rollout"]["state"], halted["rollout"]["verbs"]) == ("halted", ["revive"])
    assert "wrong price" in halted["lead"]
    assert desk.ask("anna", "POST", f"/campaigns/{free['id']}/revive")[0] == 202
    assert not desk.hq.force().is_halted(free["id"])


def test_conflicts_and_a_preview_before_anything_is_published(desk: Desk) -> None:
    desk.hq.published("campaign", "hq-spring", SPRING)
    noon = {"body": {**SPRING, "name": "Noon", "when": "12:00-13:00", "priority": 70}}
    _, met = desk.ask("elsa", "POST", "/conflicts", {"id": "hq-noon", "content": noon})
    assert (met["stores"], met["blocks"], met["sentence"]) == (3, False, "It meets one campaign and wins.")
    assert [(m["name"], m["relation"], m["store_count"]) for m in met["meetings"]] == [("Spring", "over", 3)]
    tie = {"body": {**noon["body"], "priority": 60}}
    _, tied = desk.ask("elsa", "POST", "/conflicts", {"id": "hq-noon", "content": tie})
    assert (tied["blocks"], tied["meetings"][0]["relation"]) == (True, "tie")

    dim = {"body": {**BRIGHT, "scene": {"light": {"on": True, "brightness_pct": 40}}}}
    for place in ("lund", "example:gotgatan"):
        status, shown = desk.ask("elsa", "POST", "/preview", {
            "kind": "profile", "id": "hq-bright", "content": dim, "place": place, "day": "2026-11-04"})
        assert status == 200, shown
        if place == "lund":
            assert shown["sentence"].startswith("It would feel different in ")
            assert {each["zone"] for each in shown["after"]} == {"sales", "fitting", "till"}
            assert shown["before"] != shown["after"]
    status, refused = desk.ask("elsa", "POST", "/preview", {
        "kind": "campaign", "id": "hq-noon", "content": noon, "place": "nowhere", "day": "2026-11-04"})
    assert (status, refused["error"]["sentence"]) == (404, "There is no store nowhere.")


def test_a_store_from_afar_and_what_is_asked_of_it(desk: Desk) -> None:
    _, fleet = desk.ask("vera", "GET", "/fleet")
    assert (fleet["sentence"], fleet["counts"]["right"]) == ("All 3 stores run what they should.", 3)
    assert [row["name"] for row in desk.ask("vera", "GET", "/fleet", text="fr city", country="FR")[1]["rows"]] == []
    assert [r["id"] for r in desk.ask("vera", "GET", "/fleet", text="city", country="FR")[1]["rows"]] == ["nice"]
    status, day = desk.ask("vera", "GET", "/stores/lund/timeline", zone="sales")
    assert (status, day["segments"][0]["zone"]) == (200, "sales")
    _, why = desk.ask("vera", "GET", "/stores/lund/explain", zone="sales", at="2026-11-03T12:00:00Z")
    assert why["layer"]["id"] == "day"
    assert desk.ask("vera", "POST", "/stores/lund/override", {"profile": "evening"})[0] == 403
    status, order = desk.ask("elsa", "POST", "/stores/lund/override", {"profile": "evening", "zones": ["sales"],
                                                                       "until": "minutes:30"})
    assert (status, order["state"]) == (202, "done")
    assert desk.ask("elsa", "DELETE", "/stores/lund/override", zone="sales")[0] == 202
    assert desk.ask("elsa", "POST", "/stores/lund/override", {"profile": "hq-none"})[0] == 422
    assert desk.ask("elsa", "POST", "/stores/lund/override", {"profile": "evening", "zones": ["attic"]})[0] == 404
    assert desk.ask("elsa", "GET", f"/orders/{order['number']}")[1]["sentence"] == "The store was asked."


def test_a_mistake_is_told_as_json_with_one_sentence(desk: Desk) -> None:
    for method, path, body, code in (
            ("GET", "/campaigns", None, 422), ("GET", "/drafts/poem/hq-x", None, 404),
            ("PUT", "/drafts/campaign/spring", {"content": {"body": {}}}, 422),
            ("PUT", "/drafts/campaign/hq-x", {"content": {}}, 422), ("PUT", "/drafts/campaign/hq-x", [], 422),
            ("POST", "/audience", {"selector": {"planets": ["earth"]}}, 422),
            ("POST", "/campaigns/hq-x/halt", {"reason": "x"}, 404),
            ("GET", "/orders/x", None, 404), ("GET", "/when", None, 422)):
        status, answer = desk.ask("anna", method, path, body)
        assert (status, len(answer["error"]["sentence"]) > 5) == (code, True), (path, answer)


def test_a_report_is_csv_and_the_record_is_paged(shop: HqShop) -> None:
    headers = token_header(shop.accounts.give_token(Person.VIEWER))
    client = shop.app.test_client()
    answer = client.get(f"{PREFIX}/reports/plays/csv?first=2026-04-01&last=2026-04-30", headers=headers)
    assert answer.mimetype == "text/csv"
    assert "plays-2026-04-01-2026-04-30.csv" in answer.headers["Content-Disposition"]
    assert answer.text.splitlines()[0].startswith("Store,")
    page = client.get(f"{PREFIX}/record?limit=2", headers=headers).get_json()
    assert len(page["lines"]) == 2
    more = client.get(f"{PREFIX}/record?limit=2&before={page['next_before']}", headers=headers).get_json()
    assert more["lines"][0]["number"] < page["lines"][-1]["number"]
    wrong = client.get(f"{PREFIX}/reports/plays?first=2026-04-30&last=2026-04-01", headers=headers)
    assert (wrong.status_code, "13 months" in wrong.get_json()["error"]["sentence"]) == (422, True)

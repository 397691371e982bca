"""Trying a plan over HTTP: the API for programs, and the page without script."""

from __future__ import annotations

import io
import threading
from pathlib import Path

import orjson
import pytest
from flask.testing import FlaskClient

from controller.dryrun.shapes import DryRun
from controller.errors import Conflict, Refused
from controller.ports import Actor
from profiles.limits import Person
from profiles.planwriter import write_plan
from tests.controller.shop import ELIN, MAJA
from tests.patience import PATIENCE_S
from tests.web.fakes import FakeAccounts, FakeStore, app_of, token_header
from tests.web.tried_shop import DUSK, TriedShop
from web.app import make_app

YAML = {"Content-Type": "application/yaml"}


@pytest.fixture
def shop() -> TriedShop:
    return TriedShop()


@pytest.fixture
def accounts() -> FakeAccounts:
    return FakeAccounts(maja=Person.MANAGER, elin=Person.STAFF)


@pytest.fixture
def client(shop: TriedShop, accounts: FakeAccounts) -> FlaskClient:
    return make_app(shop.services(accounts, Path("/nonexistent"))).test_client()


@pytest.fixture
def manager(accounts: FakeAccounts) -> dict[str, str]:
    return token_header(accounts.give_token(Person.MANAGER))


@pytest.fixture
def signed_in(client: FlaskClient, accounts: FakeAccounts) -> dict[str, str]:
    secret = accounts.enter("maja")
    client.set_cookie("sinne", secret)
    return {"csrf_token": accounts.csrf_of(secret)}


def tried_of(client: FlaskClient, manager: dict[str, str], text: str = DUSK) -> DryRun:
    answer = client.post("/api/v1/dry-run?days=1", data=text, headers={**manager, **YAML})
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def test_campaigns_are_tried_on_a_copy_and_nothing_changes(client, manager, shop):
    before = shop.store.memory.chain_head()
    said = tried_of(client, manager)
    assert said["version"] == 1
    assert said["energy"]["after_kwh"] < said["energy"]["before_kwh"]
    assert {change["zone"] for change in said["felt"]} == {"sales"}
    assert said["by_day"][0]["windows"][0]["what"] == "ambient light 74 → 40 %"
    assert (shop.store.memory.chain_head(), shop.version()) == (before, 1)


def test_a_plan_as_json_is_tried_alike(client, manager, shop):
    plan = shop.store.memory.plan_in_force().plan.model_dump(mode="json")
    answer = client.post("/api/v1/dry-run?days=1", data=orjson.dumps(plan),
                         headers={**manager, "Content-Type": "application/json"})
    assert answer.get_json()["felt"] == []
    assert answer.get_json()["digest"] == answer.get_json()["candidate"]


@pytest.mark.parametrize(("person", "code"), [
    (None, 401), (Person.VIEWER, 403), (Person.STAFF, 403), (Person.MANAGER, 200), (Person.ADMINISTRATOR, 200)])
def test_only_who_may_publish_may_try(client, accounts, shop, person, code):
    headers = {} if person is None else token_header(accounts.give_token(person))
    assert client.post("/api/v1/dry-run?days=1", data=DUSK, headers={**headers, **YAML}).status_code == code
    assert len(shop.runs) == (1 if code == 200 else 0)


@pytest.mark.parametrize(("query", "body", "kind", "code", "said"), [
    ("?days=0", DUSK, "application/yaml", 422, "days"),
    ("?days=32", DUSK, "application/yaml", 422, "days"),
    ("?weeks=1", DUSK, "application/yaml", 422, "weeks is not known"),
    ("", DUSK, "text/csv", 415, "application/yaml"),
    ("", "{", "application/json", 400, "not JSON"),
    ("", b"\xff", "application/yaml", 400, "UTF-8"),
    ("", "", "application/yaml", 422, "the file is empty"),
    ("", DUSK.replace("profile: dusk", "profile: dawn"), "application/yaml", 422,
     "plan.yaml:2: campaigns[0].profile: there is no profile “dawn”"),
])
def test_what_cannot_be_tried_is_said_in_a_sentence(client, manager, query, body, kind, code, said):
    answer = client.post(f"/api/v1/dry-run{query}", data=body, headers={**manager, "Content-Type": kind})
    assert (answer.status_code, said in answer.get_json()["error"]["sentence"]) == (code, True), answer.text


def test_one_at_a_time_and_the_second_is_told_to_wait(client, manager, shop):
    shop.gate.clear()
    first = threading.Thread(target=lambda: shop.dry_runs.try_out(DUSK, MAJA, 1))
    first.start()
    assert shop.under_way.wait(PATIENCE_S)
    assert shop.dry_runs.progress() == 0.4
    second = client.post("/api/v1/dry-run", data=DUSK, headers={**manager, **YAML})
    assert (second.status_code, int(second.headers["Retry-After"]) > 0) == (429, True)
    assert "Another plan is being tried" in second.get_json()["error"]["sentence"]
    shop.gate.set()
    first.join(PATIENCE_S)
    assert shop.dry_runs.progress() is None
    assert tried_of(client, manager)["days"] == 1


def test_a_store_without_the_door_has_neither_page_nor_address(accounts):
    client = app_of(FakeStore(), accounts).test_client()
    headers = token_header(accounts.give_token(Person.MANAGER))
    assert client.post("/api/v1/dry-run", data=DUSK, headers={**headers, **YAML}).status_code == 404
    client.set_cookie("sinne", accounts.enter("maja"))
    assert "/dry-run" not in client.get("/").text


def test_the_page_is_for_managers_and_in_their_bar_alone(client, accounts):
    client.set_cookie("sinne", accounts.enter("elin"))
    assert client.get("/dry-run").status_code == 403
    assert "Try a plan" not in client.get("/").text
    client.set_cookie("sinne", accounts.enter("maja"))
    assert 'href="/dry-run"' in client.get("/").text
    assert "Try a plan before the shop feels it." in client.get("/dry-run").text


def test_without_script_the_page_comes_back_with_the_outcome(client, signed_in):
    page = client.post("/dry-run", data={**signed_in, "text": DUSK, "days": "1"}).text
    for said in ("kWh less", "Sales floor", "light 74 → 40 %", "campaign Dusk added", "Publish it now", "id: dusk"):
        assert said in page


def test_a_file_is_tried_and_what_is_wrong_with_it_is_said_with_its_name(client, signed_in):
    broken = io.BytesIO(DUSK.replace("priority: 60", "priority: 600").encode())
    answer = client.post("/dry-run", data={**signed_in, "days": "1", "file": (broken, "spring.yaml")})
    assert answer.status_code == 422
    assert "spring.yaml:2: campaigns[0].priority" in answer.text


@pytest.mark.parametrize(("form", "said"), [
    ({"text": "", "days": "7"}, "There is nothing to try yet."),
    ({"text": DUSK, "days": "40"}, "A dry run is over 1 to 31 days, not 40."),
    ({"text": DUSK, "days": "soon"}, "A dry run is over 1 to 31 days, not 0."),
])
def test_a_form_that_is_wrong_says_what_would_be_right_and_keeps_the_text(client, signed_in, form, said):
    answer = client.post("/dry-run", data={**signed_in, **form})
    assert answer.status_code == 422
    assert said in answer.text
    assert ("id: dusk" in answer.text) is bool(form["text"])


def test_a_large_plan_fits_the_form_and_a_forged_one_is_refused(client, signed_in, shop):
    long = write_plan(shop.store.memory.plan_in_force().plan) + "# " + "x" * 200_000
    assert "nothing to publish" in client.post("/dry-run", data={**signed_in, "text": long, "days": "1"}).text
    forged = client.post("/dry-run", data={"text": DUSK, "days": "1", "csrf_token": "guess"})
    assert forged.status_code == 403


def test_what_was_tried_is_published_and_only_that(client, signed_in, manager, shop):
    run = tried_of(client, manager)
    form = {**signed_in, "tried": run["candidate"], "seen": "1", "days": "1"}
    other = client.post("/dry-run/publish", data={**form, "text": DUSK.replace("40", "45")})
    assert (other.status_code, shop.version()) == (409, 1)
    assert "not the one that was tried any more" in other.text
    answer = client.post("/dry-run/publish", data={**form, "text": DUSK})
    assert (answer.status_code, answer.headers["Location"], shop.version()) == (303, "/dry-run?published=2", 2)
    assert "Version 2 is in force now." in client.get("/dry-run?published=2").text
    assert shop.store.memory.plan_in_force().note == "campaign dusk, tried before"
    again = client.post("/dry-run/publish", data={**form, "text": DUSK})
    assert again.status_code == 409
    assert "compared with version 1, and version 2 by maja is in force by now" in again.text


def test_the_door_asks_for_the_role_itself(shop):
    with pytest.raises(Exception, match="manager"):
        shop.dry_runs.try_out(DUSK, ELIN, 1)
    with pytest.raises(Exception, match="manager"):
        shop.dry_runs.publish(DUSK, "", 1, Actor("Sam", Person.STAFF))
    with pytest.raises(Conflict):
        shop.dry_runs.publish(DUSK, "another", 1, MAJA)
    same = write_plan(shop.store.memory.plan_in_force().plan)
    with pytest.raises(Refused, match="nothing to publish"):
        shop.dry_runs.publish(same, shop.store.memory.plan_in_force().digest, 1, MAJA)

"""The API's view of past plans: versions, what differs, and one step back."""

from __future__ import annotations

from copy import deepcopy

import pytest
from flask.testing import FlaskClient

from controller.ports import Actor
from profiles.limits import Person
from tests.web.fakes import PLAN_DOCUMENT, FakeAccounts, FakeStore, app_of, token_header

MAJA = Actor("Maja", Person.MANAGER)


def louder() -> dict[str, object]:
    """The plan with the same source at 45 %."""
    document = deepcopy(PLAN_DOCUMENT)
    for zone in document["zones"]:  # type: ignore[attr-defined]
        zone["default"]["music"]["volume_pct"] = 45
    return document


@pytest.fixture
def store() -> FakeStore:
    store = FakeStore()
    store.publish(louder(), "louder", MAJA)
    return store


@pytest.fixture
def accounts() -> FakeAccounts:
    return FakeAccounts()


@pytest.fixture
def client(store, accounts) -> FlaskClient:
    return app_of(store, accounts).test_client()


@pytest.fixture
def manager(accounts) -> dict[str, str]:
    return token_header(accounts.give_token(Person.MANAGER))


def test_versions_come_newest_first_with_author_and_note(client, manager):
    said = client.get("/api/v1/plan/versions", headers=manager).get_json()["versions"]
    assert [(v["version"], v["author"], v["note"]) for v in said] == [(2, "Maja", "louder"), (1, "system", "first")]
    assert len(client.get("/api/v1/plan/versions?limit=1", headers=manager).get_json()["versions"]) == 1


def test_an_earlier_version_is_given_as_it_was(client, manager):
    answer = client.get("/api/v1/plan/versions/1", headers=manager)
    assert answer.headers["ETag"] == '"1"'
    assert answer.get_json()["zones"][0]["default"]["music"]["volume_pct"] == 30
    yaml = client.get("/api/v1/plan/versions/1", headers={**manager, "Accept": "application/yaml"})
    assert "volume_pct: 30" in yaml.text


@pytest.mark.parametrize("number", ["3", "0", "first", "1" * 30])
def test_a_version_that_never_was_is_not_found(client, manager, number):
    answer = client.get(f"/api/v1/plan/versions/{number}", headers=manager)
    assert answer.status_code == 404
    assert "version" in answer.get_json()["error"]["sentence"]


def test_the_difference_is_that_of_the_last_two_unless_named(client, manager):
    said = client.get("/api/v1/plan/difference", headers=manager).get_json()
    assert {felt["zone"] for felt in said["felt"]} == {"entrance", "sales-floor", "fitting-rooms", "cafe"}
    first = said["felt"][0]
    assert (first["fields"], first["before"], first["after"], first["count"]) == (["music.volume_pct"], 30, 45, 1)
    assert first["sentence"] == "Entrance, at all times: music 30 → 45 %"
    assert "zone Entrance changed: default" in said["parts"]
    back = client.get("/api/v1/plan/difference?before=2&after=1&days=7", headers=manager).get_json()
    assert back["felt"][0]["sentence"] == "Entrance, at all times: music 45 → 30 %"
    assert back["felt"][0]["hours"] == 7 * 24


def test_a_difference_needs_two_versions_and_a_span(client, manager):
    assert client.get("/api/v1/plan/difference?after=1", headers=manager).status_code == 404
    assert client.get("/api/v1/plan/difference?before=9", headers=manager).status_code == 404
    assert client.get("/api/v1/plan/difference?days=0", headers=manager).status_code == 422
    assert client.get("/api/v1/plan/difference?days=400", headers=manager).status_code == 422


def test_a_document_is_compared_before_it_is_published(client, manager, store):
    said = client.post("/api/v1/plan/difference?days=2", json=PLAN_DOCUMENT, headers=manager)
    assert said.get_json()["felt"][0]["sentence"] == "Entrance, at all times: music 45 → 30 %"
    assert len(store.published) == 2
    assert client.post("/api/v1/plan/difference", json={"zones": 1}, headers=manager).status_code == 422


def test_going_back_publishes_the_earlier_plan_as_the_next_version(client, manager, store):
    made = client.post("/api/v1/plan/rollback", json={"version": 1}, headers=manager)
    assert made.status_code == 200
    assert made.get_json()["version"] == 3
    assert store.published[-1].digest == store.published[0].digest
    assert "1" in store.published[-1].note


def test_going_back_to_what_is_in_force_or_never_was_is_refused(client, manager, store):
    assert client.post("/api/v1/plan/rollback", json={"version": 2}, headers=manager).status_code == 422
    assert client.post("/api/v1/plan/rollback", json={"version": 7}, headers=manager).status_code == 404
    assert client.post("/api/v1/plan/rollback", json={}, headers=manager).status_code == 422
    assert len(store.published) == 2

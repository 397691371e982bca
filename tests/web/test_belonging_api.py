"""To whom a store belongs, by the API and on the page: who may look, who may change it, what a shop reads."""

from __future__ import annotations

from dataclasses import replace

import pytest

from controller.errors import Refused
from controller.hq.link.doors import BelongingShown
from profiles.limits import Person
from tests.web.fakes import FakeAccounts, FakeStore, services_of, token_header
from web.app import make_app

SHOWN = BelongingShown("acme", "mqtts://hq.example", "staff", True, None, "Connected to HQ (acme) since 14:02.")


class FakeBelonging:
    """The door `Belonging` over nothing at all."""

    def __init__(self, shown=None):
        self._shown, self.asked = shown, []

    def shown(self):
        return self._shown

    def enrol(self, bundle, grant, actor):
        if "store" not in bundle:
            raise Refused("This is no enrolment bundle.")
        self.asked.append(("enrol", bundle["store"], grant, actor.name))
        self._shown = replace(SHOWN, grant=grant)
        return self._shown

    def leave(self, actor):
        self.asked.append(("leave", actor.name))
        self._shown = None

    def grant(self, grant, actor):
        self.asked.append(("grant", grant, actor.name))
        return replace(SHOWN, grant=grant)


class LinkedStore(FakeStore):
    def store(self):
        return replace(super().store(), hq=SHOWN)

    def health(self):
        return replace(super().health(), hq_connected=False)


@pytest.fixture
def door():
    return FakeBelonging()


@pytest.fixture
def ask(door):
    accounts = FakeAccounts()
    client = make_app(replace(services_of(FakeStore(), accounts), belonging=door)).test_client()

    def asked(method, path, body=None, person=Person.ADMINISTRATOR):
        return client.open(f"/api/v1{path}", method=method, json=body,
                           headers=token_header(accounts.give_token(person)))
    return asked


def test_a_store_of_nobody_says_so(ask):
    answer = ask("GET", "/hq", person=Person.VIEWER)
    assert (answer.status_code, answer.json["error"]["sentence"]) == (404, "This store belongs to no HQ.")


def test_an_administrator_enrols_grants_and_leaves(ask, door):
    enrolled = ask("PUT", "/hq", {"bundle": {"store": "shop"}, "grant": "viewer"})
    assert (enrolled.status_code, enrolled.json["organisation"], enrolled.json["grant"]) == (200, "acme", "viewer")
    assert ask("GET", "/hq", person=Person.VIEWER).json["sentence"] == "Connected to HQ (acme) since 14:02."
    assert ask("POST", "/hq/grant", {"grant": "manager"}).json["grant"] == "manager"
    assert ask("DELETE", "/hq").json == {"left": True}
    assert [each[0] for each in door.asked] == ["enrol", "grant", "leave"]


def test_nobody_else_may(ask, door):
    for person in (Person.VIEWER, Person.STAFF, Person.MANAGER):
        for method, path, body in (("PUT", "/hq", {"bundle": {}}), ("POST", "/hq/grant", {"grant": "staff"}),
                                   ("DELETE", "/hq", None)):
            assert ask(method, path, body, person).status_code == 403
    assert door.asked == []


def test_what_is_wrong_is_one_sentence(ask, door):
    assert ask("PUT", "/hq", {"bundle": {}}).json["error"]["sentence"] == "This is no enrolment bundle."
    assert ask("PUT", "/hq", {"bundle": {"store": "x"}, "grant": "administrator"}).status_code == 422
    assert ask("PUT", "/hq", {}).status_code == 422
    assert door.asked == []


def test_the_head_of_the_page_says_how_the_line_is_and_health_knows_it():
    accounts = FakeAccounts(elin=Person.STAFF)
    client = make_app(services_of(LinkedStore(), accounts)).test_client()
    client.set_cookie("sinne", accounts.enter("elin"))
    assert "Connected to HQ (acme) since 14:02." in client.get("/").text
    found = client.get("/health")
    assert (found.status_code, found.json["hq_connected"]) == (200, False)
    assert "sinne_hq_connected 0.0" in client.get("/metrics").text


def test_a_store_of_nobody_speaks_of_no_hq():
    accounts = FakeAccounts(elin=Person.STAFF)
    client = make_app(services_of(FakeStore(), accounts)).test_client()
    client.set_cookie("sinne", accounts.enter("elin"))
    assert 'id="hq"' not in client.get("/").text
    assert "hq_connected" not in client.get("/health").json
    assert "sinne_hq_connected" not in client.get("/metrics").text

"""The addresses of announcements: the list, and saying one now, by role and with its refusals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from controller.doors import AnnouncementShown
from controller.errors import NotFound, Refused
from controller.ports import Actor
from profiles.limits import Person
from tests.web.fakes import FakeAccounts, FakeStore, services_of, token_header
from web.app import make_app

CLOSING = AnnouncementShown("closing", "Closing", "We close.", "duck", ("cafe",), False,
                            datetime(2026, 4, 16, 16, 45, tzinfo=UTC), None, "")


class Door:
    def __init__(self) -> None:
        self.said: list[tuple[str, tuple[str, ...] | None, str]] = []
        self.refusal: Exception | None = None

    def announcements(self) -> list[AnnouncementShown]:
        return [CLOSING]

    def announce(self, announcement: str, zones: Sequence[str] | None, actor: Actor) -> AnnouncementShown:
        if self.refusal is not None:
            raise self.refusal
        self.said.append((announcement, None if zones is None else tuple(zones), actor.name))
        return replace(CLOSING, last_words="said 14:00")


@pytest.fixture
def door() -> Door:
    return Door()


@pytest.fixture
def ask(door):
    accounts = FakeAccounts(stina=Person.STAFF)
    app = make_app(replace(services_of(FakeStore(), accounts), announcements=door))

    def asking(method: str, path: str, person: Person = Person.STAFF, **more):
        headers = token_header(accounts.give_token(person))
        return app.test_client().open(f"/api/v1{path}", method=method, headers=headers, **more)

    return asking


def test_the_list_says_when_each_is_said_next(ask):
    answer = ask("GET", "/announcements", Person.VIEWER)
    assert answer.status_code == 200
    (found,) = answer.json["announcements"]
    assert (found["id"], found["zones"], found["next_at"]) == ("closing", ["cafe"], "2026-04-16T16:45:00Z")


def test_an_empty_body_says_it_in_all_of_its_zones(ask, door):
    answer = ask("POST", "/announcements/closing")
    assert (answer.status_code, answer.json["last_words"]) == (201, "said 14:00")
    assert door.said[0][:2] == ("closing", None)


def test_zones_can_be_named(ask, door):
    assert ask("POST", "/announcements/closing", json={"zones": ["cafe"]}).status_code == 201
    assert door.said[0][1] == ("cafe",)
    assert ask("POST", "/announcements/closing", json={"zones": []}).status_code == 422
    assert ask("POST", "/announcements/closing", json={"where": "here"}).status_code == 422


def test_a_viewer_may_look_and_not_announce(ask, door):
    assert ask("POST", "/announcements/closing", Person.VIEWER).status_code == 403
    assert door.said == []


@pytest.mark.parametrize(("refusal", "code"), [
    (Refused("It is a quiet hour."), 422), (NotFound("There is no announcement lunch."), 404)])
def test_a_refusal_is_its_sentence(ask, door, refusal, code):
    door.refusal = refusal
    answer = ask("POST", "/announcements/closing")
    assert (answer.status_code, answer.json["error"]["sentence"]) == (code, str(refusal))


def test_a_store_without_the_door_says_so():
    accounts = FakeAccounts(stina=Person.STAFF)
    client = make_app(services_of(FakeStore(), accounts)).test_client()
    answer = client.get("/api/v1/announcements", headers=token_header(accounts.give_token(Person.STAFF)))
    assert answer.status_code == 404

"""The store's time over HTTP: expressions, calendars with their tags, addresses by a secret, days taken in."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from icalendar import Calendar

from controller.accounts import Accounts
from controller.calendars.store_calendar import StoreCalendar
from controller.errors import Conflict, Forbidden, Refused
from controller.planning import StorePlanning
from controller.ports import Actor
from profiles.limits import Person
from tests.controller.calendar_shop import calendar_plan
from tests.controller.shop import Shop
from tests.web.fakes import FakeAccounts, FakeStore, services_of, token_header
from web.app import make_app

MAJA = Actor("Maja", Person.MANAGER)
EVE = (b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART;VALUE=DATE:20261231\r\n"
       b"SUMMARY:Open 10:00-15:00: New Year's Eve\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")


@pytest.fixture
def shop() -> Shop:
    return Shop(calendar_plan(), datetime(2026, 11, 22, 12, tzinfo=UTC))


@pytest.fixture
def accounts(shop: Shop) -> Accounts:
    return Accounts(shop.memory.people, shop.clock, shop.memory.record)


@pytest.fixture
def app(shop: Shop, accounts: Accounts) -> Flask:
    calendar = StoreCalendar(shop.memory, StorePlanning(shop.memory, shop.engine, shop.clock), shop.clock)
    return make_app(replace(services_of(FakeStore(), accounts), calendar=calendar))


@pytest.fixture
def anybody(app: Flask) -> FlaskClient:
    return app.test_client()


def as_person(app: Flask, accounts: Accounts, person: Person) -> FlaskClient:
    client = app.test_client()
    secret = accounts.make_token(person.value, person, Actor("Ada", Person.ADMINISTRATOR))
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {secret}"
    return client


@pytest.fixture
def viewer(app: Flask, accounts: Accounts) -> FlaskClient:
    return as_person(app, accounts, Person.VIEWER)


@pytest.fixture
def manager(app: Flask, accounts: Accounts) -> FlaskClient:
    return as_person(app, accounts, Person.MANAGER)


# -- expressions and quiet hours


def test_an_expression_comes_back_in_words_with_its_occurrences(viewer: FlaskClient) -> None:
    answer = viewer.get("/api/v1/when", query_string={"text": "Sa[1] opening..opening+01:00", "count": 2}).json
    assert answer["words"]["fr"] == "le premier samedi de chaque mois de l’ouverture à une heure après l’ouverture"
    assert answer["occurrences"] == [{"start": "2026-12-05T09:00:00Z", "end": "2026-12-05T10:00:00Z"},
                                     {"start": "2027-01-02T09:00:00Z", "end": "2027-01-02T10:00:00Z"}]
    assert (answer["problem"], answer["column"]) == (None, None)


def test_what_is_wrong_with_an_expression_has_its_column(viewer: FlaskClient) -> None:
    answer = viewer.get("/api/v1/when?text=Feb 30 10:00-12:00")
    assert answer.status_code == 200
    assert (answer.json["words"], answer.json["occurrences"], answer.json["column"]) == ({}, [], 5)
    assert "does not exist" in answer.json["problem"]
    assert viewer.get("/api/v1/when").status_code == 422
    assert viewer.get("/api/v1/when?text=24/7&count=101").status_code == 422


def test_quiet_hours_that_are_published_are_told(viewer: FlaskClient) -> None:
    (quiet,) = viewer.get("/api/v1/quiet-hours").json["quiet_hours"]
    assert (quiet["id"], quiet["kept_pct"], quiet["measured"]) == ("calm", None, 0)
    assert quiet["next"][0] == ["2026-11-24T09:00:00Z", "2026-11-24T10:00:00Z"]


# -- calendars out


@pytest.mark.parametrize("path", ["/api/v1/calendar.ics", "/api/v1/zones/till/calendar.ics"])
def test_a_calendar_is_for_who_may_look_and_has_a_tag(viewer: FlaskClient, anybody: FlaskClient, path: str) -> None:
    assert anybody.get(path).status_code == 401
    answer = viewer.get(path)
    assert answer.content_type == "text/calendar; charset=utf-8"
    assert answer.headers["Cache-Control"] == "private, max-age=300"
    assert len(Calendar.from_ical(answer.get_data(as_text=True)).walk("VEVENT")) > 300
    again = viewer.get(path, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.get_data()) == (304, b"")
    assert viewer.get("/api/v1/zones/cellar/calendar.ics").status_code == 404


def test_the_quiet_hours_are_for_everybody_and_only_the_published_ones(anybody: FlaskClient) -> None:
    answer = anybody.get("/quiet-hours.ics")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    text = answer.get_data(as_text=True)
    assert {str(entry["SUMMARY"]) for entry in Calendar.from_ical(text).walk("VEVENT")} == {"Calm hour"}
    assert "Training" not in text
    assert "Fig weeks" not in text
    assert anybody.get("/quiet-hours.ics", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert anybody.post("/quiet-hours.ics").status_code == 405


# -- addresses by a secret


def test_a_secret_address_opens_calendars_until_it_is_revoked(
    accounts: Accounts, anybody: FlaskClient, viewer: FlaskClient
) -> None:
    secret = accounts.make_calendar_address("Maja's phone", MAJA)
    store, zone = f"/calendar/{secret}/store.ics", f"/calendar/{secret}/zones/till.ics"
    assert anybody.get(store).get_data() == viewer.get("/api/v1/calendar.ics").get_data()
    assert anybody.get(zone).get_data() == viewer.get("/api/v1/zones/till/calendar.ics").get_data()
    assert anybody.get(store).headers["X-Robots-Tag"] == "noindex"
    assert anybody.get(store).headers["Cache-Control"].startswith("private")
    assert anybody.get(f"/calendar/{secret}/zones/cellar.ics").status_code == 404
    accounts.revoke_token("calendar Maja's phone", MAJA)
    assert anybody.get(store).status_code == anybody.get(zone).status_code == 404


def test_a_secret_of_calendars_is_no_token_and_a_token_no_secret_of_calendars(
    accounts: Accounts, anybody: FlaskClient
) -> None:
    secret = accounts.make_calendar_address("phone", MAJA)
    token = accounts.make_token("till", Person.VIEWER, MAJA)
    assert anybody.get("/api/v1/zones", headers=token_header(secret)).status_code == 401
    assert anybody.get("/metrics", headers=token_header(secret), environ_base={"REMOTE_ADDR": "192.0.2.7"}
                       ).status_code == 401
    assert anybody.get(f"/calendar/{token}/store.ics").status_code == 404
    assert anybody.get("/calendar/sinnecal_guess/store.ics").status_code == 404
    assert accounts.actor_of_token(secret) is None
    assert accounts.reader_of_calendars(token) is None


def test_only_the_hash_of_a_secret_is_kept_and_neither_journal_nor_list_has_it(shop: Shop, accounts: Accounts) -> None:
    secret = accounts.make_calendar_address("phone", MAJA)
    assert secret not in repr(accounts.tokens())
    assert secret not in repr(shop.memory.journal())
    entry = shop.memory.newest_entry()
    assert entry is not None
    assert (entry.kind, dict(entry.body)) == (
        "calendar.address-made", {"label": "calendar phone", "person": "viewer", "by": "Maja"})


def test_addresses_are_made_by_managers_and_each_label_once(accounts: Accounts) -> None:
    with pytest.raises(Forbidden, match="manager"):
        accounts.make_calendar_address("phone", Actor("Elin", Person.STAFF))
    accounts.make_calendar_address("phone", MAJA)
    with pytest.raises(Conflict, match="calendar phone"):
        accounts.make_calendar_address("phone", MAJA)
    with pytest.raises(Refused, match="1 to 60"):
        accounts.make_calendar_address("x" * 60, MAJA)
    with pytest.raises(Refused, match="Name what"):
        accounts.make_calendar_address(" ", MAJA)


# -- days taken in


@pytest.mark.real
def test_a_manager_takes_days_in_once(shop: Shop, manager: FlaskClient) -> None:
    path = "/api/v1/calendar/exceptions"
    answer = manager.post(path, data=EVE, content_type="text/calendar; charset=utf-8")
    assert (answer.status_code, answer.json) == (200, {
        "version": 2, "added": ["2026-12-31: open 10:00-15:00 (New Year's Eve)"], "replaced": [], "left_out": []})
    assert manager.post(path, data=EVE, content_type="text/calendar").json["version"] is None
    assert manager.post(f"{path}?as=holidays", data=EVE, content_type="text/calendar").json["version"] == 3
    version = shop.memory.plan_in_force()
    assert version is not None
    assert (version.version, version.author, len(version.plan.store.exceptions), len(version.plan.store.holidays)) == (
        3, "token manager", 3, 1)


def test_what_is_no_calendar_is_refused_and_nothing_happens(
    shop: Shop, manager: FlaskClient, viewer: FlaskClient
) -> None:
    path = "/api/v1/calendar/exceptions"
    assert viewer.post(path, data=EVE, content_type="text/calendar").status_code == 403
    assert manager.post(path, data=EVE, content_type="application/json").status_code == 415
    assert manager.post(f"{path}?as=birthdays", data=EVE, content_type="text/calendar").status_code == 422
    refused = manager.post(path, data=b"hello", content_type="text/calendar")
    assert (refused.status_code, refused.json["error"]["sentence"]) == (
        422, "This is no calendar file: one begins with BEGIN:VCALENDAR.")
    assert manager.post(path, data=b"x" * (1024 * 1024 + 1), content_type="text/calendar").status_code == 413
    version = shop.memory.plan_in_force()
    assert version is not None
    assert version.version == 1


def test_a_store_without_a_calendar_says_so() -> None:
    accounts = FakeAccounts(stina=Person.STAFF)
    client = make_app(replace(services_of(FakeStore(), accounts), calendar=None)).test_client()
    headers = token_header(accounts.give_token(Person.VIEWER))
    for path in ("/api/v1/when?text=24/7", "/api/v1/quiet-hours", "/api/v1/calendar.ics", "/quiet-hours.ics"):
        assert client.get(path, headers=headers).status_code == 404

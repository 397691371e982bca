"""Who may do what: every route by every role, forged requests, foreign hosts, the first run."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from controller.accounts import Accounts
from controller.ports import Actor
from profiles.limits import STORE_ROLES, Person
from tests.controller.memory_fake import FakeMemory, SteeredClock
from tests.web.fakes import FakeAccounts, FakeStore, app_of, token_header
from web.auth import needed_by
from web.views.sign_in import own_address

VIEWER, STAFF, MANAGER, ADMINISTRATOR = Person.VIEWER, Person.STAFF, Person.MANAGER, Person.ADMINISTRATOR

#: Every route of the application, and the least role that it lets in; None: no sign-in. A route that is missing here
#: fails, and so does one that is here and nowhere else.
ROUTES: dict[tuple[str, str], Person | None] = {
    ("GET", "/static/dist/<path:name>"): None,
    ("GET", "/sign-in"): None,
    ("POST", "/sign-in"): None,
    ("POST", "/sign-out"): VIEWER,
    ("GET", "/set-up"): None,
    ("POST", "/set-up"): None,
    ("GET", "/health"): None,
    ("GET", "/metrics"): None,
    ("GET", "/"): VIEWER,
    ("GET", "/now/fragment"): VIEWER,
    ("GET", "/now/desk"): VIEWER,
    ("GET", "/now/why"): VIEWER,
    ("POST", "/now/press"): STAFF,
    ("POST", "/now/nudge"): STAFF,
    ("POST", "/now/undo"): STAFF,
    ("POST", "/now/end"): STAFF,
    ("POST", "/now/stop"): STAFF,
    ("POST", "/now/resume"): STAFF,
    ("POST", "/now/announce"): STAFF,
    ("GET", "/today"): VIEWER,
    ("POST", "/today/end"): STAFF,
    ("POST", "/today/longer"): STAFF,
    ("GET", "/in-the-air"): None,
    ("GET", "/cues"): VIEWER,
    ("POST", "/cues/mark"): STAFF,
    ("GET", "/api/v1/cues"): VIEWER,
    ("POST", "/api/v1/cues/<cue>"): STAFF,
    ("GET", "/quiet-hours.ics"): None,
    ("GET", "/calendar/<secret>/store.ics"): None,
    ("GET", "/calendar/<secret>/zones/<zone>.ics"): None,
    ("GET", "/api/v1/store"): VIEWER,
    ("GET", "/api/v1/zones"): VIEWER,
    ("GET", "/api/v1/zones/<zone>"): VIEWER,
    ("GET", "/api/v1/zones/<zone>/moods"): VIEWER,
    ("GET", "/api/v1/zones/<zone>/ends"): VIEWER,
    ("POST", "/api/v1/zones/<zone>/override"): STAFF,
    ("DELETE", "/api/v1/zones/<zone>/override"): STAFF,
    ("POST", "/api/v1/zones/<zone>/nudge"): STAFF,
    ("POST", "/api/v1/override"): STAFF,
    ("GET", "/api/v1/presses"): VIEWER,
    ("POST", "/api/v1/undo"): STAFF,
    ("GET", "/api/v1/devices"): VIEWER,
    ("POST", "/api/v1/devices/<device>/identify"): STAFF,
    ("GET", "/api/v1/announcements"): VIEWER,
    ("POST", "/api/v1/announcements/<announcement>"): STAFF,
    ("GET", "/api/v1/stop"): VIEWER,
    ("POST", "/api/v1/stop"): STAFF,
    ("DELETE", "/api/v1/stop"): STAFF,
    ("GET", "/api/v1/timeline"): VIEWER,
    ("GET", "/api/v1/explain"): VIEWER,
    ("GET", "/api/v1/plan"): VIEWER,
    ("PUT", "/api/v1/plan"): MANAGER,
    ("GET", "/api/v1/plan/versions"): VIEWER,
    ("GET", "/api/v1/plan/versions/<version>"): VIEWER,
    ("GET", "/api/v1/plan/difference"): VIEWER,
    ("POST", "/api/v1/plan/difference"): MANAGER,
    ("POST", "/api/v1/plan/rollback"): MANAGER,
    ("POST", "/api/v1/dry-run"): MANAGER,
    ("GET", "/api/v1/hq"): VIEWER,
    ("PUT", "/api/v1/hq"): ADMINISTRATOR,
    ("DELETE", "/api/v1/hq"): ADMINISTRATOR,
    ("POST", "/api/v1/hq/grant"): ADMINISTRATOR,
    ("GET", "/dry-run"): MANAGER,
    ("POST", "/dry-run"): MANAGER,
    ("GET", "/dry-run/progress"): MANAGER,
    ("POST", "/dry-run/publish"): MANAGER,
    ("GET", "/api/v1/when"): VIEWER,
    ("GET", "/api/v1/quiet-hours"): VIEWER,
    ("GET", "/api/v1/calendar.ics"): VIEWER,
    ("GET", "/api/v1/zones/<zone>/calendar.ics"): VIEWER,
    ("POST", "/api/v1/calendar/exceptions"): MANAGER,
    ("GET", "/api/v1/events"): VIEWER,
    ("GET", "/api/v1/openapi.json"): VIEWER,
}

ROLES = (None, *STORE_ROLES)
HERE = {"zone": "cafe", "device": "lamp-1", "cue": "tray", "name": "nothing.js", "secret": "sinnecal_made-up"}


@pytest.fixture
def store() -> FakeStore:
    return FakeStore()


@pytest.fixture
def accounts() -> FakeAccounts:
    return FakeAccounts(vera=Person.VIEWER, stina=Person.STAFF, mats=Person.MANAGER, anna=Person.ADMINISTRATOR)


@pytest.fixture
def app(store, accounts) -> Flask:
    return app_of(store, accounts)


@pytest.fixture
def client(app) -> FlaskClient:
    return app.test_client()


def names_by_role() -> dict[Person, str]:
    return {Person.VIEWER: "vera", Person.STAFF: "stina", Person.MANAGER: "mats", Person.ADMINISTRATOR: "anna"}


def signed_in(app: Flask, accounts: FakeAccounts, name: str) -> tuple[FlaskClient, str]:
    """A browser of somebody, and the CSRF token of its session."""
    client, secret = app.test_client(), accounts.enter(name)
    client.set_cookie("sinne", secret)
    return client, accounts.csrf_of(secret)


def routes_of(app: Flask) -> set[tuple[str, str]]:
    return {(method, rule.rule) for rule in app.url_map.iter_rules() for method in rule.methods - {"HEAD", "OPTIONS"}}


def address_of(rule: str) -> str:
    for name, value in HERE.items():
        rule = rule.replace(f"<{name}>", value).replace(f"<path:{name}>", value)
    return rule


def test_every_route_is_in_the_table_and_the_table_has_no_other(app):
    assert routes_of(app) == set(ROUTES)


def test_every_view_needs_what_the_table_says(app):
    for rule in app.url_map.iter_rules():
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            assert needed_by(app, rule.endpoint) == (ROUTES[method, rule.rule],), rule


def test_no_route_changes_something_by_get(app):
    for method, rule in routes_of(app):
        assert method in {"GET", "POST", "PUT", "DELETE"}
        changes = {"override", "undo", "nudge", "sign-out", "press", "resume"} & set(rule.split("/"))
        assert not (method == "GET" and changes)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("method", "rule"), list(ROUTES))
def test_role_by_session(app, accounts, method, rule, role):
    needed = ROUTES[method, rule]
    if role is None:
        client, headers = app.test_client(), {}
    else:
        client, csrf = signed_in(app, accounts, names_by_role()[role])
        headers = {"X-CSRF-Token": csrf}
    answer = client.open(address_of(rule), method=method, headers=headers)
    is_api = rule.startswith("/api/")
    if needed is None:
        assert answer.status_code not in (401, 500)
        assert (method, rule, answer.status_code) == ("POST", "/sign-in", 403) or answer.status_code != 403
    elif role is None and method == "GET" and not is_api:
        assert (answer.status_code, answer.headers["Location"][:8]) == (303, "/sign-in")
    elif role is None:
        assert answer.status_code == 401
    elif not role.may(needed):
        assert answer.status_code == 403
        assert needed.value in answer.get_data(as_text=True)
    else:
        assert answer.status_code not in (401, 403, 500)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("method", "rule"), [one for one in ROUTES if one[1].startswith("/api/")])
def test_role_by_token(client, accounts, method, rule, role):
    headers = token_header(accounts.give_token(role)) if role is not None else token_header("made-up")
    answer = client.open(address_of(rule), method=method, headers=headers)
    if role is None:
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    elif not role.may(ROUTES[method, rule]):
        assert answer.status_code == 403
    else:
        assert answer.status_code not in (401, 403, 500)


def test_a_route_that_says_nothing_is_closed_to_everybody(app, accounts):
    app.add_url_rule("/forgotten", "forgotten", lambda: "open")
    client, _ = signed_in(app, accounts, "anna")
    assert client.get("/forgotten").status_code == 403


def test_role_is_that_of_now_not_of_the_sign_in(app, accounts, store):
    client, csrf = signed_in(app, accounts, "mats")
    accounts.demote("mats", Person.VIEWER)
    assert client.post("/api/v1/stop", headers={"X-CSRF-Token": csrf}).status_code == 403
    assert store.stops() == []


@pytest.mark.parametrize("sent", [None, "", "wrong", "é"])
def test_session_without_its_csrf_token_changes_nothing(app, accounts, store, sent):
    client, _ = signed_in(app, accounts, "stina")
    headers = {} if sent is None else {"X-CSRF-Token": sent.encode().decode("latin-1")}
    assert client.post("/api/v1/stop", headers=headers).status_code == 403
    assert store.stops() == []


def test_csrf_token_of_another_session_is_refused(app, accounts, store):
    client, _ = signed_in(app, accounts, "stina")
    _, of_another = signed_in(app, accounts, "anna")
    assert client.post("/api/v1/stop", headers={"X-CSRF-Token": of_another}).status_code == 403
    assert store.stops() == []


def test_csrf_token_as_a_form_field_is_taken(app, accounts):
    client, csrf = signed_in(app, accounts, "stina")
    answer = client.post("/sign-out", data={"csrf_token": csrf})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in")


@pytest.mark.parametrize("headers", [
    {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"},
    {"Origin": "null"}, {"Origin": "http://localhost:9999"},
])
def test_another_site_changes_nothing_even_with_the_right_token(app, accounts, store, headers):
    client, csrf = signed_in(app, accounts, "stina")
    assert client.post("/api/v1/stop", headers={"X-CSRF-Token": csrf, **headers}).status_code == 403
    assert store.stops() == []
    form = {"name": "stina", "password": "stina-password"}
    assert "Set-Cookie" not in app.test_client().post("/sign-in", data=form, headers=headers).headers


def test_token_needs_no_csrf_and_its_cookie_is_not_looked_at(app, accounts, store):
    client, _ = signed_in(app, accounts, "anna")
    viewer = token_header(accounts.give_token(Person.VIEWER))
    assert client.post("/api/v1/stop", headers=viewer).status_code == 403
    assert client.post("/api/v1/stop", headers=token_header("made-up")).status_code == 401
    assert client.post("/api/v1/stop", headers=token_header(accounts.give_token(Person.STAFF))).status_code == 201
    assert [actor.name for actor in store.actors[1:]] == ["token staff"]


@pytest.mark.parametrize("header", ["Basic dXNlcjpwYXNz", "Bearer", "Bearer ", "token-1", ""])
def test_other_authorisation_is_nobody(client, header):
    assert client.get("/api/v1/zones", headers={"Authorization": header}).status_code == 401


def test_revoked_token_is_nobody(client, accounts):
    token = accounts.give_token(Person.STAFF)
    assert client.get("/api/v1/zones", headers=token_header(token)).status_code == 200
    accounts.revoke(token)
    assert client.get("/api/v1/zones", headers=token_header(token)).status_code == 401


@pytest.mark.parametrize("host", ["localhost", "localhost:8080", "127.0.0.1:8080", "[::1]:8080", "LOCALHOST"])
def test_plain_panel_answers_to_localhost(client, host):
    assert client.get("/health", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", [
    "evil.example", "evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example", "10.0.0.7", "[::2]",
    "[::1", "",
])
def test_plain_panel_answers_to_no_other_name(client, host):
    answer = client.get("/health", headers={"Host": host})
    assert answer.status_code == 400


def test_panel_with_tls_answers_to_the_names_of_its_store(store, accounts):
    client = app_of(store, accounts, secure=True).test_client()
    assert client.get("/health", base_url="https://store-1.example").status_code == 200


def test_sign_in_gives_a_cookie_that_scripts_cannot_read(client):
    answer = client.post("/sign-in", data={"name": "stina", "password": "stina-password"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("sinne=")
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    assert client.get("/api/v1/zones").status_code == 200


def test_cookie_over_tls_is_bound_to_the_host(store, accounts):
    client = app_of(store, accounts, secure=True).test_client()
    answer = client.post("/sign-in", data={"name": "stina", "password": "stina-password"}, base_url="https://store-1")
    parts = answer.headers["Set-Cookie"].split("; ")
    assert parts[0].startswith("__Host-sinne=")
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(parts)
    assert not any(part.startswith("Domain") for part in parts)


def test_sign_in_ends_the_session_that_the_browser_had(app, accounts):
    client, _ = signed_in(app, accounts, "vera")
    before = client.get_cookie("sinne").value
    client.post("/sign-in", data={"name": "stina", "password": "stina-password"})
    assert accounts.actor_of_session(before) is None
    assert accounts.actor_of_session(client.get_cookie("sinne").value).name == "stina"


def test_wrong_password_is_told_in_the_form_and_the_name_kept(client):
    answer = client.post("/sign-in", data={"name": "stina", "password": "wrong"})
    assert answer.status_code == 403
    assert 'value="stina"' in answer.text
    assert "The name or the password is wrong." in answer.text
    assert "Set-Cookie" not in answer.headers


def test_throttled_sign_in_says_when_to_come_back(client, accounts):
    accounts.throttled_s = 7.2
    answer = client.post("/sign-in", data={"name": "stina", "password": "stina-password"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "8")


def test_sign_out_ends_the_session_here_and_in_the_browser(app, accounts):
    client, csrf = signed_in(app, accounts, "stina")
    secret = client.get_cookie("sinne").value
    client.post("/sign-out", data={"csrf_token": csrf})
    assert accounts.actor_of_session(secret) is None
    assert client.get_cookie("sinne") is None
    assert client.get("/").headers["Location"] == "/sign-in"


def test_a_full_disk_is_no_throttle(client, accounts):
    accounts.disk_full = True
    answer = client.post("/sign-in", data={"name": "stina", "password": "stina-password"})
    assert answer.status_code == 503
    assert "The disk is full. Nothing was changed." in answer.text


def test_who_leaves_a_tablet_is_signed_out_there_even_on_a_full_disk(app, accounts):
    client, csrf = signed_in(app, accounts, "stina")
    accounts.disk_full = True
    answer = client.post("/sign-out", data={"csrf_token": csrf})
    assert answer.status_code == 503
    assert "This browser is signed out." in answer.text
    assert client.get_cookie("sinne") is None
    assert client.get("/").headers["Location"] == "/sign-in"


def test_sign_in_leads_back_to_where_one_was(client):
    there = client.get("/now/desk?zone=cafe").headers["Location"]
    assert there == "/sign-in?next=%2Fnow%2Fdesk%3Fzone%3Dcafe"
    assert 'name="next" value="/now/desk?zone=cafe"' in client.get(there).text
    form = {"name": "stina", "password": "stina-password", "next": "/now/desk?zone=cafe"}
    assert client.post("/sign-in", data=form).headers["Location"] == "/now/desk?zone=cafe"


@pytest.mark.parametrize("wanted", [
    "https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)", "evil",
    "/\tevil", "/a\r\nSet-Cookie: x=y", "", "/sign-in", "/set-up?secret=x", "///evil.example", "/x\\..",
])
def test_sign_in_leads_nowhere_else(wanted):
    assert own_address(wanted) == "/"


def test_htmx_without_session_gets_a_way_to_sign_in_instead_of_a_page(client):
    answer = client.get("/now/fragment", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, "/sign-in")


class TestFirstRun:
    @pytest.fixture
    def accounts(self) -> FakeAccounts:
        return FakeAccounts()

    @pytest.mark.parametrize("address", ["/", "/sign-in", "/now/desk"])
    def test_every_page_leads_to_set_up(self, client, address):
        assert client.get(address).headers["Location"] == "/set-up"

    def test_without_the_link_the_page_says_where_it_is(self, client):
        answer = client.get("/set-up")
        assert "one-time link" in answer.text
        assert "<form" not in answer.text

    def test_link_makes_an_administrator_and_signs_in(self, client, accounts):
        assert accounts.secret in client.get(f"/set-up?secret={accounts.secret}").text
        form = {"secret": accounts.secret, "name": "anna", "password": "a long sentence"}
        answer = client.post("/set-up", data=form)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/")
        assert client.get("/").status_code == 200
        assert accounts.actor_of_session(client.get_cookie("sinne").value).person is Person.ADMINISTRATOR

    def test_looking_at_the_link_does_not_use_it_up(self, client, accounts):
        for _ in range(3):
            assert client.get(f"/set-up?secret={accounts.secret}").status_code == 200
        assert accounts.set_up_needed()

    def test_wrong_secret_makes_nobody(self, client, accounts):
        answer = client.post("/set-up", data={"secret": "guess", "name": "eve", "password": "a long sentence"})
        assert answer.status_code == 403
        assert accounts.set_up_needed()

    def test_weak_password_is_told_in_the_form(self, client, accounts):
        answer = client.post("/set-up", data={"secret": accounts.secret, "name": "anna", "password": "short"})
        assert answer.status_code == 422
        assert "8 characters at least" in answer.text
        assert accounts.set_up_needed()

    def test_set_up_is_closed_once_there_is_an_account(self, client, accounts):
        accounts.set_up(accounts.secret, "anna", "a long sentence")
        assert client.get(f"/set-up?secret={accounts.secret}").headers["Location"] == "/sign-in"
        form = {"secret": accounts.secret, "name": "eve", "password": "a long sentence"}
        assert client.post("/set-up", data=form).headers["Location"] == "/sign-in"
        assert "Set-Cookie" not in client.post("/set-up", data=form).headers

    def test_program_with_a_token_needs_no_set_up(self, client, accounts):
        assert client.get("/api/v1/zones").status_code == 401
        assert client.get("/api/v1/zones", headers=token_header(accounts.give_token(Person.VIEWER))).status_code == 200


def test_first_run_to_sign_in_with_the_real_accounts(store):
    memory = FakeMemory()
    accounts = Accounts(memory.people, SteeredClock(), memory.record)
    client = app_of(store, accounts).test_client()
    secret, password = accounts.set_up_secret(), "three blue lamps hum"
    form = {"secret": secret, "name": "Ida", "password": password}
    assert client.post("/set-up", data={**form, "secret": "guess"}).status_code == 403
    assert client.post("/set-up", data=form).headers["Location"] == "/"
    csrf = accounts.csrf_of(client.get_cookie("sinne").value)
    assert client.post("/api/v1/stop").status_code == 403
    assert client.post("/api/v1/stop", headers={"X-CSRF-Token": csrf}).json["by"] == "Ida"
    assert client.post("/sign-out", headers={"X-CSRF-Token": csrf}).headers["Location"] == "/sign-in"
    assert client.get("/api/v1/zones").status_code == 401
    assert client.post("/sign-in", data={"name": "ida", "password": password}).headers["Location"] == "/"
    token = accounts.make_token("till", Person.VIEWER, Actor("Ida", Person.ADMINISTRATOR))
    assert client.get("/api/v1/zones", headers=token_header(token)).status_code == 200
    assert client.post("/api/v1/stop", headers=token_header(token)).status_code == 403

"""The JSON API: what it gives, what it refuses and how it says so, health, metrics, headers, hostile text."""

from __future__ import annotations

import orjson
import pytest
from flask import Flask
from flask.testing import FlaskClient

from profiles.limits import Person
from profiles.plan import Plan
from profiles.planfile import read_plan, write_plan
from tests.web.fakes import PLAN_DOCUMENT, FakeAccounts, FakeStore, app_of, token_header

PLAN_SHOWN = Plan.model_validate(PLAN_DOCUMENT).model_dump(mode="json")
HOSTILE = '<script>alert("x")</script>\'"><img src=x onerror=alert(1)>{{7*7}}'


@pytest.fixture
def store() -> FakeStore:
    return FakeStore()


@pytest.fixture
def accounts() -> FakeAccounts:
    return FakeAccounts(stina=Person.STAFF)


@pytest.fixture
def app(store, accounts) -> Flask:
    return app_of(store, accounts)


def client_of(app: Flask, accounts: FakeAccounts, person: Person) -> FlaskClient:
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {accounts.give_token(person)}"
    return client


@pytest.fixture
def client(app, accounts) -> FlaskClient:
    return client_of(app, accounts, Person.MANAGER)


def sentence(answer) -> str:
    assert answer.mimetype == "application/json"
    return answer.json["error"]["sentence"]


class TestLooking:
    def test_zones_say_what_why_until_and_desired_beside_reported(self, client):
        answer = client.get("/api/v1/zones").json
        assert [zone["id"] for zone in answer["zones"]] == ["entrance", "sales-floor", "fitting-rooms", "cafe"]
        zone = answer["zones"][3]
        assert (zone["what"], zone["until"], zone["converged"]) == ("Morning calm", "2026-04-16T18:00:00Z", True)
        assert zone["desired"]["light.ambient.colour"] == {"kelvin": 3500}
        assert zone["reported"]["scent.diffusion"] == {"fragrance": "linen", "intensity_pct": 20.0}

    def test_zones_name_the_revision_to_listen_from(self, client, store):
        newest = store.touch()
        assert client.get("/api/v1/zones").json["revision"] == newest

    def test_one_zone(self, client):
        assert client.get("/api/v1/zones/cafe").json["name"] == "Café"

    def test_unknown_zone_is_not_found(self, client):
        answer = client.get("/api/v1/zones/attic")
        assert (answer.status_code, sentence(answer)) == (404, "There is no zone attic.")

    def test_moods_ends_devices_stops_presses(self, client):
        assert client.get("/api/v1/zones/cafe/moods").json["moods"][0]["id"] == "evening-warm"
        assert client.get("/api/v1/zones/cafe/ends").json["ends"][0]["end"] == "2026-04-16T13:02:00Z"
        assert client.get("/api/v1/devices").json["devices"][0]["reported"] == {"on": True, "brightness_pct": 60}
        assert client.get("/api/v1/stop").json == {"stops": []}
        assert client.get("/api/v1/presses").json == {"presses": []}
        assert client.get("/api/v1/store").json["now"] == "2026-04-16T12:32:00Z"

    @pytest.mark.parametrize(("asked", "start", "end"), [
        ("", "2026-04-16T12:32:00Z", "2026-04-17T12:32:00Z"),
        ("?from=2026-10-25T00:00:00%2B02:00", "2026-10-24T22:00:00Z", "2026-10-25T22:00:00Z"),
        ("?from=2026-10-25T00:00:00+02:00&to=2026-10-26T00:00:00+01:00",
         "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"),
        ("?to=2026-01-02T00:00:00z", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"),
    ])
    def test_timeline_is_in_utc_whatever_it_is_asked_in(self, client, asked, start, end):
        answer = client.get(f"/api/v1/timeline{asked}").json
        assert (answer["start"], answer["end"], len(answer["segments"])) == (start, end, 4)

    def test_timeline_of_a_zone(self, client):
        assert {one["zone"] for one in client.get("/api/v1/timeline?zone=cafe").json["segments"]} == {"cafe"}

    @pytest.mark.parametrize(("asked", "field"), [
        ("from=2026-04-16", "from"), ("from=2026-04-16T10:00:00", "from"), ("from=1776340000", "from"),
        ("from=2026-04-16T10:00:00Z&to=2026-04-16T10:00:00Z", "to"), ("to=2026-13-01T10:00:00Z", "to"),
        ("from=2026-01-01T00:00:00Z&to=2027-03-01T00:00:00Z", "to"), ("from=0001-01-01T00:00:00%2B14:00", "from"),
        ("from=2026-01-01T00:00:00Z&to=2026-03-01T00:00:00Z", "to"),
        ("until=closing", "until"), ("zone=A", "zone"), ("zone=cafe&zone=entrance", "zone"),
    ])
    def test_timeline_says_what_is_wrong_with_the_question(self, client, asked, field):
        answer = client.get(f"/api/v1/timeline?{asked}")
        assert (answer.status_code, answer.json["error"]["field"]) == (422, field)
        assert field in sentence(answer)

    def test_explain_says_why_now_or_at_an_instant(self, client):
        assert client.get("/api/v1/explain?zone=cafe").json["at"] == "2026-04-16T12:32:00Z"
        answer = client.get("/api/v1/explain?zone=cafe&at=2026-04-17T20:00:00%2B02:00").json
        assert answer["at"] == "2026-04-17T18:00:00Z"
        assert answer["fields"][0]["layer"]["rank"] == "daypart"

    def test_a_year_is_told_of_one_zone(self, client):
        answer = client.get("/api/v1/timeline?from=2026-01-01T00:00:00Z&to=2027-01-01T00:00:00Z&zone=cafe").json
        (segment,) = answer["segments"]
        assert (segment["layer"]["rank"], segment["layer"]["id"], segment["profile"]) == ("daypart", "morning", "calm")
        assert (segment["version"], segment["beat"], segment["limits"], segment["holds"]) == (1, [], [], [])

    def test_explain_tells_what_would_be_without_a_layer(self, client):
        answer = client.get("/api/v1/explain?zone=cafe&without=daypart:morning&sense=music").json
        assert answer["without"]["sentence"] == "Without Daypart Morning it would be Zone default."
        assert answer["without"]["changes"] == ["music.on"]
        assert (answer["layer"]["id"], answer["version"], answer["happened"]) == ("morning", 1, None)
        assert {one["field"].split(".")[0] for one in answer["fields"]} <= {"music"}
        assert client.get("/api/v1/explain?zone=cafe").json["without"] is None

    @pytest.mark.parametrize(("asked", "field"), [
        ("without=", "without"), ("without=weather:rain", "without"), ("without=Campaign%20Spring", "without"),
        ("sense=touch", "sense"), ("sense=", "sense")])
    def test_explain_says_what_is_wrong_with_the_question(self, client, asked, field):
        answer = client.get(f"/api/v1/explain?zone=cafe&{asked}")
        assert (answer.status_code, answer.json["error"]["field"]) == (422, field)

    def test_explain_needs_a_zone(self, client):
        answer = client.get("/api/v1/explain")
        assert (answer.status_code, sentence(answer)) == (422, "zone is missing.")

    def test_events_without_a_server_that_has_them_say_so(self, client):
        answer = client.get("/api/v1/events")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")


class TestPressing:
    def test_press_of_a_profile_overrides_a_zone_until_its_end(self, client, store):
        answer = client.post("/api/v1/zones/cafe/override", json={"profile": "evening-warm", "until": "minutes:30"})
        assert answer.status_code == 201
        assert (answer.json["zones"], answer.json["end"]) == (["cafe"], "2026-04-16T13:02:00Z")
        assert store.zone("cafe").what == "Evening warm"
        assert store.zone("entrance").what == "Morning calm"

    def test_press_of_a_scene_of_ones_own(self, client):
        scene = {"light": {"brightness_pct": 20}, "music": "off"}
        answer = client.post("/api/v1/zones/cafe/override", json={"scene": scene, "name": "Film", "until": "closing"})
        assert (answer.status_code, answer.json["name"]) == (201, "Film")

    @pytest.mark.parametrize("until", [
        "minutes:1", "next-change", "closing", "time:18:00", "2026-04-16T20:00:00+02:00", "2026-04-16T18:00:00.5Z",
    ])
    def test_every_way_to_say_until_when(self, client, until):
        answer = client.post("/api/v1/zones/cafe/override", json={"profile": "evening-warm", "until": until})
        assert answer.status_code == 201

    @pytest.mark.parametrize("until", [
        "minutes:0", "minutes:-5", "minutes:1e3", "minutes:１", "forever", "time:25:00", "time:8:00", "2026-04-16",
        "2026-04-16T20:00:00", 30, None, "closing ", "closing\n",
    ])
    def test_any_other_until_is_refused_with_what_would_be_right(self, client, store, until):
        answer = client.post("/api/v1/zones/cafe/override", json={"profile": "evening-warm", "until": until})
        assert (answer.status_code, answer.json["error"]["field"]) == (422, "until")
        assert store.presses() == []

    @pytest.mark.parametrize("given", [
        {}, {"profile": "evening-warm", "scene": {}}, {"profile": None, "scene": None}, {"profile": "../x"}, [], 7,
        None,
        {"profile": "evening-warm", "colour": "red"}, {"scene": {"light": {"kelvin": 3500, "xy": [0.3, 0.3]}}},
        {"scene": {"light": {"brightness_pct": 101}}}, {"scene": {"scent": {"fragrance": "linen"}}},
        {"profile": "evening-warm", "name": "a\x00b"}, {"profile": "evening-warm", "name": "x" * 121},
    ])
    def test_other_bodies_are_refused_and_change_nothing(self, client, store, given):
        answer = client.post("/api/v1/zones/cafe/override", data=orjson.dumps(given), content_type="application/json")
        assert answer.status_code == 422
        assert sentence(answer).endswith(".")
        assert "\n" not in sentence(answer)
        assert store.presses() == []

    def test_unknown_field_is_named_with_those_that_are_known(self, client):
        answer = client.post("/api/v1/zones/cafe/nudge", json={"complaint": "too-loud", "colour": 1})
        assert sentence(answer) == "colour is not known here; known: complaint."

    def test_unknown_profile_is_refused_by_the_plan(self, client):
        answer = client.post("/api/v1/zones/cafe/override", json={"profile": "disco"})
        assert (answer.status_code, sentence(answer)) == (422, "There is no profile disco in the plan.")

    def test_whole_store_is_one_press_and_one_undo(self, client, store):
        made = client.post("/api/v1/override", json={"profile": "evening-warm", "until": "closing"}).json
        assert len(made["zones"]) == 4
        assert client.post("/api/v1/undo").json["press"] == made["press"]
        assert store.presses() == []

    def test_several_zones(self, client):
        made = client.post("/api/v1/override", json={"profile": "evening-warm", "zones": ["cafe", "entrance"]})
        assert made.json["zones"] == ["cafe", "entrance"]

    def test_undo_of_a_named_press(self, client, store):
        first = client.post("/api/v1/zones/cafe/override", json={"profile": "evening-warm"}).json
        second = client.post("/api/v1/zones/cafe/override", json={"profile": "morning-calm"}).json
        assert client.post("/api/v1/undo", json={"press": first["press"]}).status_code == 200
        assert [one.press for one in store.presses()] == [second["press"]]

    def test_nothing_to_undo_is_not_found(self, client):
        assert client.post("/api/v1/undo").status_code == 404

    def test_delete_ends_all_overrides_of_a_zone(self, client):
        for _ in range(2):
            client.post("/api/v1/zones/cafe/override", json={"profile": "evening-warm"})
        assert client.delete("/api/v1/zones/cafe/override").json == {"ended": 2}

    def test_nudge(self, client):
        assert client.post("/api/v1/zones/cafe/nudge", json={"complaint": "too-loud"}).status_code == 201
        assert client.post("/api/v1/zones/cafe/nudge", json={"complaint": "too-boring"}).status_code == 422

    def test_stop_needs_no_body_and_stops_everything(self, client):
        made = client.post("/api/v1/stop")
        assert (made.status_code, made.json["zones"], made.json["senses"]) == (201, None, ["light", "music", "scent"])
        assert client.get("/api/v1/stop").json["stops"][0]["id"] == made.json["id"]
        assert client.get("/api/v1/zones/cafe").json["stopped"] is True

    def test_stop_of_a_sense_in_a_zone_and_resume_of_that_one(self, client, store):
        client.post("/api/v1/stop", json={"reason": "music law"})
        one = client.post("/api/v1/stop", json={"zones": ["cafe"], "senses": ["scent"], "reason": "allergy"}).json
        assert client.delete(f"/api/v1/stop?stop={one['id']}").json == {"ended": 1}
        assert [stop.reason for stop in store.stops()] == ["music law"]
        assert client.delete("/api/v1/stop").json == {"ended": 1}

    def test_actor_is_who_asked(self, app, accounts, store):
        client_of(app, accounts, Person.STAFF).post("/api/v1/stop")
        assert store.stops()[0].by == "token staff"

    def test_identify(self, client, store):
        assert client.post("/api/v1/devices/lamp-1/identify").status_code == 202
        assert store.identified == ["lamp-1"]
        assert client.post("/api/v1/devices/lamp-9/identify").status_code == 404


class TestPlan:
    def test_what_is_given_can_be_sent_back_and_changes_nothing(self, client, store):
        got = client.get("/api/v1/plan")
        tag = {"If-Match": got.headers["ETag"]}
        sent = client.put("/api/v1/plan", data=got.data, content_type="application/json", headers=tag)
        assert sent.status_code == 200
        assert sent.json["digest"] == got.headers["Sinne-Plan-Digest"]

    def test_yaml_both_ways(self, client, store):
        got = client.get("/api/v1/plan", headers={"Accept": "application/yaml"})
        assert (got.mimetype, read_plan(got.text, "x").digest) == ("application/yaml", store.plan().digest)
        text = got.text.replace("Café", "Bar")
        sent = client.put("/api/v1/plan", data=text, content_type="application/yaml; charset=utf-8")
        assert sent.status_code == 200
        assert store.zone("cafe").name == "Bar"
        assert client.get("/api/v1/plan").headers["ETag"] == '"2"'

    def test_the_own_part_is_given_and_what_is_in_force_when_it_is_asked_for(self, client, store):
        store.say_something_from_hq()
        own, composed = client.get("/api/v1/plan"), client.get("/api/v1/plan?part=composed")
        assert [campaign["id"] for campaign in composed.json["campaigns"]] == ["hq-spring"]
        assert own.json == PLAN_SHOWN
        assert own.headers["ETag"] == composed.headers["ETag"] == '"2"'
        assert own.headers["Sinne-Plan-Digest"] == store.plan().own.digest
        assert composed.headers["Sinne-Plan-Digest"] == store.plan().digest
        read = client.get("/api/v1/plan?part=composed", headers={"Accept": "application/yaml"})
        assert read_plan(read.text, "x").digest == store.plan().digest
        assert client.get("/api/v1/plan?part=some").status_code in (400, 422)

    def test_note_and_author_are_kept(self, client, store):
        client.put("/api/v1/plan?note=Summer", json=PLAN_DOCUMENT)
        assert (store.plan().note, store.plan().author) == ("Summer", "token manager")

    def test_plan_that_somebody_changed_meanwhile_is_not_overwritten(self, client, store):
        client.put("/api/v1/plan", json=PLAN_DOCUMENT)
        answer = client.put("/api/v1/plan", json=PLAN_DOCUMENT, headers={"If-Match": '"1"'})
        assert (answer.status_code, answer.json["error"]["field"]) == (412, "If-Match")
        assert store.plan().version == 2

    def test_unchanged_plan_is_not_sent_again(self, client):
        tag = client.get("/api/v1/plan").headers["ETag"]
        assert client.get("/api/v1/plan", headers={"If-None-Match": tag}).status_code == 304

    @pytest.mark.parametrize("tag", ["7", '"x"', '"0"', '""', '"1", "2"'])
    def test_other_tags_cannot_be_read(self, client, tag):
        assert client.put("/api/v1/plan", json=PLAN_DOCUMENT, headers={"If-Match": tag}).status_code == 400

    def test_star_matches_any_version(self, client):
        assert client.put("/api/v1/plan", json=PLAN_DOCUMENT, headers={"If-Match": "*"}).status_code == 200

    def test_wrong_plan_is_refused_with_field_and_nothing_is_published(self, client, store):
        answer = client.put("/api/v1/plan", json={**PLAN_DOCUMENT, "zones": []})
        assert answer.status_code == 422
        assert "zones" in sentence(answer)
        assert store.plan().version == 1

    def test_wrong_yaml_is_refused_with_its_line(self, client, store):
        text = write_plan(store.plan().plan).replace("kind: cafe", "kind: casino")
        answer = client.put("/api/v1/plan", data=text, content_type="application/yaml")
        assert answer.status_code == 422
        assert "plan.yaml" in sentence(answer)
        assert store.plan().version == 1

    @pytest.mark.parametrize("body", [b"\xff\xfe", b"a: b: c", b"{", b"", b"- &a [*a]", b"!!python/object:x {}"])
    def test_poison_yaml_is_one_sentence_and_nothing_is_published(self, client, store, body):
        answer = client.put("/api/v1/plan", data=body, content_type="application/yaml")
        assert answer.status_code in (400, 422)
        assert sentence(answer)
        assert store.plan().version == 1

    def test_plan_may_be_larger_than_other_bodies(self, client):
        more = [{"id": f"s{n}", "name": "Calm", "licence": "x" * 100, "territory": "SE"} for n in range(2000)]
        large = {**PLAN_DOCUMENT, "sources": more + PLAN_DOCUMENT["sources"]}
        assert client.put("/api/v1/plan", json=large).status_code == 200

    def test_plan_of_more_than_4_mib_is_too_large(self, client):
        answer = client.put("/api/v1/plan", data=b" " * (4 * 1024 * 1024 + 1), content_type="application/json")
        assert answer.status_code == 413

    def test_without_a_plan_there_is_none(self, client, store):
        store.forget_plan()
        assert client.get("/api/v1/plan").status_code == 404


class TestProblems:
    def test_body_that_is_not_json(self, client):
        answer = client.post("/api/v1/zones/cafe/nudge", data=b"{", content_type="application/json")
        assert answer.status_code == 400
        assert sentence(answer).startswith("The body is not JSON: ")

    @pytest.mark.parametrize("body", [b"NaN", b'{"complaint": NaN}', b"\xff", b"[" * 30_000])
    def test_poison_json_is_one_sentence(self, client, body):
        answer = client.post("/api/v1/zones/cafe/nudge", data=body, content_type="application/json")
        assert answer.status_code in (400, 422)
        assert len(sentence(answer)) < 300

    @pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded"])
    def test_body_of_another_type(self, client, kind):
        answer = client.post("/api/v1/zones/cafe/nudge", data=b'{"complaint": "too-loud"}', content_type=kind)
        assert answer.status_code == 415

    def test_body_that_is_too_large(self, client):
        answer = client.post("/api/v1/zones/cafe/nudge", data=b" " * (64 * 1024 + 1), content_type="application/json")
        assert answer.status_code == 413
        assert "64 KiB" in sentence(answer)

    def test_unknown_address_and_method(self, client):
        assert sentence(client.get("/api/v1/attic")) == "There is nothing at this address."
        answer = client.patch("/api/v1/stop")
        assert answer.status_code == 405
        assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "POST", "DELETE"}

    def test_who_presses_too_often_is_to_wait(self, client, store):
        store.tire()
        answer = client.post("/api/v1/zones/cafe/override", json={"profile": "evening-warm", "until": "minutes:10"})
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")
        assert sentence(answer) == "Wait a moment."

    def test_full_disk_says_when_to_try_again(self, client, store):
        store.break_disk()
        answer = client.post("/api/v1/stop")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "12")
        assert sentence(answer) == "The disk is full. Nothing was changed."

    def test_unforeseen_fault_gives_a_reference_and_no_detail(self, client, store, caplog):
        store.crash()
        answer = client.get("/api/v1/zones/cafe")
        assert answer.status_code == 500
        assert "secret detail" not in answer.text
        reference = sentence(answer).rstrip(".").rpartition(" ")[2]
        assert reference in caplog.text
        assert "secret detail" in caplog.text

    def test_browser_gets_a_page_and_htmx_the_sentence(self, app, accounts):
        client = app.test_client()
        client.set_cookie("sinne", accounts.enter("stina"))
        page = client.get("/attic")
        assert (page.status_code, page.mimetype) == (404, "text/html")
        assert "There is nothing at this address." in page.text
        piece = client.get("/attic", headers={"HX-Request": "true"})
        assert (piece.mimetype, piece.text) == ("text/plain", "There is nothing at this address.")


class TestHealth:
    def test_health_needs_no_sign_in_and_says_little(self, app, store):
        client = app.test_client()
        assert client.get("/health").json == {"ok": True, "alive": True, "sentence": "All is well."}
        store.lose_broker()
        answer = client.get("/health")
        assert answer.status_code == 200
        assert answer.json == {"ok": False, "alive": True, "sentence": "The broker is away."}

    def test_only_an_engine_that_stands_still_asks_for_a_restart(self, app, store):
        store.stand_still()
        answer = app.test_client().get("/health")
        assert (answer.status_code, answer.json["alive"]) == (503, False)

    def test_metrics_for_this_machine(self, app):
        answer = app.test_client().get("/metrics")
        assert answer.status_code == 200
        assert "sinne_devices_converged 23.0" in answer.text
        assert "sinne_orders_sent_total 512.0" in answer.text

    @pytest.mark.parametrize(("address", "headers"), [
        ("10.0.0.7", {}), ("", {}), ("127.0.0.1", {"X-Forwarded-For": "10.0.0.7"}),
        ("127.0.0.1", {"Forwarded": "for=_x"}),
    ])
    def test_metrics_for_others_need_a_token(self, app, accounts, address, headers):
        client, here = app.test_client(), {"REMOTE_ADDR": address}
        assert client.get("/metrics", environ_overrides=here, headers=headers).status_code == 401
        headers = {**headers, **token_header(accounts.give_token(Person.VIEWER))}
        assert client.get("/metrics", environ_overrides=here, headers=headers).status_code == 200


class TestHeaders:
    @pytest.mark.parametrize("address", ["/", "/sign-in", "/attic", "/health", "/api/v1/zones", "/static/dist/x.js"])
    def test_every_answer_carries_the_policy(self, app, address):
        headers = app.test_client().get(address).headers
        policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
        assert (policy["default-src"], policy["script-src"], policy["style-src"]) == ("'none'", "'self'", "'self'")
        assert policy["frame-ancestors"] == "'none'"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cache-Control"] == "no-store"
        assert "Strict-Transport-Security" not in headers

    @pytest.mark.parametrize(("base", "expected"), [
        ("https://store-1.example", True), ("https://localhost:8443", False), ("https://10.0.0.7:8443", False),
        ("https://[::1]:8443", False),
    ])
    def test_https_is_demanded_of_named_hosts_only(self, store, accounts, base, expected):
        headers = app_of(store, accounts, secure=True).test_client().get("/health", base_url=base).headers
        assert ("Strict-Transport-Security" in headers) is expected

    def test_hashed_files_last_and_others_are_asked_for_again(self, store, accounts, tmp_path):
        (tmp_path / "now-B1xY3_kZ.js").write_text("let a = 1;" * 50)
        (tmp_path / "robots.txt").write_text("x")
        client = app_of(store, accounts, assets=tmp_path).test_client()
        lasting = client.get("/static/dist/now-B1xY3_kZ.js", headers={"Accept-Encoding": "gzip"})
        assert lasting.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert lasting.headers["Content-Encoding"] == "gzip"
        assert len(lasting.data) < 200
        assert client.get("/static/dist/now-B1xY3_kZ.js").text == "let a = 1;" * 50
        assert client.get("/static/dist/robots.txt").headers["Cache-Control"] == "no-cache"

    @pytest.mark.parametrize("name", ["../secret", "..%2fsecret", "%2e%2e/secret", "/etc/passwd", "x/../../secret"])
    def test_nothing_outside_the_bundle_is_served(self, store, accounts, tmp_path, name):
        (tmp_path / "secret").write_text("x")
        (tmp_path / "dist").mkdir()
        client = app_of(store, accounts, assets=tmp_path / "dist").test_client()
        assert client.get(f"/static/dist/{name}").status_code in (404, 405, 308)

    def test_templates_find_what_the_bundler_made_of_a_source(self, store, accounts, tmp_path):
        (tmp_path / ".vite").mkdir()
        (tmp_path / ".vite" / "manifest.json").write_bytes(orjson.dumps({
            "src/now.js": {"file": "now-B1xY3_kZ.js", "css": ["now-a.css"], "imports": ["_shared.js"]},
            "_shared.js": {"file": "shared-x.js", "css": ["shared-b.css"], "imports": ["src/now.js"]}}))
        globals_ = app_of(store, accounts, assets=tmp_path).jinja_env.globals
        assert globals_["asset"]("src/now.js") == "/static/dist/now-B1xY3_kZ.js"
        assert globals_["styles"]("src/now.js") == ["/static/dist/now-a.css", "/static/dist/shared-b.css"]
        assert globals_["asset"]("src/other.js") == "/static/dist/src/other.js"


class TestHostileText:
    @pytest.fixture
    def browser(self, app, accounts) -> FlaskClient:
        client = app.test_client()
        client.set_cookie("sinne", accounts.enter("stina"))
        return client

    def test_title_from_a_device_is_escaped_on_the_page(self, browser, store):
        store.play_title("cafe", HOSTILE)
        page = browser.get("/?zone=cafe").text
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "&lt;script&gt;alert" in page

    def test_name_in_the_sign_in_form_is_escaped(self, app):
        page = app.test_client().post("/sign-in", data={"name": HOSTILE, "password": "x"}).text
        assert "<script>alert" not in page
        assert "{{7*7}}" in page

    def test_what_is_named_in_an_error_is_escaped(self, browser):
        page = browser.get("/now/desk", query_string={"zone": HOSTILE})
        assert page.status_code == 404
        assert "<script>alert" not in page.text

    def test_json_is_not_taken_for_a_page(self, client, store):
        store.play_title("cafe", HOSTILE)
        answer = client.get("/api/v1/zones/cafe")
        assert (answer.mimetype, answer.headers["X-Content-Type-Options"]) == ("application/json", "nosniff")
        assert answer.json["senses"][1]["title"] == HOSTILE




def test_error_page_comes_even_when_nothing_can_be_asked(store):
    class Broken(FakeAccounts):
        def actor_of_session(self, secret):
            raise RuntimeError("secret detail of a fault")

    client = app_of(store, Broken(stina=Person.STAFF)).test_client()
    client.set_cookie("sinne", "x")
    answer = client.get("/")
    assert answer.status_code == 500
    assert "It is in the log under" in answer.text.replace("&#39;", "'")
    assert "secret detail" not in answer.text

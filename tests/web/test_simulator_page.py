"""The simulator's page and API without a browser: what is shown, what is done, and who is kept out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from flask.testing import FlaskClient
from hypothesis import HealthCheck, settings
from openapi_spec_validator import OpenAPIV31SpecValidator
from schemathesis import checks

from controller.living.door import Belief
from controller.living.verbs import verbs
from tests.controller.living_shop import NINE, LivingShop, corner_plan
from web.openapi_simulator import OPERATIONS, document
from web.simulator_app import make_simulator_app
from web.simulator_context import SimulatorServices

PLAN = corner_plan()
NASTY = "<script>alert(1)</script>"


class Bench:
    """The application over a living store in memory."""

    def __init__(self) -> None:
        self.shop = LivingShop(PLAN)
        self.services = SimulatorServices(self.shop.living, Path("/nonexistent"))
        self.app = make_simulator_app(self.services)
        self.client: FlaskClient = self.app.test_client()

    def post(self, path: str, body: object = None, headers: Mapping[str, str] | None = None) -> Any:
        return self.client.post(f"/api/v1{path}", json={} if body is None else body, headers=dict(headers or {}))

    def press(self, path: str, headers: Mapping[str, str] | None = None, **form: str) -> Any:
        return self.client.post(path, data={"csrf_token": self.services.token, **form}, headers=dict(headers or {}))

    def page(self, path: str = "/") -> str:
        return self.client.get(path).get_data(as_text=True)

    def truth(self, device: str) -> dict[str, Any]:
        return self.shop.fleet.truth()[device]


@pytest.fixture
def bench() -> Bench:
    found = Bench()
    found.shop.order("ceiling", {"on": True, "brightness_pct": 60, "kelvin": 3000})
    return found


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


# ── the page ────────────────────────────────────────────────────────────────────────


def test_page_shows_every_device_and_where_the_belief_comes_from(bench: Bench) -> None:
    shown = words(bench.page())
    for device in ("ceiling", "speaker", "mist", "fire", "bulb", "zigbee2mqtt"):
        assert device in shown
    assert "On, 59.8 %, 3000 K" in shown
    assert "made up by a test" in shown
    assert "the controller keeps its own" in shown, "it says which kind of outage this is"


def test_names_and_addresses_are_text_and_never_markup(bench: Bench) -> None:
    bench.shop.belief.given["ceiling"] = Belief({"on": True, "source": NASTY}, {"on": False, "source": NASTY}, "alarm",
                                                NASTY, NINE)
    for path in ("/", "/?device=bulb", "/?device=ceiling", "/fragment?device=ceiling", f"/?device={NASTY}"):
        html = bench.page(path)
        assert NASTY not in html
        assert "<b>ceiling</b>" not in html
    assert "The &lt;b&gt;ceiling&lt;/b&gt;" in bench.page()
    assert "zigbee2mqtt/Bulb &lt;1&gt;" in bench.page("/?device=bulb")
    refused = bench.client.get(f"/desk?device={NASTY}")
    assert refused.status_code == 404
    assert NASTY not in refused.get_data(as_text=True)


def test_a_key_without_script_leads_back_with_the_device_in_hand(bench: Bench) -> None:
    done = bench.press("/do", device="ceiling", verb="unplug")
    assert (done.status_code, done.location) == (303, "/?device=ceiling#desk")
    assert bench.truth("ceiling")["powered"] is False
    shown = bench.page("/?device=ceiling")
    assert "Plug in" in words(shown)
    assert "is-apart" in shown
    bench.press("/mend")
    assert bench.truth("ceiling")["on"] is True


def test_with_htmx_the_answer_is_pieces_and_a_refusal_is_one_sentence(bench: Bench) -> None:
    htmx = {"HX-Request": "true"}
    done = bench.press("/do", htmx, device="ceiling", verb="drift", brightness_pct="10", kelvin="", over_s="", tells="")
    assert done.status_code == 200
    assert "<!doctype" not in done.get_data(as_text=True).lower()
    assert 'id="toast"' in done.get_data(as_text=True)
    assert bench.truth("ceiling")["brightness_pct"] == pytest.approx(10, abs=0.3)
    wrong = bench.press("/do", htmx, device="ceiling", verb="drift", brightness_pct="much")
    assert (wrong.status_code, wrong.get_data(as_text=True)) == (422, "brightness_pct must be a number.")
    gone = bench.press("/do", htmx, device="nix", verb="unplug")
    assert (gone.status_code, gone.get_data(as_text=True)) == (404, "There is no device nix here.")
    plain = bench.press("/do", device="fire", verb="lie")
    assert plain.status_code == 422
    assert "fire is a contact, and a contact cannot lie." in words(plain.get_data(as_text=True))


def test_the_forms_of_the_desk_reach_the_hardware(bench: Bench) -> None:
    bench.press("/do", device="ceiling", verb="switch", on="off")
    assert bench.truth("ceiling")["on"] is False
    bench.press("/do", device="mist", verb="fill", ml="80")
    assert bench.truth("mist")["ml_left"] == 80
    bench.press("/do", device="ceiling", verb="slow-down", from_s="0,5", to_s="3")
    assert bench.shop.fleet.latency_s("ceiling") == (0.5, 3)
    bench.press("/do", device="fire", verb="switch", active="on")
    assert bench.truth("fire")["active"] is True


def test_the_broker_goes_and_comes_back_from_the_page(bench: Bench) -> None:
    bench.press("/broker", turn="down", seconds="60")
    assert "The broker is down." in words(bench.page())
    assert "Bring it back" in words(bench.page())
    bench.press("/broker", turn="up")
    assert "Take it down" in words(bench.page())
    bench.shop.living.close()


@pytest.mark.parametrize("kind", ["ceiling", "speaker", "mist", "fire", "bulb", "zigbee2mqtt"])
def test_the_desk_offers_what_the_device_can_and_says_what_it_does(bench: Bench, kind: str) -> None:
    shown = bench.page(f"/desk?device={kind}")
    device = next(one for one in bench.shop.living.shown().devices if one.id == kind)
    ends = {verb.undo for verb in verbs().values()} - {"fill"}
    offered = set(re.findall(r'name="verb" value="([a-z-]+)"', shown))
    assert offered == set(device.can) - ends - {"mend"}
    for verb in offered:
        assert verbs()[verb].says in words(shown)


# ── who is kept out ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "192.168.1.4:8461", "[::2]", ""])
def test_another_name_for_this_machine_is_refused(bench: Bench, host: str) -> None:
    assert bench.client.get("/", headers={"Host": host or "x"}).status_code == 400
    assert bench.post("/simulator/mend", headers={"Host": host or "x"}).status_code == 400


@pytest.mark.parametrize("headers", [
    {"Origin": "http://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"}, {"Origin": "http://localhost:1"},
])
def test_another_site_changes_nothing(bench: Bench, headers: dict[str, str]) -> None:
    assert bench.post("/simulator/devices/ceiling/unplug", headers=headers).status_code == 403
    assert bench.press("/do", headers, device="ceiling", verb="unplug").status_code == 403
    assert bench.truth("ceiling")["powered"] is True


def test_a_form_needs_the_token_and_a_program_says_json(bench: Bench) -> None:
    form = {"device": "ceiling", "verb": "unplug"}
    assert bench.client.post("/do", data=form).status_code == 403
    assert bench.client.post("/do", data={**form, "csrf_token": "ö"}).status_code == 403
    for sent in ({"data": b"{}", "content_type": "text/plain"}, {"data": form}, {"data": b""}):
        found = bench.client.post("/api/v1/simulator/devices/ceiling/unplug", **sent)
        assert (found.status_code, found.json["error"]["sentence"]) == (
            415, "Send JSON, with Content-Type: application/json.")
    assert bench.truth("ceiling")["powered"] is True


def test_every_answer_has_the_headers_of_the_panel(bench: Bench) -> None:
    for path in ("/", "/api/v1/simulator", "/nix"):
        headers = bench.client.get(path).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"


# ── the API ─────────────────────────────────────────────────────────────────────────


def test_api_tells_hardware_beside_belief_and_does_what_is_asked(bench: Bench) -> None:
    found = bench.client.get("/api/v1/simulator").json
    ceiling = next(one for one in found["devices"] if one["id"] == "ceiling")
    assert ceiling["does"]["kelvin"] == ceiling["belief"]["reported"]["kelvin"] == 3000
    command = {"User-Agent": "sinne-misbehave"}
    done = bench.post("/simulator/devices/ceiling/drift", {"to": {"brightness_pct": 10}}, command)
    assert done.json["sentence"] == "ceiling drifts at once, and does not say so: 10 %."
    assert done.json["by"] == "by command"
    found = bench.client.get("/api/v1/simulator").json
    ceiling = next(one for one in found["devices"] if one["id"] == "ceiling")
    assert (ceiling["apart"], ceiling["misbehaves"]) == (["brightness_pct"], ["drifting"])
    assert bench.post("/simulator/mend").json["sentence"] == "Everything is mended."
    assert bench.client.get("/api/v1/simulator/verbs").json["verbs"][0]["name"] == "unplug"


@pytest.mark.parametrize(("path", "body", "code", "sentence"), [
    ("/simulator/devices/nix/unplug", {}, 404, "There is no device nix here."),
    ("/simulator/devices/ceiling/explode", {}, 404, "There is no explode here."),
    ("/simulator/devices/fire/lie", {}, 422, "fire is a contact, and a contact cannot lie."),
    ("/simulator/devices/ceiling/drift", {"to": {"brightness_pct": 900}}, 422, "ceiling: brightness_pct must be"),
    ("/simulator/devices/ceiling/drift", {"too": {}}, 422, "too is not known here; known: to, over_s,"),
    ("/simulator/devices/ceiling/slow-down", {"to_s": -1}, 422, "to_s: input should be greater than or equal to 0."),
    ("/simulator/devices/ceiling/drift", [], 422, "The body must be an object"),
    ("/simulator/broker/down", {"seconds": 0}, 422, "seconds: input should be greater than or equal to 1."),
    ("/simulator/broker/up", {}, 422, "The broker is not down."),
    ("/simulator/mend", {"all": True}, 422, "all"),
])
def test_what_is_wrong_is_one_sentence_and_nothing_is_done(
    bench: Bench, path: str, body: object, code: int, sentence: str,
) -> None:
    before = bench.shop.fleet.truth()
    found = bench.post(path, body)
    assert (found.status_code, found.json["error"]["sentence"][:len(sentence)]) == (code, sentence)
    assert bench.shop.fleet.truth() == before


def test_the_description_is_valid_and_is_that_of_the_routes() -> None:
    assert [error.message for error in OpenAPIV31SpecValidator(document()).iter_errors()] == []
    rules = {(method.lower(), re.sub(r"<(\w+)>", r"{\1}", rule.rule).removeprefix("/api/v1"))
             for rule in Bench().app.url_map.iter_rules() if rule.rule.startswith("/api/")
             for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}}
    assert {(operation.method, operation.path) for operation in OPERATIONS} == rules


FUZZED = Bench()
FUZZED.shop.living.broker_up = FUZZED.shop.living.mend  # type: ignore[method-assign]
SCHEMA = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", FUZZED.app).exclude(operation_id=["events"])
KEPT = (checks.not_a_server_error, checks.status_code_conformance, checks.content_type_conformance,
        checks.response_schema_conformance)


@SCHEMA.parametrize()
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
def test_whatever_is_sent_is_answered_as_described(case: schemathesis.Case) -> None:
    answer = case.call(headers={"Content-Type": "application/json"} if case.method == "POST" else None)
    case.validate_response(answer, checks=KEPT)
    FUZZED.shop.living.mend("a test")

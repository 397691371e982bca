"""The description of the API against the application, both ways; and the API against what a fuzzer makes of it."""

from __future__ import annotations

import re
from dataclasses import replace

import schemathesis
from hypothesis import HealthCheck, settings
from openapi_spec_validator import OpenAPIV31SpecValidator
from schemathesis import checks

from controller.calendars.store_calendar import StoreCalendar
from controller.planning import StorePlanning
from profiles.limits import Person
from tests.controller.calendar_shop import calendar_plan
from tests.controller.shop import Shop
from tests.web.cue_shop import CueShop
from tests.web.fakes import FakeAccounts, FakeStore, services_of, token_header
from web.app import make_app
from web.auth import needed_by
from web.openapi import ERRORS, OPERATIONS, document

PREFIX = "/api/v1"

ACCOUNTS = FakeAccounts(stina=Person.STAFF)
SHOP = Shop(calendar_plan())
CALENDAR = StoreCalendar(SHOP.memory, StorePlanning(SHOP.memory, SHOP.engine, SHOP.clock), SHOP.clock)
APP = make_app(replace(services_of(FakeStore(), ACCOUNTS), cues=CueShop().cues, calendar=CALENDAR))
TOKEN = ACCOUNTS.give_token(Person.MANAGER)



def described() -> schemathesis.schemas.BaseSchema:
    """The description, as a fuzzer reads it. With security parameters most requests would be nobody's."""
    read = schemathesis.openapi.from_wsgi(f"{PREFIX}/openapi.json", APP, headers=token_header(TOKEN))
    read.config.generation.update(with_security_parameters=False)
    return read


FUZZED = described().exclude(operation_id=["publish", "plan-would-change", "take-calendar", "dry-run"])

#: A plan has hundreds of fields, and a calendar is read by a process of its own: to try each border of each takes a
#: minute, and reading both has tests of its own.
PLANS = described().include(operation_id=["publish", "plan-would-change", "take-calendar", "dry-run"])
PLANS.config.phases.coverage.enabled = False

#: What every answer must keep to, whatever was sent: no fault of the server, and only codes, types and shapes that the
#: description names. Whether a value that fits its schema is accepted depends on the plan, so that is not asked.
KEPT = (
    checks.not_a_server_error, checks.status_code_conformance, checks.content_type_conformance,
    checks.response_schema_conformance,
)


def test_description_is_valid_openapi_3_1():
    assert [error.message for error in OpenAPIV31SpecValidator(document()).iter_errors()] == []


def test_every_route_is_documented_and_nothing_else():
    routes = {(method.lower(), re.sub(r"<(\w+)>", r"{\1}", rule.rule.removeprefix(PREFIX)))
              for rule in APP.url_map.iter_rules() if rule.rule.startswith(PREFIX)
              for method in rule.methods - {"HEAD", "OPTIONS"}}
    assert routes == {(operation.method, operation.path) for operation in OPERATIONS}


def test_documented_roles_are_those_asked_for():
    adapter = APP.url_map.bind("localhost")
    for operation in OPERATIONS:
        address = PREFIX + operation.path.replace("{zone}", "cafe").replace("{device}", "lamp-1")
        endpoint, _ = adapter.match(address, method=operation.method.upper())
        assert needed_by(APP, endpoint) == (operation.person,), operation.name


def test_names_of_operations_are_unique_and_their_codes_explained():
    assert len({operation.name for operation in OPERATIONS}) == len(OPERATIONS)
    assert {code for operation in OPERATIONS for code in operation.errors} <= set(ERRORS)


def test_every_reference_leads_somewhere():
    text = str(document())
    named = set(re.findall(r"'#/components/schemas/([^']+)'", text))
    assert named <= set(document()["components"]["schemas"])
    assert "#/$defs/" not in text


@FUZZED.parametrize()
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_fuzzed_requests_get_only_what_is_described(case):
    answer = case.call(headers=token_header(TOKEN))
    if case.path == "/events":
        assert answer.status_code in (400, 405, 422, 503)
    else:
        case.validate_response(answer, checks=KEPT)


@PLANS.parametrize()
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_fuzzed_plans_get_only_what_is_described(case):
    case.validate_response(case.call(headers=token_header(TOKEN)), checks=KEPT)

"""HQ's API against what a fuzzer makes of its description."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import checks

from tests.controller.hq_offices import SPRING
from tests.web.fakes import token_header
from tests.web.hq_desk_api import PREFIX, Desk

#: The fuzzer reads the description while tests are collected; the stores are made when the first test runs.
FOLDER = tempfile.TemporaryDirectory(prefix="sinne-hq-api-")
DESK = Desk(Path(FOLDER.name), open_now=False)
HEADERS = token_header(DESK.tokens["anna"])


@cache
def opened() -> Desk:
    """The desk, with three stores and a draft."""
    DESK.hq.shops()
    DESK.ask("elsa", "PUT", "/drafts/campaign/hq-spring", {"content": {"body": SPRING}})
    return DESK


def described() -> schemathesis.schemas.BaseSchema:
    """The description, as a fuzzer reads it."""
    read = schemathesis.openapi.from_wsgi(f"{PREFIX}/openapi.json", DESK.app, headers=HEADERS)
    read.config.generation.update(with_security_parameters=False)
    read.config.phases.coverage.enabled = False
    return read


FUZZED = described()


@FUZZED.parametrize()
@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_fuzzed_requests_get_only_what_is_described(case: Any) -> None:
    assert opened() is DESK
    case.validate_response(case.call(headers=HEADERS), checks=(
        checks.not_a_server_error, checks.status_code_conformance, checks.content_type_conformance,
        checks.response_schema_conformance))

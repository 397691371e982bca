"""The JSON API, a dry run: what a plan or campaigns would make different in the next days, tried on a copy."""

from __future__ import annotations

from flask import Blueprint, Response, request

from controller.dryrun.doors import DryRuns
from controller.errors import NotFound
from profiles.limits import Person
from profiles.text import t
from web.answers import json_answer
from web.auth import actor, needs
from web.bodies import DryRunQuery, parsed, query
from web.context import services
from web.errors import BadRequest, WrongType
from web.views.api_plan import JSON, LARGEST_PLAN, YAML, YAML_TYPES

dry_runs = Blueprint("dry_runs", __name__, url_prefix="/api/v1")


@dry_runs.post("/dry-run")
@needs(Person.MANAGER)
def dry_run() -> Response:
    """Try the plan, or the campaigns, in the body. It takes seconds; whoever does not wait for it harms nothing."""
    days = query(DryRunQuery).days
    request.max_content_length = LARGEST_PLAN
    text, name = _text()
    return json_answer(dry_runs_here().try_out(text, actor(), days, name))


def dry_runs_here() -> DryRuns:
    """The door. Raises NotFound where there is none."""
    door = services().dry_runs
    if door is None:
        raise NotFound(t("This store tries no plans."))
    return door


def _text() -> tuple[str, str]:
    """What is to be tried, and what to call it. Raises WrongType, BadRequest."""
    if request.mimetype != JSON and request.mimetype not in YAML_TYPES:
        raise WrongType(t("Send a plan or campaigns as {json} or {yaml}.", json=JSON, yaml=YAML))
    raw = request.get_data()
    if request.mimetype == JSON:
        parsed(raw)
    try:
        return raw.decode("utf-8-sig"), "plan.json" if request.mimetype == JSON else "plan.yaml"
    except UnicodeDecodeError:
        raise BadRequest(t("A plan in YAML must be UTF-8 text.")) from None

"""The JSON API, the plan: what it is, and publishing another.

What `GET` gives can be edited and sent back with `PUT`, as JSON or YAML: the store's own part. What is in force, with
what HQ says, is `GET` with `part=composed`; whatever is sent back, what HQ says stays. The ETag is the plan's version;
with `If-Match` a plan is published only if nobody else did so meanwhile.
"""

from __future__ import annotations

import re

from flask import Blueprint, Response, request

from controller.errors import Conflict, NotFound
from controller.ports import PlanVersion
from profiles.limits import Person
from profiles.planfile import PlanFileError, read_plan, write_plan
from profiles.text import t
from web.answers import json_answer, utc
from web.auth import actor, needs
from web.bodies import PlanQuery, PublishQuery, parsed, query
from web.context import services
from web.errors import BadRequest, Invalid, Outdated, WrongType
from web.shown import Published

plans = Blueprint("plans", __name__, url_prefix="/api/v1")

LARGEST_PLAN = 4 * 1024 * 1024

YAML = "application/yaml"
JSON = "application/json"

#: `application/yaml` is RFC 9512; the others were in use before it.
YAML_TYPES = {YAML, "application/x-yaml", "text/yaml", "text/x-yaml"}

_TAG = re.compile(r'(?:W/)?"([1-9][0-9]{0,8})"\Z')


@plans.get("/plan")
@needs(Person.VIEWER)
def plan() -> Response:
    """The plan in force: the store's own part of it, or all."""
    found = services().overview.plan()
    if found is None:
        raise NotFound(t("No plan has been published yet."))
    return plan_answer(found)


def plan_answer(found: PlanVersion) -> Response:
    """A version of the plan, as JSON or YAML, with its ETag; `part` of the query says which part of it."""
    shown = found.plan if query(PlanQuery).part == "composed" else found.own
    if request.accept_mimetypes.best_match([JSON, YAML]) == YAML:
        answer = Response(write_plan(shown), mimetype=YAML)
    else:
        answer = json_answer(shown.model_dump(mode="json"))
    answer.headers.update({**_headers(found), "Sinne-Plan-Digest": shown.digest})
    answer.headers["Vary"] = "Accept"
    answer.make_conditional(request)
    return answer


@plans.put("/plan")
@needs(Person.MANAGER)
def publish() -> Response:
    """Publish the local part of a plan."""
    seen, note = _seen(), query(PublishQuery).note
    request.max_content_length = LARGEST_PLAN
    document = plan_document()
    try:
        made = services().planning.publish(document, note, actor(), seen)
    except Conflict as error:
        if seen is None:
            raise
        raise Outdated(str(error), "If-Match") from error
    return json_answer(Published(made.version, made.digest, made.author, made.note, made.at), headers=_headers(made))


def _headers(version: PlanVersion) -> dict[str, str]:
    return {"ETag": f'"{version.version}"', "Sinne-Plan-Digest": version.digest, "Sinne-Plan-At": utc(version.at)}


def _seen() -> int | None:
    """The version that the author started from, if `If-Match` says so."""
    tag = request.headers.get("If-Match")
    if tag is None or tag.strip() == "*":
        return None
    found = _TAG.match(tag.strip())
    if found is None:
        raise BadRequest(t('If-Match must be the ETag of the plan, such as "7".'), "If-Match")
    return int(found[1])


def plan_document() -> object:
    """The plan in the body of the request at hand, as plain values. Raises WrongType, BadRequest, Invalid."""
    if request.mimetype == JSON:
        return parsed(request.get_data())
    if request.mimetype not in YAML_TYPES:
        raise WrongType(t("Send a plan as {json} or {yaml}.", json=JSON, yaml=YAML))
    try:
        text = request.get_data().decode()
    except UnicodeDecodeError:
        raise BadRequest(t("A plan in YAML must be UTF-8 text.")) from None
    try:
        # Read here, so that what is wrong is said with its line; checked and published like any other.
        return read_plan(text, "plan.yaml").model_dump(mode="json")
    except PlanFileError as broken:
        raise Invalid(str(broken)) from None

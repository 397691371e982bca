"""The description of the API as OpenAPI 3.1: a literal table of operations, and schemas made from the types.

The table says what the code cannot: summaries, roles, which answers to expect. A test holds it against the routes of
the application, both ways.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pydantic import BaseModel, TypeAdapter

from controller.doors import AnnouncementShown, CueShown, Difference
from controller.dryrun.shapes import DryRun
from controller.hq.link.doors import BelongingShown
from controller.shapes import Explained, PressShown, StopShown, StoreShown, ZoneShown
from profiles.limits import Person
from profiles.planschema import schema as plan_schema
from web import bodies, bodies_belonging, shown

VIEWER, STAFF, MANAGER = Person.VIEWER, Person.STAFF, Person.MANAGER


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one address. `answer`: the type of its body; `errors`: codes beyond those that all have."""

    method: str
    path: str
    name: str
    summary: str
    person: Person
    answer: type | str
    code: int = 200
    body: type[BaseModel] | str | None = None
    body_optional: bool = False
    query: type[BaseModel] | None = None
    errors: tuple[int, ...] = ()


#: Answers of the table that are not types.
PLAN, EVENTS, DESCRIPTION, CALENDAR, CANDIDATE = "plan", "events", "description", "calendar", "candidate"

OPERATIONS = (
    Operation("get", "/store", "store", "The store as a whole", VIEWER, StoreShown),
    Operation("get", "/zones", "zones", "Every zone: what, why, until, desired beside reported", VIEWER, shown.Zones),
    Operation("get", "/zones/{zone}", "zone", "One zone", VIEWER, ZoneShown, errors=(404,)),
    Operation("get", "/zones/{zone}/moods", "moods", "What the caller may press in a zone", VIEWER, shown.Moods,
              errors=(404,)),
    Operation("get", "/zones/{zone}/ends", "ends", "How long a press may last", VIEWER, shown.Ends, errors=(404,)),
    Operation("post", "/zones/{zone}/override", "override", "Press a profile or a scene for a zone", STAFF, PressShown,
              code=201, body=bodies.OverrideBody, errors=(404, 409)),
    Operation("delete", "/zones/{zone}/override", "end-override", "End all overrides of a zone", STAFF, shown.Ended,
              errors=(404,)),
    Operation("post", "/zones/{zone}/nudge", "nudge", "Too loud, too bright, too strong", STAFF, PressShown,
              code=201, body=bodies.NudgeBody, errors=(404, 409)),
    Operation("post", "/override", "override-store", "Press for several zones, or the whole store", STAFF, PressShown,
              code=201, body=bodies.StoreOverrideBody, errors=(404, 409)),
    Operation("get", "/presses", "presses", "Presses that can be taken back", VIEWER, shown.Presses),
    Operation("post", "/undo", "undo", "Take back a press", STAFF, PressShown, body=bodies.UndoBody,
              body_optional=True, errors=(404, 409)),
    Operation("get", "/devices", "devices", "Every device: what it should be beside what it said", VIEWER,
              shown.Devices),
    Operation("post", "/devices/{device}/identify", "identify", "Make a device show itself", STAFF, shown.Asked,
              code=202, errors=(404,)),
    Operation("get", "/stop", "stops", "The stops in force", VIEWER, shown.Stops),
    Operation("post", "/stop", "stop", "Stop: mute, full light, scent off", STAFF, StopShown, code=201,
              body=bodies.StopBody, body_optional=True, errors=(404,)),
    Operation("delete", "/stop", "resume", "End stops", STAFF, shown.Ended, query=bodies.ResumeQuery, errors=(404,)),
    Operation("get", "/announcements", "announcements", "What is said over the music, when next and when last", VIEWER,
              shown.Announced, errors=(404,)),
    Operation("post", "/announcements/{announcement}", "announce", "Say an announcement now", STAFF, AnnouncementShown,
              code=201, body=bodies.AnnounceBody, body_optional=True, errors=(404,)),
    Operation("get", "/timeline", "timeline", "What each zone is or will be", VIEWER, shown.Segments,
              query=bodies.TimelineQuery, errors=(404,)),
    Operation("get", "/explain", "explain", "Why a zone is as it is at an instant", VIEWER, Explained,
              query=bodies.ExplainQuery, errors=(404,)),
    Operation("get", "/cues", "cues", "Tasks for people on a day of the store", VIEWER, shown.CueDay,
              query=bodies.CuesQuery, errors=(404,)),
    Operation("post", "/cues/{cue}", "mark-cue", "Say that a cue of today is done, skipped, or open again", STAFF,
              CueShown, body=bodies.CueBody, errors=(404,)),
    Operation("get", "/plan", "plan", "The plan in force, or the store's own part of it", VIEWER, PLAN,
              query=bodies.PlanQuery, errors=(304, 404)),
    Operation("put", "/plan", "publish", "Publish another own part of the plan", MANAGER, shown.Published, body=PLAN,
              query=bodies.PublishQuery, errors=(409, 412)),
    Operation("get", "/plan/versions", "plan-versions", "The versions of the plan, newest first", VIEWER,
              shown.PlanVersions, query=bodies.VersionsQuery, errors=(404,)),
    Operation("get", "/plan/versions/{version}", "plan-version", "One version of the plan", VIEWER, PLAN,
              query=bodies.PlanQuery, errors=(304, 404)),
    Operation("get", "/plan/difference", "plan-difference", "What feels different between two versions of the plan",
              VIEWER, Difference, query=bodies.DifferenceQuery, errors=(404,)),
    Operation("post", "/plan/difference", "plan-would-change",
              "What a plan that is not published yet would make different", MANAGER, Difference, body=PLAN,
              query=bodies.WouldChangeQuery, errors=(404,)),
    Operation("post", "/plan/rollback", "plan-rollback", "Publish an earlier version of the plan anew", MANAGER,
              shown.Published, body=bodies.RollbackBody, errors=(404, 409)),
    Operation("post", "/dry-run", "dry-run", "What a plan, or campaigns, would make different, tried on a copy",
              MANAGER, DryRun, body=CANDIDATE, query=bodies.DryRunQuery, errors=(404,)),
    Operation("get", "/when", "when", "A time expression in plain words, with its next occurrences", VIEWER,
              shown.WhenShown, query=bodies.WhenQuery, errors=(404,)),
    Operation("get", "/quiet-hours", "quiet-hours", "The published quiet hours, and how well they were kept", VIEWER,
              shown.QuietHours, errors=(404,)),
    Operation("get", "/calendar.ics", "calendar", "What the store will be, as iCalendar", VIEWER, CALENDAR,
              errors=(304, 404)),
    Operation("get", "/zones/{zone}/calendar.ics", "zone-calendar", "What a zone will be, as iCalendar", VIEWER,
              CALENDAR, errors=(304, 404)),
    Operation("post", "/calendar/exceptions", "take-calendar", "Make the days of a calendar days of the store", MANAGER,
              shown.TakenShown, body=CALENDAR, query=bodies.TakeQuery, errors=(404, 409)),
    Operation("get", "/hq", "hq", "To whom the store belongs, and how the line there is", VIEWER, BelongingShown,
              errors=(404,)),
    Operation("put", "/hq", "enrol", "Belong to the HQ that made this bundle", Person.ADMINISTRATOR, BelongingShown,
              body=bodies_belonging.EnrolBody, errors=(404,)),
    Operation("post", "/hq/grant", "grant-hq", "Let HQ do here what this role may", Person.ADMINISTRATOR,
              BelongingShown, body=bodies_belonging.GrantBody, errors=(404,)),
    Operation("delete", "/hq", "leave-hq", "Belong to nobody", Person.ADMINISTRATOR, shown.Left, errors=(404,)),
    Operation("get", "/events", "events", "Changes as server-sent events", VIEWER, EVENTS, query=bodies.EventsQuery),
    Operation("get", "/openapi.json", "description", "This description", VIEWER, DESCRIPTION),
)

ERRORS = {
    304: "It has not changed since the ETag that was sent",
    400: "The request cannot be read",
    401: "No token, no session, or one that has ended",
    403: "The role is not enough, or the CSRF token is missing",
    404: "What was named does not exist",
    409: "Somebody else changed it first",
    412: "If-Match names another version than the one in force",
    413: "The body is too large",
    415: "The body is of a type that is not read here",
    422: "A value is wrong; the sentence says which, and what would be right",
    429: "Too often; see Retry-After",
    503: "Not at the moment; see Retry-After",
}

_OF_COMPONENT = "#/components/schemas/{model}"
_PLAN_SHAPE = {"$ref": _OF_COMPONENT.format(model="Plan")}
_OF_PLANS = ("application/json", "application/yaml")
#: A whole plan, or campaigns that go into the one in force, with what they need.
_PARTS = {"campaigns": "Campaign", "profiles": "Profile", "fragrances": "Fragrance", "sources": "Source"}
_CANDIDATE_SHAPE = {"anyOf": [_PLAN_SHAPE, {"type": "object", "required": ["campaigns"], "properties": {
    part: {"type": "array", "items": {"$ref": _OF_COMPONENT.format(model=f"Plan.{model}")}}
    for part, model in _PARTS.items()}}]}
_CALENDAR_CONTENT = {"text/calendar": {"schema": {"type": "string"}}}
_PLAN_REF = re.compile(r"^#/\$defs/")
_NAMED = re.compile(r"\{(\w+)\}")


@lru_cache(maxsize=1)
def document() -> dict[str, Any]:
    """The whole description."""
    references, schemas = schemas_of(OPERATIONS)
    paths = paths_of(OPERATIONS, references)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "sinne", "version": "1",
            "description": "A store's senses. All times are RFC 3339 in UTC. A problem is answered as "
                           '`{"error": {"sentence": …, "field": …}}`. Sign in with a bearer token (`sinne token`); a '
                           "browser's session works too and then needs `X-CSRF-Token` to change something.",
        },
        "servers": [{"url": "/api/v1"}],
        "security": [{"token": []}, {"session": []}],
        "paths": paths,
        "components": {
            "schemas": {**schemas, **_plan_schemas()},
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": "__Host-sinne"},
            },
        },
    }


def paths_of(operations: Iterable[Operation], references: dict[type, Any]) -> dict[str, dict[str, Any]]:
    """The paths of a description, with `references` to the schemas of types."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method] = _operation(operation, references)
    return paths


def _operation(operation: Operation, references: dict[type, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "description": f"Needs the role {operation.person.value}.",
        "x-sinne-role": operation.person.value,
        "parameters": [*_in_path(operation), *_in_query(operation), *_in_head(operation)],
        "responses": {str(operation.code): _answer(operation, references), **_errors(operation, references)},
    }
    if operation.body is not None:
        content = _body(operation, references)
        made["requestBody"] = {"required": not operation.body_optional, "content": content}
    return made


def _body(operation: Operation, references: dict[type, Any]) -> dict[str, Any]:
    if operation.body == CALENDAR:
        return _CALENDAR_CONTENT
    if operation.body == CANDIDATE:
        return {kind: {"schema": _CANDIDATE_SHAPE} for kind in _OF_PLANS}
    shape = _PLAN_SHAPE if isinstance(operation.body, str) else references[operation.body]  # type: ignore[index]
    kinds = _OF_PLANS if operation.body == PLAN else ("application/json",)
    return {kind: {"schema": shape} for kind in kinds}


def _answer(operation: Operation, references: dict[type, Any]) -> dict[str, Any]:
    if operation.answer == EVENTS:
        return {"description": "`event: change`, `id:` and `revision` as they come; fetch what you show again",
                "content": {"text/event-stream": {"schema": {"type": "string"}}}}
    if operation.answer == CALENDAR:
        return {"description": operation.summary, "headers": {"ETag": {"schema": {"type": "string"}}},
                "content": _CALENDAR_CONTENT}
    if operation.answer == PLAN:
        text = {"schema": {"type": "string"}}
        return {"description": "The plan; the ETag is its version", "headers": {"ETag": text},
                "content": {"application/json": {"schema": _PLAN_SHAPE}, "application/yaml": text}}
    shape = {"type": "object"} if isinstance(operation.answer, str) else references[operation.answer]
    return {"description": operation.summary, "content": {"application/json": {"schema": shape}}}


def _errors(operation: Operation, references: dict[type, Any]) -> dict[str, Any]:
    codes = {400, 401, 403, 422, 503, *operation.errors, *((413, 415) if operation.body else ()),
             *(() if operation.method == "get" else (429,))}
    problem = {"application/json": {"schema": references[shown.Problems]}}
    return {str(code): {"description": ERRORS[code], **({"content": problem} if code >= 400 else {})}
            for code in sorted(codes)}


def _in_path(operation: Operation) -> list[dict[str, Any]]:
    shape = {"type": "string", "pattern": "^[a-z0-9][a-z0-9-]{0,62}$"}
    return [{"name": name, "in": "path", "required": True, "schema": shape} for name in _NAMED.findall(operation.path)]


def _in_query(operation: Operation) -> list[dict[str, Any]]:
    if operation.query is None:
        return []
    made = operation.query.model_json_schema()
    return [{"name": name, "in": "query", "required": name in made.get("required", []), "schema": _not_null(shape)}
            for name, shape in made["properties"].items()]


def _in_head(operation: Operation) -> list[dict[str, Any]]:
    if operation.name == "publish":
        return [{"name": "If-Match", "in": "header", "required": False, "description": "The ETag that you started from",
                 "schema": {"type": "string", "pattern": '^"[1-9][0-9]{0,8}"$'}}]
    return []


def _not_null(shape: dict[str, Any]) -> dict[str, Any]:
    """A query has no null: a name is there or not."""
    kept = [one for one in shape.get("anyOf", [shape]) if one.get("type") != "null"]
    return {key: value for key, value in kept[0].items() if key not in ("default", "title")}


def schemas_of(operations: Iterable[Operation]) -> tuple[dict[type, Any], dict[str, Any]]:
    """A reference for each type of a table, and every schema that they need."""
    types: list[type] = [shown.Problems]
    for operation in operations:
        types += [kind for kind in (operation.answer, operation.body) if kind is not None and not isinstance(kind, str)]
    made, definitions = TypeAdapter.json_schemas(
        [(kind, "validation", TypeAdapter(kind)) for kind in dict.fromkeys(types)], ref_template=_OF_COMPONENT)
    return {kind: made[(kind, "validation")] for kind in dict.fromkeys(types)}, definitions["$defs"]


def _plan_schemas() -> dict[str, Any]:
    plan = _moved(plan_schema())
    parts = {f"Plan.{name}": part for name, part in plan.pop("$defs").items()}
    del plan["$schema"]
    return {"Plan": plan, **parts}


def _moved(shape: Any) -> Any:
    """The plan's schema with its references pointing to where its parts are in this document."""
    if isinstance(shape, dict):
        return {key: _PLAN_REF.sub("#/components/schemas/Plan.", value) if key == "$ref" else _moved(value)
                for key, value in shape.items()}
    return [_moved(one) for one in shape] if isinstance(shape, list) else shape

"""The JSON API, the plan's past: its versions, what feels different between two, and one step back."""

from __future__ import annotations

from flask import Blueprint, Response, request

from controller.doors import Versions
from controller.errors import NotFound
from profiles.limits import Person
from profiles.text import t
from web.answers import json_answer
from web.auth import actor, needs
from web.bodies import DifferenceQuery, RollbackBody, VersionsQuery, WouldChangeQuery, body, query
from web.context import services
from web.shown import PlanVersions, Published
from web.views.api_plan import LARGEST_PLAN, plan_answer, plan_document

plan_versions = Blueprint("plan_versions", __name__, url_prefix="/api/v1")


@plan_versions.get("/plan/versions")
@needs(Person.VIEWER)
def versions() -> Response:
    """The versions of the plan, newest first."""
    found = _door().versions(query(VersionsQuery).limit)
    return json_answer(PlanVersions([Published(v.version, v.digest, v.author, v.note, v.at) for v in found]))


@plan_versions.get("/plan/versions/<version>")
@needs(Person.VIEWER)
def one_version(version: str) -> Response:
    """One version: the store's own part of it, or all, as it was in force."""
    return plan_answer(_door().version(_number(version)))


@plan_versions.get("/plan/difference")
@needs(Person.VIEWER)
def difference() -> Response:
    """What feels different between two versions."""
    asked, door = query(DifferenceQuery), _door()
    after = asked.after if asked.after is not None else _newest(door)
    before = asked.before if asked.before is not None else after - 1
    if before < 1:
        raise NotFound(t("There is no version before the first."))
    return json_answer(door.difference(before, after, days=asked.days))


@plan_versions.post("/plan/difference")
@needs(Person.MANAGER)
def would_change() -> Response:
    """What a plan that is not published yet would make different."""
    days = query(WouldChangeQuery).days
    request.max_content_length = LARGEST_PLAN
    return json_answer(_door().would_change(plan_document(), days=days))


@plan_versions.post("/plan/rollback")
@needs(Person.MANAGER)
def rollback() -> Response:
    """Publish an earlier version anew."""
    made = _door().rollback(body(RollbackBody).version, actor())
    return json_answer(Published(made.version, made.digest, made.author, made.note, made.at))


def _door() -> Versions:
    door = services().versions
    if door is None:
        raise NotFound(t("This store keeps no versions of its plan."))
    return door


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise NotFound(t("There is no version {number} of the plan.", number=text[:20]))
    return int(text)


def _newest(door: Versions) -> int:
    found = door.versions(1)
    if not found:
        raise NotFound(t("No plan has been published yet."))
    return found[0].version

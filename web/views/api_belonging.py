"""The JSON API, to whom the store belongs: look, enrol with HQ, say what HQ may do here, leave it."""

from __future__ import annotations

from flask import Blueprint, Response

from controller.errors import NotFound
from controller.hq.link.doors import Belonging
from profiles.limits import Person
from profiles.text import t
from web.answers import json_answer
from web.auth import actor, needs
from web.bodies import body
from web.bodies_belonging import EnrolBody, GrantBody
from web.context import services
from web.shown import Left

belonging = Blueprint("belonging", __name__, url_prefix="/api/v1")


@belonging.get("/hq")
@needs(Person.VIEWER)
def whose() -> Response:
    """To whom the store belongs, and how the line there is."""
    found = _door().shown()
    if found is None:
        raise NotFound(t("This store belongs to no HQ."))
    return json_answer(found)


@belonging.put("/hq")
@needs(Person.ADMINISTRATOR)
def enrol() -> Response:
    """Belong to the HQ of a bundle, at once."""
    asked = body(EnrolBody)
    return json_answer(_door().enrol(asked.bundle, asked.grant, actor()))


@belonging.post("/hq/grant")
@needs(Person.ADMINISTRATOR)
def grant() -> Response:
    """Let HQ do here what people of this role may."""
    return json_answer(_door().grant(body(GrantBody).grant, actor()))


@belonging.delete("/hq")
@needs(Person.ADMINISTRATOR)
def leave() -> Response:
    """Belong to nobody: what came from HQ goes, the store's own part stays."""
    _door().leave(actor())
    return json_answer(Left(True))


def _door() -> Belonging:
    door = services().belonging
    if door is None:
        raise NotFound(t("This store belongs to no HQ."))
    return door

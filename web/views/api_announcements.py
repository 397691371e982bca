"""The JSON API, announcements: what is said over the music, and saying it now."""

from __future__ import annotations

from flask import Blueprint, Response

from controller.doors import Announcements
from controller.errors import NotFound
from profiles.limits import Person
from profiles.text import t
from web.answers import json_answer
from web.auth import actor, needs
from web.bodies import AnnounceBody, body
from web.context import services
from web.shown import Announced

announcing = Blueprint("announcing", __name__, url_prefix="/api/v1")


@announcing.get("/announcements")
@needs(Person.VIEWER)
def announcements() -> Response:
    """Those of the plan: when each is said next, and what became of it last."""
    return json_answer(Announced(_door().announcements()))


@announcing.post("/announcements/<announcement>")
@needs(Person.STAFF)
def announce(announcement: str) -> Response:
    """Say it now. An empty body is enough: it is said in all of its zones."""
    asked = body(AnnounceBody, may_be_empty=True)
    return json_answer(_door().announce(announcement, asked.zones, actor()), 201)


def _door() -> Announcements:
    found = services().announcements
    if found is None:
        raise NotFound(t("This store has no announcements."))
    return found

"""The JSON API, cues: what people are asked to do for touch and taste, and saying that it is done."""

from __future__ import annotations

from flask import Blueprint, Response

from profiles.limits import Person
from web.answers import json_answer
from web.auth import actor, needs
from web.bodies import CueBody, CuesQuery, body, query
from web.cues_page import cues_here
from web.shown import CueDay

cue_marks = Blueprint("cue_marks", __name__, url_prefix="/api/v1")


@cue_marks.get("/cues")
@needs(Person.VIEWER)
def cues() -> Response:
    """The cues of a day of the store; today's say when one of them stands differently by itself."""
    here, asked = cues_here(), query(CuesQuery)
    today = here.today()
    day = asked.day or today
    found = here.day(None if day == today else day)
    return json_answer(CueDay(day, here.open_count(), here.next_change() if day == today else None, found))


@cue_marks.post("/cues/<cue>")
@needs(Person.STAFF)
def mark(cue: str) -> Response:
    """Done, skipped, or open again."""
    return json_answer(cues_here().mark(cue, body(CueBody).outcome, actor()))

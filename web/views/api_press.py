"""The JSON API, the pressing half: override, nudge, undo, stop, resume, identify."""

from __future__ import annotations

from flask import Blueprint, Response

from profiles.limits import Person
from web.answers import json_answer
from web.auth import actor, needs
from web.bodies import NudgeBody, OverrideBody, ResumeQuery, StopBody, StoreOverrideBody, UndoBody, body, query
from web.context import services
from web.shown import Asked, Ended, Presses

presses = Blueprint("presses", __name__, url_prefix="/api/v1")


@presses.post("/zones/<zone>/override")
@needs(Person.STAFF)
def override(zone: str) -> Response:
    """Press a profile or a scene for one zone."""
    asked = body(OverrideBody)
    return json_answer(services().planning.press((zone,), asked.choice(), asked.until, actor()), 201)


@presses.delete("/zones/<zone>/override")
@needs(Person.STAFF)
def end_override(zone: str) -> Response:
    """End all overrides of a zone."""
    return json_answer(Ended(services().planning.end_overrides(zone, actor())))


@presses.post("/override")
@needs(Person.STAFF)
def override_store() -> Response:
    """Press a profile or a scene for several zones, or the whole store."""
    asked = body(StoreOverrideBody)
    return json_answer(services().planning.press(asked.zones, asked.choice(), asked.until, actor()), 201)


@presses.get("/presses")
@needs(Person.VIEWER)
def alive() -> Response:
    """Presses that can be taken back, newest first."""
    return json_answer(Presses(services().overview.presses()))


@presses.post("/zones/<zone>/nudge")
@needs(Person.STAFF)
def nudge(zone: str) -> Response:
    """Too loud, too bright, too strong."""
    return json_answer(services().planning.nudge(zone, body(NudgeBody).complaint, actor()), 201)


@presses.post("/undo")
@needs(Person.STAFF)
def undo() -> Response:
    """Take back a press."""
    return json_answer(services().planning.undo(body(UndoBody, may_be_empty=True).press, actor()))


@presses.post("/stop")
@needs(Person.STAFF)
def stop() -> Response:
    """Stop at once. An empty body is enough: it stops the whole store."""
    asked = body(StopBody, may_be_empty=True)
    return json_answer(services().planning.stop(asked.zones, asked.senses, asked.reason, actor()), 201)


@presses.delete("/stop")
@needs(Person.STAFF)
def resume() -> Response:
    """End stops."""
    return json_answer(Ended(services().planning.resume(query(ResumeQuery).stop, actor())))


@presses.post("/devices/<device>/identify")
@needs(Person.STAFF)
def identify(device: str) -> Response:
    """Make a device show itself."""
    services().planning.identify(device, actor())
    return json_answer(Asked(device), 202)

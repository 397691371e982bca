"""The simulator's API: look at every device, and misbehave. Thin: a view reads, asks the door, answers."""

from __future__ import annotations

from typing import cast

from flask import Blueprint, Response, request

from controller.errors import Unavailable
from controller.living.verbs import verbs
from profiles.text import t
from web.answers import json_answer
from web.bodies import EventsQuery, body, query
from web.openapi_simulator import document
from web.simulator_bodies import NothingBody, OutageBody, Verbs, VerbTold, WishBody
from web.simulator_context import living
from web.streams import HAND_OVER, HandOver, Wish

simulator_api = Blueprint("simulator_api", __name__, url_prefix="/api/v1")

#: How the command calls itself, so that the log can tell it from other programs.
COMMAND_AGENT = "sinne-misbehave"


@simulator_api.get("/simulator")
def everything() -> Response:
    """Devices, broker, what was done."""
    return json_answer(living().shown())


@simulator_api.get("/simulator/verbs")
def every_verb() -> Response:
    """What can be done, and what each really does."""
    return json_answer(Verbs([VerbTold(verb.name, verb.words, verb.says, verb.kinds, verb.undo, verb.wants)
                              for verb in verbs().values()]))


@simulator_api.post("/simulator/devices/<device>/<verb>")
def misbehave(device: str, verb: str) -> Response:
    """Do something to a device. Raises NotFound, Refused."""
    return json_answer(living().do(device, verb, body(WishBody, may_be_empty=True).wish(), _by()))


@simulator_api.post("/simulator/mend")
def mend() -> Response:
    """Everything as it was at the start."""
    body(NothingBody, may_be_empty=True)
    return json_answer(living().mend(_by()))


@simulator_api.post("/simulator/broker/down")
def broker_down() -> Response:
    """An outage."""
    return json_answer(living().broker_down(body(OutageBody, may_be_empty=True).seconds, _by()))


@simulator_api.post("/simulator/broker/up")
def broker_up() -> Response:
    """Its end."""
    body(NothingBody, may_be_empty=True)
    return json_answer(living().broker_up(_by()))


@simulator_api.get("/events")
def events() -> Response:
    """Changes as server-sent events. The connection leaves its worker here (`web/serving.py`)."""
    if request.method == "HEAD":
        return Response(mimetype="text/event-stream")
    hand_over = cast("HandOver | None", request.environ.get(HAND_OVER))
    if hand_over is None:
        raise Unavailable(t("This server has no event streams. Ask for /api/v1/simulator now and then."), 60)
    last = request.headers.get("Last-Event-ID", "")
    after = int(last) if last.isascii() and last.isdigit() and len(last) < 16 else query(EventsQuery).after
    if not hand_over(Wish(after, living().changes(-1, 0.0), lambda: True)):
        raise Unavailable(t("Too many event streams are open. Ask for /api/v1/simulator now and then."), 30)
    return Response(mimetype="text/event-stream", headers={"X-Accel-Buffering": "no"})


@simulator_api.get("/openapi.json")
def description() -> Response:
    """This API."""
    return json_answer(document())


def _by() -> str:
    return t("by command") if request.headers.get("User-Agent", "").startswith(COMMAND_AGENT) else t("by the API")

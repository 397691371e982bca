"""`/health` of HQ's panel, for a proxy or a supervisor: whether this worker reaches what HQ remembers."""

from __future__ import annotations

from flask import Blueprint, Response

from controller.errors import Unavailable
from profiles.text import t
from web.answers import json_answer
from web.auth import needs
from web.hq_context import hq

hq_health = Blueprint("hq_health", __name__)


@hq_health.get("/health")
@needs(None)
def well() -> Response:
    """503 while the database does not answer."""
    try:
        hq().fleet.revision()
    except Unavailable as error:
        return json_answer({"ok": False, "sentence": str(error)}, 503)
    return json_answer({"ok": True, "sentence": t("HQ's panel is well.")})

"""Files of the built front end. They hold nothing of the store, so they need no sign-in."""

from __future__ import annotations

from typing import cast

from flask import Blueprint, Response, current_app

from web.auth import needs
from web.bundle import ADDRESS, Bundle

dist = Blueprint("dist", __name__)


@dist.get(ADDRESS + "<path:name>")
@needs(None)
def file(name: str) -> Response:
    """One file of the bundle."""
    return cast(Bundle, current_app.extensions["sinne-bundle"]).serve(name)

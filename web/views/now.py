"""The page *Now*: what every zone is, why, and what comes next."""

from __future__ import annotations

from flask import Blueprint, render_template

from profiles.limits import Person
from web.auth import needs
from web.context import services

now = Blueprint("now", __name__)


@now.get("/")
@needs(Person.VIEWER)
def page() -> str:
    """Every zone of the store."""
    overview = services().overview
    return render_template("now/page.html", store=overview.store(), zones=overview.zones())

"""The factory of a store's panel and API: its pages in the frame of `web/frame.py`. It builds nothing at import."""

from __future__ import annotations

from flask import Flask

from web.context import Services
from web.frame import framed
from web.navigation import pages
from web.views.air import air
from web.views.api import api
from web.views.api_announcements import announcing
from web.views.api_belonging import belonging
from web.views.api_calendar import times
from web.views.api_cues import cue_marks
from web.views.api_dryrun import dry_runs
from web.views.api_plan import plans
from web.views.api_press import presses
from web.views.api_versions import plan_versions
from web.views.calendars import calendars
from web.views.cues import cues
from web.views.dist import dist
from web.views.dryrun import dryrun
from web.views.health import health
from web.views.now import now
from web.views.sign_in import sign_in
from web.views.today import today


def make_app(given: Services) -> Flask:
    """The application over `given`. Templates get `t`, `language`, `csrf_token`, `asset`, `styles`, `pages`."""
    return framed(given, pages, (
        now, today, cues, air, sign_in, api, presses, announcing, cue_marks, plans, plan_versions, health,
        belonging, dry_runs, dryrun, times, calendars, dist,
    ))

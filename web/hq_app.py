"""The factory of HQ's panel and API: its pages in the frame of `web/frame.py`. It builds nothing at import.

It keeps nothing in the process, so that it may run with any number of gunicorn workers (`sinne hq web`), and as well
on the server of `web/serving.py` in one process with the rest of HQ.
"""

from __future__ import annotations

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from profiles.text import t
from web.frame import framed
from web.hq_context import HqServices
from web.hq_navigation import hq_pages
from web.views.dist import dist
from web.views.hq_api import hq_api
from web.views.hq_api_campaigns import hq_plans
from web.views.hq_api_drafts import hq_drafts
from web.views.hq_campaigns import campaigns
from web.views.hq_enrol import enrol
from web.views.hq_fleet import fleet
from web.views.hq_health import hq_health
from web.views.hq_profiles import profiles
from web.views.hq_proof import proof
from web.views.hq_record import record
from web.views.hq_store import store
from web.views.sign_in import sign_in


def make_hq_app(given: HqServices) -> Flask:
    """The application over `given`."""
    app = framed(given, hq_pages, (
        fleet, store, enrol, campaigns, profiles, proof, record, sign_in, hq_health, dist, hq_api, hq_drafts,
        hq_plans))
    app.jinja_env.globals.update(at_hq=True, home_words=lambda: t("Back to the fleet"))
    if given.proxies:
        many = given.proxies
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=many, x_proto=many, x_host=many)
    return app

"""The factory of the panel and the API: routes, sign-in, headers, errors. It builds nothing at import."""

from __future__ import annotations

import ipaddress

from flask import Flask, Response, request

from profiles.text import LANGUAGES, language, speak, t
from web.auth import csrf_token, guard
from web.bundle import Bundle
from web.context import Services, services
from web.errors import register
from web.navigation import pages
from web.views.air import air
from web.views.api import api
from web.views.api_announcements import announcing
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

#: For whoever writes templates and scripts: no inline `<script>`, no `onclick=`, no `<style>`, no `javascript:`, no
#: eval; nothing from another host. `style="--glow:.7"` on an element is allowed (style-src-attr), so that the server
#: may draw a zone in its reported light; so is CSSOM (`element.style.setProperty`). htmx must be told not to insert
#: its own style sheet and not to eval: <meta name="htmx-config" content='{"includeIndicatorStyles":false,
#: "allowEval":false}'>. SVG pictures in style sheets may be `data:`.
POLICY = "; ".join((
    "default-src 'none'", "script-src 'self'", "style-src 'self'", "style-src-attr 'unsafe-inline'",
    "img-src 'self' data:", "font-src 'self'", "connect-src 'self'", "manifest-src 'self'", "form-action 'self'",
    "base-uri 'none'", "frame-ancestors 'none'",
))

HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not `no-referrer`: with it browsers send `Origin: null` with our own forms, and the origin is checked.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}

LARGEST_BODY = 64 * 1024


def make_app(given: Services) -> Flask:
    """The application over `given`. Templates get `t`, `language`, `csrf_token`, `asset`, `styles`, `pages`."""
    app = Flask(__name__, static_folder=None)
    app.extensions["sinne"] = given
    app.config.update(MAX_CONTENT_LENGTH=LARGEST_BODY, MAX_FORM_PARTS=50, PROVIDE_AUTOMATIC_OPTIONS=False)
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    app.extensions["sinne-bundle"] = bundle = Bundle(given.assets)
    app.jinja_env.globals.update(
        t=t, language=language, csrf_token=csrf_token, asset=bundle.asset, styles=bundle.styles, pages=pages)
    app.before_request(_choose_language)
    app.before_request(guard)
    app.after_request(_add_headers)
    register(app)
    for blueprint in (
        now, today, cues, air, sign_in, api, presses, announcing, cue_marks, plans, plan_versions, health,
        dry_runs, dryrun, times, calendars, dist,
    ):
        app.register_blueprint(blueprint)
    return app


def _choose_language() -> None:
    speak(request.accept_languages.best_match(LANGUAGES))


def _add_headers(answer: Response) -> Response:
    for name, value in HEADERS.items():
        answer.headers.setdefault(name, value)
    # What is shown is of this second and of this person; only files of the bundle say otherwise.
    answer.headers.setdefault("Cache-Control", "no-store")
    if services().secure and _has_public_name():
        answer.headers["Strict-Transport-Security"] = "max-age=2592000"
    return answer


def _has_public_name() -> bool:
    """Not for localhost: a browser would then refuse plain HTTP to everything else on the developer's machine."""
    name = request.host.rpartition(":")[0] or request.host
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return name != "localhost" and not name.endswith(".localhost")
    return False

"""What every application that people sign in to is built with: headers, guard, language, errors, the built front end.

The store's panel (`web/app.py`) and HQ's (`web/hq_app.py`) are two applications of this one frame.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable

from flask import Blueprint, Flask, Response, request

from profiles.text import LANGUAGES, language, speak, t, tn
from web.auth import csrf_token, guard
from web.bundle import Bundle
from web.context import House, house
from web.errors import register
from web.navigation import PageLink

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


def framed(given: House, pages: Callable[[], list[PageLink]], blueprints: Iterable[Blueprint]) -> Flask:
    """An application over `given`. Templates get `t`, `tn`, `language`, `csrf_token`, `asset`, `styles`, `pages`."""
    app = Flask("web", static_folder=None)
    app.extensions["sinne"] = given
    app.config.update(MAX_CONTENT_LENGTH=LARGEST_BODY, MAX_FORM_PARTS=50, PROVIDE_AUTOMATIC_OPTIONS=False)
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    app.extensions["sinne-bundle"] = bundle = Bundle(given.assets)
    app.jinja_env.globals.update(
        t=t, tn=tn, language=language, csrf_token=csrf_token, asset=bundle.asset, styles=bundle.styles, pages=pages,
        at_hq=False)
    app.before_request(_choose_language)
    app.before_request(guard)
    app.after_request(_add_headers)
    register(app)
    for blueprint in blueprints:
        app.register_blueprint(blueprint)
    return app


def _choose_language() -> None:
    speak(request.accept_languages.best_match(LANGUAGES))


def _add_headers(answer: Response) -> Response:
    for name, value in HEADERS.items():
        answer.headers.setdefault(name, value)
    # What is shown is of this second and of this person; only files of the bundle say otherwise.
    answer.headers.setdefault("Cache-Control", "no-store")
    if house().secure and _has_public_name():
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

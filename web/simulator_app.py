"""The factory of the simulator's page and API: a tester's tool, for this machine alone.

Nobody signs in. What keeps others out: it listens on a loopback address, answers only to the names of this machine (so
that a page elsewhere whose name is made to resolve to it is another origin and gets nothing), refuses what a browser
marks as another site's, wants a token with every form and `application/json` with every call of its API, neither of
which another site can send, and cannot be framed.
"""

from __future__ import annotations

from hmac import compare_digest

from flask import Flask, Response, request

from controller.errors import Forbidden
from profiles.text import LANGUAGES, language, speak, t
from web.auth import SAFE, check_host, check_site
from web.bundle import ADDRESS, Bundle
from web.errors import WrongType, for_programs, register
from web.frame import HEADERS, LARGEST_BODY
from web.simulator_context import SimulatorServices, simulator
from web.views.api_simulator import simulator_api
from web.views.simulator import simulator_page


def make_simulator_app(given: SimulatorServices) -> Flask:
    """The application over `given`."""
    app = Flask(__name__, static_folder=None)
    app.extensions["sinne-simulator"] = given
    app.config.update(MAX_CONTENT_LENGTH=LARGEST_BODY, MAX_FORM_PARTS=50, PROVIDE_AUTOMATIC_OPTIONS=False)
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    bundle = Bundle(given.assets)
    app.jinja_env.globals.update(
        t=t, language=language, csrf_token=lambda: given.token, asset=bundle.asset, styles=bundle.styles,
        home_words=lambda: t("Back to the simulator"))
    app.before_request(_guard)
    app.after_request(_add_headers)
    register(app)
    app.register_blueprint(simulator_page)
    app.register_blueprint(simulator_api)
    app.add_url_rule(ADDRESS + "<path:name>", "file", bundle.serve, methods=["GET"])
    return app


def _guard() -> None:
    speak(request.accept_languages.best_match(LANGUAGES))
    check_host()
    if request.method in SAFE:
        return
    check_site()
    if for_programs():
        if request.mimetype != "application/json":
            raise WrongType(t("Send JSON, with Content-Type: application/json."))
    elif not compare_digest(request.form.get("csrf_token", "").encode(), simulator().token.encode()):
        raise Forbidden(t("The form is out of date. Load the page again and repeat what you did."))


def _add_headers(answer: Response) -> Response:
    for name, value in HEADERS.items():
        answer.headers.setdefault(name, value)
    answer.headers.setdefault("Cache-Control", "no-store")
    return answer

"""The simulator's page: every device, what it does beside what is believed of it, and every way to misbehave.

Without script every key is a plain form that leads back here; with htmx the same addresses answer with pieces.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from flask import Blueprint, Response, make_response, redirect, render_template, request

from controller.errors import NotFound, Refused, SinneError
from controller.living.door import Did
from profiles.text import t
from web.errors import code_of
from web.simulator_context import living
from web.simulator_page import hand_of, page, wish_of

simulator_page = Blueprint("simulator", __name__)


@simulator_page.get("/")
def whole() -> Response:
    """The page. `device`: in hand."""
    return _page()


@simulator_page.get("/fragment")
def fragment() -> str:
    """Everything that changes by itself, as pieces; the forms of the desk stay as somebody is filling them in."""
    return render_template("simulator/live.html", **page(living().shown(), _device()))


@simulator_page.get("/desk")
def desk() -> str:
    """The desk with a device in hand, as a piece. Raises NotFound."""
    shown = living().shown()
    hand_of(shown, _device())
    return render_template("simulator/desk.html", **page(shown, _device()))


@simulator_page.post("/do")
def do() -> Response:
    """Do something to a device: `device`, `verb`, and what the verb wants."""

    def done() -> Did:
        device = next((one for one in living().shown().devices if one.id == _device()), None)
        if device is None:
            raise NotFound(t("There is no device {device} here.", device=_device()[:80]))
        wish = wish_of(request.form, device.kind)
        return living().do(device.id, request.form.get("verb", ""), wish, t("on the page"))

    return _do(done)


@simulator_page.post("/mend")
def mend() -> Response:
    """Mend everything."""
    return _do(lambda: living().mend(t("on the page")))


@simulator_page.post("/broker")
def broker() -> Response:
    """`turn`: down or up; `seconds`: how long it is down, empty until it is mended."""

    def turned() -> Did:
        if request.form.get("turn") == "up":
            return living().broker_up(t("on the page"))
        text = request.form.get("seconds", "")
        try:
            seconds = float(text[:20]) if text else None
        except ValueError:
            raise Refused(t("The seconds must be a number.")) from None
        return living().broker_down(seconds, t("on the page"))

    return _do(turned)


def _device() -> str:
    return str(request.values.get("device", ""))


def _do(act: Callable[[], Did]) -> Response:
    """Act, then answer: pieces to htmx, a way back to a plain form, or the page with what went wrong."""
    by_htmx = "HX-Request" in request.headers
    try:
        did = act()
    except SinneError as error:
        if by_htmx:
            raise
        return _page(str(error), code_of(error))
    if by_htmx:
        return make_response(render_template("simulator/pieces.html", **page(living().shown(), _device()), did=did))
    return redirect(f"/?{urlencode({'device': _device()})}#desk", 303)  # type: ignore[return-value]


def _page(problem: str | None = None, code: int = 200) -> Response:
    given = page(living().shown(), _device())
    return make_response(render_template("simulator/page.html", **given, problem=problem), code)

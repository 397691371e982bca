"""Sign-in, sign-out, and the first account, of a store and of HQ alike."""

from __future__ import annotations

import math
from typing import cast
from urllib.parse import urlsplit

from flask import Blueprint, Response, make_response, redirect, render_template, request

from controller.errors import Conflict, Forbidden, Refused, TooSoon, Unavailable
from profiles.limits import Person
from profiles.text import t
from web.auth import caller, cookie_name, give_session, needs, set_up_needed, take_session
from web.context import house

sign_in = Blueprint("sign_in", __name__)


@sign_in.get("/sign-in")
@needs(None)
def form() -> Response:
    """The form, unless there is nothing to sign in to yet, or somebody is signed in already."""
    if set_up_needed():
        return _to("/set-up")
    wanted = own_address(request.args.get("next", "/"))
    if caller().actor is not None:
        return _to(wanted)
    return _form(200, next=wanted, name="", sentence=None)


@sign_in.post("/sign-in")
@needs(None)
def enter() -> Response:
    """Sign in. A session that the browser had is ended: a sign-in always makes a new one."""
    if set_up_needed():
        return _to("/set-up")
    name, wanted = request.form.get("name", ""), own_address(request.form.get("next", "/"))
    old = request.cookies.get(cookie_name())
    try:
        secret = house().accounts.sign_in(
            name, request.form.get("password", ""), request.remote_addr or "", replaces=old)
    except (Forbidden, Refused) as error:
        return _form(403, next=wanted, name=name, sentence=str(error))
    except Unavailable as error:
        answer = _form(429 if isinstance(error, TooSoon) else 503, next=wanted, name=name, sentence=str(error))
        answer.headers["Retry-After"] = str(max(1, math.ceil(error.retry_after_s)))
        return answer
    return give_session(_to(wanted), secret)


@sign_in.post("/sign-out")
@needs(Person.VIEWER)
def leave() -> Response:
    """End the session, here and in the browser."""
    secret = caller().session
    try:
        if secret is not None:
            house().accounts.sign_out(secret)
    except Unavailable:
        # Whoever leaves a shared tablet must not stay signed in on it because a disk is full.
        return take_session(_form(503, next="/", name="", sentence=t(
            "This browser is signed out. That the session is over could not be saved; it ends by itself.")))
    return take_session(_to("/sign-in"))


@sign_in.get("/set-up")
@needs(None)
def first() -> Response:
    """The form of the first account. Looking at it does not use up the one-time secret."""
    if not set_up_needed():
        return _to("/sign-in")
    return _first(200, secret=request.args.get("secret", ""), name="", sentence=None)


@sign_in.post("/set-up")
@needs(None)
def make_first() -> Response:
    """Make the first account, with the one-time secret, and sign it in."""
    if not set_up_needed():
        return _to("/sign-in")
    secret, name = request.form.get("secret", ""), request.form.get("name", "")
    try:
        session = house().accounts.set_up(secret, name, request.form.get("password", ""))
    except Forbidden as error:
        return _first(403, secret=secret, name=name, sentence=str(error))
    except Conflict:
        # Somebody else was faster.
        return _to("/sign-in")
    except Refused as error:
        return _first(422, secret=secret, name=name, sentence=str(error))
    return give_session(_to("/"), session)


def own_address(wanted: str) -> str:
    """`wanted` if it is a page of this panel, else the first page: never a way to somebody else's site."""
    parts = urlsplit(wanted)
    is_path = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    if not is_path or parts.netloc or parts.scheme or "\\" in wanted:
        return "/"
    return "/" if parts.path in ("/sign-in", "/set-up", "/sign-out") else wanted


def _to(address: str) -> Response:
    return cast(Response, redirect(address, 303))


def _form(code: int, **shown: object) -> Response:
    return make_response(render_template("sign_in/sign_in.html", **shown), code)


def _first(code: int, **shown: object) -> Response:
    return make_response(render_template("sign_in/set_up.html", **shown), code)

"""Who asks, and whether they may: sessions in a cookie, bearer tokens, roles by route, and forged requests.

Every route says what it needs with `@needs(Person.STAFF)`, or `@needs(None)` for one that needs no sign-in. A route
that says nothing is refused to everybody, so that forgetting it is noticed at once. A request that carries an
`Authorization` header is judged by its token alone; its cookie is not looked at. A request by cookie that changes
something needs the session's CSRF token (header `X-CSRF-Token`, or the form field `csrf_token`), and no request that
a browser marks as coming from another site may change anything.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hmac import compare_digest
from typing import TypeVar, cast
from urllib.parse import quote, urlsplit

from flask import Flask, Response, current_app, g, redirect, request

from controller.errors import Forbidden
from controller.ports import Actor
from profiles.limits import Person
from profiles.text import t
from web.context import house
from web.errors import BadRequest, NotSignedIn, for_programs

View = TypeVar("View", bound=Callable[..., object])

#: Methods that change nothing.
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

#: The only names under which a panel without TLS answers: a page of another name that resolves to this machine
#: (DNS rebinding) would otherwise be of the same origin as the panel.
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})

_NEEDED = "needed_person"
_TAKES = "largest_form"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is behind the request: the actor, and the secret of the session if it came by cookie."""

    actor: Actor | None
    session: str | None = None


def needs(person: Person | None) -> Callable[[View], View]:
    """Mark a view with the least role that may use it; None: everybody, without sign-in."""

    def mark(view: View) -> View:
        setattr(view, _NEEDED, (person,))
        return view

    return mark


def takes(largest: int) -> Callable[[View], View]:
    """Mark a view that takes forms larger than others do, in bytes: they are read before the view is asked."""

    def mark(view: View) -> View:
        setattr(view, _TAKES, largest)
        return view

    return mark


def needed_by(app: Flask, endpoint: str) -> tuple[Person | None] | None:
    """What a route needs: `(person,)` or `(None,)`; None if the route does not say."""
    return cast("tuple[Person | None] | None", getattr(app.view_functions[endpoint], _NEEDED, None))


def actor() -> Actor:
    """The actor of the request at hand. Raises NotSignedIn where there is none."""
    found = caller().actor
    if found is None:
        raise NotSignedIn(t("Sign in first."))
    return found


def caller() -> Caller:
    """Who is behind the request at hand; asked once a request."""
    if "caller" not in g:
        by_token = "Authorization" in request.headers and for_programs()
        g.caller = _by_token() if by_token else _by_cookie()
    return cast(Caller, g.caller)


def csrf_token() -> str:
    """The token that forms and fetches of this session send back; empty without a session."""
    secret = caller().session
    return house().accounts.csrf_of(secret) if secret is not None else ""


def cookie_name() -> str:
    """`__Host-` binds the cookie to this very host and to TLS; a browser refuses the prefix on plain HTTP."""
    return "__Host-sinne" if house().secure else "sinne"


def give_session(response: Response, secret: str) -> Response:
    """Put the session into the browser. How long it lasts is decided here at the server, not by the cookie."""
    response.set_cookie(cookie_name(), secret, secure=house().secure, httponly=True, samesite="Lax", path="/")
    return response


def take_session(response: Response) -> Response:
    """Take the session out of the browser."""
    response.delete_cookie(cookie_name(), secure=house().secure, httponly=True, samesite="Lax", path="/")
    return response


def set_up_needed() -> bool:
    """Whether there is still no account. Once it has one it is not asked again."""
    if current_app.extensions.get("sinne-set-up"):
        return False
    needed: bool = house().accounts.set_up_needed()
    current_app.extensions["sinne-set-up"] = not needed
    return needed


def guard() -> Response | None:
    """Before every request: the host, the role, the forged request. Returns where to go instead, or None."""
    if not house().secure:
        check_host()
    if request.endpoint is None:
        return None
    needed = needed_by(current_app, request.endpoint)
    if needed is None:
        raise Forbidden(t("This address is closed."))
    if request.method not in SAFE:
        check_site()
    (person,) = needed
    if person is None:
        return None
    if not for_programs() and set_up_needed():
        return cast(Response, redirect("/set-up", 303))
    return _check_person(person)


def _check_person(person: Person) -> Response | None:
    by = caller()
    if by.actor is None:
        return _sign_in_first()
    if not by.actor.person.may(person):
        raise Forbidden(t("This needs the role {needed}; {name} is {person}.",
                          needed=person.value, name=by.actor.name, person=by.actor.person.value))
    if by.session is not None and request.method not in SAFE:
        largest = getattr(current_app.view_functions[str(request.endpoint)], _TAKES, None)
        if largest is not None:
            request.max_content_length = request.max_form_memory_size = largest
        sent = request.headers.get("X-CSRF-Token") or request.form.get("csrf_token", "")
        if not compare_digest(sent.encode(), house().accounts.csrf_of(by.session).encode()):
            raise Forbidden(t("The form is out of date. Load the page again and repeat what you did."))
    return None


def _sign_in_first() -> Response | None:
    if for_programs():
        raise NotSignedIn(t("Sign in, or send a bearer token (`sinne token`)."))
    if request.method not in SAFE or "HX-Request" in request.headers:
        # A part of a page must not be replaced by the sign-in page: htmx follows this header with the whole window.
        return Response(t("Sign in first."), 401, {"HX-Redirect": "/sign-in"}, mimetype="text/plain")
    wanted = request.full_path.rstrip("?")
    return cast(Response, redirect("/sign-in" if wanted == "/" else f"/sign-in?next={quote(wanted, safe='')}", 303))


def check_host() -> None:
    """Refuse a name under which nothing without TLS answers. Raises BadRequest."""
    # A name that is not one has no hostname, and a port that is not one raises: neither is ours.
    host = request.host.lower()
    name = host[: host.index("]") + 1] if host.startswith("[") and "]" in host else host.partition(":")[0]
    if name not in LOOPBACK_NAMES:
        raise BadRequest(t("Without TLS this panel answers only to localhost. Open it as http://localhost."))


def check_site() -> None:
    """Refuse what a browser marks as another site's. Programs send neither header, and need a token or a session.

    Raises Forbidden.
    """
    origin = request.headers.get("Origin")
    if request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site"):
        raise Forbidden(t("Another site sent this request. Nothing was changed."))
    if origin is not None and urlsplit(origin).netloc.lower() != request.host.lower():
        raise Forbidden(t("Another site sent this request. Nothing was changed."))


def _by_token() -> Caller:
    scheme, _, secret = request.headers["Authorization"].partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        return Caller(None)
    return Caller(house().accounts.actor_of_token(secret.strip()))


def _by_cookie() -> Caller:
    secret = request.cookies.get(cookie_name())
    if not secret:
        return Caller(None)
    found = house().accounts.actor_of_session(secret)
    return Caller(found, secret) if found is not None else Caller(None)


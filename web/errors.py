"""One place where what went wrong becomes a page, a line or JSON.

Errors of the controller are sorted by what the caller does next; here each gets its HTTP code. Programs get
`{"error": {"sentence": …, "field": …}}`, htmx the sentence alone, browsers a page in the look of the panel.
"""

from __future__ import annotations

import logging
import math
import secrets

from flask import Flask, Response, render_template, request
from werkzeug.exceptions import HTTPException

from controller.errors import Conflict, Forbidden, NotFound, Refused, SinneError, TooSoon, Unavailable
from profiles.text import t
from web.answers import json_answer

log = logging.getLogger(__name__)


class Problem(SinneError):
    """Something about the request itself. `code`: of HTTP; `field`: what of the request it is about, if one thing."""

    code = 400

    def __init__(self, sentence: str, field: str | None = None) -> None:
        """Say what is wrong, where."""
        super().__init__(sentence)
        self.field = field


class BadRequest(Problem):
    """It cannot be read."""


class NotSignedIn(Problem):
    """Nobody is signed in, and somebody must be."""

    code = 401


class Outdated(Problem):
    """`If-Match` names another version than the one in force."""

    code = 412


class WrongType(Problem):
    """A body of another content type than those that are read here."""

    code = 415


class Invalid(Problem):
    """It can be read, and a value in it is wrong."""

    code = 422


class TooOften(Problem):
    """Too many tries. `retry_after_s`: when the next one is looked at."""

    code = 429

    def __init__(self, sentence: str, retry_after_s: float) -> None:
        """Say when to come back."""
        super().__init__(sentence)
        self.retry_after_s = retry_after_s


#: The first line that fits gives the code.
CODES: tuple[tuple[type[SinneError], int], ...] = (
    (NotFound, 404), (Refused, 422), (Forbidden, 403), (Conflict, 409), (TooSoon, 429),
    (Unavailable, 503),
)

#: Titles of the pages. What has none has the title of its class: 4xx or 5xx.
TITLES = {
    401: "Sign in first", 403: "Not allowed", 404: "Not found", 405: "Not here", 413: "Too much",
    429: "Too many tries", 503: "Not at the moment",
}

#: Sentences for what the framework refuses by itself.
SENTENCES = {
    400: "The request cannot be read.",
    404: "There is nothing at this address.",
    405: "This address does not take this method.",
    408: "The request did not arrive in time.",
    413: "The request is too large: 64 KiB are taken here, 4 MiB for a plan, 1 MiB for a calendar.",
    415: "This type of content is not read here.",
    431: "The headers of the request are too large.",
}


def for_programs() -> bool:
    """Whether the request is for an address that programs use: errors are JSON, and nothing leads to a sign-in page."""
    return request.path.startswith("/api/") or request.path in ("/metrics", "/health")


def register(app: Flask) -> None:
    """Let every error of the application end here."""
    app.register_error_handler(SinneError, _of_sinne)
    app.register_error_handler(HTTPException, _of_http)
    app.register_error_handler(Exception, _unforeseen)


def code_of(error: SinneError) -> int:
    """The HTTP code of an error."""
    if isinstance(error, Problem):
        return error.code
    return next((code for kind, code in CODES if isinstance(error, kind)), 500)


def _of_sinne(error: SinneError) -> Response:
    code = code_of(error)
    answer = _answer(code, str(error), getattr(error, "field", None))
    wait_s = getattr(error, "retry_after_s", None)
    if wait_s is not None:
        answer.headers["Retry-After"] = str(max(1, math.ceil(wait_s)))
    if code == 401:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="sinne"'
    return answer


def _of_http(error: HTTPException) -> Response:
    code = error.code or 500
    given = error.get_response()
    if code < 400:
        return Response(given.get_data(), code, dict(given.headers))
    answer = _answer(code, t(SENTENCES.get(code, SENTENCES[400])) if code < 500 else _logged(error), None)
    if "Allow" in given.headers:
        answer.headers["Allow"] = given.headers["Allow"]
    return answer


def _unforeseen(error: Exception) -> Response:
    return _answer(500, _logged(error), None)


def _logged(error: Exception) -> str:
    """Write the error down under a reference, which is all that the outside gets to see of it."""
    reference = secrets.token_hex(4)
    log.error("%s %r failed, reference %s", request.method, request.path, reference, exc_info=error)
    return t("Something went wrong here. It is in the log under {reference}.", reference=reference)


def _answer(code: int, sentence: str, field: str | None) -> Response:
    if for_programs():
        return json_answer({"error": {"sentence": sentence, "field": field}}, code)
    if "HX-Request" in request.headers:
        return Response(sentence, code, mimetype="text/plain")
    return _page(code, sentence)


def _page(code: int, sentence: str) -> Response:
    title = t(TITLES.get(code) or ("That did not work" if code < 500 else "Something went wrong"))
    try:
        return Response(render_template("error.html", title=title, sentence=sentence, code=code), code)
    except Exception:
        # The look must not be able to hide what went wrong.
        log.exception("the error page itself failed")
        return Response(f"{title}\n\n{sentence}\n", code, mimetype="text/plain")

"""What HQ's pages that change documents read from a form or an address, and where they go afterwards."""

from __future__ import annotations

from datetime import date

from flask import Response, redirect, request

from controller.errors import NotFound
from web.hq_context import hq


def seen_revision() -> int | None:
    """The revision of a draft that was seen; None where the form does not say."""
    seen = request.form.get("seen", "")[:9]
    return int(seen) if seen.isdecimal() else None


def date_of(written: str) -> date | None:
    """A date that was written, or None where it is none."""
    try:
        return date.fromisoformat(written)
    except ValueError:
        return None


def onward(path: str) -> Response:
    """To a page, after a form that was carried out."""
    return redirect(path, 303)  # type: ignore[return-value]


def order_told() -> str | None:
    """What became of the order that the address names; None where it names none."""
    number = request.args.get("order", "")[:12]
    if not number.isdecimal():
        return None
    try:
        return hq().office.order(int(number)).sentence
    except NotFound:
        return None

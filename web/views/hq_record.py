"""The page *Record*: who changed what and when at HQ, with the difference."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from controller.hq.shapes_proof import RecordQuery
from profiles.limits import Person
from profiles.text import t
from web.auth import needs
from web.hq_context import hq
from web.hq_page import drawn, polled, wall

record = Blueprint("record", __name__)

_LONGEST = 100


@record.get("/record")
@needs(Person.VIEWER)
@polled
def whole() -> Response:
    """The newest entries, or those before a number; of somebody, of a kind, about something, with a text, of days."""
    said = {key: request.args.get(key, "").strip()[:_LONGEST]
            for key in ("by", "kind", "about", "text", "first", "last", "before")}
    first, last = _date(said["first"]), _date(said["last"])
    problem = None
    if (said["first"] and first is None) or (said["last"] and last is None):
        problem = t("A day is written as in 2026-12-24.")
    asked = RecordQuery(
        int(said["before"]) if said["before"].isdecimal() else None, said["by"], said["about"], said["text"],
        kind=said["kind"], since=_midnight(first), until=_midnight(last, 1))
    shown = hq().proof.record(asked)
    older = _address(said, shown.next_before) if shown.next_before is not None else None
    is_all = not any(value for key, value in said.items() if key != "before")
    return drawn("record", {
        "shown": shown, "said": said, "older": older, "newest": _address(said, None), "is_all": is_all,
        "problem": problem, "about_address": about_address, "kind_words": kind_words()})


def about_address(about: tuple[str, str]) -> str | None:
    """The page of what an entry is about, where there is one."""
    kind, name = about
    pages = {"store": "/stores/", "campaign": "/campaigns/", "profile": "/profiles/"}
    return f"{pages[kind]}{name}" if kind in pages and name else None


def kind_words() -> dict[str, str]:
    """The first words of kinds as people read them; a word without one is shown as it is."""
    return {
        "draft": t("Drafts"), "document": t("Documents"), "campaign": t("Campaigns"), "rollout": t("Rollouts"),
        "order": t("Orders"), "store": t("Stores"), "fleet": t("Fleet"), "account": t("Accounts"),
        "sign-in": t("Sign-in"), "token": t("Tokens"), "request": t("Requests to stores"),
        "publisher": t("Publisher"), "key": t("Keys"),
    }


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _midnight(day: date | None, plus: int = 0) -> datetime | None:
    """The first instant of a day at HQ, or of the one after."""
    if day is None or not date(2000, 1, 1) <= day <= date(2200, 1, 1):
        return None
    return datetime.combine(day + timedelta(days=plus), datetime.min.time(), wall().zone)


def _address(said: dict[str, str], before: int | None) -> str:
    query = urlencode({key: value for key, value in {**said, "before": str(before or "")}.items() if value})
    return f"/record?{query}" if query else "/record"

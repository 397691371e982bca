"""The page *Proof*: what was on, where and when, as the stores' journals say it; as a table here, whole as CSV."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from controller.errors import NotFound, Refused
from controller.hq.shapes_fleet import FleetStore
from controller.hq.shapes_proof import CampaignReport, PlayReport, QuietReport, ReportQuery, ScentReport
from profiles.limits import Person
from profiles.text import t
from web.auth import needs
from web.countries import country_name
from web.errors import code_of
from web.hq_context import hq
from web.hq_page import drawn, wall

proof = Blueprint("proof", __name__)

Report = PlayReport | ScentReport | CampaignReport | QuietReport

#: Lines of a table here; the CSV has all.
LINES = 200
_LONGEST = 100


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for; without days the last seven that are over, as HQ counts them."""

    report: str
    query: ReportQuery

    def address(self, report: str | None = None, suffix: str = "") -> str:
        """The address of this, of another report over the same, or of its file."""
        query = self.query
        said = [("first", query.first.isoformat()), ("last", query.last.isoformat()),
                *(("store", each) for each in query.stores), *(("tag", each) for each in query.tags),
                ("country", query.country)]
        return f"/proof/{report or self.report}{suffix}?{urlencode([pair for pair in said if pair[1]])}"


@proof.get("/proof")
@needs(Person.VIEWER)
def first_report() -> Response:
    """The first of the reports."""
    return _drawn("campaigns")


@proof.get("/proof/<report>")
@needs(Person.VIEWER)
def one_report(report: str) -> Response:
    """One of them: `campaigns`, `quiet-hours`, `plays`, `scents`."""
    return _drawn(report)


@proof.get("/proof/<report>.csv")
@needs(Person.VIEWER)
def file(report: str) -> Response:
    """The same with all its lines, as a file."""
    asked = _asked(report)
    lines = hq().proof.csv(report, asked.query)
    # The first line is asked for here: what refuses the report is then still an answer of its own.
    begun = next(lines, "")
    name = f"{report}-{asked.query.first}-{asked.query.last}.csv"
    return Response(_whole(begun, lines), mimetype="text/csv", headers={
        "Content-Disposition": f'attachment; filename="{name}"'})


def report_names() -> dict[str, str]:
    """The reports, in the order of their keys."""
    return {"campaigns": t("Campaigns"), "quiet-hours": t("Quiet hours"), "plays": t("Music played"),
            "scents": t("Scent run-time")}


def _drawn(report: str) -> Response:
    if report not in report_names():
        raise NotFound(t("There is no report of this name."))
    stores = hq().fleet.stores()
    shown: Report | None = None
    problem, code = None, 200
    try:
        asked = _asked(report)
        shown = _report(asked)
    except Refused as error:
        asked, problem, code = Asked(report, _last_week()), str(error), code_of(error)
    return drawn("proof", {
        "asked": asked, "shown": shown, "problem": problem, "stores": stores, "reports": report_names(),
        "lines": shown.lines[:LINES] if shown else (), "countries": countries_of(stores), "tags": tags_of(stores),
        "country_name": country_name, "hours": hours, "percent": percent}, code)


def _report(asked: Asked) -> Report:
    door = hq().proof
    if asked.report == "plays":
        return door.plays(asked.query)
    if asked.report == "scents":
        return door.scents(asked.query)
    return door.campaigns(asked.query) if asked.report == "campaigns" else door.quiet_hours(asked.query)


def countries_of(stores: list[FleetStore]) -> list[str]:
    """Countries of the stores, by their names."""
    return sorted({store.country for store in stores if store.country}, key=country_name)


def tags_of(stores: list[FleetStore]) -> list[str]:
    """Tags of the stores."""
    return sorted({tag for store in stores for tag in store.tags})


def hours(count: float) -> str:
    """Hours as people read them: `3 h 20 min`, `1,204 h`."""
    whole, minutes = divmod(round(count * 60), 60)
    if whole >= 100 or not minutes:
        return t("{count} h", count=f"{round(count):,}")
    return t("{hours} h {minutes} min", hours=whole, minutes=minutes) if whole else t("{minutes} min", minutes=minutes)


def percent(share: float | None) -> str:
    """`97.4 %`, or that nothing is known. Never rounded up to the whole."""
    if share is None:
        return t("not known")
    return f"{min(round(share, 1), 99.9) if share < 100 else 100:g}\u00a0%"


def _last_week() -> ReportQuery:
    today = wall().now.date()
    return ReportQuery(today - timedelta(days=7), today - timedelta(days=1))


def _asked(report: str) -> Asked:
    said, usual = request.args, _last_week()
    first, last = _date(said.get("first", ""), usual.first), _date(said.get("last", ""), usual.last)
    if last < first:
        raise Refused(t("The last day is before the first."))
    stores = tuple(dict.fromkeys(each[:63] for each in said.getlist("store")[:500] if each))
    tags = tuple(dict.fromkeys(each[:_LONGEST] for each in said.getlist("tag")[:20] if each))
    return Asked(report, ReportQuery(first, last, stores, tags, said.get("country", "")[:2]))


def _date(text: str, usual: date) -> date:
    try:
        return date.fromisoformat(text[:10]) if text else usual
    except ValueError:
        raise Refused(t("A day is written as in 2026-12-24.")) from None


def _whole(begun: str, rest: Iterator[str]) -> Iterator[str]:
    yield begun
    yield from rest

"""HQ's JSON API, the fleet: how stores stand, one store from afar, what is asked of it; reports and the record.

Thin: a view reads its query, asks a door, answers. What each takes and gives is documented in `web/openapi_hq.py`.
"""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, Response

from controller.hq.alarms import Stand
from controller.hq.shapes_fleet import FleetQuery as Wanted
from controller.hq.shapes_proof import RecordQuery as WantedRecord
from controller.hq.shapes_proof import ReportQuery as WantedReport
from profiles.limits import Person
from profiles.scene import Sense
from profiles.text import t
from web.answers import json_answer
from web.auth import actor, needs
from web.bodies import body, query
from web.errors import Invalid
from web.hq_bodies import (
    AskOverrideBody,
    FleetQuery,
    RecordQuery,
    ReportQuery,
    StoreExplainQuery,
    StoreTimelineQuery,
    ZonesQuery,
)
from web.hq_context import hq
from web.hq_shown import HqShown, Stores
from web.openapi_hq import document
from web.shown import Segments

hq_api = Blueprint("hq_api", __name__, url_prefix="/api/v1")

_DAY = timedelta(days=1)


@hq_api.get("/hq")
@needs(Person.VIEWER)
def head() -> Response:
    """HQ as a whole."""
    office = hq().office
    return json_answer(HqShown(office.organisation(), office.revision(), office.reviews_waiting(actor())))


@hq_api.get("/fleet")
@needs(Person.VIEWER)
def fleet() -> Response:
    """How the stores stand."""
    asked = query(FleetQuery)
    return json_answer(hq().fleet.fleet(Wanted(
        asked.text, asked.tag, asked.country, None if asked.only is None else Stand(asked.only), asked.offset,
        asked.limit)))


@hq_api.get("/stores")
@needs(Person.VIEWER)
def stores() -> Response:
    """Every store."""
    return json_answer(Stores(hq().fleet.stores()))


@hq_api.get("/stores/<store>")
@needs(Person.VIEWER)
def store(store: str) -> Response:
    """One store."""
    return json_answer(hq().fleet.store(store, actor()))


@hq_api.get("/stores/<store>/timeline")
@needs(Person.VIEWER)
def store_timeline(store: str) -> Response:
    """What a store's zones are or will be, by its last plan."""
    asked, overview = query(StoreTimelineQuery), hq().fleet.afar(store)
    start = asked.start or (asked.end - _DAY if asked.end else overview.store().now)
    end = asked.end or start + _DAY
    if end <= start:
        raise Invalid(t("to must be later than from."), "to")
    return json_answer(Segments(start, end, overview.timeline(start, end, asked.zone)))


@hq_api.get("/stores/<store>/explain")
@needs(Person.VIEWER)
def store_explain(store: str) -> Response:
    """Why a store's zone is as it is planned and chosen."""
    asked, overview = query(StoreExplainQuery), hq().fleet.afar(store)
    return json_answer(overview.explain(asked.zone, asked.at or overview.store().now, asked.without,
                                        None if asked.sense is None else Sense(asked.sense)))


@hq_api.post("/stores/<store>/override")
@needs(Person.EDITOR)
def ask_override(store: str) -> Response:
    """Ask a store for another profile."""
    asked = body(AskOverrideBody)
    return json_answer(hq().fleet.override(store, asked.zones, asked.profile, asked.until, actor()), 202)


@hq_api.delete("/stores/<store>/override")
@needs(Person.EDITOR)
def ask_end(store: str) -> Response:
    """Ask a store to end what was chosen."""
    return json_answer(hq().fleet.end_override(store, query(ZonesQuery).zone, actor()), 202)


# ── proof ───────────────────────────────────────────────────────────────────────────


@hq_api.get("/reports/plays")
@needs(Person.VIEWER)
def plays() -> Response:
    """What was played."""
    return json_answer(hq().proof.plays(_report()))


@hq_api.get("/reports/scents")
@needs(Person.VIEWER)
def scents() -> Response:
    """Run-time of scents."""
    return json_answer(hq().proof.scents(_report()))


@hq_api.get("/reports/campaigns")
@needs(Person.VIEWER)
def campaigns() -> Response:
    """How much of its planned time each campaign was on."""
    return json_answer(hq().proof.campaigns(_report()))


@hq_api.get("/reports/quiet-hours")
@needs(Person.VIEWER)
def quiet_hours() -> Response:
    """How well quiet hours were kept."""
    return json_answer(hq().proof.quiet_hours(_report()))


@hq_api.get("/reports/<report>/csv")
@needs(Person.VIEWER)
def report_csv(report: str) -> Response:
    """A report as CSV, line by line."""
    asked = _report()
    lines = hq().proof.csv(report, asked)
    name = f"{report}-{asked.first}-{asked.last}.csv"
    return Response((line.encode() for line in lines), mimetype="text/csv", headers={
        "Content-Disposition": f'attachment; filename="{name}"'})


@hq_api.get("/record")
@needs(Person.VIEWER)
def record() -> Response:
    """HQ's own record."""
    asked = query(RecordQuery)
    return json_answer(hq().proof.record(WantedRecord(asked.before, asked.by, asked.about, asked.text, asked.limit)))


@hq_api.get("/openapi.json")
@needs(Person.VIEWER)
def openapi() -> Response:
    """The description of this API."""
    return json_answer(document())


def _report() -> WantedReport:
    asked = query(ReportQuery)
    return WantedReport(asked.first, asked.last, asked.store, asked.tag, asked.country)

"""The description of HQ's API as OpenAPI 3.1, made as the store's is. A test holds it against the routes."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from controller.hq import shapes, shapes_campaigns, shapes_fleet, shapes_proof
from controller.shapes import Explained
from profiles.limits import Person
from web import hq_bodies, hq_shown
from web.openapi import DESCRIPTION, Operation, paths_of, schemas_of
from web.shown import Segments

VIEWER, EDITOR, APPROVER = Person.VIEWER, Person.EDITOR, Person.APPROVER
#: The answer of a report as CSV.
CSV = "csv"
_DRAFT, _DOCUMENT = "/drafts/{kind}/{name}", "/documents/{kind}/{name}"

OPERATIONS = (
    Operation("get", "/hq", "hq", "HQ as a whole, and the revision that rises with every change", VIEWER,
              hq_shown.HqShown),
    Operation("get", "/fleet", "fleet", "How the stores stand, alarms first", VIEWER, shapes_fleet.FleetShown,
              query=hq_bodies.FleetQuery),
    Operation("get", "/stores", "stores", "Every store, by name", VIEWER, hq_shown.Stores),
    Operation("get", "/stores/{store}", "store", "One store: how it stands, what applies in it, what was asked of it",
              VIEWER, shapes_fleet.StoreDetail, errors=(404,)),
    Operation("get", "/stores/{store}/timeline", "store-timeline",
              "What a store's zones are or will be, by the last plan that it sent", VIEWER, Segments,
              query=hq_bodies.StoreTimelineQuery, errors=(404,)),
    Operation("get", "/stores/{store}/explain", "store-explain",
              "Why a store's zone is as it is planned and chosen at an instant", VIEWER, Explained,
              query=hq_bodies.StoreExplainQuery, errors=(404,)),
    Operation("post", "/stores/{store}/override", "ask-override", "Ask a store for another profile", EDITOR,
              shapes.OrderShown, code=202, body=hq_bodies.AskOverrideBody, errors=(404,)),
    Operation("delete", "/stores/{store}/override", "ask-end-override", "Ask a store to end what was chosen", EDITOR,
              shapes.OrderShown, code=202, query=hq_bodies.ZonesQuery, errors=(404,)),
    Operation("get", "/drafts", "drafts", "Every draft, the newest change first", VIEWER, hq_shown.Drafts,
              query=hq_bodies.KindQuery),
    Operation("get", _DRAFT, "draft", "One draft; else what is published, ready to be changed", VIEWER,
              shapes.DraftShown, errors=(404,)),
    Operation("put", _DRAFT, "save-draft", "Keep a draft, right or not", EDITOR, shapes.DraftShown,
              body=hq_bodies.SaveBody, errors=(404, 409)),
    Operation("delete", _DRAFT, "discard-draft", "Throw a draft away", EDITOR, hq_shown.Discarded, errors=(404,)),
    Operation("post", _DRAFT + "/check", "check-draft", "What is wrong with a content, without keeping it", EDITOR,
              hq_shown.Checked, body=hq_bodies.ContentBody, errors=(404,)),
    Operation("post", _DRAFT + "/submit", "submit-draft", "Ask for a review by a second person", EDITOR,
              shapes.DraftShown, body=hq_bodies.SeenBody, errors=(404, 409)),
    Operation("post", _DRAFT + "/approve", "approve-draft", "Publish what somebody else wrote", APPROVER,
              shapes.OrderShown, code=202, body=hq_bodies.SeenBody, errors=(404, 409)),
    Operation("post", _DRAFT + "/return", "return-draft", "Return a draft to its author, with a note", APPROVER,
              shapes.DraftShown, body=hq_bodies.SeenBody, errors=(404, 409)),
    Operation("get", "/blank/{kind}", "blank", "Content to begin a new document with", VIEWER, hq_shown.Blank,
              errors=(404,)),
    Operation("get", "/free-id", "free-id", "An id that is free, made from a name", VIEWER, hq_shown.FreeId,
              query=hq_bodies.IdQuery),
    Operation("get", "/documents", "documents", "What is published, by name", VIEWER, hq_shown.Documents,
              query=hq_bodies.DocumentsQuery),
    Operation("get", _DOCUMENT, "document", "One document with its versions", VIEWER, shapes.DocumentShown,
              errors=(404,)),
    Operation("delete", _DOCUMENT, "delete-document", "Delete a document everywhere, by a tombstone", APPROVER,
              shapes.OrderShown, code=202, query=hq_bodies.ReasonQuery, errors=(404,)),
    Operation("get", _DOCUMENT + "/versions/{version}", "document-version", "One version of a document", VIEWER,
              shapes.DocumentShown, errors=(404,)),
    Operation("get", _DOCUMENT + "/difference", "document-difference", "What was written differently", VIEWER,
              shapes.DocumentDifference, query=hq_bodies.VersionsQuery, errors=(404,)),
    Operation("post", _DOCUMENT + "/restore", "restore-document", "Make a draft of an earlier version", EDITOR,
              shapes.DraftShown, body=hq_bodies.RestoreBody, errors=(404, 409)),
    Operation("get", "/campaigns", "calendar", "The campaigns that touch some dates, drafts too", VIEWER,
              shapes_campaigns.CalendarShown, query=hq_bodies.CalendarQuery),
    Operation("get", "/campaigns/{name}", "campaign", "One campaign: versions, rollout, audience", VIEWER,
              shapes_campaigns.CampaignShown, errors=(404,)),
    Operation("post", "/campaigns/{name}/dates", "move-campaign", "Other dates, kept as a draft", EDITOR,
              shapes.DraftShown, body=hq_bodies.DatesBody, errors=(404, 409)),
    Operation("post", "/campaigns/{name}/{verb}", "steer-campaign",
              "`advance`, `pause`, `resume`, `halt` (with a reason) or `revive`", APPROVER, shapes.OrderShown, code=202,
              body=hq_bodies.ReasonBody, body_optional=True, errors=(404,)),
    Operation("get", "/choices", "choices", "What selectors and campaigns can name", VIEWER, shapes.Choices),
    Operation("post", "/audience", "audience", "Who is in, who is not and why, and how far each wave goes", VIEWER,
              shapes.Audience, body=hq_bodies.AudienceBody),
    Operation("get", "/when", "occurrences", "A time expression in plain words, with its next times", VIEWER,
              shapes.OccurrencesShown, query=hq_bodies.WhenQuery, errors=(404,)),
    Operation("post", "/conflicts", "conflicts", "What a campaign would meet, in which stores", EDITOR,
              shapes.ConflictsShown, body=hq_bodies.ConflictsBody),
    Operation("get", "/places", "places", "Where something can be previewed", VIEWER, hq_shown.Places),
    Operation("post", "/preview", "preview", "A day of a store as it is and as it would be", EDITOR,
              shapes.PreviewShown, body=hq_bodies.PreviewBody, errors=(404,)),
    Operation("get", "/orders/{number}", "order", "What became of something that the publisher was to do", VIEWER,
              shapes.OrderShown, errors=(404,)),
    Operation("get", "/reports/plays", "plays", "What was played, for collecting societies", VIEWER,
              shapes_proof.PlayReport, query=hq_bodies.ReportQuery),
    Operation("get", "/reports/scents", "scents", "Run-time of scents", VIEWER, shapes_proof.ScentReport,
              query=hq_bodies.ReportQuery),
    Operation("get", "/reports/campaigns", "campaign-report", "How much of its planned time each campaign was on",
              VIEWER, shapes_proof.CampaignReport, query=hq_bodies.ReportQuery),
    Operation("get", "/reports/quiet-hours", "quiet-report", "How well quiet hours were kept", VIEWER,
              shapes_proof.QuietReport, query=hq_bodies.ReportQuery),
    Operation("get", "/reports/{report}/csv", "report-csv", "A report as CSV, with every line", VIEWER, CSV,
              query=hq_bodies.ReportQuery, errors=(404,)),
    Operation("get", "/record", "record", "Who changed what and when at HQ, with the difference", VIEWER,
              shapes_proof.RecordShown, query=hq_bodies.RecordQuery),
    Operation("get", "/openapi.json", "description", "This description", VIEWER, DESCRIPTION),
)


@lru_cache(maxsize=1)
def document() -> dict[str, Any]:
    """The whole description."""
    references, made = schemas_of(OPERATIONS)
    schemas = _plainly(made)
    paths = paths_of(OPERATIONS, references)
    for operation in OPERATIONS:
        if operation.answer == CSV:
            paths[operation.path][operation.method]["responses"]["200"]["content"] = {
                "text/csv": {"schema": {"type": "string"}}}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "sinne HQ", "version": "1",
            "description": "Campaigns for every store, and what became of them. All times are RFC 3339 in UTC. A "
                           'problem is answered as `{"error": {"sentence": …, "field": …}}`. What is published goes '
                           "out by the publisher: such a call answers with an order, which is done, or waiting and "
                           "can be asked for again. Sign in with a bearer token (`sinne hq token`); a browser's "
                           "session works too and then needs `X-CSRF-Token` to change something.",
        },
        "servers": [{"url": "/api/v1"}],
        "security": [{"token": []}, {"session": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": "__Host-sinne"},
            },
        },
    }


def _plainly(shape: Any) -> Any:
    """Tuples as lists of so many items: `prefixItems` is what many programs that read descriptions do not know."""
    if isinstance(shape, list):
        return [_plainly(each) for each in shape]
    if not isinstance(shape, dict):
        return shape
    found = {name: _plainly(part) for name, part in shape.items()}
    parts = found.pop("prefixItems", None)
    if isinstance(parts, list):
        different = [each for number, each in enumerate(parts) if each not in parts[:number]]
        found["items"] = different[0] if len(different) == 1 else {"anyOf": different}
    return found

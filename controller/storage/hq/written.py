"""HQ's values as rows and back. Instants are whole microseconds in rows that `many.Many` takes."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from controller.hq.documents import document_of
from controller.hq.ports import Draft, Enrolled, FleetRow, Order, Published, RolloutRow, StoredLine
from controller.hq.said import JournalLine, Standing
from controller.storage import many
from controller.storage.chain import canonical
from controller.storage.tables import instant, microseconds


def draft_columns(draft: Draft, revision: int) -> dict[str, Any]:
    """The columns of a draft."""
    return {"kind": draft.kind, "id": draft.id, "revision": revision, "state": draft.state,
            "content": canonical(dict(draft.content)), "author": draft.author, "at": draft.at,
            "reviewer": draft.reviewer, "note": draft.note}


def draft_from(row: Row[Any]) -> Draft:
    """The draft of a row."""
    return Draft(row.kind, row.id, row.revision, row.state, json.loads(row.content), row.author, row.at, row.reviewer,
                 row.note)


def order_from(row: Row[Any]) -> Order:
    """The order of a row."""
    return Order(row.number, row.verb, json.loads(row.body), row.by, row.at, row.done,
                 None if row.answer is None else json.loads(row.answer))


def version_row(made: Published) -> many.Row:
    """The row of a version."""
    document = made.document
    content = canonical(document.model_dump(mode="json"))
    return (document.kind, document.id, document.version, made.digest, made.topic, made.payload, content, made.term,
            made.author, made.approver, made.note, microseconds(made.at))


def published_from(row: Row[Any]) -> Published:
    """The version of a row."""
    return Published(document_of(json.loads(row.content)), row.digest, row.topic, bytes(row.payload), row.term,
                     row.author, row.approver, row.note, row.at)


def rollout_row(rollout: RolloutRow) -> many.Row:
    """The row of a rollout."""
    return (rollout.campaign, rollout.version, rollout.state, canonical(dict(rollout.content)),
            microseconds(rollout.at))


def rollout_from(row: Row[Any]) -> RolloutRow:
    """The rollout of a row."""
    return RolloutRow(row.campaign, row.version, row.state, json.loads(row.content), row.at)


def enrolled_row(enrolled: Enrolled) -> many.Row:
    """The row of a store."""
    return (enrolled.store, enrolled.username, enrolled.generation, microseconds(enrolled.made), enrolled.by,
            None if enrolled.revoked is None else microseconds(enrolled.revoked))


def enrolled_from(row: Row[Any]) -> Enrolled:
    """The store of a row."""
    return Enrolled(row.store, row.username, row.generation, row.made, row.by, row.revoked)


def fleet_from(row: tuple[Any, ...]) -> FleetRow:
    """What is known of a store, from columns of its enrolment, its standing and its plan; instants as they are kept.

    The order of the columns: store, username, generation, made, by; content, online, heard, differs_since; plan_at.
    """
    store, username, generation, made, by, content, online, heard, differs_since, plan_at = row
    return FleetRow(store, Enrolled(store, username, generation, instant(made), by), _standing(content, online),
                    _when(heard), _when(differs_since), _when(plan_at))


def _when(kept: int | None) -> datetime | None:
    return None if kept is None else instant(kept)


def _standing(content: str | None, online: bool | None) -> Standing | None:
    if content is None:
        return None
    try:
        standing = Standing.model_validate_json(content, extra="ignore")
    except ValueError:
        return None  # written by a program that knew other words: the store will say it again
    return standing if standing.online == online else standing.model_copy(update={"online": online})


def line_from(row: Row[Any]) -> StoredLine:
    """The entry of a row. It was checked when it came in."""
    return StoredLine(row.store, row.journal, JournalLine.model_construct(
        number=row.number, at=row.at, kind=row.kind, body=json.loads(row.body), hash=row.hash))

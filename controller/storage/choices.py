"""Overrides and stops as rows: what is asked for in columns, the rest as JSON. Ended ones stay."""

from __future__ import annotations

import json
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Table, bindparam, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from controller.errors import Conflict
from controller.storage.chain import canonical
from controller.storage.tables import Instant, overrides, stops
from profiles.plan import Live, Override, Stop

_COLUMNS_OF_OVERRIDE = {"id", "press", "zone", "start", "end", "ended"}
_COLUMNS_OF_STOP = {"id", "since", "ended", "ended_by"}

#: Choices that are kept as they were read, of all stores of this process: reading their words again costs the most.
_KEPT = 10_000

# Built once: the engine asks at every beat, and building a statement costs more than running it.
_since = bindparam("since", type_=Instant)
_LIVE_OVERRIDES = (
    select(overrides)
    .where(overrides.c.end > _since, or_(overrides.c.ended.is_(None), overrides.c.ended > _since))
    .order_by(overrides.c.seq))
_LIVE_STOPS = (
    select(stops).where(or_(stops.c.ended.is_(None), stops.c.ended > _since)).order_by(stops.c.since, stops.c.seq))


def live_since(connection: Connection, since: datetime) -> Live:
    """Overrides and stops that have not ended at `since`: overrides in the order in which they were committed."""
    found = connection.execute(_LIVE_OVERRIDES, {"since": since})
    stopped = connection.execute(_LIVE_STOPS, {"since": since})
    return Live(overrides=tuple(_override(*row) for row in found), stops=tuple(_stop(*row) for row in stopped))


def insert_overrides(connection: Connection, made: tuple[Override, ...]) -> None:
    """Add overrides. Raises Conflict where one of this id exists."""
    rows = [{"id": one.id, "press": one.press, "zone": one.zone, "start": one.start, "end": one.end,
             "ended": one.ended, "body": canonical(one.model_dump(mode="json", exclude=_COLUMNS_OF_OVERRIDE))}
            for one in made]
    try:
        if rows:
            connection.execute(insert(overrides), rows)
    except IntegrityError as error:
        raise Conflict("An override of this id exists already: nothing was saved.") from error


def close_overrides(connection: Connection, ids: tuple[str, ...], at: datetime) -> int:
    """End those that have not ended at `at`; returns how many."""
    closed = 0
    for one in ids:
        closed += connection.execute(update(overrides).where(
            overrides.c.id == one, overrides.c.ended.is_(None), overrides.c.end > at).values(ended=at)).rowcount
    return closed


def insert_stop(connection: Connection, stop: Stop) -> None:
    """Add a stop. Raises Conflict where one of this id exists."""
    try:
        connection.execute(insert(stops).values(
            id=stop.id, since=stop.since, ended=stop.ended, ended_by=stop.ended_by,
            body=canonical(stop.model_dump(mode="json", exclude=_COLUMNS_OF_STOP))))
    except IntegrityError as error:
        raise Conflict("A stop of this id exists already: nothing was saved.") from error


def close_stops(connection: Connection, ids: tuple[str, ...], by: str, at: datetime) -> int:
    """End those that have not ended; returns how many."""
    closed = 0
    for one in ids:
        closed += connection.execute(update(stops).where(
            stops.c.id == one, stops.c.ended.is_(None)).values(ended=at, ended_by=by)).rowcount
    return closed


@lru_cache(maxsize=_KEPT)
def _override(*row: Any) -> Override:
    """The override of a row. The same row is the same override: nothing in it changes but its end, which is in it."""
    return Override.model_validate(_values(overrides, row))


@lru_cache(maxsize=_KEPT)
def _stop(*row: Any) -> Stop:
    return Stop.model_validate(_values(stops, row))


def _values(table: Table, row: tuple[Any, ...]) -> dict[str, Any]:
    columns = dict(zip(table.c.keys(), row, strict=True))
    del columns["seq"]
    return {**json.loads(columns.pop("body")), **columns}

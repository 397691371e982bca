"""JSON answers, by orjson: values of the read side as they are, times as RFC 3339 in UTC, dates as 2026-04-16."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime

import orjson
from flask import Response
from pydantic import BaseModel

#: Datetimes are passed through to `_shown`, because orjson would keep the offset that a value happens to have.
_OPTIONS = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_NON_STR_KEYS


def encode(value: object) -> bytes:
    """`value` as JSON. Takes dataclasses, pydantic values, enums, aware datetimes. Raises TypeError for the rest."""
    return orjson.dumps(value, default=_shown, option=_OPTIONS)


def utc(instant: datetime) -> str:
    """An instant as RFC 3339 in UTC: `2026-04-16T12:32:00Z`."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def json_answer(value: object, code: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """An answer with `value` as JSON."""
    return Response(encode(value), code, dict(headers or {}), mimetype="application/json")


def _shown(value: object) -> object:
    if isinstance(value, datetime):
        return utc(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", exclude_none=True)
    raise TypeError(f"{type(value).__name__} has no form in JSON")

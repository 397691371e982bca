"""How commands show things: tables for people, JSON for programs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import Enum
from typing import Any

from pydantic import BaseModel


def as_table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Columns as wide as what is in them, two spaces apart; the last is not padded."""
    cells = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[n]) for row in [list(heads), *cells]) for n in range(len(heads))]
    lines = [list(heads), ["─" * width for width in widths], *cells]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
                     for line in lines)


def jsonable(thing: Any) -> Any:
    """`thing` as JSON knows it: instants as RFC 3339 in UTC, values of the plan as their fields."""
    if isinstance(thing, datetime):
        return thing.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(thing, BaseModel):
        return thing.model_dump(mode="json", exclude_none=True)
    if isinstance(thing, Enum):
        return thing.value
    if isinstance(thing, dict):
        return {str(key): jsonable(value) for key, value in thing.items()}
    if isinstance(thing, list | tuple):
        return [jsonable(item) for item in thing]
    return thing

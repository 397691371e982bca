"""How commands show things: tables for people, JSON for programs."""

from __future__ import annotations

import json
import os
import shutil
import sys
import textwrap
from collections.abc import Sequence
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any

import click
from pydantic import BaseModel

#: Narrower than this no column is made: one word a line reads worse than a line that the terminal breaks.
_NARROWEST = 11


def as_table(heads: Sequence[str], rows: Sequence[Sequence[object]], width: int | None = None) -> str:
    """Columns two spaces apart; a column in which nothing stands is left out.

    Cells are wrapped to `width`, which is the terminal's unless given. Into a pipe a row is one line, for `grep`.
    """
    cells = [[str(cell) for cell in row] for row in rows]
    shown = [n for n in range(len(heads)) if not cells or any(row[n] for row in cells)]
    columns = [[heads[n], *(row[n] for row in cells)] for n in shown]
    room = terminal_width() if width is None else width
    widths = _narrowed(columns, room)
    lines = ["  ".join("─" * width for width in widths)]
    for n, row in enumerate(zip(*columns, strict=True)):
        wrapped = [textwrap.wrap(cell, width, break_long_words=False, break_on_hyphens=False) or [""]
                   for cell, width in zip(row, widths, strict=True)]
        found = ["  ".join((cell[k] if k < len(cell) else "").ljust(width) for cell, width in
                           zip(wrapped, widths, strict=True)).rstrip() for k in range(max(map(len, wrapped)))]
        lines = [*found, *lines] if n == 0 else [*lines, *found]
    return "\n".join(lines)


def terminal_width() -> int | None:
    """How wide lines may be: COLUMNS, else the terminal's width; None where nobody reads it on a terminal."""
    if os.environ.get("COLUMNS", "").isdecimal() or (sys.stdout is not None and sys.stdout.isatty()):
        return shutil.get_terminal_size((100, 24)).columns or None
    return None


def as_json(thing: Any) -> str:
    """`thing` as text for programs."""
    return json.dumps(jsonable(thing), indent=2)


def say_json(thing: Any) -> None:
    """Print `thing` for programs."""
    click.echo(as_json(thing))


def jsonable(thing: Any) -> Any:
    """`thing` as JSON knows it: instants as RFC 3339 in UTC, values of the plan as their fields."""
    if isinstance(thing, datetime):
        return thing.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(thing, date):
        return thing.isoformat()
    if isinstance(thing, BaseModel):
        return thing.model_dump(mode="json", exclude_none=True)
    if isinstance(thing, Enum):
        return thing.value
    if isinstance(thing, dict):
        return {str(key): jsonable(value) for key, value in thing.items()}
    if isinstance(thing, list | tuple):
        return [jsonable(item) for item in thing]
    return thing


def _narrowed(columns: list[list[str]], room: int | None) -> list[int]:
    """The widths of columns: the widest made narrower until all fit, or until each is as wide as its longest word."""
    widths = [max(map(len, column)) for column in columns]
    least = [max(_NARROWEST, *(len(word) for cell in column for word in cell.split())) for column in columns]
    while room is not None and sum(widths) + 2 * (len(widths) - 1) > room:
        roomy = [n for n in range(len(widths)) if widths[n] > least[n]]
        if not roomy:
            break
        widths[max(roomy, key=lambda n: widths[n])] -= 1
    return widths

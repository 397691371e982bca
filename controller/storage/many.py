"""Many rows in one statement, on SQLite and on PostgreSQL: what ten thousand stores say must not cost a trip each.

PostgreSQL takes all rows as one JSON text, so that the statement is the same however many there are: its driver writes
an array of texts item by item in Python, which takes ten times as long. What has bytes goes as arrays. SQLite, in the
same process, takes row after row of one prepared statement.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import orjson
from sqlalchemy import ARRAY, ColumnElement, Connection, Text, any_, bindparam, func, select, text

#: Rows a statement: one trip for them, and a bounded message.
_MOST = 1000
_TYPES = {"text": "text", "int": "bigint", "bytes": "bytea", "bool": "boolean"}

#: Values of a row, in the order of the columns. Instants are microseconds here (`tables.Instant` does the same).
Row = Sequence[str | int | bytes | bool | None]


class Many:
    """A statement over rows that are given. `{given}` in it is where they stand, as a source of rows of that name."""

    def __init__(self, statement: str, columns: Mapping[str, str]) -> None:
        """`columns`: the name of each and what it holds: text, int, bytes or bool."""
        self._names = tuple(columns)
        self._as_json = "bytes" not in columns.values()
        typed = ", ".join(f"{name} {_TYPES[holds]}" for name, holds in columns.items())
        arrays = ", ".join(f"CAST(:{name} AS {_TYPES[holds]}[])" for name, holds in columns.items())
        singly = ", ".join(f":{name} AS {name}" for name in columns)
        self._server = text(statement.format(given=(
            f"json_to_recordset(CAST(:given AS json)) AS given({typed})" if self._as_json else
            f"unnest({arrays}) AS given({', '.join(columns)})")))
        self._file = text(statement.format(given=f"(SELECT {singly}) AS given"))

    def run(self, connection: Connection, rows: Sequence[Row], **also: object) -> int:
        """Run it, with what else it needs by name; how many rows it touched."""
        touched = 0
        for start in range(0, len(rows), _MOST):
            some = rows[start:start + _MOST]
            if connection.dialect.name == "postgresql":
                found = connection.execute(self._server, {**self._columns(some), **also})
            else:
                found = connection.execute(self._file, [{**dict(zip(self._names, row, strict=True)), **also}
                                                        for row in some])
            touched += found.rowcount
        return touched

    def _columns(self, rows: Sequence[Row]) -> dict[str, object]:
        if self._as_json:
            return {"given": orjson.dumps([dict(zip(self._names, row, strict=True)) for row in rows]).decode()}
        return {name: list(column) for name, column in zip(self._names, zip(*rows, strict=True), strict=True)}


def among(connection: Connection, column: ColumnElement[str], wanted: Sequence[str]) -> ColumnElement[bool]:
    """Whether a text column is one of those wanted, however many: always the same statement."""
    if connection.dialect.name == "postgresql":
        return column == any_(bindparam(None, list(wanted), type_=ARRAY(Text)))
    return column.in_(select(func.json_each(json.dumps(list(wanted))).table_valued("value").c.value))


def listed(connection: Connection, columns: Mapping[str, str]) -> str:
    """A source of rows called `given` in a SELECT, from a list of lists that is bound as JSON text to `:given`."""
    if connection.dialect.name == "postgresql":
        cast = ", ".join(f"CAST(each ->> {place} AS {_TYPES[holds]}) AS {name}"
                         for place, (name, holds) in enumerate(columns.items()))
        return f"(SELECT {cast} FROM json_array_elements(CAST(:given AS json)) AS each) AS given"  # noqa: S608
    taken = ", ".join(f"json_extract(value, '$[{place}]') AS {name}" for place, name in enumerate(columns))
    return f"(SELECT {taken} FROM json_each(:given)) AS given"  # noqa: S608

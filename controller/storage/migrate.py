"""Bring the tables to the version of this program.

Whether they are there already is asked without Alembic, which takes longer to load than the rest of the storage: it is
read only when a revision is missing (`revising.py`), so that no command waits for it on a store that is up to date.
"""

from __future__ import annotations

from importlib import import_module

from sqlalchemy import Connection, column, inspect, select, table

from controller.storage.database import Database

#: The revision that this program's tables are at.
NEWEST = "0005"

_VERSION = table("alembic_version", column("version_num"))


def upgrade(database: Database) -> None:
    """Run what is missing up to the newest revision. Raises Refused on a database of a newer sinne."""
    with database.read() as connection:
        found = _revision(connection)
    if found != NEWEST:
        import_module("controller.storage.revising").upgrade(database, found)


def _revision(connection: Connection) -> str | None:
    """What the database is at; None before its first revision."""
    if not inspect(connection).has_table(_VERSION.name):
        return None
    found = connection.execute(select(_VERSION.c.version_num)).scalar()
    return None if found is None else str(found)

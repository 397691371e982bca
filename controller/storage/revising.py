"""Take the tables from one revision to another, and back. Alembic runs inside one transaction: all or nothing."""

from __future__ import annotations

import threading
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from controller.errors import Refused
from controller.storage.database import Database

_SCRIPTS = Path(__file__).parent / "migrations"
#: Alembic knows one migration at a time in all threads of a program (its `context` and `op` are global).
_ONE_AT_A_TIME = threading.Lock()


def upgrade(database: Database, found: str | None) -> None:
    """Run what is missing from revision `found` (None: nothing there yet). Raises Refused when it is not known here."""
    if found is not None and found not in revisions():
        raise Refused(f"{database.where} was written by a newer sinne (revision {found}). Install that version, or "
                      "take its database back with that version's downgrade first.")
    with database.migrating() as connection:
        _run(connection, "upgrade", "head")


def downgrade(database: Database, revision: str) -> None:
    """Take the tables back to `revision` (`base`: none left), keeping every row that has a place there."""
    with database.migrating() as connection:
        _run(connection, "downgrade", revision)


def revisions() -> list[str]:
    """Every revision, oldest first."""
    return [script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()][::-1]


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _run(connection: Connection, verb: str, revision: str) -> None:
    config = _config()
    config.attributes["connection"] = connection
    with _ONE_AT_A_TIME:
        {"upgrade": command.upgrade, "downgrade": command.downgrade}[verb](config, revision)

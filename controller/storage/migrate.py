"""Bring the tables to the version of this program, and back. Alembic runs inside one transaction: all or nothing."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from controller.errors import Refused
from controller.storage.database import Database

_SCRIPTS = Path(__file__).parent / "migrations"


def upgrade(database: Database) -> None:
    """Run what is missing up to the newest revision. Raises Refused on a database of a newer sinne."""
    config = _config()
    scripts = ScriptDirectory.from_config(config)
    with database.read() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    if found == scripts.get_current_head():
        return
    if found is not None and found not in {script.revision for script in scripts.walk_revisions()}:
        raise Refused(f"{database.where} was written by a newer sinne (revision {found}). Install that version, or "
                      "take its database back with that version's downgrade first.")
    with database.migrating() as connection:
        _run(config, connection, "upgrade", "head")


def downgrade(database: Database, revision: str) -> None:
    """Take the tables back to `revision` (`base`: none left), keeping every row that has a place there."""
    with database.migrating() as connection:
        _run(_config(), connection, "downgrade", revision)


def revisions() -> list[str]:
    """Every revision, oldest first."""
    return [script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()][::-1]


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _run(config: Config, connection: Connection, verb: str, revision: str) -> None:
    config.attributes["connection"] = connection
    {"upgrade": command.upgrade, "downgrade": command.downgrade}[verb](config, revision)

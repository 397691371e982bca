"""A copy of a store's database in RAM, by SQLite's own backup: one state of it, while the store may be running.

The file is opened to read and nothing else, so not a byte of it changes. Where no other process has it open, not even
the files beside it are made that SQLite needs to share it.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from urllib.parse import quote

from controller.errors import Refused, Unavailable
from controller.storage import migrate
from controller.storage.database import Database
from controller.storage.memory import StoredMemory
from controller.storage.opening import FILE_NAME
from controller.storage.ram import driver_of, ram_engine


def copied_memory(folder: Path) -> StoredMemory:
    """What the store in `folder` remembers, as a copy in RAM. Raises Refused (no store), Unavailable (unreadable)."""
    path = folder / FILE_NAME
    if not path.exists():
        raise Refused(f"There is no store in {folder}.")
    database = Database(ram_engine(), f"a copy of {path}")
    try:
        with database.engine.connect() as connection:
            _back_up(path, driver_of(connection))
        migrate.upgrade(database)
    except sqlite3.Error as error:
        database.close()
        raise Unavailable(f"The database {path} cannot be copied: {error}. Try again in a moment.") from error
    return StoredMemory(database)


def _back_up(path: Path, target: sqlite3.Connection) -> None:
    """All pages in one step, which is one transaction: what is written meanwhile is in it whole or not at all."""
    alone = not path.with_name(path.name + "-wal").exists()
    source = sqlite3.connect(f"file:{quote(str(path))}?mode=ro{'&immutable=1' if alone else ''}", uri=True, timeout=5)
    try:
        source.backup(target)
    finally:
        source.close()

"""A memory that is gone with the process: the real storage on a SQLite database in RAM, for stores in virtual time."""

from __future__ import annotations

from sqlalchemy import StaticPool, create_engine, event, update
from sqlalchemy.engine import Connection

from controller.storage import migrate, record
from controller.storage.database import Database
from controller.storage.memory import StoredMemory
from controller.storage.tables import chain


def memory_in_ram(journal_id: str) -> StoredMemory:
    """An empty memory. `journal_id`: given, so that the same run writes the same journal to the last hash."""
    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _set(connection: object, _record: object) -> None:
        connection.isolation_level = None  # type: ignore[attr-defined]

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    database = Database(engine, "the memory of a virtual store")
    migrate.upgrade(database)
    with database.write() as connection:
        record.begin_journal(connection)
        connection.execute(update(chain).values(journal_id=journal_id))
    return StoredMemory(database)

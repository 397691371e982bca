"""A memory that is gone with the process: the real storage on a SQLite database in RAM, for stores in virtual time."""

from __future__ import annotations

import sqlite3
from functools import cache

from sqlalchemy import Engine, StaticPool, create_engine, event, update
from sqlalchemy.engine import Connection

from controller.storage import migrate, record, vendors
from controller.storage.database import Database
from controller.storage.memory import StoredMemory
from controller.storage.tables import chain


def memory_in_ram(journal_id: str) -> StoredMemory:
    """An empty memory. `journal_id`: given, so that the same run writes the same journal to the last hash."""
    database = Database(ram_engine(), "the memory of a virtual store")
    with database.engine.connect() as connection:
        driver_of(connection).deserialize(_empty_tables())
    with database.write() as connection:
        record.begin_journal(connection)
        connection.execute(update(chain).values(journal_id=journal_id))
    return StoredMemory(database)


@cache
def _empty_tables() -> bytes:
    """A migrated database without a row, made once a process: stories are told by the hundred."""
    database = Database(ram_engine(), "empty tables")
    try:
        migrate.upgrade(database)
        with database.engine.connect() as connection:
            return driver_of(connection).serialize()
    finally:
        database.close()


def driver_of(connection: Connection) -> sqlite3.Connection:
    """What Python's own library calls this connection."""
    driver = connection.connection.driver_connection
    if not isinstance(driver, sqlite3.Connection):
        raise TypeError("the database in RAM is SQLite's")
    return driver


def ram_engine() -> Engine:
    """An engine over an empty database in RAM."""
    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _set(connection: object, _record: object) -> None:
        connection.isolation_level = None  # type: ignore[attr-defined]

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # One thread has it alone: what it reads needs no transaction, and its lock is never refused.
        if connection.get_execution_options().get(vendors.WRITES):
            driver_of(connection).execute("BEGIN")

    return engine

"""What differs between SQLite and PostgreSQL: engines, append-only triggers, soundness, the meaning of errors.

With `many.py` and `hq/waiting.py` the only place with SQL that one of them does not understand.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event, exc
from sqlalchemy.engine import URL, make_url

from controller.errors import Refused, SinneError, Unavailable

#: Execution option of connections that will write: SQLite then takes its lock at BEGIN, not in mid-transaction.
WRITES = "sinne_writes"
#: How long a writer waits for another process before it says so.
BUSY_S = 5.0

_FULL, _READ_ONLY, _BUSY, _LOCKED, _IO, _CANNOT_OPEN, _CORRUPT, _NOT_A_DATABASE = 13, 8, 5, 6, 10, 14, 11, 26
_DAMAGED = {_CORRUPT, _NOT_A_DATABASE}
#: PostgreSQL's serialization_failure and deadlock_detected: the same again will do.
_GAVE_WAY = {"40001", "40P01"}
# Both ends notice within half a minute that the other is gone, so that no lock outlives its holder's machine.
_KEPT_ALIVE = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 15_000}
_KEPT_ALIVE_THERE = ("tcp_keepalives_idle=10", "tcp_keepalives_interval=5", "tcp_keepalives_count=3",
                     "tcp_user_timeout=15000")
_LOST = (exc.OperationalError, exc.InterfaceError)


def sqlite_engine(path: Path, options: Mapping[str, str] | None = None) -> Engine:
    """An engine for a database file: write-ahead log, every commit on the disk before it returns.

    `options`: of SQLite's file address, such as `mode=ro` or `immutable=1`.
    """
    url = URL.create("sqlite", database=str(path)) if options is None else URL.create(
        "sqlite", database=f"file:{quote(str(path))}", query={**options, "uri": "true"})
    engine = create_engine(url, connect_args={"timeout": BUSY_S}, pool_size=8, max_overflow=24, pool_timeout=10)

    @event.listens_for(engine, "connect")
    def _set(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # BEGIN is ours, below; the driver would begin too late
        for pragma in (f"busy_timeout={int(BUSY_S * 1000)}", *(("journal_mode=WAL",) if options is None else ()),
                       "synchronous=FULL", "foreign_keys=ON", "trusted_schema=OFF"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get(WRITES) else "BEGIN")

    return engine


def server_engine(url: str) -> Engine:
    """An engine for PostgreSQL. A writer gives up waiting after `BUSY_S`. Raises Refused for another address."""
    try:
        parsed = make_url(url)
        name = parsed.get_backend_name()
    except (exc.ArgumentError, ValueError) as error:
        raise Refused("The database's address cannot be read. It looks like postgresql://user@host/name.") from error
    if name != "postgresql":
        raise Refused(f"{name} is not a database sinne knows: name a folder, a file or a postgresql:// address.")
    try:
        return create_engine(parsed, pool_pre_ping=True, pool_size=8, max_overflow=24, pool_timeout=10, connect_args={
            "connect_timeout": 5, **_KEPT_ALIVE, "options": " ".join(
                f"-c {setting}" for setting in (f"lock_timeout={int(BUSY_S * 1000)}", *_KEPT_ALIVE_THERE))})
    except ImportError as error:
        raise Unavailable("PostgreSQL needs its driver: pip install 'psycopg[binary]'.") from error


def locks_at_begin(engine: Engine) -> bool:
    """Whether a connection that will write keeps all others from writing as soon as its transaction begins."""
    return engine.dialect.name == "sqlite"


def lock_schema(connection: Connection) -> None:
    """One process migrates at a time. SQLite holds its lock since BEGIN; PostgreSQL takes one for the transaction."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7362537)")


def make_append_only(connection: Connection, table: str, key: str) -> None:
    """Refuse UPDATE and DELETE on a table, whoever asks. `key`: its primary key, which only grows."""
    refusal = f"{table} is append-only"
    if connection.dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            connection.exec_driver_sql(f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                                       f"BEGIN SELECT RAISE(ABORT, '{refusal}'); END")
        # REPLACE takes the old row away without asking the trigger on DELETE.
        later = f"SELECT 1 FROM {table} WHERE {key} >= NEW.{key}"  # noqa: S608 - names of our own
        connection.exec_driver_sql(f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "
                                   f"WHEN EXISTS ({later}) BEGIN SELECT RAISE(ABORT, '{refusal}'); END")
        return
    connection.exec_driver_sql(f"CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS "
                               f"$$ BEGIN RAISE EXCEPTION '{refusal}'; END $$")
    connection.exec_driver_sql(f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
                               f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_refuse()")


def drop_append_only(connection: Connection, table: str) -> None:
    """The way back of `make_append_only`, for a migration down; SQLite drops triggers with their table."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"DROP TRIGGER {table}_no_change ON {table}")
        connection.exec_driver_sql(f"DROP FUNCTION {table}_refuse()")


def unsound(connection: Connection) -> str | None:
    """What is wrong with a SQLite file, or None. A server checks its own pages."""
    if connection.dialect.name != "sqlite":
        return None
    found = str(connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one())
    return None if found == "ok" else found.replace("\n", " ")


def is_damage(error: exc.DBAPIError) -> bool:
    """Whether a failure means that the file is not a sound database."""
    return _sqlite_code(error) in _DAMAGED


def gave_way(error: BaseException | None) -> bool:
    """Whether a server ended a transaction for the sake of another one: it may be done again at once."""
    return isinstance(error, exc.DBAPIError) and getattr(error.orig, "sqlstate", None) in _GAVE_WAY


def is_unwritable(error: exc.DBAPIError) -> bool:
    """Whether a file may still be read although it could not be opened to write: read-only, full, a foreign owner."""
    return _sqlite_code(error) in {_READ_ONLY, _CANNOT_OPEN, _FULL, _IO}


def try_to_write(connection: Connection) -> None:
    """Touch a SQLite file, for the caller to roll back: read-only ones are opened, even to write, without a word."""
    if connection.dialect.name == "sqlite":
        version = int(connection.exec_driver_sql("PRAGMA user_version").scalar_one())
        connection.exec_driver_sql(f"PRAGMA user_version={version}")


def sentence_of(error: exc.DBAPIError, where: str) -> SinneError | None:
    """The failure for people, or None where it is a fault of the program. `where` names the database."""
    state = getattr(error.orig, "sqlstate", None)
    code = _sqlite_code(error)
    if code == _FULL or state == "53100":
        return Unavailable("The disk is full: nothing was saved. Make room where "
                           f"{where} is kept, then try again.", 30)
    if code == _READ_ONLY or state == "25006":
        return Unavailable(f"The disk is read-only: nothing was saved. Make {where} writable, then try again.", 30)
    if code in {_BUSY, _LOCKED} or state == "55P03":
        return Unavailable("Another program is writing to the database: nothing was saved. Try again in a moment.", 2)
    if code == _IO:
        return Unavailable(f"The disk does not read or write {where} as it should: nothing was saved. "
                           "Look at the disk, then try again.", 30)
    if code == _CANNOT_OPEN:
        return Unavailable(f"The database {where} cannot be opened. Look at the disk and at who owns the file.", 30)
    if code in _DAMAGED:
        return Unavailable(f"The database {where} is damaged: nothing was saved. Start sinne again: it sets the file "
                           "aside and goes on with the last good plan.", 60)
    if code is None and (error.connection_invalidated or isinstance(error, _LOST)):
        return Unavailable(f"The database {where} cannot be reached: nothing was saved. Try again in a moment.")
    return None


def _sqlite_code(error: exc.DBAPIError) -> int | None:
    """SQLite's primary result code (https://www.sqlite.org/rescode.html), or None from another database."""
    code = getattr(error.orig, "sqlite_errorcode", None)
    return None if code is None else int(code) & 0xFF

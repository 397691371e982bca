"""How HQ's parts wake each other: a revision that rises with every commit, and how to wait for the next one.

On PostgreSQL every commit notifies, and one connection of each process listens; the other threads of that process wait
for the one that has it. When listening fails they look each second. On SQLite commits of the same process wake at once,
and those of others are looked for four times a second.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar

from sqlalchemy import Connection, exc, select, text

from controller.storage import vendors
from controller.storage.database import Database
from controller.storage.tables_hq import hq_counters

_CHANNEL = "sinne_hq"
_LISTEN = text(f"LISTEN {_CHANNEL}")
_NOTIFY = text(f"SELECT pg_notify('{_CHANNEL}', '')")
_RAISE = text("INSERT INTO hq_counters (name, highest) VALUES ('revision', 1) "
              "ON CONFLICT (name) DO UPDATE SET highest = hq_counters.highest + 1")
_REVISION = select(hq_counters.c.highest).where(hq_counters.c.name == "revision")
#: Between two looks where nobody wakes: on SQLite, and on a server.
_LOOK_S, _LOOK_AT_SERVER_S = 0.25, 1.0

_Found = TypeVar("_Found")


class News:
    """The revision of papers and fleet in one database, for all threads of a process."""

    def __init__(self, database: Database) -> None:
        """Over an open database."""
        self._database = database
        self._woken = threading.Condition()
        self._wakes = 0
        self._on_server = not vendors.locks_at_begin(database.engine)
        self._listening = threading.Lock()
        self._line: Connection | None = None

    def write(self, work: Callable[[Connection], _Found], *, recorded: bool) -> _Found:
        """Commit `work` as news. `recorded`: whether it appends to HQ's record. Raises Unavailable."""
        def with_news(connection: Connection) -> _Found:
            found = work(connection)
            # Last, so that the row is locked for as long as a commit takes.
            connection.execute(_RAISE)
            if self._on_server:
                connection.execute(_NOTIFY)
            return found

        found = self._database.until_done(
            with_news, self._database.write if recorded else self._database.write_beside)
        self._wake()
        return found

    def revision(self) -> int:
        """How many commits there were."""
        with self._database.read() as connection:
            return int(connection.execute(_REVISION).scalar() or 0)

    def wait(self, after: int, timeout_s: float) -> int:
        """Until the revision is above `after`, or the time is over. Raises Unavailable."""
        until = time.monotonic() + timeout_s
        while True:
            wakes = self._wakes
            found = self.revision()
            left_s = until - time.monotonic()
            if found > after or left_s <= 0:
                return found
            self._pause(wakes, left_s)

    def close(self) -> None:
        """Stop listening. Who waits now looks once more."""
        self._wake()
        with self._listening:
            self._hang_up()

    def _pause(self, wakes: int, left_s: float) -> None:
        if self._on_server and self._listening.acquire(blocking=False):
            try:
                if self._listen(min(left_s, _LOOK_AT_SERVER_S)):
                    self._wake()
                    return
            finally:
                self._listening.release()
        look_s = _LOOK_AT_SERVER_S if self._on_server else _LOOK_S
        with self._woken:
            self._woken.wait_for(lambda: self._wakes != wakes, min(left_s, look_s))

    def _wake(self) -> None:
        with self._woken:
            self._wakes += 1
            self._woken.notify_all()

    def _listen(self, timeout_s: float) -> bool:
        """Whether it is worth looking now; False where listening failed. The caller has the lock."""
        try:
            if self._line is None:
                self._line = own_connection(self._database)
                self._line.execute(_LISTEN)
                return True  # what was committed before the line was open is not told on it
            driver = self._line.connection.dbapi_connection
            for _ in driver.notifies(timeout=timeout_s, stop_after=1):  # type: ignore[union-attr]
                pass
        except driver_errors(self._database):
            self._hang_up()
            return False
        return True

    def _hang_up(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            with quietly(self._database):
                line.close()


def own_connection(database: Database) -> Connection:
    """A connection to a server that no pool takes back, outside of transactions. Raises DBAPIError."""
    connection = database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    connection.detach()
    return connection


def driver_errors(database: Database) -> tuple[type[Exception], ...]:
    """What a broken connection raises, also where the driver is asked past SQLAlchemy."""
    driver = database.engine.dialect.loaded_dbapi
    return (exc.SQLAlchemyError, driver.Error, OSError)


@contextmanager
def quietly(database: Database) -> Iterator[None]:
    """For closing what may be broken already."""
    with suppress(*driver_errors(database)):
        yield

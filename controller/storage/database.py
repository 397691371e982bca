"""One database: transactions to read and to write, and failures turned into sentences.

One writer at a time: a lock between the threads of this process (the panel's workers, the engine), and between
processes SQLite's own from the beginning on, or the chain's row. So what is checked at the beginning of a transaction
still holds when it commits.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, exc, select

from controller.errors import Unavailable
from controller.storage import tables, vendors

_LOCK = select(tables.chain.c.one).with_for_update()


class Database:
    """An engine with one writer. `folder`: where the plan's plain copy stands beside a SQLite file; None on a server.

    `unwritable`: why the disk did not let the file be opened for writing; every write then is `Unavailable`.
    """

    def __init__(self, engine: Engine, where: str, folder: Path | None = None, unwritable: str | None = None) -> None:
        """Take over an engine; `where` names it in sentences."""
        self.engine = engine
        self.where = where
        self.folder = folder
        self.unwritable = unwritable
        self._writer = engine.execution_options(**{vendors.WRITES: True})
        # SQLite lets one write at a time from BEGIN on; on a server writers wait for the chain's row.
        self._row_locks = not vendors.locks_at_begin(engine)
        self._lock = threading.Lock()
        self._closed = False

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one state of the database. Raises Unavailable."""
        with self._sentences(), self._open(self.engine) as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that commits when the block ends, or leaves everything as it was. Raises Unavailable."""
        if self.unwritable is not None:
            raise Unavailable(f"{self.unwritable} sinne has to be started again afterwards.", 60)
        if not self._lock.acquire(timeout=2 * vendors.BUSY_S):
            raise Unavailable("The database is busy: nothing was saved. Try again in a moment.", 2)
        try:
            with self._sentences(), self._open(self._writer) as connection:
                if self._row_locks:
                    connection.execute(_LOCK).all()
                yield connection
        finally:
            self._lock.release()

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """A transaction that may change the tables themselves; one process at a time."""
        with self._lock, self._sentences(), self._open(self._writer) as connection:
            vendors.lock_schema(connection)
            yield connection

    def try_to_write(self) -> None:
        """Raises Unavailable where the file cannot be written. Changes nothing."""
        with self._lock, self._sentences(), self._writer.connect() as connection:
            vendors.try_to_write(connection)
            connection.rollback()

    def close(self) -> None:
        """Close every connection. SQLite then folds its log into the file. May be called twice."""
        with self._lock:
            self._closed = True
            self.engine.dispose()

    @contextmanager
    def _open(self, engine: Engine) -> Iterator[Connection]:
        if self._closed:
            raise Unavailable("The store is shutting down: nothing was saved.")
        with engine.begin() as connection:
            yield connection

    @contextmanager
    def _sentences(self) -> Iterator[None]:
        try:
            yield
        except exc.TimeoutError as error:
            raise Unavailable("Too much is asked of the database at once. Try again in a moment.", 2) from error
        except exc.DBAPIError as error:
            sentence = vendors.sentence_of(error, self.where)
            if sentence is None:
                raise
            raise sentence from error

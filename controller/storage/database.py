"""One database: transactions to read and to write, and failures turned into sentences.

One writer at a time: a lock between the threads of this process (the panel's workers, the engine), and between
processes SQLite's own from the beginning on, or the chain's row. So what is checked at the beginning of a transaction
still holds when it commits.

HQ's many writers do not queue there: `write_beside` is for rows that the chain has no part in. On a server it waits for
nothing but the rows that it locks itself; a SQLite file has one writer whatever is written.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, Engine, exc, select

from controller.errors import Unavailable
from controller.storage import tables, vendors

_LOCK = select(tables.chain.c.one).with_for_update()
#: A transaction that the server ended for the sake of another is tried this often.
_TRIES = 6

_Found = TypeVar("_Found")


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
        #: Told after every commit of `write`, by the thread that made it: they may only enqueue.
        self.on_commit: list[Callable[[], None]] = []

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one state of the database. Raises Unavailable."""
        with self.sentences(), self._open(self.engine) as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that commits when the block ends, or leaves everything as it was. Raises Unavailable."""
        with self._alone(), self.sentences(), self._open(self._writer) as connection:
            if self._row_locks:
                connection.execute(_LOCK).all()
            yield connection
        for told in self.on_commit:
            told()

    @contextmanager
    def write_beside(self) -> Iterator[Connection]:
        """Like `write`, but beside others that write. Raises Unavailable.

        What is to hold until the commit has to be locked; nothing may be appended to the record in it.
        """
        if self._row_locks:
            with self.sentences(), self._open(self._writer) as connection:
                yield connection
        else:
            with self.write() as connection:
                yield connection

    def until_done(
        self, work: Callable[[Connection], _Found], opened: Callable[[], AbstractContextManager[Connection]],
    ) -> _Found:
        """Do `work` in a transaction from `opened`, and again where the server ended it for the sake of another."""
        for left in reversed(range(_TRIES)):
            try:
                with opened() as connection:
                    return work(connection)
            except Unavailable as error:
                if not left or not vendors.gave_way(error.__cause__):
                    raise
        raise AssertionError("the last try returns or raises")

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """A transaction that may change the tables themselves; one process at a time."""
        with self._lock, self.sentences(), self._open(self._writer) as connection:
            vendors.lock_schema(connection)
            yield connection

    def try_to_write(self) -> None:
        """Raises Unavailable where the file cannot be written. Changes nothing."""
        with self._lock, self.sentences(), self._writer.connect() as connection:
            vendors.try_to_write(connection)
            connection.rollback()

    def close(self) -> None:
        """Close every connection. SQLite then folds its log into the file. May be called twice."""
        with self._lock:
            self._closed = True
            self.engine.dispose()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """The one writer of this process."""
        if self.unwritable is not None:
            raise Unavailable(f"{self.unwritable} sinne has to be started again afterwards.", 60)
        if not self._lock.acquire(timeout=2 * vendors.BUSY_S):
            raise Unavailable("The database is busy: nothing was saved. Try again in a moment.", 2)
        try:
            yield
        finally:
            self._lock.release()

    @contextmanager
    def _open(self, engine: Engine) -> Iterator[Connection]:
        if self._closed:
            raise Unavailable("The store is shutting down: nothing was saved.")
        with engine.begin() as connection:
            yield connection

    @contextmanager
    def sentences(self) -> Iterator[None]:
        """For what is asked of the database past `read` and `write`: its failures as sentences. Raises Unavailable."""
        try:
            yield
        except exc.TimeoutError as error:
            raise Unavailable("Too much is asked of the database at once. Try again in a moment.", 2) from error
        except exc.DBAPIError as error:
            sentence = vendors.sentence_of(error, self.where)
            if sentence is None:
                raise
            raise sentence from error

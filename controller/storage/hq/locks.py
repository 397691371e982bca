"""The right to be the one publisher: it ends with its holder, in whatever way that one ends.

On a server it is an advisory lock of the session (PostgreSQL, *Explicit Locking*), on a connection of its own: when
that breaks, the server gives the right to the next one. On SQLite it is a lock of the kernel on a file beside the
database.
It says who begins; that nobody goes on who lost it without knowing is what the term is for (`Papers.carry_out`).
"""

from __future__ import annotations

import fcntl
import os
import threading
from pathlib import Path

from sqlalchemy import Connection, exc, text

from controller.errors import Unavailable
from controller.storage.database import Database
from controller.storage.hq.waiting import driver_errors, own_connection, quietly

#: The file beside a SQLite database. It stays; only the lock on it says something.
LOCK_NAME = "hq-publisher.lock"

_KEY = 7362538
_TAKE = text(f"SELECT pg_try_advisory_lock({_KEY})")
_GIVE = text(f"SELECT pg_advisory_unlock({_KEY})")
_HELD = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND pid = pg_backend_pid() "
             "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND objid = :key")


class ServerLock:
    """An advisory lock, held by a connection that is used for nothing else."""

    def __init__(self, database: Database, connection: Connection) -> None:
        """Take over a connection that has the lock."""
        self._database = database
        self._connection: Connection | None = connection
        self._asking = threading.Lock()

    def still_held(self) -> bool:
        """Ask the server; False also where it cannot be asked."""
        with self._asking:
            if self._connection is None:
                return False
            try:
                if self._connection.execute(_HELD, {"key": _KEY}).scalar() == 1:
                    return True
            except driver_errors(self._database):
                pass
            self._close()
            return False

    def release(self) -> None:
        """Give it back."""
        with self._asking:
            if self._connection is not None:
                with quietly(self._database):
                    self._connection.execute(_GIVE)
                self._close()

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with quietly(self._database):
                connection.close()


class FileLock:
    """A lock of the kernel on a file; it ends with the process."""

    def __init__(self, descriptor: int, path: Path) -> None:
        """Take over an open and locked descriptor."""
        self._descriptor: int | None = descriptor
        self._path = path

    def still_held(self) -> bool:
        """False also where somebody took the file away: another one would be locked beside it."""
        if self._descriptor is None:
            return False
        try:
            return os.path.samestat(os.fstat(self._descriptor), self._path.stat())
        except OSError:
            return False

    def release(self) -> None:
        """Give it back."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)


class RamLock:
    """The lock of a database in RAM, which only one process can see."""

    def __init__(self, lock: threading.Lock) -> None:
        """Take over a lock that is held."""
        self._lock: threading.Lock | None = lock

    def still_held(self) -> bool:
        """Until it is released."""
        return self._lock is not None

    def release(self) -> None:
        """Give it back."""
        lock, self._lock = self._lock, None
        if lock is not None:
            lock.release()


def try_file_lock(folder: Path) -> FileLock | None:
    """The lock beside a SQLite database; None while another has it. Raises Unavailable."""
    path = folder / LOCK_NAME
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise Unavailable(f"The file {path} cannot be opened: {error.strerror}.") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return FileLock(descriptor, path)


def try_server_lock(database: Database) -> ServerLock | None:
    """The advisory lock; None while another session has it. Raises Unavailable."""
    with database.sentences():
        connection = own_connection(database)
        try:
            taken = connection.execute(_TAKE).scalar()
        except exc.DBAPIError:
            with quietly(database):
                connection.close()
            raise
    if taken:
        return ServerLock(database, connection)
    with quietly(database):
        connection.close()
    return None

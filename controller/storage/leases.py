"""Who may act. Two locks, for two questions.

`hold_folder`: *does another store run on this machine?* A lock of the kernel on the folder itself. It ends with the
process, also by kill -9 or a power cut, needs no file and no room on the disk, and does not depend on any clock.

`hold`: *does another controller act on this database?* A row with an owner and an end, taken by compare-and-set, for
databases that several machines share (PostgreSQL). The epoch is its fencing token: who takes the lease raises the
epoch, and devices ignore the lower one.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, delete, insert, select, update

from controller.errors import Conflict, Unavailable
from controller.storage.tables import lease

PID_NAME = "store.pid"


class FolderHold:
    """The lock on a data folder. Held until `release`, or until the process ends in whatever way."""

    def __init__(self, descriptor: int, folder: Path) -> None:
        """Take over an open and locked descriptor of the folder."""
        self._descriptor: int | None = descriptor
        self._folder = folder

    def release(self) -> None:
        """Let go. May be called twice."""
        if self._descriptor is not None:
            with contextlib.suppress(OSError):
                (self._folder / PID_NAME).unlink()
            os.close(self._descriptor)
            self._descriptor = None


def hold_folder(folder: Path) -> FolderHold:
    """Be the one store on this folder. Raises Conflict with the pid of the other one, Unavailable without a folder."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise Unavailable(f"The data folder {folder} cannot be opened: {error.strerror}.") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise Conflict(f"Another sinne store is running on this data folder ({_other(folder)}): {folder}. "
                       "Stop that one first, or name another folder.") from error
    # Only for the sentence above: on a full or read-only disk the lock holds all the same.
    with contextlib.suppress(OSError):
        (folder / PID_NAME).write_text(f"{os.getpid()}\n", encoding="ascii")
    return FolderHold(descriptor, folder)


def hold(connection: Connection, owner: str, at: datetime, for_s: float) -> bool:
    """Take or renew the lease until `for_s` seconds after `at`; False while another owner has it.

    A lease that ends further ahead than twice `for_s` was taken before the wall clock was set back, and is void:
    otherwise a step of an hour would stop the store for an hour.
    """
    until = at + timedelta(seconds=for_s)
    row = connection.execute(select(lease.c.owner, lease.c.until)).first()
    if row is None:
        connection.execute(insert(lease).values(one=1, owner=owner, until=until))
        return True
    if row.owner != owner and at < row.until <= at + timedelta(seconds=2 * for_s):
        return False
    taken = connection.execute(update(lease).where(lease.c.owner == row.owner, lease.c.until == row.until)
                               .values(owner=owner, until=until))
    return taken.rowcount == 1


def release(connection: Connection, owner: str) -> None:
    """Give the lease back, if `owner` has it."""
    connection.execute(delete(lease).where(lease.c.owner == owner))


def _other(folder: Path) -> str:
    try:
        return f"pid {int((folder / PID_NAME).read_text(encoding='ascii'))}"
    except (OSError, ValueError):
        return "pid unknown"

"""Open what a store remembers: migrate it, and when the file is damaged, go on with the last good plan.

The store must come up whatever the disk did (`reliability.md`, mode 14): a damaged file is set aside, never deleted;
the plan comes from its plain copy, or from rows of the damaged file that are still whole; one alarm says so in the
new journal. Where the disk is full or read-only the file is opened to read, so that the plan runs on.
"""

from __future__ import annotations

import contextlib
import logging
import os
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine, exc, func, insert, inspect, select

from controller.errors import SinneError, Unavailable
from controller.hq.store_ports import Enrolment
from controller.ports import Entry, PlanVersion
from controller.storage import migrate, plan_copy, record, vendors
from controller.storage.database import Database
from controller.storage.memory import StoredMemory
from controller.storage.plans import columns_of, version_from
from controller.storage.shelf import StoredShelf
from controller.storage.tables import chain, plans

_log = logging.getLogger("sinne.storage")

#: The database's name in a store's data folder.
FILE_NAME = "store.sqlite3"


def open_memory(where: str | Path, build_date: datetime, at: datetime | None = None) -> StoredMemory:
    """Open the memory in a folder (`DATA`), a SQLite file (its name has a suffix), or at a `postgresql://` address.

    `at`: the wall clock, for the name of a file that is set aside and for the alarm. It cannot be right before
    `build_date`, which then stands in. Raises Unavailable (disk, server), Refused (database of a newer sinne).
    """
    when = build_date.astimezone(UTC) if at is None else max(at, build_date).astimezone(UTC)
    if isinstance(where, str) and "://" in where:
        engine = vendors.server_engine(where)
        database = Database(engine, engine.url.render_as_string(hide_password=True))
        return _opened(database, when)
    path = Path(where)
    path = path / FILE_NAME if path.is_dir() or not path.suffix else path
    try:
        # To pass through, not to list: a mosquitto that gave up root's rights has its own folder below.
        path.parent.mkdir(mode=0o711, parents=True, exist_ok=True)
    except OSError as error:
        raise Unavailable(f"The data folder {path.parent} cannot be made: {error.strerror}.") from error
    try:
        return _open_file(path, when)
    except _Damaged as damaged:
        return _recover(path, when, damaged.reason)


class _Damaged(Exception):
    """The file is not a sound database."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def _open_file(path: Path, at: datetime, keep_plan: bool = True) -> StoredMemory:
    _make_private(path)
    database = Database(vendors.sqlite_engine(path), str(path), path.parent)
    try:
        _check(database.engine)
        database.try_to_write()
        return _opened(database, at, keep_plan)
    except SinneError as error:
        database.close()
        cause = error.__cause__
        if isinstance(cause, exc.DBAPIError) and vendors.is_damage(cause):
            raise _Damaged(str(cause.orig)) from cause
        if isinstance(cause, exc.DBAPIError) and vendors.is_unwritable(cause) and path.exists():
            return _open_read_only(path, error)
        raise
    except _Damaged:
        database.close()
        raise


def _make_private(path: Path) -> None:
    """Make a file that is not there yet, for its owner alone: it holds password hashes. SQLite's log inherits this."""
    with contextlib.suppress(OSError):  # what keeps it from being made is told when it is opened
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


def _check(engine: Engine) -> None:
    """Raises _Damaged. What else fails here shows itself, with its sentence, when the tables are opened."""
    try:
        with engine.connect() as connection:
            fault = vendors.unsound(connection)
    except exc.DBAPIError as error:
        if vendors.is_damage(error):
            raise _Damaged(str(error.orig)) from error
        return
    if fault is not None:
        raise _Damaged(fault)


def _opened(database: Database, at: datetime, keep_plan: bool = True) -> StoredMemory:
    migrate.upgrade(database)
    with database.read() as connection:
        begun = connection.execute(select(func.count()).select_from(chain)).scalar_one() == 1
    if not begun:
        with database.write() as connection:
            record.begin_journal(connection)
    memory = StoredMemory(database)
    if keep_plan:
        _keep_plan_whole(memory, at)
    return memory


def _open_read_only(path: Path, refused: SinneError) -> StoredMemory:
    """To read only: with the log where SQLite can still use it, else the file as it lies there."""
    for options in ({"mode": "ro"}, {"mode": "ro", "immutable": "1"}):
        database = Database(vendors.sqlite_engine(path, options), str(path), path.parent, str(refused))
        memory = StoredMemory(database)
        try:
            migrate.upgrade(database)
            memory.newest_entry()
        except (SinneError, exc.DBAPIError):
            database.close()
        else:
            return memory
    raise refused


def _keep_plan_whole(memory: StoredMemory, at: datetime) -> None:
    """See that the newest plan row is whole and that its plain copy is the same; repair the one from the other."""
    folder = memory.database.folder
    with memory.database.read() as connection:
        newest = connection.execute(select(func.max(plans.c.version))).scalar()
    good = memory.plan_in_force()
    copy = None if folder is None else plan_copy.read_copy(folder)
    if newest is None and copy is None:
        return
    if good is not None and good.version == newest:
        if folder is not None and (copy is None or _what(copy) != _what(good)):
            memory.copy_plan(good)
        return
    if copy is not None and (good is None or copy.version > good.version):
        good = copy
    if newest is None and good is not None:
        entry = Entry("storage.recovered", {"plan_was_gone": True})
        memory.recovered = _put_back(memory, good, good.version, at, entry=entry, alarm="The database was empty.")
        return
    alarm = f"Plan version {newest} in the database is torn."
    entry = Entry("storage.recovered", {"torn_version": newest})
    memory.recovered = _put_back(memory, good, (newest or 0) + 1, at, entry=entry, alarm=alarm)


def _what(version: PlanVersion) -> tuple[int, str, str]:
    return version.version, version.digest, version.own.digest


def _recover(path: Path, at: datetime, reason: str) -> StoredMemory:
    good, enrolment = _last_good_plan(path), _last_enrolment(path)
    aside = _set_aside(path, at)
    memory = _open_file(path, at, keep_plan=False)
    entry = Entry("storage.recovered", {"set_aside": aside, "reason": reason})
    alarm = f"The database was damaged ({reason}) and was set aside as {aside}."
    if enrolment is None and good is not None and good.local is not None:
        alarm += " What HQ said stays in the plan, but where HQ is was lost: enrol the store again."
    memory.recovered = _put_back(memory, good, 1 if good is None else good.version, at, entry=entry, alarm=alarm)
    if enrolment is not None:  # all else HQ says again
        memory.hq.enrol(enrolment, at, Entry("hq.enrolled", {"organisation": enrolment.organisation,
                                                             "by": "what was left of the damaged database"}))
    return memory


def _put_back(
    memory: StoredMemory, good: PlanVersion | None, number: int, at: datetime, *, entry: Entry, alarm: str
) -> str:
    """Put a plan in force under `number`, with the one alarm; returns the alarm's sentence."""
    if good is None:
        alarm += " No good plan was found: import one."
    else:
        alarm += f" The store goes on with plan version {good.version}, {good.note or 'without a note'}."
    if "set_aside" in entry.body:
        alarm += " Presses, accounts and the journal begin anew."
    body = {**entry.body, "alarm": alarm, "plan_version": None if good is None else good.version}
    with memory.database.write() as connection:
        if good is not None:
            connection.execute(insert(plans).values(
                version=number, author=good.author, note=good.note, at=good.at, **columns_of(good.plan, good.local)))
        record.append(connection, at, Entry(entry.kind, body))
    in_force = memory.plan_in_force()
    if in_force is not None:
        memory.copy_plan(in_force)
    _log.error("%s", alarm)
    return alarm


def _last_good_plan(path: Path) -> PlanVersion | None:
    """The newest whole plan of the plain copy and of what can still be read in the damaged file."""
    found = [copy for copy in [plan_copy.read_copy(path.parent)] if copy is not None]
    engine = vendors.sqlite_engine(path, {"mode": "ro"})
    try:
        with engine.connect() as connection:
            versions = connection.execute(select(plans.c.version).order_by(plans.c.version.desc()).limit(5)).scalars()
            there = {column["name"] for column in inspect(connection).get_columns(plans.name)}
            wanted = select(*(column for column in plans.c if column.name in there))  # it may be of an older sinne
            for version in versions.all():
                whole = version_from(connection.execute(wanted.where(plans.c.version == version)).one())
                if whole is not None:
                    found.append(whole)
    except (exc.SQLAlchemyError, ValueError, TypeError, OverflowError, AttributeError):
        pass  # as far as it went
    finally:
        engine.dispose()
    return max(found, key=lambda version: version.version, default=None)


def _last_enrolment(path: Path) -> Enrolment | None:
    """To whom the store belonged, as far as that can still be read."""
    database = Database(vendors.sqlite_engine(path, {"mode": "ro"}), str(path))
    try:
        return StoredShelf(database).enrolment()
    except (SinneError, exc.SQLAlchemyError, ValueError, TypeError, OverflowError, AttributeError):
        return None
    finally:
        database.close()


def _set_aside(path: Path, at: datetime) -> str:
    """Rename the file and its log, never over an older one; returns the new name."""
    stem = f"{path.name}.damaged-{at:%Y%m%dT%H%M%SZ}"
    aside, again = path.with_name(stem), 1
    while aside.exists():
        again += 1
        aside = path.with_name(f"{stem}-{again}")
    try:
        for suffix in ("-wal", "-shm", ""):
            part = path.with_name(path.name + suffix)
            if part.exists():
                part.rename(aside.with_name(aside.name + suffix))
    except OSError as error:
        raise Unavailable(f"The damaged database {path} cannot be set aside: {error.strerror}.", 60) from error
    return aside.name

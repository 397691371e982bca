"""The journal's rows: append within somebody's transaction, read in pages."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from controller.ports import Entry, JournalEntry
from controller.storage.chain import GENESIS, canonical, seal
from controller.storage.tables import chain, journal

# Built once: building a statement costs more than running it.
_HEAD = select(chain.c.journal_id, chain.c.number, chain.c.hash)
_JOURNAL_ID = select(chain.c.journal_id)
_ADD = insert(journal)
_MOVE_HEAD = update(chain).values(number=bindparam("new_number"), hash=bindparam("new_hash"))
_PAGE = select(journal).where(journal.c.number > bindparam("after")).order_by(journal.c.number).limit(
    bindparam("most"))
_NEWEST = select(journal).order_by(journal.c.number.desc()).limit(1)


def begin_journal(connection: Connection) -> bool:
    """Draw the journal's id if there is none yet; returns whether it was drawn."""
    if connection.execute(select(chain.c.one)).first() is not None:
        return False
    connection.execute(insert(chain).values(one=1, journal_id=uuid4().hex, number=0, hash=GENESIS))
    return True


def append(connection: Connection, at: datetime, *entries: Entry) -> None:
    """Add entries to the chain. They are committed, or not, with everything else in the transaction."""
    append_all(connection, [(at, entry) for entry in entries])


def append_all(connection: Connection, entries: Sequence[tuple[datetime, Entry]]) -> None:
    """Add entries of several instants, in the order given."""
    if not entries:
        return
    journal_id, number, digest = connection.execute(_HEAD).one()
    rows = []
    for at, entry in entries:
        sealed = seal(journal_id, (number, digest), at, entry)
        number, digest = sealed.number, sealed.hash
        rows.append({"number": number, "at": sealed.at, "kind": sealed.kind, "body": canonical(sealed.body),
                     "hash": digest})
    connection.execute(_ADD, rows)
    connection.execute(_MOVE_HEAD, {"new_number": number, "new_hash": digest})


def head(connection: Connection) -> tuple[int, str]:
    """The number and hash that the chain ends with."""
    number, digest = connection.execute(select(chain.c.number, chain.c.hash)).one()
    return int(number), str(digest)


def page(connection: Connection, after: int, limit: int) -> list[JournalEntry]:
    """Entries with a higher number than `after`, in order."""
    return _entries(connection, connection.execute(_PAGE, {"after": after, "most": limit}).all())


def between(
    connection: Connection, start: datetime, end: datetime, kinds: tuple[str, ...], *, limit: int, newest_first: bool,
) -> list[JournalEntry]:
    """Entries with start <= at < end, of these kinds (empty: of all), by their number, or the newest first."""
    wanted = select(journal).where(journal.c.at >= start, journal.c.at < end)
    if kinds:
        wanted = wanted.where(journal.c.kind.in_(kinds))
    number = journal.c.number
    rows = connection.execute(wanted.order_by(number.desc() if newest_first else number).limit(limit))
    return _entries(connection, rows.all())


def newest(connection: Connection) -> JournalEntry | None:
    """The last entry."""
    found = _entries(connection, connection.execute(_NEWEST).all())
    return found[0] if found else None


def _entries(connection: Connection, rows: Sequence[Row[Any]]) -> list[JournalEntry]:
    if not rows:
        return []
    journal_id = str(connection.execute(_JOURNAL_ID).scalar_one())
    return [JournalEntry(journal_id, row.number, row.at, row.kind, json.loads(row.body), row.hash) for row in rows]

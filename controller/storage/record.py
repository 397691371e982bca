"""The journal's rows: append within somebody's transaction, read in pages."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, insert, select, update

from controller.ports import Entry, JournalEntry
from controller.storage.chain import GENESIS, canonical, seal
from controller.storage.tables import chain, journal

_HEAD = select(chain.c.journal_id, chain.c.number, chain.c.hash)


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
    connection.execute(insert(journal), rows)
    connection.execute(update(chain).values(number=number, hash=digest))


def head(connection: Connection) -> tuple[int, str]:
    """The number and hash that the chain ends with."""
    number, digest = connection.execute(select(chain.c.number, chain.c.hash)).one()
    return int(number), str(digest)


def page(connection: Connection, after: int, limit: int) -> list[JournalEntry]:
    """Entries with a higher number than `after`, in order."""
    rows = connection.execute(select(journal).where(journal.c.number > after).order_by(journal.c.number).limit(limit))
    journal_id = _journal_id(connection)
    return [_entry(row, journal_id) for row in rows]


def between(
    connection: Connection, start: datetime, end: datetime, kinds: tuple[str, ...], *, limit: int, newest_first: bool,
) -> list[JournalEntry]:
    """Entries with start <= at < end, of these kinds (empty: of all), by their number, or the newest first."""
    wanted = select(journal).where(journal.c.at >= start, journal.c.at < end)
    if kinds:
        wanted = wanted.where(journal.c.kind.in_(kinds))
    number = journal.c.number
    rows = connection.execute(wanted.order_by(number.desc() if newest_first else number).limit(limit))
    journal_id = _journal_id(connection)
    return [_entry(row, journal_id) for row in rows]


def newest(connection: Connection) -> JournalEntry | None:
    """The last entry."""
    row = connection.execute(select(journal).order_by(journal.c.number.desc()).limit(1)).first()
    return None if row is None else _entry(row, _journal_id(connection))


def _journal_id(connection: Connection) -> str:
    return str(connection.execute(select(chain.c.journal_id)).scalar_one())


def _entry(row: Row[Any], journal_id: str) -> JournalEntry:
    return JournalEntry(journal_id, row.number, row.at, row.kind, json.loads(row.body), row.hash)

"""`StoredProof`: the `ProofMemory` port over a database. Any number of workers store lines at a time, none twice.

A worker locks the heads of the journals that it has lines of, in the order of their names, so that workers wait for
each other and never in a ring. While a head is locked nobody else stores lines of that journal: what is new is known
before it is written, and head and lines are one commit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

import orjson
from sqlalchemy import Connection, and_, select, text

from controller.hq.backlog import Gapless
from controller.hq.ports import StoredLine
from controller.hq.said import JournalLine
from controller.storage.database import Database
from controller.storage.hq import written
from controller.storage.many import Many, Row, among, listed
from controller.storage.tables import microseconds
from controller.storage.tables_hq import hq_heads, hq_lines, hq_stores

_BEGIN = Many(
    "INSERT INTO hq_heads (store, journal, highest, stored, begun) "
    "SELECT given.store, given.journal, 0, 0, given.begun FROM {given} WHERE 1 = 1 "
    "ON CONFLICT (store, journal) DO NOTHING",
    {"store": "text", "journal": "text", "begun": "int"})
_MOVE = Many(
    "UPDATE hq_heads SET highest = given.highest, stored = given.stored FROM {given} "
    "WHERE hq_heads.store = given.store AND hq_heads.journal = given.journal",
    {"store": "text", "journal": "text", "highest": "int", "stored": "int"})
_STORE = Many(
    "INSERT INTO hq_lines (store, journal, number, at, kind, body, hash, received) SELECT given.* FROM {given} "
    "WHERE 1 = 1",
    {"store": "text", "journal": "text", "number": "int", "at": "int", "kind": "text", "body": "text", "hash": "text",
     "received": "int"})
_NAMES = {"store": "text", "journal": "text", "number": "int"}
#: Rows that the driver fetches at a time.
_FETCHED = 1000

_Name = tuple[str, str]
#: Lines of each journal by their numbers.
_Said = dict[_Name, dict[int, JournalLine]]


class StoredProof:
    """The stores' journals, in HQ's database."""

    def __init__(self, database: Database) -> None:
        """Over an open database whose tables are up to date."""
        self._database = database

    def store_lines(
        self, lines: Iterable[tuple[str, str, Sequence[JournalLine]]], received: datetime,
    ) -> dict[tuple[str, str], int]:
        """Store lines in one commit, each number once; the highest number without a gap of each journal named."""
        said: _Said = {}
        for store, journal, some in lines:
            kept = said.setdefault((store, journal), {})
            for line in some:
                kept.setdefault(line.number, line)
        if not said:
            return {}
        at = microseconds(received)
        return self._database.until_done(
            lambda connection: _store(connection, said, at), self._database.write_beside)

    def lines(
        self, start: datetime, end: datetime, *, stores: Sequence[str] | None = None, kinds: Sequence[str] = (),
    ) -> Iterator[StoredLine]:
        """Entries with start <= at < end, by store, journal (oldest first) and number; a thousand are in memory.

        While the caller works with them, one transaction is open.
        """
        wanted = select(hq_lines).join(hq_heads, and_(
            hq_heads.c.store == hq_lines.c.store, hq_heads.c.journal == hq_lines.c.journal)).where(
            hq_lines.c.at >= start, hq_lines.c.at < end).order_by(
            hq_lines.c.store, hq_heads.c.begun, hq_lines.c.journal, hq_lines.c.number)
        with self._database.read() as connection:
            if stores is not None:
                wanted = wanted.where(among(connection, hq_lines.c.store, stores))
            if kinds:
                wanted = wanted.where(among(connection, hq_lines.c.kind, kinds))
            for row in connection.execution_options(yield_per=_FETCHED).execute(wanted):
                yield written.line_from(row)

    def lines_at(self, wanted: Iterable[tuple[str, str, int]]) -> list[StoredLine]:
        """The entries of these (store, journal id, number), as far as they are stored."""
        named = list(set(wanted))
        found: list[StoredLine] = []
        with self._database.read() as connection:
            asked = text(f"SELECT l.* FROM {listed(connection, _NAMES)} JOIN hq_lines AS l ON l.store = given.store "  # noqa: S608
                         "AND l.journal = given.journal AND l.number = given.number").columns(*hq_lines.c)
            for start in range(0, len(named), _FETCHED):
                given = orjson.dumps(named[start:start + _FETCHED]).decode()
                found += map(written.line_from, connection.execute(asked, {"given": given}))
        return found

    def heads(self, store: str) -> dict[str, tuple[int, int]]:
        """Of each journal of a store, the oldest first: the highest number without a gap, and how many are stored."""
        with self._database.read() as connection:
            return {row.journal: (row.highest, row.stored) for row in connection.execute(
                select(hq_heads).where(hq_heads.c.store == store).order_by(hq_heads.c.begun, hq_heads.c.journal))}


def _store(connection: Connection, said: _Said, received: int) -> dict[_Name, int]:
    known = set(connection.execute(select(hq_stores.c.store).where(
        among(connection, hq_stores.c.store, sorted({store for store, _ in said})),
        hq_stores.c.revoked.is_(None))).scalars())
    names = sorted(name for name in said if name[0] in known)
    if not names:
        return {}
    heads = _locked_heads(connection, names, received)
    beyond = _beyond(connection, [name for name in names if heads[name][1] > heads[name][0]])
    rows: list[Row] = []
    moved: list[Row] = []
    found = {}
    for name in names:
        highest, stored = heads[name]
        head = Gapless(highest, frozenset(beyond.get(name, ())))
        new = [line for number, line in said[name].items() if number > highest and number not in head.beyond]
        for line in new:
            rows.append(_row(name, line, received))
            head.stored(line.number)
        if new:
            moved.append((*name, head.highest, stored + len(new)))
        found[name] = head.highest
    _STORE.run(connection, rows)
    _MOVE.run(connection, moved)
    return found


def _locked_heads(connection: Connection, names: Sequence[_Name], received: int) -> Mapping[_Name, tuple[int, int]]:
    """Number without a gap and how many are stored of each journal, locked until the commit; new ones are begun."""
    stores = sorted({store for store, _ in names})
    wanted = select(hq_heads).where(among(connection, hq_heads.c.store, stores)).order_by(
        hq_heads.c.store, hq_heads.c.journal).with_for_update()
    heads = {(row.store, row.journal): (row.highest, row.stored) for row in connection.execute(wanted)}
    missing = [name for name in names if name not in heads]
    if missing:
        _BEGIN.run(connection, [(*name, received) for name in missing])
        heads = {(row.store, row.journal): (row.highest, row.stored) for row in connection.execute(wanted)}
    return heads


def _beyond(connection: Connection, names: Sequence[_Name]) -> Mapping[_Name, set[int]]:
    """The numbers that are stored after the first gap."""
    if not names:
        return {}
    found: dict[_Name, set[int]] = {}
    wanted = select(hq_lines.c.store, hq_lines.c.journal, hq_lines.c.number).join(hq_heads, and_(
        hq_heads.c.store == hq_lines.c.store, hq_heads.c.journal == hq_lines.c.journal,
        hq_lines.c.number > hq_heads.c.highest)).where(
        among(connection, hq_heads.c.store, sorted({store for store, _ in names})),
        hq_heads.c.stored > hq_heads.c.highest)
    for store, journal, number in connection.execute(wanted):
        found.setdefault((store, journal), set()).add(number)
    return found


def _row(name: _Name, line: JournalLine, received: int) -> Row:
    body = orjson.dumps(dict(line.body)).decode()
    # PostgreSQL has no place for NUL; in a body it is written as an escape.
    return (*name, line.number, microseconds(line.at), line.kind.replace("\0", "\ufffd"), body, line.hash, received)



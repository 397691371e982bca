"""`StoredShelf`: the `ShelfMemory` port over a database: what a store remembers of HQ."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, select

from controller.errors import Refused
from controller.hq.store_ports import Enrolment, Kept, Name
from controller.ports import Entry
from controller.storage import record
from controller.storage.chain import canonical
from controller.storage.database import Database
from controller.storage.tables import answered, chain, enrolment, outbox, shelf
from profiles.limits import Person

_FORGET = delete(shelf).where(shelf.c.kind == bindparam("k"), shelf.c.document == bindparam("d"),
                              shelf.c.version == bindparam("v"))
_ADD = insert(shelf)
_SHELF = select(shelf).order_by(shelf.c.seq)
_DONE = select(outbox.c.done).where(outbox.c.journal_id == select(chain.c.journal_id).scalar_subquery())


class StoredShelf:
    """What a store remembers of HQ, in its database."""

    def __init__(self, database: Database) -> None:
        """Over an open database whose tables are up to date."""
        self._database = database

    def enrolment(self) -> Enrolment | None:
        """To whom the store belongs; None while it belongs to nobody. Raises Refused where it cannot be read."""
        with self._database.read() as connection:
            return _enrolment(connection)

    def enrol(self, made: Enrolment, at: datetime, entry: Entry) -> None:
        """Belong to somebody, or under other keys. What is here of another organisation goes."""
        body = canonical({**asdict(made), "grant": made.grant.value})
        with self._database.write() as connection:
            if _organisation(connection) != made.organisation:
                _empty(connection)
            connection.execute(delete(enrolment))
            connection.execute(insert(enrolment).values(one=1, body=body, at=at))
            record.append(connection, at, entry)

    def leave(self, at: datetime, entry: Entry) -> None:
        """Belong to nobody: the enrolment, the shelf, answers and acknowledgements go."""
        with self._database.write() as connection:
            _empty(connection)
            connection.execute(delete(enrolment))
            record.append(connection, at, entry)

    # -- the shelf

    def shelf(self) -> list[Kept]:
        """What is kept, in the order in which it was taken."""
        with self._database.read() as connection:
            rows = connection.execute(_SHELF).all()
        return [Kept((row.kind, row.document, row.version), row.topic, bytes(row.payload)) for row in rows]

    def keep(self, *kept: Kept) -> None:
        """Keep what was taken. The same name again is replaced, and counts as taken now."""
        if not kept:
            return
        with self._database.write() as connection:
            connection.execute(_FORGET, [_keys(each.name) for each in kept])
            connection.execute(_ADD, [
                {"kind": each.name[0], "document": each.name[1], "version": each.name[2], "topic": each.topic,
                 "payload": each.payload} for each in {each.name: each for each in kept}.values()])

    def forget(self, names: Iterable[Name]) -> None:
        """Take off the shelf what nothing needs any more."""
        going = [_keys(name) for name in names]
        if going:
            with self._database.write() as connection:
                connection.execute(_FORGET, going)

    # -- what HQ was told

    def acknowledged(self) -> int:
        """The number of the journal up to which HQ has everything; 0 for a journal that HQ knows nothing of."""
        with self._database.read() as connection:
            return int(connection.execute(_DONE).scalar() or 0)

    def note_acknowledged(self, journal_id: str, number: int) -> None:
        """HQ has everything up to `number`. It only rises; of another journal than the store's it is ignored."""
        with self._database.write() as connection:
            own = connection.execute(select(chain.c.journal_id)).scalar()
            if journal_id == own and number > int(connection.execute(_DONE).scalar() or 0):
                connection.execute(delete(outbox))
                connection.execute(insert(outbox).values(one=1, journal_id=journal_id, done=number))

    # -- what HQ asked

    def answered(self, request: str) -> str | None:
        """How a request of HQ's was answered, if it was: it is carried out once."""
        with self._database.read() as connection:
            found = connection.execute(select(answered.c.answer).where(answered.c.request == request)).scalar()
        return None if found is None else str(found)

    def note_answered(
        self, request: str, answer: str, at: datetime, expires: datetime, entry: Entry | None = None,
    ) -> None:
        """Remember an answer, until nobody can ask again; those that expired before `at` go. The first one stays."""
        with self._database.write() as connection:
            connection.execute(delete(answered).where(answered.c.expires < at))
            if connection.execute(select(answered.c.at).where(answered.c.request == request)).first() is None:
                connection.execute(insert(answered).values(request=request, at=at, expires=expires, answer=answer))
                if entry is not None:
                    record.append(connection, at, entry)


def _empty(connection: Connection) -> None:
    for table in (shelf, answered, outbox):
        connection.execute(delete(table))


def _organisation(connection: Connection) -> str | None:
    """Whose the shelf is; None also where the enrolment cannot be read, so that nothing of somebody else's stays."""
    try:
        found = _enrolment(connection)
    except Refused:
        return None
    return None if found is None else found.organisation


def _enrolment(connection: Connection) -> Enrolment | None:
    body = connection.execute(select(enrolment.c.body)).scalar()
    if body is None:
        return None
    try:
        said = json.loads(body)
        # What a newer sinne wrote beside it is left aside.
        known = {each.name: said[each.name] for each in fields(Enrolment) if each.name in said}
        return Enrolment(**{**known, "grant": Person(known["grant"])})
    except (ValueError, KeyError, TypeError):
        raise Refused("To whom this store belongs cannot be read any more. Enrol it again.") from None


def _keys(name: Name) -> Mapping[str, object]:
    return {"k": name[0], "d": name[1], "v": name[2]}

"""`StoredFleet`: the `FleetMemory` port over a database. Ten thousand standings are ten statements."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Connection, Select, func, select, text, type_coerce

from controller.hq.ports import Enrolled, FleetCounts, FleetRow
from controller.hq.said import Pair, Standing
from controller.ports import Entry
from controller.storage import record
from controller.storage.database import Database
from controller.storage.hq import written
from controller.storage.hq.waiting import News
from controller.storage.many import Many, Row
from controller.storage.tables import microseconds
from controller.storage.tables_hq import hq_plans, hq_standings, hq_stores

_STANDING = {"store": "text", "online": "bool", "heard": "int", "term": "int", "number": "int", "content": "text"}
_KNOWN = "EXISTS (SELECT 1 FROM hq_stores AS k WHERE k.store = given.store AND k.revoked IS NULL)"
# Of a store that names the manifest in force nothing differs; of another it does since it was first seen to.
_DIFFERS = ("CASE WHEN {row}.term = CAST(:term_now AS bigint) AND {row}.number = CAST(:number_now AS bigint) THEN NULL "
            "ELSE {since} END")
_ADD = ("INSERT INTO hq_standings (store, online, heard, term, number, content, differs_since) "  # noqa: S608 - words of our own
        "SELECT given.store, given.online, given.heard, given.term, given.number, given.content, "
        + _DIFFERS.format(row="given", since="given.heard") + " FROM {{given}} WHERE " + _KNOWN +
        " ON CONFLICT (store) DO UPDATE SET online = excluded.online, {set}")
#: Said anew: replaces what was known. What was known already was not heard now, but when it was said first.
_SAY = Many(_ADD.format(set=(
    "term = excluded.term, number = excluded.number, content = excluded.content, "
    "heard = CASE WHEN hq_standings.content = excluded.content AND hq_standings.online = excluded.online "
    "THEN hq_standings.heard ELSE excluded.heard END, differs_since = "
    + _DIFFERS.format(row="excluded", since="COALESCE(hq_standings.differs_since, excluded.heard)"))), _STANDING)
#: A last will changes nothing but that the store is away.
_AWAY = Many(_ADD.format(set=(
    "heard = CASE WHEN hq_standings.online THEN excluded.heard ELSE hq_standings.heard END, differs_since = "
    + _DIFFERS.format(row="hq_standings", since="COALESCE(hq_standings.differs_since, excluded.heard)"))), _STANDING)
_DIFFER = text("UPDATE hq_standings SET differs_since = CASE WHEN term = :term AND number = :number THEN NULL "
               "ELSE COALESCE(differs_since, :at) END")
_ENROL = Many(
    "INSERT INTO hq_stores (store, username, generation, made, by, revoked) SELECT given.* FROM {given} WHERE 1 = 1 "
    "ON CONFLICT (store) DO UPDATE SET username = excluded.username, generation = excluded.generation, "
    "made = excluded.made, by = excluded.by, revoked = excluded.revoked",
    {"store": "text", "username": "text", "generation": "int", "made": "int", "by": "text", "revoked": "int"})
_PLAN = Many(
    "INSERT INTO hq_plans (store, payload, at) SELECT given.store, given.payload, given.at FROM {given} WHERE "  # noqa: S608
    + _KNOWN + " ON CONFLICT (store) DO UPDATE SET payload = excluded.payload, at = excluded.at",
    {"store": "text", "payload": "bytes", "at": "int"})
# Instants stay numbers until a row is read (`written.fleet_from`, which has the same order).
_FLEET = select(
    hq_stores.c.store, hq_stores.c.username, hq_stores.c.generation, type_coerce(hq_stores.c.made, BigInteger),
    hq_stores.c.by, hq_standings.c.content, hq_standings.c.online, type_coerce(hq_standings.c.heard, BigInteger),
    type_coerce(hq_standings.c.differs_since, BigInteger), type_coerce(hq_plans.c.at, BigInteger),
).select_from(hq_stores.outerjoin(hq_standings, hq_standings.c.store == hq_stores.c.store)
              .outerjoin(hq_plans, hq_plans.c.store == hq_stores.c.store)).where(hq_stores.c.revoked.is_(None))
_COUNTS = select(
    func.count(), func.count(hq_standings.c.store), func.count(hq_standings.c.differs_since),
).select_from(hq_stores.outerjoin(hq_standings, hq_standings.c.store == hq_stores.c.store)).where(
    hq_stores.c.revoked.is_(None))
#: Payloads that are in memory at a time.
_PAGE = 200


class StoredFleet:
    """Stores, and what they last said of themselves, in HQ's database."""

    def __init__(self, database: Database, news: News) -> None:
        """Over an open database whose tables are up to date."""
        self._database = database
        self._news = news
        #: Of each store the columns that were read last, and what they say.
        self._read: dict[str, tuple[tuple[Any, ...], FleetRow]] = {}

    def enrol(self, enrolled: Enrolled, at: datetime, entry: Entry) -> None:
        """Add or replace a store."""
        self.enrol_all([enrolled], at, entry)

    def enrol_all(self, enrolled: Sequence[Enrolled], at: datetime, entry: Entry) -> None:
        """Add or replace many at once, with the one entry."""
        rows = [written.enrolled_row(each) for each in {each.store: each for each in enrolled}.values()]

        def work(connection: Connection) -> None:
            _ENROL.run(connection, sorted(rows, key=_store))
            record.append(connection, at, entry)

        self._news.write(work, recorded=True)

    def enrolled(self) -> list[Enrolled]:
        """All of them, revoked ones too, by their ids."""
        with self._database.read() as connection:
            return sorted((written.enrolled_from(row) for row in connection.execute(select(hq_stores))),
                          key=lambda each: each.store)

    def note_standings(self, standings: Sequence[tuple[Standing, datetime]], in_force: tuple[int, int]) -> int:
        """Keep the last standing of each store with when it was heard, in one commit; of how many stores."""
        said, away = _last(standings)
        if not said and not away:
            return 0
        now = {"term_now": in_force[0], "number_now": in_force[1]}
        return self._news.write(
            lambda connection: _SAY.run(connection, said, **now) + _AWAY.run(connection, away, **now), recorded=False)

    def note_plans(self, plans: Sequence[tuple[str, bytes, datetime]]) -> None:
        """Keep the newest `up/plan` of each store, as it came."""
        rows = sorted((store, payload, microseconds(at)) for store, (payload, at) in
                      {store: (payload, at) for store, payload, at in plans}.items())
        if rows:
            self._news.write(lambda connection: _PLAN.run(connection, rows), recorded=False)

    def plan_payload(self, store: str) -> bytes | None:
        """The last `up/plan` of a store."""
        wanted = select(hq_plans.c.payload).join(hq_stores, hq_stores.c.store == hq_plans.c.store).where(
            hq_plans.c.store == store, hq_stores.c.revoked.is_(None))
        with self._database.read() as connection:
            found = connection.execute(wanted).scalar()
        return None if found is None else bytes(found)

    def plan_payloads(self) -> Iterator[tuple[str, bytes]]:
        """Of all stores, by their ids; no transaction is open while the caller works."""
        wanted = select(hq_plans.c.store, hq_plans.c.payload).join(
            hq_stores, hq_stores.c.store == hq_plans.c.store).where(hq_stores.c.revoked.is_(None))
        after = ""
        while True:
            with self._database.read() as connection:
                rows = connection.execute(wanted.where(hq_plans.c.store > after).order_by(hq_plans.c.store)
                                          .limit(_PAGE)).all()
            if not rows:
                return
            yield from ((row.store, bytes(row.payload)) for row in rows)
            after = rows[-1].store

    def fleet(self) -> list[FleetRow]:
        """Every store that is not revoked, by its id. What its columns said before is not read again: the same row."""
        with self._database.read() as connection:
            rows = sorted(map(tuple, connection.execute(_FLEET)), key=_store)
        before, read = self._read, {}
        for row in rows:
            known = before.get(row[0])
            read[row[0]] = known if known is not None and known[0] == row else (row, written.fleet_from(row))
        self._read = read
        return [known for _, known in read.values()]

    def counts(self, halt: tuple[int, int] | None = None) -> FleetCounts:
        """How many there are. `halt`: term and number of one that stores may have acted on."""
        with self._database.read() as connection:
            stores, heard, differing = connection.execute(_COUNTS).one()
            return FleetCounts(stores, heard, differing, connection.execute(_halted(*halt)).scalar_one() if halt else 0)

    def fleet_row(self, store: str) -> FleetRow | None:
        """One of them."""
        with self._database.read() as connection:
            row = connection.execute(_FLEET.where(hq_stores.c.store == store)).first()
        return None if row is None else written.fleet_from(tuple(row))


def _halted(term: int, number: int) -> Select[int]:
    """How many name a halt. Looked for in the text of what they said, which is always written the same way."""
    named = f'"halt":{Pair(term=term, number=number).model_dump_json()}'
    heard = hq_stores.join(hq_standings, hq_standings.c.store == hq_stores.c.store)
    return select(func.count()).select_from(heard).where(
        hq_stores.c.revoked.is_(None), hq_standings.c.content.contains(named, autoescape=True))


def differ(connection: Connection, in_force: tuple[int, int], at: datetime) -> None:
    """A new manifest is in force: every store that does not name it differs since then."""
    connection.execute(_DIFFER, {"term": in_force[0], "number": in_force[1], "at": microseconds(at)})


def _last(standings: Sequence[tuple[Standing, datetime]]) -> tuple[list[Row], list[Row]]:
    """Rows of what each store said last, and of last wills of stores of which nothing else came, by their ids."""
    said: dict[str, tuple[Standing, datetime]] = {}
    gone: dict[str, tuple[Standing, datetime]] = {}
    away: dict[str, datetime] = {}
    for standing, heard in standings:
        if standing.online:
            said[standing.store] = (standing, heard)
            away.pop(standing.store, None)
        elif standing.store in said:
            away[standing.store] = heard
        else:
            gone[standing.store] = (standing, heard)
    rows = [_row(standing, away.get(store, heard), store not in away) for store, (standing, heard) in said.items()]
    wills = [_row(standing, heard, False) for store, (standing, heard) in gone.items() if store not in said]
    return sorted(rows, key=_store), sorted(wills, key=_store)


def _row(standing: Standing, heard: datetime, online: bool) -> Row:
    named = standing.manifest
    return (standing.store, online, microseconds(heard), None if named is None else named.term,
            None if named is None else named.number, standing.model_dump_json())


def _store(row: Row) -> str:
    return str(row[0])



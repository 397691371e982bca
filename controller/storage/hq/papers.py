"""`StoredPapers`: the `Papers` port over a database. Whatever it changes is one commit with its entries."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, func, insert, select, text, update

from controller.errors import Conflict
from controller.hq.documents import Kind
from controller.hq.ports import (
    Draft,
    Fenced,
    Order,
    Published,
    PublisherLock,
    Retained,
    RolloutRow,
)
from controller.ports import Entry
from controller.storage import record, vendors
from controller.storage.chain import canonical
from controller.storage.database import Database
from controller.storage.hq import written
from controller.storage.hq.fleet import differ
from controller.storage.hq.locks import RamLock, try_file_lock, try_server_lock
from controller.storage.hq.waiting import News
from controller.storage.many import Many
from controller.storage.tables_hq import hq_counters, hq_documents, hq_drafts, hq_orders, hq_retained, hq_rollouts

_TERM = select(hq_counters.c.highest).where(hq_counters.c.name == "term").with_for_update()
_RAISE_TERM = text(
    "INSERT INTO hq_counters (name, highest) VALUES ('term', :least) ON CONFLICT (name) DO UPDATE SET highest = "
    "CASE WHEN hq_counters.highest < :least THEN :least ELSE hq_counters.highest + 1 END")
_NEWEST = select(hq_documents.c.kind, hq_documents.c.id, func.max(hq_documents.c.version).label("version")).group_by(
    hq_documents.c.kind, hq_documents.c.id).order_by(hq_documents.c.kind, hq_documents.c.id)
_VERSION = select(hq_documents).where(hq_documents.c.kind == bindparam("k"), hq_documents.c.id == bindparam("i"),
                                      hq_documents.c.version == bindparam("v"))
_ADD_VERSION = Many(
    "INSERT INTO hq_documents (kind, id, version, digest, topic, payload, content, term, author, approver, note, at) "
    "SELECT given.* FROM {given} WHERE 1 = 1 ON CONFLICT (kind, id, version) DO NOTHING",
    {"kind": "text", "id": "text", "version": "int", "digest": "text", "topic": "text", "payload": "bytes",
     "content": "text", "term": "int", "author": "text", "approver": "text", "note": "text", "at": "int"})
_HOLD = Many(
    "INSERT INTO hq_retained (topic, payload) SELECT given.* FROM {given} WHERE 1 = 1 "
    "ON CONFLICT (topic) DO UPDATE SET payload = excluded.payload", {"topic": "text", "payload": "bytes"})
_ROLL = Many(
    "INSERT INTO hq_rollouts (campaign, version, state, content, at) SELECT given.* FROM {given} WHERE 1 = 1 "
    "ON CONFLICT (campaign) DO UPDATE SET version = excluded.version, state = excluded.state, "
    "content = excluded.content, at = excluded.at",
    {"campaign": "text", "version": "int", "state": "text", "content": "text", "at": "int"})
#: Versions are read once; this many stay in memory. Only their newest ones are asked for often.
_KEPT_VERSIONS = 5000


class StoredPapers:
    """Documents and all that leads to them, in HQ's database."""

    def __init__(self, database: Database, news: News) -> None:
        """Over an open database whose tables are up to date."""
        self._database = database
        self._news = news
        self._ram_lock = threading.Lock()
        self._read: dict[tuple[str, str, int], Published] = {}

    # -- the publisher's right

    def try_lock(self) -> PublisherLock | None:
        """Become the publisher; None while somebody else is. Raises Unavailable."""
        if not vendors.locks_at_begin(self._database.engine):
            return try_server_lock(self._database)
        if self._database.folder is not None:
            return try_file_lock(self._database.folder)
        return RamLock(self._ram_lock) if self._ram_lock.acquire(blocking=False) else None

    def raise_term(self, above: int) -> int:
        """Commit and return 1 + the higher of `above` and the highest term so far."""
        def work(connection: Connection) -> int:
            connection.execute(_RAISE_TERM, {"least": above + 1})
            return int(connection.execute(_TERM).scalar_one())

        return self._database.until_done(work, self._database.write_beside)

    # -- drafts

    def drafts(self, kind: Kind | None = None) -> list[Draft]:
        """All drafts, the newest change first."""
        wanted = select(hq_drafts).order_by(hq_drafts.c.at.desc(), hq_drafts.c.kind, hq_drafts.c.id)
        with self._database.read() as connection:
            return [written.draft_from(row) for row in connection.execute(
                wanted if kind is None else wanted.where(hq_drafts.c.kind == kind))]

    def draft(self, kind: Kind, id_: str) -> Draft | None:
        """One draft."""
        with self._database.read() as connection:
            row = connection.execute(select(hq_drafts).where(hq_drafts.c.kind == kind, hq_drafts.c.id == id_)).first()
        return None if row is None else written.draft_from(row)

    def put_draft(self, draft: Draft, seen: int | None, entry: Entry) -> Draft:
        """Save with the next revision. Conflict where `seen` (None: there is none yet) is not the revision here."""
        here = (hq_drafts.c.kind == draft.kind, hq_drafts.c.id == draft.id)
        columns = written.draft_columns(draft, (seen or 0) + 1)

        def work(connection: Connection) -> None:
            known = connection.execute(select(hq_drafts.c.revision).where(*here)).scalar()
            if known != seen:
                raise Conflict(f"Somebody else saved the {draft.kind} {draft.id} first. Look at it again.")
            connection.execute(insert(hq_drafts).values(**columns) if known is None else
                               update(hq_drafts).where(*here).values(**columns))
            record.append(connection, draft.at, entry)

        self._news.write(work, recorded=True)
        return replace(draft, revision=columns["revision"])

    def drop_draft(self, kind: Kind, id_: str, at: datetime, entry: Entry) -> None:
        """Take it away; nothing where there is none."""
        def work(connection: Connection) -> None:
            gone = connection.execute(delete(hq_drafts).where(hq_drafts.c.kind == kind, hq_drafts.c.id == id_)).rowcount
            if gone:
                record.append(connection, at, entry)

        self._news.write(work, recorded=True)

    # -- orders

    def give_order(self, verb: str, body: Mapping[str, object], by: str, at: datetime, entry: Entry) -> Order:
        """Leave an order; publisher and workers are woken."""
        said = canonical(dict(body))

        def work(connection: Connection) -> int:
            # The chain's row is locked, so that numbers are in the order of their commits.
            number = int(connection.execute(select(func.max(hq_orders.c.number))).scalar() or 0) + 1
            connection.execute(insert(hq_orders).values(number=number, verb=verb, body=said, by=by, at=at))
            record.append(connection, at, entry)
            return number

        return Order(self._news.write(work, recorded=True), verb, json.loads(said), by, at)

    def order(self, number: int) -> Order | None:
        """One order."""
        with self._database.read() as connection:
            row = connection.execute(select(hq_orders).where(hq_orders.c.number == number)).first()
        return None if row is None else written.order_from(row)

    def open_orders(self, limit: int = 100) -> list[Order]:
        """Those without an answer, oldest first."""
        with self._database.read() as connection:
            return [written.order_from(row) for row in connection.execute(
                select(hq_orders).where(hq_orders.c.done.is_(None)).order_by(hq_orders.c.number).limit(limit))]

    # -- what is published

    def newest(self) -> list[Published]:
        """The newest version of every document, tombstones too, by kind and id."""
        with self._database.read() as connection:
            return [self._published(connection, tuple(row)) for row in connection.execute(_NEWEST).all()]

    def versions(self, kind: Kind, id_: str) -> list[Published]:
        """All versions of a document, the newest first."""
        wanted = select(hq_documents.c.version).where(hq_documents.c.kind == kind, hq_documents.c.id == id_)
        with self._database.read() as connection:
            found = connection.execute(wanted.order_by(hq_documents.c.version.desc())).scalars().all()
            return [self._published(connection, (kind, id_, version)) for version in found]

    def retained(self) -> list[Retained]:
        """Everything that the broker has to hold, by topic; what it has to let go with an empty payload."""
        with self._database.read() as connection:
            return [Retained(row.topic, bytes(row.payload)) for row in connection.execute(
                select(hq_retained).order_by(hq_retained.c.topic))]

    def carry_out(
        self, term: int, at: datetime, *, documents: Sequence[Published] = (), retained: Sequence[Retained] = (),
        rollouts: Sequence[RolloutRow] = (), order: int | None = None, answer: Mapping[str, object] | None = None,
        entries: Sequence[Entry] = (), in_force: tuple[int, int] | None = None,
    ) -> None:
        """What the publisher did, as one commit. Raises Fenced, Conflict, Unavailable."""
        versions = [written.version_row(each) for each in documents]
        rolled = [written.rollout_row(row) for row in rollouts]

        def work(connection: Connection) -> None:
            highest = int(connection.execute(_TERM).scalar() or 0)
            if highest != term:
                raise Fenced(f"Somebody else publishes by now: the term is {highest}, and {term} is over.")
            if order is not None:
                _answer(connection, order, at, canonical(dict(answer or {})))
            if _ADD_VERSION.run(connection, versions) != len(versions):
                raise Conflict("A version that was to be published is there already. Nothing was changed.")
            _HOLD.run(connection, [(topic, payload) for topic, payload in
                                   {each.topic: each.payload for each in retained}.items()])
            _ROLL.run(connection, rolled)
            if in_force is not None:
                differ(connection, in_force, at)
            record.append(connection, at, *entries)

        self._news.write(work, recorded=bool(entries))

    def rollouts(self) -> list[RolloutRow]:
        """The rollout of every campaign that has one."""
        with self._database.read() as connection:
            return [written.rollout_from(row) for row in connection.execute(
                select(hq_rollouts).order_by(hq_rollouts.c.campaign))]

    def rollout(self, campaign: str) -> RolloutRow | None:
        """One of them."""
        with self._database.read() as connection:
            row = connection.execute(select(hq_rollouts).where(hq_rollouts.c.campaign == campaign)).first()
        return None if row is None else written.rollout_from(row)

    def revision(self) -> int:
        """Rises with every commit of papers or fleet."""
        return self._news.revision()

    def wait_for_news(self, after: int, timeout_s: float) -> int:
        """Wait until `revision` is above `after`, or the time is over; the revision now."""
        return self._news.wait(after, timeout_s)

    def close(self) -> None:
        """Nobody waits for news any more. May be called twice."""
        self._news.close()

    def _published(self, connection: Connection, name: tuple[str, str, int]) -> Published:
        known = self._read.get(name)
        if known is None:
            row = connection.execute(_VERSION, dict(zip("kiv", name, strict=True))).one()
            known = written.published_from(row)
            kept = self._read if len(self._read) < _KEPT_VERSIONS else {}
            self._read = {**kept, name: known}
        return known


def _answer(connection: Connection, order: int, at: datetime, answer: str) -> None:
    done = connection.execute(update(hq_orders).where(hq_orders.c.number == order, hq_orders.c.done.is_(None))
                              .values(done=at, answer=answer)).rowcount
    if not done:
        raise Conflict(f"Order {order} does not wait any more: it was answered, or never given.")

"""The tables, as SQLAlchemy Core. The migrations make them; a test compares the two.

Instants are whole microseconds since 1970 in UTC, so that a time comes back exactly as it went in. Whatever is
only read back whole (a plan, a scene, the body of an entry) is canonical JSON in a text column; what is asked
for has a column of its own.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Dialect,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.types import TypeDecorator

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def microseconds(value: datetime) -> int:
    """Whole microseconds since 1970. Raises ValueError for a naive time."""
    if value.tzinfo is None:
        raise ValueError(f"{value} has no time zone: instants are stored in UTC")
    return (value - _EPOCH) // _MICROSECOND


def instant(kept: int) -> datetime:
    """Back from microseconds since 1970, in UTC."""
    return _EPOCH + int(kept) * _MICROSECOND


class Instant(TypeDecorator[datetime]):
    """An aware datetime as microseconds since 1970 in UTC; comes back in UTC. A naive one is refused."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """To whole microseconds, without passing through a float."""
        return None if value is None else microseconds(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Back to UTC."""
        return None if value is None else instant(value)


metadata = MetaData()

#: One row: the journal's id, drawn when the database is made, and the number and hash that the chain ends with.
#: Every write locks this row first, which makes one writer at a time on any database.
chain = Table(
    "chain", metadata,
    Column("one", Integer, primary_key=True, autoincrement=False),
    Column("journal_id", String(40), nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("hash", String(64), nullable=False),
)

#: Append-only: triggers refuse UPDATE and DELETE (`vendors.py`).
journal = Table(
    "journal", metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("kind", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("hash", String(64), nullable=False),
)
Index("journal_by_kind", journal.c.kind, journal.c.at)
Index("journal_by_at", journal.c.at)

#: `plan`: what was in force. `local`: the store's own part of it; NULL where that is the same.
plans = Table(
    "plans", metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("sha256", String(64), nullable=False),
    Column("author", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("plan", Text, nullable=False),
    Column("local", Text),
    Column("local_sha256", String(64)),
)

#: `seq` keeps the order in which choices were made, for those that begin at the same instant.
overrides = Table(
    "overrides", metadata,
    Column("seq", Integer, primary_key=True),
    Column("id", String(63), nullable=False, unique=True),
    Column("press", String(63), nullable=False),
    Column("zone", String(63), nullable=False),
    Column("start", Instant, nullable=False),
    Column("end", Instant, nullable=False),
    Column("ended", Instant),
    Column("body", Text, nullable=False),
)
Index("overrides_by_end", overrides.c.end)

stops = Table(
    "stops", metadata,
    Column("seq", Integer, primary_key=True),
    Column("id", String(63), nullable=False, unique=True),
    Column("since", Instant, nullable=False),
    Column("ended", Instant),
    Column("ended_by", Text),
    Column("body", Text, nullable=False),
)

#: Numbers that only rise. The one row so far is `epoch` (rule 17).
counters = Table(
    "counters", metadata,
    Column("name", String(40), primary_key=True),
    Column("highest", BigInteger, nullable=False),
)

scent_runs = Table(
    "scent_runs", metadata,
    Column("zone", String(63), primary_key=True),
    Column("fragrance", String(63), primary_key=True),
    Column("last_on", Instant, nullable=False),
    Column("intensity_pct", Float(53), nullable=False),
)

local_changes = Table(
    "local_changes", metadata,
    Column("device", Text, primary_key=True),
    Column("seen", Instant, nullable=False),
    Column("until", Instant, nullable=False),
)

last_seen = Table(
    "last_seen", metadata,
    Column("device", Text, primary_key=True),
    Column("seen", Instant, nullable=False),
)

#: What people did about cues: done or skipped, one row an occurrence. Taking it back takes the row away.
cue_marks = Table(
    "cue_marks", metadata,
    Column("occurrence", Text, primary_key=True),
    Column("outcome", String(20), nullable=False),
    Column("by", Text, nullable=False),
    Column("at", Instant, nullable=False),
)
Index("cue_marks_by_at", cue_marks.c.at)

#: `folded` is the name case-folded: `Ida` and `ida` are one account.
accounts = Table(
    "accounts", metadata,
    Column("folded", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("person", String(20), nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("made", Instant, nullable=False),
)

sessions = Table(
    "sessions", metadata,
    Column("key", String(64), primary_key=True),
    Column("folded", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("made", Instant, nullable=False),
    Column("seen", Instant, nullable=False),
)

tokens = Table(
    "tokens", metadata,
    Column("key", String(64), primary_key=True),
    Column("label", Text, nullable=False),
    Column("person", String(20), nullable=False),
    Column("made", Instant, nullable=False),
    Column("revoked", Instant),
)

throttles = Table(
    "throttles", metadata,
    Column("subject", Text, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last", Instant, nullable=False),
)

#: One row: which controller may act on this database, and until when (`lease.py`).
lease = Table(
    "lease", metadata,
    Column("one", Integer, primary_key=True, autoincrement=False),
    Column("owner", Text, nullable=False),
    Column("until", Instant, nullable=False),
)

#: One row: to which organisation the store belongs. `body` holds the password of its account at HQ's broker.
enrolment = Table(
    "enrolment", metadata,
    Column("one", Integer, primary_key=True, autoincrement=False),
    Column("body", Text, nullable=False),
    Column("at", Instant, nullable=False),
)

#: What came from HQ and was believed, as it came. `seq` keeps the order in which it was taken.
shelf = Table(
    "shelf", metadata,
    Column("seq", Integer, primary_key=True),
    Column("kind", String(40), nullable=False),
    Column("document", String(63), nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("topic", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    UniqueConstraint("kind", "document", "version", name="shelf_names"),
)

#: Requests of HQ's that were carried out or refused, until nobody can ask again.
answered = Table(
    "answered", metadata,
    Column("request", String(63), primary_key=True),
    Column("at", Instant, nullable=False),
    Column("expires", Instant, nullable=False),
    Column("answer", Text, nullable=False),
)

#: One row: how far HQ has acknowledged which journal.
outbox = Table(
    "outbox", metadata,
    Column("one", Integer, primary_key=True, autoincrement=False),
    Column("journal_id", String(40), nullable=False),
    Column("done", BigInteger, nullable=False),
)

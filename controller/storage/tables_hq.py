"""The tables of HQ, in the same database as a store's: papers, fleet and the stores' journals (`controller.hq.ports`).

They stand beside those of `tables.py` and follow its ways. Only HQ's own record (`journal`) goes through the chain's
row; what comes from ten thousand stores does not queue there.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, String, Table, Text

from controller.storage.tables import Instant, metadata

#: Numbers that only rise: `term` (the publisher's fencing token) and `revision` (of papers and fleet).
hq_counters = Table(
    "hq_counters", metadata,
    Column("name", String(40), primary_key=True),
    Column("highest", BigInteger, nullable=False),
)

hq_drafts = Table(
    "hq_drafts", metadata,
    Column("kind", String(40), primary_key=True),
    Column("id", String(63), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("state", String(20), nullable=False),
    Column("content", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("reviewer", Text, nullable=False),
    Column("note", Text, nullable=False),
)

#: `done` and `answer`: NULL while the order waits.
hq_orders = Table(
    "hq_orders", metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("verb", String(20), nullable=False),
    Column("body", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("done", Instant),
    Column("answer", Text),
)
Index("hq_orders_by_done", hq_orders.c.done, hq_orders.c.number)

#: Every version that was ever signed. `content`: the document as JSON; `payload`: its signed envelope.
hq_documents = Table(
    "hq_documents", metadata,
    Column("kind", String(40), primary_key=True),
    Column("id", String(63), primary_key=True),
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    Column("digest", String(64), nullable=False),
    Column("topic", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("content", Text, nullable=False),
    Column("term", BigInteger, nullable=False),
    Column("author", Text, nullable=False),
    Column("approver", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("at", Instant, nullable=False),
)

#: What the broker has to hold. An empty payload is kept too: it says what has to be taken away there.
hq_retained = Table(
    "hq_retained", metadata,
    Column("topic", Text, primary_key=True),
    Column("payload", LargeBinary, nullable=False),
)

hq_rollouts = Table(
    "hq_rollouts", metadata,
    Column("campaign", String(63), primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("state", String(20), nullable=False),
    Column("content", Text, nullable=False),
    Column("at", Instant, nullable=False),
)

hq_stores = Table(
    "hq_stores", metadata,
    Column("store", String(63), primary_key=True),
    Column("username", Text, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("made", Instant, nullable=False),
    Column("by", Text, nullable=False),
    Column("revoked", Instant),
)

#: What each store last said of itself. `online` is apart from `content`, because a last will changes nothing else.
hq_standings = Table(
    "hq_standings", metadata,
    Column("store", String(63), primary_key=True),
    Column("online", Boolean, nullable=False),
    Column("heard", Instant, nullable=False),
    Column("term", BigInteger),
    Column("number", BigInteger),
    Column("differs_since", Instant),
    Column("content", Text, nullable=False),
)

#: The composed plan of each store, as it came.
hq_plans = Table(
    "hq_plans", metadata,
    Column("store", String(63), primary_key=True),
    Column("at", Instant, nullable=False),
    Column("payload", LargeBinary, nullable=False),
)

#: One row a journal: the highest number without a gap, and how many entries are stored. `begun`: when HQ first met it.
hq_heads = Table(
    "hq_heads", metadata,
    Column("store", String(63), primary_key=True),
    Column("journal", String(40), primary_key=True),
    Column("highest", BigInteger, nullable=False),
    Column("stored", BigInteger, nullable=False),
    Column("begun", Instant, nullable=False),
)

#: The entries of the stores' journals, each number once.
hq_lines = Table(
    "hq_lines", metadata,
    Column("store", String(63), primary_key=True),
    Column("journal", String(40), primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("kind", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("hash", String(64), nullable=False),
    Column("received", Instant, nullable=False),
)
Index("hq_lines_by_kind", hq_lines.c.kind, hq_lines.c.at)
Index("hq_lines_by_store", hq_lines.c.store, hq_lines.c.at)

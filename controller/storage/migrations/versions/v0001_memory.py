"""What a store remembers: plans, choices, what holds rest on, the journal, people.

Types are spelt out, not taken from `tables.py`: a migration says for ever what it did.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from controller.storage.vendors import drop_append_only, make_append_only

revision = "0001"
down_revision = None

_PEOPLE = ("throttles", "tokens", "sessions", "accounts")
_MEMORY = ("last_seen", "local_changes", "scent_runs", "counters", "stops", "overrides", "plans", "journal", "chain")


def upgrade() -> None:
    """Make every table, and the journal append-only."""
    _record()
    _choices()
    _holds()
    _people()
    make_append_only(op.get_bind(), "journal", "number")


def downgrade() -> None:
    """Take everything away: below this there is nothing that could keep a row."""
    drop_append_only(op.get_bind(), "journal")
    for table in (*_PEOPLE, *_MEMORY):
        op.drop_table(table)


def _record() -> None:
    op.create_table(
        "chain",
        sa.Column("one", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("journal_id", sa.String(40), nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False))
    op.create_table(
        "journal",
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False))
    op.create_table(
        "plans",
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("plan", sa.Text, nullable=False))


def _choices() -> None:
    op.create_table(
        "overrides",
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("id", sa.String(63), nullable=False, unique=True),
        sa.Column("press", sa.String(63), nullable=False),
        sa.Column("zone", sa.String(63), nullable=False),
        sa.Column("start", sa.BigInteger, nullable=False),
        sa.Column("end", sa.BigInteger, nullable=False),
        sa.Column("ended", sa.BigInteger),
        sa.Column("body", sa.Text, nullable=False))
    op.create_index("overrides_by_end", "overrides", ["end"])
    op.create_table(
        "stops",
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("id", sa.String(63), nullable=False, unique=True),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("ended", sa.BigInteger),
        sa.Column("ended_by", sa.Text),
        sa.Column("body", sa.Text, nullable=False))


def _holds() -> None:
    op.create_table(
        "counters",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("highest", sa.BigInteger, nullable=False))
    op.create_table(
        "scent_runs",
        sa.Column("zone", sa.String(63), primary_key=True),
        sa.Column("fragrance", sa.String(63), primary_key=True),
        sa.Column("last_on", sa.BigInteger, nullable=False),
        sa.Column("intensity_pct", sa.Float(53), nullable=False))
    op.create_table(
        "local_changes",
        sa.Column("device", sa.Text, primary_key=True),
        sa.Column("seen", sa.BigInteger, nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False))
    op.create_table(
        "last_seen",
        sa.Column("device", sa.Text, primary_key=True),
        sa.Column("seen", sa.BigInteger, nullable=False))


def _people() -> None:
    op.create_table(
        "accounts",
        sa.Column("folded", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("person", sa.String(20), nullable=False),
        sa.Column("password_hash", sa.Text, nullable=False),
        sa.Column("made", sa.BigInteger, nullable=False))
    op.create_table(
        "sessions",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("folded", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("made", sa.BigInteger, nullable=False),
        sa.Column("seen", sa.BigInteger, nullable=False))
    op.create_table(
        "tokens",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("person", sa.String(20), nullable=False),
        sa.Column("made", sa.BigInteger, nullable=False),
        sa.Column("revoked", sa.BigInteger))
    op.create_table(
        "throttles",
        sa.Column("subject", sa.Text, primary_key=True),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("last", sa.BigInteger, nullable=False))

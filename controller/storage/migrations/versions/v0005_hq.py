"""HQ: papers, fleet and the stores' journals. On the way back they go: the revision below is a store's alone."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

#: The columns of each table. A column belongs to one table for ever, so they are made anew each time.
_Tables = dict[str, tuple[sa.Column[Any], ...]]


def _papers() -> _Tables:
    return {
        "hq_counters": (
            sa.Column("name", sa.String(40), primary_key=True),
            sa.Column("highest", sa.BigInteger, nullable=False)),
        "hq_drafts": (
            sa.Column("kind", sa.String(40), primary_key=True),
            sa.Column("id", sa.String(63), primary_key=True),
            sa.Column("revision", sa.Integer, nullable=False),
            sa.Column("state", sa.String(20), nullable=False),
            sa.Column("content", sa.Text, nullable=False),
            sa.Column("author", sa.Text, nullable=False),
            sa.Column("at", sa.BigInteger, nullable=False),
            sa.Column("reviewer", sa.Text, nullable=False),
            sa.Column("note", sa.Text, nullable=False)),
        "hq_orders": (
            sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
            sa.Column("verb", sa.String(20), nullable=False),
            sa.Column("body", sa.Text, nullable=False),
            sa.Column("by", sa.Text, nullable=False),
            sa.Column("at", sa.BigInteger, nullable=False),
            sa.Column("done", sa.BigInteger),
            sa.Column("answer", sa.Text)),
        "hq_documents": (
            sa.Column("kind", sa.String(40), primary_key=True),
            sa.Column("id", sa.String(63), primary_key=True),
            sa.Column("version", sa.BigInteger, primary_key=True, autoincrement=False),
            sa.Column("digest", sa.String(64), nullable=False),
            sa.Column("topic", sa.Text, nullable=False),
            sa.Column("payload", sa.LargeBinary, nullable=False),
            sa.Column("content", sa.Text, nullable=False),
            sa.Column("term", sa.BigInteger, nullable=False),
            sa.Column("author", sa.Text, nullable=False),
            sa.Column("approver", sa.Text, nullable=False),
            sa.Column("note", sa.Text, nullable=False),
            sa.Column("at", sa.BigInteger, nullable=False)),
        "hq_retained": (
            sa.Column("topic", sa.Text, primary_key=True),
            sa.Column("payload", sa.LargeBinary, nullable=False)),
        "hq_rollouts": (
            sa.Column("campaign", sa.String(63), primary_key=True),
            sa.Column("version", sa.BigInteger, nullable=False),
            sa.Column("state", sa.String(20), nullable=False),
            sa.Column("content", sa.Text, nullable=False),
            sa.Column("at", sa.BigInteger, nullable=False)),
    }


def _fleet() -> _Tables:
    return {
        "hq_stores": (
            sa.Column("store", sa.String(63), primary_key=True),
            sa.Column("username", sa.Text, nullable=False),
            sa.Column("generation", sa.Integer, nullable=False),
            sa.Column("made", sa.BigInteger, nullable=False),
            sa.Column("by", sa.Text, nullable=False),
            sa.Column("revoked", sa.BigInteger)),
        "hq_standings": (
            sa.Column("store", sa.String(63), primary_key=True),
            sa.Column("online", sa.Boolean, nullable=False),
            sa.Column("heard", sa.BigInteger, nullable=False),
            sa.Column("term", sa.BigInteger),
            sa.Column("number", sa.BigInteger),
            sa.Column("differs_since", sa.BigInteger),
            sa.Column("content", sa.Text, nullable=False)),
        "hq_plans": (
            sa.Column("store", sa.String(63), primary_key=True),
            sa.Column("at", sa.BigInteger, nullable=False),
            sa.Column("payload", sa.LargeBinary, nullable=False)),
    }


def _proof() -> _Tables:
    return {
        "hq_heads": (
            sa.Column("store", sa.String(63), primary_key=True),
            sa.Column("journal", sa.String(40), primary_key=True),
            sa.Column("highest", sa.BigInteger, nullable=False),
            sa.Column("stored", sa.BigInteger, nullable=False),
            sa.Column("begun", sa.BigInteger, nullable=False)),
        "hq_lines": (
            sa.Column("store", sa.String(63), primary_key=True),
            sa.Column("journal", sa.String(40), primary_key=True),
            sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
            sa.Column("at", sa.BigInteger, nullable=False),
            sa.Column("kind", sa.Text, nullable=False),
            sa.Column("body", sa.Text, nullable=False),
            sa.Column("hash", sa.String(64), nullable=False),
            sa.Column("received", sa.BigInteger, nullable=False)),
    }


def upgrade() -> None:
    """Add the tables."""
    for name, columns in {**_papers(), **_fleet(), **_proof()}.items():
        op.create_table(name, *columns)
    op.create_index("hq_orders_by_done", "hq_orders", ["done", "number"])
    op.create_index("hq_lines_by_kind", "hq_lines", ["kind", "at"])
    op.create_index("hq_lines_by_store", "hq_lines", ["store", "at"])


def downgrade() -> None:
    """Drop them."""
    for name in (*_proof(), *_fleet(), *_papers()):
        op.drop_table(name)

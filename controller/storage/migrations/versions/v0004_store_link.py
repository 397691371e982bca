"""What a store remembers of HQ, and its own part of a plan beside what is in force.

On the way back the store belongs to nobody: the revision below has no place for HQ, and could not obey a halt. So what
HQ said goes from the plans too, and the store goes on with its own part.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the columns and the tables."""
    op.add_column("plans", sa.Column("local", sa.Text))
    op.add_column("plans", sa.Column("local_sha256", sa.String(64)))
    op.create_table(
        "enrolment",
        sa.Column("one", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False))
    op.create_table(
        "shelf",
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("document", sa.String(63), nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("kind", "document", "version", name="shelf_names"))
    op.create_table(
        "answered",
        sa.Column("request", sa.String(63), primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("expires", sa.BigInteger, nullable=False),
        sa.Column("answer", sa.Text, nullable=False))
    op.create_table(
        "outbox",
        sa.Column("one", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("journal_id", sa.String(40), nullable=False),
        sa.Column("done", sa.BigInteger, nullable=False))


def downgrade() -> None:
    """Drop them; a plan becomes the store's own part of it."""
    for table in ("outbox", "answered", "shelf", "enrolment"):
        op.drop_table(table)
    op.execute("UPDATE plans SET plan = local, sha256 = local_sha256 WHERE local IS NOT NULL")
    with op.batch_alter_table("plans") as plans:  # SQLite before 3.35 cannot drop a column: the table is copied
        plans.drop_column("local_sha256")
        plans.drop_column("local")

"""The lease of the controller that may act. On the way back only the lease goes: it means nothing to a later start."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "lease",
        sa.Column("one", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False))


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("lease")

"""Two ways into the journal, for questions about the past, and what people did about cues.

On the way back the marks of cues go: the revision below has no place for them. The journal keeps what was done.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the indexes and the table."""
    op.create_index("journal_by_kind", "journal", ["kind", "at"])
    op.create_index("journal_by_at", "journal", ["at"])
    op.create_table(
        "cue_marks",
        sa.Column("occurrence", sa.Text, primary_key=True),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False))
    op.create_index("cue_marks_by_at", "cue_marks", ["at"])


def downgrade() -> None:
    """Drop them."""
    op.drop_table("cue_marks")
    op.drop_index("journal_by_at", "journal")
    op.drop_index("journal_by_kind", "journal")

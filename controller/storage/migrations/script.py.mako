"""${message}."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    """Forward, keeping every row."""
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    """Back, keeping every row that has a place there. SQLite's batch mode drops triggers: make them again."""
    ${downgrades if downgrades else "pass"}

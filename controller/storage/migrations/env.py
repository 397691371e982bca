"""Where Alembic begins: with the connection that `storage/revising.py` hands over, inside its transaction."""

from __future__ import annotations

from alembic import context

from controller.storage.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata,
                  render_as_batch=True, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()

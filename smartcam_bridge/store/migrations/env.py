"""How Alembic reaches the database: over the connection that `store.migrate` opened."""
from alembic import context

from smartcam_bridge.store.schema import metadata

context.configure(connection=context.config.attributes['connection'], target_metadata=metadata,
                  render_as_batch=True, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()

"""Run by Alembic: the migrations happen on the connection, and in the transaction, that `schema.upgrade` gives."""

from alembic import context

from integration.store import tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=tables.metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()

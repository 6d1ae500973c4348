"""Alembic's environment: runs the migrations on the connection that `db.schema` opened."""

from __future__ import annotations

from alembic import context

from db.models import Table


def run() -> None:
    """Run the migrations within the caller's transaction."""
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=Table.metadata,
        compare_type=True,
        # SQLite alters a table by building it anew.
        render_as_batch=True,
    )
    context.run_migrations()


run()

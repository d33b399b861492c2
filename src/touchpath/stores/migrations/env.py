"""Runs the steps on the connection that `migrate` hands over (Alembic's entry point)."""

from __future__ import annotations

from alembic import context

context.configure(connection=context.config.attributes["connection"])
with context.begin_transaction():
    context.run_migrations()

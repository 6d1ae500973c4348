"""The database as the services use it: engine, transactions, schema."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine
from sqlmodel import Session

from db.connection import READ_ONLY, create_engine
from db.schema import (
    check,
    current_revision,
    downgrade,
    has_tables,
    head_revision,
    is_older,
    require_current,
    upgrade,
)
from db.watch import file_of, require_still

__all__ = [
    "check",
    "closing_engine",
    "create_engine",
    "current_revision",
    "downgrade",
    "has_tables",
    "head_revision",
    "is_older",
    "read_transaction",
    "require_current",
    "transaction",
    "upgrade",
]


@contextmanager
def closing_engine(engine: Engine) -> Iterator[Engine]:
    """Close an engine's connections at the end."""
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def transaction(engine: Engine) -> Iterator[Session]:
    """Give a session whose work is committed at the end, or rolled back on an error."""
    before = file_of(engine)
    with Session(engine, expire_on_commit=False) as session, session.begin():
        yield session
    require_still(engine, before)


@contextmanager
def read_transaction(engine: Engine) -> Iterator[Session]:
    """Give a session that sees one state of the database throughout and cannot write."""
    if engine.dialect.name == "sqlite":
        view = engine.execution_options(**{READ_ONLY: True})
    else:
        view = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    with Session(view, expire_on_commit=False, autoflush=False) as session:
        yield session

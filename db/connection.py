"""Opening SQLite and PostgreSQL the way Lungline needs them."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy
from sqlalchemy import URL, Connection, Engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from db.errors import DatabaseUnreachableError
from db.trouble import explain
from db.watch import watch

BUSY_TIMEOUT_S = 30
CONNECT_TIMEOUT_S = 10
READ_ONLY = "lungline_read_only"
"""Execution option of a connection that only reads."""


def create_engine(url: str) -> Engine:
    """Return an engine for `url`; nothing is opened yet.

    SQLite runs in WAL mode, syncs every commit to the disk, holds foreign keys, and begins each `transaction` with
    BEGIN IMMEDIATE: a transaction that reads first and writes later waits for the other writer at its begin,
    instead of failing half-way with "database is locked".

    Parameters
    ----------
    url : str
        ``sqlite:////path/to/file`` or ``postgresql://user:password@host/name``.

    Raises
    ------
    DatabaseUnreachableError
        The URL is none of the two kinds. Later, on first use: the database cannot be opened.
    """
    return _engine(parse_url(url))


def parse_url(url: str) -> URL:
    """Return `url` with the driver Lungline uses.

    Raises
    ------
    DatabaseUnreachableError
        It is no database URL, of another kind, or names no file.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise DatabaseUnreachableError(
            "The database URL cannot be read. Expected sqlite:////path/to/file or postgresql://user:password@host/name."
        ) from None
    kind = parsed.drivername.split("+")[0]
    if kind in {"postgresql", "postgres"}:
        return parsed.set(drivername="postgresql+psycopg")
    if kind != "sqlite":
        raise DatabaseUnreachableError(f"Database kind {kind!r} is not supported. Expected sqlite or postgresql.")
    if parsed.database in {None, "", ":memory:"}:
        raise DatabaseUnreachableError(
            "The database URL names no file, and a database in memory would lose every film's row. "
            "Expected sqlite:////path/to/file."
        )
    return parsed


@contextmanager
def schema_connection(engine: Engine) -> Iterator[Connection]:
    """Give a connection for changing the schema, alone among all processes, in one transaction.

    SQLite rebuilds a table to alter it, which needs foreign keys off; `PRAGMA foreign_keys` has no effect within a
    transaction, so the connection is opened for this purpose.
    """
    opened = _engine(engine.url, foreign_keys=False, pooled=False)
    with opened.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("select pg_advisory_xact_lock(7310518)")
        yield connection


def _engine(url: URL, *, foreign_keys: bool = True, pooled: bool = True) -> Engine:
    sqlite = url.get_backend_name() == "sqlite"
    engine = sqlalchemy.create_engine(
        url,
        connect_args={"timeout": BUSY_TIMEOUT_S} if sqlite else {"connect_timeout": CONNECT_TIMEOUT_S},
        pool_pre_ping=not sqlite,
        poolclass=None if pooled else NullPool,
        # Values of patients do not belong in messages and logs.
        hide_parameters=True,
    )
    if sqlite:
        _set_up_sqlite(engine, foreign_keys=foreign_keys)
    watch(engine)
    event.listen(engine, "handle_error", explain, retval=True)
    return engine


def _set_up_sqlite(engine: Engine, *, foreign_keys: bool) -> None:
    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
        # Python's driver would begin transactions by itself, deferred, and not before DDL.
        connection.isolation_level = None
        # SQLite's own lower() knows ASCII only, and patients are searched by name.
        connection.create_function("lower", 1, _lower, deterministic=True)
        connection.execute(f"PRAGMA foreign_keys={'ON' if foreign_keys else 'OFF'}")
        _use_wal(connection)
        connection.execute("PRAGMA synchronous=FULL")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        read_only = bool(connection.get_execution_options().get(READ_ONLY))
        connection.exec_driver_sql(f"PRAGMA query_only={int(read_only)}")
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


def _lower(text: str | None) -> str | None:
    return None if text is None else text.lower()


def _use_wal(connection: sqlite3.Connection) -> None:
    """Switch a new file to WAL; SQLite does not wait for another process that is just doing the same."""
    for _ in range(100):
        if connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal":
            return
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise
            time.sleep(0.05)
        else:
            return

"""Noticing that a database was deleted or replaced while a process has it open."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

from db.errors import DatabaseReplacedError, DatabaseUnreachableError
from db.trouble import failure, kind_of

File = tuple[int, int]
"""Device and inode."""


@dataclass
class _Known:
    """The database that an engine has first opened; `site_id` is "" as long as it has none."""

    file: File | None = None
    site_id: str = ""


def watch(engine: Engine) -> None:
    """Refuse to go on with another database than the one first opened; once that one is put back, go on.

    On SQLite looked at whenever a connection is taken, on PostgreSQL, where a database cannot be replaced under an
    open connection, with each new one.
    """
    known = _Known()
    name = engine.url.database or ""

    @event.listens_for(engine, "connect")
    def opened(connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
        if engine.dialect.name == "sqlite":
            entry.info["file"] = known.file = file_of(engine)
        _require_same(connection, known, name)

    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "do_connect")
    def opening(*_: Any) -> None:  # noqa: ANN401 - SQLAlchemy's signature
        # SQLite would make a file that is not there any more.
        if known.file is not None:
            _require_file(engine)

    @event.listens_for(engine, "checkout")
    def taken(connection: DBAPIConnection, entry: ConnectionPoolEntry, _proxy: Any) -> None:  # noqa: ANN401 - as above
        _require_file(engine)
        if entry.info["file"] != file_of(engine):
            # The pool opens the file that is there now.
            raise DisconnectionError
        _require_same(connection, known, name)


def file_of(engine: Engine) -> File | None:
    """Return which file a SQLite engine's path leads to; None where there is none, and for a server."""
    if engine.dialect.name != "sqlite" or not engine.url.database:
        return None
    try:
        found = Path(engine.url.database).stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def require_still(engine: Engine, before: File | None) -> None:
    """Refuse to call a commit safe that went into a file which is not at its place any more.

    Raises
    ------
    DatabaseReplacedError
    """
    if before is not None and file_of(engine) != before:
        raise failure(DatabaseReplacedError, f"{engine.url.database}: replaced during a transaction")


def _require_file(engine: Engine) -> None:
    if file_of(engine) is None:
        raise failure(DatabaseReplacedError, f"{engine.url.database}: there is no such file any more")


def _require_same(connection: DBAPIConnection, known: _Known, name: str) -> None:
    found = _site_id(connection, name)
    if known.site_id and found != known.site_id:
        raise failure(DatabaseReplacedError, f"{name}: of site {found or 'unknown'}, expected {known.site_id}")
    known.site_id = found


def _site_id(connection: DBAPIConnection, name: str) -> str:
    cursor = connection.cursor()
    try:
        cursor.execute("select site_id from site_identity")
        row = cursor.fetchone()
    except (sqlite3.Error, psycopg.Error) as error:
        kind = kind_of(error)
        # Without the table it is of an older schema, or new.
        if kind is not DatabaseReplacedError:
            raise failure(kind or DatabaseUnreachableError, f"{name}: {error}") from error
        row = None
    finally:
        cursor.close()
        if isinstance(connection, psycopg.Connection):
            connection.rollback()
    return str(row[0]) if row else ""

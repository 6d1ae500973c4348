"""What drivers say when the database itself fails, in plain words with the way out."""

from __future__ import annotations

import logging
import sqlite3

import psycopg
from sqlalchemy.engine import ExceptionContext

from db.errors import (
    DatabaseBusyError,
    DatabaseDamagedError,
    DatabaseFailedError,
    DatabaseFullError,
    DatabaseReadOnlyError,
    DatabaseReplacedError,
    DatabaseUnreachableError,
)

log = logging.getLogger(__name__)

SENTENCES: dict[type[DatabaseFailedError], str] = {
    DatabaseUnreachableError: (
        "The database cannot be opened. Check that its folder or server is there and that Lungline may use it; "
        "Lungline goes on by itself once it is."
    ),
    DatabaseDamagedError: (
        "The database is damaged, or its file is no database. Stop Lungline and bring the last backup back "
        "(`lungline backup restore`; on PostgreSQL into a new, empty database): nothing damaged is deleted."
    ),
    DatabaseFullError: (
        "The disk of the database is full: nothing was stored. Make room; Lungline then goes on by itself."
    ),
    DatabaseReadOnlyError: (
        "The database can be read but not written to: nothing was stored. Allow Lungline to write to it and its folder."
    ),
    DatabaseBusyError: "Another program keeps the database busy: nothing was stored. Try again in a minute.",
    DatabaseReplacedError: (
        "The database was deleted, or another one stands in its place, while Lungline was running: nothing is read or "
        "stored. Put the right one back; if the other one is right, start Lungline again."
    ),
}

_SQLITE = {
    sqlite3.SQLITE_FULL: DatabaseFullError,
    sqlite3.SQLITE_READONLY: DatabaseReadOnlyError,
    sqlite3.SQLITE_CORRUPT: DatabaseDamagedError,
    sqlite3.SQLITE_NOTADB: DatabaseDamagedError,
    sqlite3.SQLITE_BUSY: DatabaseBusyError,
    sqlite3.SQLITE_LOCKED: DatabaseBusyError,
    sqlite3.SQLITE_CANTOPEN: DatabaseUnreachableError,
    sqlite3.SQLITE_IOERR: DatabaseUnreachableError,
    sqlite3.SQLITE_PERM: DatabaseUnreachableError,
    sqlite3.SQLITE_AUTH: DatabaseUnreachableError,
}
_POSTGRESQL = {
    "53100": DatabaseFullError,
    "25006": DatabaseReadOnlyError,
    "42P01": DatabaseReplacedError,
    "XX001": DatabaseDamagedError,
    "XX002": DatabaseDamagedError,
    "55P03": DatabaseBusyError,
    "53300": DatabaseBusyError,
}
_PRIMARY_CODE = 0xFF
"""SQLite's extended codes carry the primary one in their lowest byte."""


def failure(kind: type[DatabaseFailedError], cause: str) -> DatabaseFailedError:
    """Return the error of a kind with its sentence, for the screens too; what the driver says goes to the log."""
    log.warning("%s: %s", kind.__name__, cause)
    return kind(SENTENCES[kind])


def explain(context: ExceptionContext) -> DatabaseFailedError | None:
    """Return what an error of the driver means where the database itself fails; others stay what they are."""
    if context.is_pre_ping:
        return None
    error = context.original_exception
    kind = kind_of(error)
    if kind is None and (context.connection is None or context.is_disconnect):
        kind = DatabaseUnreachableError
    if kind is None:
        return None
    where = "" if context.engine is None else f"{context.engine.url.render_as_string(hide_password=True)}: "
    return failure(kind, where + (str(error).strip() or "no reason given").splitlines()[0])


def kind_of(error: BaseException) -> type[DatabaseFailedError] | None:
    """Return what an error of a driver means, None where it says nothing of the database itself."""
    if isinstance(error, sqlite3.Error):
        if "no such table" in str(error):
            return DatabaseReplacedError
        return _SQLITE.get((getattr(error, "sqlite_errorcode", None) or 0) & _PRIMARY_CODE)
    if isinstance(error, psycopg.Error):
        return _POSTGRESQL.get(error.sqlstate or "")
    return None

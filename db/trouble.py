"""What drivers say when the database itself fails, in plain words that say what to do."""

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
    DatabaseRefusedError,
    DatabaseReplacedError,
    DatabaseUnreachableError,
)

log = logging.getLogger(__name__)

SENTENCES: dict[type[DatabaseFailedError], str] = {
    DatabaseUnreachableError: (
        "The database cannot be opened. Check that its folder or server is there, and name, user, password in its URL; "
        "Lungline goes on by itself once it can."
    ),
    DatabaseDamagedError: (
        "The database is damaged, or its file is no database. Stop Lungline and restore the last backup (`lungline "
        "backup restore`; on PostgreSQL into a new, empty database). Nothing damaged is deleted."
    ),
    DatabaseFullError: (
        "The disk of the database is full: nothing was stored. Make room; Lungline then goes on by itself."
    ),
    DatabaseReadOnlyError: (
        "The database can be read but not written to: nothing was stored. Allow Lungline to write to it and its folder."
    ),
    DatabaseBusyError: "The database is busy or took too long: nothing was stored. Try again in a minute.",
    DatabaseRefusedError: (
        "The database server refuses Lungline: nothing was stored. Check user, password and database name in its URL, "
        "and that this user may read and write the tables."
    ),
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
    "25006": DatabaseReadOnlyError,
    "25P03": DatabaseBusyError,
    "3D000": DatabaseRefusedError,
    "42501": DatabaseRefusedError,
    "42P01": DatabaseReplacedError,
    "53100": DatabaseFullError,
    "55P03": DatabaseBusyError,
    "57014": DatabaseBusyError,
    "58P01": DatabaseDamagedError,
    "XX001": DatabaseDamagedError,
    "XX002": DatabaseDamagedError,
}
_POSTGRESQL_CLASSES = {
    "08": DatabaseUnreachableError,
    "28": DatabaseRefusedError,
    "40": DatabaseBusyError,
    "53": DatabaseBusyError,
    "57": DatabaseUnreachableError,
    "58": DatabaseUnreachableError,
}
"""By the first two characters of a code: PostgreSQL's appendix A."""
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
        code = error.sqlstate or ""
        # A connection that was refused carries no code, but what was exchanged until then.
        if not code and error.pgconn is not None and (error.pgconn.used_password or error.pgconn.needs_password):
            return DatabaseRefusedError
        return _POSTGRESQL.get(code) or _POSTGRESQL_CLASSES.get(code[:2])
    return None

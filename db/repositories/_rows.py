"""Reading, inserting and updating rows, for every repository."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from sqlalchemy import Column
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, SQLModel

from db.errors import NotFoundError
from db.models import Film, FilmConflict, Flag, Patient, ReadingSession, RoundReview, Stay

Row = TypeVar("Row", Patient, Stay, Film, FilmConflict, Flag, ReadingSession, RoundReview)


def get_row(kind: type[Row], row_id: int, *, session: Session) -> Row:
    """Return the row with this id.

    Raises
    ------
    NotFoundError
        There is none.
    """
    row = session.get(kind, row_id)
    if row is None:
        raise NotFoundError(f"There is no {kind.__name__.lower()} with the id {row_id}.")
    return row


def key(row: Row) -> int:
    """Return the id of a stored row.

    Raises
    ------
    NotFoundError
        It is not stored yet.
    """
    if row.id is None:
        raise NotFoundError(f"This {type(row).__name__.lower()} is not stored yet.")
    return row.id


def plain(text: str, kind: type[SQLModel], column: str) -> str:
    """Return free text as both databases store it, cut to the column's length.

    No NUL, which PostgreSQL refuses, and no half characters, as in a file name that is no UTF-8.
    """
    length = _length(kind, column)
    clean = text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
    return clean if length is None or len(clean) <= length else clean[: length - 1] + "…"


def exact(text: str, kind: type[SQLModel], column: str) -> str:
    """Return a text that identifies, unchanged but for surrounding space.

    Raises
    ------
    ValueError
        It is longer than the column or holds a character that cannot be seen: two things could look like one.
    """
    length = _length(kind, column)
    clean = text.strip()
    if not clean.isprintable():
        raise ValueError(f"The {column} contains an invisible character. Write it again by hand.")
    if length is not None and len(clean) > length:
        raise ValueError(f"The {column} has {len(clean)} characters. Write at most {length}.")
    return clean


def insert(row: SQLModel, *, session: Session) -> bool:
    """Insert a row; return False where a unique constraint refuses it. The transaction stays usable either way.

    Raises
    ------
    NotFoundError
        The row points to one that does not exist.
    """
    return change(row, {}, session=session)


def change(row: SQLModel, values: Mapping[str, object], *, session: Session) -> bool:
    """Set these columns, or insert a new row; otherwise as `insert`."""
    try:
        # Entering the savepoint flushes what was changed before it: hence the changes are made within.
        with session.begin_nested():
            for column, value in values.items():
                setattr(row, column, value)
            session.add(row)
    except IntegrityError as error:
        if _kind_of(error) == "unique":
            return False
        if _kind_of(error) == "foreign key":
            raise NotFoundError(f"This {type(row).__name__} belongs to a row that does not exist.") from error
        raise
    return True


def _kind_of(error: IntegrityError) -> str:
    """Say which kind of constraint was broken, by SQLite's error name or PostgreSQL's SQLSTATE."""
    code = getattr(error.orig, "sqlite_errorname", None) or getattr(error.orig, "sqlstate", None)
    if code in {"SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY", "23505"}:
        return "unique"
    return "foreign key" if code in {"SQLITE_CONSTRAINT_FOREIGNKEY", "23503"} else "other"


def _length(kind: type[SQLModel], column: str) -> int | None:
    found: Column[str] = kind.metadata.tables[str(kind.__tablename__)].c[column]
    return getattr(found.type, "length", None)

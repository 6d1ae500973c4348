"""What a database of any schema holds: for a backup to be compared with it, and so that none in use is replaced."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection, MetaData, Table, func, inspect, select

from db.errors import DatabaseDamagedError
from db.trouble import failure, kind_of


def rows_of(connection: Connection) -> dict[str, int]:
    """Return the number of rows of each table."""
    tables = [Table(name, MetaData()) for name in inspect(connection).get_table_names()]
    return {table.name: connection.scalar(select(func.count()).select_from(table)) or 0 for table in tables}


def films_of(connection: Connection) -> list[str]:
    """Return the hashes of the films that the database lists."""
    return sorted(connection.exec_driver_sql("select distinct content_hash from film").scalars())


def holds_something(path: Path) -> bool:
    """Return whether a SQLite file holds a patient, a film, or tables of another program.

    It is opened to be read only: what a damaged file still holds stays as it is.

    Raises
    ------
    DatabaseDamagedError
    """
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
            found = database.execute("pragma integrity_check(1)").fetchone()[0]
            if found != "ok":
                raise failure(DatabaseDamagedError, found)
            tables = {name for (name,) in database.execute("select name from sqlite_master where type = 'table'")}
            if not {"film", "patient"} <= tables:
                return bool(tables)
            return database.execute("select 1 from film union all select 1 from patient").fetchone() is not None
    except sqlite3.Error as error:
        if kind_of(error) is DatabaseDamagedError:
            raise failure(DatabaseDamagedError, str(error)) from error
        raise

"""What a database of any schema holds, for a backup to be compared with it."""

from __future__ import annotations

from sqlalchemy import Connection, MetaData, Table, func, inspect, select


def rows_of(connection: Connection) -> dict[str, int]:
    """Return the number of rows of each table."""
    tables = [Table(name, MetaData()) for name in inspect(connection).get_table_names()]
    return {table.name: connection.scalar(select(func.count()).select_from(table)) or 0 for table in tables}


def films_of(connection: Connection) -> list[str]:
    """Return the hashes of the films that the database lists."""
    return sorted(connection.exec_driver_sql("select distinct content_hash from film").scalars())

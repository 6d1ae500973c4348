"""SQL is put together once a process, not once a test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

import pytest
import sqlalchemy
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache

DIALECTS = (SQLiteDialect_pysqlite, PGDialect_psycopg)
STATEMENTS = 5_000


@contextmanager
def shared_compiled_statements() -> Iterator[None]:
    """Let all engines of this process share what they have compiled, as the connections of one engine do.

    Each test opens a database of its own, and each engine would compile every statement anew: a tenth of the time of
    the tests of the services. Only text and types of statements are kept, never a value or a row.
    """
    make, compiled = sqlalchemy.create_engine, LRUCache(STATEMENTS)

    @wraps(make)
    def create_engine(*arguments: Any, **options: Any) -> sqlalchemy.Engine:  # noqa: ANN401 - handed on
        engine = make(*arguments, **options)
        engine.update_execution_options(compiled_cache=compiled)
        return engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sqlalchemy, "create_engine", create_engine)
        for dialect in DIALECTS:
            # What is compiled is kept by dialect, and each engine has its own: those of a kind are all alike here.
            patch.setattr(dialect, "__eq__", lambda self, other: type(self) is type(other))
            patch.setattr(dialect, "__hash__", lambda self: hash(type(self)))
        yield

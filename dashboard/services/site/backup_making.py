"""Making a backup: a snapshot of the database, then the films it names, then a check that all is complete.

A film's bytes are in the store before its row is committed and are never removed, so every film that the snapshot
names is there, whatever arrives meanwhile.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import cast

import sqlalchemy
from sqlalchemy import Engine

from core.quoting import quoted
from dashboard.errors import ConfigurationError
from dashboard.services.receiving.film_store import FilmStore, fsync
from dashboard.services.site.backup import (
    FILMS,
    LIST,
    SNAPSHOTS,
    UNREADABLE,
    BackupList,
    copy_films,
    digest,
    site_id_in,
    undone_on_error,
    verify,
)
from dashboard.services.site.backup_trouble import plain_trouble
from dashboard.services.site.pg_tools import run_pg_tool
from dashboard.services.site.read_only import opened_for_reading, require_empty
from dashboard.settings import Settings
from db.contents import films_of, rows_of
from db.engine import closing_engine

NOT_MADE = "no backup was made"
UNFINISHED = f".unfinished-{LIST}"
"""File in a backup's folder from its beginning until its list is written."""


def create(settings: Settings, folder: Path, *, now: datetime) -> tuple[BackupList, list[str]]:
    """Make a backup of a site in a new or empty folder, also while films arrive, and verify it.

    A database of an older schema is backed up as it is. What was begun is removed on an error.

    Raises
    ------
    ConfigurationError
        There is no site, the folder is not empty or cannot be written to, or PostgreSQL's programs are missing.
    """
    _require_none_begun(folder)
    require_empty(folder)
    # An older schema will do: a backup comes before `lungline db upgrade`.
    with (
        plain_trouble(folder, NOT_MADE),
        opened_for_reading(settings, older=True) as engine,
        undone_on_error(folder),
    ):
        _fill(settings, engine, folder, now=now)
        return verify(folder)


def _require_none_begun(folder: Path) -> None:
    if (folder / UNFINISHED).exists():
        raise ConfigurationError(
            f"{quoted(folder)} holds an unfinished backup: it is being made, or was cut off. Name a new folder; one "
            "that was cut off may be deleted."
        )


def _fill(settings: Settings, engine: Engine, folder: Path, *, now: datetime) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = folder / UNFINISHED
    unfinished.touch(mode=0o600)
    of_site, kind = site_id_in(engine), engine.dialect.name
    snapshot = folder / SNAPSHOTS[kind]
    rows, films = _dump(engine, snapshot)
    lacking = copy_films(films, FilmStore(settings.film_dir, of_site=of_site or None), FilmStore(folder / FILMS))
    aside = FilmStore(settings.data_dir / UNREADABLE)
    unreadable = list(aside.hashes())
    copy_films(unreadable, aside, FilmStore(folder / UNREADABLE))
    made = BackupList(now.isoformat(), kind, digest(snapshot), rows, films, lacking, unreadable, of_site)
    unfinished.write_text(json.dumps(asdict(made), indent=1), encoding="utf-8")
    fsync(unfinished)
    unfinished.replace(folder / LIST)
    fsync(folder)


def _dump(engine: Engine, target: Path) -> tuple[dict[str, int], list[str]]:
    """Write a snapshot of the database; return the rows of each table and the films it names."""
    if engine.dialect.name == "sqlite":
        return _dump_sqlite(engine, target)
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        of_snapshot = connection.exec_driver_sql("select pg_export_snapshot()").scalar_one()
        found = rows_of(connection), films_of(connection)
        options = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={of_snapshot}"]
        run_pg_tool("pg_dump", [*options, f"--file={target}"], url=engine.url)
    target.chmod(0o600)
    fsync(target)
    return found


def _dump_sqlite(engine: Engine, target: Path) -> tuple[dict[str, int], list[str]]:
    with closing(engine.raw_connection()) as source, closing(sqlite3.connect(target)) as copy:
        cast("sqlite3.Connection", source.driver_connection).backup(copy)
        # One file: the log beside a database in WAL mode would be part of it.
        copy.execute("PRAGMA journal_mode=DELETE")
    target.chmod(0o600)
    fsync(target)
    with closing_engine(sqlalchemy.create_engine(f"sqlite:///{target}")) as snapshot, snapshot.connect() as connection:
        return rows_of(connection), films_of(connection)

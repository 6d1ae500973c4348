"""Backups: a snapshot of the database, then the films it names, then a look whether all is whole.

A film's bytes are in the store before its row is committed and are never removed, so every film that the snapshot
names is there, whatever arrives meanwhile.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import file_digest
from pathlib import Path
from typing import cast

import sqlalchemy
from sqlalchemy import Connection, Engine, MetaData, Table, func, inspect, make_url, select

from core.quoting import quoted
from dashboard.errors import ConfigurationError, DashboardError, StoredFilmDamagedError, storage_trouble
from dashboard.services.belonging import join, sqlite_file
from dashboard.services.film_store import FilmStore
from dashboard.services.pg_tools import run_pg_tool
from dashboard.services.site import open_site
from dashboard.services.soundness import look_for_damage
from dashboard.settings import Settings
from db.engine import create_engine

LIST = "backup.json"
"""Written last: a folder without it is no backup."""
SNAPSHOTS = {"sqlite": "database.sqlite", "postgresql": "database.dump"}
FILMS, UNREADABLE = "films", "unreadable"
OF_NO_OWNER = ("--no-owner", "--no-privileges")
FORMAT = 1

OnProgress = Callable[[int, int], None]


@dataclass(frozen=True)
class BackupList:
    """What a backup holds.

    Attributes
    ----------
    made_at : str
        ISO 8601.
    kind : str
        Of the database: "sqlite" or "postgresql".
    sha256 : str
        Of the database's snapshot.
    rows : dict of str to int
        Rows of each table in the snapshot.
    films : list of str
        Hashes of the films that the snapshot names.
    lacking : list of str
        Those of them that were missing or damaged already when the backup was made.
    unreadable : list of str
        Hashes of the files that were set aside because not even their header could be read.
    """

    made_at: str
    kind: str
    sha256: str
    rows: dict[str, int]
    films: list[str]
    lacking: list[str]
    unreadable: list[str]
    format: int = FORMAT


def create(settings: Settings, folder: Path, *, now: datetime, on_progress: OnProgress) -> tuple[BackupList, list[str]]:
    """Make a backup of a site in a new or empty folder, also while films arrive, and verify it.

    What was begun is removed on an error.

    Raises
    ------
    ConfigurationError
        The folder is not empty, cannot be written to, or PostgreSQL's programs are missing.
    """
    _require_empty(folder)
    engine = open_site(settings)
    with _undone_on_error(folder), _storage(), closing_engine(engine):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        kind = engine.dialect.name
        snapshot = folder / SNAPSHOTS[kind]
        rows, films = _dump(engine, snapshot)
        lacking = _copy(films, FilmStore(settings.film_dir), FilmStore(folder / FILMS), on_progress=on_progress)
        aside = FilmStore(settings.data_dir / UNREADABLE)
        unreadable = list(aside.hashes())
        _copy(unreadable, aside, FilmStore(folder / UNREADABLE), on_progress=lambda _done, _all: None)
        made = BackupList(now.isoformat(), kind, _digest(snapshot), rows, films, lacking, unreadable)
        unfinished = folder / f".unfinished-{LIST}"
        unfinished.write_text(json.dumps(asdict(made), indent=1), encoding="utf-8")
        _fsync(unfinished)
        unfinished.replace(folder / LIST)
        _fsync(folder)
    return verify(folder)


def verify(folder: Path) -> tuple[BackupList, list[str]]:
    """Return what a backup holds, and what is wrong with it, one sentence each.

    Raises
    ------
    ConfigurationError
        The folder holds no finished backup.
    """
    made = _read_list(folder)
    findings = [
        f"The film {one[:12]}… was missing or damaged already when the backup was made." for one in made.lacking
    ]
    snapshot = folder / SNAPSHOTS[made.kind]
    if not snapshot.is_file():
        findings.append(f"{snapshot.name} is missing.")
    elif _digest(snapshot) != made.sha256:
        findings.append(f"{snapshot.name} was changed after the backup was made.")
    kept = {FILMS: sorted(set(made.films) - set(made.lacking)), UNREADABLE: made.unreadable}
    for name, hashes in kept.items():
        store = FilmStore(folder / name)
        for content_hash in hashes:
            try:
                store.get(content_hash)
            except StoredFilmDamagedError as error:
                findings.append(str(error))
    return made, findings


def restore(settings: Settings, folder: Path, *, on_progress: OnProgress) -> BackupList:
    """Bring a backup back into a place without a site: the films, then the database, then a look at both.

    Raises
    ------
    ConfigurationError
        The backup is not whole or of another kind of database, or the place is not empty. Nothing was changed.
    DashboardError
        What was brought back is not what the backup holds.
    """
    made, findings = verify(folder)
    spoiled = findings[len(made.lacking) :]
    if spoiled:
        raise ConfigurationError(f"The backup is not whole; nothing was restored. {' '.join(spoiled)}")
    url = make_url(settings.database_url)
    if url.get_backend_name() != made.kind:
        raise ConfigurationError(f"The backup is of a {made.kind} database. Give one with --database.")
    _require_no_site(settings)
    with _undone_on_error(settings.film_dir), _storage():
        present = sorted(set(made.films) - set(made.lacking))
        _copy(present, FilmStore(folder / FILMS), FilmStore(settings.film_dir), on_progress=on_progress)
        aside = FilmStore(settings.data_dir / UNREADABLE)
        _copy(made.unreadable, FilmStore(folder / UNREADABLE), aside, on_progress=lambda _done, _all: None)
        _load(settings, folder / SNAPSHOTS[made.kind])
    engine = create_engine(settings.database_url)
    with closing_engine(engine):
        with engine.connect() as connection:
            found = _rows(connection)
        join(settings, engine)
    differing = sorted(name for name in found.keys() | made.rows.keys() if found.get(name) != made.rows.get(name))
    if differing:
        raise DashboardError(f"Restored, but these tables have other numbers of rows than the backup: {differing}.")
    lacking = {one[:12] for one in made.lacking}
    damage = [one for one in look_for_damage(settings, films=True) if not any(mark in one for mark in lacking)]
    if damage:
        raise DashboardError(f"Restored, but not sound: {' '.join(damage)}")
    return made


def _dump(engine: Engine, target: Path) -> tuple[dict[str, int], list[str]]:
    """Write a snapshot of the database; return the rows of each table and the films it names."""
    if engine.dialect.name == "sqlite":
        with closing(engine.raw_connection()) as source, closing(sqlite3.connect(target)) as copy:
            cast("sqlite3.Connection", source.driver_connection).backup(copy)
            # One file: the log beside a database in WAL mode would be part of it.
            copy.execute("PRAGMA journal_mode=DELETE")
        target.chmod(0o600)
        _fsync(target)
        snapshot = sqlalchemy.create_engine(f"sqlite:///{target}")
        with closing_engine(snapshot), snapshot.connect() as connection:
            return _rows(connection), _films(connection)
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        of_snapshot = connection.exec_driver_sql("select pg_export_snapshot()").scalar_one()
        found = _rows(connection), _films(connection)
        arguments = [
            "--format=custom",
            "--no-owner",
            "--no-privileges",
            f"--snapshot={of_snapshot}",
            f"--file={target}",
        ]
        run_pg_tool("pg_dump", arguments, url=engine.url)
    target.chmod(0o600)
    _fsync(target)
    return found


def _load(settings: Settings, snapshot: Path) -> None:
    url = make_url(settings.database_url)
    path = sqlite_file(url)
    if path is None:
        run_pg_tool(
            "pg_restore",
            ["--single-transaction", "--exit-on-error", *OF_NO_OWNER, str(snapshot)],
            url=url,
        )
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = path.with_name(f".unfinished-{path.name}")
    try:
        shutil.copyfile(snapshot, unfinished)
        unfinished.chmod(0o600)
        _fsync(unfinished)
        unfinished.replace(path)
        _fsync(path.parent)
    finally:
        unfinished.unlink(missing_ok=True)


def _rows(connection: Connection) -> dict[str, int]:
    tables = [Table(name, MetaData()) for name in inspect(connection).get_table_names()]
    return {table.name: connection.scalar(select(func.count()).select_from(table)) or 0 for table in tables}


def _films(connection: Connection) -> list[str]:
    return sorted(connection.exec_driver_sql("select distinct content_hash from film").scalars())


def _copy(films: list[str], source: FilmStore, target: FilmStore, *, on_progress: OnProgress) -> list[str]:
    """Copy films from store to store; return those that are missing or damaged."""
    lacking = []
    for number, content_hash in enumerate(films, start=1):
        try:
            target.put(source.get(content_hash))
        except StoredFilmDamagedError:
            lacking.append(content_hash)
        on_progress(number, len(films))
    return lacking


def _read_list(folder: Path) -> BackupList:
    try:
        made = BackupList(**json.loads((folder / LIST).read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise ConfigurationError(
            f"{quoted(folder)} holds no finished backup: {LIST} is missing. Name another folder."
        ) from None
    except (OSError, ValueError, TypeError) as error:
        raise ConfigurationError(
            f"{quoted(folder / LIST)} cannot be read ({type(error).__name__}). Name another backup."
        ) from error
    if made.format != FORMAT or made.kind not in SNAPSHOTS:
        raise ConfigurationError(
            f"{quoted(folder)} was made by another version of Lungline. Use that version to restore it."
        )
    return made


def _require_empty(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigurationError(f"{quoted(folder)} is not empty. Name a new folder for the backup.")


def _require_no_site(settings: Settings) -> None:
    films, path = settings.film_dir, sqlite_file(make_url(settings.database_url))
    if films.exists() and any(films.iterdir()):
        raise ConfigurationError(
            f"The film folder {films} is not empty; nothing was restored. Name another --data-dir."
        )
    if path is not None:
        taken = any(path.with_name(f"{path.name}{end}").exists() for end in ("", "-wal", "-shm"))
    else:
        engine = create_engine(settings.database_url)
        with closing_engine(engine):
            taken = bool(inspect(engine).get_table_names())
    if taken:
        raise ConfigurationError(
            f"The database {settings.shown_database_url} is there already; nothing was restored. Name an empty one."
        )


@contextmanager
def closing_engine(engine: Engine) -> Iterator[None]:
    """Close an engine's connections at the end."""
    try:
        yield
    finally:
        engine.dispose()


@contextmanager
def _undone_on_error(folder: Path) -> Iterator[None]:
    """Empty a folder again that was empty before, where what fills it fails."""
    there = folder.exists()
    try:
        yield
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        if there:
            folder.mkdir(mode=0o700, exist_ok=True)
        raise


@contextmanager
def _storage() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ConfigurationError(storage_trouble(error)) from error


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _fsync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

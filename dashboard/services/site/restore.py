"""Backups restored: the films beside those that are there, then the database, then a check of both.

Nothing stored is overwritten: films are named by their content, and a database that is damaged or empty is moved
aside. Where this is cut off, it can be run again.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from sqlalchemy import Engine, make_url

from core.counting import counted
from dashboard.errors import ConfigurationError, DashboardError
from dashboard.services.receiving.film_store import FilmStore, fsync
from dashboard.services.site.backup import (
    FILMS,
    SNAPSHOTS,
    UNREADABLE,
    BackupList,
    copy_films,
    damaged_in,
    read_whole,
    undone_on_error,
)
from dashboard.services.site.backup_trouble import plain_trouble
from dashboard.services.site.belonging import BEGUN, join, read_mark, sqlite_file, write_mark
from dashboard.services.site.pg_tools import run_pg_tool
from dashboard.services.site.restore_place import Lying, films_to_put, lying_at
from dashboard.services.site.soundness import films_without_row, look_for_damage
from dashboard.settings import Settings
from db.contents import films_of, rows_of
from db.engine import closing_engine, create_engine, has_tables, is_older

NOT_RESTORED = "the backup was not restored"

UPGRADE = "Now run `lungline db upgrade`."


class Outcome(Enum):
    """What a restore came to, in the words of the command."""

    RESTORED = "Restored and sound"
    OUTDATED = "Restored; now run `lungline db upgrade`"
    INCOMPLETE = "Restored, but films are missing"
    FILMS_PUT = "The database that is there was kept"


@dataclass(frozen=True)
class Restored:
    """What was brought back.

    Attributes
    ----------
    remarks : tuple of str
        What a person should know or do, one sentence each.
    n_missing : int
        Films of the database that are missing or damaged still.
    n_put : int
        Films that were put beside a database that was kept; those of a whole backup are not counted.
    """

    made: BackupList
    outcome: Outcome
    remarks: tuple[str, ...]
    n_missing: int = 0
    n_put: int = 0


def restore(settings: Settings, folder: Path) -> Restored:
    """Bring a backup back to a site that lost its database, its films or both, or to a new place.

    Raises
    ------
    ConfigurationError
        The backup is not whole or of another kind of database, or what is there works. Nothing was changed.
    DashboardError
        What was brought back is not what the backup holds.
    """
    made = read_whole(folder)
    if make_url(settings.database_url).get_backend_name() != made.kind:
        raise ConfigurationError(f"The backup is of a {made.kind} database. Give one with --database.")
    with plain_trouble(settings.data_dir, NOT_RESTORED):
        begun = settings.data_dir / BEGUN
        resumed = begun.is_file() and begun.read_text(encoding="utf-8") == made.sha256
        wanted = films_to_put(settings, made, resumed=resumed)
        if wanted is None:
            with _begun(begun, made):
                # Again: what opened the site before it was closed for the restore is seen now.
                if films_to_put(settings, made, resumed=resumed) is not None:
                    raise _opened_meanwhile(settings)
                with _undone(settings.film_dir, made):
                    _put(settings, folder, made, made.present)
                    aside = _load(settings, folder / SNAPSHOTS[made.kind])
                return _looked_through(settings, made, aside)
        _put(settings, folder, made, wanted)
        back = _topped_up(settings, made, n_put=len(wanted), resumed=resumed)
        begun.unlink(missing_ok=True)
        return back


@contextmanager
def _begun(path: Path, made: BackupList) -> Iterator[None]:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.write_text(made.sha256, encoding="utf-8")
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


@contextmanager
def _undone(folder: Path, made: BackupList) -> Iterator[None]:
    """Empty the film folder again where it was empty before and this fails; films of others all stay."""
    if folder.exists() and any(folder.iterdir()):
        yield
        return
    with undone_on_error(folder, unless=lambda: not set(FilmStore(folder).hashes()) <= set(made.present)):
        yield


def _put(settings: Settings, folder: Path, made: BackupList, films: list[str]) -> None:
    copy_films(films, FilmStore(folder / FILMS), FilmStore(settings.film_dir))
    copy_films(made.unreadable, FilmStore(folder / UNREADABLE), FilmStore(settings.data_dir / UNREADABLE))
    if made.site_id and read_mark(settings.film_dir) is None:
        # Before the database: where this is cut off, nothing is left that only a person could join.
        write_mark(settings.film_dir, made.site_id)


def _opened_meanwhile(settings: Settings) -> ConfigurationError:
    return ConfigurationError(
        f"Lungline was used at {settings.shown_database_url} while the backup was being brought back: what came in "
        "is kept, and the database was not restored. Stop Lungline. If you do not need what came in, name another "
        "--data-dir, or move database and film folder away, and run it again."
    )


def _load(settings: Settings, snapshot: Path) -> str:
    """Bring the database back; return a sentence about the one that was in the way, "" where none was."""
    url = make_url(settings.database_url)
    path = sqlite_file(url)
    if path is None:
        with closing_engine(create_engine(settings.database_url)) as engine:
            if has_tables(engine):
                raise _opened_meanwhile(settings)
        options = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]
        run_pg_tool("pg_restore", [*options, str(snapshot)], url=url)
        return ""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = path.with_name(f".unfinished-{path.name}")
    try:
        shutil.copyfile(snapshot, unfinished)
        unfinished.chmod(0o600)
        fsync(unfinished)
        # Again: copying the films took its time.
        lying = lying_at(path)
        if lying is Lying.IN_USE:
            raise _opened_meanwhile(settings)
        aside = _move_aside(path)
        unfinished.replace(path)
        fsync(path.parent)
    finally:
        unfinished.unlink(missing_ok=True)
    return f"{lying.value} is kept as {aside}." if aside else ""


def _move_aside(path: Path) -> Path | None:
    """Move a database out of the way with the logs beside it, which SQLite would take for the new one's."""
    ends = [end for end in ("", "-wal", "-shm", "-journal") if path.with_name(path.name + end).exists()]
    number = 1
    while any(path.parent.glob(f"{path.name}.aside-{number}*")):
        number += 1
    aside = path.with_name(f"{path.name}.aside-{number}")
    for end in ends:
        path.with_name(path.name + end).rename(aside.with_name(aside.name + end))
    return aside if ends else None


def _looked_through(settings: Settings, made: BackupList, aside: str = "") -> Restored:
    with closing_engine(create_engine(settings.database_url)) as engine:
        rows, listed, outdated = *_held(engine), is_older(engine)
        if not outdated:
            join(settings, engine)
    differing = sorted(name for name in rows.keys() | made.rows.keys() if rows.get(name) != made.rows.get(name))
    if differing:
        raise DashboardError(f"Restored, but these tables have other numbers of rows than the backup: {differing}.")
    damage = [] if outdated else look_for_damage(settings, films=False)
    missing = damaged_in(FilmStore(settings.film_dir), listed)
    present = set(made.present)
    damage += [text for one, text in missing.items() if one in present]
    if damage:
        raise DashboardError(f"Restored, but not sound: {' '.join(damage)}")
    remarks = films_without_row(settings, set(listed))
    remarks += [one for one in (aside, _missing_text(len(missing))) if one]
    kept = Outcome.INCOMPLETE if missing else Outcome.RESTORED
    return Restored(made, Outcome.OUTDATED if outdated else kept, tuple(remarks), len(missing))


def _topped_up(settings: Settings, made: BackupList, *, n_put: int, resumed: bool) -> Restored:
    with closing_engine(create_engine(settings.database_url)) as engine:
        rows, listed, outdated = *_held(engine), is_older(engine)
    if resumed and rows == made.rows:
        return _looked_through(settings, made)
    missing = damaged_in(FilmStore(settings.film_dir), listed)
    remarks = [_missing_text(len(missing)), UPGRADE if outdated else ""]
    return Restored(made, Outcome.FILMS_PUT, tuple(filter(None, remarks)), len(missing), n_put)


def _missing_text(n_films: int) -> str:
    if not n_films:
        return ""
    return (
        f"{counted(n_films, 'film')} of the database {'is' if n_films == 1 else 'are'} still missing or damaged and "
        "not in this backup. Try another backup; `lungline db check --films` names them."
    )


def _held(engine: Engine) -> tuple[dict[str, int], list[str]]:
    with engine.connect() as connection:
        return rows_of(connection), films_of(connection)

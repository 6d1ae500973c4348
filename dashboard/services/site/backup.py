"""What a backup is: a folder with a snapshot of the database, the films it names, and a list of both."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path

from sqlalchemy import Engine, inspect

from core.quoting import quoted
from dashboard.errors import ConfigurationError, StoredFilmDamagedError
from dashboard.services.receiving.film_store import FilmStore
from dashboard.services.site.belonging import site_id_of
from db.models import SiteIdentity

LIST = "backup.json"
"""Written last: a folder without it is no backup."""
SNAPSHOTS = {"sqlite": "database.sqlite", "postgresql": "database.dump"}
FILMS, UNREADABLE = "films", "unreadable"
FORMAT = 1


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
    site_id : str
        Of the database; "" where it carried none.
    """

    made_at: str
    kind: str
    sha256: str
    rows: dict[str, int]
    films: list[str]
    lacking: list[str]
    unreadable: list[str]
    site_id: str = ""
    format: int = FORMAT

    @property
    def present(self) -> list[str]:
        """Hashes of the films that are in the backup."""
        return sorted(set(self.films) - set(self.lacking))


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
    return made, findings + _spoiled(folder, made)


def read_whole(folder: Path) -> BackupList:
    """Return what a backup holds after reading all of it.

    Raises
    ------
    ConfigurationError
        The folder holds no finished backup, or it is not as it was made.
    """
    made = _read_list(folder)
    if spoiled := _spoiled(folder, made):
        raise ConfigurationError(f"The backup is not whole; nothing was restored. {' '.join(spoiled)}")
    return made


def site_id_in(engine: Engine) -> str:
    """Return which site a database of any schema belongs to, "" where it does not say."""
    named = inspect(engine).has_table(str(SiteIdentity.__tablename__))
    return (site_id_of(engine) or "") if named else ""


def copy_films(films: Iterable[str], source: FilmStore, target: FilmStore) -> list[str]:
    """Copy films from store to store; return those that are missing or damaged."""
    lacking = []
    for content_hash in films:
        try:
            target.put(source.get(content_hash))
        except StoredFilmDamagedError:
            lacking.append(content_hash)
    return lacking


def damaged_in(store: FilmStore, films: Iterable[str]) -> dict[str, str]:
    """Return the films that are not in the store as they came, each with a sentence that says so."""
    damaged = {}
    for content_hash in films:
        try:
            store.get(content_hash)
        except StoredFilmDamagedError as error:
            damaged[content_hash] = str(error)
    return damaged


@contextmanager
def undone_on_error(folder: Path, unless: Callable[[], bool] = lambda: False) -> Iterator[None]:
    """Empty a folder again that was empty before, where what fills it fails; `unless` says when all of it stays."""
    there = folder.exists()
    try:
        yield
    except BaseException:
        if unless():
            raise
        shutil.rmtree(folder, ignore_errors=True)
        if there:
            folder.mkdir(mode=0o700, exist_ok=True)
        raise


def digest(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _spoiled(folder: Path, made: BackupList) -> list[str]:
    findings = []
    snapshot = folder / SNAPSHOTS[made.kind]
    if not snapshot.is_file():
        findings.append(f"{snapshot.name} is missing.")
    elif digest(snapshot) != made.sha256:
        findings.append(f"{snapshot.name} was changed after the backup was made.")
    for name, hashes in {FILMS: made.present, UNREADABLE: made.unreadable}.items():
        findings += damaged_in(FilmStore(folder / name), hashes).values()
    return findings


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

"""Whether a backup may be restored to a place: what works there is never replaced."""

from __future__ import annotations

from enum import Enum
from pathlib import Path

from sqlalchemy import Engine, make_url

from core.counting import counted
from dashboard.errors import ConfigurationError
from dashboard.services.receiving.film_store import FilmStore
from dashboard.services.site.backup import BackupList, damaged_in, site_id_in
from dashboard.services.site.belonging import read_mark, sqlite_file
from dashboard.settings import Settings
from db.contents import films_of, holds_something, rows_of
from db.engine import closing_engine, create_engine, has_tables
from db.errors import DatabaseDamagedError


class Lying(Enum):
    """What lies where a SQLite database is to be brought back, in words for what is moved aside."""

    NOTHING = "What was left beside the lost database"
    DAMAGED = "The damaged database that was there"
    EMPTY = "The database that was there, without a patient and without a film,"
    IN_USE = "The database that was there"


def films_to_put(settings: Settings, made: BackupList, *, resumed: bool) -> list[str] | None:
    """Return which films to put beside the database that is there; None where the whole backup is brought back.

    Parameters
    ----------
    resumed : bool
        Whether this backup was being brought back here when that was cut off.

    Raises
    ------
    ConfigurationError
        The film folder is another site's, or the database works and lacks no film. Nothing was changed.
    """
    _require_own_folder(settings, made)
    path = sqlite_file(make_url(settings.database_url))
    if path is not None and lying_at(path) is not Lying.IN_USE:
        return None
    with closing_engine(create_engine(settings.database_url)) as engine:
        if not has_tables(engine):
            return None
        with engine.connect() as connection:
            rows = rows_of(connection)
            listed = films_of(connection) if "film" in rows else []
        if not rows.get("film") and not rows.get("patient"):
            raise ConfigurationError(
                f"The database {settings.shown_database_url} has tables, but no patient and no film; nothing was "
                "restored. Create an empty database, name it with --database, and run it again."
            )
        if not _is_of_backup(made, site_id_in(engine), listed):
            raise _works(settings, listed)
        _require_joined(settings, engine)
    lacking = damaged_in(FilmStore(settings.film_dir), listed)
    if not lacking and not (resumed and rows == made.rows):
        raise _works(settings, listed)
    return sorted(lacking.keys() & set(made.present))


def _require_own_folder(settings: Settings, made: BackupList) -> None:
    mark, store = read_mark(settings.film_dir), FilmStore(settings.film_dir)
    there = [film for film in made.films if store.path(film).is_file()] if mark and not made.site_id else []
    if mark is not None and not _is_of_backup(made, mark, there):
        raise ConfigurationError(
            f"The film folder {settings.film_dir} belongs to another site; nothing was restored. "
            "Name another --data-dir."
        )


def _is_of_backup(made: BackupList, of_site: str, films: list[str]) -> bool:
    """Return whether something is of the backup's site; one from before sites had ids is recognised by its films."""
    return made.site_id == of_site if made.site_id else not set(made.films).isdisjoint(films)


def _require_joined(settings: Settings, engine: Engine) -> None:
    if (read_mark(settings.film_dir) or "") != site_id_in(engine):
        raise ConfigurationError(
            f"The database {settings.shown_database_url} works, but {settings.film_dir} is not its film folder; "
            "nothing was restored. Name the site's own --data-dir. If its film folder is lost, run `lungline db "
            "adopt`, then this again."
        )


def _works(settings: Settings, listed: list[str]) -> ConfigurationError:
    path = sqlite_file(make_url(settings.database_url))
    way = "name an empty database with --database" if path is None else f"move {path} away"
    return ConfigurationError(
        f"The database {settings.shown_database_url} works and lists {counted(len(listed), 'film')}: it is never "
        f"replaced, and nothing was restored. To go back to the backup all the same, stop Lungline, {way}, and run "
        "it again."
    )


def lying_at(path: Path) -> Lying:
    """Return what lies at the path of a SQLite database; one without a table, or without patient and film, is empty."""
    if not path.is_file():
        return Lying.NOTHING
    try:
        return Lying.IN_USE if holds_something(path) else Lying.EMPTY
    except DatabaseDamagedError:
        return Lying.DAMAGED

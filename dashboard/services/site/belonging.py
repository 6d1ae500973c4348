"""Database and film store belong together: both carry the site's id, and one without the other is refused.

A lost database would otherwise look like a site without patients, and a lost film store like one without films.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from sqlalchemy import Engine, make_url
from sqlalchemy.engine import URL
from sqlmodel import Session

from dashboard.errors import ConfigurationError, storage_trouble
from dashboard.services.receiving.film_store import MARK, FilmStore, write_whole
from dashboard.services.receiving.film_store import read_mark as mark_of
from dashboard.settings import Settings
from db.engine import (
    closing_engine,
    create_engine,
    has_tables,
    read_transaction,
    require_current,
    transaction,
    upgrade,
)
from db.read_models.stored import count_films, spread_hashes
from db.repositories import site as site_rows

log = logging.getLogger(__name__)

ADOPTED = "adopted film folder"
LOOKED_FOR = 8
"""Films by which the film store of a database is recognised, spread over its whole time: a folder begun anew holds the
newest ones only."""
BEGUN = ".unfinished-restore"
"""File in the data folder that names the backup which is being brought back."""
ON_PURPOSE = "If this is on purpose, run `lungline db adopt`."


def require_no_restore(settings: Settings) -> None:
    """Refuse a place to which a backup is being brought back, or where that was cut off.

    Raises
    ------
    ConfigurationError
    """
    begun = settings.data_dir / BEGUN
    if begun.exists():
        raise ConfigurationError(
            f"A backup is being brought back to {settings.data_dir}: wait until that is done. If it was cut off, run "
            f"`lungline backup restore` with that backup again; if that backup is lost, delete the file {begun}."
        )


def has_database(settings: Settings) -> bool:
    """Return whether there is a database with tables; makes none.

    Raises
    ------
    DatabaseFailedError
        It cannot be opened.
    """
    path = sqlite_file(make_url(settings.database_url))
    if path is not None and not path.is_file():
        return False
    with closing_engine(create_engine(settings.database_url)) as engine:
        return has_tables(engine)


def require_known_store(settings: Settings) -> None:
    """Refuse to make a new database where the film store already belongs to one; changes nothing.

    Raises
    ------
    ConfigurationError
        A backup is being brought back here, or the database is not there or has no tables, and the film store is
        marked or holds films.
    """
    require_no_restore(settings)
    if has_database(settings):
        return
    store = FilmStore(settings.film_dir)
    if read_mark(settings.film_dir) is not None or not store.is_empty():
        raise ConfigurationError(_lost(settings))


def settle_belonging(settings: Settings, engine: Engine) -> None:
    """See that database and film store carry the same id; give it to those that are new.

    Raises
    ------
    ConfigurationError
        They belong to different sites, or one of them seems to be lost.
    """
    with read_transaction(engine) as session:
        joined = site_rows.site_id(session=session) is not None and read_mark(settings.film_dir) is not None
    if problem := problem_of(settings, engine):
        raise ConfigurationError(problem)
    if not joined:
        join(settings, engine)


def adopt(settings: Settings, *, actor: str) -> None:
    """Join database and film store on purpose; a database that is not there is made."""
    require_no_restore(settings)
    path = sqlite_file(make_url(settings.database_url))
    if path is not None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
    with closing_engine(create_engine(settings.database_url)) as engine:
        if not has_tables(engine):
            upgrade(engine)
        require_current(engine)
        of_site = join(settings, engine)
        with transaction(engine) as session:
            detail = {"site_id": of_site}
            site_rows.write_audit(actor, ADOPTED, "site", None, detail, now=datetime.now(UTC), session=session)


def problem_of(settings: Settings, engine: Engine) -> str:
    """Return why database and film store do not belong together, in a sentence; "" where they do."""
    with read_transaction(engine) as session:
        of_rows, of_store = site_rows.site_id(session=session), read_mark(settings.film_dir)
        if of_rows is not None and of_rows == of_store:
            # A film that no row lists is no loss of the database: a kill before its commit leaves one.
            return ""
        return _problem(settings, of_rows, of_store, session=session)


def site_id_of(engine: Engine) -> str | None:
    """Return which site a database belongs to."""
    with read_transaction(engine) as session:
        return site_rows.site_id(session=session)


def join(settings: Settings, engine: Engine) -> str:
    """Mark the film store as that of this database, whatever it was marked as; return the site's id."""
    with transaction(engine) as session:
        of_site = site_rows.name_site(read_mark(settings.film_dir) or uuid4().hex, session=session)
    write_mark(settings.film_dir, of_site)
    return of_site


def read_mark(folder: Path) -> str | None:
    """Return the id of the site that a film store belongs to, None where it carries none."""
    try:
        return mark_of(folder)
    except OSError as error:
        log.warning("%s: %s", folder, error.strerror)
        raise ConfigurationError(f"The film folder cannot be read ({error.strerror}). Allow Lungline to.") from error


def _problem(settings: Settings, of_rows: str | None, of_store: str | None, *, session: Session) -> str:
    n_films = count_films(session=session)
    store = FilmStore(settings.film_dir)
    if of_rows is not None and of_store is not None:
        log.warning("site %s: %s; site %s: %s", of_rows, settings.shown_database_url, of_store, settings.film_dir)
        return f"Database and film folder belong to different sites. Check --database and --data-dir. {ON_PURPOSE}"
    if not n_films:
        lost = not store.is_empty() or (of_rows is None and of_store is not None)
        return _lost(settings) if lost else ""
    # Neither carries an id: of a version that gave none.
    if of_rows is None and of_store is None and store.is_empty():
        return ""
    if all(store.path(one).is_file() for one in spread_hashes(LOOKED_FOR, session=session)):
        return ""
    log.warning("not the films of %s: %s", settings.shown_database_url, settings.film_dir)
    return (
        "The film folder is not the one of this database: films that the database lists are not in it. Check that "
        "its disk is connected, and --data-dir. If the films are lost, run `lungline db adopt`, then bring them back "
        "from a backup (`lungline backup restore`)."
    )


def _lost(settings: Settings) -> str:
    log.warning("new or empty: %s; in use: %s", settings.shown_database_url, settings.film_dir)
    return (
        "The database is lost or another one: it is new or empty, but the film folder is in use. Check --database and "
        "--data-dir, or bring the database back from a backup (`lungline backup restore`). "
        f"{ON_PURPOSE}"
    )


def sqlite_file(url: URL) -> Path | None:
    """Return the file of a SQLite database, None for a server."""
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None


def write_mark(folder: Path, of_site: str) -> None:
    """Say in the film store which site it belongs to."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(folder / MARK, f"{of_site}\n".encode("ascii"))
    except OSError as error:
        log.warning("%s: %s", folder, error.strerror)
        raise ConfigurationError(storage_trouble(error)) from error

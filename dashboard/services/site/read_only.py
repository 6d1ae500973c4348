"""A site opened to be read as it stands, and the new folder that is written from it: nothing of it is changed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine

from core.quoting import quoted
from dashboard.errors import ConfigurationError
from dashboard.services.site.belonging import has_database, problem_of, require_known_store, require_no_restore
from dashboard.settings import Settings
from db.engine import closing_engine, create_engine, is_older, require_current


@contextmanager
def opened_for_reading(settings: Settings, *, older: bool = False) -> Iterator[Engine]:
    """Open a site without making, upgrading or marking anything.

    Parameters
    ----------
    older : bool
        Whether a database of an older schema will do; it is not asked then whether its films are there.

    Raises
    ------
    ConfigurationError
        There is no site, or database and film folder do not belong together.
    DatabaseUnreachableError, SchemaOutdatedError
    """
    require_no_restore(settings)
    if not has_database(settings):
        require_known_store(settings)
        raise ConfigurationError(
            f"There is nothing at {settings.shown_database_url} yet. Check --database and --data-dir."
        )
    with closing_engine(create_engine(settings.database_url)) as engine:
        if not (older and is_older(engine)):
            require_current(engine)
            if problem := problem_of(settings, engine):
                raise ConfigurationError(problem)
        yield engine


def require_empty(folder: Path) -> None:
    """Refuse a folder that holds something, or a file in its place.

    Raises
    ------
    ConfigurationError
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigurationError(f"{quoted(folder)} is not empty. Name a new folder.")

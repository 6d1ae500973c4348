"""Looking for damage in what a site has stored: the database, the films, and whether they belong together."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import Engine

from core.counting import counted
from dashboard.errors import StoredFilmDamagedError
from dashboard.services.receiving.film_store import FilmStore
from dashboard.services.site.belonging import has_database, problem_of, require_known_store
from dashboard.settings import Settings
from db.engine import check, closing_engine, create_engine, read_transaction
from db.read_models.stored import read_hashes

JUST_NOW = timedelta(minutes=10)
"""A film that came so lately may be stored and its row not yet committed."""


def look_for_damage(settings: Settings, *, films: bool) -> list[str]:
    """Return what is wrong, one plain sentence each; nothing where all is sound. Changes nothing.

    Parameters
    ----------
    films : bool
        Whether to read every stored film that the database lists, compare it with its hash, and look for films that
        it does not list.

    Raises
    ------
    ConfigurationError
        There is no database, but a film store that belongs to one.
    DatabaseFailedError
    """
    if not has_database(settings):
        require_known_store(settings)
        return [f"There is nothing at {settings.shown_database_url} yet; the first command makes it."]
    with closing_engine(create_engine(settings.database_url)) as engine:
        return check(engine) or list(_amiss(settings, engine, films=films))


def _amiss(settings: Settings, engine: Engine, *, films: bool) -> Iterator[str]:
    """Yield what is wrong between a sound database and its films."""
    if problem := problem_of(settings, engine):
        yield problem
    with read_transaction(engine) as session:
        rows = read_hashes(session=session)
    if films:
        yield from damaged_films(rows, FilmStore(settings.film_dir))
    if films or not (rows or problem):
        before = time.time() - JUST_NOW.total_seconds()
        yield from films_without_row(settings, {content_hash for _, content_hash in rows}, before=before)


def films_without_row(settings: Settings, listed: set[str], *, before: float = math.inf) -> list[str]:
    """Return a sentence about the films stored before a POSIX time that the database does not list."""
    n_films = sum(one not in listed for one in FilmStore(settings.film_dir).came_before(before))
    if not n_films:
        return []
    are, them = ("is", "it") if n_films == 1 else ("are", "them")
    text = (
        f"{counted(n_films, 'stored film')} {are} not listed in the database: an older database was put back, or "
        f"Lungline was ended while it received a film. `lungline import {settings.film_dir}` brings {them} in."
    )
    return [text]


def damaged_films(films: list[tuple[int, str]], store: FilmStore) -> Iterator[str]:
    """Yield a sentence for each film (id and hash) whose bytes are not in the store as they came."""
    for film_id, content_hash in films:
        try:
            store.get(content_hash)
        except StoredFilmDamagedError as error:
            yield f"Film {film_id}: {error}"

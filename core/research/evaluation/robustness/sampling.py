"""A sample of films for tests that need no expert: drawn over sources and views, read as for scoring."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import tzinfo

import numpy as np

from core.errors import DataSetInvalidError, FilmNotScorableError
from core.films.checks import check_film
from core.films.read import read_film
from core.research.evaluation.dataset import DataSetFilm
from core.types import Film


def stratified_sample(films: Sequence[DataSetFilm], count: int, *, seed: int = 0) -> list[DataSetFilm]:
    """Return films drawn at random, equally many of each source and view as far as they go, of many patients.

    The same films for every order of `films`; a second film of a patient comes after the first one of all others.
    """
    random = np.random.default_rng(seed)
    strata: dict[tuple[str, str], list[DataSetFilm]] = defaultdict(list)
    for film in sorted(films, key=lambda film: film.film_id):
        strata[film.source, film.view].append(film)
    ranked = []
    for _name, stratum in sorted(strata.items()):
        seen: dict[str, int] = defaultdict(int)
        shuffled = [stratum[place] for place in random.permutation(len(stratum))]
        turns = []
        for film in shuffled:
            turns.append((seen[film.patient_id], film))
            seen[film.patient_id] += 1
        turns.sort(key=lambda turn: turn[0])
        ranked += [(place, film) for place, (_turn, film) in enumerate(turns)]
    # A stable sort: the first of every stratum, then the second of every stratum …
    ranked.sort(key=lambda pair: pair[0])
    return [film for _place, film in ranked[:count]]


def strata_of(films: Sequence[DataSetFilm]) -> dict[str, int]:
    """Return the number of films by "source, view"."""
    counts: dict[str, int] = defaultdict(int)
    for film in films:
        counts[f"{film.source}, {film.view}"] += 1
    return dict(sorted(counts.items()))


def read_checked(film: DataSetFilm, site_zone: tzinfo) -> Film:
    """Read a film, and correct it as is done before scoring.

    Raises
    ------
    CoreError
        The file cannot be read or is no film, or a check refuses it.
    """
    try:
        content = film.path.read_bytes()
    except OSError as error:
        raise DataSetInvalidError(f"{film.path.name} cannot be read ({error.strerror}).") from error
    checked = check_film(read_film(content, site_zone=site_zone))
    if checked.refused:
        raise FilmNotScorableError(checked.reason, (0,))
    return checked.film

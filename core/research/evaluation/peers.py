"""What other published severity models said of films, in the documented table `peers.csv`."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from core.errors import DataSetInvalidError
from core.evaluation.agreement import JudgedFilm
from core.research.evaluation.dataset import DataSetFilm, read_table
from core.types import Measure

PEERS = "peers.csv"

_ENDINGS = {"_geographic": Measure.GEOGRAPHIC_EXTENT, "_opacity": Measure.OPACITY}


@dataclass(frozen=True)
class PeerColumn:
    """One column of the table.

    Attributes
    ----------
    measures : tuple of Measure
        The one that the column's name ends in (`_geographic`, `_opacity`); both for a column that names none.
    said : mapping of str to float
        Its value for each film that has one, on the model's own scale.
    """

    name: str
    measures: tuple[Measure, ...]
    said: Mapping[str, float]


def read_peers(path: Path) -> tuple[PeerColumn, ...]:
    """Read a `peers.csv`: film_id and one column per model, or per model and measure.

    Raises
    ------
    DataSetInvalidError
        The table is missing, lacks film_id, names a film twice or has a value that is no number.
    """
    rows = read_table(path, ("film_id",))
    if len({row["film_id"] for row in rows}) != len(rows):
        raise DataSetInvalidError(f"{path} names a film twice. Every film_id must stand once.")
    names = [name for name in rows[0] if name != "film_id"] if rows else []
    return tuple(PeerColumn(name, _measures(name), _said(path, rows, name)) for name in names)


def peer_films(peer: PeerColumn, films: Iterable[DataSetFilm], measure: Measure) -> list[JudgedFilm]:
    """Return the films that have both an expert's value of `measure` and the peer's."""
    return [
        JudgedFilm(
            film.film_id,
            film.patient_id,
            film.experts[measure.value],
            (peer.said[film.film_id],),
            film.day,
            film.view,
        )
        for film in sorted(films, key=lambda one: one.film_id)
        if film.film_id in peer.said and measure.value in film.experts
    ]


def _measures(name: str) -> tuple[Measure, ...]:
    return next(((measure,) for ending, measure in _ENDINGS.items() if name.endswith(ending)), tuple(Measure))


def _said(path: Path, rows: Iterable[Mapping[str, str]], name: str) -> dict[str, float]:
    said = {}
    for row in rows:
        if row[name]:
            value = _number(row[name])
            if not math.isfinite(value):
                message = f"{path}: {name} of {row['film_id']!r} is {row[name]!r}. Expected a number."
                raise DataSetInvalidError(message)
            said[row["film_id"]] = value
    return said


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan

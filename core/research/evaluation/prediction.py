"""Scores of a data set's films: by a scorer now, or as a cross-validation kept them."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC
from pathlib import Path

from core.errors import FilmNotScorableError, FilmUnreadableError
from core.films.read import read_film
from core.research.evaluation.dataset import BRIXIA_ZONES, DataSetFilm, read_table
from core.scoring.base import Scorer
from core.types import Measure, Score

COLUMNS = ("film_id", "geographic_extent", "geographic_extent_right", "geographic_extent_left", "opacity")

SCALES = {"geographic_extent": 8.0, "opacity": 6.0, "brixia_senior": 18.0}
"""What predictions are compared on: the experts' columns, and the top of each scale; its bottom is 0."""

_ZONE_TOP = 3.0

SaidOfFilms = Mapping[str, Mapping[str, tuple[float, ...]]]
"""Values by film_id and by column of `SCALES`: one per partition of a cross-validation, or one alone."""


def write_predictions(films: Sequence[DataSetFilm], scorer: Scorer, path: Path) -> None:
    """Score films from their files and write one row each; a film the scorer cannot score has empty cells."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for film in films:
            writer.writerow([film.film_id, *_cells(film, scorer)])


def score_film(film: DataSetFilm, scorer: Scorer) -> Score | str:
    """Return the film's score, or in a sentence why it has none."""
    try:
        return _score(film, scorer)
    except (FilmNotScorableError, FilmUnreadableError) as error:
        return str(error)
    except OSError as error:
        return f"The film's file cannot be read ({error.strerror})."


def said_by_score(score: Score) -> dict[str, tuple[float, ...]]:
    """Return a score as values by column of `SCALES`; Brixia only where the scorer reads it."""
    said: dict[str, tuple[float, ...]] = {measure.value: (score.value(measure),) for measure in Measure}
    return said if score.brixia is None else {**said, "brixia_senior": (score.brixia,)}


def read_out_of_fold(table: Path) -> SaidOfFilms:
    """Read what a cross-validation said of each film by models that had not seen its patient.

    The values of both lungs, each within its scale, are added; so are the six zones.

    Parameters
    ----------
    table : Path
        With the columns film_id and partition, and those of the lungs and zones (`geographic_extent_right`, …,
        `zone_A`, …), of which a scorer may lack some.

    Raises
    ------
    DataSetInvalidError
        The table is missing or lacks film_id or partition.
    """
    said: dict[str, dict[str, dict[int, float]]] = defaultdict(lambda: defaultdict(dict))
    for row in read_table(table, ("film_id", "partition")):
        for column in SCALES:
            value = out_of_fold_value(row, column)
            if value is not None:
                said[row["film_id"]][column][int(row["partition"])] = value
    return {
        film_id: {column: tuple(value for _, value in sorted(by.items())) for column, by in columns.items()}
        for film_id, columns in said.items()
    }


def out_of_fold_value(row: Mapping[str, str], column: str) -> float | None:
    """Return a row's value of one column of `SCALES`, None where the row does not have its parts."""
    if column == "brixia_senior":
        parts, top = [f"zone_{zone}" for zone in BRIXIA_ZONES], _ZONE_TOP
    else:
        parts, top = [f"{column}_{side}" for side in ("right", "left")], SCALES[column] / 2
    if not all(row.get(part) for part in parts):
        return None
    return sum(min(max(float(row[part]), 0.0), top) for part in parts)


def _score(film: DataSetFilm, scorer: Scorer) -> Score:
    prepared = scorer.prepare(read_film(film.path.read_bytes(), site_zone=UTC))
    return scorer.score([prepared])[0]


def _cells(film: DataSetFilm, scorer: Scorer) -> list[str]:
    try:
        score = _score(film, scorer)
    except FilmNotScorableError:
        return [""] * (len(COLUMNS) - 1)
    values = (
        score.geographic_extent,
        score.geographic_extent_right,
        score.geographic_extent_left,
        score.opacity,
    )
    return ["" if value is None else f"{value:.3f}" for value in values]

"""Scores of films that no expert scored."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import UTC
from pathlib import Path

from core.errors import FilmNotScorableError
from core.evaluation.dataset import DataSetFilm
from core.films.read import read_film
from core.scoring.base import Scorer

COLUMNS = ("film_id", "geographic_extent", "geographic_extent_right", "geographic_extent_left", "opacity")


def write_predictions(films: Sequence[DataSetFilm], scorer: Scorer, path: Path) -> None:
    """Score films from their files and write one row each; a film the scorer cannot score has empty cells."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for film in films:
            writer.writerow([film.film_id, *_values(film, scorer)])


def _values(film: DataSetFilm, scorer: Scorer) -> list[str]:
    prepared = scorer.prepare(read_film(film.path.read_bytes(), site_zone=UTC))
    try:
        score = scorer.score([prepared])[0]
    except FilmNotScorableError:
        return [""] * (len(COLUMNS) - 1)
    values = (
        score.geographic_extent,
        score.geographic_extent_right,
        score.geographic_extent_left,
        score.opacity,
    )
    return ["" if value is None else f"{value:.3f}" for value in values]

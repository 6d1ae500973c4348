"""What a segmentation says of films with a stated outcome: out of fold, or of patients it did not learn from."""

from __future__ import annotations

import csv
from pathlib import Path

from core.evaluation.evidence import EVIDENCE
from core.research.evaluation.dataset import DataSetFilm, read_data_set, read_table
from core.research.evaluation.opacity.outcomes import OPACITY_TABLES
from core.research.evaluation.opacity.segmentation import OUT_OF_FOLD_TABLES
from core.research.evaluation.prediction import score_film
from core.scoring.base import Scorer
from core.types import Score

_COLUMNS = ("film_id", "fold", "fraction", "fraction_right", "fraction_left")


def write_opacity_table(data: Path, scorer: Scorer, *, source: str = "cohen", evidence: Path = EVIDENCE) -> Path:
    """Write the table that `evaluate_opacity_outcomes` reads of a segmenting scorer that carries its weights.

    A film that was held out has its out-of-fold opacity. Others are scored now, unless the scorer learned from their
    patient: those are left out.

    Parameters
    ----------
    data : Path
        Folder with `films.csv` and the films.
    scorer : Scorer
        One that gives opacity fractions; its overlaps and training films stand in `evidence`.
    source : str
        Whose films are read: the collection that states outcomes.

    Raises
    ------
    DataSetInvalidError
        A table is missing or not of the documented form.
    """
    films = read_data_set(data)
    held_out = {row["film_id"]: row for row in read_table(evidence / OUT_OF_FOLD_TABLES[scorer.name], _COLUMNS)}
    trained = read_table(evidence / f"{scorer.name}-training-films.csv", ("film_id",))
    learned = {row["film_id"] for row in trained} | held_out.keys()
    patients = {film.patient_id for film in films if film.film_id in learned}
    rows = []
    for film in films:
        if film.source != source:
            continue
        if film.film_id in held_out:
            rows.append([held_out[film.film_id][name] for name in _COLUMNS])
        elif film.patient_id not in patients:
            rows.append([film.film_id, "", *_fractions(film, scorer)])
    path = evidence / OPACITY_TABLES[scorer.name]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(_COLUMNS)
        writer.writerows(rows)
    return path


def _fractions(film: DataSetFilm, scorer: Scorer) -> list[str]:
    """Return the film's opacity in percent, empty cells where it has no score."""
    score = score_film(film, scorer)
    values = (
        (score.opacity_fraction, score.opacity_fraction_right, score.opacity_fraction_left)
        if isinstance(score, Score)
        else (None, None, None)
    )
    return ["" if value is None else f"{value:.4f}" for value in values]

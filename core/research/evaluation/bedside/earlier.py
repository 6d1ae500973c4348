"""What an earlier version said of the films that it may be judged on: our own predictions, kept once."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from core.errors import DataSetInvalidError
from core.research.evaluation.dataset import read_table
from core.research.evaluation.prediction import SaidOfFilms

EARLIER_VERSION = "0.3.0"
EARLIER = f"embedded-{EARLIER_VERSION}.csv"
_COLUMNS = {"geographic_extent": "geographic_extent", "opacity": "opacity", "brixia_senior": "brixia"}


@dataclass(frozen=True)
class EarlierVersion:
    """An earlier version of the scorer, out of sample.

    Attributes
    ----------
    said : mapping
        Values by film_id and by column of `SCALES`: one per partition of its cross-validation, or one by its weights.
    n_out_of_fold : int
        Films that its cross-validation predicted; the others are of patients of whom it had learned no score.
    """

    version: str
    said: SaidOfFilms
    n_out_of_fold: int


def read_earlier(path: Path) -> EarlierVersion:
    """Read the table of an earlier version: the column partition is blank where its weights predicted.

    Raises
    ------
    DataSetInvalidError
        The table is missing, lacks a column, or has a film both by cross-validation and by weights.
    """
    said: dict[str, dict[str, dict[str, float]]] = defaultdict(lambda: defaultdict(dict))
    for row in read_table(path, ("film_id", "partition", *_COLUMNS.values())):
        for column, name in _COLUMNS.items():
            if row[name]:
                said[row["film_id"]][column][row["partition"]] = float(row[name])
    partitions = {film_id: set(columns["geographic_extent"]) for film_id, columns in said.items()}
    mixed = sorted(film_id for film_id, of_film in partitions.items() if "" in of_film and len(of_film) > 1)
    if mixed:
        message = f"{path.name} has {mixed[0]!r} by a cross-validation and by weights. Expected one of the two."
        raise DataSetInvalidError(message)
    return EarlierVersion(
        EARLIER_VERSION,
        {
            film_id: {column: tuple(by[key] for key in sorted(by)) for column, by in columns.items()}
            for film_id, columns in said.items()
        },
        sum("" not in of_film for of_film in partitions.values()),
    )

"""The table of linear readings: of torchxrayvision where its weights are, of the embedded network elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from core.errors import DataSetInvalidError
from core.research.evaluation.dataset import DataSetFilm, remarks_on
from core.research.evaluation.features.embedded import MODEL as EMBEDDED
from core.research.evaluation.features.embedded import embedded_source
from core.research.evaluation.features.features import SPLITS, FeatureRow, FeatureSource, read_linearly
from core.scoring.registry import is_available
from core.types import Measure

PUBLISHED = "txrv-cohen2020"
MODELS = (PUBLISHED, EMBEDDED)

PUBLISHED_MAE = {0: 2.07, 1: 1.16, 4: 1.17, 18: 1.31, 1024: 1.34}
"""The paper's mean absolute error of geographic extent by number of outputs of the DenseNet, on its 94 films."""

_IN_ITS_PLACE = (
    "This is not the paper's table: the weights of txrv-cohen2020 are not on this machine, and the embedded network's "
    "own outputs take their place. `lungline models fetch txrv-cohen2020` or `lungline models import FILE` brings them."
)


@dataclass(frozen=True)
class FeatureStudy:
    """The whole table.

    Attributes
    ----------
    n_films, n_patients : mapping of str to int
        By measure.
    remarks : tuple of str
        Where the outputs come from, and what to hold against them.
    left_out : mapping of str to tuple of str
        Films with an expert's value that have no part, by reason.
    """

    model: str
    model_version: str
    n_splits: int
    n_films: Mapping[str, int]
    n_patients: Mapping[str, int]
    rows: tuple[FeatureRow, ...]
    remarks: tuple[str, ...]
    left_out: Mapping[str, tuple[str, ...]]


def evaluate_features(
    films: Sequence[DataSetFilm],
    model: str | None,
    *,
    weights_dir: Path,
    evidence: Path,
    splits: int = SPLITS,
    seed: int = 0,
) -> FeatureStudy:
    """Read both measures linearly from sets of a network's outputs.

    Parameters
    ----------
    model : str or None
        One of `MODELS`. Also where txrv-cohen2020 is asked for, or none, the embedded network stands in if its weights
        are not on this machine; the remarks then say so.
    evidence : Path
        Folder with the out-of-fold predictions of the embedded scorer.

    Raises
    ------
    DataSetInvalidError
        Another model, or too few films with an expert's value.
    WeightsInvalidError
    """
    if model not in {None, *MODELS}:
        message = f"The outputs of {model!r} cannot be read linearly. Choose {' or '.join(MODELS)}."
        raise DataSetInvalidError(message)
    if model != EMBEDDED and is_available(PUBLISHED, weights_dir=weights_dir):
        from core.research.evaluation.features.densenet import densenet_source  # noqa: PLC0415 - imports torchxrayvision

        source = densenet_source(_with_values(films), weights_dir=weights_dir)
    else:
        source = embedded_source(films, weights_dir=weights_dir, evidence=evidence)
        if model != EMBEDDED:
            source = replace(source, remarks=(_IN_ITS_PLACE, *source.remarks))
    return _study(source, {film.film_id: film for film in films}, splits, seed)


def _with_values(films: Sequence[DataSetFilm]) -> list[DataSetFilm]:
    return [film for film in films if any(measure.value in film.experts for measure in Measure)]


def _study(source: FeatureSource, films: Mapping[str, DataSetFilm], splits: int, seed: int) -> FeatureStudy:
    rows: list[FeatureRow] = []
    n_films: dict[str, int] = {}
    n_patients: dict[str, int] = {}
    for measure in Measure:
        places = [n for n, film_id in enumerate(source.film_ids) if measure.value in films[film_id].experts]
        chosen = [films[source.film_ids[place]] for place in places]
        patients = [film.patient_id for film in chosen]
        rows += read_linearly(
            [replace(feature_set, values=feature_set.values[:, places]) for feature_set in source.sets],
            np.array([film.experts[measure.value] for film in chosen]),
            patients,
            measure,
            splits=splits,
            seed=seed,
        )
        n_films[measure.value], n_patients[measure.value] = len(chosen), len(set(patients))
    return FeatureStudy(
        source.model,
        source.model_version,
        splits,
        n_films,
        n_patients,
        tuple(rows),
        (*source.remarks, *remarks_on(films.values())),
        source.left_out,
    )

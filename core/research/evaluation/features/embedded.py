"""The embedded network's own outputs of films it had not learned from: lungs, zones, fractions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from core.research.evaluation.dataset import BRIXIA_ZONES, DataSetFilm, read_table
from core.research.evaluation.features.features import FeatureSet, FeatureSource
from core.research.evaluation.out_of_sample import films_to_score
from core.research.evaluation.prediction import score_film
from core.scoring.registry import load_scorer, scorer_version
from core.types import Measure, Score

MODEL = "embedded"

_LUNGS = tuple(f"{measure.value}_{side}" for measure in Measure for side in ("right", "left"))
_ZONES = tuple(f"zone_{zone}" for zone in BRIXIA_ZONES)
_FRACTIONS = ("opacity_fraction_right", "opacity_fraction_left")
_TOPS = {
    **{f"{measure.value}_{side}": measure.maximum / 2 for measure in Measure for side in ("right", "left")},
    **dict.fromkeys(_ZONES, 3.0),
    **dict.fromkeys(_FRACTIONS, 100.0),
}
_SETS = (
    ("geographic extent", ("geographic_extent",)),
    ("both scores", tuple(measure.value for measure in Measure)),
    ("each lung's scores", _LUNGS),
    ("lungs and Brixia zones", (*_LUNGS, *_ZONES)),
    ("lungs, zones and opacity fractions", (*_LUNGS, *_ZONES, *_FRACTIONS)),
)

_LEARNED_FROM = (
    "The embedded network was trained in this project on most of these films. Its outputs of them are those of a "
    "cross-validation: each film by networks that had learned from no film of its patient. Those of the films that a "
    "regression is fitted on may come from networks that had learned from films of the other half."
)
_SCORED_NOW = "{count} films, which it did not learn from, were scored now."

Outputs = dict[str, dict[int, dict[str, float]]]
"""Values of named outputs, by film_id and partition."""


def embedded_source(films: Sequence[DataSetFilm], *, weights_dir: Path, evidence: Path) -> FeatureSource:
    """Return sets of the embedded scorer's outputs of the films with an expert's value of a measure.

    Only sets whose outputs are known of every film are given. A film that was scored now stands in every partition.

    Parameters
    ----------
    evidence : Path
        Folder with the scorer's out-of-fold predictions and the list of its training films.

    Raises
    ------
    DataSetInvalidError
        A table of the evidence is not of its form.
    """
    judged = [film for film in films if any(measure.value in film.experts for measure in Measure)]
    kept = _read_outputs(evidence / f"{MODEL}-out-of-fold.csv")
    outputs = {film.film_id: kept[film.film_id] for film in judged if film.film_id in kept}
    n_kept = len(outputs)
    waiting, reasons = films_to_score(MODEL, films, [film for film in judged if film.film_id not in kept], evidence)
    scorer = load_scorer(MODEL, weights_dir=weights_dir) if waiting else None
    for film in waiting:
        score = score_film(film, scorer) if scorer else ""
        if isinstance(score, Score):
            outputs[film.film_id] = {0: _of_score(score)}
        else:
            reasons[score].append(film.film_id)
    n_scored = len(outputs) - n_kept
    remarks = [_LEARNED_FROM] if n_kept else []
    remarks += [_SCORED_NOW.format(count=n_scored)] if n_scored else []
    return FeatureSource(
        MODEL,
        scorer_version(MODEL, weights_dir=weights_dir),
        tuple(outputs),
        tuple(_set(name, columns, outputs) for name, columns in _SETS if _known(columns, outputs)),
        tuple(remarks),
        {reason: tuple(ids) for reason, ids in reasons.items()},
    )


def _read_outputs(table: Path) -> Outputs:
    outputs: Outputs = defaultdict(dict)
    for row in read_table(table, ("film_id", "partition")) if table.is_file() else []:
        values = {name: min(max(float(row[name]), 0.0), top) for name, top in _TOPS.items() if row.get(name)}
        outputs[row["film_id"]][int(row["partition"])] = _with_sums(values)
    return outputs


def _of_score(score: Score) -> dict[str, float]:
    parts: Mapping[str, float | None] = {name: getattr(score, name) for name in (*_LUNGS, *_FRACTIONS)}
    values = {name: value for name, value in parts.items() if value is not None}
    values |= dict(zip(_ZONES, score.brixia_zones or (), strict=False))
    return {**values, **{measure.value: score.value(measure) for measure in Measure}}


def _with_sums(values: Mapping[str, float]) -> dict[str, float]:
    sums = {
        measure.value: values[f"{measure.value}_right"] + values[f"{measure.value}_left"]
        for measure in Measure
        if {f"{measure.value}_right", f"{measure.value}_left"} <= set(values)
    }
    return {**values, **sums}


def _known(columns: Sequence[str], outputs: Outputs) -> bool:
    return bool(outputs) and all(set(columns) <= set(values) for by in outputs.values() for values in by.values())


def _set(name: str, columns: tuple[str, ...], outputs: Outputs) -> FeatureSet:
    partitions = max(len(by) for by in outputs.values())
    of_films = [[values for _partition, values in sorted(by.items())] for by in outputs.values()]
    values = [
        [[of_film[partition % len(of_film)][column] for column in columns] for of_film in of_films]
        for partition in range(partitions)
    ]
    return FeatureSet(name, columns, np.array(values))

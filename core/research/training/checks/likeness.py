"""Train the check for chest films: ``python -m core.research.training.checks.likeness --data ../shared/data``.

Frontal films and synthetic ones against laterals, changed films, real pictures of other things and drawn ones. Films
under NoDerivatives licences are never trained on. What was trained on goes to ``docs/evidence/likeness_training.json``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file
from sklearn.cluster import MiniBatchKMeans
from sklearn.model_selection import GroupKFold

from core.films.recognition.likeness import LIKENESS_WEIGHTS, Features, LikenessWeights, Values, basis, projections
from core.research.evaluation.checks.likeness_kinds import CHEST_KINDS
from core.research.training.checks.likeness_films import FROM_FILMS
from core.research.training.checks.likeness_table import COPIES, FRONTAL, SYNTHETIC, LikenessTable, read_table
from core.research.training.checks.view import read_films, training_counts
from core.research.training.command import run_check_training

REPOSITORY = Path(__file__).resolve().parents[4]
TRAINING_RECORD = REPOSITORY / "docs" / "evidence" / "likeness_training.json"

# Chosen on one of the five folds among a score of settings; `docs/evidence/likeness.md` names the others.
COMPONENTS = 128
CHEST_CENTRES = 500
OTHER_CENTRES = 900
WIDTH = 1.5
PENALTY = 1e-4
CHANGED_FILMS_WEIGHT = 6.0
SYNTHETIC_WEIGHT = 0.1

MOST_REFUSED = 0.003
"""Share of frontal films that the threshold may refuse in the training's own cross-validation."""

INNER_FOLDS = 3

Rows = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Moments:
    """What least squares needs of some pictures: everything but the choice of kinds.

    Attributes
    ----------
    network : LikenessWeights
        Without its output weights.
    chest, chest_mean : float64 arrays, (m, m) and (m,)
        Mean products and mean of the functions on chest films.
    others : mapping of kind to float64 array, (m, m)
        Mean products on the pictures of each other kind.
    """

    network: LikenessWeights
    chest: Values
    chest_mean: Values
    others: Mapping[str, Values]

    def solved(self, *, without: str = "") -> LikenessWeights:
        """Return the network that gives chest films 1 and all other kinds, but `without`, 0 as nearly as it can."""
        weights = {kind: _weight(kind) for kind in self.others if kind != without}
        others = sum(weight * self.others[kind] for kind, weight in weights.items()) / sum(weights.values())
        ridge = PENALTY * np.eye(len(self.chest_mean))
        output = np.linalg.solve(self.chest + others + ridge, self.chest_mean)
        return replace(self.network, output=np.asarray(output, dtype=np.float64))


def moments(table: LikenessTable, rows: Rows, *, seed: int) -> Moments:
    """Choose components and centres on `rows`, and sum up what least squares needs of them."""
    kinds = table.kinds[rows]
    films, drawn = rows[np.isin(kinds, (FRONTAL, COPIES))], rows[kinds == SYNTHETIC]
    network = _network(table.features[films], table.features[rows[np.isin(kinds, list(FROM_FILMS))]], seed=seed)

    def products(of: Rows) -> tuple[Values, Values]:
        functions = basis(table.features[of], network)
        return functions.T @ functions / len(of), functions.mean(axis=0)

    chest, chest_mean = products(films)
    if len(drawn):
        parts = zip((chest, chest_mean), products(drawn), strict=True)
        chest, chest_mean = ((real + SYNTHETIC_WEIGHT * part) / (1 + SYNTHETIC_WEIGHT) for real, part in parts)
    others = {kind: products(rows[kinds == kind])[0] for kind in sorted(set(kinds) - set(CHEST_KINDS))}
    return Moments(network, chest, chest_mean, others)


def _weight(kind: str) -> float:
    return CHANGED_FILMS_WEIGHT if kind in FROM_FILMS else 1.0


def _network(films: Features, changed: Features, *, seed: int) -> LikenessWeights:
    """Return a network without output: components of the films, centres of the films and of the changed films."""
    mean, scale = films.mean(axis=0, dtype=np.float64), films.std(axis=0, dtype=np.float64) + 1e-3
    _, directions = np.linalg.eigh(np.cov(((films - mean) / scale).T))  # eigenvalues ascend
    leading = np.ascontiguousarray(directions[:, ::-1][:, :COMPONENTS])
    network = LikenessWeights(mean, scale, leading, np.zeros((0, leading.shape[1] + 1)), 1.0, np.zeros(0))
    projected = projections(films, network)
    chest = _clusters(projected, CHEST_CENTRES, seed=seed)
    other = _clusters(projections(changed, network), OTHER_CENTRES, seed=seed)
    nearest = ((projected - chest.cluster_centers_[chest.predict(projected)]) ** 2).sum(axis=1)
    centres = np.concatenate([chest.cluster_centers_, other.cluster_centers_])
    return replace(network, centres=centres, width=2 * WIDTH**2 * float(np.median(nearest)))


def _clusters(projected: Values, count: int, *, seed: int) -> MiniBatchKMeans:
    clusters = MiniBatchKMeans(min(count, len(projected)), n_init=1, max_iter=8, random_state=seed)
    return clusters.fit(projected)


def threshold(table: LikenessTable, rows: Rows, *, seed: int, without: str = "") -> float:
    """Choose the threshold on `rows` alone: see `chest_threshold`; out of fold by patient within them."""
    return thresholds(table, rows, seed=seed, without=[without])[without]


def thresholds(table: LikenessTable, rows: Rows, *, seed: int, without: Iterable[str]) -> dict[str, float]:
    """Choose a threshold for each kind that is left out of training; "" leaves none out."""
    kinds = list(without)
    found: dict[str, list[Values]] = {kind: [] for kind in kinds}
    for train, test in folds(table, rows, n_folds=INNER_FOLDS):
        sums = moments(table, train, seed=seed)
        films = table.features[test[table.kinds[test] == FRONTAL]]
        functions = basis(films, sums.network)
        for kind in kinds:
            found[kind].append(functions @ sums.solved(without=kind).output)
    return {kind: chest_threshold(np.concatenate(values)) for kind, values in found.items()}


def chest_threshold(frontal: Values) -> float:
    """Return the likeness below which MOST_REFUSED of frontal films lie, rounded down to two decimals."""
    return math.floor(100 * float(np.quantile(frontal, MOST_REFUSED, method="lower"))) / 100


def folds(table: LikenessTable, rows: Rows, *, n_folds: int) -> Iterator[tuple[Rows, Rows]]:
    """Split `rows`; all pictures of one patient, or cut out of one picture, stay together."""
    for train, test in GroupKFold(n_folds).split(rows, groups=table.groups[rows]):
        yield rows[train], rows[test]


def train(data: Path, *, weights_path: Path, record_path: Path, seed: int = 0) -> dict[str, object]:
    """Fit the shipped weights on every picture that may be trained on; write them and the record of it."""
    table = read_table(data, seed=seed)
    rows = np.flatnonzero(table.may_train)
    weights, chosen = moments(table, rows, seed=seed).solved(), threshold(table, rows, seed=seed)
    write_weights(weights, weights_path, chosen)
    films = training_counts(read_films(data))
    record = {"seed": seed, "CHEST_THRESHOLD": chosen, "pictures": _pictures(table), **films}
    record_path.parent.mkdir(parents=True, exist_ok=True)
    record_path.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return record


def write_weights(weights: LikenessWeights, path: Path, chosen: float) -> None:
    """Write weights for `core.films.recognition.likeness.read_weights`; directions and centres in half precision."""
    arrays: dict[str, NDArray[Any]] = {
        "mean": weights.mean.astype(np.float32),
        "scale": weights.scale.astype(np.float32),
        "components": weights.components.astype(np.float16),
        "centres": weights.centres.astype(np.float16),
        "width": np.array([weights.width], dtype=np.float32),
        "output": weights.output.astype(np.float32),
    }
    save_file(arrays, path, metadata={"CHEST_THRESHOLD": str(chosen)})


def _pictures(table: LikenessTable) -> dict[str, int]:
    counts = table.pictures.loc[table.may_train, "kind"].value_counts().sort_index()
    return {str(kind): int(count) for kind, count in counts.items()}


if __name__ == "__main__":
    run_check_training(train, weights=LIKENESS_WEIGHTS, record=TRAINING_RECORD)

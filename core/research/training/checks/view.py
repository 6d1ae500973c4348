"""Train the view check: ``python -m core.research.training.checks.view --data ../shared/data``.

Films under NoDerivatives licences are never trained on. What was trained on, and the thresholds with their rules, go
to ``docs/evidence/view_training.json``.
"""

from __future__ import annotations

import json
import math
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image
from safetensors.numpy import save_file
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold

from core.errors import DataSetInvalidError
from core.films.recognition.view import (
    VIEW_WEIGHTS,
    ViewWeights,
    inversion_features,
    lateral_features,
    probability,
    standard_grid,
    thumbnail,
)
from core.research.training.checks.view_distortion import distorted, framed_and_lettered
from core.research.training.command import run_check_training
from core.types import FloatImage

REPOSITORY = Path(__file__).resolve().parents[4]
TRAINING_RECORD = REPOSITORY / "docs" / "evidence" / "view_training.json"

# Chosen once, before the nested evaluation; 0.001 to 1 catch the same laterals.
PENALTY = 0.01
LATERAL_COPIES = 6
INNER_FOLDS = 4

Features = NDArray[np.float32]
LogOdds = NDArray[np.float64]
Rows = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class ViewTable:
    """All films as features, row by row as in `films`.

    Attributes
    ----------
    films : DataFrame
        film_id, source, licence, patient_id, lateral (bool), may_train (bool; no NoDerivatives licence).
    lateral, lateral_copy : float32 arrays, (n, 512)
        Features of the film, and of one distorted copy.
    more_lateral_copies : float32 array, (n_laterals, 5, 512)
        Further distorted copies of the few laterals, in the order of their rows.
    inversion, inversion_negative : float32 arrays, (n, 384)
        Of the film and of its negative (1 - pixels).
    inversion_copy, inversion_negative_copy : float32 arrays, (n, 384)
        Of a distorted copy, and of its negative; frame and marks are drawn afterwards and are not turned round.
    """

    films: pd.DataFrame
    lateral: Features
    lateral_copy: Features
    more_lateral_copies: Features
    inversion: Features
    inversion_negative: Features
    inversion_copy: Features
    inversion_negative_copy: Features

    @property
    def is_lateral(self) -> NDArray[np.bool_]:
        """Return which rows are laterals."""
        return self.films["lateral"].to_numpy(dtype=bool)

    def folds(self, rows: Rows, *, n_folds: int, seed: int) -> Iterator[tuple[Rows, Rows]]:
        """Split `rows` for cross-validation; all films of one patient, frontal and lateral, stay together."""
        splitter = StratifiedGroupKFold(n_folds, shuffle=True, random_state=seed)
        patients = self.films["patient_id"].to_numpy()[rows]
        for train, test in splitter.split(rows, self.is_lateral[rows], patients):
            yield rows[train], rows[test]

    def trainable(self, rows: Rows) -> Rows:
        """Return those of `rows` that may be trained on."""
        allowed: NDArray[np.bool_] = self.films["may_train"].to_numpy(dtype=bool)
        return rows[allowed[rows]]


@dataclass(frozen=True)
class Thresholds:
    """Log odds above which a film is refused as a lateral, and above which it is turned round."""

    lateral: float
    inverted: float


def read_films(data: Path) -> pd.DataFrame:
    """Read the tables of frontal and of lateral films.

    Raises
    ------
    DataSetInvalidError
        When a table or one of its columns is missing.
    """
    columns = ["film_id", "source", "path", "patient_id", "view", "licence"]
    tables = []
    for name, lateral in (("films.csv", False), ("laterals.csv", True)):
        try:
            table = pd.read_csv(data / name, dtype=str, usecols=columns)
        except (OSError, ValueError) as error:
            message = f"{name} in {data} cannot be used ({error}). Give the folder of the chest-film data set."
            raise DataSetInvalidError(message) from error
        tables.append(table.assign(lateral=lateral))
    films = pd.concat(tables, ignore_index=True)
    return films.assign(may_train=~films["licence"].str.upper().str.contains(r"\bND\b"))


def read_table(data: Path) -> ViewTable:
    """Read all films and compute their features, about a minute on one core."""
    films = read_films(data)
    rows = [_film_features(data / path, film_id) for path, film_id in zip(films["path"], films["film_id"], strict=True)]
    stacked = {name: np.stack([row[name] for row in rows]) for name in rows[0]}
    laterals = films[films["lateral"]]
    more = [
        _more_copies(data / path, film_id) for path, film_id in zip(laterals["path"], laterals["film_id"], strict=True)
    ]
    return ViewTable(films=films, more_lateral_copies=np.stack(more), **stacked)


def _film_features(path: Path, film_id: str) -> dict[str, Features]:
    # the film's own generator: its copy is the same in whatever order or selection films are read
    film, random = read_thumbnail(path), np.random.default_rng(zlib.crc32(film_id.encode()))
    turned = distorted(film, random)
    grids = {
        "": standard_grid(film),
        "_negative": standard_grid(1 - film),
        "_copy": standard_grid(framed_and_lettered(turned, random)),
        "_negative_copy": standard_grid(framed_and_lettered(1 - turned, random)),
    }
    features = {f"inversion{name}": inversion_features(grid) for name, grid in grids.items()}
    return features | {f"lateral{name}": lateral_features(grids[name]) for name in ("", "_copy")}


def _more_copies(path: Path, film_id: str) -> Features:
    film, random = read_thumbnail(path), np.random.default_rng([1, zlib.crc32(film_id.encode())])
    copies = [framed_and_lettered(distorted(film, random), random) for _ in range(LATERAL_COPIES - 1)]
    return np.stack([lateral_features(standard_grid(copy)) for copy in copies])


def read_thumbnail(path: Path) -> FloatImage:
    """Return a film as a (256, 256) float32 picture, 0-1."""
    with Image.open(path) as picture:
        grey: FloatImage = (np.asarray(picture.convert("L")) / 255).astype(np.float32)
    return thumbnail(grey)


def fit(table: ViewTable, rows: Rows) -> ViewWeights:
    """Fit both regressions on `rows` and on the distorted copies of these films."""
    lateral, bias = _fit_lateral(table, rows)
    frontal = rows[~table.is_lateral[rows]]
    return ViewWeights(lateral=lateral, lateral_bias=bias, inversion=_fit_inversion(table, frontal))


def _fit_lateral(table: ViewTable, rows: Rows) -> tuple[LogOdds, float]:
    more = table.more_lateral_copies[np.isin(np.flatnonzero(table.is_lateral), rows)]
    more = more.reshape(-1, more.shape[-1])
    features = np.concatenate([table.lateral[rows], table.lateral_copy[rows], more])
    truth = np.concatenate([table.is_lateral[rows], table.is_lateral[rows], np.ones(len(more), dtype=bool)])
    scale = table.lateral[rows].std(axis=0) + 1e-6
    # balanced: the probability is at even odds, not at the share of laterals in this data set
    model = LogisticRegression(C=PENALTY, class_weight="balanced", max_iter=3000).fit(features / scale, truth)
    return model.coef_[0] / scale, float(model.intercept_[0])


def _fit_inversion(table: ViewTable, rows: Rows) -> LogOdds:
    upright = [table.inversion[rows], table.inversion_copy[rows], -table.inversion_negative_copy[rows]]
    features = np.concatenate(upright)
    scale = table.inversion[rows].std(axis=0) + 1e-6
    signed = np.concatenate([features, -features]) / scale
    inverted = np.repeat([False, True], len(features))
    model = LogisticRegression(C=PENALTY, fit_intercept=False, max_iter=3000).fit(signed, inverted)
    weights: LogOdds = model.coef_[0] / scale
    return weights


def thresholds(table: ViewTable, rows: Rows, *, seed: int) -> Thresholds:
    """Choose both thresholds on `rows` alone, from log odds that are out of fold by patient within them.

    Lateral: half-way between the frontal films' 99.5 % quantile and the laterals' 5 % quantile, at least the
    frontal films' 99 % quantile. Inverted: the 99.9 % quantile of upright frontal films and of their distorted copies
    (the next higher value), at least log 19 (probability .95): a film wrongly turned round gets a wrong score,
    one wrongly left is still seen by a person.
    """
    lateral = np.empty(len(table.films))
    upright = np.empty((len(table.films), 2))
    for train, test in table.folds(rows, n_folds=INNER_FOLDS, seed=seed):
        weights = fit(table, train)
        lateral[test] = table.lateral[test] @ weights.lateral + weights.lateral_bias
        upright[test, 0] = table.inversion[test] @ weights.inversion
        upright[test, 1] = table.inversion_copy[test] @ weights.inversion
    is_lateral = table.is_lateral[rows]
    return Thresholds(
        lateral=lateral_threshold(lateral[rows][~is_lateral], lateral[rows][is_lateral]),
        inverted=inverted_threshold(upright[rows][~is_lateral].ravel()),
    )


def lateral_threshold(frontal: LogOdds, lateral: LogOdds) -> float:
    """Apply the rule of `thresholds` to the log odds of frontal and of lateral films."""
    half_way = (np.quantile(frontal, 0.995) + np.quantile(lateral, 0.05)) / 2
    return float(max(half_way, np.quantile(frontal, 0.99)))


def inverted_threshold(upright: LogOdds) -> float:
    """Apply the rule of `thresholds` to the log odds of upright films."""
    return float(max(math.log(19), np.quantile(upright, 0.999, method="higher")))


def train(data: Path, *, weights_path: Path, record_path: Path, seed: int = 0) -> dict[str, object]:
    """Fit the shipped weights on every film that may be trained on; write them and the record of it."""
    table = read_table(data)
    rows = table.trainable(np.arange(len(table.films)))
    chosen, weights = thresholds(table, rows, seed=seed), fit(table, rows)
    arrays = {
        "lateral": weights.lateral.astype(np.float32),
        "lateral_bias": np.array([weights.lateral_bias], dtype=np.float32),
        "inversion": weights.inversion.astype(np.float32),
    }
    # a threshold of two decimals, rounded away from acting on a film
    rounded = {
        "LATERAL_THRESHOLD": math.ceil(100 * probability(chosen.lateral)) / 100,
        "INVERTED_THRESHOLD": math.ceil(100 * probability(chosen.inverted)) / 100,
    }
    save_file(arrays, weights_path, metadata={"thresholds": json.dumps(rounded)})
    record = {"seed": seed, **rounded, **training_counts(table.films)}
    record_path.parent.mkdir(parents=True, exist_ok=True)
    record_path.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return record


def training_counts(films: pd.DataFrame) -> dict[str, object]:
    """Return how many of `read_films` are trained on, by source and licence, and which licences are left out."""
    used, left_out = films[films["may_train"]], films[~films["may_train"]]

    def by_licence(table: pd.DataFrame) -> list[dict[str, object]]:
        kinds = table["lateral"].map({True: "lateral", False: "frontal"})
        counts = Counter(zip(table["source"], table["licence"], kinds, strict=True))
        return [
            {"source": source, "licence": licence, "view": view, "films": films}
            for (source, licence, view), films in sorted(counts.items())
        ]

    return {
        "frontal_films": int((~used["lateral"]).sum()),
        "lateral_films": int(used["lateral"].sum()),
        "patients": int(used["patient_id"].nunique()),
        "trained_on": by_licence(used),
        "left_out_no_derivatives": by_licence(left_out),
    }


if __name__ == "__main__":
    run_check_training(train, weights=VIEW_WEIGHTS, record=TRAINING_RECORD)

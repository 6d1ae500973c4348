"""Train the check of sides on frontal films: ``python -m core.research.training.checks.sides --data ../shared/data``.

Films under NoDerivatives licences are never trained on. What was trained on and the errors out of sample, grouped by
patient, go to ``docs/evidence/sides_training.json``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from core.films.recognition.sides import MIRRORED_LOG_ODDS, SIDES_WEIGHTS, TURNED_LOG_ODDS, sides_features
from core.films.recognition.view import standard_grid
from core.research.training.checks.view import REPOSITORY, read_films, read_thumbnail, training_counts
from core.research.training.command import run_check_training

TRAINING_RECORD = REPOSITORY / "docs" / "evidence" / "sides_training.json"

# Of 0.01 to 0.3 the one with the fewest errors out of sample.
PENALTY = 0.1
FOLDS = 5

Values = NDArray[np.float64]


def fit(features: Values) -> Values:
    """Return the weights, (384,), of upright films' features, (n, 384); their mirror images are the other class."""
    scale = np.sqrt((features**2).mean(axis=0)) + 1e-6
    both = np.concatenate([features / scale, -features / scale])
    upright = np.repeat([True, False], len(features))
    model = LogisticRegression(C=1 / (len(both) * PENALTY), fit_intercept=False, max_iter=1000)
    weights: Values = model.fit(both, upright).coef_[0] / scale
    return weights


def held_out(features: Values, patients: NDArray[Any], may_train: NDArray[np.bool_]) -> Values:
    """Return the log odds of each film by weights that saw no film of its patient, (n,)."""
    log_odds = np.zeros(len(features))
    for train, test in GroupKFold(FOLDS, shuffle=True, random_state=0).split(features, groups=patients):
        log_odds[test] = features[test] @ fit(features[train][may_train[train]])
    return log_odds


def train(data: Path, *, weights_path: Path, record_path: Path) -> dict[str, object]:
    """Fit the shipped weights on every film that may be trained on; write them and the record of it."""
    films = read_films(data)
    films = films[~films["lateral"]].reset_index(drop=True)
    grids = [standard_grid(read_thumbnail(data / path)) for path in films["path"]]
    features = np.stack([sides_features(grid) for grid in grids]).astype(np.float64)
    may_train = films["may_train"].to_numpy(dtype=bool)
    log_odds = held_out(features, films["patient_id"].to_numpy(), may_train)
    save_file({"sides": fit(features[may_train]).astype(np.float32)}, weights_path)
    record = {
        "films_held_out": len(films),
        "look_mirrored": int((log_odds <= MIRRORED_LOG_ODDS).sum()),
        "mirror_images_that_look_mirrored": int((log_odds >= -MIRRORED_LOG_ODDS).sum()),
        "mirror_images_turned_by_their_header": int((log_odds >= TURNED_LOG_ODDS).sum()),
        "turned_by_a_wrong_header": int((log_odds <= -TURNED_LOG_ODDS).sum()),
        **training_counts(films),
    }
    record_path.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return record


if __name__ == "__main__":
    run_check_training(train, weights=SIDES_WEIGHTS, record=TRAINING_RECORD)

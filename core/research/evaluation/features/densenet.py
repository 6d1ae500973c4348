"""torchxrayvision's outputs of films, as Cohen et al. 2020 read severity from them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.errors import FilmUnreadableError
from core.films.read import read_film
from core.research.evaluation.dataset import DataSetFilm
from core.research.evaluation.features.features import FeatureSet, FeatureSource
from core.scoring.models.txrv.library import torchxrayvision
from core.scoring.models.txrv.network import BATCH_FILMS, DenseNetBackbone, prepare_film
from core.scoring.registry import scorer_version
from core.scoring.weights import BACKBONE, load_part
from core.types import FloatImage

MODEL = "txrv-cohen2020"
FOUR_OUTPUTS = ("Lung Opacity", "Pneumonia", "Infiltration", "Consolidation")

_REMARK = "Outputs of torchxrayvision's DenseNet-121, which learned no severity score from these films."


def densenet_source(films: Sequence[DataSetFilm], *, weights_dir: Path) -> FeatureSource:
    """Return 'Lung Opacity' alone, four outputs, all 18, and the 1,024 features that they are read from.

    Outputs are before any sigmoid or threshold.

    Raises
    ------
    WeightsMissingError, WeightsInvalidError
    """
    tensors = load_part(BACKBONE, weights_dir=weights_dir)
    names: list[str] = list(torchxrayvision().models.DenseNet.targets)
    film_ids, features, left_out = _features(films, DenseNetBackbone(tensors))
    # The network's last layer, of which the four and the one are a part.
    outputs = features @ tensors["classifier.weight"].T.astype(np.float64) + tensors["classifier.bias"]

    def some(name: str, columns: Sequence[str]) -> FeatureSet:
        return FeatureSet(name, tuple(columns), outputs[np.newaxis, :, [names.index(column) for column in columns]])

    return FeatureSource(
        MODEL,
        scorer_version(MODEL, weights_dir=weights_dir),
        tuple(film_ids),
        (
            some("lung opacity output", FOUR_OUTPUTS[:1]),
            some("four outputs", FOUR_OUTPUTS),
            some("all outputs", names),
            FeatureSet("features", tuple(f"feature {n}" for n in range(features.shape[1])), features[np.newaxis]),
        ),
        (_REMARK,),
        left_out,
    )


def _features(
    films: Sequence[DataSetFilm], backbone: DenseNetBackbone
) -> tuple[list[str], NDArray[np.float64], dict[str, tuple[str, ...]]]:
    """Return the films that could be read, their features, (films, 1024), and the others by reason."""
    film_ids: list[str] = []
    features: list[NDArray[np.float64]] = []
    reasons: dict[str, list[str]] = defaultdict(list)
    for start in range(0, len(films), BATCH_FILMS):
        prepared: list[FloatImage] = []
        for film in films[start : start + BATCH_FILMS]:
            try:
                prepared.append(prepare_film(read_film(film.path.read_bytes(), site_zone=UTC)))
                film_ids.append(film.film_id)
            except FilmUnreadableError as error:
                reasons[str(error)].append(film.film_id)
            except OSError as error:
                reasons[f"The film's file cannot be read ({error.strerror})."].append(film.film_id)
        if prepared:
            features.append(backbone.features(prepared).double().numpy())
    found = np.concatenate(features) if features else np.zeros((0, 1024))
    return film_ids, found, {reason: tuple(ids) for reason, ids in reasons.items()}

"""The ways from a film's bytes to its score that are timed against each other."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from score_laps import Laps

from core.films.checks import check_film
from core.films.read import read_film
from core.scoring.base import Scorer
from core.scoring.models.txrv.library import torchxrayvision
from core.scoring.models.txrv.network import LUNG_OPACITY
from core.scoring.weights import BACKBONE, load_part
from core.types import Score
from dashboard.services.worker.scoring import BATCH, PREPARING_THREADS

PUBLISHED_STEPS = ("published: read and normalise", "published: crop and resize", "published: network, float32")
READ, CHECKS, PREPARE, NETWORK = "read", "checks", "prepare", "network, one film"

PublishedWay = Callable[[Path, Laps], float]


def published_way(weights_dir: Path) -> PublishedWay:
    """Return the published pipeline: torchxrayvision's own steps, one film at a time, in float32."""
    library = torchxrayvision()
    network = library.models.DenseNet()
    tensors = load_part(BACKBONE, weights_dir=weights_dir)
    network.load_state_dict({name: torch.from_numpy(array) for name, array in tensors.items()})
    network.eval()
    crop, resize = library.datasets.XRayCenterCrop(), library.datasets.XRayResizer(224)

    def score(path: Path, laps: Laps) -> float:
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")
            with laps.step(PUBLISHED_STEPS[0]):
                image = library.utils.load_image(str(path))
            with laps.step(PUBLISHED_STEPS[1]):
                prepared = resize(crop(image))
            with laps.step(PUBLISHED_STEPS[2]):
                logit = float(network(torch.from_numpy(prepared)[None])[0, LUNG_OPACITY])
        return min(max(0.8705248 * logit + 3.4137437, 0.0), 8.0)

    return score


def score_alone(path: Path, scorer: Scorer, laps: Laps) -> Score:
    """Score one film, each step timed."""
    with laps.step(READ):
        film = read_film(path.read_bytes(), site_zone=UTC)
    with laps.step(CHECKS):
        check_film(film)
    with laps.step(PREPARE):
        prepared = scorer.prepare(film)
    with laps.step(NETWORK):
        (score,) = scorer.score([prepared])
    return score


def score_overlapped(paths: Sequence[Path], scorer: Scorer, *, checked: bool) -> list[Score]:
    """Score films as the worker does: threads read and prepare the next ones while the network takes the last."""

    def ready(path: Path) -> NDArray[np.float32]:
        film = read_film(path.read_bytes(), site_zone=UTC)
        return scorer.prepare(check_film(film).film if checked else film)

    scores: list[Score] = []
    with ThreadPoolExecutor(PREPARING_THREADS) as threads:
        batches = [paths[start : start + BATCH] for start in range(0, len(paths), BATCH)]
        coming = [threads.submit(ready, path) for path in batches[0]]
        for following in [*batches[1:], []]:
            batch = coming
            coming = [threads.submit(ready, path) for path in following]
            scores += scorer.score([one.result() for one in batch])
    return scores

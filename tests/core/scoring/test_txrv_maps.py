"""What moves the scores of torchxrayvision's network, with random weights in the published format."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from chest_films import chest_films, film_of

from core.research.evaluation.maps.saliency import with_shuffled_weights
from core.scoring.base import ExplainableScorer
from core.scoring.grid import map_grid
from core.scoring.registry import load_scorer
from core.scoring.saliency.gradients import seen_by_network, squared_gradients
from core.types import Film, Measure


@pytest.fixture(scope="module", params=["txrv-cohen2020", "txrv-ralo"])
def scorer(request: pytest.FixtureRequest, txrv_weights_dir: Path) -> ExplainableScorer:
    """Return each scorer on that network in turn."""
    loaded = load_scorer(request.param, weights_dir=txrv_weights_dir)
    assert isinstance(loaded, ExplainableScorer)
    return loaded


def wide_film() -> Film:
    """Return a chest film with empty margins to its left and right."""
    return film_of(np.pad(chest_films(4)[2].pixels, ((0, 0), (60, 60))))


def test_the_function_of_the_film_gives_the_scores_of_the_scorer(scorer: ExplainableScorer) -> None:
    for film in chest_films(4)[1:3]:
        door = scorer.differentiable(film)
        with torch.inference_mode():
            extent, opacity = door.module(door.inputs)[0].tolist()
        (score,) = scorer.score([scorer.prepare(film)])
        assert min(max(extent, 0), 8) == pytest.approx(score.geographic_extent, abs=0.02)
        assert min(max(opacity, 0), 6) == pytest.approx(score.opacity, abs=0.02)


def test_its_map_lies_on_the_square_that_the_network_sees(scorer: ExplainableScorer) -> None:
    film = wide_film()
    door = scorer.differentiable(film)
    found = squared_gradients(door, Measure.GEOGRAPHIC_EXTENT)
    rows, columns = film.pixels.shape
    left = columns // 2 - rows // 2
    assert found.shape == map_grid((rows, columns)) == (rows, columns)
    assert left > 60
    assert np.isfinite(found).all()
    assert found.max() > 0
    seen = seen_by_network(door)
    assert seen[:, left : left + rows].all()
    assert not seen[:, :left].any()
    assert not seen[:, left + rows :].any()
    assert not found[~seen].any()


def test_its_weights_can_be_shuffled(scorer: ExplainableScorer) -> None:
    door = scorer.differentiable(chest_films(4)[1])
    with torch.inference_mode():
        kept, shuffled = (one(door.inputs)[0] for one in (door.module, with_shuffled_weights(door.module, 3)))
        assert torch.equal(door.module(door.inputs)[0], kept)
    assert not torch.allclose(kept, shuffled, atol=1e-4)

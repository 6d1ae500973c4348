"""Maps of what moves a score: known maps of known networks, and what shuffled weights leave of them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from chest_films import film_of
from pointing_scorer import PointingScorer, Weighted
from scipy import ndimage
from torch import nn

from core.errors import MapNotPossibleError
from core.research.evaluation.maps.saliency import (
    DESTROYED_BELOW,
    EXPLAINING_KINDS,
    likeness_to_shuffled,
    with_shuffled_weights,
)
from core.scoring.base import Differentiable, ExplainableScorer, MaskingScorer, Scorer
from core.scoring.grid import map_grid
from core.scoring.saliency import DrawnMap, MapKind, draw_map
from core.scoring.saliency.gradients import (
    BLUR_PIXELS,
    BLUR_SIDE_PIXELS,
    integrated_gradients,
    seen_by_network,
    squared_gradients,
)
from core.types import Film, FloatImage, Measure

SIDE = 224


def weights_at(row: int, column: int, value: float = 1.0) -> FloatImage:
    """Return weights that are 0 but for one pixel."""
    weights = np.zeros((SIDE, SIDE), np.float32)
    weights[row, column] = value
    return weights


def grey_film(seed: int = 0) -> Film:
    return film_of(np.random.default_rng(seed).uniform(size=(SIDE, SIDE)))


def door(weights: FloatImage, film: Film) -> Differentiable:
    return PointingScorer(Weighted(weights)).differentiable(film)


def test_the_fake_scorer_follows_the_protocols() -> None:
    scorer = PointingScorer(Weighted(weights_at(1, 1)))
    assert isinstance(scorer, Scorer)
    assert isinstance(scorer, MaskingScorer)
    assert isinstance(scorer, ExplainableScorer)


def test_a_squared_gradient_is_the_squared_weight_blurred_as_in_the_paper() -> None:
    weights = weights_at(60, 150, -3.0)
    found = squared_gradients(door(weights, grey_film()), Measure.GEOGRAPHIC_EXTENT)
    expected = ndimage.gaussian_filter(weights**2, BLUR_PIXELS)
    assert np.allclose(found, expected, atol=1e-6)
    assert found.dtype == np.float32
    # Squared: which way the score moves does not show.
    assert np.allclose(found, squared_gradients(door(weights, grey_film()), Measure.OPACITY))


def test_the_blur_grows_with_the_film() -> None:
    weights = np.zeros((448, 600), np.float32)
    weights[200, 300] = 1
    film = film_of(np.full((448, 600), 0.5))
    found = squared_gradients(door(weights, film), Measure.GEOGRAPHIC_EXTENT)
    assert np.allclose(found, ndimage.gaussian_filter(weights, BLUR_PIXELS * 448 / BLUR_SIDE_PIXELS), atol=1e-6)


def test_what_the_network_does_not_see_stays_empty_and_does_not_dim_the_rest() -> None:
    inputs = torch.full((1, 1, SIDE, SIDE), 0.5)
    seen = np.zeros((SIDE, SIDE), bool)
    seen[:, :100] = True
    film = Differentiable(Weighted(np.ones((SIDE, SIDE), np.float32)), inputs, lambda found: found[0] * seen)
    found = squared_gradients(film, Measure.GEOGRAPHIC_EXTENT)
    assert np.array_equal(seen_by_network(film), seen)
    assert np.all(found[:, 100:] == 0)
    assert np.allclose(found[:, :100], 1, atol=1e-4)


def test_integrated_gradients_say_what_each_place_added_to_the_score() -> None:
    film, weights = grey_film(), np.random.default_rng(1).normal(size=(SIDE, SIDE)).astype(np.float32)
    found = integrated_gradients(door(weights, film), Measure.GEOGRAPHIC_EXTENT)
    added = weights * (film.pixels - film.pixels.mean())
    seen = np.ones_like(added)
    expected = ndimage.gaussian_filter(added, BLUR_PIXELS) / ndimage.gaussian_filter(seen, BLUR_PIXELS)
    assert np.allclose(found, expected, atol=1e-5)
    opposite = integrated_gradients(door(weights, film), Measure.OPACITY)
    assert np.allclose(opposite, -found, atol=1e-6)


def test_the_score_itself_is_left_alone() -> None:
    film = grey_film()
    module = Weighted(np.ones((SIDE, SIDE), np.float32))
    scorer = PointingScorer(module)
    before = film.pixels.copy()
    draw_map(scorer, film, MapKind.ATTRIBUTION_GEOGRAPHIC_EXTENT)
    assert np.array_equal(film.pixels, before)
    assert module.weights.grad is None


def test_inputs_and_weights_of_inference_mode_can_be_followed_too() -> None:
    module = Weighted(weights_at(30, 40)).requires_grad_(requires_grad=False)
    with torch.inference_mode():
        inputs = torch.full((1, 1, SIDE, SIDE), 0.5)
    film = Differentiable(module, inputs, lambda found: found[0])
    found = squared_gradients(film, Measure.GEOGRAPHIC_EXTENT)
    assert np.unravel_index(found.argmax(), found.shape) == (30, 40)


@pytest.mark.parametrize(
    ("row", "column", "place"),
    [
        (20, 20, "in the upper third of the film, on the patient's right"),
        (100, 200, "in the middle third of the film, on the patient's left"),
        (190, 90, "in the lower third of the film, on the patient's right"),
    ],
)
def test_a_drawn_map_is_relative_and_says_where_it_is_strongest(row: int, column: int, place: str) -> None:
    drawn = draw_map(PointingScorer(Weighted(weights_at(row, column, 9))), grey_film(), MapKind.GRADIENT_OPACITY)
    assert drawn.planes.shape == (1, SIDE, SIDE)
    assert drawn.planes.dtype == np.float32
    assert (drawn.planes.max(), drawn.planes.min()) == (1, 0)
    assert np.unravel_index(drawn.planes[0].argmax(), (SIDE, SIDE)) == (row, column)
    assert drawn.summary == f"Strongest {place}."


def test_what_lowered_the_score_is_left_out() -> None:
    pixels = np.full((SIDE, SIDE), 0.5)
    pixels[50, 50] = pixels[150, 150] = 1.0
    weights = weights_at(50, 50, 2.0) + weights_at(150, 150, -5.0)
    drawn = draw_map(PointingScorer(Weighted(weights)), film_of(pixels), MapKind.ATTRIBUTION_GEOGRAPHIC_EXTENT)
    assert np.unravel_index(drawn.planes[0].argmax(), (SIDE, SIDE)) == (50, 50)
    assert drawn.planes[0, 150, 150] == 0


@pytest.mark.parametrize(
    ("bright", "summary"),
    [
        ([], "Opacity is marked in neither lung."),
        ([slice(0, 60)], "Opacity is marked in the right lung only."),
        ([slice(150, 224)], "Opacity is marked in the left lung only."),
        ([slice(0, 60), slice(150, 224)], "Opacity is marked in both lungs."),
    ],
)
def test_masks_have_three_planes_and_say_which_lungs(bright: list[slice], summary: str) -> None:
    pixels = np.zeros((SIDE, SIDE))
    for columns in bright:
        pixels[:, columns] = 0.9
    drawn = draw_map(PointingScorer(Weighted(weights_at(1, 1))), film_of(pixels), MapKind.MASKS)
    assert drawn.planes.shape == (3, SIDE, SIDE)
    assert (drawn.planes[0, :, :112] == 1).all()
    assert (drawn.planes[1, :, 112:] == 1).all()
    assert drawn.summary == summary


class OnlyScores:
    """A scorer that neither outlines nor explains."""

    name, version, card = "plain", "1", PointingScorer.card
    prepare, score = PointingScorer.prepare, PointingScorer.score


def test_a_scorer_without_maps_says_so() -> None:
    with pytest.raises(MapNotPossibleError, match="plain outlines neither lungs nor opacity"):
        draw_map(OnlyScores(), grey_film(), MapKind.MASKS)
    with pytest.raises(MapNotPossibleError, match="plain cannot be followed back"):
        draw_map(OnlyScores(), grey_film(), MapKind.GRADIENT_OPACITY)


@pytest.mark.parametrize("kind", EXPLAINING_KINDS)
def test_a_score_that_nothing_moves_has_no_map(kind: MapKind) -> None:
    scorer = PointingScorer(Weighted(np.zeros((SIDE, SIDE), np.float32)))
    with pytest.raises(MapNotPossibleError, match="Nothing on this film raises"):
        draw_map(scorer, grey_film(), kind)


def test_a_map_of_what_is_no_number_is_none() -> None:
    with pytest.raises(MapNotPossibleError):
        draw_map(PointingScorer(Weighted(weights_at(5, 5, np.nan))), grey_film(), MapKind.GRADIENT_OPACITY)
    with pytest.raises(ValueError, match="planes of numbers"):
        DrawnMap(MapKind.MASKS, np.zeros((1, 4, 4), np.float32), "")


def test_kinds_name_their_measure() -> None:
    assert [kind.measure for kind in MapKind] == [
        None,
        Measure.GEOGRAPHIC_EXTENT,
        Measure.OPACITY,
        Measure.GEOGRAPHIC_EXTENT,
        Measure.OPACITY,
    ]


@pytest.mark.parametrize(
    ("size", "grid"),
    [((3000, 2500), (512, 427)), ((400, 300), (400, 300)), ((1, 3000), (1, 512)), ((512, 1), (512, 1))],
)
def test_the_grid_keeps_the_aspect(size: tuple[int, int], grid: tuple[int, int]) -> None:
    assert map_grid(size) == grid


class Reader(nn.Module):
    """A small network, for learning to read one corner of a film."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(8 * 64, 2)
        )

    def forward(self, films: torch.Tensor) -> torch.Tensor:
        """Return (films, 2)."""
        return self.features(films)


@pytest.fixture(scope="module")
def trained() -> nn.Module:
    """Return a network that reads the brightness of the upper left quarter of films of 16 by 16."""
    torch.manual_seed(3)
    reader = Reader()
    # Each quarter has a brightness of its own, so that the others are learnt to be of no use.
    quarters = torch.rand(64, 1, 2, 2)
    films = quarters.repeat_interleave(8, dim=2).repeat_interleave(8, dim=3)
    wanted = quarters[:, 0, 0, 0, None] * torch.tensor([[8.0, 6.0]])
    # By hand: importing torch.optim takes longer than everything else here.
    for _step in range(150):
        loss = nn.functional.mse_loss(reader(films), wanted)
        gradients = torch.autograd.grad(loss, list(reader.parameters()))
        with torch.no_grad():
            for parameter, gradient in zip(reader.parameters(), gradients, strict=True):
                parameter.sub_(0.02 * gradient + 2e-3 * parameter)
    return reader.eval().requires_grad_(requires_grad=False)


@pytest.mark.parametrize("kind", EXPLAINING_KINDS)
def test_shuffled_weights_destroy_the_map(trained: nn.Module, kind: MapKind) -> None:
    scorer = PointingScorer(trained)
    likeness = [
        likeness_to_shuffled(scorer, film_of(np.random.default_rng(seed).uniform(size=(16, 16))), kind, seed=seed)
        for seed in range(8)
    ]
    assert np.mean(likeness) < DESTROYED_BELOW


def test_the_trained_network_looks_where_it_was_taught_to(trained: nn.Module) -> None:
    film = film_of(np.random.default_rng(50).uniform(size=(16, 16)))
    drawn = draw_map(PointingScorer(trained), film, MapKind.GRADIENT_GEOGRAPHIC_EXTENT).planes[0]
    assert drawn[:8, :8].mean() > 3 * drawn[8:, 8:].mean()


def test_shuffling_keeps_the_values_and_the_original(trained: nn.Module) -> None:
    before = [parameter.clone() for parameter in trained.parameters()]
    shuffled = with_shuffled_weights(trained, 1)
    for old, kept, new in zip(before, trained.parameters(), shuffled.parameters(), strict=True):
        assert torch.equal(old, kept)
        assert torch.equal(old.flatten().sort().values, new.flatten().sort().values)
        assert new.numel() < 4 or not torch.equal(old, new)
    again = with_shuffled_weights(trained, 1)
    assert all(torch.equal(a, b) for a, b in zip(shuffled.parameters(), again.parameters(), strict=True))


def test_a_network_without_weights_cannot_be_checked() -> None:
    with pytest.raises(ValueError, match="no weights of its own to shuffle"):
        with_shuffled_weights(nn.Identity(), 1)


def test_weights_that_are_no_parameters_are_shuffled_too() -> None:
    class Held(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layers = [{"weight": torch.arange(50.0)}]

    held = Held()
    shuffled = with_shuffled_weights(held, 1).layers[0]["weight"]
    assert not torch.equal(shuffled, torch.arange(50.0))
    assert torch.equal(shuffled.sort().values, held.layers[0]["weight"])

"""The opacity segmentation as a scorer: lung fields and opacity, and severity read from their shares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from core.errors import FilmNotScorableError, WeightsInvalidError
from core.scoring.base import Differentiable
from core.scoring.cards import read_card
from core.scoring.grid import map_grid
from core.scoring.models.unet_resnet18.framing import frame_film, masks_on_film, resized
from core.scoring.models.unet_resnet18.inference import OpacityInference, lung_fields, read_opacity
from core.scoring.models.unet_resnet18.network import build_network, mean_probability, segment
from core.scoring.models.unet_resnet18.severity import SeverityLine, severity_lines
from core.scoring.shipped import DECIMALS, NO_LUNGS, REMEDY, ShippedScorer, fill, load_networks
from core.types import Film, FilmMasks, Measure, Score, ScorerCard

_LEAST_SHARE = 1e-4  # the slope of a root is without bound at 0


class UnetResnet18Scorer(ShippedScorer):
    """Scores the opacity of the lung fields in percent, and severity on the experts' scales derived from it.

    The percentage is what the network is for. Geographic extent and opacity are rising functions of it (and of the
    lungs' density) that were fitted to experts' values; noise, error and limits stand in the card.

    Assumptions: a frontal film, upright, the right lung on the left of the picture. Films are read one at a time, so a
    score never depends on what else is in the batch. A film without lungs is refused.
    """

    def __init__(self, *, card_path: Path, weights_path: Path) -> None:
        super().__init__(read_card(card_path))
        self._lines = _lines_of(self._card, card_path)
        what = "the opacity segmentation's network"
        self._network = load_networks(weights_path, self._card.weights_sha256, _network, what=what)

    def prepare(self, film: Film) -> NDArray[np.float32]:
        """Return the film in the network's frame, float32 (128, 128), 0-1."""
        return frame_film(film.pixels)

    def score(self, prepared: Sequence[NDArray[np.float32]]) -> list[Score]:
        """Return one score per prepared film, in order.

        Raises
        ------
        FilmNotScorableError
            On one or more films no lung was found; `positions` says on which. None of the batch is scored.
        """
        inferences = [read_opacity(frame, segment(self._network, frame)) for frame in prepared]
        missing = tuple(place for place, inference in enumerate(inferences) if inference is None)
        if missing:
            raise FilmNotScorableError(NO_LUNGS, missing)
        return [self._score(inference) for inference in inferences if inference is not None]

    def masks(self, film: Film) -> FilmMasks:
        """Return the film's lungs and opacity.

        Raises
        ------
        FilmNotScorableError
            No lungs are found.
        """
        frame = self.prepare(film)
        probability = segment(self._network, frame)
        if read_opacity(frame, probability) is None:
            raise FilmNotScorableError(NO_LUNGS, (0,))
        return masks_on_film(probability, (film.pixels.shape[0], film.pixels.shape[1]))

    def differentiable(self, film: Film) -> Differentiable:
        """Return the film's frame, (1, 1, 128, 128), as the input of the segmentation, over the lungs found on it.

        Raises
        ------
        FilmNotScorableError
            No lungs are found.
        """
        frame, shape = self.prepare(film), (film.pixels.shape[0], film.pixels.shape[1])
        lungs = lung_fields(segment(self._network, frame))
        if lungs is None:
            raise FilmNotScorableError(NO_LUNGS, (0,))
        lines = [self._lines[measure] for measure in (Measure.GEOGRAPHIC_EXTENT, Measure.OPACITY)]
        return Differentiable(
            ExpectedSeverity(self._network, torch.from_numpy(lungs), lines),
            torch.from_numpy(frame)[None, None],
            lambda values: resized(values[0], map_grid(shape)),
        )

    def _score(self, inference: OpacityInference) -> Score:
        extents = self._lungs(inference, Measure.GEOGRAPHIC_EXTENT)
        opacities = self._lungs(inference, Measure.OPACITY)
        extent, opacity = round(sum(extents), DECIMALS), round(sum(opacities), DECIMALS)
        return Score(
            model=self.name,
            model_version=self.version,
            geographic_extent=extent,
            opacity=opacity,
            geographic_extent_interval=self.interval(extent, Measure.GEOGRAPHIC_EXTENT),
            opacity_interval=self.interval(opacity, Measure.OPACITY),
            geographic_extent_right=extents[0],
            geographic_extent_left=extents[1],
            opacity_right=opacities[0],
            opacity_left=opacities[1],
            opacity_fraction=round(inference.fraction, DECIMALS),
            opacity_fraction_right=round(inference.fractions[0], DECIMALS),
            opacity_fraction_left=round(inference.fractions[1], DECIMALS),
        )

    def _lungs(self, inference: OpacityInference, measure: Measure) -> tuple[float, float]:
        right, left = self._lines[measure].lungs(inference, measure)
        return round(right, DECIMALS), round(left, DECIMALS)


class ExpectedSeverity(nn.Module):
    """Geographic extent and opacity, (1, 2), of one frame (1, 1, 128, 128) over given lung fields, for gradients.

    The scores count pixels above a threshold, which has no gradient. Here each pixel counts with its probability of
    opacity instead, over the same lung fields. The rest is as in `SeverityLine`, not kept to the scale.

    Parameters
    ----------
    network : torch.nn.Module
        The segmentation.
    lungs : bool Tensor, (2, 128, 128)
        Fields of right and left lung.
    lines : sequence of SeverityLine
        Of geographic extent and of opacity.
    """

    def __init__(self, network: nn.Module, lungs: Tensor, lines: Sequence[SeverityLine]) -> None:
        super().__init__()
        self.network = network
        self.lungs = lungs
        self.lines = tuple(lines)

    def forward(self, frames: Tensor) -> Tensor:
        """Return the scores of one frame."""
        opaque = mean_probability(self.network, frames)[2]
        seen = [(opaque[lung].mean().clamp(min=_LEAST_SHARE), frames[0, 0][lung].mean()) for lung in self.lungs]
        values = [[line.value(share, grey) for share, grey in seen] for line in self.lines]
        return torch.stack([torch.stack(lungs).sum() for lungs in values])[None]


def _lines_of(card: ScorerCard, card_path: Path) -> dict[Measure, SeverityLine]:
    try:
        return severity_lines(card.evidence)
    except ValueError as error:
        message = f"The card {card_path.name} of {card.model} does not say how severity is read. {REMEDY}"
        raise WeightsInvalidError(message) from error


def _network(tensors: Mapping[str, Tensor]) -> nn.Module:
    network = build_network()
    fill(network, tensors)
    return network.eval()

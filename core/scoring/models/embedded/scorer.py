"""The embedded scorer: lungs found by a U-Net, unrolled, and read by a small residual network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from core.errors import FilmNotScorableError
from core.scoring.base import Differentiable
from core.scoring.cards import read_card
from core.scoring.fractions import opacity_fractions
from core.scoring.models.embedded.framing import content_region, frame_film, on_film
from core.scoring.models.embedded.inference import FoundLungs, film_masks, find_lungs, read_lungs
from core.scoring.models.embedded.likeness import Likeness, mean_unlikeness, widening
from core.scoring.models.embedded.network import LungSegmenter, SeverityNetwork, with_norms_folded
from core.scoring.models.embedded.unrolling import roll_back
from core.scoring.shipped import DECIMALS, NO_LUNGS, ShippedScorer, fill, load_networks
from core.types import Film, FilmMasks, FloatImage, Measure, Score, ScorerCard

STRETCHED = ("geographic_extent", "opacity", "brixia_senior")
"""Scales that inferences are stretched onto, each by a factor of its own."""


@dataclass(frozen=True, eq=False)
class Networks:
    """What the scorer computes with.

    Attributes
    ----------
    segmenter : LungSegmenter
    members : sequence of SeverityNetwork
        One or more; their inferences are averaged.
    likeness : sequence of Likeness
        One of each member: what it saw on its training films.
    stretch : mapping of str to float
        Factor of each scale of `STRETCHED`.
    """

    segmenter: LungSegmenter
    members: Sequence[SeverityNetwork]
    likeness: Sequence[Likeness]
    stretch: Mapping[str, float]


class EmbeddedScorer(ShippedScorer):
    """Scores geographic extent and opacity, for each lung and in sum, with the weights of this package.

    Assumptions: a frontal film, upright, the right lung on the left of the picture. Noise, error and limits stand
    in the card. Films are read one at a time, so a score never depends on what else is in the batch. A lung too
    white to be found is read over the mirror image of the other one; where neither is found the film is refused.
    """

    def __init__(self, card: ScorerCard, networks: Networks) -> None:
        super().__init__(card)
        self._segmenter, self._members = networks.segmenter, networks.members
        self._likeness, self._stretch = networks.likeness, networks.stretch

    @classmethod
    def read(cls, *, card_path: Path, weights_path: Path) -> Self:
        """Return the scorer of a card and the weight file that the card names by its hash.

        Raises
        ------
        WeightsInvalidError
            Weights or card are missing or altered.
        """
        card = read_card(card_path)
        what = "the embedded scorer's networks"
        return cls(card, load_networks(weights_path, card.weights_sha256, _networks, what=what))

    def prepare(self, film: Film) -> NDArray[np.float32]:
        """Return the film in the networks' frame, float32 (384, 384), 0-1."""
        return frame_film(film.pixels)

    def score(self, prepared: Sequence[NDArray[np.float32]]) -> list[Score]:
        """Return one score per prepared film, in order.

        Raises
        ------
        FilmNotScorableError
            On one or more films no lung was found; `positions` says on which. None of the batch is scored.
        """
        lungs = [find_lungs(self._segmenter, frame) for frame in prepared]
        missing = tuple(place for place, found in enumerate(lungs) if found is None)
        if missing:
            raise FilmNotScorableError(NO_LUNGS, missing)
        return [self._score(found) for found in lungs if found is not None]

    def masks(self, film: Film) -> FilmMasks:
        """Return the film's lungs and opacity.

        Raises
        ------
        FilmNotScorableError
            No lungs are found.
        """
        region = content_region(film.pixels)
        found = self._found(film)
        framed = film_masks(read_lungs(self._members, found.unrolled), found)
        planes = (framed.right_lung, framed.left_lung, framed.opacity)
        return FilmMasks(*(on_film(plane, film.pixels.shape, region) for plane in planes))

    def differentiable(self, film: Film) -> Differentiable:
        """Return the film's unrolled lungs, (1, 2, 4, 96, 64), as the input of the severity networks.

        What stands before (finding and unrolling the lungs) is not followed.

        Raises
        ------
        FilmNotScorableError
            No lungs are found.
        """
        region, shape = content_region(film.pixels), film.pixels.shape
        found = self._found(film)

        def onto_film(values: FloatImage) -> FloatImage:
            lungs = roll_back(values.sum(axis=1), found.masks, found.outlines)
            return on_film(lungs.sum(axis=0), shape, region)

        return Differentiable(
            _Totals(self._members, [self._stretch[scale] for scale in STRETCHED[:2]]),
            torch.from_numpy(found.unrolled)[None],
            onto_film,
        )

    def _found(self, film: Film) -> FoundLungs:
        found = find_lungs(self._segmenter, self.prepare(film))
        if found is None:
            raise FilmNotScorableError(NO_LUNGS, (0,))
        return found

    def _score(self, found: FoundLungs) -> Score:
        inference = read_lungs(self._members, found.unrolled)
        extent_factor, opacity_factor, zone_factor = (self._stretch[scale] for scale in STRETCHED)
        right, left = (_clamped(extent * extent_factor, 4.0) for extent in inference.geographic_extent)
        extent = _clamped(right + left, Measure.GEOGRAPHIC_EXTENT.maximum)
        opacity_right, opacity_left = (_clamped(part * opacity_factor, 3.0) for part in inference.opacity)
        opacity = _clamped(opacity_right + opacity_left, Measure.OPACITY.maximum)
        fractions = opacity_fractions(film_masks(inference, found))
        both, fraction_right, fraction_left = (_clamped(fraction, 100.0) for fraction in fractions)
        wider = widening(mean_unlikeness(self._likeness, inference.features))
        return Score(
            model=self.name,
            model_version=self.version,
            geographic_extent=extent,
            opacity=opacity,
            geographic_extent_interval=self.interval(extent, Measure.GEOGRAPHIC_EXTENT, widening=wider),
            opacity_interval=self.interval(opacity, Measure.OPACITY, widening=wider),
            geographic_extent_right=right,
            geographic_extent_left=left,
            opacity_right=opacity_right,
            opacity_left=opacity_left,
            opacity_fraction=both,
            opacity_fraction_right=fraction_right,
            opacity_fraction_left=fraction_left,
            brixia_zones=tuple(_clamped(zone * zone_factor, 3.0) for zone in inference.zones),
        )


class _Totals(nn.Module):
    """The mean of several networks' scores of one film's unrolled lungs, (1, 2, 4, 96, 64) to (1, 2)."""

    def __init__(self, members: Sequence[SeverityNetwork], factors: Sequence[float]) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)
        self.factors = torch.tensor(factors)

    def forward(self, lungs: Tensor) -> Tensor:
        inferences = [member(lungs[0]) for member in self.members]
        totals = [torch.stack((inference.geographic_extent.sum(), inference.opacity.sum())) for inference in inferences]
        return torch.stack(totals).mean(dim=0)[None] * self.factors


def _clamped(value: float, maximum: float) -> float:
    return round(min(max(value, 0.0), maximum), DECIMALS)


def _networks(tensors: Mapping[str, Tensor]) -> Networks:
    segmenter = LungSegmenter()
    _fill(segmenter, tensors, "segmenter.")
    names = sorted({name.split(".")[1] for name in tensors if name.startswith("severity.")}, key=int)
    members = [SeverityNetwork() for _name in names]
    likeness = []
    for name, member in zip(names, members, strict=True):
        _fill(member, tensors, f"severity.{name}.")
        mean, whitening, usual = (
            tensors[f"likeness.{name}.{part}"].double().numpy() for part in ("mean", "whitening", "usual")
        )
        likeness.append(Likeness(mean, whitening, usual.item()))
    if not members:
        raise KeyError("severity")
    stretch = {scale: float(tensors[f"stretch.{scale}"]) for scale in STRETCHED}
    return Networks(segmenter, members, likeness, stretch)


def _fill(network: nn.Module, tensors: Mapping[str, Tensor], prefix: str) -> None:
    fill(network, {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)})
    with_norms_folded(network.eval()).to(memory_format=torch.channels_last)

"""The embedded scorer: lungs found by a U-Net, unrolled, and read by a small residual network."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import safetensors
from numpy.typing import NDArray
from safetensors.torch import load as load_tensors
from torch import Tensor, nn

from core.errors import FilmNotScorableError, WeightsInvalidError
from core.scoring.cards import read_card
from core.scoring.models.embedded.framing import frame_film
from core.scoring.models.embedded.network import LungSegmenter, SeverityNetwork
from core.scoring.models.embedded.reading import FilmReading, find_lungs, read_lungs
from core.types import Film, Interval, Measure, Score, ScorerCard

_DECIMALS = 3
_PER_LUNG_MAXIMUM = 4.0


class EmbeddedScorer:
    """Scores geographic extent and opacity, for each lung and in sum, with the weights of this package.

    Assumptions: a frontal film, upright, the right lung on the left of the picture. Noise, error and limits stand
    in the card. Films are read one at a time, so a score never depends on what else is in the batch. A lung too
    white to be found is read over the mirror image of the other one; where neither is found the film is refused.
    """

    def __init__(self, *, card_path: Path, weights_path: Path) -> None:
        self._card = read_card(card_path)
        self._half_widths, self._level = _interval_of(self._card)
        networks = _load_networks(weights_path, self._card.weights_sha256)
        self._segmenter, self._members = networks

    @property
    def name(self) -> str:
        """Return the registry name."""
        return self._card.model

    @property
    def version(self) -> str:
        """Return the version; it carries the start of the weights' hash."""
        return self._card.version

    @property
    def card(self) -> ScorerCard:
        """Return the scorer's card."""
        return self._card

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
            message = (
                "No lungs were found on this film. Check that it is a frontal chest film, upright and not cut off."
            )
            raise FilmNotScorableError(message, missing)
        return [self._score(read_lungs(self._members, found)) for found in lungs if found is not None]

    def _score(self, reading: FilmReading) -> Score:
        right, left = (_clamped(extent, _PER_LUNG_MAXIMUM) for extent in reading.geographic_extent)
        extent = _clamped(right + left, Measure.GEOGRAPHIC_EXTENT.maximum)
        opacity = _clamped(sum(_clamped(part, 3.0) for part in reading.opacity), Measure.OPACITY.maximum)
        return Score(
            model=self.name,
            model_version=self.version,
            geographic_extent=extent,
            opacity=opacity,
            geographic_extent_interval=self._interval(extent, Measure.GEOGRAPHIC_EXTENT),
            opacity_interval=self._interval(opacity, Measure.OPACITY),
            geographic_extent_right=right,
            geographic_extent_left=left,
        )

    def _interval(self, value: float, measure: Measure) -> Interval | None:
        if measure not in self._half_widths:
            return None
        half_width = self._half_widths[measure]
        return Interval(
            round(max(0.0, value - half_width), _DECIMALS),
            round(min(measure.maximum, value + half_width), _DECIMALS),
            self._level,
        )


def _clamped(value: float, maximum: float) -> float:
    return round(min(max(value, 0.0), maximum), _DECIMALS)


def _interval_of(card: ScorerCard) -> tuple[dict[Measure, float], float]:
    """Return the half width of each measure's interval and its level, as the card has them."""
    interval = card.evidence.get("interval")
    if not isinstance(interval, Mapping):
        return {}, 0.9
    widths = interval["half_width"]
    return {measure: float(widths[measure.value]) for measure in Measure if measure.value in widths}, float(
        interval["level"]
    )


def _load_networks(path: Path, sha256: str) -> tuple[LungSegmenter, list[SeverityNetwork]]:
    """Read and check the weights.

    Raises
    ------
    WeightsInvalidError
    """
    remedy = "Restore it from the release."
    try:
        content = path.read_bytes()
    except OSError as error:
        message = f"The weight file {path.name} of the embedded scorer cannot be read ({error.strerror}). {remedy}"
        raise WeightsInvalidError(message) from error
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        message = f"{path.name} has SHA-256 {found[:12]}…, its card says {sha256[:12]}…. {remedy}"
        raise WeightsInvalidError(message)
    try:
        tensors = load_tensors(content)
        return _networks(tensors)
    except (safetensors.SafetensorError, RuntimeError, KeyError) as error:
        message = f"{path.name} does not hold the embedded scorer's networks. {remedy}"
        raise WeightsInvalidError(message) from error


def _networks(tensors: Mapping[str, Tensor]) -> tuple[LungSegmenter, list[SeverityNetwork]]:
    segmenter = LungSegmenter()
    _fill(segmenter, tensors, "segmenter.")
    names = sorted({name.split(".")[1] for name in tensors if name.startswith("severity.")}, key=int)
    members = [SeverityNetwork() for _name in names]
    for name, member in zip(names, members, strict=True):
        _fill(member, tensors, f"severity.{name}.")
    if not members:
        raise KeyError("severity")
    return segmenter, members


def _fill(network: nn.Module, tensors: Mapping[str, Tensor], prefix: str) -> None:
    part = {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
    network.load_state_dict(
        {name: tensor.float() if tensor.is_floating_point() else tensor for name, tensor in part.items()}
    )
    network.eval()

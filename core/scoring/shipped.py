"""What scorers with weights in Lungline share: card, intervals, and weights that the card names by their hash."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

import safetensors
from safetensors.torch import load as load_tensors
from torch import Tensor, nn

from core.errors import WeightsInvalidError
from core.scoring.interval import FLAT, LevelShape
from core.types import Interval, Measure, ScorerCard

DECIMALS = 3
"""Of scores and the ends of their intervals."""
NO_LUNGS = "No lungs were found on this film. Check that it is a frontal chest film, upright and not cut off."
REMEDY = "Restore it from the release."

Networks = TypeVar("Networks")


class ShippedScorer:
    """A scorer's card and the intervals that it states."""

    def __init__(self, card: ScorerCard) -> None:
        self._card = card
        self._half_widths, self._shapes, self._level = _interval_of(card)

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

    def interval(self, value: float, measure: Measure, *, widening: float = 1.0) -> Interval | None:
        """Return the interval of a score, cut off at the ends of its scale; None where the card states none.

        Parameters
        ----------
        widening : float
            Factor on the half width that the card states for a level.
        """
        if measure not in self._half_widths:
            return None
        half_width = self._half_widths[measure] * self._shapes[measure].factor(value) * widening
        low, high = max(0.0, value - half_width), min(measure.maximum, value + half_width)
        return Interval(round(low, DECIMALS), round(high, DECIMALS), self._level)


def load_networks(path: Path, sha256: str, make: Callable[[Mapping[str, Tensor]], Networks], *, what: str) -> Networks:
    """Return the networks that `make` builds from a weight file.

    Parameters
    ----------
    sha256 : str
        Of the file, as the card says.
    what : str
        What the file holds, for the messages.

    Raises
    ------
    WeightsInvalidError
        The file cannot be read, was altered or holds something else.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        message = f"The weight file {path.name} cannot be read ({error.strerror}). {REMEDY}"
        raise WeightsInvalidError(message) from error
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise WeightsInvalidError(f"{path.name} has SHA-256 {found[:12]}…, its card says {sha256[:12]}…. {REMEDY}")
    try:
        return make(load_tensors(content))
    except (safetensors.SafetensorError, RuntimeError, KeyError, ValueError) as error:
        raise WeightsInvalidError(f"{path.name} does not hold {what}. {REMEDY}") from error


def fill(network: nn.Module, tensors: Mapping[str, Tensor]) -> None:
    """Load tensors into a network in single precision, whatever they are stored in.

    Raises
    ------
    RuntimeError
        They are not those of this network.
    """
    network.load_state_dict(
        {name: tensor.float() if tensor.is_floating_point() else tensor for name, tensor in tensors.items()}
    )


def _interval_of(card: ScorerCard) -> tuple[dict[Measure, float], dict[Measure, LevelShape], float]:
    """Return the half width of each measure's interval, its shape over the scale, and its level, as the card says."""
    interval = card.evidence.get("interval")
    if not isinstance(interval, Mapping):
        return {}, {}, 0.9
    widths, shapes = interval["half_width"], interval.get("shape", {})
    half_widths = {measure: float(widths[measure.value]) for measure in Measure if measure.value in widths}
    of_measure = {
        measure: LevelShape(tuple(shapes[measure.value]["at"]), tuple(shapes[measure.value]["times"]))
        if measure.value in shapes
        else FLAT
        for measure in half_widths
    }
    return half_widths, of_measure, float(interval["level"])

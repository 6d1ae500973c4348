"""Drawing one map of one film by one scorer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.errors import MapNotPossibleError
from core.scoring.base import ExplainableScorer, MaskingScorer, Scorer
from core.scoring.recalibration import RecalibratedScorer
from core.scoring.saliency.kinds import MapKind
from core.types import Film, FilmMasks, FloatImage, Measure

MARKED = 0.5
"""Probability from which a pixel counts as lung or as opacity."""

_LEAST_SHARE = 0.01
_THIRDS = ("upper", "middle", "lower")


@dataclass(frozen=True, eq=False)
class DrawnMap:
    """A map on the grid of the whole film.

    Attributes
    ----------
    kind : MapKind
    planes : float32 array, (planes, rows, columns)
        0-1. Masks have three planes, probabilities of right lung, left lung and opacity; all other maps one, as a
        share of the map's own highest value: two maps cannot be compared by their height.
    summary : str
        What the map shows, in a sentence for those who cannot see it.
    """

    kind: MapKind
    planes: FloatImage
    summary: str

    def __post_init__(self) -> None:
        expected = 3 if self.kind is MapKind.MASKS else 1
        if self.planes.ndim != 3 or len(self.planes) != expected or not np.isfinite(self.planes).all():
            message = f"A map of kind {self.kind.value} has {expected} planes of numbers, not {self.planes.shape}."
            raise ValueError(message)


def draw_map(scorer: Scorer, film: Film, kind: MapKind) -> DrawnMap:
    """Draw one map of a film.

    Parameters
    ----------
    scorer : Scorer
    film : Film
        As it is scored, so after the checks.
    kind : MapKind

    Raises
    ------
    MapNotPossibleError
        The scorer draws no such map, or nothing on this film moves its score.
    FilmNotScorableError
        No lungs are found.
    """
    # A line to the readers' scale moves no place.
    scorer = scorer.base if isinstance(scorer, RecalibratedScorer) else scorer
    measure = kind.measure
    if measure is None:
        return _masks(scorer, film)
    return _what_moves(scorer, film, kind, measure)


def _masks(scorer: Scorer, film: Film) -> DrawnMap:
    if not isinstance(scorer, MaskingScorer):
        message = f"{scorer.name} outlines neither lungs nor opacity. Use a scorer that does, for example embedded."
        raise MapNotPossibleError(message)
    masks = scorer.masks(film)
    planes = np.stack((masks.right_lung, masks.left_lung, masks.opacity)).clip(0, 1)
    return DrawnMap(MapKind.MASKS, planes, _where_marked(masks))


def _what_moves(scorer: Scorer, film: Film, kind: MapKind, measure: Measure) -> DrawnMap:
    if not isinstance(scorer, ExplainableScorer):
        message = f"The scores of {scorer.name} cannot be followed back to places on the film. Use another scorer."
        raise MapNotPossibleError(message)
    from core.scoring.saliency.gradients import relative_map  # noqa: PLC0415 - torch only when asked for

    relative = relative_map(scorer.differentiable(film), kind)
    if relative is None:
        message = f"Nothing on this film raises {measure.label.lower()}: there is no map to show."
        raise MapNotPossibleError(message)
    return DrawnMap(kind, relative[np.newaxis], f"Strongest {_place_of_highest(relative)}.")


def _where_marked(masks: FilmMasks) -> str:
    opaque = masks.opacity > MARKED
    sides = [
        side
        for side, lung in (("right", masks.right_lung > MARKED), ("left", masks.left_lung > MARKED))
        if (opaque & lung).sum() > _LEAST_SHARE * max(lung.sum(), 1)
    ]
    if not sides:
        return "Opacity is marked in neither lung."
    return "Opacity is marked in both lungs." if len(sides) == 2 else f"Opacity is marked in the {sides[0]} lung only."


def _place_of_highest(relative: FloatImage) -> str:
    """Return where the highest value lies; the patient's right side is on the left of the picture."""
    row, column = np.unravel_index(int(relative.argmax()), relative.shape)
    third = _THIRDS[3 * int(row) // relative.shape[0]]
    side = "right" if 2 * int(column) < relative.shape[1] else "left"
    return f"in the {third} third of the film, on the patient's {side}"

"""What a flag of each kind asks for, in plain words: about the film, never a diagnosis or an order."""

from __future__ import annotations

from collections.abc import Iterable

from core.trend.types import FlagKind

LOOK_AT_THE_FILMS = "Cannot tell from the scores: look at both films. This does not mean unchanged."
ROSE = "A rise on film: look at the patient and the films."
CONSIDER = "A drop on film: consider less support only if physiology agrees."
NO_SUPPORT = "A drop on film alone is not enough to reduce care. Missing: oxygenation within 24 h of the film."
PHYSIOLOGY_HOURS = 24.0


def asks_for(kind: FlagKind, *, physiology_known: bool) -> str:
    """Return what a flag asks for.

    Parameters
    ----------
    physiology_known : bool
        An oxygenation value lies within `PHYSIOLOGY_HOURS` of the flagged film. A drop supports nothing without.
    """
    if kind is FlagKind.DROP:
        return CONSIDER if physiology_known else NO_SUPPORT
    return ROSE if kind is FlagKind.RISE else LOOK_AT_THE_FILMS


def is_physiology_near(hours_from_film: Iterable[float]) -> bool:
    """Return whether any of these hours between an oxygenation value and the film, either sign, is near enough."""
    return any(abs(hours) <= PHYSIOLOGY_HOURS for hours in hours_from_film)

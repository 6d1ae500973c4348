"""The kinds of maps there are."""

from __future__ import annotations

from enum import StrEnum

from core.types import Measure


class MapKind(StrEnum):
    """What a map shows. The values are part of stored data and of file names."""

    MASKS = "masks"
    GRADIENT_GEOGRAPHIC_EXTENT = "gradient-geographic-extent"
    GRADIENT_OPACITY = "gradient-opacity"
    ATTRIBUTION_GEOGRAPHIC_EXTENT = "attribution-geographic-extent"
    ATTRIBUTION_OPACITY = "attribution-opacity"

    @property
    def measure(self) -> Measure | None:
        """Return the measure that the map explains; None for the masks, which explain none."""
        if self is MapKind.MASKS:
            return None
        return Measure.OPACITY if self.value.endswith(Measure.OPACITY.value) else Measure.GEOGRAPHIC_EXTENT

    @property
    def is_gradient(self) -> bool:
        """Return whether the map is of squared gradients."""
        return self in {MapKind.GRADIENT_GEOGRAPHIC_EXTENT, MapKind.GRADIENT_OPACITY}

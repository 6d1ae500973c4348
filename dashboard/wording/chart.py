"""Signs of a trajectory and their names, on screen and on paper alike."""

from __future__ import annotations

from datetime import timedelta

from core.trend import TrajectorySegment
from core.trend.types import Comparability
from core.types import ViewPosition

POINT_SHAPES = {ViewPosition.AP: "circle", ViewPosition.PA: "square", ViewPosition.UNKNOWN: "diamond"}
POINT_WORDS = {ViewPosition.AP: "AP", ViewPosition.PA: "PA", ViewPosition.UNKNOWN: "projection not stated"}
TAKEN_ALIKE = "taken alike"
NOT_STATED = "not stated whether taken alike"
NOT_COMPARABLE = "not comparable"
SEGMENT_DASHES = {TAKEN_ALIKE: "solid", NOT_STATED: "longdash", NOT_COMPARABLE: "dot"}
OFF_TREND_NAME = "film not on the trend"
ROOM = 0.03
"""Share of the span left free before the first and after the last time."""
LEAST_ROOM = timedelta(hours=1)


def segment_name(segment: TrajectorySegment) -> str:
    """Return how the two films of a line were taken, as the legend says it."""
    if segment.dashed:
        return NOT_COMPARABLE
    return TAKEN_ALIKE if segment.comparability is Comparability.COMPARABLE else NOT_STATED

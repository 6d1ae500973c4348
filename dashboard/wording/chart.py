"""Signs of a trajectory and their names, on screen and on paper alike."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

from core.trend import Saturation, TrajectorySegment
from core.trend.types import Comparability
from core.types import ViewPosition

POINT_SHAPES = {ViewPosition.AP: "circle", ViewPosition.PA: "square", ViewPosition.UNKNOWN: "diamond"}
POINT_WORDS = {ViewPosition.AP: "AP", ViewPosition.PA: "PA", ViewPosition.UNKNOWN: "projection not stated"}


class Line(StrEnum):
    """How the two films of a line were taken."""

    ALIKE = "alike"
    NOT_STATED = "not_stated"
    NOT_COMPARABLE = "not_comparable"


LINES_IN_WORDS = {
    Line.ALIKE: "taken alike",
    Line.NOT_STATED: "not stated whether taken alike",
    Line.NOT_COMPARABLE: "not comparable",
}
LINE_DASHES = {Line.ALIKE: "solid", Line.NOT_STATED: "longdash", Line.NOT_COMPARABLE: "dot"}
SATURATIONS = {
    Saturation.NONE: "",
    Saturation.BOTTOM: "at the bottom of the scale",
    Saturation.TOP: "at the top of the scale",
}
OFF_TREND_NAME = "film not on the trend"
ROOM = 0.03
"""Share of the span left free before the first and after the last time."""
LEAST_ROOM = timedelta(hours=1)


def line_of(segment: TrajectorySegment) -> Line:
    """Return how the two films of a line were taken."""
    if segment.dashed:
        return Line.NOT_COMPARABLE
    return Line.ALIKE if segment.comparability is Comparability.COMPARABLE else Line.NOT_STATED

"""The width of intervals over a scale."""

import pytest

from core.scoring.interval import FLAT, LevelShape


def test_factors_are_joined_by_straight_lines_and_stay_beyond_the_ends() -> None:
    shape = LevelShape((1.0, 3.0), (0.5, 1.5))
    assert [shape.factor(level) for level in (0.0, 1.0, 2.0, 3.0, 8.0)] == [0.5, 0.5, 1.0, 1.5, 1.5]
    assert FLAT.factor(4.0) == 1.0


@pytest.mark.parametrize(("at", "times"), [((1.0,), (1.0, 2.0)), ((2.0, 1.0), (1.0, 1.0)), ((1.0,), (0.0,)), ((), ())])
def test_what_is_no_shape_is_refused(at: tuple[float, ...], times: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="one above 0 for each level"):
        LevelShape(at, times)

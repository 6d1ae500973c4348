"""What a person scores films with, and which films are read in which order."""

from __future__ import annotations

import pytest

from core.human_reading import LungScores, drawn_films


def test_scores_of_both_lungs_are_summed() -> None:
    read = LungScores(4, 1, 2, 1)
    assert (read.geographic_extent, read.opacity) == (5, 3)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ((5, 0, 0, 0), "geographic extent right of 5 is off the scale. Expected 0 to 4"),
        ((0, 4, 0, 4), "opacity left of 4 is off the scale. Expected 0 to 3"),
        ((0, -1, 0, 0), "geographic extent left of -1"),
    ],
)
def test_scores_off_their_scale_are_refused(values: tuple[float, float, float, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        LungScores(*values)


def test_a_lung_has_extent_and_opacity_or_neither() -> None:
    assert LungScores(0, 2, 3, 1).contradiction == (
        "The right lung's extent of 0 and opacity of 3 exclude each other. Where nothing is opaque both are 0."
    )
    assert LungScores(1, 2, 1, 0).contradiction.startswith("The left lung's extent of 2 and opacity of 0")
    assert LungScores(0, 2, 0, 1).contradiction == ""


def test_the_order_is_random_the_same_for_a_seed_and_spread_over_patients() -> None:
    # Patient 1 has ten films, patients 2 to 5 one each.
    films = [(number, 1) for number in range(10)] + [(10 + number, 2 + number) for number in range(4)]
    drawn = drawn_films(films, 5, seed=7)
    assert drawn == drawn_films(films[::-1], 5, seed=7)
    assert {dict(films)[film_id] for film_id in drawn} == {1, 2, 3, 4, 5}
    orders = {tuple(drawn_films(films[10:], 4, seed=seed)) for seed in range(200)}
    assert len(orders) == 24
    assert sorted(drawn_films(films, 99, seed=1)) == list(range(14))
    assert drawn_films([], 3, seed=1) == []

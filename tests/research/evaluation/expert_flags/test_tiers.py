"""Both tiers of a verdict against experts' changes, and the point from which on they are given."""

from __future__ import annotations

import numpy as np
import pytest
from trend_films import CARD

from core.evaluation.agreement import JudgedFilm
from core.research.evaluation.expert_flags.tiers import (
    OperatingPoint,
    TierPairs,
    choose_in_folds,
    choose_point,
    count_tiers,
    judge_tiers,
    verdict_record,
)
from core.trend.types import TrendPolicy


def pairs() -> TierPairs:
    """Return two partitions of 3 rises, 1 drop, 4 stable films and one between; the second misses a rise."""
    expert = np.array([3.0, 2.0, 2.5, -4.0, 0.0, 0.5, -0.9, 0.2, 1.5])
    real = np.array([0.99, 0.90, 0.70, 0.95, 0.92, 0.60, 0.55, 0.50, 0.99])
    large = np.array([0.95, 0.60, 0.30, 0.80, 0.50, 0.20, 0.10, 0.10, 0.90])
    rises = np.array([True, True, True, False, True, True, False, True, True])
    other = real.copy()
    other[1] = 0.5
    return TierPairs(
        tuple("abcdefghi"),
        expert=np.stack((expert, expert)),
        real=np.stack((real, other)),
        large=np.stack((large, large)),
        rises=np.stack((rises, rises)),
    )


def test_films_are_counted_by_what_experts_saw() -> None:
    counts = count_tiers(pairs(), OperatingPoint(0.9, 0.6))
    assert (counts.n_rises, counts.n_drops, counts.n_stable) == (3, 1, 4)
    assert (counts.rises_caught, counts.drops_caught, counts.stable_named) == (1.5, 1, 1)
    assert (counts.rises_large, counts.drops_large, counts.stable_large) == (1.5, 1, 0)


def test_a_rise_named_as_a_drop_is_not_caught() -> None:
    turned = pairs()
    turned.rises[:, 0] = False
    assert count_tiers(turned, OperatingPoint(0.9, 0.6)).rises_caught == 0.5


def test_the_loosest_point_with_few_false_ones_is_chosen() -> None:
    # One of four stable films is more than may be named, so the point lies above it.
    assert choose_point(pairs()) == OperatingPoint(0.925, 0.3)
    assert choose_point(pairs(), [0, 1, 2, 3, 5, 6, 7]).p_rise == 0.65


def test_points_of_folds_do_not_know_their_fold() -> None:
    counts, points = choose_in_folds(pairs(), folds=3)
    assert len(points) == 3
    assert (counts.n_rises, counts.n_drops, counts.n_stable) == (3, 1, 4)


def test_experts_changes_are_those_of_the_films_compared() -> None:
    films = [
        JudgedFilm(f"{patient}{day}", f"{patient}", expert + day * (patient % 3) / 10, (expert * 1.1,), day, "AP")
        for patient in range(8)
        for day, expert in enumerate((1.0, 1.0, 5.0, 5.2))
    ]
    found = judge_tiers(films, card=CARD, policy=TrendPolicy())
    assert len(found.patients) == 8 * 3
    # The third film of the first patient stands against the mean of two.
    assert found.expert[0, 1] == pytest.approx(4.0)
    assert found.real[0, 1] > 0.99
    assert bool(found.rises[0, 1])
    record = verdict_record(found, TrendPolicy(p_rise=0.9, p_large=0.5))
    assert (record.n_patients, record.p_rise, record.p_large) == (8, 0.9, 0.5)
    assert record.found >= 8

"""Changes over several films, and between films taken differently, against made-up experts."""

from __future__ import annotations

from dataclasses import replace

import pytest
from trend_films import CARD, GEOGRAPHIC

from core.errors import DataSetInvalidError
from core.evaluation.agreement import JudgedFilm
from core.research.evaluation.expert_flags.differently import evaluate_looks
from core.research.evaluation.expert_flags.sustained import evaluate_sustained
from core.trend.types import TrendPolicy
from core.types import LevelNoise

STILL = replace(CARD, level_noise={GEOGRAPHIC: LevelNoise(0.4, 0.2, 0.6, 171, 28, 1.0, "made up", 0.5, 0.4, 0.6)})
CLIMB, FLAT, STEP = (1.0, 1.8, 2.6, 3.4, 4.2), (2.0, 2.4, 2.0), (1.0, 5.0)


def films(*courses: tuple[float, ...], views: tuple[str, ...] = ()) -> list[JudgedFilm]:
    """Return one patient for each course, a film a day; what is predicted errs by turns, a little."""
    return [
        JudgedFilm(
            f"{patient}-{day}",
            f"p{patient}",
            expert,
            (expert + (0.1 if (patient + day) % 2 else -0.1),),
            day,
            views[day % len(views)] if views else "AP",
        )
        for patient, course in enumerate(courses)
        for day, expert in enumerate(course)
    ]


def test_a_climb_is_found_by_the_level_and_counted_once() -> None:
    found = evaluate_sustained(films(CLIMB, CLIMB, FLAT, FLAT, STEP, STEP, STEP), card=STILL, policy=TrendPolicy())
    # The two climbs and the two flat courses have three days; the steps have two.
    assert found.n_patients == 4
    # From the fourth film on a climb is 2.4 or more above its lowest, as experts read it.
    assert (found.rises.n, found.rises.n_stable, found.falls.n) == (4.0, 2.0, 0.0)
    assert found.rises.named + found.rises.sustained <= found.rises.n
    assert found.rises.stable_sustained == 0
    assert (found.n_rising, found.flagged) == (2.0, 2.0)
    assert found.flagged_at_once <= found.flagged


def test_without_three_days_nothing_is_judged() -> None:
    with pytest.raises(DataSetInvalidError, match="three days"):
        evaluate_sustained(films(STEP, STEP, STEP), card=STILL, policy=TrendPolicy())


def test_pairs_taken_differently_are_counted_by_what_experts_saw() -> None:
    courses = (STEP, STEP, (5.0, 1.0), (3.0, 3.2), (3.0, 2.8), (2.0, 3.5), (1.0, 4.0))
    found = evaluate_looks(films(*courses, views=("PA", "AP Supine")), TrendPolicy())
    assert (found.n_pairs, found.n_patients, found.n_real, found.n_stable) == (7, 7, 4, 2)
    assert (found.real_asked, found.stable_asked) == (4.0, 0.0)
    with pytest.raises(DataSetInvalidError, match="taken differently"):
        evaluate_looks(films(*courses), TrendPolicy())

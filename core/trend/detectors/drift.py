"""Slow drift that no single step shows: a CUSUM on the standardised innovations of the level's filter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.counting import counted
from core.trend.comparability import comparability_of, is_before
from core.trend.detectors.run_length import cusum_run_length
from core.trend.levels import film_moments, level_model
from core.trend.state_space import filter_levels
from core.trend.types import Comparability, ScoredFilm, TrendPolicy
from core.types import Measure, ScorerCard

THRESHOLD = 4.0
ALLOWANCE = 0.5
LIMIT = 2.5
"""A film's innovation counts up to this many SDs, so that one film never makes a drift: at least three are needed."""


@dataclass(frozen=True)
class Drift:
    """A film at which the scores have been drifting in one direction for several films.

    Attributes
    ----------
    film_id : int
        The film at which the sum went beyond its threshold.
    since_film_id : int
        The last film before the drift began.
    rising : bool
    n_films : int
        Films that the drift rests on.
    """

    film_id: int
    since_film_id: int
    rising: bool
    n_films: int


@dataclass
class _Sum:
    """One side of the CUSUM while it runs along a stay."""

    sign: int
    since_film_id: int
    value: float = 0.0
    n_films: int = 0

    def add(self, innovation: float, film_id: int) -> bool:
        """Take a film's innovation; return whether the sum is beyond its threshold."""
        cut = min(max(innovation, -LIMIT), LIMIT)
        self.value = max(0.0, self.value + self.sign * cut - ALLOWANCE)
        self.n_films += 1
        if self.value == 0.0:
            self.restart(film_id)
        return self.value > THRESHOLD

    def restart(self, film_id: int) -> None:
        self.value, self.n_films, self.since_film_id = 0.0, 0, film_id


def find_drifts(
    stay: Sequence[ScoredFilm], measure: Measure, *, card: ScorerCard, policy: TrendPolicy
) -> dict[int, Drift]:
    """Return the drifts of one stay by film id; empty where the noise was not measured.

    The innovation of a film is its score minus the level expected from the films before, in SDs of that difference;
    where the model of the level is true they are independent standard normal. One sum gathers what lies above the
    expected level by more than 0.5 SD, one what lies below; beyond 4 there is a drift, and that sum starts anew.
    Without order to the film before, or taken differently from it, a film moves the level and not the sums. At an end
    of the scale the score is taken as it stands, so that a drift beyond it shows late or never.

    False alarms: `in_control_films()` films on average between two of one direction where nothing changed but the level
    wandering as the model says. Power: the filter follows the level, so a climb of d points per film leaves
    innovations of d / gain, and slow climbs are found after six films or more. What it adds to steps is small for
    stays of few films; `core.trend.extremes` compares with the lowest level of the stay instead.

    Parameters
    ----------
    stay : sequence of ScoredFilm
        Of one stay, in order of time and id.
    measure, card, policy
    """
    model = level_model(card, measure)
    if model is None or not stay:
        return {}
    known = filter_levels(film_moments(stay, measure, card=card, policy=policy), model)
    sums = [_Sum(sign, stay[0].film_id) for sign in (1, -1)]
    drifts: dict[int, Drift] = {}
    for earlier, film, one in zip(stay, stay[1:], known[1:], strict=False):
        if one.innovation is None or not _counts(earlier, film):
            continue
        for side in sums:
            if side.add(one.innovation, film.film_id):
                drifts[film.film_id] = Drift(film.film_id, side.since_film_id, side.sign > 0, side.n_films)
                side.restart(film.film_id)
    return drifts


def in_control_films() -> float:
    """Return the mean number of films between two false drifts of one direction."""
    return cusum_run_length(THRESHOLD, ALLOWANCE, limit=LIMIT)


def drift_in_words(drift: Drift) -> str:
    """Return what a drift says of the film, and how often it would say so for nothing."""
    return (
        f"The scores have been {'rising' if drift.rising else 'falling'} over {counted(drift.n_films, 'film')} beyond "
        "what the level's wandering explains, though no single step need show it; by chance once in "
        f"{in_control_films():.0f} films in one direction (CUSUM of innovations)."
    )


def _counts(earlier: ScoredFilm, film: ScoredFilm) -> bool:
    return is_before(earlier, film) and comparability_of(earlier, film) is not Comparability.MIXED

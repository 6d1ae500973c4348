"""The scatter of a site's own series of scores, which needs no experts, beside the noise on the scorer's card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from core.evaluation.bootstrap import patient_bootstrap
from core.trend.comparability import comparability_of, is_before, seconds
from core.trend.levels import SECONDS_PER_DAY, level_model
from core.trend.series import by_stay
from core.trend.types import Comparability, ScoredFilm
from core.trend.wording import is_at_bottom, is_at_top
from core.types import Measure, ScorerCard

LONGEST_SPAN_DAYS = 5.0
"""Three films that span more say more of the patient than of the scorer."""

FEWEST_TRIPLES = 30
_MAD_OF_NORMAL = 0.6744897501960817


@dataclass(frozen=True)
class Triple:
    """The middle one of three successive films against the straight line between its neighbours.

    Attributes
    ----------
    residual : float
        In units in which its variance is a film's error variance, points.
    wandering_days : float
        Times the process variance per day: what the wandering of the level adds to that variance.
    """

    residual: float
    wandering_days: float


@dataclass(frozen=True)
class SiteNoise:
    """The error of one film that differs from film to film, as the site's series show it.

    Attributes
    ----------
    film_sd, low, high : float or None
        Points, with its 95 % patient-bootstrap interval; None from fewer than 30 triples.
    card_film_sd : float
        The same by the card, measured against experts.
    warning : str
        Where the two disagree, and what that may mean; "" where not.
    """

    measure: Measure
    n_triples: int
    n_patients: int
    film_sd: float | None
    low: float | None
    high: float | None
    card_film_sd: float
    warning: str


def site_noise(
    patients: Mapping[str, Sequence[ScoredFilm]], measure: Measure, *, card: ScorerCard, resamples: int = 1000
) -> SiteNoise | None:
    """Estimate a film's error from successive triples of the site's films; None where the card has no noise.

    Three successive films of one stay, certainly in order, taken alike, none at an end of the scale, within 5 days:
    the middle score less the straight line between the others, scaled by the gaps, has the variance of a film's error,
    plus the wandering of the level between them. The scatter is 1 / 0.674 of the median size, so that single jumps and
    wrong films hardly count; the wandering that the card states is taken off.

    Assumptions: errors normal and independent from film to film. Errors that stay the same in a patient or for days
    (position, build, treatment) are not seen, so this is scatter, not accuracy; films ordered because a patient got
    worse have more real change in them than the card's wandering.

    Parameters
    ----------
    patients : mapping of patient to films
        In any order, of one scorer.
    """
    model = level_model(card, measure)
    if model is None:
        return None
    found = {patient: triples_of(films, measure) for patient, films in sorted(patients.items())}
    names = [patient for patient, triples in found.items() for _triple in triples]
    residuals = np.array([triple.residual for triples in found.values() for triple in triples])
    days = np.array([triple.wandering_days for triples in found.values() for triple in triples])
    none = SiteNoise(measure, len(names), len(set(names)), None, None, None, model.measurement_sd, "")
    if len(names) < FEWEST_TRIPLES:
        return none

    def film_sd(rows: NDArray[np.intp]) -> float:
        scatter = float(np.median(np.abs(residuals[rows]))) / _MAD_OF_NORMAL
        return float(np.sqrt(max(scatter**2 - model.process_sd**2 * float(np.mean(days[rows])), 0.0)))

    sd = patient_bootstrap(film_sd, names, resamples=resamples)
    warning = _warning(sd.low, sd.high, model.measurement_sd)
    return SiteNoise(measure, len(names), len(set(names)), sd.value, sd.low, sd.high, model.measurement_sd, warning)


def triples_of(films: Sequence[ScoredFilm], measure: Measure) -> list[Triple]:
    """Return the triples of one patient's films; stays are kept apart."""
    return [
        _triple(three, measure)
        for stay in by_stay(films).values()
        for three in zip(stay, stay[1:], stay[2:], strict=False)
        if _is_usable(three, measure)
    ]


def _is_usable(three: tuple[ScoredFilm, ScoredFilm, ScoredFilm], measure: Measure) -> bool:
    if any(is_at_top(film, measure) or is_at_bottom(film, measure) for film in three):
        return False
    if seconds(three[2]) - seconds(three[0]) > LONGEST_SPAN_DAYS * SECONDS_PER_DAY:
        return False
    return all(
        is_before(one, other) and comparability_of(one, other) is not Comparability.MIXED
        for one, other in pairwise(three)
    )


def _triple(three: tuple[ScoredFilm, ScoredFilm, ScoredFilm], measure: Measure) -> Triple:
    first, middle, last = (film.score.value(measure) for film in three)
    before, after = ((seconds(later) - seconds(one)) / SECONDS_PER_DAY for one, later in pairwise(three))
    weight = after / (before + after)
    scale = 1 + weight**2 + (1 - weight) ** 2
    residual = (middle - weight * first - (1 - weight) * last) / np.sqrt(scale)
    return Triple(float(residual), before * after / (before + after) / scale)


def _warning(low: float, high: float, card_film_sd: float) -> str:
    if low <= card_film_sd <= high:
        return ""
    if card_film_sd < low:
        return (
            "The series here scatter more than the card says: films differ more from one to the next, or patients "
            "change faster. Flags may be raised for noise; look at the alarm burden."
        )
    return (
        "The series here scatter less than the card says: verdicts are more careful than they need be here, or the "
        "scorer smooths over real change."
    )

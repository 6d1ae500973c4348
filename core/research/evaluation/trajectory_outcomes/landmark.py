"""What was known of a patient at the landmark, from films up to it alone, and what came of the patient after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.research.evaluation.hannover import IcuStay
from core.trend import TrendPolicy, load_detector, stay_levels
from core.trend.types import FlagKind, ScoredFilm
from core.types import Measure, ScorerCard

LANDMARK_DAYS = 3
"""72 h after admission to intensive care; days are all that is known."""

MEASURE = Measure.GEOGRAPHIC_EXTENT


@dataclass(frozen=True)
class AtLandmark:
    """One patient who was still in intensive care.

    Attributes
    ----------
    level : float or None
        Of the state-space model at the last film up to the landmark, points of 8; None without one.
    slope : float or None
        Of that level over the 24 h up to that film, points per day; None where all films are of one day.
    flagged : bool
        A flag of a rise was raised up to then.
    days_after : float
        From the landmark to release or death.
    died : bool
        In intensive care.
    """

    patient: str
    level: float | None
    slope: float | None
    flagged: bool
    days_after: float
    died: bool


def at_landmark(
    stays: Sequence[IcuStay],
    films: Mapping[str, Sequence[tuple[int, ScoredFilm]]],
    *,
    card: ScorerCard,
    policy: TrendPolicy,
    detector: str,
) -> tuple[AtLandmark, ...]:
    """Return the patients who are in intensive care beyond the landmark.

    Who leaves or dies before or on the day of the landmark is in none of the groups: nobody is credited with the time
    that they had to survive to be put into one.
    """
    found = []
    for stay in stays:
        landmark = stay.first + LANDMARK_DAYS
        if stay.last <= landmark:
            continue
        known = [(day, film) for day, film in films.get(stay.patient, ()) if stay.first <= day <= landmark]
        trends = load_detector(detector).assess([film for _day, film in known], card=card, policy=policy)
        level, slope = _course([film for _day, film in known], card, policy)
        flagged = any(trend.flag is not None and trend.flag.kind is FlagKind.RISE for trend in trends)
        found.append(AtLandmark(stay.patient, level, slope, flagged, float(stay.last - landmark), stay.died))
    return tuple(found)


def _course(known: Sequence[ScoredFilm], card: ScorerCard, policy: TrendPolicy) -> tuple[float | None, float | None]:
    levels = stay_levels(known, MEASURE, card=card, policy=policy)
    if not levels:
        return None, None
    slope = levels[-1].slope
    return levels[-1].points[-1].filtered, None if slope is None else slope.per_24_h

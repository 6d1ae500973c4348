"""What was known of a patient at the landmark, from films up to it alone, and what came of him after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.evaluation.burden.hannover import IcuStay
from core.trend import TrendPolicy, load_detector
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
        Score of the last film up to the landmark, points of 8; None without one. Of several films of that day the mean.
    slope : float or None
        From the first to the last film of the stay up to it, points per day; None where both are of one day.
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
    that he had to survive to be put into one.
    """
    found = []
    for stay in stays:
        landmark = stay.first + LANDMARK_DAYS
        if stay.last <= landmark:
            continue
        known = [(day, film) for day, film in films.get(stay.patient, ()) if stay.first <= day <= landmark]
        trends = load_detector(detector).assess([film for _day, film in known], card=card, policy=policy)
        level, slope = _course(known)
        flagged = any(trend.flag is not None and trend.flag.kind is FlagKind.RISE for trend in trends)
        found.append(AtLandmark(stay.patient, level, slope, flagged, float(stay.last - landmark), stay.died))
    return tuple(found)


def _course(known: Sequence[tuple[int, ScoredFilm]]) -> tuple[float | None, float | None]:
    if not known:
        return None, None
    first, last = (pick(day for day, _film in known) for pick in (min, max))
    at_first, at_last = (_mean([film for day, film in known if day == one]) for one in (first, last))
    return at_last, (at_last - at_first) / (last - first) if last > first else None


def _mean(films: Sequence[ScoredFilm]) -> float:
    return sum(film.score.value(MEASURE) for film in films) / len(films)

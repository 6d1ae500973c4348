"""What stands beside a film's verdict: lowest and highest level of the stay, and what physiology says."""

from __future__ import annotations

from dataclasses import dataclass

from core.trend.comparability import Timed
from core.trend.extremes import against_extreme
from core.trend.flags.proposed import ALERTING_MEASURE, ALERTING_REFERENCE
from core.trend.physiology import BedsideEvent, Explanation, Happened, Measured, explain
from core.trend.types import Change, Reference
from core.types import Measure
from dashboard.services.patient.timeline import PatientTrend
from db.models import EventKind
from db.read_models.bedside import Bedside

EVENTS = {
    EventKind.INTUBATION: BedsideEvent.INTUBATION,
    EventKind.EXTUBATION: BedsideEvent.EXTUBATION,
    EventKind.PRONING: BedsideEvent.PRONING,
    EventKind.SUPINATION: BedsideEvent.SUPINATION,
}
"""Events that may show on a film."""


@dataclass(frozen=True)
class FilmBasis:
    """What is shown beside a film's verdict and alerts nobody.

    Attributes
    ----------
    levels : tuple of Change
        Against the lowest and the highest level of the stay, every measure.
    explanations : tuple of Explanation
        Of the change of geographic extent against the recent level.
    """

    levels: tuple[Change, ...]
    explanations: tuple[Explanation, ...]


def film_basis(trend: PatientTrend, film_id: int) -> FilmBasis:
    """Return what stands beside the verdict of a film that is on the trend; nothing without a card."""
    found = trend.trends[film_id]
    if trend.card is None:
        return FilmBasis((), ())
    film = found.film
    stay = [other.film for other in trend.in_order if other.film.stay_id == film.stay_id]
    levels = tuple(
        against_extreme(film, stay, measure=measure, reference=reference, card=trend.card, policy=trend.policy)
        for measure in Measure
        for reference in (Reference.LOWEST, Reference.HIGHEST)
    )
    return FilmBasis(levels, explanations(trend, film_id))


def explanations(trend: PatientTrend, film_id: int) -> tuple[Explanation, ...]:
    """Return what physiology and events say beside the film's change against the recent level."""
    found = trend.trends[film_id]
    change = found.change(ALERTING_MEASURE, ALERTING_REFERENCE)
    if change is None or change.reference_film_id is None or change.reference_film_id not in trend.trends:
        return ()
    timeline = trend.timeline
    return explained(
        change, trend.trends[change.reference_film_id].film, found.film, Bedside(timeline.observations, timeline.events)
    )


def explained(change: Change, earlier: Timed, film: Timed, bedside: Bedside) -> tuple[Explanation, ...]:
    """Return what the chart says beside a change between two films."""
    measured = [Measured(observation.name, observation.value, observation.at) for observation in bedside.observations]
    events = [Happened(EVENTS[event.kind], event.at) for event in bedside.events if event.kind in EVENTS]
    return explain(change, earlier, film, measured=measured, events=events)

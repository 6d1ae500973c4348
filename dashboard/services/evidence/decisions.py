"""What films showed after decisions on rounds: counts, no judgement of a decision or a person."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from core.evaluation.proportion import Method, Proportion
from core.trend.flags.proposed import ALERTING_MEASURE, ALERTING_REFERENCE
from core.trend.types import Verdict
from core.trend.wording import DROPS, RISES
from dashboard.services.patient.timeline import PatientTrend, patient_trend
from dashboard.services.site.opening import Site
from db.engine import read_transaction
from db.models import Decision
from db.read_models.rounds import DecisionFacts, read_decisions

LOOK_BACK = timedelta(days=90)
NO_ANSWER = frozenset({Verdict.NOT_ASSESSED, Verdict.CANNOT_TELL})
AFTER = timedelta(hours=48)
"""How long after a decision a film counts."""


@dataclass(frozen=True)
class Followed:
    """What came after the decisions of one kind, those whose 48 hours are over.

    Attributes
    ----------
    rose, fell : Proportion
        Of the decisions with a verdict within the time: a film read a rise, or a drop, against the recent level.
    without_verdict : int
        All others: what became of those patients the films do not say.
    """

    decision: Decision
    rose: Proportion
    fell: Proportion
    without_verdict: int


def what_followed(*, unit: str | None = None, site: Site) -> tuple[Followed, ...]:
    """Return what followed the decisions of the last 90 days, of a unit or of all; a kind without any is left out."""
    now = site.clock()
    with read_transaction(site.engine) as session:
        decided = read_decisions(since=now - LOOK_BACK, until=now - AFTER, unit=unit, session=session)
    # What was corrected in the same round counts by its last form.
    decided = tuple({(one.review.stay_id, one.review.round_began_at): one for one in decided}.values())
    trends = {patient_id: patient_trend(patient_id, site=site) for patient_id in {one.patient_id for one in decided}}
    found = []
    for decision in Decision:
        of_kind = [one for one in decided if one.review.decision is decision]
        if of_kind:
            found.append(_followed(decision, [_verdicts_after(one, trends[one.patient_id]) for one in of_kind]))
    return tuple(found)


def _verdicts_after(one: DecisionFacts, trend: PatientTrend) -> frozenset[Verdict]:
    """Return the verdicts of the stay's films within the time, empty without a film that has one."""
    start = one.review.reviewed_at
    films = (
        film
        for film in trend.in_order
        if film.film.stay_id == one.review.stay_id and start < film.film.acquired_at <= start + AFTER
    )
    changes = (film.change(ALERTING_MEASURE, ALERTING_REFERENCE) for film in films)
    # A film that nobody could judge must not count as one without a rise.
    return frozenset(change.verdict for change in changes if change is not None) - NO_ANSWER


def _followed(decision: Decision, after: Iterable[frozenset[Verdict]]) -> Followed:
    listed = list(after)
    seen = [verdicts for verdicts in listed if verdicts]

    def share(asked: Iterable[Verdict]) -> Proportion:
        wanted = frozenset(asked)
        return Proportion.of(sum(not wanted.isdisjoint(one) for one in seen), len(seen), method=Method.WILSON)

    return Followed(decision, share(RISES), share(DROPS), len(listed) - len(seen))

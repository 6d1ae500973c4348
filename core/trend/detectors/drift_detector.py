"""The steps judged by measured noise, and slow drift beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.trend.assessment import assess_trend
from core.trend.detectors.drift import Drift, drift_in_words, find_drifts
from core.trend.extremes import against_extreme
from core.trend.flags.proposed import ALERTING_MEASURE, ALERTING_REFERENCE
from core.trend.reasons import Reasons
from core.trend.series import by_stay
from core.trend.types import (
    Basis,
    Change,
    FilmTrend,
    FlagKind,
    ProposedFlag,
    Reference,
    ScoredFilm,
    TrendPolicy,
)
from core.trend.wording import DROPS, RISES
from core.types import ScorerCard


@dataclass(frozen=True)
class DriftBasis:
    """A drift, and the basis of the change that it led to."""

    judged: Basis
    drift: Drift

    def reasons(self, change: Change) -> Reasons:
        """Return the reasons of the change, led by the drift."""
        reasons = self.judged.reasons(change)
        return replace(reasons, found=f"{drift_in_words(self.drift)} {reasons.found}")


@dataclass(frozen=True)
class DriftDetector:
    """Flags what the default detector flags, and a drift of the geographic extent where no step was flagged.

    A drift (`find_drifts`) is flagged as a rise where the level is also above the lowest level of the
    stay by a rise or large rise (`core.trend.extremes.against_extreme`), which is the comparison the flag carries; as a
    drop likewise against the highest. False alarms: those of the default detector, and at most one per
    `in_control_films()` films in each direction. Not the default: one rule alerts, and drift is shown beside it.
    """

    name: str = "drift"

    def assess(self, films: Sequence[ScoredFilm], *, card: ScorerCard, policy: TrendPolicy) -> tuple[FilmTrend, ...]:
        """Return `core.trend.assess_trend` of the films with the flags of drift added.

        Raises
        ------
        ValueError
            As `core.trend.assess_trend`.
        """
        trends = assess_trend(
            films, card=card, policy=policy, references=(ALERTING_REFERENCE,), measures=(ALERTING_MEASURE,)
        )
        stays = by_stay(films)
        drifts: dict[int, Drift] = {}
        for stay in stays.values():
            drifts |= find_drifts(stay, ALERTING_MEASURE, card=card, policy=policy)
        return tuple(
            trend
            if trend.flag or trend.film.film_id not in drifts
            else replace(
                trend,
                flag=_flag(drifts[trend.film.film_id], trend.film, stays[trend.film.stay_id], card=card, policy=policy),
            )
            for trend in trends
        )


def _flag(
    drift: Drift, film: ScoredFilm, stay: Sequence[ScoredFilm], *, card: ScorerCard, policy: TrendPolicy
) -> ProposedFlag | None:
    reference = Reference.LOWEST if drift.rising else Reference.HIGHEST
    change = against_extreme(film, stay, measure=ALERTING_MEASURE, reference=reference, card=card, policy=policy)
    if change.verdict not in (RISES if drift.rising else DROPS):
        return None
    kind = FlagKind.RISE if drift.rising else FlagKind.DROP
    return ProposedFlag(film.film_id, kind, replace(change, because=DriftBasis(change.because, drift)))

"""Changes over several films against experts: what the level of a stay adds to the comparison with the recent level."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.errors import DataSetInvalidError
from core.evaluation.agreement import JudgedFilm
from core.evaluation.change_noise import consecutive_changes
from core.evaluation.evidence.expert_flags import Sustained, SustainedCounts
from core.research.evaluation.expert_flags.pairs import MEASURE, series_of
from core.research.evaluation.expert_flags.tiers import REAL_CHANGE, STABLE_CHANGE, card_without_patient
from core.trend import assess_trend
from core.trend.flags.proposed import ALERTING_REFERENCE
from core.trend.types import FilmTrend, FlagKind, TrendPolicy, Verdict
from core.trend.wording import DROPS, RISES
from core.types import ScorerCard

FEWEST_DAYS = 3
"""Scored days of a patient from which on a change can last over several films."""


@dataclass(frozen=True)
class _Judged:
    """One film with two earlier ones: experts' change since their lowest and highest, and what was said of it."""

    since_lowest: float
    since_highest: float
    verdict: Verdict
    sustained: Verdict | None


def evaluate_sustained(films: Sequence[JudgedFilm], *, card: ScorerCard, policy: TrendPolicy) -> Sustained:
    """Count rises and falls since the experts' own extremes, the noise of a change measured without the patient.

    The scatter of films around the level is the card's: it comes from scores alone, of many patients.

    Raises
    ------
    DataSetInvalidError
        No patient has three scored days, or too few others have serial films.
    """
    changes = consecutive_changes(films)
    series = {
        patient: dated
        for patient, dated in _by_patient(films).items()
        if len({film.day for film in dated}) >= FEWEST_DAYS
    }
    if not series:
        raise DataSetInvalidError("No patient has films of three days with an expert's score. Nothing is judged.")
    cards = {
        patient: replace(card_without_patient(card, changes, patient), level_noise=card.level_noise)
        for patient in series
    }
    counts, delays = [], []
    for partition in range(len(films[0].predicted)):
        judged = []
        for patient, dated in series.items():
            trends = _trends(dated, partition, cards[patient], policy)
            judged += list(_with_two_before(dated, trends))
            delays.append(_films_until_flag(dated, trends))
        counts.append((_count(judged, rising=True), _count(judged, rising=False)))
    of_rises = [delay for delay in delays if delay is not None]
    flagged = [delay for delay in of_rises if np.isfinite(delay)]
    partitions = len(counts)
    return Sustained(
        n_patients=len(series),
        rises=_mean([rises for rises, _falls in counts]),
        falls=_mean([falls for _rises, falls in counts]),
        n_rising=len(of_rises) / partitions,
        flagged=len(flagged) / partitions,
        flagged_at_once=sum(delay == 0 for delay in flagged) / partitions,
    )


def _by_patient(films: Sequence[JudgedFilm]) -> dict[str, list[JudgedFilm]]:
    found: dict[str, list[JudgedFilm]] = {}
    for film in sorted(films, key=lambda film: (film.day or 0, film.film_id)):
        if film.day is not None:
            found.setdefault(film.patient_id, []).append(film)
    return found


def _trends(dated: Sequence[JudgedFilm], partition: int, card: ScorerCard, policy: TrendPolicy) -> list[FilmTrend]:
    """Return what is said of each film, in the order of `dated`."""
    trends = assess_trend(
        series_of(dated, partition, card),
        card=card,
        policy=policy,
        references=(ALERTING_REFERENCE,),
        measures=(MEASURE,),
    )
    return sorted(trends, key=lambda trend: trend.film.film_id)


def _with_two_before(dated: Sequence[JudgedFilm], trends: Sequence[FilmTrend]) -> Iterator[_Judged]:
    for film, trend in zip(dated, trends, strict=True):
        before = [other.expert for other in dated if (other.day or 0) < (film.day or 0)]
        if len(before) < FEWEST_DAYS - 1:
            continue
        sustained = None if trend.sustained is None else trend.sustained.verdict
        yield _Judged(film.expert - min(before), film.expert - max(before), trend.changes[0].verdict, sustained)


def _count(judged: Sequence[_Judged], *, rising: bool) -> SustainedCounts:
    def moved(one: _Judged) -> float:
        return one.since_lowest if rising else -one.since_highest

    def named(one: _Judged) -> bool:
        return one.verdict in (RISES if rising else DROPS)

    def lasts(one: _Judged) -> bool:
        return one.sustained is (Verdict.LARGE_RISE if rising else Verdict.LARGE_DROP)

    def count(which: Callable[[_Judged], bool], *, stable: bool) -> int:
        return sum(
            which(one) for one in judged if (moved(one) < STABLE_CHANGE if stable else moved(one) >= REAL_CHANGE)
        )

    return SustainedCounts(
        n=count(lambda _one: True, stable=False),
        named=count(named, stable=False),
        sustained=count(lambda one: lasts(one) and not named(one), stable=False),
        n_stable=count(lambda _one: True, stable=True),
        stable_named=count(named, stable=True),
        stable_sustained=count(lambda one: lasts(one) and not named(one), stable=True),
    )


def _films_until_flag(dated: Sequence[JudgedFilm], trends: Sequence[FilmTrend]) -> float | None:
    """Return after how many films a rise is flagged that experts saw; infinite if never, None without such a rise."""
    lowest, began = float("inf"), None
    for place, film in enumerate(dated):
        if film.expert - lowest >= REAL_CHANGE:
            began = place
            break
        lowest = min(lowest, film.expert)
    if began is None:
        return None
    flagged = [
        place for place, trend in enumerate(trends) if trend.flag is not None and trend.flag.kind is FlagKind.RISE
    ]
    return min((float(place - began) for place in flagged if place >= began), default=float("inf"))


def _mean(counts: Sequence[SustainedCounts]) -> SustainedCounts:
    names = SustainedCounts.__dataclass_fields__
    return SustainedCounts(**{name: float(np.mean([getattr(one, name) for one in counts])) for name in names})

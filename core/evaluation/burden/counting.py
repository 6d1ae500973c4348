"""Flags per 100 patient-days, patients ever flagged, flags per patient, time between flags.

Films flagged one after the other are one flag, as they are one event on the ward (`core.trend.flags.life`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from core.errors import DataSetInvalidError
from core.evaluation.bootstrap import Estimate, estimate, rate_estimate, resampled_counts
from core.evaluation.burden.stays import WatchedStay
from core.evaluation.flagging import (
    Family,
    FlagStrengths,
    Setting,
    SweepCheck,
    check_sweep,
    families_of,
    new_flags,
    read_flags,
)
from core.trend.comparability import HOURS_PER_DAY, gap_hours_between
from core.trend.types import FlagKind, ScoredFilm, TrendPolicy
from core.types import ScorerCard

Values = NDArray[np.float64]


@dataclass(frozen=True)
class StayBurden:
    """The alarm burden of a detector at one setting, on one set of stays.

    Attributes
    ----------
    family, setting : str
    as_used : bool
    n_flags, n_rises, n_drops, n_looks : int
        `n_looks` is that of the detector as it is; on the sweep none is counted.
    per_100_days, rises_per_100_days : Estimate
        All flags, and those of a rise, which alone alert; 95 % interval by resampling patients.
    ever_flagged : Estimate
        Share of patients with a flag.
    flags_per_patient : float
    median_days_between : float or None
        Between flags of one patient that follow each other; None where none does.
    """

    family: str
    setting: str
    as_used: bool
    n_flags: int
    n_rises: int
    n_drops: int
    n_looks: int
    per_100_days: Estimate
    rises_per_100_days: Estimate
    ever_flagged: Estimate
    flags_per_patient: float
    median_days_between: float | None


@dataclass(frozen=True)
class Burden:
    """The burden on all stays.

    Attributes
    ----------
    n_single_film : int
        Patients with one film: nothing to compare, so no flag is possible; they stand apart from the figures.
    days_single_film : float
    n_patients, n_stays, n_films : int
        Those of the figures.
    patient_days : float
    settings : tuple of StayBurden
    checks : tuple of SweepCheck
    """

    model: str
    model_version: str
    n_single_film: int
    days_single_film: float
    n_patients: int
    n_stays: int
    n_films: int
    patient_days: float
    settings: tuple[StayBurden, ...]
    checks: tuple[SweepCheck, ...]


def measure_burden(
    stays: Sequence[WatchedStay], *, card: ScorerCard, policy: TrendPolicy, resamples: int = 1000, seed: int = 0
) -> Burden:
    """Count the flags of every detector of the registry over its settings.

    Raises
    ------
    DataSetInvalidError
        No patient has two films.
    """
    films_of: dict[str, int] = {}
    for stay in stays:
        films_of[stay.patient] = films_of.get(stay.patient, 0) + len(stay.films)
    kept = [stay for stay in stays if films_of[stay.patient] > 1]
    single = [stay for stay in stays if films_of[stay.patient] == 1]
    if not kept:
        message = f"Of {len(films_of)} patients none has two scored films in the time asked for: nothing to compare."
        raise DataSetInvalidError(message)
    series = [stay.films for stay in kept]
    families, checks = check_sweep(families_of(policy), series, card=card, policy=policy)
    counts = resampled_counts([stay.patient for stay in kept], resamples=resamples, seed=seed)
    settings: list[StayBurden] = []
    for family in families:
        strengths = read_flags(series, family, card)
        settings += [
            _burden(kept, strengths, family, setting, counts, card=card, policy=policy)
            for setting in (*family.settings, *family.as_used)
        ]
    return Burden(
        model=card.model,
        model_version=card.version,
        n_single_film=len({stay.patient for stay in single}),
        days_single_film=sum(stay.days for stay in single),
        n_patients=len({stay.patient for stay in kept}),
        n_stays=len(kept),
        n_films=sum(len(stay.counted) for stay in kept),
        patient_days=sum(stay.days for stay in kept),
        settings=tuple(settings),
        checks=checks,
    )


def _burden(
    stays: Sequence[WatchedStay],
    strengths: FlagStrengths,
    family: Family,
    setting: Setting,
    counts: Values,
    *,
    card: ScorerCard,
    policy: TrendPolicy,
) -> StayBurden:
    as_used = setting in family.as_used
    flagged = [_flagged(stay, strengths, row, setting) for row, stay in enumerate(stays)]
    rises = np.array([sum(kind is FlagKind.RISE for kind, _film in flags) for flags in flagged], dtype=np.float64)
    totals = np.array([len(flags) for flags in flagged], dtype=np.float64)
    days = np.array([stay.days for stay in stays])
    gaps = [gap for flags in flagged for gap in _days_between([film for _kind, film in flags])]
    n_patients = len({stay.patient for stay in stays})
    return StayBurden(
        family=family.name,
        setting=setting.label,
        as_used=as_used,
        n_flags=int(totals.sum()),
        n_rises=int(rises.sum()),
        n_drops=int((totals - rises).sum()),
        n_looks=_looks(stays, family, card=card, policy=policy) if as_used else 0,
        per_100_days=_per_100(totals, days, counts),
        rises_per_100_days=_per_100(rises, days, counts),
        ever_flagged=_ever(stays, totals, counts),
        flags_per_patient=float(totals.sum() / n_patients),
        median_days_between=float(np.median(gaps)) if gaps else None,
    )


def _flagged(
    stay: WatchedStay, strengths: FlagStrengths, row: int, setting: Setting
) -> list[tuple[FlagKind, ScoredFilm]]:
    kinds = (FlagKind.RISE, FlagKind.DROP) if setting.drops else (FlagKind.RISE,)
    begins = {kind: new_flags(strengths.of_kind(kind)[[row]], setting.threshold)[0] for kind in kinds}
    return [
        (kind, trend.film)
        for place, trend in enumerate(strengths.trends[row])
        for kind in kinds
        if trend.film.film_id in stay.counted and begins[kind][place]
    ]


def _looks(stays: Sequence[WatchedStay], family: Family, *, card: ScorerCard, policy: TrendPolicy) -> int:
    return sum(
        trend.flag is not None and trend.flag.kind is FlagKind.LOOK and trend.film.film_id in stay.counted
        for stay in stays
        for trend in family.detector.assess(stay.films, card=card, policy=policy)
    )


def _days_between(films: Sequence[ScoredFilm]) -> list[float]:
    return [gap_hours_between(earlier, later) / HOURS_PER_DAY for earlier, later in pairwise(films)]


def _per_100(flags: Values, days: Values, counts: Values) -> Estimate:
    drawn = 100 * (counts @ flags) / (counts @ days)
    return rate_estimate(float(drawn[0]), drawn[1:], float(days.sum()))


def _ever(stays: Sequence[WatchedStay], flags: Values, counts: Values) -> Estimate:
    """Return the share of patients with a flag; a patient with several stays counts once."""
    names = [stay.patient for stay in stays]
    first = [names.index(name) for name in sorted(set(names))]
    ever = np.array([any(flags[row] for row in range(len(names)) if names[row] == names[one]) for one in first])
    drawn = (counts[:, first] @ ever) / counts[:, first].sum(axis=1)
    return estimate(float(drawn[0]), drawn[1:])

"""Both tiers of a verdict against the changes that experts saw, and from which probability on each is given.

A verdict is *possible* from ``P(true change > 0) >= p_rise`` and *large* when also ``P(true change > smallest
important change) >= p_large``. Both come from a noise that holds the experts' own scatter, so neither is a figure of
what the model gets wrong: from where on they count is chosen by what experts saw.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from core.errors import DataSetInvalidError
from core.evaluation.agreement import JudgedFilm
from core.evaluation.change_classes import taken_differently
from core.evaluation.change_noise import JudgedChange, consecutive_changes, measure_change_noise
from core.evaluation.evidence.expert_flags import OperatingPoint, TierCounts, Tiers
from core.research.evaluation.expert_flags.pairs import MEASURE, series_of
from core.research.training.folds import patient_folds
from core.trend import assess_trend
from core.trend.flags.proposed import ALERTING_REFERENCE
from core.trend.types import TrendPolicy
from core.types import ScorerCard, VerdictRecord, ViewPosition

Values = NDArray[np.float64]

REAL_CHANGE = 2.0
"""Experts' change that is to be found, points of 8."""
STABLE_CHANGE = 1.0
"""Below it experts' change counts as none."""
_P_RISE = (0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.925, 0.95, 0.975)
_P_LARGE = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
_STABLE_SHARE, _STABLE_SHARE_LARGE = 3 / 61, 1 / 61


@dataclass(frozen=True, eq=False)
class TierPairs:
    """Films with what the rule says of them against their recent level; arrays over partitions and films.

    Attributes
    ----------
    patients : tuple of str
        Of each film.
    expert : array (partitions, films)
        The experts' change between the means of the very films that were compared, points of 8; NaN where nothing was
        compared. A later film of a change that lasts stands against a level that experts saw change too.
    real, large : array (partitions, films)
        P(true change > 0) and P(true change > smallest important change) in the direction in which it is likelier.
    rises : bool array (partitions, films)
        Whether that direction is up.
    """

    patients: tuple[str, ...]
    expert: Values
    real: Values
    large: Values
    rises: NDArray[np.bool_]


def judge_tiers(films: Sequence[JudgedFilm], *, card: ScorerCard, policy: TrendPolicy) -> TierPairs:
    """Return the rule's probabilities for every film with a recent level, the noise measured without the patient.

    Raises
    ------
    DataSetInvalidError
        Too few patients have serial films for a noise without one of them.
    """
    changes = consecutive_changes(films)
    patients, columns = [], []
    for patient in sorted({change.patient_id for change in changes if not taken_differently(change)}):
        own = card_without_patient(card, changes, patient)
        dated = sorted(
            (film for film in films if film.patient_id == patient and film.day is not None),
            key=lambda film: (film.day or 0, film.film_id),
        )
        said = [_said_of(dated, partition, own, policy) for partition in range(len(dated[0].predicted))]
        patients += [patient] * len(dated)
        columns.append(np.array(said))
    if not columns:
        raise DataSetInvalidError("No patient has two scored films taken alike on different days. Nothing is judged.")
    everything = np.concatenate(columns, axis=1)
    compared = np.isfinite(everything[..., 0]).any(axis=0)
    expert, real, large, rises = np.moveaxis(everything[:, compared], 2, 0)
    chosen = tuple(patient for patient, is_compared in zip(patients, compared, strict=True) if is_compared)
    return TierPairs(chosen, expert, real, large, rises > 0)


def _said_of(
    dated: Sequence[JudgedFilm], partition: int, card: ScorerCard, policy: TrendPolicy
) -> list[tuple[float, float, float, float]]:
    """Return the experts' change, P(real), P(large) and 1 for a rise of each film; NaN and 0 without a comparison."""
    trends = assess_trend(
        series_of(dated, partition, card),
        card=card,
        policy=replace(policy, p_rise=0.5, p_large=0.0),
        references=(ALERTING_REFERENCE,),
        measures=(MEASURE,),
    )
    said = [(float("nan"), 0.0, 0.0, 0.0)] * len(dated)
    for trend in trends:
        change = trend.change(MEASURE, ALERTING_REFERENCE)
        if change is None or change.p_rise is None or change.p_drop is None:
            continue
        now, before = (
            np.mean([dated[place].expert for place in places])
            for places in (change.now_film_ids, change.before_film_ids)
        )
        rising = change.p_rise >= change.p_drop
        real, large = (change.p_rise, change.p_large_rise) if rising else (change.p_drop, change.p_large_drop)
        said[trend.film.film_id] = (float(now - before), real, large or 0.0, float(rising))
    return said


def card_without_patient(card: ScorerCard, changes: Sequence[JudgedChange], patient: str) -> ScorerCard:
    """Return the card with the noise of films taken alike measured on all other patients, and no other."""
    alike = [change for change in changes if change.patient_id != patient and not taken_differently(change)]
    # No interval is used.
    whole = measure_change_noise(alike, "The other patients.", resamples=2)
    return replace(card, noise={MEASURE: whole}, mixed_noise={}, level_noise={}, change_views=tuple(ViewPosition))


def count_tiers(pairs: TierPairs, point: OperatingPoint, rows: Sequence[int] | None = None) -> TierCounts:
    """Return how many of some films (None: of all) are named at an operating point, the mean over the partitions."""
    chosen = np.arange(len(pairs.patients)) if rows is None else np.array(rows, dtype=np.intp)
    expert, rises = pairs.expert[:, chosen], pairs.rises[:, chosen]
    named = pairs.real[:, chosen] >= point.p_rise
    large = named & (pairs.large[:, chosen] >= point.p_large)
    rose, fell, stable = expert >= REAL_CHANGE, expert <= -REAL_CHANGE, np.abs(expert) < STABLE_CHANGE

    def mean(hits: NDArray[np.bool_]) -> float:
        return float(hits.sum(axis=1).mean())

    return TierCounts(
        n_rises=mean(rose),
        n_drops=mean(fell),
        n_stable=mean(stable),
        rises_caught=mean(named & rises & rose),
        drops_caught=mean(named & ~rises & fell),
        stable_named=mean(named & stable),
        rises_large=mean(large & rises & rose),
        drops_large=mean(large & ~rises & fell),
        stable_large=mean(large & stable),
    )


def choose_point(pairs: TierPairs, rows: Sequence[int] | None = None) -> OperatingPoint:
    """Return the loosest operating point at which few stable pairs are named, and hardly one is called large."""

    def stable_share(point: OperatingPoint, *, large: bool) -> float:
        counts = count_tiers(pairs, point, rows)
        return (counts.stable_large if large else counts.stable_named) / max(counts.n_stable, 1.0)

    p_rise = next(
        (p for p in _P_RISE if stable_share(OperatingPoint(p, 0.0), large=False) <= _STABLE_SHARE), _P_RISE[-1]
    )
    p_large = next(
        (p for p in _P_LARGE if stable_share(OperatingPoint(p_rise, p), large=True) <= _STABLE_SHARE_LARGE),
        _P_LARGE[-1],
    )
    return OperatingPoint(p_rise, p_large)


def choose_in_folds(pairs: TierPairs, *, folds: int = 5, seed: int = 0) -> tuple[TierCounts, list[OperatingPoint]]:
    """Return what points chosen on the patients of all other folds name in each fold, added up, and these points."""
    per_patient = {patient: pairs.patients.count(patient) for patient in sorted(set(pairs.patients))}
    fold_of = patient_folds(per_patient, folds, seed)
    counts, points = [], []
    for fold in range(folds):
        inside = [row for row, patient in enumerate(pairs.patients) if fold_of[patient] == fold]
        outside = [row for row, patient in enumerate(pairs.patients) if fold_of[patient] != fold]
        points.append(choose_point(pairs, outside))
        counts.append(count_tiers(pairs, points[-1], inside))
    total = {field.name: sum(getattr(one, field.name) for one in counts) for field in fields(TierCounts)}
    return TierCounts(**total), points


def evaluate_tiers(pairs: TierPairs, policy: TrendPolicy) -> Tiers:
    """Return what a policy names, and what points chosen in folds of patients name."""
    point = OperatingPoint(policy.p_rise, policy.p_large)
    in_folds, points = choose_in_folds(pairs)
    return Tiers(len(set(pairs.patients)), point, count_tiers(pairs, point), tuple(points), in_folds)


def verdict_record(pairs: TierPairs, policy: TrendPolicy) -> VerdictRecord:
    """Return what the card says of verdicts by a policy."""
    counts = count_tiers(pairs, OperatingPoint(policy.p_rise, policy.p_large))
    return VerdictRecord(
        p_rise=policy.p_rise,
        p_large=policy.p_large,
        n_patients=len(set(pairs.patients)),
        n_changes=round(counts.n_rises + counts.n_drops, 2),
        n_stable=round(counts.n_stable, 2),
        found=round(counts.rises_caught + counts.drops_caught, 2),
        found_large=round(counts.rises_large + counts.drops_large, 2),
        named=round(counts.stable_named, 2),
        named_large=round(counts.stable_large, 2),
    )

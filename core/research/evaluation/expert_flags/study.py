"""Every detector compared with experts on open serial films, out of sample, scale by scale."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np

from core.errors import DataSetInvalidError
from core.evaluation.agreement import JudgedFilm
from core.evaluation.bootstrap import Estimate
from core.evaluation.evidence.expert_flags import FlagFigures, FlagScale, FlagStudy
from core.evaluation.flagging import RAW_STEP, Family, Setting, families_of
from core.research.evaluation.dataset import DataSetFilm
from core.research.evaluation.expert_flags.differently import evaluate_looks
from core.research.evaluation.expert_flags.figures_of_flags import FEWEST_EVENTS, RESAMPLES, Ruler, change_figures
from core.research.evaluation.expert_flags.pairs import MEASURE, judge_pairs
from core.research.evaluation.expert_flags.sustained import evaluate_sustained
from core.research.evaluation.expert_flags.tiers import evaluate_tiers, judge_tiers
from core.research.evaluation.out_of_sample import OutOfSample, judged_films
from core.research.evaluation.prediction import SCALES
from core.trend.types import TrendPolicy
from core.types import ScorerCard

Found = TypeVar("Found")

CANNOT_TELL = "the data cannot tell"
EXTENT, BRIXIA, JUNIOR = "geographic_extent", "brixia_senior", "brixia_junior"
REAL_EXTENT = 2.0
"""Points of 8: the low end of the smallest detectable changes, 2.0-2.9, computed from published predictions. The
three readers' single values are not published, so their own cannot be computed."""


NOTES = (
    "Scores of films whose patient the networks had not seen; the noise for a patient is fitted without that patient.",
    "The Brixia score (0-18) is stretched to 0-8 for the detectors, and so are the steps of the naive ones.",
    "Sensitivity counts flags in the direction of the expert's change, rises and drops together.",
    f"With fewer than {FEWEST_EVENTS} real changes, or an interval over 0, {CANNOT_TELL}.",
)


def evaluate_flags(
    films: Sequence[DataSetFilm],
    said: OutOfSample,
    card: ScorerCard,
    policy: TrendPolicy,
    *,
    resamples: int = RESAMPLES,
) -> FlagStudy:
    """Compare every detector's flags with the experts' changes.

    Parameters
    ----------
    films : sequence of DataSetFilm
    said : OutOfSample
        Of the scorer that `card` is of.
    policy : TrendPolicy
    """
    families = families_of(policy)
    brixia = smallest_detectable(films)
    both = [film for film in films if {BRIXIA, JUNIOR} <= film.experts.keys()]
    junior = [
        JudgedFilm(film.film_id, film.patient_id, film.experts[BRIXIA], (film.experts[JUNIOR],), film.day, film.view)
        for film in sorted(both, key=lambda film: film.film_id)
    ]
    asked = [(EXTENT, said.scorer, judged_films(films, said.said, EXTENT), REAL_EXTENT)]
    if brixia is not None:
        asked.append((BRIXIA, said.scorer, judged_films(films, said.said, BRIXIA), brixia))
        asked.append((BRIXIA, JUNIOR, junior, brixia))
    scales = [
        _scale(column, name, judged, real, families=families, card=card, resamples=resamples)
        for column, name, judged, real in asked
    ]
    known = tuple(scale for scale in scales if scale is not None)
    extent = asked[0][2]
    return FlagStudy(
        said.scorer,
        said.version,
        known,
        NOTES,
        tiers=_if_enough(lambda: evaluate_tiers(judge_tiers(extent, card=card, policy=policy), policy)),
        sustained=_if_enough(lambda: evaluate_sustained(extent, card=card, policy=policy)),
        looks=_if_enough(lambda: evaluate_looks(extent, policy)),
    )


def _if_enough(evaluate: Callable[[], Found]) -> Found | None:
    """Return what an evaluation finds, None with too few serial films."""
    try:
        return evaluate()
    except DataSetInvalidError:
        return None


def smallest_detectable(films: Sequence[DataSetFilm]) -> float | None:
    """Return the smallest change of the Brixia score that two readers tell from their error: ``1.96 sqrt(2) SEM``.

    SEM is the SD of the two readers' differences over the square root of two. None without ten films read by both.
    """
    differences = [
        film.experts[BRIXIA] - film.experts[JUNIOR] for film in films if {BRIXIA, JUNIOR} <= film.experts.keys()
    ]
    return 1.96 * float(np.std(differences, ddof=1)) if len(differences) >= 10 else None


def _scale(
    column: str,
    name: str,
    judged: Sequence[JudgedFilm],
    real: float,
    *,
    families: Sequence[Family],
    card: ScorerCard,
    resamples: int,
) -> FlagScale | None:
    maximum = SCALES[column]
    pairs = judge_pairs(judged, families, card=replace(card, model=name), maximum=maximum)
    if pairs is None:
        return None
    ruler = Ruler(pairs, real * MEASURE.maximum / maximum, resamples)
    return FlagScale(
        column=column,
        said_by=name,
        maximum=maximum,
        real_change=real,
        n_pairs=len(pairs.expert),
        n_patients=len(set(pairs.patients)),
        n_taken_differently=pairs.n_taken_differently,
        n_real=int((np.abs(pairs.expert) >= ruler.real).sum()),
        n_real_rises=int((pairs.expert >= ruler.real).sum()),
        changes=change_figures(pairs, resamples=resamples),
        flags=tuple(_figures(family, setting, ruler) for family in families for setting in family.as_used),
    )


def _figures(family: Family, used: Setting, ruler: Ruler) -> FlagFigures:
    if not used.drops:
        silent = np.full_like(ruler.pairs.predicted, -np.inf)
        ruler = replace(ruler, pairs=replace(ruler.pairs, drop={**ruler.pairs.drop, family.name: silent}))
    threshold = used.threshold
    gain = None if family.name == RAW_STEP else ruler.gain(family.name, threshold, RAW_STEP)
    n_real = int((np.abs(ruler.pairs.expert) >= ruler.real).sum())
    return FlagFigures(
        family=family.name,
        setting=used.label,
        sensitivity=ruler.mean(lambda partition, rows: ruler.sensitivity(family.name, threshold, partition, rows)),
        specificity=ruler.mean(lambda partition, rows: ruler.specificity(family.name, threshold, partition, rows)),
        auc_rise=ruler.mean(lambda partition, rows: ruler.area(family.name, partition, rows)),
        specificity_minus_raw_step=gain,
        answer=_answer(gain, n_real),
    )


def _answer(gain: Estimate | None, n_real: int) -> str:
    if gain is None:
        return ""
    if n_real < FEWEST_EVENTS:
        return f"{CANNOT_TELL}: {n_real} real changes"
    if math.isnan(gain.low) or gain.low <= 0 <= gain.high:
        return CANNOT_TELL
    return "better than the raw step" if gain.low > 0 else "worse than the raw step"

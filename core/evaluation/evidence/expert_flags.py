"""How well flags agree with the changes that experts saw: `trend-flags.json`."""

from __future__ import annotations

from dataclasses import dataclass

from core.evaluation.bootstrap import Estimate


@dataclass(frozen=True)
class FlagFigures:
    """A detector at one setting against the expert's change; each figure the mean over the partitions.

    Attributes
    ----------
    sensitivity : Estimate
        Share of the expert's real changes that are flagged in their direction.
    specificity : Estimate
        Share of the other pairs that are not flagged at all.
    auc_rise : Estimate
        Of the strength of a rise, for a real rise of the expert.
    specificity_minus_raw_step : Estimate or None
        At the same sensitivity: minus that of the raw step that finds as many; None for a raw step.
    answer : str
        Whether that difference shows anything.
    """

    family: str
    setting: str
    sensitivity: Estimate
    specificity: Estimate
    auc_rise: Estimate
    specificity_minus_raw_step: Estimate | None
    answer: str


@dataclass(frozen=True)
class ChangeFigures:
    """How well predicted changes follow the expert's, whatever flags them.

    Attributes
    ----------
    sign_agreement : Estimate
        Share of pairs with a change of the expert whose predicted change has its sign.
    correlation : Estimate
    """

    sign_agreement: Estimate
    correlation: Estimate


@dataclass(frozen=True)
class FlagScale:
    """One scale.

    Attributes
    ----------
    column, said_by : str
        Whose changes are flagged: a scorer, or the junior reader as the ceiling.
    maximum : float
    real_change : float
        The expert's smallest detectable change, in points of the scale.
    n_pairs, n_patients, n_taken_differently, n_real, n_real_rises : int
    changes : ChangeFigures
    flags : tuple of FlagFigures
    """

    column: str
    said_by: str
    maximum: float
    real_change: float
    n_pairs: int
    n_patients: int
    n_taken_differently: int
    n_real: int
    n_real_rises: int
    changes: ChangeFigures
    flags: tuple[FlagFigures, ...]


@dataclass(frozen=True)
class OperatingPoint:
    """From which probability on a change counts as real, and as large."""

    p_rise: float
    p_large: float


@dataclass(frozen=True)
class TierCounts:
    """How many films each tier names, the mean over the partitions.

    Attributes
    ----------
    n_rises, n_drops, n_stable : float
        Films that experts read 2 points or more above or below the recent level, and less than 1 point away from it.
    rises_caught, drops_caught, stable_named : float
        Of these, named in the direction of the experts' change, or named at all.
    rises_large, drops_large, stable_large : float
        Of these, called large.
    """

    n_rises: float
    n_drops: float
    n_stable: float
    rises_caught: float
    drops_caught: float
    stable_named: float
    rises_large: float
    drops_large: float
    stable_large: float


@dataclass(frozen=True)
class Tiers:
    """Both tiers of a verdict, large change and possible change, against experts on films taken alike.

    Attributes
    ----------
    point, as_used : OperatingPoint, TierCounts
        Of the policy in use.
    points, in_folds : tuple of OperatingPoint, TierCounts
        Chosen in each fold on the patients of the others, and what these points name, all folds added up.
    """

    n_patients: int
    point: OperatingPoint
    as_used: TierCounts
    points: tuple[OperatingPoint, ...]
    in_folds: TierCounts


@dataclass(frozen=True)
class SustainedCounts:
    """Films with two earlier days, in one direction, the mean over the partitions.

    Attributes
    ----------
    n, n_stable : float
        Films that experts read 2 points or more beyond their extreme of the earlier films, and less than 1 point.
    named, stable_named : float
        Of these, named against the recent level.
    sustained, stable_sustained : float
        Of these, named by the level of the stay alone.
    """

    n: float
    named: float
    sustained: float
    n_stable: float
    stable_named: float
    stable_sustained: float


@dataclass(frozen=True)
class Sustained:
    """Changes over several films against experts.

    Attributes
    ----------
    n_patients : int
        With three scored days or more.
    n_rising : float
        Patients whose extent rose by 2 points or more above its lowest, as experts read it.
    flagged, flagged_at_once : float
        Of these, with a flag of a rise at that film or later, and at that film. Means over the partitions.
    """

    n_patients: int
    rises: SustainedCounts
    falls: SustainedCounts
    n_rising: float
    flagged: float
    flagged_at_once: float


@dataclass(frozen=True)
class Looks:
    """Pairs of consecutive films taken differently: which ask for a look at the films; means over the partitions.

    Attributes
    ----------
    n_real, n_stable : int
        Pairs with a change of 2 points or more as experts read it, and of less than 1 point.
    real_asked, stable_asked : float
        Of these, those that ask; of the first in the direction of the experts' change.
    """

    n_pairs: int
    n_patients: int
    n_real: int
    n_stable: int
    real_asked: float
    stable_asked: float


@dataclass(frozen=True)
class FlagStudy:
    """All scales, with notes; `tiers`, `sustained` and `looks` of geographic extent, None with too few serial films."""

    model: str
    model_version: str
    scales: tuple[FlagScale, ...]
    notes: tuple[str, ...]
    tiers: Tiers | None = None
    sustained: Sustained | None = None
    looks: Looks | None = None

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
class FlagStudy:
    """All scales, with notes on them."""

    model: str
    model_version: str
    scales: tuple[FlagScale, ...]
    notes: tuple[str, ...]

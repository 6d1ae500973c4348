"""How often films are noted as photographs of a screen or scans of a print, by source."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.model_selection import GroupKFold

from core.errors import DataSetInvalidError
from core.evaluation.proportion import Method, Proportion
from core.films.recognition.photograph import RASTER_THRESHOLD

RASTER = Path(__file__).resolve().parents[4] / "docs" / "evidence" / "photograph_raster.csv"
"""film_id, patient_group, raster_strength of every film of the data set, and for `figure1` seen_by_eye (1 or 0)."""

DIGITAL_SOURCES = ("actualmed", "hannover", "nih")
"""Collections of files from hospitals' archives; the others hold published figures and photographs as well."""

COLUMNS = ("film_id", "patient_group", "raster_strength", "seen_by_eye")
_FOLDS = 5


@dataclass(frozen=True)
class Noted:
    """How many of how many films are noted, with Wilson's 95 % interval of the share, 0-1."""

    source: str
    count: int
    n: int
    low: float
    high: float


@dataclass(frozen=True)
class PhotographEvidence:
    """What the photograph check notes.

    Attributes
    ----------
    by_source : tuple of Noted
        At the shipped threshold, which was set on the digital films.
    digital_out_of_fold : Noted
        Digital films noted at thresholds set on other patients' films: false alarms.
    seen_by_eye : Noted
        Films of figure1 on a magnified piece of which a regular pattern was seen.
    """

    by_source: tuple[Noted, ...]
    digital_out_of_fold: Noted
    seen_by_eye: Noted


def evaluate_photographs(path: Path = RASTER) -> PhotographEvidence:
    """Count in the stored strengths.

    Raises
    ------
    DataSetInvalidError
        The stored table is missing or lacks a column.
    """
    try:
        table = pd.read_csv(path, usecols=list(COLUMNS))
    except (OSError, ValueError) as error:
        message = f"{path.name} cannot be used ({error}). It is part of the repository: restore it."
        raise DataSetInvalidError(message) from error
    source = table["film_id"].str.partition("-")[0]
    noted = table["raster_strength"] >= RASTER_THRESHOLD
    digital = table[source.isin(DIGITAL_SOURCES)]
    return PhotographEvidence(
        by_source=tuple(_noted(name, noted[source == name]) for name in sorted(source.unique())),
        digital_out_of_fold=_noted("digital films", _noted_out_of_fold(digital)),
        seen_by_eye=_noted("pattern seen by eye", noted[table["seen_by_eye"] == 1]),
    )


def raster_threshold(digital: pd.Series) -> float:
    """Return the threshold that notes none of these digital films: their highest strength, rounded up to a tenth."""
    return math.ceil(10 * float(digital.max())) / 10


def _noted_out_of_fold(digital: pd.DataFrame) -> pd.Series:
    strength, noted = digital["raster_strength"], np.zeros(len(digital), dtype=bool)
    for train, test in GroupKFold(_FOLDS).split(digital, groups=digital["patient_group"]):
        noted[test] = strength.iloc[test] >= raster_threshold(strength.iloc[train])
    return pd.Series(noted)


def _noted(source: str, noted: pd.Series) -> Noted:
    count, n = int(noted.sum()), len(noted)
    share = Proportion.of(count, n, method=Method.WILSON)
    return Noted(source, count, n, share.low, share.high)

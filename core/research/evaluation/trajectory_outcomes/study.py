"""Groups at the landmark, and the release of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

from core.errors import DataSetInvalidError
from core.evaluation.evidence.trajectory_outcomes import Incidence, TrajectoryOutcomes
from core.research.evaluation.hannover import icu_stays, scored_films
from core.research.evaluation.trajectory_outcomes.incidence import DAYS, release_incidence
from core.research.evaluation.trajectory_outcomes.landmark import LANDMARK_DAYS, AtLandmark, at_landmark
from core.trend import DEFAULT_DETECTOR, TrendPolicy
from core.types import ScorerCard

FEWEST_EVENTS = 10
"""Deaths below which no hazard ratio of death is told: it would describe single patients."""


def evaluate_trajectory_outcomes(
    data: Path, card: ScorerCard, policy: TrendPolicy, *, evidence: Path, detector: str = DEFAULT_DETECTOR
) -> TrajectoryOutcomes:
    """Compare release from intensive care between groups at the landmark, on the Hannover stays.

    Parameters
    ----------
    data : Path
        Folder with `films.csv` and `clinical.csv`.
    evidence : Path
        Folder with the scorer's scores of these films.

    Raises
    ------
    DataSetInvalidError
        A table is missing, or no patient with a film is beyond the landmark.
    """
    stays = icu_stays(data)
    patients = at_landmark(
        stays, scored_films(data, card, evidence=evidence), card=card, policy=policy, detector=detector
    )
    levels = [patient.level for patient in patients if patient.level is not None]
    if not levels:
        message = f"No patient with a scored film is in intensive care beyond day {LANDMARK_DAYS}: nothing to compare."
        raise DataSetInvalidError(message)
    middle = median(levels)
    n_deaths = sum(patient.died for patient in patients)
    return TrajectoryOutcomes(
        model=card.model,
        model_version=card.version,
        detector=detector,
        landmark_days=LANDMARK_DAYS,
        days=DAYS,
        n_stays=len(stays),
        n_before_landmark=len(stays) - len(patients),
        n_without_film=len(patients) - len(levels),
        n_deaths=n_deaths,
        median_level=middle,
        groups=tuple(_groups(patients, middle)),
        warnings=tuple(_warnings(len(patients), n_deaths)),
    )


def _groups(patients: Sequence[AtLandmark], middle: float) -> list[Incidence]:
    """Return the groups that hold somebody; who lacks level or slope is in none of theirs."""
    rules: dict[str, Callable[[AtLandmark], bool]] = {
        "all": lambda one: True,  # noqa: ARG005
        f"level at most {middle:.1f}": lambda patient: patient.level is not None and patient.level <= middle,
        f"level above {middle:.1f}": lambda patient: patient.level is not None and patient.level > middle,
        "falling or flat": lambda patient: patient.slope is not None and patient.slope <= 0,
        "rising": lambda patient: patient.slope is not None and patient.slope > 0,
        "slope unknown (films of one day, or none)": lambda patient: patient.slope is None,
        "flag of a rise by then": lambda patient: patient.flagged,
        "no flag of a rise by then": lambda patient: not patient.flagged,
    }
    chosen = {name: [patient for patient in patients if rule(patient)] for name, rule in rules.items()}
    return [release_incidence(name, members) for name, members in chosen.items() if members]


def _warnings(n_patients: int, n_deaths: int) -> list[str]:
    warnings = [
        f"{n_patients} patients of one hospital: intervals are wide, and overlapping ones show no difference.",
        "Days only are known: films of the day of the landmark count as taken by it.",
        "Level and slope are the smoothed ones that the screens show; the level is divided at its median here.",
    ]
    if n_deaths < FEWEST_EVENTS:
        warnings.insert(0, f"{n_deaths} deaths after the landmark: no hazard ratio of death can be told.")
    return warnings

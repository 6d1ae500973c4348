"""Does the percentage of opacity predict who needs intensive care and who dies? As in Tang et al. 2020.

Outcomes are those the sources state. A source that states only one side of an outcome (only deaths, say) would make
the two groups differ by hospital, so its patients are left out of that outcome and counted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.errors import DataSetInvalidError
from core.evaluation.bootstrap import Estimate, patient_bootstrap
from core.evaluation.evidence import EVIDENCE
from core.research.evaluation.dataset import read_table

OPACITY_TABLES = {"embedded": "embedded-opacity.csv", "unet-resnet18": "unet-resnet18-opacity.csv"}
"""Segmentation systems and their tables of opacity by film (`film_id`, `fraction` in percent, empty without lungs)."""

OUTCOMES = {
    "icu_admission": "admitted to intensive care at any time (went_icu)",
    "in_icu": "in intensive care on the day of any film (in_icu)",
    "death": "died (survival)",
}
"""Outcomes of a patient, and the column or clinical value that states each."""

_FILM_COLUMNS = ("film_id", "source", "patient_id", "day", "survival", "went_icu")
_STATED = {"icu_admission": ("went_icu", {"Y": True, "N": False}), "death": ("survival", {"N": True, "Y": False})}


@dataclass(frozen=True)
class OutcomeFigure:
    """How well the opacity of one film of each patient tells an outcome.

    Attributes
    ----------
    system : str
    outcome : str
        Key of `OUTCOMES`.
    film : str
        "first": the patient's first film; "worst": the one with the most opacity.
    n_patients, n_events : int
    auc : Estimate
        Area under the ROC curve: 0.5 tells nothing, 1 all. With its 95 % patient-bootstrap interval.
    median_with_event, median_without_event : float
        Opacity, percent of the lung fields.
    """

    system: str
    outcome: str
    film: str
    n_patients: int
    n_events: int
    auc: Estimate
    median_with_event: float
    median_without_event: float


@dataclass(frozen=True)
class OpacityOutcomes:
    """All figures, and how many patients were left out of each outcome because their source states one side only."""

    figures: tuple[OutcomeFigure, ...]
    one_sided_patients: Mapping[str, int]
    notes: tuple[str, ...]

    def as_evidence(self) -> dict[str, object]:
        """Return the figures as the evidence file keeps them."""
        return {
            "figures": [
                {
                    "system": figure.system,
                    "outcome": figure.outcome,
                    "film": figure.film,
                    "n_patients": figure.n_patients,
                    "n_events": figure.n_events,
                    "auc": figure.auc.as_list(),
                    "median_percent_with_event": round(figure.median_with_event, 1),
                    "median_percent_without_event": round(figure.median_without_event, 1),
                }
                for figure in self.figures
            ],
            "outcomes": dict(OUTCOMES),
            "patients_of_sources_that_state_one_side": dict(self.one_sided_patients),
            "notes": list(self.notes),
        }


NOTES = (
    "Opacity is that of a network that saw no painted opacity of the patient; no network saw an outcome.",
    "The first film is the first with a known day, or the patient's only one; it may be taken after the event.",
    "Patients with more films are iller, and the worst of many films is worse than one: the worst film flatters.",
    "Cases were published because they were of interest; these are no frequencies of a hospital.",
)


def evaluate_opacity_outcomes(data: Path, evidence: Path = EVIDENCE) -> OpacityOutcomes:
    """Relate the opacity of each system whose table is there to intensive care and death.

    Parameters
    ----------
    data : Path
        Folder with `films.csv` and `clinical.csv`.
    evidence : Path
        Folder with the tables of opacity by film.

    Raises
    ------
    DataSetInvalidError
        A table is missing or not of the documented form, or no system's table is there.
    """
    films = read_table(data / "films.csv", _FILM_COLUMNS)
    outcomes, one_sided = patient_outcomes(films, read_table(data / "clinical.csv", ("patient_id", "name", "value")))
    present = {system: name for system, name in OPACITY_TABLES.items() if (evidence / name).is_file()}
    if not present:
        names = " or ".join(OPACITY_TABLES.values())
        raise DataSetInvalidError(f"{evidence.name} holds no {names}. Train a segmentation first.")
    figures = [
        outcome_figure(system, outcome, film, percents, stated)
        for system, name in present.items()
        for film, percents in _percents(films, read_opacity_table(evidence / name)).items()
        for outcome, stated in outcomes.items()
    ]
    return OpacityOutcomes(tuple(figure for figure in figures if figure is not None), one_sided, NOTES)


Row = Mapping[str, str]


def patient_outcomes(
    films: Sequence[Row], clinical: Sequence[Row]
) -> tuple[dict[str, dict[str, bool]], dict[str, int]]:
    """Return what is stated of each patient's outcomes, and how many patients were left out of each.

    Returns
    -------
    outcomes : dict
        Outcome to patient to whether it came about; patients of whom nothing is stated are missing.
    one_sided : dict of str to int
        Outcome to the number of patients whose source states only one side of it.
    """
    source_of = {row["patient_id"]: row["source"] for row in films}
    stated: dict[str, dict[str, bool]] = {outcome: {} for outcome in OUTCOMES}
    for outcome, (column, meanings) in _STATED.items():
        for row in films:
            if row[column] in meanings:
                stated[outcome][row["patient_id"]] = meanings[row[column]]
    for row in clinical:
        patient = row["patient_id"]
        if row["name"] == "in_icu" and patient in source_of:
            stated["in_icu"][patient] = stated["in_icu"].get(patient, False) or row["value"] == "1"
    kept, one_sided = {}, {}
    for outcome, of_patients in stated.items():
        sides = defaultdict(set)
        for patient, came in of_patients.items():
            sides[source_of[patient]].add(came)
        kept[outcome] = {patient: came for patient, came in of_patients.items() if len(sides[source_of[patient]]) == 2}
        one_sided[outcome] = len(of_patients) - len(kept[outcome])
    return kept, one_sided


def read_opacity_table(path: Path) -> dict[str, float]:
    """Return opacity in percent of the lung fields by film; films without lungs are missing.

    Raises
    ------
    DataSetInvalidError
        The table is missing or not of the documented form.
    """
    rows = read_table(path, ("film_id", "fraction"))
    try:
        return {row["film_id"]: float(row["fraction"]) for row in rows if row["fraction"]}
    except ValueError as error:
        raise DataSetInvalidError(f"{path.name}: {error}. Expected fraction as a number of 0-100.") from error


def outcome_figure(
    system: str, outcome: str, film: str, percents: Mapping[str, float], stated: Mapping[str, bool]
) -> OutcomeFigure | None:
    """Return the figure of one outcome over the patients of whom both opacity and outcome are known.

    None where all of them, or none, had the event.
    """
    patients = sorted(percents.keys() & stated.keys())
    events = np.array([stated[patient] for patient in patients], dtype=np.bool_)
    values = np.array([percents[patient] for patient in patients])
    if not events.any() or events.all():
        return None
    return OutcomeFigure(
        system=system,
        outcome=outcome,
        film=film,
        n_patients=len(patients),
        n_events=int(events.sum()),
        auc=patient_bootstrap(lambda places: area_under_curve(values[places], events[places]), patients),
        median_with_event=float(np.median(values[events])),
        median_without_event=float(np.median(values[~events])),
    )


def area_under_curve(values: NDArray[np.float64], events: NDArray[np.bool_]) -> float:
    """Return the share of pairs in which the patient with the event has the higher value; equal ones count half.

    NaN where all had the event, or none.
    """
    with_event, without = int(events.sum()), int((~events).sum())
    if not with_event or not without:
        return float("nan")
    from scipy.stats import rankdata  # noqa: PLC0415 - its import takes as long as all others of a screen together

    ranks = rankdata(values)[events].sum()
    return float((ranks - with_event * (with_event + 1) / 2) / (with_event * without))


def _percents(films: Sequence[Row], opacity: Mapping[str, float]) -> dict[str, dict[str, float]]:
    """Return the opacity of each patient's first film and of the worst one."""
    of_patient: dict[str, list[Row]] = defaultdict(list)
    for row in films:
        if row["film_id"] in opacity:
            of_patient[row["patient_id"]].append(row)
    first = {patient: _first(rows) for patient, rows in of_patient.items()}
    return {
        "first": {patient: opacity[row["film_id"]] for patient, row in first.items() if row is not None},
        "worst": {patient: max(opacity[row["film_id"]] for row in rows) for patient, rows in of_patient.items()},
    }


def _first(rows: Sequence[Row]) -> Row | None:
    """Return the patient's first film; None where several have no day and so no order."""
    dated = [row for row in rows if row["day"]]
    if dated:
        return min(dated, key=lambda row: (int(row["day"]), row["film_id"]))
    return rows[0] if len(rows) == 1 else None

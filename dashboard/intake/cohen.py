"""The COVID-19 Image Data Collection (Cohen et al., arXiv:2006.11988) in its own table format."""

from __future__ import annotations

from pathlib import Path

from core.quoting import quoted
from core.types import PatientIdentity, TimePrecision
from dashboard.intake.images import ImageFinder
from dashboard.intake.persons import Persons
from dashboard.intake.plan import (
    DAY_ZERO,
    ImportEvent,
    ImportItem,
    ImportObservation,
    ImportPlan,
    LeftOut,
    PatientDraft,
    time_of_day,
)
from dashboard.intake.tables import Row, day_of, measured, rows_of, sex_of, unclear_values, view_of
from db.models import OBSERVATION_UNITS, EventKind

DATASET = "cohen"
COLUMNS = ("patientid", "offset", "view", "modality", "filename")

OBSERVATION_COLUMNS = {
    "temperature": "temperature",
    "pO2_saturation": "spo2",
    "leukocyte_count": "leukocytes",
    "neutrophil_count": "neutrophils",
    "lymphocyte_count": "lymphocytes",
}
PLAUSIBLE = {"temperature": (33.0, 43.0), "spo2": (70.0, 100.0), "lymphocytes": (0.0, 50.0)}
"""Values outside are left out: Fahrenheit, cells per µl, and partial pressures given as saturation."""

STATE_COLUMNS = {"in_icu": "in intensive care", "intubation_present": "intubated"}
NOTES = (
    "Times are days since onset of symptoms or admission (the source does not say which) from an arbitrary 2000-01-01.",
    "Temperatures outside 33-43 degC, saturations below 70 % and more than 50 x 10^3/ul lymphocytes are left out.",
)


def read_cohen(table: Path, images: Path | None = None, *, follow_links: bool = False) -> ImportPlan:
    """Read the collection's `metadata.csv`.

    Rows of other modalities than X-ray are left out. Images are looked for in `images`, or else beside the
    table and in its `images` folder.

    Raises
    ------
    DataSetInvalidError
        If the table has not this format.
    """
    folders = [images] if images else [table.parent, table.parent / "images"]
    finder = ImageFinder(folders, DATASET, follow_links=follow_links)
    items: list[ImportItem] = []
    left_out: list[LeftOut] = []
    drafts: dict[str, PatientDraft] = {}
    persons = Persons()
    for row in rows_of(table, COLUMNS):
        if row["modality"] != "X-ray":
            left_out.append(LeftOut(row["filename"], f"Not a chest film: {row['modality'] or 'no modality'}."))
            continue
        identity = _identity(row)
        problem = persons.problem(row["patientid"], identity, line=row.line)
        if problem or identity is None:
            items.append(ImportItem(row["filename"], None, problem=problem))
            continue
        draft = drafts.setdefault(identity.identifier, PatientDraft(identity))
        day = day_of(row["offset"])
        items.append(_item(row, identity, finder, day))
        if day is not None:
            left_out += unclear_values(row, OBSERVATION_COLUMNS)
            _gather(row, day, draft)
    return ImportPlan(tuple(items), tuple(draft.finished() for draft in drafts.values()), tuple(left_out), NOTES)


def _identity(row: Row) -> PatientIdentity | None:
    if not row["patientid"]:
        return None
    return PatientIdentity(row["patientid"], issuer=DATASET, sex=sex_of(row["sex"]))


def _item(row: Row, identity: PatientIdentity, finder: ImageFinder, day: float | None) -> ImportItem:
    path = finder.find(row["filename"])
    view_position, patient_position = view_of(row["view"])
    return ImportItem(
        name=row["filename"],
        path=path,
        identity=identity,
        acquired_at=None if day is None else time_of_day(day),
        time_precision=TimePrecision.DAY,
        view_position=view_position,
        patient_position=patient_position,
        relative_day_zero=None if day is None else DAY_ZERO,
        problem=row.wrong_day("offset")
        if path
        else f"There is no image {quoted(row['filename'])} in the images folder.",
    )


def _gather(row: Row, day: float, draft: PatientDraft) -> None:
    at = time_of_day(day)
    draft.times.append(at)
    for column, label in STATE_COLUMNS.items():
        stated = row[column]
        if stated in {"Y", "N"}:
            note = label if stated == "Y" else f"not {label}"
            draft.events.add(ImportEvent(EventKind.COMMENT, at, f"On the day of a film: {note}"))
    for column, name in OBSERVATION_COLUMNS.items():
        value = measured(row[column])
        if value is not None and is_plausible(name, value[0]):
            draft.observations.add(ImportObservation(name, value[0], OBSERVATION_UNITS[name], at, value[1]))


def is_plausible(name: str, value: float) -> bool:
    """Return whether a value of the collection can be what its column says."""
    low, high = PLAUSIBLE.get(name, (float("-inf"), float("inf")))
    return low <= value <= high

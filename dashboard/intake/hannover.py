"""The COVID-19 Image Repository of Hannover Medical School (doi:10.25835/0090041) in its own table format."""

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

DATASET = "hannover"
COLUMNS = ("patient_id", "image_id", "admission_offset", "icu_admission_offset", "projection")

OBSERVATION_COLUMNS = {
    "crp": "crp",
    "d-dimer": "d_dimer",
    # Headed factor XII in the table; its description says coagulation factor XIII.
    "factor_xii": "factor_xiii",
    "ldh": "ldh",
    "lymphocytes": "lymphocytes",
    "neutrophils": "neutrophils",
    "pco2": "paco2",
    "po2": "pao2",
}
EVENT_COLUMNS = {
    "icu_admission_offset": EventKind.ICU_ADMISSION,
    "icu_release_offset": EventKind.ICU_RELEASE,
    "death_offset": EventKind.DEATH,
}
VALUE_COLUMNS = (*EVENT_COLUMNS, *(f"{name}_{part}" for name in OBSERVATION_COLUMNS for part in ("offset", "val")))
NOTES = (
    "Times are days from the start of each patient's case on an arbitrary origin (2000-01-01).",
    "Values beyond the limit of detection carry < or > and the value 0: the table does not state the limit.",
)


def read_hannover(table: Path, images: Path | None = None, *, follow_links: bool = False) -> ImportPlan:
    """Read the repository's `data.csv`.

    All offsets of the table are days from the film of their row; day 0 is the admission of the case.
    Images are looked for in `images`, or else beside the table and in its `png` folder.

    Raises
    ------
    DataSetInvalidError
        If the table has not this format.
    """
    folders = [images] if images else [table.parent, table.parent / "png"]
    finder = ImageFinder(folders, DATASET, follow_links=follow_links)
    items: list[ImportItem] = []
    left_out: list[LeftOut] = []
    drafts: dict[str, PatientDraft] = {}
    persons = Persons()
    for row in rows_of(table, COLUMNS):
        identity = _identity(row)
        problem = persons.problem(row["patient_id"], identity, line=row.line)
        if problem or identity is None:
            items.append(ImportItem(row["image_id"], None, problem=problem))
            continue
        draft = drafts.setdefault(identity.identifier, PatientDraft(identity))
        day = day_of(row["admission_offset"])
        items.append(_item(row, identity, finder, None if day is None else -day))
        if day is not None:
            left_out += unclear_values(row, VALUE_COLUMNS)
            _gather(row, -day, draft)
    return ImportPlan(tuple(items), tuple(draft.finished() for draft in drafts.values()), tuple(left_out), NOTES)


def _identity(row: Row) -> PatientIdentity | None:
    if not row["patient_id"]:
        return None
    return PatientIdentity(row["patient_id"], issuer=DATASET, sex=sex_of(row["sex"]))


def _item(row: Row, identity: PatientIdentity, finder: ImageFinder, film_day: float | None) -> ImportItem:
    path = finder.find(row["image_id"])
    view_position, patient_position = view_of(row["projection"])
    return ImportItem(
        name=row["image_id"],
        path=path,
        identity=identity,
        acquired_at=None if film_day is None else time_of_day(film_day),
        time_precision=TimePrecision.DAY,
        view_position=view_position,
        patient_position=patient_position,
        modality=row["modality"],
        relative_day_zero=None if film_day is None else DAY_ZERO,
        problem=row.wrong_day("admission_offset")
        if path
        else f"There is no image {quoted(row['image_id'])} in the images folder.",
    )


def _gather(row: Row, film_day: float, draft: PatientDraft) -> None:
    draft.times.append(time_of_day(film_day))
    draft.events.add(ImportEvent(EventKind.ADMISSION, time_of_day(0)))
    for column, kind in EVENT_COLUMNS.items():
        offset = day_of(row[column])
        if offset is not None:
            draft.events.add(ImportEvent(kind, time_of_day(film_day + offset)))
    for column, name in OBSERVATION_COLUMNS.items():
        offset, value = day_of(row[f"{column}_offset"]), measured(row[f"{column}_val"])
        if offset is not None and value is not None:
            draft.observations.add(
                ImportObservation(name, value[0], OBSERVATION_UNITS[name], time_of_day(film_day + offset), value[1])
            )

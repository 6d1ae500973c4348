"""A manifest: one row per film, for films of one's own and for prepared data sets.

Columns of the table (see `core.tables` for its form; others are ignored):

=================  ==================================================================================
path               file, relative to the manifest's folder (or to --images); needed
patient_id         hospital number or data-set id; needed
source             who gave the id; patients of different sources are different patients
acquired_at        ISO 8601 with or without time zone (then the site's), or a date alone
day                instead of acquired_at: days from the patient's own day 0; empty when unknown
view               PA, AP, AP Supine, AP semi-erect, AP erect, L; anything else counts as not stated
name, birth_date   birth_date as YYYY-MM-DD
sex                F, M or O
film_id            how the report calls the film; else its path
=================  ==================================================================================

A `clinical.csv` beside it (patient_id, day, name, value, unit) comes along.
"""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from core.counting import counted
from core.quoting import quoted
from core.stated_time import stated_time
from core.types import PatientIdentity, TimePrecision
from dashboard.intake import clinical
from dashboard.intake.persons import Persons
from dashboard.intake.plan import DAY_ZERO, ImportItem, ImportPlan, LeftOut, PatientDraft, time_of_day
from dashboard.intake.tables import Row, day_of, rows_of, sex_of, view_of

COLUMNS = ("path", "patient_id")
CLINICAL_NAME = "clinical.csv"

Drafts = dict[tuple[str, str], PatientDraft]
"""Patients by source and id."""


def read_manifest(table: Path, images: Path | None = None, *, site_zone: ZoneInfo) -> ImportPlan:
    """Read a manifest and the clinical values beside it.

    Raises
    ------
    DataSetInvalidError
        If a table has not the documented form.
    """
    folder = images or table.parent
    drafts: Drafts = {}
    persons = Persons()
    items = tuple(_item(row, folder, site_zone, drafts, persons) for row in rows_of(table, COLUMNS))
    left_out: tuple[LeftOut, ...] = ()
    beside = table.with_name(CLINICAL_NAME)
    if beside.is_file():
        left_out = clinical.gather(beside, tuple(drafts.values()))
    undated = sum(item.acquired_at is None and not item.problem for item in items)
    notes = [] if not undated else [f"Without a time: {counted(undated, 'film')}, stored and scored, and on no trend."]
    if any(item.relative_day_zero for item in items):
        notes.append("Days stand on an arbitrary origin (2000-01-01).")
    return ImportPlan(items, tuple(draft.finished() for draft in drafts.values()), left_out, tuple(notes))


def _item(row: Row, folder: Path, site_zone: ZoneInfo, drafts: Drafts, persons: Persons) -> ImportItem:
    name = row["film_id"] or row["path"]
    try:
        identity = _identity(row, persons)
        acquired_at, precision, relative = _time(row, site_zone)
    except ValueError as error:
        return ImportItem(name, None, problem=str(error))
    draft = drafts.setdefault((identity.issuer, identity.identifier), PatientDraft(identity, relative=False))
    if draft.times and acquired_at is not None and draft.relative is not relative:
        return ImportItem(
            name, None, problem="The patient has films by day and films by calendar time. Use one of them."
        )
    if acquired_at is not None:
        draft.relative = draft.relative or relative
        draft.times.append(acquired_at)
    path = folder / row["path"]
    view_position, patient_position = view_of(row["view"])
    return ImportItem(
        name=name,
        path=path,
        identity=identity,
        acquired_at=acquired_at,
        time_precision=precision,
        view_position=view_position,
        patient_position=patient_position,
        relative_day_zero=DAY_ZERO if relative else None,
        problem=_no_file(row["path"], path),
    )


def _no_file(stated: str, path: Path) -> str:
    try:
        return "" if stated and path.is_file() else f"There is no file {quoted(stated)}."
    except OSError as error:
        return f"The file {quoted(stated)} cannot be read ({error.strerror})."


def _identity(row: Row, persons: Persons) -> PatientIdentity:
    number, born = row["patient_id"], row["birth_date"]
    try:
        birth_date = date.fromisoformat(born) if born else None
    except ValueError as error:
        raise ValueError(row.wrong_date("birth_date", "date as YYYY-MM-DD")) from error
    said = (row["source"], row["name"], birth_date, sex_of(row["sex"]))
    identity = PatientIdentity(number, *said) if number else None
    problem = persons.problem(number, identity, line=row.line)
    if problem or identity is None:
        raise ValueError(problem)
    return identity


def _time(row: Row, site_zone: ZoneInfo) -> tuple[datetime | None, TimePrecision, bool]:
    """Return acquisition time, its precision, and whether it stands on an arbitrary day 0."""
    stated = row["acquired_at"]
    if not stated:
        day = day_of(row["day"])
        if day is None and row["day"]:
            raise ValueError(
                row.wrong_day("day") or f"{row.where('day')}: {quoted(row['day'])} is no number of days. Mend it."
            )
        return (None if day is None else time_of_day(day)), TimePrecision.DAY, day is not None
    try:
        found = stated_time(stated, site_zone)
    except ValueError as error:
        raise ValueError(row.wrong_date("acquired_at", "time as YYYY-MM-DDThh:mm")) from error
    return found.at, found.precision, False

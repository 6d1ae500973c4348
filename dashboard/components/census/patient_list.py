"""Patients found by name or number."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.components.browser.record_table import Cell, Record, record_table
from dashboard.components.page.address import patient_address
from dashboard.wording.facts import SEXES, born_text, place_text, shown_name
from dashboard.wording.times import TimeScale
from db.read_models.lists import PatientRow

COLUMNS = ("Name", "Number", "Born", "Sex", "Where")


def draw_patient_list(rows: Sequence[PatientRow], *, scale: TimeScale, dark: bool) -> int | None:
    """Draw the patients; return the one chosen in this run."""
    records = [_record(row, scale) for row in rows]
    chosen = record_table("Patients found", COLUMNS, records, key="patient-list", dark=dark)
    return None if chosen is None else int(chosen)


def _record(row: PatientRow, scale: TimeScale) -> Record:
    person = row.patient
    cells = (
        Cell(shown_name(person.name)),
        Cell(person.identifier, (person.issuer,) if person.issuer else ()),
        Cell(born_text(person)),
        Cell(SEXES.get(person.sex, "not stated")),
        Cell(*_where(row, scale)),
    )
    return Record(str(person.patient_id), cells, patient_address(person.patient_id))


def _where(row: PatientRow, scale: TimeScale) -> tuple[str, tuple[str, ...]]:
    stay = row.stay
    if stay is None:
        return "never admitted here", ()
    place = place_text(stay.unit, stay.bed)
    if stay.discharged_at is None:
        return place, ()
    own = TimeScale(scale.zone, stay.relative_day_zero)
    return "discharged", (f"from {place}, {own.text(stay.discharged_at, stay.time_precision)}",)

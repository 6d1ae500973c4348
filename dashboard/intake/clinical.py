"""The table of clinical values beside a manifest: patient_id, day, name, value, unit."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from dashboard.intake.plan import ImportEvent, ImportObservation, LeftOut, PatientDraft, time_of_day
from dashboard.intake.tables import Row, day_of, measured, rows_of
from db.models import OBSERVATION_UNITS, EventKind

COLUMNS = ("patient_id", "day", "name", "value", "unit")

NAMES = {"po2": "pao2", "pco2": "paco2", "pO2_saturation": "spo2"}
"""Names of the table that Lungline calls otherwise."""

MINIMUM_SATURATION = 70.0
"""Lower saturations may be partial pressures in the source and are left out."""

EVENTS = {
    "admission": EventKind.ADMISSION,
    "icu_admission": EventKind.ICU_ADMISSION,
    "icu_release": EventKind.ICU_RELEASE,
    "death": EventKind.DEATH,
    "intubation": EventKind.INTUBATION,
    "extubation": EventKind.EXTUBATION,
}
STATES = {
    "in_icu": "in intensive care",
    "intubation_present": "intubated",
    "needed_supplemental_O2": "needed supplemental oxygen",
}


def gather(table: Path, drafts: Sequence[PatientDraft]) -> tuple[LeftOut, ...]:
    """Add the table's values to the patients in `drafts`; return the rows left out, with their reason.

    Rows of patients without a film in the manifest are passed over.

    Raises
    ------
    DataSetInvalidError
        If the table has not the documented columns.
    """
    by_identifier: dict[str, list[PatientDraft]] = {}
    for draft in drafts:
        by_identifier.setdefault(draft.identity.identifier, []).append(draft)
    left_out = []
    for row in rows_of(table, COLUMNS):
        meant = by_identifier.get(row["patient_id"], [])
        reason = _add(row, meant[0]) if len(meant) == 1 else "Two sources give this patient id."
        if meant and reason:
            left_out.append(LeftOut(f"{table.name} line {row.line} ({row['name']})", reason))
    return tuple(left_out)


def _add(row: Row, draft: PatientDraft) -> str:
    """Add one row; return why it was left out, "" when it was not."""
    unclear = _without_name(row) or row.wrong_day("day") or row.decimal_comma("value")
    if unclear:
        return unclear
    day, value = day_of(row["day"]), measured(row["value"])
    if day is None:
        return "The value states no day."
    if value is None:
        return f"{row['value']!r} is no number."
    at, name = time_of_day(day), NAMES.get(row["name"], row["name"])
    # A patient with real film times has no day 0 on which this day could stand.
    if draft.times and not draft.relative:
        return "The patient's films have calendar times, the value has a day only."
    draft.relative = True
    if name in EVENTS:
        draft.events.add(ImportEvent(EVENTS[name], at))
    elif name in STATES:
        note = STATES[name] if value[0] else f"not {STATES[name]}"
        draft.events.add(ImportEvent(EventKind.COMMENT, at, f"On the day of a film: {note}"))
    elif name == "spo2" and value[0] < MINIMUM_SATURATION:
        return f"A saturation of {value[0]:g} % may be a partial pressure."
    else:
        unit = OBSERVATION_UNITS.get(name, row["unit"])
        draft.observations.add(ImportObservation(name, value[0], unit, at, value[1]))
    return ""


def _without_name(row: Row) -> str:
    return "" if row["name"] else "The row does not say what was measured. Write its name in full (sodium, not NA)."

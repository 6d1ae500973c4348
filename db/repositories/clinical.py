"""Measured values and events on a patient's timeline."""

from __future__ import annotations

import math
from datetime import datetime

from sqlmodel import Session

from core.types import TimePrecision
from db.models import ClinicalEvent, EventKind, Observation, Patient
from db.repositories._rows import exact, get_row, insert, plain


def add_observation(
    patient_id: int,
    name: str,
    value: float,
    *,
    at: datetime,
    unit: str = "",
    comparator: str = "",
    time_precision: TimePrecision = TimePrecision.SECOND,
    session: Session,
) -> bool:
    """Store a measured value; return False where the same one (name, time, value, comparator) is stored already.

    Parameters
    ----------
    comparator : str
        "<" or ">" for a value beyond the limit of detection, "" otherwise.

    Raises
    ------
    NotFoundError
    ValueError
        No name, not a finite number, or another comparator.
    """
    get_row(Patient, patient_id, session=session)
    name = exact(name, Observation, "name")
    if not name or not math.isfinite(value) or comparator not in {"", "<", ">"}:
        raise ValueError(
            f"Observation {name!r} {comparator!r} {value} cannot be stored. Expected a name, a finite number and "
            "a comparator '', '<' or '>'."
        )
    row = Observation(
        patient_id=patient_id,
        name=name,
        value=float(value),
        comparator=comparator,
        unit=exact(unit, Observation, "unit"),
        at=at,
        time_precision=time_precision,
    )
    return insert(row, session=session)


def add_event(
    patient_id: int,
    kind: EventKind,
    *,
    at: datetime,
    note: str = "",
    time_precision: TimePrecision = TimePrecision.SECOND,
    session: Session,
) -> bool:
    """Store an event; return False where the same one (kind, time, note) is stored already.

    Raises
    ------
    NotFoundError
    """
    get_row(Patient, patient_id, session=session)
    row = ClinicalEvent(
        patient_id=patient_id,
        kind=kind,
        at=at,
        note=plain(note.strip(), ClinicalEvent, "note"),
        time_precision=time_precision,
    )
    return insert(row, session=session)

"""Patients and stays: columns in the order of their facts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy.orm import Mapped
from sqlmodel import col

from db.models import Patient, Stay

PATIENT_COLUMNS = 7


def patient_columns() -> tuple[Mapped[Any], ...]:
    """Return the columns of PatientFacts."""
    return (
        col(Patient.id),
        col(Patient.name),
        col(Patient.identifier),
        col(Patient.issuer),
        col(Patient.birth_date),
        col(Patient.sex),
        col(Patient.relative_day_zero),
    )


def stay_columns() -> tuple[Mapped[Any], ...]:
    """Return the columns of StayFacts."""
    return (
        col(Stay.id),
        col(Stay.patient_id),
        col(Stay.unit),
        col(Stay.bed),
        col(Stay.admitted_at),
        col(Stay.discharged_at),
        col(Stay.time_precision),
        *patient_columns()[1:],
    )


def is_open(as_of: datetime | None) -> ColumnElement[bool]:
    """Return whether a stay is open, or was at `as_of`."""
    if as_of is None:
        return col(Stay.discharged_at).is_(None)
    ended_later = or_(col(Stay.discharged_at).is_(None), col(Stay.discharged_at) > as_of)
    return and_(col(Stay.admitted_at) <= as_of, ended_later)

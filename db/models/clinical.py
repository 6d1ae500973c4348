"""Measured values and events beside the films."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Column, Index, text
from sqlmodel import Field

from core.types import TimePrecision
from db.columns import Table, UtcDateTime, enum_column_type


class EventKind(StrEnum):
    """What happened to a patient."""

    ADMISSION = "admission"
    ICU_ADMISSION = "icu_admission"
    ICU_RELEASE = "icu_release"
    INTUBATION = "intubation"
    EXTUBATION = "extubation"
    TRACHEOSTOMY = "tracheostomy"
    PRONING = "proning"
    SUPINATION = "supination"
    ECMO_START = "ecmo_start"
    ECMO_END = "ecmo_end"
    DEATH = "death"
    COMMENT = "comment"


_STANDING = text("taken_back_at is null")
_TAKEN_BACK = "taken_back_at is null or (taken_back_by <> '' and taken_back_reason <> '')"


def _same(name: str, *columns: str) -> Index:
    """Return what makes two rows the same; what was taken back may be added again."""
    return Index(name, *columns, unique=True, sqlite_where=_STANDING, postgresql_where=_STANDING)


class Observation(Table, table=True):
    """One measured value. `name` is a key of `OBSERVATION_UNITS` where Lungline knows it.

    `comparator` is "<" or ">" for a value beyond the limit of detection, which `value` then holds
    where it is known. `added_by` is empty for a value that no person entered here. What was taken back keeps its row.
    """

    __table_args__ = (
        _same("uq_observation", "patient_id", "name", "at", "value", "comparator"),
        Index("ix_observation_patient_at", "patient_id", "at"),
        CheckConstraint(_TAKEN_BACK, name="ck_observation_taken_back"),
    )

    id: int | None = Field(default=None, primary_key=True)
    patient_id: int = Field(foreign_key="patient.id")
    name: str = Field(max_length=64)
    value: float
    comparator: str = Field(default="", max_length=1)
    unit: str = Field(default="", max_length=32)
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    time_precision: TimePrecision = Field(
        default=TimePrecision.SECOND,
        sa_column=Column(enum_column_type(TimePrecision, "ck_observation_time_precision"), nullable=False),
    )
    added_by: str = Field(default="", max_length=128)
    taken_back_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    taken_back_by: str = Field(default="", max_length=128)
    taken_back_reason: str = Field(default="", max_length=500)


class ClinicalEvent(Table, table=True):
    """One event on a patient's timeline; who added it and that it was taken back as in `Observation`."""

    __tablename__ = "clinical_event"
    __table_args__ = (
        _same("uq_clinical_event", "patient_id", "kind", "at", "note"),
        Index("ix_clinical_event_patient_at", "patient_id", "at"),
        CheckConstraint(_TAKEN_BACK, name="ck_clinical_event_taken_back"),
    )

    id: int | None = Field(default=None, primary_key=True)
    patient_id: int = Field(foreign_key="patient.id")
    kind: EventKind = Field(sa_column=Column(enum_column_type(EventKind, "ck_clinical_event_kind"), nullable=False))
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    time_precision: TimePrecision = Field(
        default=TimePrecision.SECOND,
        sa_column=Column(enum_column_type(TimePrecision, "ck_clinical_event_time_precision"), nullable=False),
    )
    note: str = Field(default="", max_length=1000)
    added_by: str = Field(default="", max_length=128)
    taken_back_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    taken_back_by: str = Field(default="", max_length=128)
    taken_back_reason: str = Field(default="", max_length=500)


OBSERVATION_UNITS = {
    "peep": "cmH2O",
    "fio2": "%",
    "pao2": "mmHg",
    "paco2": "mmHg",
    "spo2": "%",
    "crp": "mg/l",
    "d_dimer": "mg/l",
    "ldh": "U/l",
    "factor_xiii": "%",
    "lymphocytes": "10^3/ul",
    "neutrophils": "10^3/ul",
    "leukocytes": "10^3/ul",
    "temperature": "degC",
}
"""Observations Lungline knows, and the unit each is stored in."""

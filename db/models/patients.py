"""Patients and their stays."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Column, Index, UniqueConstraint, text
from sqlmodel import Field

from core.types import TimePrecision
from db.columns import Table, UtcDateTime, enum_column_type


class Patient(Table, table=True):
    """A person. `identifier` is unique within `issuer`.

    A merged patient keeps its row, so that films still arriving under the old number reach the one it was
    merged into. `relative_day_zero` marks a patient whose times stand on an arbitrary origin (data sets that
    state days only); times are then shown as days from it.
    """

    __table_args__ = (
        UniqueConstraint("issuer", "identifier", name="uq_patient_identity"),
        CheckConstraint("identifier <> ''", name="ck_patient_identifier"),
        CheckConstraint("merged_into_id is null or merged_into_id <> id", name="ck_patient_merge"),
    )

    id: int | None = Field(default=None, primary_key=True)
    identifier: str = Field(max_length=128)
    issuer: str = Field(default="", max_length=128)
    name: str = Field(default="", max_length=300)
    birth_date: date | None = None
    sex: str = Field(default="", max_length=1)
    relative_day_zero: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    merged_into_id: int | None = Field(default=None, foreign_key="patient.id", index=True)
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class Stay(Table, table=True):
    """A patient's time in a unit. At most one open stay per patient and per bed."""

    __table_args__ = (
        CheckConstraint("discharged_at is null or discharged_at >= admitted_at", name="ck_stay_order"),
        Index(
            "uq_stay_open_patient",
            "patient_id",
            unique=True,
            sqlite_where=text("discharged_at is null"),
            postgresql_where=text("discharged_at is null"),
        ),
        Index(
            "uq_stay_open_bed",
            "unit",
            "bed",
            unique=True,
            sqlite_where=text("discharged_at is null and bed <> ''"),
            postgresql_where=text("discharged_at is null and bed <> ''"),
        ),
        Index("ix_stay_patient_admitted", "patient_id", "admitted_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    patient_id: int = Field(foreign_key="patient.id")
    unit: str = Field(max_length=64)
    bed: str = Field(default="", max_length=32)
    admitted_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    discharged_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    time_precision: TimePrecision = Field(
        default=TimePrecision.SECOND,
        sa_column=Column(enum_column_type(TimePrecision, "ck_stay_time_precision"), nullable=False),
    )
    imported: bool = False

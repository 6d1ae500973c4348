"""Films, the way each has gone, its checks and its conflicts."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Column, Index, UniqueConstraint
from sqlmodel import Field

from core.types import CheckVerdict, PatientPosition, TimeDoubt, TimePrecision, ViewPosition
from db.columns import Table, UtcDateTime, enum_column_type


class FilmState(StrEnum):
    """Where a film is on its way.

    RECEIVED: bytes and row are safe, not looked at yet. ACCEPTED: may be scored (scored or waiting).
    REJECTED by a check. FAILED: could not be read or scored, retried. QUARANTINED: contradicts another film's
    identity. DUPLICATE of a film already stored for the patient. RETRACTED by a person.
    """

    RECEIVED = "received"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    FAILED = "failed"
    QUARANTINED = "quarantined"
    DUPLICATE = "duplicate"
    RETRACTED = "retracted"


class Film(Table, table=True):
    """One chest film of a patient. The bytes lie in the film store under `content_hash`.

    `stated_*` is the identity the film itself carries; it never changes, whichever patient the film is moved to.
    `acquired_at` is the time at which the film stands on the timeline. It is None if the film states no time, or an
    impossible one that a person must decide on. `stated_at` is the time that the film states, if that is another one;
    `time_doubt` says what speaks against it. `other_person_*` says who gave the film to a patient whom it does not
    name, when and why; null where nobody did.
    """

    __table_args__ = (
        UniqueConstraint("patient_id", "content_hash", name="uq_film_patient_content"),
        CheckConstraint("state in ('received', 'accepted') or reason <> ''", name="ck_film_reason"),
        CheckConstraint("attempts >= 0", name="ck_film_attempts"),
        Index("ix_film_patient_acquired", "patient_id", "acquired_at"),
        Index("ix_film_state", "state", "retry_at"),
        Index("ix_film_stay", "stay_id", "state"),
    )

    id: int | None = Field(default=None, primary_key=True)
    patient_id: int = Field(foreign_key="patient.id")
    stay_id: int | None = Field(default=None, foreign_key="stay.id")
    content_hash: str = Field(max_length=64, index=True)
    pixel_hash: str | None = Field(default=None, max_length=64, index=True)
    sop_instance_uid: str | None = Field(default=None, max_length=64, index=True)
    study_instance_uid: str | None = Field(default=None, max_length=64)
    original_name: str = Field(default="", max_length=300)
    acquired_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    time_precision: TimePrecision = Field(
        default=TimePrecision.SECOND,
        sa_column=Column(enum_column_type(TimePrecision, "ck_film_time_precision"), nullable=False),
    )
    stated_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    time_doubt: TimeDoubt | None = Field(
        default=None, sa_column=Column(enum_column_type(TimeDoubt, "ck_film_time_doubt"), nullable=True)
    )
    device: str = Field(default="", max_length=128)
    received_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    modality: str = Field(default="", max_length=16)
    view_position: ViewPosition = Field(
        default=ViewPosition.UNKNOWN,
        sa_column=Column(enum_column_type(ViewPosition, "ck_film_view_position"), nullable=False),
    )
    patient_position: PatientPosition = Field(
        default=PatientPosition.UNKNOWN,
        sa_column=Column(enum_column_type(PatientPosition, "ck_film_patient_position"), nullable=False),
    )
    portable: bool | None = None
    synthetic: bool = False
    stated_identifier: str = Field(default="", max_length=128)
    stated_issuer: str = Field(default="", max_length=128)
    stated_name: str = Field(default="", max_length=300)
    stated_birth_date: date | None = None
    stated_sex: str = Field(default="", max_length=1)
    state: FilmState = Field(
        default=FilmState.RECEIVED, sa_column=Column(enum_column_type(FilmState, "ck_film_state"), nullable=False)
    )
    reason: str = Field(default="", max_length=1000)
    attempts: int = 0
    retry_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    overruled: bool = False
    sides_in_doubt: bool = False
    duplicate_of_id: int | None = Field(default=None, foreign_key="film.id", index=True)
    other_person_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    other_person_by: str | None = Field(default=None, max_length=128)
    other_person_reason: str | None = Field(default=None, max_length=500)


class FilmTransition(Table, table=True):
    """One step of a film's way: the state it took, and whose film it was from then on.

    `reason` says why the film is in its state, `remark` why a step was taken that did not change the state.
    """

    __tablename__ = "film_transition"
    __table_args__ = (
        CheckConstraint("state in ('received', 'accepted') or reason <> ''", name="ck_film_transition_reason"),
        Index("ix_film_transition_film_at", "film_id", "at"),
        Index("ix_film_transition_stay", "stay_id"),
        Index("ix_film_transition_patient", "patient_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    film_id: int = Field(foreign_key="film.id")
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    state: FilmState = Field(sa_column=Column(enum_column_type(FilmState, "ck_film_transition_state"), nullable=False))
    patient_id: int = Field(foreign_key="patient.id")
    stay_id: int | None = Field(default=None, foreign_key="stay.id")
    reason: str = Field(default="", max_length=1000)
    remark: str = Field(default="", max_length=300)
    actor: str = Field(default="", max_length=128)


class FilmCheck(Table, table=True):
    """One check's verdict on one film, by one version of the check."""

    __tablename__ = "film_check"
    __table_args__ = (
        UniqueConstraint("film_id", "name", "version", name="uq_film_check"),
        CheckConstraint("verdict = 'passed' or reason <> ''", name="ck_film_check_reason"),
    )

    id: int | None = Field(default=None, primary_key=True)
    film_id: int = Field(foreign_key="film.id")
    name: str = Field(max_length=64)
    version: str = Field(max_length=32)
    verdict: CheckVerdict = Field(
        sa_column=Column(enum_column_type(CheckVerdict, "ck_film_check_verdict"), nullable=False)
    )
    reason: str = Field(default="", max_length=1000)
    checked_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class ConflictKind(StrEnum):
    """How two films contradict each other."""

    SAME_UID_OTHER_PIXELS = "same_uid_other_pixels"
    SAME_UID_OTHER_PATIENT = "same_uid_other_patient"
    SAME_PIXELS_OTHER_PATIENT = "same_pixels_other_patient"
    CHANGED_IDENTITY = "changed_identity"


class FilmConflict(Table, table=True):
    """Two films that contradict each other; both stay off the trends until a person decides.

    `retracted_film_id` is the film whose retraction closed it; null where a person decided about the conflict itself.
    """

    __tablename__ = "film_conflict"
    __table_args__ = (
        UniqueConstraint("film_id", "other_film_id", name="uq_film_conflict"),
        CheckConstraint("film_id <> other_film_id", name="ck_film_conflict_pair"),
        Index("ix_film_conflict_other", "other_film_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    film_id: int = Field(foreign_key="film.id")
    other_film_id: int = Field(foreign_key="film.id")
    kind: ConflictKind = Field(
        sa_column=Column(enum_column_type(ConflictKind, "ck_film_conflict_kind"), nullable=False)
    )
    opened_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    resolved_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    resolved_by: str = Field(default="", max_length=128)
    retracted_film_id: int | None = None

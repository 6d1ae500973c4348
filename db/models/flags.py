"""Flags and what people and the system did with them."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Column, Index, UniqueConstraint
from sqlmodel import Field

from core.trend.types import FlagKind, Verdict
from db.columns import Table, UtcDateTime, enum_column_type


class FlagState(StrEnum):
    """The life of a flag."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    SNOOZED = "snoozed"
    RESOLVED = "resolved"
    WITHDRAWN = "withdrawn"


LIVE_STATES = frozenset({FlagState.OPEN, FlagState.ACKNOWLEDGED, FlagState.SNOOZED})
"""States of a flag whose event still runs."""
LONGEST_SNOOZE = timedelta(days=7)
"""A flag that rests for longer is one that nobody means to look at again."""


class FlagCause(StrEnum):
    """Why the state of a flag changed. The program decides by these values; `FlagAction.reason` is the text for people.

    PERSON: somebody decided about this very flag. DISCHARGED: the stay ended, and all its flags with it. The program
    sets the others by itself. CAME_BACK: a later film is back at the old level. FILMS_CHANGED and NEW_BASIS are notes
    that do not change the state.
    """

    PERSON = "person"
    DISCHARGED = "discharged"
    SUPPORTED = "supported"
    SUPPORTED_AGAIN = "supported again"
    FILMS_CHANGED = "films changed"
    NEW_BASIS = "new basis"
    CAME_BACK = "came back"
    NOT_BACK_AFTER_ALL = "not back after all"
    FURTHER_STEP = "further step"
    SNOOZE_ENDED = "snooze ended"
    STAY_CLOSED = "stay closed"
    NO_STAY = "no stay"
    STAY_OPEN = "stay open"
    RECENT_FILM = "recent film"
    NO_LONGER_SUPPORTED = "no longer supported"
    LATE_FILM = "late film"
    MERGED = "merged"
    REFERENCE_GONE = "reference gone"
    FILM_RETRACTED = "film retracted"
    FILM_OFF_TREND = "film off trend"
    FILM_MOVED = "film moved"
    FILM_TIME_CORRECTED = "film time corrected"
    OTHER_MODEL = "other model"
    PATIENTS_MERGED = "patients merged"
    SETTINGS_CHANGED = "settings changed"
    STAY_MOVED = "stay moved"
    ADMITTED = "admitted"


class Flag(Table, table=True):
    """An event that deserves a look, with its basis. One per opening film, kind and model version.

    `quiet_until` marks a flag that opened within its unit's quiet hours; it is open and listed all the same.
    `resolved_by_film_id` is the later film that was back at the old level; null where a person or a discharge ended the
    flag.
    """

    __table_args__ = (
        UniqueConstraint("film_id", "kind", "model", "model_version", name="uq_flag"),
        CheckConstraint("state <> 'snoozed' or snoozed_until is not null", name="ck_flag_snoozed"),
        Index("ix_flag_state", "state"),
        Index("ix_flag_reference_film", "reference_film_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    film_id: int = Field(foreign_key="film.id")
    reference_film_id: int = Field(foreign_key="film.id")
    kind: FlagKind = Field(sa_column=Column(enum_column_type(FlagKind, "ck_flag_kind"), nullable=False))
    verdict: Verdict = Field(sa_column=Column(enum_column_type(Verdict, "ck_flag_verdict"), nullable=False))
    model: str = Field(max_length=64)
    model_version: str = Field(max_length=64)
    change: float
    basis: str = Field(max_length=2000)
    basis_data: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    state: FlagState = Field(sa_column=Column(enum_column_type(FlagState, "ck_flag_state"), nullable=False))
    opened_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    snoozed_until: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    quiet_until: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    resolved_by_film_id: int | None = Field(default=None, foreign_key="film.id")


class FlagFilm(Table, table=True):
    """A film that supports a flag: the opening one, and those merged into the same event. `change` in points."""

    __tablename__ = "flag_film"
    __table_args__ = (Index("ix_flag_film_film", "film_id"),)

    flag_id: int = Field(foreign_key="flag.id", primary_key=True)
    film_id: int = Field(foreign_key="film.id", primary_key=True)
    verdict: Verdict = Field(sa_column=Column(enum_column_type(Verdict, "ck_flag_film_verdict"), nullable=False))
    change: float
    added_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class FlagAction(Table, table=True):
    """One step in a flag's life: the state it took or kept, who did it and why."""

    __tablename__ = "flag_action"
    __table_args__ = (Index("ix_flag_action_flag_at", "flag_id", "at"),)

    id: int | None = Field(default=None, primary_key=True)
    flag_id: int = Field(foreign_key="flag.id")
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    state: FlagState = Field(sa_column=Column(enum_column_type(FlagState, "ck_flag_action_state"), nullable=False))
    cause: FlagCause = Field(sa_column=Column(enum_column_type(FlagCause, "ck_flag_action_cause"), nullable=False))
    actor: str = Field(max_length=128)
    reason: str = Field(default="", max_length=1000)
    snoozed_until: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))


class FlagsToRevise(Table, table=True):
    """A patient whose films an upgrade moved in time. The next worker that starts updates the flags."""

    __tablename__ = "flags_to_revise"

    patient_id: int = Field(primary_key=True, foreign_key="patient.id", sa_column_kwargs={"autoincrement": False})

"""What people score films with: the sessions in which they read, and each reading."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Column, Index, UniqueConstraint
from sqlmodel import Field

from db.columns import Table, UtcDateTime

_SIDES = ("geographic_extent_right", "geographic_extent_left", "opacity_right", "opacity_left")
_READ = " and ".join(f"{side} is not null" for side in _SIDES)
_NOT_READ = " and ".join(f"{side} is null" for side in _SIDES)


class ReadingSession(Table, table=True):
    """Films that one person reads in an order of their own.

    `model` and `model_version` are of the scores that the reader sees beside each film; null in a blind session, which
    shows none. `finished_at` is when it was closed,
    `results_opened_at` when its results were shown first: from then on it stays closed.
    """

    __tablename__ = "reading_session"
    __table_args__ = (
        CheckConstraint("title <> ''", name="ck_reading_session_title"),
        CheckConstraint("reader <> ''", name="ck_reading_session_reader"),
        CheckConstraint("(model is null) = (model_version is null)", name="ck_reading_session_model"),
        CheckConstraint("blind = (model is null)", name="ck_reading_session_blind"),
        CheckConstraint("finished_at >= created_at", name="ck_reading_session_order"),
        CheckConstraint(
            "results_opened_at is null or finished_at is not null and results_opened_at >= finished_at",
            name="ck_reading_session_results",
        ),
        Index("ix_reading_session_created", "created_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    title: str = Field(max_length=100)
    reader: str = Field(max_length=128)
    blind: bool
    model: str | None = Field(default=None, max_length=64)
    model_version: str | None = Field(default=None, max_length=64)
    seed: int
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    finished_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    results_opened_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))


class ReadingSessionFilm(Table, table=True):
    """A film of a session, at its place in the order (from 1)."""

    __tablename__ = "reading_session_film"
    __table_args__ = (
        CheckConstraint("place >= 1", name="ck_reading_session_film_place"),
        UniqueConstraint("session_id", "film_id", name="uq_reading_session_film"),
        Index("ix_reading_session_film_film", "film_id"),
    )

    session_id: int = Field(foreign_key="reading_session.id", primary_key=True)
    place: int = Field(primary_key=True)
    film_id: int = Field(foreign_key="film.id")


class Reading(Table, table=True):
    """A person's own scores of a film, on the same scales, or why the film could not be read.

    A correction is a further row: the newest one counts. `session_id` is null for readings that came with a data set.
    """

    __table_args__ = (
        CheckConstraint("geographic_extent_right between 0 and 4", name="ck_reading_extent_right"),
        CheckConstraint("geographic_extent_left between 0 and 4", name="ck_reading_extent_left"),
        CheckConstraint("opacity_right between 0 and 3", name="ck_reading_opacity_right"),
        CheckConstraint("opacity_left between 0 and 3", name="ck_reading_opacity_left"),
        CheckConstraint(
            f"not_readable is null and {_READ} or not_readable is not null and not_readable <> '' and {_NOT_READ}",
            name="ck_reading_readable",
        ),
        Index("ix_reading_film", "film_id"),
        Index("ix_reading_session", "session_id", "film_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    film_id: int = Field(foreign_key="film.id")
    reader: str = Field(max_length=128)
    geographic_extent_right: float | None = None
    geographic_extent_left: float | None = None
    opacity_right: float | None = None
    opacity_left: float | None = None
    blind: bool
    read_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    session_id: int | None = Field(default=None, foreign_key="reading_session.id")
    not_readable: str | None = Field(default=None, max_length=200)


class SettledReading(Table, table=True):
    """What a named person settled on a film that two readers read blind and differently.

    A reading of its own kind: agreement of readers rests on the two it settles, never on this one. A correction is a
    further row: the newest one of the two readings counts.
    """

    __tablename__ = "settled_reading"
    __table_args__ = (
        CheckConstraint("settled_by <> ''", name="ck_settled_reading_by"),
        CheckConstraint("first_reading_id <> second_reading_id", name="ck_settled_reading_two"),
        CheckConstraint("geographic_extent_right between 0 and 4", name="ck_settled_reading_extent_right"),
        CheckConstraint("geographic_extent_left between 0 and 4", name="ck_settled_reading_extent_left"),
        CheckConstraint("opacity_right between 0 and 3", name="ck_settled_reading_opacity_right"),
        CheckConstraint("opacity_left between 0 and 3", name="ck_settled_reading_opacity_left"),
        Index("ix_settled_reading_film", "film_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    film_id: int = Field(foreign_key="film.id")
    first_reading_id: int = Field(foreign_key="reading.id")
    second_reading_id: int = Field(foreign_key="reading.id")
    geographic_extent_right: float
    geographic_extent_left: float
    opacity_right: float
    opacity_left: float
    settled_by: str = Field(max_length=128)
    settled_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))

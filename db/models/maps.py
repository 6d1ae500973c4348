"""Maps of films: requests for them, and the maps made."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Column, Index, LargeBinary, UniqueConstraint
from sqlmodel import Field

from core.scoring.saliency import MapKind
from db.columns import Table, UtcDateTime, enum_column_type


class MapState(StrEnum):
    """What became of a request. WAITING for a worker, or being made by one. MADE. FAILED with a reason."""

    WAITING = "waiting"
    MADE = "made"
    FAILED = "failed"


class FilmMap(Table, table=True):
    """One map of one film's bytes by one model version: first a request, then the map, which stays.

    `picture` is a PNG of the map's planes, 8 bit each. A request whose worker ended is free again at `claimed_until`.
    """

    __tablename__ = "film_map"
    __table_args__ = (
        UniqueConstraint("content_hash", "model", "model_version", "kind", name="uq_film_map"),
        CheckConstraint("state <> 'failed' or reason <> ''", name="ck_film_map_reason"),
        CheckConstraint("(state = 'made') = (picture is not null)", name="ck_film_map_picture"),
        CheckConstraint("attempts >= 0", name="ck_film_map_attempts"),
        Index("ix_film_map_state", "state", "model", "model_version"),
    )

    id: int | None = Field(default=None, primary_key=True)
    content_hash: str = Field(max_length=64)
    model: str = Field(max_length=64)
    model_version: str = Field(max_length=64)
    kind: MapKind = Field(sa_column=Column(enum_column_type(MapKind, "ck_film_map_kind"), nullable=False))
    state: MapState = Field(sa_column=Column(enum_column_type(MapState, "ck_film_map_state"), nullable=False))
    reason: str = Field(default="", max_length=1000)
    summary: str = Field(default="", max_length=300)
    picture: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    requested_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    finished_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    attempts: int = 0
    claimed_until: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))

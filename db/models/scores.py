"""Scores by a model, and which model is active."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Column, Index, UniqueConstraint
from sqlmodel import Field

from db.columns import Table, UtcDateTime


class FilmScore(Table, table=True):
    """One film's severity by one model version; there is no second one.

    A part that the model does not give is null. `opacity_fraction` and its sides in percent; Brixia zones A, B, C
    of the right lung from above, D, E, F of the left.
    """

    __tablename__ = "film_score"
    __table_args__ = (
        UniqueConstraint("film_id", "model", "model_version", name="uq_film_score"),
        CheckConstraint("geographic_extent between 0 and 8", name="ck_film_score_geographic_extent"),
        CheckConstraint("opacity between 0 and 6", name="ck_film_score_opacity"),
        CheckConstraint("geographic_extent_low <= geographic_extent_high", name="ck_film_score_extent_interval"),
        CheckConstraint("opacity_low <= opacity_high", name="ck_film_score_opacity_interval"),
        CheckConstraint("geographic_extent_right between 0 and 4", name="ck_film_score_extent_right"),
        CheckConstraint("geographic_extent_left between 0 and 4", name="ck_film_score_extent_left"),
        CheckConstraint("opacity_right between 0 and 3", name="ck_film_score_opacity_right"),
        CheckConstraint("opacity_left between 0 and 3", name="ck_film_score_opacity_left"),
        CheckConstraint("opacity_fraction between 0 and 100", name="ck_film_score_fraction"),
        CheckConstraint("opacity_fraction_right between 0 and 100", name="ck_film_score_fraction_right"),
        CheckConstraint("opacity_fraction_left between 0 and 100", name="ck_film_score_fraction_left"),
        *(
            CheckConstraint(f"brixia_zone_{zone} between 0 and 3", name=f"ck_film_score_brixia_zone_{zone}")
            for zone in "abcdef"
        ),
        CheckConstraint(
            # All six zones or none: a sum with a missing one is null.
            "coalesce(brixia_zone_a, brixia_zone_b, brixia_zone_c, brixia_zone_d, brixia_zone_e, brixia_zone_f) is null"
            " or brixia_zone_a + brixia_zone_b + brixia_zone_c + brixia_zone_d + brixia_zone_e + brixia_zone_f"
            " is not null",
            name="ck_film_score_brixia_zones",
        ),
        Index("ix_film_score_model", "model", "model_version", "film_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    film_id: int = Field(foreign_key="film.id")
    model: str = Field(max_length=64)
    model_version: str = Field(max_length=64)
    geographic_extent: float
    opacity: float
    geographic_extent_low: float | None = None
    geographic_extent_high: float | None = None
    opacity_low: float | None = None
    opacity_high: float | None = None
    interval_level: float | None = None
    geographic_extent_right: float | None = None
    geographic_extent_left: float | None = None
    opacity_right: float | None = None
    opacity_left: float | None = None
    opacity_fraction: float | None = None
    opacity_fraction_right: float | None = None
    opacity_fraction_left: float | None = None
    brixia_zone_a: float | None = None
    brixia_zone_b: float | None = None
    brixia_zone_c: float | None = None
    brixia_zone_d: float | None = None
    brixia_zone_e: float | None = None
    brixia_zone_f: float | None = None
    scored_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class ModelActivation(Table, table=True):
    """From when on which model version is the site's active one. The newest row holds."""

    __tablename__ = "model_activation"
    __table_args__ = (Index("ix_model_activation_at", "activated_at"),)

    id: int | None = Field(default=None, primary_key=True)
    model: str = Field(max_length=64)
    model_version: str = Field(max_length=64)
    activated_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    actor: str = Field(default="", max_length=128)


class ModelRecalibration(Table, table=True):
    """A site's own recalibration of one version of a model, itself the version `model_version`; it is never altered.

    `content` holds what `core.scoring.recalibration.Recalibration.as_json` gives.
    """

    __tablename__ = "model_recalibration"
    __table_args__ = (
        UniqueConstraint("model", "model_version", name="uq_model_recalibration"),
        CheckConstraint("model_version <> base_version", name="ck_model_recalibration_version"),
    )

    id: int | None = Field(default=None, primary_key=True)
    model: str = Field(max_length=64)
    model_version: str = Field(max_length=64)
    base_version: str = Field(max_length=64)
    content: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    made_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    actor: str = Field(max_length=128)

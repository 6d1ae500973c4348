"""What a unit sets for itself."""

from __future__ import annotations

from datetime import datetime, time

from sqlalchemy import JSON, CheckConstraint, Column, Index
from sqlmodel import Field

from db.columns import Table, UtcDateTime


class UnitSettingsChange(Table, table=True):
    """What a unit had set from `changed_at` on; the newest row of a unit holds, the others are its history.

    Null: as the site sets it. Quiet hours by the clock on the site's wall. `references_shown` holds the values of
    `core.trend.types.Reference`, `wall_names` a `WallNames`.
    """

    __tablename__ = "unit_settings_change"
    __table_args__ = (
        CheckConstraint("unit <> ''", name="ck_unit_settings_unit"),
        CheckConstraint("important_geographic_extent > 0 and important_geographic_extent <= 8", name="ck_unit_extent"),
        CheckConstraint("important_opacity > 0 and important_opacity <= 6", name="ck_unit_opacity"),
        CheckConstraint("p_rise >= 0.5 and p_rise < 1", name="ck_unit_p_rise"),
        CheckConstraint("p_large >= 0.5 and p_large < 1", name="ck_unit_p_large"),
        CheckConstraint("stale_after_hours > 0", name="ck_unit_stale"),
        CheckConstraint("overdue_after_minutes > 0", name="ck_unit_overdue"),
        CheckConstraint("wall_names in ('full', 'initials', 'none')", name="ck_unit_wall_names"),
        CheckConstraint("(quiet_from is null) = (quiet_until is null)", name="ck_unit_quiet"),
        Index("ix_unit_settings_unit_at", "unit", "changed_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    unit: str = Field(max_length=64)
    important_geographic_extent: float | None = None
    important_opacity: float | None = None
    p_rise: float | None = None
    p_large: float | None = None
    stale_after_hours: float | None = None
    references_shown: list[str] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    quiet_from: time | None = None
    quiet_until: time | None = None
    overdue_after_minutes: float | None = None
    wall_names: str | None = Field(default=None, max_length=16)
    changed_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    actor: str = Field(max_length=128)
    reason: str = Field(default="", max_length=1000)

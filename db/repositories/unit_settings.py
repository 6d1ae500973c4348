"""What units set for themselves; every change is a row of its own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time
from typing import TypedDict, Unpack

from sqlalchemy import select
from sqlmodel import Session, col

from db.models import UnitSettingsChange
from db.repositories._rows import exact, plain


class UnitValues(TypedDict, total=False):
    """What a unit may set; left out: as the site sets it."""

    important_geographic_extent: float | None
    important_opacity: float | None
    p_rise: float | None
    p_large: float | None
    stale_after_hours: float | None
    references_shown: list[str] | None
    quiet_from: time | None
    quiet_until: time | None
    overdue_after_minutes: float | None
    wall_names: str | None


def add(
    unit: str, *, actor: str, reason: str = "", now: datetime, session: Session, **values: Unpack[UnitValues]
) -> UnitSettingsChange:
    """Store what a unit has set from `now` on.

    Raises
    ------
    ValueError
        No unit named.
    """
    unit = exact(unit, UnitSettingsChange, "unit")
    if not unit:
        raise ValueError("Settings belong to a unit. Name one, for example ICU 1.")
    row = UnitSettingsChange(
        unit=unit,
        changed_at=now,
        actor=plain(actor, UnitSettingsChange, "actor"),
        reason=plain(reason.strip(), UnitSettingsChange, "reason"),
        **values,
    )
    session.add(row)
    session.flush()
    return row


def newest(*, as_of: datetime | None = None, session: Session) -> Mapping[str, UnitSettingsChange]:
    """Return what each unit has set, or had at `as_of`; units that never set anything are left out."""
    statement = select(UnitSettingsChange).order_by(col(UnitSettingsChange.changed_at), col(UnitSettingsChange.id))
    if as_of is not None:
        statement = statement.where(col(UnitSettingsChange.changed_at) <= as_of)
    return {row.unit: row for row in session.scalars(statement)}


def history(unit: str, *, session: Session) -> list[UnitSettingsChange]:
    """Return every change of a unit's settings, the first one first."""
    statement = select(UnitSettingsChange).where(col(UnitSettingsChange.unit) == unit.strip())
    return list(session.scalars(statement.order_by(col(UnitSettingsChange.changed_at), col(UnitSettingsChange.id))))

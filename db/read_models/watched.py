"""Stays within a period, to count what other settings would have done in it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import or_, select
from sqlmodel import Session, col

from db.models import Patient, Stay
from db.read_models._films import require_zone
from db.read_models._people import stay_columns
from db.read_models.facts import StayFacts

SECONDS_PER_DAY = 86400.0


def days_within(stay: StayFacts, since: datetime, until: datetime) -> float:
    """Return the days of a stay that lie between two times, 0 or more."""
    end = until if stay.discharged_at is None else min(stay.discharged_at, until)
    return max(0.0, (end - max(stay.admitted_at, since)).total_seconds() / SECONDS_PER_DAY)


def stays_between(
    since: datetime, until: datetime, *, unit: str | None = None, session: Session
) -> tuple[StayFacts, ...]:
    """Return the stays that lie at least partly between two times, by admission; with `unit` those of that unit.

    Raises
    ------
    ValueError
        A time has no zone.
    """
    require_zone(since)
    require_zone(until)
    statement = (
        select(*stay_columns())
        .join(Patient, col(Patient.id) == col(Stay.patient_id))
        .where(
            col(Stay.admitted_at) < until,
            or_(col(Stay.discharged_at).is_(None), col(Stay.discharged_at) > since),
        )
        .order_by(col(Stay.admitted_at), col(Stay.id))
    )
    if unit is not None:
        statement = statement.where(col(Stay.unit) == unit)
    return tuple(StayFacts(*row) for row in session.execute(statement))

"""How far each device's clock is from the receipt of its films."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from sqlalchemy import func, select
from sqlmodel import Session, col

from core.types import TimePrecision
from db.models import Film, Patient

LIVE = timedelta(hours=24)
"""A film that came later than this after it was taken tells nothing of the clock."""


@dataclass(frozen=True)
class DeviceClock:
    """The films of one device that came within a day of their time, before or after it.

    Attributes
    ----------
    device : str
        "" for films that name none.
    offset : timedelta
        Median of stated time minus receipt; positive where the clock is ahead.
    farthest_ahead : timedelta
        The largest of these.
    """

    device: str
    n_films: int
    offset: timedelta
    farthest_ahead: timedelta


def read_device_clocks(since: datetime, *, session: Session) -> tuple[DeviceClock, ...]:
    """Return the devices whose films came since then, by name; days from an arbitrary origin are left out."""
    statement = (
        select(col(Film.device), func.coalesce(Film.stated_at, Film.acquired_at), col(Film.received_at))
        .join(Patient, col(Patient.id) == col(Film.patient_id))
        .where(
            col(Film.received_at) >= since,
            col(Film.acquired_at).is_not(None) | col(Film.stated_at).is_not(None),
            col(Film.time_precision) == TimePrecision.SECOND,
            col(Patient.relative_day_zero).is_(None),
        )
    )
    offsets: dict[str, list[float]] = {}
    for device, stated, received in session.execute(statement):
        if abs(stated - received) <= LIVE or stated > received:
            offsets.setdefault(device, []).append((stated - received).total_seconds())
    return tuple(
        DeviceClock(device, len(known), timedelta(seconds=median(known)), timedelta(seconds=max(known)))
        for device, known in sorted(offsets.items())
    )


def newest_receipt(*, session: Session) -> datetime | None:
    """Return when the last film came; None before the first one."""
    return session.scalars(select(func.max(Film.received_at))).one()

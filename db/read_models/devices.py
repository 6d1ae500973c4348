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
"""A film that arrived later than this after it was taken says nothing about the clock."""
LAST_FILMS = 5
"""How many films a device's clock is judged by: a clock that was corrected is no fault today."""


@dataclass(frozen=True)
class DeviceClock:
    """The films of one device that came no later than a day after the time they state, however far that lies ahead.

    Attributes
    ----------
    device : str
        "" for films that name none.
    offset : timedelta
        Median of stated time minus receipt over the last `LAST_FILMS` films; positive where the clock is ahead.
    ahead : timedelta
        The largest of these.
    farthest_ahead : timedelta
        The largest of all films.
    """

    device: str
    n_films: int
    offset: timedelta
    ahead: timedelta
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
        .order_by(col(Film.received_at), col(Film.id))
    )
    offsets: dict[str, list[float]] = {}
    for device, stated, received in session.execute(statement):
        if abs(stated - received) <= LIVE or stated > received:
            offsets.setdefault(device, []).append((stated - received).total_seconds())
    return tuple(_clock(device, known) for device, known in sorted(offsets.items()))


def _clock(device: str, offsets: list[float]) -> DeviceClock:
    last = offsets[-LAST_FILMS:]
    offset, ahead, farthest = (timedelta(seconds=value) for value in (median(last), max(last), max(offsets)))
    return DeviceClock(device, len(offsets), offset, ahead, farthest)


def newest_receipt(*, session: Session) -> datetime | None:
    """Return when the last film came; None before the first one."""
    return session.scalars(select(func.max(Film.received_at))).one()

"""Stays: admitted, moved, discharged, imported; and which films belong to one."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, tzinfo

from sqlalchemy import select
from sqlmodel import Session, col

from core.types import TimeDoubt, TimePrecision
from db.errors import ConflictError
from db.models import Film, Patient, Stay
from db.repositories import _films
from db.repositories._rows import change, exact, get_row, insert, key

IMPORTED_UNIT = "imported"


def admit(
    patient_id: int,
    unit: str,
    bed: str = "",
    *,
    admitted_at: datetime,
    time_precision: TimePrecision = TimePrecision.SECOND,
    session: Session,
) -> Stay:
    """Open a stay.

    Raises
    ------
    NotFoundError
    ConflictError
        The patient has an open stay, was still in another one at that time, or the bed is taken.
    ValueError
        No unit named.
    """
    get_row(Patient, patient_id, session=session)
    unit, bed = _place(unit, bed)
    for other in of_patient(patient_id, session=session):
        if other.discharged_at is None:
            raise ConflictError(
                f"The patient is already in {_where(other.unit, other.bed)}. Move or discharge that stay first."
            )
        if not other.imported and other.discharged_at > admitted_at:
            raise ConflictError(
                f"The patient was in {_where(other.unit, other.bed)} until {other.discharged_at:%Y-%m-%d %H:%M} UTC. "
                "Admit from then on, or correct that stay."
            )
    _require_free_bed(unit, bed, None, session=session)
    stay = Stay(patient_id=patient_id, unit=unit, bed=bed, admitted_at=admitted_at, time_precision=time_precision)
    if not insert(stay, session=session):
        raise ConflictError(f"{_where(unit, bed)} was taken, or the patient admitted, at the same moment. Look again.")
    return stay


def move(stay_id: int, unit: str, bed: str = "", *, session: Session) -> Stay:
    """Move an open stay to another unit or bed.

    Raises
    ------
    NotFoundError
    ConflictError
        The stay has ended or the bed is taken.
    """
    stay = get_row(Stay, stay_id, session=session)
    if stay.discharged_at is not None:
        raise ConflictError("The stay has ended. Admit the patient anew.")
    unit, bed = _place(unit, bed)
    _require_free_bed(unit, bed, stay.id, session=session)
    if not change(stay, {"unit": unit, "bed": bed}, session=session):
        raise ConflictError(f"{_where(unit, bed)} was taken at the same moment. Look again.")
    return stay


def discharge(stay_id: int, at: datetime, *, session: Session) -> Stay:
    """End a stay.

    Raises
    ------
    NotFoundError
    ConflictError
        It has ended already, or would end before it began.
    """
    stay = get_row(Stay, stay_id, session=session)
    if stay.discharged_at is not None:
        raise ConflictError(f"The stay ended already at {stay.discharged_at:%Y-%m-%d %H:%M} UTC.")
    if at < stay.admitted_at:
        raise ConflictError(
            f"Discharge {at:%Y-%m-%d %H:%M %Z} lies before admission {stay.admitted_at:%Y-%m-%d %H:%M} UTC."
        )
    stay.discharged_at = at
    session.add(stay)
    session.flush()
    return stay


def get(stay_id: int, *, session: Session) -> Stay:
    """Return the stay, or raise NotFoundError."""
    return get_row(Stay, stay_id, session=session)


def open_stay(patient_id: int, *, session: Session) -> Stay | None:
    """Return the patient's open stay."""
    statement = select(Stay).where(col(Stay.patient_id) == patient_id, col(Stay.discharged_at).is_(None))
    return session.scalars(statement).one_or_none()


def stay_at(
    patient_id: int,
    at: datetime,
    *,
    time_precision: TimePrecision = TimePrecision.SECOND,
    zone: tzinfo,
    session: Session,
) -> Stay | None:
    """Return the stay a film of this time belongs to: a real one before an imported one, the latest first.

    Parameters
    ----------
    zone : tzinfo
        The hospital's, whose days count where a time is known to the day only.
    """
    zone = _zone_of_days(patient_id, zone, session=session)
    fitting = [stay for stay in of_patient(patient_id, session=session) if covers(stay, at, time_precision, zone=zone)]
    return max(fitting, key=lambda stay: (not stay.imported, stay.admitted_at), default=None)


def covers(stay: Stay, at: datetime, time_precision: TimePrecision, *, zone: tzinfo) -> bool:
    """Return whether a time lies within a stay; in whole days of `zone` where either is known to the day only."""
    start, end = stay.admitted_at, stay.discharged_at
    if TimePrecision.DAY not in {stay.time_precision, time_precision}:
        return start <= at and (end is None or at <= end)
    day = at.astimezone(zone).date()
    return start.astimezone(zone).date() <= day and (end is None or day <= end.astimezone(zone).date())


def _zone_of_days(patient_id: int, zone: tzinfo, *, session: Session) -> tzinfo:
    """Return whose days a patient's are: the hospital's, or whole ones from an origin in UTC."""
    return zone if get_row(Patient, patient_id, session=session).relative_day_zero is None else UTC


def import_stay(
    patient_id: int,
    first: datetime,
    last: datetime,
    *,
    time_precision: TimePrecision = TimePrecision.DAY,
    unit: str = IMPORTED_UNIT,
    still_open: bool = False,
    session: Session,
) -> Stay:
    """Create the patient's imported stay of this unit, or widen it to hold `first` and `last`.

    `still_open` leaves it open (the data says that the patient is still there), unless another stay is open.

    Raises
    ------
    NotFoundError
    """
    get_row(Patient, patient_id, session=session)
    unit, _ = _place(unit, "")
    stays = of_patient(patient_id, session=session)
    for stay in stays:
        if stay.imported and stay.unit == unit:
            stay.admitted_at = min(stay.admitted_at, first)
            stay.discharged_at = None if stay.discharged_at is None else max(stay.discharged_at, last)
            session.add(stay)
            session.flush()
            return stay
    another_open = any(stay.discharged_at is None for stay in stays)
    stay = Stay(
        patient_id=patient_id,
        unit=unit,
        admitted_at=first,
        discharged_at=None if still_open and not another_open else last,
        time_precision=time_precision,
        imported=True,
    )
    if not insert(stay, session=session):
        raise ConflictError("The patient was admitted at the same moment. Import again.")
    return stay


def assign_films(stay: Stay, *, zone: tzinfo, actor: str, now: datetime, session: Session) -> list[Film]:
    """Assign to the stay the patient's films that were acquired within it and have no stay, or only an imported one.

    Days are those of `zone`, the hospital's, where a time is known to the day only.

    Films of an imported stay are taken only by a stay that is not imported.
    """
    imported = {other.id for other in of_patient(stay.patient_id, session=session) if other.imported}
    zone = _zone_of_days(stay.patient_id, zone, session=session)
    free = {None} if stay.imported else {None, *imported}
    taken = []
    for film in session.scalars(select(Film).where(col(Film.patient_id) == stay.patient_id).order_by(col(Film.id))):
        at, precision = film.acquired_at, film.time_precision
        if film.time_doubt is TimeDoubt.IMPOSSIBLE:
            # It is named on the row of whoever was there when it came.
            at, precision = film.received_at, TimePrecision.SECOND
        if film.stay_id not in free or film.stay_id == stay.id or at is None:
            continue
        if covers(stay, at, precision, zone=zone):
            film.stay_id = key(stay)
            taken.append(film)
    for film in taken:
        _films.write_transition(film, actor=actor, now=now, session=session, remark=f"belongs to stay {stay.id}")
    session.flush()
    return taken


def of_patient(patient_id: int, *, session: Session) -> list[Stay]:
    """Return a patient's stays by admission."""
    statement = select(Stay).where(col(Stay.patient_id) == patient_id).order_by(col(Stay.admitted_at))
    return list(session.scalars(statement))


def open_among(stay_ids: Collection[int], *, session: Session) -> set[int]:
    """Return which of these stays are open."""
    statement = select(col(Stay.id)).where(col(Stay.id).in_(stay_ids), col(Stay.discharged_at).is_(None))
    return {stay_id for stay_id in session.scalars(statement) if stay_id is not None}


def units_of(stay_ids: Collection[int], *, session: Session) -> dict[int, str]:
    """Return the unit of each of these stays."""
    rows = session.execute(select(col(Stay.id), col(Stay.unit)).where(col(Stay.id).in_(stay_ids)))
    return {stay_id: unit for stay_id, unit in rows if stay_id is not None}


def patients_present(unit: str | None = None, *, session: Session) -> set[int]:
    """Return the patients who have an open stay; with `unit` those in it."""
    statement = select(col(Stay.patient_id)).where(col(Stay.discharged_at).is_(None))
    return set(session.scalars(statement if unit is None else statement.where(col(Stay.unit) == unit)))


def _place(unit: str, bed: str) -> tuple[str, str]:
    unit, bed = exact(unit, Stay, "unit"), exact(bed, Stay, "bed")
    if not unit:
        raise ValueError("A stay needs a unit. Name one, for example ICU 1.")
    return unit, bed


def _require_free_bed(unit: str, bed: str, own_stay_id: int | None, *, session: Session) -> None:
    if not bed:
        return
    statement = select(col(Stay.id)).where(
        col(Stay.unit) == unit,
        col(Stay.bed) == bed,
        col(Stay.discharged_at).is_(None),
        col(Stay.id).is_distinct_from(own_stay_id),
    )
    if session.scalars(statement).first() is not None:
        raise ConflictError(f"{_where(unit, bed)} is taken. Choose another bed, or move the patient who is there.")


def _where(unit: str, bed: str) -> str:
    return f"{unit}, bed {bed}" if bed else unit

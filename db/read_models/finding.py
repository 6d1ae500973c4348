"""Patients found while somebody types: by name, by number, or by the unit and bed that they lie in."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlmodel import Session, col

from db.models import Film, Patient, Stay
from db.read_models._people import stay_columns
from db.read_models.facts import PatientFacts, StayFacts, TakenFilm
from db.read_models.lists import films_on_trend
from db.read_models.patient import patient_facts
from db.repositories import key, patients


@dataclass(frozen=True)
class FoundPatient:
    """A patient with the open stay and the last film on the trend; None where there is none."""

    patient: PatientFacts
    stay: StayFacts | None
    last_film: TakenFilm | None


def find_anybody(text: str, *, by_name: bool, limit: int, session: Session) -> list[FoundPatient]:
    """Return patients of whom number, unit, bed or name holds every word of `text`, in any order and case.

    Whoever has exactly this number or bed comes first, then who is present. A merged patient is found as the one it was
    merged into.

    Parameters
    ----------
    by_name : bool
        False where names are hidden: they are then neither looked through nor give the order.
    """
    words = text.replace("^", " ").split()
    if not words:
        return []
    is_open = and_(col(Stay.patient_id) == col(Patient.id), col(Stay.discharged_at).is_(None))
    whole = " ".join(words).lower()
    is_exact = or_(func.lower(col(Patient.identifier)) == whole, func.lower(col(Stay.bed)) == whole)
    by = (col(Patient.name), col(Patient.identifier)) if by_name else ()
    statement = (
        select(Patient)
        .outerjoin(Stay, is_open)
        .where(*(_holds(word, by_name=by_name) for word in words))
        .order_by(case((is_exact, 0), (col(Stay.id).is_not(None), 1), else_=2), *by, col(Patient.id))
        .limit(limit)
    )
    people = [patients.get(key(one), session=session) for one in session.scalars(statement)]
    return _with_films({key(one): patient_facts(one) for one in people}, session=session)


def _holds(word: str, *, by_name: bool) -> ColumnElement[bool]:
    searched = [col(Patient.identifier), col(Stay.bed), col(Stay.unit), *([col(Patient.name)] if by_name else [])]
    return or_(*(column.icontains(word, autoescape=True) for column in searched))


def _with_films(people: dict[int, PatientFacts], *, session: Session) -> list[FoundPatient]:
    stays, last = _open_stays(people, session=session), _last_films(people, session=session)
    return [FoundPatient(facts, stays.get(one), last.get(one)) for one, facts in people.items()]


def _open_stays(patient_ids: Collection[int], *, session: Session) -> dict[int, StayFacts]:
    statement = (
        select(*stay_columns())
        .join(Patient, col(Patient.id) == col(Stay.patient_id))
        .where(col(Stay.patient_id).in_(patient_ids), col(Stay.discharged_at).is_(None))
    )
    found = (StayFacts(*row) for row in session.execute(statement))
    return {stay.patient_id: stay for stay in found}


def _last_films(patient_ids: Collection[int], *, session: Session) -> dict[int, TakenFilm]:
    films = films_on_trend(session=session).where(col(Film.patient_id).in_(patient_ids)).subquery()
    rows = session.execute(select(films).where(films.c.place == 1))
    return {row.patient_id: TakenFilm(row.id, row.acquired_at, row.time_precision) for row in rows}

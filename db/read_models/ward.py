"""The ward board: everybody who is there, in four statements however many they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Subquery, and_, case, func, literal, select, true
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from core.types import TimeDoubt
from db.models import ClinicalEvent, EventKind, Film, FilmState, Flag, Patient, Stay
from db.read_models._clinical import EVENT_COLUMNS, event_columns, standing
from db.read_models._films import (
    ActiveModel,
    Rows,
    active_model,
    film_facts,
    film_query,
    film_standing,
    in_order,
    require_zone,
)
from db.read_models._flags import flag_facts, flag_query
from db.read_models._people import is_open, stay_columns
from db.read_models.facts import EventFacts, FilmFacts, FlagFacts, StayFacts

VENTILATION_EVENTS = (EventKind.INTUBATION, EventKind.EXTUBATION, EventKind.TRACHEOSTOMY)


@dataclass(frozen=True)
class WardEntry:
    """One open stay.

    Attributes
    ----------
    films : tuple of FilmFacts
        All of the stay in every state, by acquisition; films without a time last.
    flags : tuple of FlagFacts
        On these films in every state and by any model, in the order they were opened.
    ventilation : EventFacts or None
        The patient's latest intubation, extubation or tracheostomy.
    late_outside : tuple of FilmFacts
        The patient's films that came during the stay and are dated before it: late, or a clock is behind.
    """

    stay: StayFacts
    films: tuple[FilmFacts, ...]
    flags: tuple[FlagFacts, ...]
    ventilation: EventFacts | None
    late_outside: tuple[FilmFacts, ...] = ()


@dataclass(frozen=True)
class Ward:
    """The open stays of a unit or of all.

    Attributes
    ----------
    entries : tuple of WardEntry
        By unit and bed.
    active_model, active_version : str or None
        None before the first activation.
    units : tuple of str
        Units with an open stay, whichever unit was asked for.
    unplaced : mapping of FilmState to int
        Films that belong to no stay, of any patient; states without a film are left out.
    """

    entries: tuple[WardEntry, ...]
    active_model: str | None
    active_version: str | None
    units: tuple[str, ...]
    unplaced: Mapping[FilmState, int]


def read_ward(*, session: Session, as_of: datetime | None = None, unit: str | None = None) -> Ward:
    """Return the ward, now or as it stood."""
    require_zone(as_of)
    rows = session.execute(_stays(as_of)).all()
    head, model = rows[0][: len(FilmState)], ActiveModel(*(value or "" for value in rows[0][len(FilmState) :][:2]))
    people = [_person(row[len(FilmState) + 2 :]) for row in rows if row[len(FilmState) + 2] is not None]
    shown = [person for person in people if unit is None or person[0].unit == unit]
    films, flags = _films_and_flags([stay.stay_id for stay, _ in shown], model, as_of, session=session)
    late = _late_outside([stay.patient_id for stay, _ in shown], model, as_of, session=session)
    return Ward(
        entries=tuple(
            WardEntry(
                stay,
                tuple(films[stay.stay_id]),
                tuple(flags[stay.stay_id]),
                ventilation,
                tuple(film for film in late[stay.patient_id] if film.received_at >= stay.admitted_at),
            )
            for stay, ventilation in shown
        ),
        active_model=model.name or None,
        active_version=model.version or None,
        units=tuple(sorted({stay.unit for stay, _ in people})),
        unplaced={state: count for state, count in zip(FilmState, head, strict=True) if count},
    )


def _stays(as_of: datetime | None) -> Rows:
    """Return the site's facts and, beside them, each open stay: one row with empty stay columns if there is none."""
    unplaced = _unplaced(as_of)
    model = active_model(as_of).subquery()
    event = aliased(ClinicalEvent)
    return (
        select(
            *unplaced.c,
            *model.c,
            *stay_columns(),
            *event_columns(event),
        )
        .select_from(unplaced)
        .outerjoin(model, true())
        .outerjoin(Stay, is_open(as_of))
        .outerjoin(Patient, col(Patient.id) == col(Stay.patient_id))
        .outerjoin(event, col(event.id) == _latest_ventilation_event(as_of))
        .order_by(col(Stay.unit), col(Stay.bed), col(Stay.id))
    )


def _unplaced(as_of: datetime | None) -> Subquery:
    """Return one row: the number of films without a stay, one column per state."""
    films = film_standing(as_of)
    counts = [
        func.sum(case((films.state == state, literal(1)), else_=literal(0))).label(state.name) for state in FilmState
    ]
    statement = films.statement.with_only_columns(*counts, maintain_column_froms=True)
    return statement.where(films.stay_id.is_(None)).subquery("unplaced")


def _latest_ventilation_event(as_of: datetime | None) -> Any:  # noqa: ANN401 - SQLAlchemy's type of a scalar subquery of a nullable id
    event = aliased(ClinicalEvent)
    of_patient = and_(col(event.patient_id) == col(Stay.patient_id), col(event.kind).in_(VENTILATION_EVENTS))
    fits = and_(of_patient, standing(event, as_of))
    order = (col(event.at).desc(), col(event.id).desc())
    return select(col(event.id)).where(fits).order_by(*order).limit(1).correlate(Stay).scalar_subquery()


def _person(row: Sequence[Any]) -> tuple[StayFacts, EventFacts | None]:
    stay, event = row[:-EVENT_COLUMNS], row[-EVENT_COLUMNS:]
    return StayFacts(*stay), None if event[0] is None else EventFacts(*event)


def _films_and_flags(
    stay_ids: list[int], model: ActiveModel, as_of: datetime | None, *, session: Session
) -> tuple[dict[int, list[FilmFacts]], dict[int, list[FlagFacts]]]:
    films: dict[int, list[FilmFacts]] = defaultdict(list)
    flags: dict[int, list[FlagFacts]] = defaultdict(list)
    if not stay_ids:
        return films, flags
    query = film_query(model, as_of)
    stay_of = {}
    for row in session.execute(in_order(query.statement.where(query.stay_id.in_(stay_ids)))):
        film = film_facts(row, model)
        if film.stay_id is not None:
            films[film.stay_id].append(film)
            stay_of[film.film_id] = film.stay_id
    for row in session.execute(_flags_of(stay_ids, as_of)):
        flag = flag_facts(row)
        flags[stay_of[flag.film_id]].append(flag)
    return films, flags


def _late_outside(
    patient_ids: list[int], model: ActiveModel, as_of: datetime | None, *, session: Session
) -> dict[int, list[FilmFacts]]:
    found: dict[int, list[FilmFacts]] = defaultdict(list)
    if not patient_ids:
        return found
    query = film_query(model, as_of)
    statement = query.statement.where(
        query.patient_id.in_(patient_ids), query.stay_id.is_(None), col(Film.time_doubt) == TimeDoubt.LATE
    )
    for row in session.execute(in_order(statement)):
        film = film_facts(row, model)
        found[film.patient_id].append(film)
    return found


def _flags_of(stay_ids: list[int], as_of: datetime | None) -> Rows:
    films = film_standing(as_of)
    ids = films.statement.where(films.stay_id.in_(stay_ids))
    statement = flag_query(as_of).statement.where(col(Flag.film_id).in_(ids))
    return statement.order_by(col(Flag.opened_at), col(Flag.id))

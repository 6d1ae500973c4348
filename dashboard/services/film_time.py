"""When a film was taken: placed in time as it comes, and corrected by a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Engine, select
from sqlmodel import Session, col

from core.films.film_time import film_time
from core.trend.comparability import is_before
from core.types import TimeDoubt, TimePrecision
from dashboard.errors import NotAllowedError
from dashboard.services.corrections import Correction, finish, locked, stated_reason
from dashboard.services.flag_life import take_back
from dashboard.services.moments import require_moment
from dashboard.services.site import Clock, Site, utc_now
from dashboard.settings import Settings
from db.engine import transaction
from db.models import Film, FilmState, FlagCause, Patient, Stay
from db.repositories import films, stays

IN_NO_STAY = "At this time the patient was in no stay, so the film is on no board."
SETTLED = frozenset({FilmState.RETRACTED, FilmState.DUPLICATE})
"""States of films that another one, or a person, stands for."""


def place_in_time(film: Film, patient: Patient, *, since: datetime, site: Site, session: Session) -> None:
    """Put a film that has just come where it stands in time, and into the stay it belongs to.

    Parameters
    ----------
    film : Film
        Not stored yet; `acquired_at` is what it states.
    since : datetime
        Films received from then on came together with this one, so their order of receipt says nothing.
    """
    stated = film.acquired_at
    if stated is None:
        return
    # Days from an arbitrary origin have no receipt to be compared with.
    if patient.relative_day_zero is None:
        found = film_time(
            stated,
            film.time_precision,
            received_at=film.received_at,
            zone=site.zone,
            birth_date=film.stated_birth_date or patient.birth_date,
            tolerance=site.clock_tolerance,
        )
        film.acquired_at, film.time_precision, film.time_doubt = found.at, found.precision, found.doubt
        film.stated_at = stated if found.doubt else None
    # A film whose time cannot be is named on the row of whoever is there now.
    stay = stays.stay_at(
        film.patient_id,
        film.acquired_at or film.received_at,
        time_precision=film.time_precision if film.acquired_at else TimePrecision.SECOND,
        zone=site.zone,
        session=session,
    )
    film.stay_id = stay.id if stay else None
    if film.time_doubt is TimeDoubt.IMPOSSIBLE:
        film.state, film.reason = FilmState.QUARANTINED, _impossible(stated, film, site)
    elif film.time_doubt is None and patient.relative_day_zero is None:
        is_late = (
            _is_before_stay(film, session=session) if stay is None else _is_late(film, stay, since, session=session)
        )
        film.time_doubt = TimeDoubt.LATE if is_late else None


def correct_time(
    settings: Settings,
    engine: Engine,
    film_id: int,
    *,
    acquired_at: datetime,
    time_precision: TimePrecision = TimePrecision.SECOND,
    reason: str,
    actor: str,
    clock: Clock = utc_now,
) -> Correction:
    """Say when a film was taken; what it states itself is kept beside it, and the trend is mended.

    Raises
    ------
    NotFoundError
    NotAllowedError
        The film is retracted or the same as another one; the time cannot be; or no reason is given.
    """
    require_moment(acquired_at)
    site, now = Site.of(settings, engine, clock), clock()
    reason = stated_reason(reason, "The time of a film is corrected with a reason.")
    with transaction(engine) as session:
        film = locked(film_id, session=session)
        if film.state in SETTLED:
            raise NotAllowedError(f"Film {film_id} is {film.state.value} ({film.reason}): its time plays no part.")
        patient = session.get_one(Patient, film.patient_id)
        found = film_time(
            acquired_at,
            time_precision,
            # This machine's clock may have been behind when the film came.
            received_at=max(film.received_at, now),
            zone=site.zone,
            birth_date=film.stated_birth_date or patient.birth_date,
            tolerance=site.clock_tolerance,
        )
        if patient.relative_day_zero is None and found.doubt is not None:
            raise NotAllowedError(
                f"The film cannot have been taken at {acquired_at.astimezone(site.zone):%Y-%m-%d %H:%M}: that "
                "lies ahead, before 1980 or before the patient's birth. Enter when it was taken."
            )
        if film.stated_at is None:
            film.stated_at = film.acquired_at
        waited = film.time_doubt is TimeDoubt.IMPOSSIBLE and film.state is FilmState.QUARANTINED
        film.acquired_at, film.time_precision, film.time_doubt = acquired_at, time_precision, None
        stay = stays.stay_at(
            film.patient_id, acquired_at, time_precision=time_precision, zone=site.zone, session=session
        )
        take_back(film_id, FlagCause.FILM_TIME_CORRECTED, actor=actor, now=now, session=session)
        films.move(
            film, film.patient_id, stay.id if stay else None, reason=reason, actor=actor, now=now, session=session
        )
        if waited:
            # It was never looked at: the checks come now.
            films.set_state(film, FilmState.RECEIVED, actor=actor, now=now, session=session)
        done = finish(
            "correct time",
            film,
            (),
            {film.patient_id},
            actor=actor,
            now=now,
            site=site,
            session=session,
            remark=reason,
            because=FlagCause.FILM_TIME_CORRECTED,
        )
        return done if stay is not None else replace(done, reason=IN_NO_STAY)


def _impossible(stated: datetime, film: Film, site: Site) -> str:
    local, came = stated.astimezone(site.zone), film.received_at.astimezone(site.zone)
    said = f"{local:%Y-%m-%d}" if film.time_precision is TimePrecision.DAY else f"{local:%Y-%m-%d %H:%M}"
    why = "more than a day after it came" if stated > film.received_at else "before 1980 or before the patient's birth"
    return (
        f"The film says it was taken on {said}, {why} ({came:%Y-%m-%d %H:%M}). A clock is wrong, the device's or "
        "this machine's, or the birth date: correct the film's time."
    )


class _Taken(NamedTuple):
    acquired_at: datetime
    time_precision: TimePrecision


def _is_before_stay(film: Film, *, session: Session) -> bool:
    """Return whether a film is dated before the stay during which it came."""
    stay = stays.open_stay(film.patient_id, session=session)
    return stay is not None and film.acquired_at is not None and film.acquired_at < stay.admitted_at <= film.received_at


def _is_late(film: Film, stay: Stay, since: datetime, *, session: Session) -> bool:
    """Return whether a film of an open stay comes after one that was taken later."""
    if stay.discharged_at is not None or film.acquired_at is None:
        return False
    statement = select(col(Film.acquired_at), col(Film.time_precision)).where(
        col(Film.stay_id) == stay.id,
        col(Film.received_at) < min(since, film.received_at),
        col(Film.acquired_at) > film.acquired_at,
        col(Film.state).not_in([*SETTLED, FilmState.REJECTED, FilmState.QUARANTINED]),
    )
    own = _Taken(film.acquired_at, film.time_precision)
    return any(is_before(own, _Taken(*other)) for other in session.execute(statement))

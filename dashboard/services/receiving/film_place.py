"""Where a film stands in time and in which stay, as it comes and as it comes back."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from core.films.film_time import EARLIEST, film_time
from core.trend.comparability import TakenAt, is_before
from core.types import TimeDoubt, TimePrecision
from dashboard.services.site.opening import Site
from db.models import Film, FilmState, Patient, Stay
from db.repositories import films, key, stays

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
    if film.acquired_at is None:
        return
    _date(film, film.acquired_at, patient, site=site)
    stay = stay_of(film, film.patient_id, site=site, session=session)
    film.stay_id = stay.id if stay else None
    if film.time_doubt is TimeDoubt.IMPOSSIBLE:
        film.state, film.reason = FilmState.QUARANTINED, impossible_reason(film, site=site)
    elif film.time_doubt is None and patient.relative_day_zero is None:
        is_late = (
            _is_before_stay(film, session=session) if stay is None else _is_late(film, stay, since, session=session)
        )
        film.time_doubt = TimeDoubt.LATE if is_late else None


def place_again(film: Film, patient: Patient, *, site: Site) -> None:
    """Ask once more whether a film's time can be, beside this patient's birth, where it could not before."""
    if film.time_doubt is TimeDoubt.IMPOSSIBLE and film.stated_at is not None:
        _date(film, film.stated_at, patient, site=site)


def waits_for_its_time(film: Film) -> bool:
    """Return whether a film is set aside until a person corrects its time."""
    return film.state is FilmState.QUARANTINED and film.time_doubt is TimeDoubt.IMPOSSIBLE


def stay_of(film: Film, patient_id: int, *, site: Site, session: Session) -> Stay | None:
    """Return the patient's stay that a film belongs to, None where it belongs to none or states no time."""
    # A film whose time cannot be is named on the row of whoever was there when it came.
    at = film.received_at if film.time_doubt is TimeDoubt.IMPOSSIBLE else film.acquired_at
    if at is None:
        return None
    precision = TimePrecision.SECOND if film.acquired_at is None else film.time_precision
    return stays.stay_at(patient_id, at, time_precision=precision, zone=site.zone, session=session)


def impossible_reason(film: Film, *, site: Site) -> str:
    """Return why a film whose time cannot be waits for a person."""
    came = f"{film.received_at.astimezone(site.zone):%Y-%m-%d %H:%M}"
    if film.stated_at is None:
        return f"The film has no time that can be (it came at {came}): correct the film's time."
    local = film.stated_at.astimezone(site.zone)
    said = f"{local:%Y-%m-%d}" if film.time_precision is TimePrecision.DAY else f"{local:%Y-%m-%d %H:%M}"
    is_ahead = film.stated_at > film.received_at
    why = (
        "more than a day after it came"
        if is_ahead
        else ("before 1980" if local.date() < EARLIEST else "before the patient's birth")
    )
    return (
        f"The film says it was taken on {said}, {why}; it came on {came}. A clock is wrong, the device's or "
        "this machine's, or the birth date: correct the film's time."
    )


def _date(film: Film, stated: datetime, patient: Patient, *, site: Site) -> None:
    # Days from an arbitrary origin have no receipt to be compared with.
    if patient.relative_day_zero is not None:
        film.acquired_at, film.time_doubt, film.stated_at = stated, None, None
        return
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


def _is_before_stay(film: Film, *, session: Session) -> bool:
    """Return whether a film is dated before the stay during which it came."""
    stay = stays.open_stay(film.patient_id, session=session)
    return stay is not None and film.acquired_at is not None and film.acquired_at < stay.admitted_at <= film.received_at


def _is_late(film: Film, stay: Stay, since: datetime, *, session: Session) -> bool:
    """Return whether a film of an open stay comes after one that was taken later."""
    if stay.discharged_at is not None or film.acquired_at is None:
        return False
    unused = SETTLED | {FilmState.REJECTED, FilmState.QUARANTINED}
    came_before = min(since, film.received_at)
    later = films.later_in_stay(key(stay), film.acquired_at, came_before=came_before, without=unused, session=session)
    own = TakenAt(film.acquired_at, film.time_precision)
    return any(is_before(own, TakenAt(*other)) for other in later)

"""When a film was taken, corrected by a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from core.films.film_time import film_time
from core.types import TimePrecision
from dashboard.errors import NotAllowedError
from dashboard.services.patient.corrections import Correction, finish, locked, stated_reason
from dashboard.services.patient.trends import lock_patients
from dashboard.services.receiving.film_place import stay_of, waits_for_its_time
from dashboard.services.receiving.moments import require_moment
from dashboard.services.site.opening import Site
from db.engine import transaction
from db.models import Film, FilmState, FlagCause, Patient
from db.repositories import films

IN_NO_STAY = "At this time the patient was in no stay, so the film is on no board."


def correct_time(
    film_id: int,
    *,
    acquired_at: datetime,
    time_precision: TimePrecision = TimePrecision.SECOND,
    reason: str,
    actor: str,
    site: Site,
) -> Correction:
    """Say when a film was taken; what it states itself is kept beside it, and the trend is mended.

    Raises
    ------
    NotFoundError
    NotAllowedError
        The film is retracted or the same as another one; the time cannot be; or no reason is given.
    """
    require_moment(acquired_at)
    now = site.clock()
    reason = stated_reason(reason, "The time of a film is corrected with a reason.")
    with transaction(site.engine) as session:
        film = locked(film_id, session=session)
        _require_in_use(film)
        lock_patients({film.patient_id}, session=session)
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
        waited = waits_for_its_time(film)
        film.acquired_at, film.time_precision, film.time_doubt = acquired_at, time_precision, None
        stay = stay_of(film, film.patient_id, site=site, session=session)
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


def _require_in_use(film: Film) -> None:
    if film.state is FilmState.RETRACTED:
        raise NotAllowedError(
            f"Film {film.id} is retracted ({film.reason}). Undo the retraction first, then correct its time."
        )
    if film.state is FilmState.DUPLICATE:
        raise NotAllowedError(f"{film.reason} Correct the time of that one: this copy is not used.")

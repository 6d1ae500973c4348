"""Taking back an upload: within ten minutes, and only films that nobody has done anything with meanwhile."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from dashboard.services.patient.corrections import locked, take_off, written
from dashboard.services.patient.trends import lock_patients
from dashboard.services.site.opening import Site
from dashboard.services.worker.process import reevaluate
from db.engine import transaction
from db.models import Film, FilmState
from db.repositories import flags, key, readings
from db.repositories.site import is_written_of

UNDO_WITHIN = timedelta(minutes=10)
REASON = "The upload was taken back."
TOO_LATE = "Ten minutes have passed since it was stored. Retract it on the patient's page."


@dataclass(frozen=True)
class TakenBack:
    """What became of one film of an upload; `refused` is why it stays, "" where it was taken back."""

    film_id: int
    refused: str = ""


def take_back_upload(film_ids: Collection[int], *, actor: str, site: Site) -> tuple[TakenBack, ...]:
    """Retract the films of an upload together, so that no flag opens on some of them meanwhile; nothing is deleted.

    A film stays where it was stored more than `UNDO_WITHIN` ago, where a person corrected or scored it, or where a
    person decided on a flag that rests on it.

    Parameters
    ----------
    film_ids : collection of int
        Films that this very upload stored; not those that were there before.

    Raises
    ------
    NotFoundError
    """
    now = site.clock()
    with transaction(site.engine) as session:
        # In one order, so that two cannot wait for each other; the patients after the films, as everywhere.
        rows = [locked(film_id, session=session) for film_id in sorted(set(film_ids))]
        patient_ids = {film.patient_id for film in rows}
        lock_patients(patient_ids, session=session)
        found = [TakenBack(key(film), _refusal(film, now=now, session=session)) for film in rows]
        for film, result in zip(rows, found, strict=True):
            if not result.refused:
                back = take_off(film, reason=REASON, actor=actor, now=now, site=site, session=session)
                patient_ids |= {other.patient_id for other in back}
                written("take back upload", film, back, actor=actor, now=now, session=session)
        reevaluate(patient_ids, now=now, site=site, session=session)
        return tuple(found)


def _refusal(film: Film, *, now: datetime, session: Session) -> str:
    """Return why a film is not taken back, "" where it may be."""
    if film.state is FilmState.RETRACTED:
        return f"It is retracted already ({film.reason})."
    if flags.is_decided_on(key(film), since=film.received_at, session=session):
        return "A person has decided on a flag that rests on it. Retract it on the patient's page."
    if readings.of_film(key(film), session=session):
        return "A person has scored it meanwhile. Retract it on the patient's page."
    if is_written_of("film", key(film), session=session):
        return "A person has corrected it meanwhile. Retract it on the patient's page."
    # A clock set back must not prolong it.
    return "" if abs(now - film.received_at) <= UNDO_WITHIN else TOO_LATE

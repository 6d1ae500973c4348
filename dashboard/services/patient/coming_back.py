"""Films that come back: onto the work list, or onto their trend."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from core.types import TimeDoubt
from dashboard.services.receiving.film_place import impossible_reason, place_again, stay_of
from dashboard.services.site.opening import Site
from dashboard.services.worker.process import accept
from db.models import Film, FilmState
from db.repositories import films, patients


def back_onto_list(film: Film, *, actor: str, now: datetime, site: Site, session: Session) -> None:
    """Have a film checked and scored once more; one whose time cannot be waits for a person instead."""
    if film.time_doubt is TimeDoubt.IMPOSSIBLE:
        place_again(film, patients.get(film.patient_id, session=session), site=site)
        stay = stay_of(film, film.patient_id, site=site, session=session)
        film.stay_id = stay.id if stay else None
    film.attempts = 0
    films.set_state(film, FilmState.RECEIVED, actor=actor, now=now, session=session)
    if film.time_doubt is TimeDoubt.IMPOSSIBLE:
        reason = impossible_reason(film, site=site)
        films.set_state(film, FilmState.QUARANTINED, reason, actor=actor, now=now, session=session)


def come_back(back: Sequence[Film], *, actor: str, now: datetime, site: Site, session: Session) -> None:
    """Take films without an open conflict back, or find that they are the same as another one."""
    for film in back:
        if film.time_doubt is TimeDoubt.IMPOSSIBLE:
            # It waits for another decision.
            continue
        if film.pixel_hash is None:
            # It was never looked at: the checks come first.
            back_onto_list(film, actor=actor, now=now, site=site, session=session)
        else:
            accept(film, actor=actor, now=now, site=site, session=session)

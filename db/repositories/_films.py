"""A film's way, written down step by step."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from db.models import Film, FilmTransition
from db.repositories._rows import key, plain


def write_transition(film: Film, *, actor: str, now: datetime, session: Session, remark: str = "") -> None:
    """Record the film's present state, patient and stay. `remark` says why, where that is not its reason."""
    step = FilmTransition(
        film_id=key(film),
        at=now,
        state=film.state,
        patient_id=film.patient_id,
        stay_id=film.stay_id,
        reason=film.reason,
        remark=plain(remark, FilmTransition, "remark"),
        actor=plain(actor, FilmTransition, "actor"),
    )
    session.add_all([film, step])

"""Films that contradict each other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, or_, select
from sqlmodel import Session, col

from db.errors import ConflictError, NotFoundError
from db.models import ConflictKind, Film, FilmConflict, FilmState
from db.repositories._rows import insert, key, plain

OTHER_PATIENT = frozenset({ConflictKind.SAME_UID_OTHER_PATIENT, ConflictKind.SAME_PIXELS_OTHER_PATIENT})
COMPARED = frozenset({FilmState.RECEIVED, FilmState.ACCEPTED, FilmState.QUARANTINED, FilmState.FAILED})
"""States of films that are compared with others, now or once they are checked."""


def open_conflict(film: Film, other: Film, kind: ConflictKind, *, now: datetime, session: Session) -> FilmConflict:
    """Record that two films contradict each other; once per pair, in whichever order.

    A conflict that a person has resolved is returned as it is (`resolved_at` set), not opened again.

    Raises
    ------
    ConflictError
        Another process changed it at the same moment.
    """
    found = _pair(film, other, session=session)
    if found is not None:
        return found
    conflict = FilmConflict(film_id=key(film), other_film_id=key(other), kind=kind, opened_at=now)
    if insert(conflict, session=session):
        return conflict
    found = _pair(film, other, session=session)
    if found is None:
        raise ConflictError("The conflict was opened and removed by another process. Try again.")
    return found


def conflicts_of(film_id: int, *, unresolved_only: bool = False, session: Session) -> list[FilmConflict]:
    """Return the conflicts a film takes part in, oldest first."""
    statement = select(FilmConflict).where(
        or_(col(FilmConflict.film_id) == film_id, col(FilmConflict.other_film_id) == film_id)
    )
    if unresolved_only:
        statement = statement.where(col(FilmConflict.resolved_at).is_(None))
    return list(session.scalars(statement.order_by(col(FilmConflict.opened_at), col(FilmConflict.id))))


def resolve_conflicts(
    film_id: int, *, actor: str, now: datetime, retracted: bool = False, session: Session
) -> list[Film]:
    """Close a film's conflicts after a person decided.

    Parameters
    ----------
    retracted : bool
        What was decided is that the film is retracted, and nothing about the conflicts themselves.

    Returns
    -------
    list of Film
        Quarantined films of either side that have no open conflict left; the service puts them back on their way.

    Raises
    ------
    NotFoundError
    """
    if session.get(Film, film_id) is None:
        raise NotFoundError(f"There is no film with the id {film_id}.")
    found = conflicts_of(film_id, unresolved_only=True, session=session)
    for conflict in found if retracted else ():
        conflict.retracted_film_id = film_id
    return close(found, actor=actor, now=now, session=session)


def reopen_conflicts(film: Film, *, session: Session) -> None:
    """Open a film's conflicts again, before it comes back to the trends.

    These are the conflicts with films that still take part: those that a retraction closed, and those decided in favour
    of the other copy. Two films with one UID that a person has accepted both stay decided; so do copies of one patient.
    """
    for conflict in conflicts_of(key(film), session=session):
        other_id = conflict.other_film_id if conflict.film_id == film.id else conflict.film_id
        other = session.get_one(Film, other_id)
        same_patient = conflict.kind in OTHER_PATIENT and other.patient_id == film.patient_id
        decided = conflict.kind is ConflictKind.SAME_UID_OTHER_PIXELS and conflict.retracted_film_id is None
        if not same_patient and not decided and other.state in COMPARED:
            conflict.resolved_at, conflict.resolved_by, conflict.retracted_film_id = None, "", None
    session.flush()


def hand_over(film: Film, twin: Film, *, actor: str, now: datetime, session: Session) -> list[Film]:
    """Pass a film's open conflicts on to its twin, of which it becomes a duplicate.

    Returns
    -------
    list of Film
        Quarantined films that have no open conflict left.
    """
    closed = []
    for conflict in conflicts_of(key(film), unresolved_only=True, session=session):
        other_id = conflict.other_film_id if conflict.film_id == film.id else conflict.film_id
        other = session.get_one(Film, other_id)
        if other is twin or twin.state not in COMPARED or _pair(twin, other, session=session) is not None:
            closed.append(conflict)
        else:
            conflict.film_id, conflict.other_film_id = key(twin), other_id
    return close(closed, actor=actor, now=now, session=session) if closed else []


def close(conflicts: Sequence[FilmConflict], *, actor: str, now: datetime, session: Session) -> list[Film]:
    """Close these conflicts; return the quarantined films that have no open one left."""
    for conflict in conflicts:
        conflict.resolved_at = now
        conflict.resolved_by = plain(actor, FilmConflict, "resolved_by")
    session.flush()
    film_ids = {film_id for conflict in conflicts for film_id in (conflict.film_id, conflict.other_film_id)}
    still_open = (
        select(col(FilmConflict.id))
        .where(
            col(FilmConflict.resolved_at).is_(None),
            or_(col(FilmConflict.film_id) == col(Film.id), col(FilmConflict.other_film_id) == col(Film.id)),
        )
        .exists()
    )
    statement = select(Film).where(col(Film.id).in_(film_ids), col(Film.state) == FilmState.QUARANTINED, ~still_open)
    return list(session.scalars(statement.order_by(col(Film.id))))


def _pair(film: Film, other: Film, *, session: Session) -> FilmConflict | None:
    one, two = key(film), key(other)
    first, second = col(FilmConflict.film_id), col(FilmConflict.other_film_id)
    same_pair = or_(and_(first == one, second == two), and_(first == two, second == one))
    return session.scalars(select(FilmConflict).where(same_pair).order_by(col(FilmConflict.id))).first()

"""Films: added, found by UID, bytes or pixels, moved from state to state and from patient to patient."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import func, select, text
from sqlalchemy import insert as insert_many
from sqlmodel import Session, col

from core.names import same_name
from core.types import CheckResult, TimePrecision
from db.errors import ConflictError, NotFoundError
from db.models import Film, FilmCheck, FilmState, FilmTransition, Stay
from db.repositories._conflicts import (
    OTHER_PATIENT,
    conflicts_of,
    open_conflict,
    reopen_conflicts,
    resolve_conflicts,
)
from db.repositories._films import write_transition
from db.repositories._rows import change, get_row, insert, plain
from db.repositories._work import CLAIM_FOR, claim_received, claim_unscored, extend_claims, waiting_count

__all__ = [
    "CLAIM_FOR",
    "OTHER_PATIENT",
    "add",
    "add_checks",
    "checks_of",
    "claim_received",
    "claim_unscored",
    "conflicts_of",
    "count_by_state",
    "extend_claims",
    "find_by_pixel_hash",
    "find_by_sop_instance_uid",
    "find_same_content",
    "get",
    "is_vouched_for",
    "later_in_stay",
    "lock_identity",
    "mark_other_person",
    "move",
    "open_conflict",
    "reopen_conflicts",
    "resolve_conflicts",
    "set_state",
    "transitions_of",
    "waiting_count",
]

_WITHOUT_REASON = (FilmState.RECEIVED, FilmState.ACCEPTED)


def get(film_id: int, *, session: Session) -> Film:
    """Return the film, or raise NotFoundError."""
    return get_row(Film, film_id, session=session)


def add(film: Film, *, actor: str, now: datetime, session: Session) -> Film:
    """Store a film's row and the first step of its way.

    Raises
    ------
    NotFoundError
        No such patient or stay.
    ConflictError
        The patient has a film of these bytes already, or the stay is another patient's.
    ValueError
        A state other than received and accepted has no reason.
    """
    film.original_name = plain(film.original_name, Film, "original_name")
    film.stated_name = plain(film.stated_name, Film, "stated_name")
    film.device = plain(film.device, Film, "device")
    film.reason = _reason(film.state, film.reason)
    _require_own_stay(film.patient_id, film.stay_id, session=session)
    if not insert(film, session=session):
        raise ConflictError("The patient has a film of the same bytes already. Look it up with find_same_content.")
    write_transition(film, actor=actor, now=now, session=session)
    session.flush()
    return film


def find_same_content(patient_id: int, content_hash: str, *, session: Session) -> Film | None:
    """Return the patient's film of exactly these bytes, whatever its state."""
    statement = select(Film).where(col(Film.patient_id) == patient_id, col(Film.content_hash) == content_hash)
    return session.scalars(statement).one_or_none()


def find_by_sop_instance_uid(sop_instance_uid: str, *, session: Session) -> list[Film]:
    """Return the films of any patient with this UID, oldest first."""
    statement = select(Film).where(col(Film.sop_instance_uid) == sop_instance_uid)
    return list(session.scalars(statement.order_by(col(Film.id))))


def find_by_pixel_hash(pixel_hash: str, *, session: Session) -> list[Film]:
    """Return the films of any patient with these pixels, oldest first."""
    return list(session.scalars(select(Film).where(col(Film.pixel_hash) == pixel_hash).order_by(col(Film.id))))


def later_in_stay(
    stay_id: int, after: datetime, *, came_before: datetime, without: Collection[FilmState], session: Session
) -> list[tuple[datetime, TimePrecision]]:
    """Return when the films of a stay were taken that are dated after a time and came before another.

    Parameters
    ----------
    without : collection of FilmState
        Films in these states are left out.
    """
    statement = select(col(Film.acquired_at), col(Film.time_precision)).where(
        col(Film.stay_id) == stay_id,
        col(Film.received_at) < came_before,
        col(Film.acquired_at) > after,
        col(Film.state).not_in(without),
    )
    return [(at, precision) for at, precision in session.execute(statement) if at is not None]


def is_vouched_for(film: Film, *, session: Session) -> bool:
    """Return whether a person has accepted a film of this patient with the same number, name, birth date and sex."""
    statement = select(col(Film.stated_name)).where(
        col(Film.patient_id) == film.patient_id,
        col(Film.id).is_distinct_from(film.id),
        col(Film.stated_identifier) == film.stated_identifier,
        col(Film.stated_issuer) == film.stated_issuer,
        col(Film.stated_birth_date).is_not_distinct_from(film.stated_birth_date),
        col(Film.stated_sex) == film.stated_sex,
        col(Film.state) == FilmState.ACCEPTED,
        col(Film.overruled),
    )
    return any(name == film.stated_name or same_name(name, film.stated_name) for name in session.scalars(statement))


def set_state(
    film: Film,
    state: FilmState,
    reason: str = "",
    *,
    actor: str,
    now: datetime,
    retry_at: datetime | None = None,
    session: Session,
) -> Film:
    """Take a film one step further and write it down.

    `attempts` grows with each failure and is never reset here. A retracted film comes back only as RECEIVED, so
    that it passes the checks again.

    Raises
    ------
    ConflictError
        The film is retracted.
    ValueError
        The state needs a reason and there is none.
    """
    if film.state is FilmState.RETRACTED and state is not FilmState.RECEIVED:
        raise ConflictError(f"Film {film.id} is retracted ({film.reason}). Receive it again to take it back.")
    film.reason = _reason(state, reason)
    film.state = state
    film.retry_at = retry_at
    if state is FilmState.FAILED:
        film.attempts += 1
    if state is not FilmState.DUPLICATE:
        film.duplicate_of_id = None
    write_transition(film, actor=actor, now=now, session=session)
    session.flush()
    return film


def add_checks(film_id: int, results: Sequence[CheckResult], *, now: datetime, session: Session) -> None:
    """Store the checks' verdicts; a check of the same version replaces what it said before.

    Raises
    ------
    NotFoundError
    """
    get_row(Film, film_id, session=session)
    known = {(row.name, row.version): row for row in checks_of(film_id, session=session)}
    new = []
    for result in results:
        row = known.get((result.name, result.version))
        found = {"verdict": result.verdict, "checked_at": now, "reason": plain(result.reason, FilmCheck, "reason")}
        if row is None:
            new.append({"film_id": film_id, "name": result.name, "version": result.version, **found})
            continue
        row.sqlmodel_update(found)
        session.add(row)
    session.flush()
    if new:
        # One statement for all: a film has a dozen checks.
        session.execute(insert_many(FilmCheck), new)


def checks_of(film_id: int, *, session: Session) -> list[FilmCheck]:
    """Return the checks of a film in the order they were first made."""
    return list(session.scalars(select(FilmCheck).where(col(FilmCheck.film_id) == film_id).order_by(col(FilmCheck.id))))


def transitions_of(film_id: int, *, session: Session) -> list[FilmTransition]:
    """Return a film's way, first step first."""
    order = (col(FilmTransition.at), col(FilmTransition.id))
    statement = select(FilmTransition).where(col(FilmTransition.film_id) == film_id)
    return list(session.scalars(statement.order_by(*order)))


def lock_identity(keys: Sequence[str], *, session: Session) -> None:
    """Keep other transactions from deciding about the same film until this one ends.

    `keys` are what two copies of a film share: UID, pixel hash, patient. PostgreSQL only; SQLite has one writer
    at a time anyway. Taken in one order by everyone, so that two cannot wait for each other.
    """
    if session.get_bind().dialect.name != "postgresql":
        return
    for name in sorted(set(keys)):
        session.execute(text("select pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": name})


def move(
    film: Film, patient_id: int, stay_id: int | None, *, reason: str, actor: str, now: datetime, session: Session
) -> Film:
    """Give a film to another patient or stay. What the film itself states (`stated_*`) stays as it is.

    A mark that it names another person than the patient it had goes with the patient.

    Raises
    ------
    NotFoundError
    ConflictError
        That patient has a film of the same bytes, or the stay is another patient's.
    """
    _require_own_stay(patient_id, stay_id, session=session)
    changed: dict[str, int | None] = {"patient_id": patient_id, "stay_id": stay_id}
    if patient_id != film.patient_id:
        changed |= dict.fromkeys(("other_person_at", "other_person_by", "other_person_reason"))
    if not change(film, changed, session=session):
        raise ConflictError("That patient has a film of the same bytes already. Retract one of the two instead.")
    write_transition(film, actor=actor, now=now, session=session, remark=reason)
    session.flush()
    return film


def mark_other_person(film: Film, *, reason: str, actor: str, now: datetime, session: Session) -> None:
    """Write down that a person gave a film to its patient although it names another one."""
    film.other_person_at = now
    film.other_person_by = plain(actor, Film, "other_person_by")
    film.other_person_reason = plain(reason, Film, "other_person_reason")
    session.add(film)


def count_by_state(*, session: Session) -> dict[FilmState, int]:
    """Return how many films are in each state; every state is listed."""
    counts = dict.fromkeys(FilmState, 0)
    for state, count in session.execute(select(col(Film.state), func.count()).group_by(col(Film.state))):
        counts[state] = count
    return counts


def _reason(state: FilmState, reason: str) -> str:
    if not reason.strip() and state not in _WITHOUT_REASON:
        raise ValueError(f"A film that is {state.value} needs a reason. Say why in plain words.")
    return plain(reason.strip(), Film, "reason")


def _require_own_stay(patient_id: int, stay_id: int | None, *, session: Session) -> None:
    if stay_id is None:
        return
    stay = session.get(Stay, stay_id)
    if stay is None:
        raise NotFoundError(f"There is no stay with the id {stay_id}.")
    if stay.patient_id != patient_id:
        raise ConflictError(f"Stay {stay_id} is another patient's. Choose a stay of patient {patient_id}.")

"""What people correct: films retracted, overruled, moved; each is recorded, and the trends are updated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session

from core.identity import Difference, Person, differences
from core.types import PatientIdentity
from dashboard.errors import DifferentPersonError, NotAllowedError
from dashboard.services.flags.life import take_back
from dashboard.services.patient.census import named_patient
from dashboard.services.patient.coming_back import back_onto_list, come_back
from dashboard.services.patient.trends import lock_patients
from dashboard.services.receiving.film_place import place_again, stay_of, waits_for_its_time
from dashboard.services.receiving.identity import is_nobodys, statement, whom_it_names
from dashboard.services.site.opening import Site
from dashboard.services.worker.process import accept, reevaluate
from db.engine import transaction
from db.models import ConflictKind, Film, FilmConflict, FilmState, FlagCause
from db.repositories import films, key, patients
from db.repositories.site import write_audit


@dataclass(frozen=True)
class Correction:
    """What a correction did.

    Attributes
    ----------
    film_id : int or None
        None for a merge of patients.
    patient_id : int
        Whose film it is from now on.
    differences : tuple of Difference
        In what the film, or the record given up, names another person than that patient.
    other_film_ids : tuple of int
        Other films that changed their state with it.
    """

    film_id: int | None
    patient_id: int
    state: FilmState | None
    reason: str
    other_film_ids: tuple[int, ...] = ()
    differences: tuple[Difference, ...] = ()


def retract(film_id: int, *, reason: str, actor: str, site: Site) -> Correction:
    """Take a film off its trend for good (wrong patient, wrong film); films it was in conflict with come back.

    Raises
    ------
    NotFoundError
    NotAllowedError
        It is retracted already, or no reason is given.
    """
    now = site.clock()
    reason = stated_reason(reason, "A film is retracted with a reason.")
    with transaction(site.engine) as session:
        film = locked(film_id, session=session)
        if film.state is FilmState.RETRACTED:
            raise NotAllowedError(f"Film {film_id} is retracted already ({film.reason}).")
        back = take_off(film, reason=reason, actor=actor, now=now, site=site, session=session)
        return finish("retract", film, back, {film.patient_id}, actor=actor, now=now, site=site, session=session)


def take_off(film: Film, *, reason: str, actor: str, now: datetime, site: Site, session: Session) -> list[Film]:
    """Retract a locked film; return those that come back, now that it stands against them no longer.

    The flags are as before: `finish` follows.
    """
    films.set_state(film, FilmState.RETRACTED, reason, actor=actor, now=now, session=session)
    back = films.resolve_conflicts(key(film), actor=actor, now=now, retracted=True, session=session)
    come_back(back, actor=actor, now=now, site=site, session=session)
    return back


def overrule(film_id: int, *, reason: str = "", actor: str, site: Site) -> Correction:
    """Decide that a film is right after all.

    A rejected film may be scored; a quarantined one stands against those it is in conflict with; a retracted or
    failed one goes through the checks again, whose refusal no longer holds it up.

    Raises
    ------
    NotFoundError
    NotAllowedError
        Nothing speaks against the film, it is the same as another one, or it names no patient.
    """
    now = site.clock()
    with transaction(site.engine) as session:
        film = locked(film_id, session=session)
        return _overrule(film, reason=reason, actor=actor, now=now, site=site, session=session)


def undo_retraction(film_id: int, *, reason: str = "", actor: str, site: Site) -> Correction:
    """Take a retraction back: the film is checked and scored again, for the patient it was retracted from.

    Raises
    ------
    NotFoundError
    NotAllowedError
        It is not retracted, or names no patient.
    """
    now = site.clock()
    with transaction(site.engine) as session:
        film = locked(film_id, session=session)
        if film.state is not FilmState.RETRACTED:
            raise NotAllowedError(f"Film {film_id} is {film.state.value}, not retracted: there is nothing to undo.")
        _require_something_to_overrule(film, session=session)
        # As it was before, with what spoke against it then: this decides nothing but that the retraction was wrong.
        films.reopen_conflicts(film, session=session)
        back_onto_list(film, actor=actor, now=now, site=site, session=session)
        return finish(
            "undo retraction",
            film,
            (),
            {film.patient_id},
            actor=actor,
            now=now,
            site=site,
            session=session,
            remark=reason,
        )


def _overrule(film: Film, *, reason: str, actor: str, now: datetime, site: Site, session: Session) -> Correction:
    _require_something_to_overrule(film, session=session)
    film.overruled = True
    others = _decide_for(film, actor=actor, now=now, site=site, session=session)
    if film.state in {FilmState.REJECTED, FilmState.QUARANTINED} and film.pixel_hash:
        film.attempts = 0
        accept(film, actor=actor, now=now, site=site, session=session)
    else:
        back_onto_list(film, actor=actor, now=now, site=site, session=session)
    patient_ids = {film.patient_id, *(other.patient_id for other in others)}
    return finish(
        "overrule", film, others, patient_ids, actor=actor, now=now, site=site, session=session, remark=reason
    )


def _require_something_to_overrule(film: Film, *, session: Session) -> None:
    if film.state in {FilmState.RECEIVED, FilmState.ACCEPTED}:
        raise NotAllowedError(f"Film {film.id} is {film.state.value}: there is nothing to overrule.")
    if waits_for_its_time(film):
        raise NotAllowedError(f"{film.reason} It cannot be overruled.")
    if film.state is FilmState.DUPLICATE:
        raise NotAllowedError(f"{film.reason} Retract that one first if this one is right.")
    if is_nobodys(film, session=session):
        raise NotAllowedError(f"Film {film.id} names no patient. Move it to its patient: that is what it waits for.")


def move(
    film_id: int, patient: int | PatientIdentity, *, reason: str, actor: str, confirmed: bool = False, site: Site
) -> Correction:
    """Give a film to another patient; both trends are mended. A retracted film is checked and scored again there.

    Parameters
    ----------
    patient : int or PatientIdentity
        The id of a known patient, or who a new one is.
    confirmed : bool
        A person has seen that the film names another person than this patient, and moves it all the same. The film
        carries a mark from then on.

    Raises
    ------
    NotFoundError
    NotAllowedError
        It is that patient's already, or no reason is given.
    DifferentPersonError
        The film names another person, and that is not confirmed.
    IdentityError
        What is given for a number is no person's number.
    ConflictError
        That patient has a film of the same bytes; a new one has the number of a known patient.
    """
    now = site.clock()
    reason = stated_reason(reason, "A film is moved with a reason.")
    with transaction(site.engine) as session:
        film = locked(film_id, session=session)
        waited = waits_for_its_time(film)
        before, person = film.patient_id, named_patient(patient, now=now, session=session)
        _require_movable(film, to=key(person))
        named = _named_by(film, session=session)
        differing = confirmed_differences(named, person, f"Film {film_id}", confirmed=confirmed)
        _give(film, key(person), reason=reason, actor=actor, now=now, site=site, session=session)
        if differing:
            films.mark_other_person(film, reason=reason, actor=actor, now=now, session=session)
        if film.state is FilmState.RETRACTED:
            films.reopen_conflicts(film, session=session)
        if film.state is FilmState.RETRACTED or waited:
            back_onto_list(film, actor=actor, now=now, site=site, session=session)
        back = _close_conflicts_within(film, actor=actor, now=now, session=session)
        # The moved film first: if it is the same as one that comes back, that one stays.
        come_back(back, actor=actor, now=now, site=site, session=session)
        patient_ids = {before, film.patient_id}
        done = finish("move", film, back, patient_ids, actor=actor, now=now, site=site, session=session, remark=reason)
        return replace(done, differences=differing)


def _require_movable(film: Film, *, to: int) -> None:
    if film.patient_id == to:
        raise NotAllowedError(f"Film {film.id} is this patient's already.")
    if film.state is FilmState.DUPLICATE:
        raise NotAllowedError(f"{film.reason} Move that one: this copy is not used.")


def _give(film: Film, patient_id: int, *, reason: str, actor: str, now: datetime, site: Site, session: Session) -> None:
    """Take a film off one patient's trend and flags and put it on another's."""
    lock_patients({film.patient_id, patient_id}, session=session)
    take_back(key(film), FlagCause.FILM_MOVED, actor=actor, now=now, session=session)
    # Another person has another birth date.
    place_again(film, patients.get(patient_id, session=session), site=site)
    stay = stay_of(film, patient_id, site=site, session=session)
    films.move(film, patient_id, stay.id if stay else None, reason=reason, actor=actor, now=now, session=session)


def _named_by(film: Film, *, session: Session) -> Person:
    """Return whom a film names: its own words, completed by whoever has the number it states, also since a merge."""
    stated = statement(film)
    owners = patients.of_number(stated.identifier, session=session)
    own = [owner for owner in owners if owner.issuer == stated.issuer] or owners
    filed_under = patients.get(film.patient_id, session=session)
    owner = own[0] if len(own) == 1 else filed_under
    return whom_it_names(replace(stated, identifier=owner.identifier) if len(own) == 1 else stated, owner)


def confirmed_differences(one: Person, target: Person, what: str, *, confirmed: bool) -> tuple[Difference, ...]:
    """Return in what two persons differ, once a person has confirmed it."""
    found = differences(one, target)
    if found and not confirmed:
        raise DifferentPersonError(
            f"{what} names another person than the patient it would go to: the {' and the '.join(found)} "
            f"{'differs' if len(found) == 1 else 'differ'}. Compare both; confirm it if it is right all the same.",
            found,
        )
    return found


def locked(film_id: int, *, session: Session) -> Film:
    """Return the film's row, locked after the keys it shares with others, as every comparison of films does."""
    film = films.get(film_id, session=session)
    films.lock_identity([name for name in (film.sop_instance_uid, film.pixel_hash) if name], session=session)
    # Not so that another transaction cannot refer to the film: a flag does, under the lock on the patient.
    session.refresh(film, with_for_update={"key_share": True})
    return film


def _decide_for(film: Film, *, actor: str, now: datetime, site: Site, session: Session) -> list[Film]:
    """Settle every conflict of a film that a person says is right; return the other films that change with it."""
    rows = films.conflicts_of(key(film), session=session)
    back = films.resolve_conflicts(key(film), actor=actor, now=now, session=session)
    changed = []
    for row in rows:
        other = films.get(row.other_film_id if row.film_id == film.id else row.film_id, session=session)
        if other.state in {FilmState.QUARANTINED, FilmState.ACCEPTED, FilmState.FAILED} and _stands_against(row):
            changed += [other, *_yield(other, film, row.kind, actor=actor, now=now, site=site, session=session)]
    returning = [other for other in back if other.id != film.id and other.state is FilmState.QUARANTINED]
    come_back(returning, actor=actor, now=now, site=site, session=session)
    return [*changed, *returning]


def _stands_against(row: FilmConflict) -> bool:
    # Two films that share only a UID may both be right; two copies of one film may not.
    return row.kind is not ConflictKind.SAME_UID_OTHER_PIXELS


def _yield(
    other: Film, film: Film, kind: ConflictKind, *, actor: str, now: datetime, site: Site, session: Session
) -> list[Film]:
    """Take the other copy off the trends; return the films that were in conflict with that one only."""
    if kind is ConflictKind.CHANGED_IDENTITY:
        reason = f"The same film is already stored as film {film.id}."
        films.set_state(other, FilmState.DUPLICATE, reason, actor=actor, now=now, session=session)
        other.duplicate_of_id = film.id
    else:
        reason = f"The same film was decided to be right as film {film.id}, of another patient."
        films.set_state(other, FilmState.RETRACTED, reason, actor=actor, now=now, session=session)
    back = films.resolve_conflicts(key(other), actor=actor, now=now, retracted=True, session=session)
    back = [other for other in back if other.id != film.id]
    come_back(back, actor=actor, now=now, site=site, session=session)
    return back


def _close_conflicts_within(film: Film, *, actor: str, now: datetime, session: Session) -> list[Film]:
    """Close the conflicts "other patient" that a move has settled; return the films without an open one left."""
    involved = [film]
    for row in films.conflicts_of(key(film), unresolved_only=True, session=session):
        other = films.get(row.other_film_id if row.film_id == film.id else row.film_id, session=session)
        if row.kind in films.OTHER_PATIENT and other.patient_id == film.patient_id:
            row.resolved_at, row.resolved_by = now, actor
            involved.append(other)
    session.flush()
    return [
        film
        for film in involved
        if film.state is FilmState.QUARANTINED
        and not films.conflicts_of(key(film), unresolved_only=True, session=session)
    ]


def finish(
    action: str,
    film: Film,
    others: Sequence[Film],
    patient_ids: set[int],
    *,
    actor: str,
    now: datetime,
    site: Site,
    session: Session,
    remark: str = "",
    because: FlagCause | None = None,
) -> Correction:
    """Bring the flags in step with what a correction did to a film, and write it down."""
    reevaluate(
        patient_ids | {other.patient_id for other in others}, now=now, site=site, session=session, because=because
    )
    return written(action, film, others, actor=actor, now=now, session=session, remark=remark)


def written(
    action: str, film: Film, others: Sequence[Film], *, actor: str, now: datetime, session: Session, remark: str = ""
) -> Correction:
    """Write down what a correction did to a film, and to others with it."""
    changed = [other for other in others if other.id != film.id]
    other_ids = tuple(sorted({key(other) for other in changed}))
    detail = {"state": film.state.value, "patient_id": film.patient_id, "other_film_ids": list(other_ids)}
    if remark.strip():
        detail["reason"] = remark.strip()
    write_audit(actor, action, "film", key(film), detail, now=now, session=session)
    return Correction(film.id, film.patient_id, film.state, film.reason, other_ids)


def stated_reason(reason: str, message: str) -> str:
    """Return the reason a person gave, or raise NotAllowedError with `message`."""
    if not reason.strip():
        raise NotAllowedError(f"{message} Say why in plain words.")
    return reason.strip()

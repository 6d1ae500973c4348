"""Same film twice is one film; films that contradict each other's identity leave the trends until a person decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session

from core.identity import differences, is_another_person
from core.patient_number import no_number
from db.models import ConflictKind, Film, FilmState, Patient
from db.read_models.facts import PatientFacts, StatedIdentity
from db.repositories import films, key, patients

OTHER_PERSON = (
    "The film names another person (name, birth date or sex) than its patient number belongs to. "
    "Move it to its patient, or overrule this if both are one person."
)
NO_PATIENT = (
    "The film names no patient: what stands for the patient number is no person's number. "
    "Move it to its patient by the right number."
)

TAKES_PART = frozenset({FilmState.ACCEPTED, FilmState.QUARANTINED, FilmState.FAILED})
"""Rejected, retracted and duplicate films neither have nor make conflicts; received ones are compared later."""


@dataclass(frozen=True)
class Relation:
    """How a film stands to another one: the same film (`conflict` None), or in conflict with it."""

    other: Film
    conflict: ConflictKind | None


@dataclass(frozen=True)
class IdentityOutcome:
    """What comparing a film with all others gave.

    Attributes
    ----------
    state : FilmState
        ACCEPTED, DUPLICATE or QUARANTINED.
    reason : str
        "" when accepted.
    duplicate_of : Film or None
    quarantined : tuple of Film
        Other films that were taken off their trends by this.
    """

    state: FilmState
    reason: str = ""
    duplicate_of: Film | None = None
    quarantined: tuple[Film, ...] = ()


def relation(film: Film, other: Film) -> Relation | None:
    """Return how `film` stands to `other`, None where they share neither UID nor pixels."""
    same_pixels = film.pixel_hash is not None and film.pixel_hash == other.pixel_hash
    same_uid = film.sop_instance_uid is not None and film.sop_instance_uid == other.sop_instance_uid
    if not same_pixels and not same_uid:
        return None
    if same_uid and not same_pixels:
        return Relation(other, ConflictKind.SAME_UID_OTHER_PIXELS)
    same_number = _number(film) == _number(other)
    if same_number and contradicts(film, other):
        return Relation(other, ConflictKind.CHANGED_IDENTITY)
    # The same number under another patient: a person moved one of them, and moves both by that.
    if same_number or film.patient_id == other.patient_id:
        return Relation(other, None)
    return Relation(other, ConflictKind.SAME_UID_OTHER_PATIENT if same_uid else ConflictKind.SAME_PIXELS_OTHER_PATIENT)


def contradicts(film: Film, other: Film) -> bool:
    """Return whether two films state different names, birth dates or sexes; what is not stated contradicts nothing."""
    return bool(differences(statement(film), statement(other)))


def statement(film: Film) -> StatedIdentity:
    """Return who a film itself says it shows."""
    return StatedIdentity(
        film.stated_identifier, film.stated_issuer, film.stated_name, film.stated_birth_date, film.stated_sex
    )


def whom_it_names(stated: StatedIdentity, filed_under: Patient | PatientFacts) -> StatedIdentity:
    """Return whom a film names: its own words, and of a patient whose number it bears what it leaves out."""
    if stated.identifier != filed_under.identifier or no_number(stated.identifier):
        return stated
    if is_another_person(stated, filed_under):
        return stated
    return replace(
        stated,
        name=stated.name or filed_under.name,
        birth_date=stated.birth_date or filed_under.birth_date,
        sex=stated.sex or filed_under.sex,
    )


def is_nobodys(film: Film, *, session: Session) -> bool:
    """Return whether a film is filed under what is no person's number."""
    return no_number(patients.get(film.patient_id, session=session).identifier) is not None


def settle_identity(film: Film, *, actor: str, now: datetime, session: Session) -> IdentityOutcome:
    """Compare a film that passed the checks with all others; quarantine those it contradicts.

    The film itself is left as it is: the caller takes it to the state returned. Conflicts that a person has
    decided are not opened again.
    """
    films.lock_identity([key for key in (film.sop_instance_uid, film.pixel_hash) if key], session=session)
    known = _known(film, session=session)
    # A film that a person gave to another patient is the one that the copies under its own number are copies of.
    moved = (
        None if _is_away(film, session=session) else next((other for other in known if _was_moved(film, other)), None)
    )
    if moved is not None:
        return _duplicate_of(
            moved if moved.duplicate_of_id is None else films.get(moved.duplicate_of_id, session=session)
        )
    if is_nobodys(film, session=session):
        # It says nothing against a film whose patient is known.
        return IdentityOutcome(FilmState.QUARANTINED, NO_PATIENT)
    return _settle_among(film, known, actor=actor, now=now, session=session)


def _settle_among(film: Film, known: Sequence[Film], *, actor: str, now: datetime, session: Session) -> IdentityOutcome:
    takes_part = [other for other in known if other.state in TAKES_PART and other.pixel_hash]
    takes_part = [other for other in takes_part if not is_nobodys(other, session=session)]
    relations = [found for other in takes_part if (found := relation(film, other))]
    same = [relation.other for relation in relations if relation.conflict is None]
    # A film that came back is not the copy of what was sent again while it was away.
    waiting = [other for other in same if other.state is FilmState.QUARANTINED and key(other) > key(film)]
    same = [film for film in same if film not in waiting]
    if not same and not film.overruled and (retracted := _retracted_before(film, known)):
        return IdentityOutcome(FilmState.QUARANTINED, retracted)
    conflicts: list[ConflictKind] = []
    others: list[Film] = []
    for one in relations:
        if one.conflict is None:
            continue
        row = films.open_conflict(film, one.other, one.conflict, now=now, session=session)
        if row.resolved_at is not None:
            continue
        conflicts.append(one.conflict)
        if one.other.state is not FilmState.QUARANTINED:
            reason = conflict_reason(one.conflict)
            films.set_state(one.other, FilmState.QUARANTINED, reason, actor=actor, now=now, session=session)
            others.append(one.other)
    if conflicts:
        return IdentityOutcome(FilmState.QUARANTINED, conflict_reason(conflicts[0]), None, tuple(others))
    if same:
        return _duplicate_of(same[0])
    if not film.overruled and names_another_person(film, session=session):
        return IdentityOutcome(FilmState.QUARANTINED, OTHER_PERSON)
    for copy in waiting:
        apply_outcome(copy, _duplicate_of(film), actor=actor, now=now, session=session)
    return IdentityOutcome(FilmState.ACCEPTED)


def apply_outcome(film: Film, outcome: IdentityOutcome, *, actor: str, now: datetime, session: Session) -> None:
    """Take the film to the state that `settle_identity` found for it."""
    films.set_state(film, outcome.state, outcome.reason, actor=actor, now=now, session=session)
    film.duplicate_of_id = None if outcome.duplicate_of is None else outcome.duplicate_of.id


def conflict_reason(kind: ConflictKind) -> str:
    """Return why a film is off the trends, in words for the ward."""
    return {
        ConflictKind.SAME_UID_OTHER_PIXELS: "Another film has the same identifier (UID) but shows another picture.",
        ConflictKind.SAME_UID_OTHER_PATIENT: "The same film (UID) is also stored for another patient.",
        ConflictKind.SAME_PIXELS_OTHER_PATIENT: "The same picture is also stored for another patient.",
        ConflictKind.CHANGED_IDENTITY: "The same film is also stored with another name, birth date or sex.",
    }[kind] + " A person has to decide which is right."


def _known(film: Film, *, session: Session) -> list[Film]:
    """Return the other films with the same UID or pixels, oldest first."""
    found: dict[int | None, Film] = {}
    if film.sop_instance_uid:
        found |= {other.id: other for other in films.find_by_sop_instance_uid(film.sop_instance_uid, session=session)}
    if film.pixel_hash:
        found |= {other.id: other for other in films.find_by_pixel_hash(film.pixel_hash, session=session)}
    return sorted((other for other in found.values() if other.id != film.id), key=lambda one: one.id or 0)


def _retracted_before(film: Film, known: Sequence[Film]) -> str:
    """Return why a film that a person took away must not come back by being sent again, "" where none was."""
    for other in known:
        same = other.pixel_hash == film.pixel_hash and _number(other) == _number(film)
        if same and other.state is FilmState.RETRACTED:
            return f"The same film was retracted as film {other.id} ({other.reason}). A person has to decide."
    return ""


def names_another_person(film: Film, *, session: Session) -> bool:
    """Return whether a film is certainly of another person than the one its number belongs to.

    A wrong worklist entry at the X-ray unit is how a film comes to the wrong patient. Films that a person has let
    pass under the same number and name vouch for the next. Films that a person has moved to the patient are not asked.
    """
    patient = patients.get(film.patient_id, session=session)
    if patient.identifier != film.stated_identifier or not is_another_person(statement(film), patient):
        return False
    return not films.is_vouched_for(film, session=session)


def _is_away(film: Film, *, session: Session) -> bool:
    """Return whether a film is filed under another patient than its own number's: a person gave it there."""
    named = patients.find(film.stated_identifier, film.stated_issuer, session=session)
    return named is not None and named.id != film.patient_id


def _was_moved(film: Film, other: Film) -> bool:
    """Return whether a person has given this very film, as it was sent before, to another patient."""
    return (
        other.patient_id != film.patient_id
        and other.state in TAKES_PART | {FilmState.DUPLICATE}
        and film.pixel_hash is not None
        and film.pixel_hash == other.pixel_hash
        and _number(film) == _number(other)
        and not contradicts(film, other)
    )


def _duplicate_of(other: Film) -> IdentityOutcome:
    return IdentityOutcome(FilmState.DUPLICATE, f"The same film is already stored as film {other.id}.", other)


def _number(film: Film) -> tuple[str, str]:
    return film.stated_issuer, film.stated_identifier

"""Which patient lies where: patients admitted, moved, discharged, found and listed."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session

from core.identity import is_another_person
from core.patient_number import number_problem
from core.types import PatientIdentity
from dashboard.errors import IdentityError, NotAllowedError
from dashboard.services.flags.reasons import REASONS
from dashboard.services.patient.trends import lock_patients
from dashboard.services.receiving.moments import require_moment
from dashboard.services.site.opening import Site
from dashboard.services.worker.process import reevaluate
from db.engine import read_transaction, transaction
from db.errors import ConflictError
from db.models import LIVE_STATES, Flag, FlagCause, FlagState, Patient, Stay
from db.read_models.facts import PatientFacts
from db.read_models.lists import (
    ListedPatient,
    NotAdmitted,
    PatientRow,
    find_patients,
    list_not_admitted,
    list_patients,
)
from db.read_models.patient import patient_facts, read_patient
from db.repositories import films, flags, key, patients, stays
from db.repositories.site import write_audit

RECENT = timedelta(hours=24)
"""Films this young most likely belong to the stay that is being opened."""


def admit(
    patient: int | PatientIdentity, *, unit: str, bed: str = "", admitted_at: datetime, actor: str, site: Site
) -> Stay:
    """Open a stay; films taken since then belong to it, and flags they support are open.

    Parameters
    ----------
    patient : int or PatientIdentity
        The id of a known patient, or who a new one is.

    Raises
    ------
    NotFoundError
    IdentityError
        What is given for a number is no person's number.
    ConflictError
        The patient has an open stay, was in another one at that time, or the bed is taken; a new one has the
        number of a known patient of another name, or of another issuer.
    NotAllowedError
        The admission lies ahead.
    ValueError
        No unit is named.
    """
    now = site.clock()
    require_moment(admitted_at)
    _require_past("admission", admitted_at, now=now, site=site)
    with transaction(site.engine) as session:
        patient_id = key(named_patient(patient, now=now, session=session))
        stay = stays.admit(patient_id, unit, bed, admitted_at=admitted_at, session=session)
        stays.assign_films(stay, zone=site.zone, actor=actor, now=now, session=session)
        reevaluate({patient_id}, now=now, site=site, session=session, because=FlagCause.ADMITTED)
        _audit("admit", stay, actor=actor, now=now, session=session)
        return stay


def move(stay_id: int, *, unit: str, bed: str = "", actor: str, site: Site) -> Stay:
    """Move an open stay to another unit or bed; its films are assessed by the new unit's settings from then on.

    Raises
    ------
    NotFoundError
    ConflictError
        The stay has ended or the bed is taken.
    """
    now = site.clock()
    with transaction(site.engine) as session:
        stay = stays.move(stay_id, unit, bed, session=session)
        reevaluate({stay.patient_id}, now=now, site=site, session=session, because=FlagCause.STAY_MOVED)
        _audit("move", stay, actor=actor, now=now, session=session)
        return stay


def discharge(stay_id: int, *, at: datetime, actor: str, site: Site) -> Stay:
    """End a stay; flags that still ask for somebody on its films are resolved.

    Raises
    ------
    NotFoundError
    ConflictError
        It has ended already, or would end before it began.
    NotAllowedError
        The discharge lies ahead.
    """
    now = site.clock()
    require_moment(at)
    _require_past("discharge", at, now=now, site=site)
    with transaction(site.engine) as session:
        stay = stays.discharge(stay_id, at, session=session)
        lock_patients({stay.patient_id}, session=session)
        for flag in _live_flags(stay, session=session):
            flags.set_state(
                flag,
                FlagState.RESOLVED,
                cause=FlagCause.DISCHARGED,
                actor=actor,
                reason=REASONS[FlagCause.DISCHARGED],
                now=now,
                session=session,
            )
        _audit("discharge", stay, actor=actor, now=now, session=session)
        return stay


def _require_past(what: str, at: datetime, *, now: datetime, site: Site) -> None:
    if at > now + site.clock_tolerance:
        raise NotAllowedError(
            f"The {what} lies ahead: {at.astimezone(site.zone):%Y-%m-%d %H:%M}. Enter it when it has happened."
        )


def find(text: str, *, limit: int = 50, site: Site) -> tuple[PatientRow, ...]:
    """Return patients by name or number, also discharged ones; those present first."""
    with read_transaction(site.engine) as session:
        return tuple(find_patients(text, limit=limit, session=session))


def not_admitted(*, site: Site) -> NotAdmitted:
    """Return the patients who have films and no open stay."""
    with read_transaction(site.engine) as session:
        return list_not_admitted(now=site.clock(), session=session)


def of_number(number: str, *, site: Site) -> tuple[PatientFacts, ...]:
    """Return the patients of exactly this number, one per issuer; merged ones as those they were merged into."""
    with read_transaction(site.engine) as session:
        return tuple(patient_facts(patient) for patient in patients.of_number(number, session=session))


def open_stay_of(patient_id: int, *, site: Site) -> Stay | None:
    """Return a patient's open stay."""
    with read_transaction(site.engine) as session:
        return stays.open_stay(key(patients.get(patient_id, session=session)), session=session)


def named_patient(patient: int | PatientIdentity, *, now: datetime, session: Session) -> Patient:
    """Return the patient whom a person named: a known one by id, or a new one by identity.

    Raises
    ------
    NotFoundError
    ConflictError
        As `admit`.
    IdentityError
        The number is no person's.
    """
    named = patient if isinstance(patient, PatientIdentity) else patients.get(patient, session=session)
    problem = number_problem(named.identifier)
    if problem:
        raise IdentityError(problem)
    return named if isinstance(named, Patient) else _new_patient(named, now=now, session=session)


def _new_patient(identity: PatientIdentity, *, now: datetime, session: Session) -> Patient:
    """Return the patient of an identity that a person entered by hand; who is known already must be the same person."""
    patient = patients.find_or_create(identity, now=now, session=session)
    if is_another_person(patient, identity):
        raise ConflictError(
            f"The number {identity.identifier} belongs to a known patient, {patient.name or 'without a name'} "
            f"(id:{patient.id}), and not to {identity.name or 'this one'}. Check the number."
        )
    # Films of this number may be stored under an issuer already: they would be missing from the new patient's row.
    same = [
        patient
        for patient in patients.of_number(identity.identifier, session=session)
        if patient.relative_day_zero is None
    ]
    others = [other for other in same if other.id != patient.id]
    if others and not identity.issuer.strip():
        known = ", ".join(f"id:{other.id} ({other.issuer or 'no issuer'})" for other in others)
        raise ConflictError(
            f"The number {identity.identifier} is known already: {known}. Admit that patient, or state the issuer."
        )
    return patient


def _live_flags(stay: Stay, *, session: Session) -> list[Flag]:
    own = flags.flags_of_patient(stay.patient_id, for_update=True, session=session)
    of_stay = {flag.film_id for flag in own if films.get(flag.film_id, session=session).stay_id == stay.id}
    return [flag for flag in own if flag.state in LIVE_STATES and flag.film_id in of_stay]


def _audit(action: str, stay: Stay, *, actor: str, now: datetime, session: Session) -> None:
    detail = {"patient_id": stay.patient_id, "unit": stay.unit, "bed": stay.bed}
    write_audit(actor, action, "stay", stay.id, detail, now=now, session=session)


def identity_of(patient_id: int, *, site: Site) -> PatientFacts:
    """Return who a patient is, for a person to confirm.

    Raises
    ------
    NotFoundError
    """
    with read_transaction(site.engine) as session:
        return patient_facts(patients.get(patient_id, session=session))


def recent_films(patient_id: int, *, site: Site) -> tuple[datetime, ...]:
    """Return when the patient's films of the last `RECENT` were taken, the oldest first.

    An admission later than these leaves them out of the stay, and off the board.

    Raises
    ------
    NotFoundError
    """
    now = site.clock()
    with read_transaction(site.engine) as session:
        timeline = read_patient(patient_id, session=session)
    times = (film.acquired_at for film in timeline.films if film.acquired_at is not None)
    return tuple(time for time in times if now - RECENT < time <= now)


def all_patients(*, unit: str | None = None, site: Site) -> tuple[ListedPatient, ...]:
    """Return every patient of the site by name, or those with an open stay in `unit`."""
    with read_transaction(site.engine) as session:
        return tuple(list_patients(unit=unit, session=session))

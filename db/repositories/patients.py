"""Patients: found by their number, searched by name, merged when two turn out to be one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, or_, select
from sqlmodel import Session, col

from core.identity import is_another_person
from core.names import same_name
from core.patient_number import no_number
from core.types import PatientIdentity
from db.errors import ConflictError
from db.models import Patient
from db.repositories._merge import RECORDS_MERGED, Merge, merge
from db.repositories._rows import exact, get_row, insert, plain

__all__ = ["RECORDS_MERGED", "Merge", "find", "find_or_create", "get", "merge", "of_number", "search"]


def get(patient_id: int, *, session: Session) -> Patient:
    """Return the patient, or the one it was merged into.

    Raises
    ------
    NotFoundError
    """
    return _follow(get_row(Patient, patient_id, session=session), session=session)


def find(identifier: str, issuer: str = "", *, session: Session) -> Patient | None:
    """Return the patient of a number, or the one it was merged into; None when the number is unknown."""
    patient = session.scalars(_of_number(identifier, issuer)).one_or_none()
    return None if patient is None else _follow(patient, session=session)


def find_or_create(
    identity: PatientIdentity, *, relative_day_zero: datetime | None = None, now: datetime, session: Session
) -> Patient:
    """Return the patient of an identity, created if new; the one it was merged into if it was.

    What was unknown of a known patient (name, birth date, sex) is filled in; what is known is never changed. The
    same number and name, with an issuer of the number stated on one side only, is the same patient: not every sender
    states the issuer, and half a trajectory would hide a change. What is no person's number describes nobody: name,
    birth date and sex are not kept with it.

    Raises
    ------
    ValueError
        The identifier or its issuer is longer than 128 characters.
    """
    identifier = exact(identity.identifier, Patient, "identifier")
    issuer = exact(identity.issuer, Patient, "issuer")
    if no_number(identifier):
        identity = PatientIdentity(identifier, issuer)
    found = _find_locked(identifier, issuer, session=session)
    if found is not None:
        _fill_in(found, identity, session=session)
        return found
    known = _of_unstated_issuer(identity, session=session)
    patient = Patient(
        identifier=identifier,
        issuer=issuer,
        name=plain(identity.name, Patient, "name"),
        birth_date=identity.birth_date,
        sex=identity.sex,
        relative_day_zero=relative_day_zero,
        merged_into_id=None if known is None else known.id,
        created_at=now,
    )
    if insert(patient, session=session):
        return patient if known is None else known
    # Another process was faster.
    found = _find_locked(identifier, issuer, session=session)
    if found is None:
        raise ConflictError("The patient was created and removed by another process. Try again.")
    return found


def of_number(identifier: str, *, session: Session) -> list[Patient]:
    """Return the patients whom any issuer gave exactly this number, merged ones as those they were merged into."""
    statement = select(Patient).where(col(Patient.identifier) == identifier.strip()).order_by(col(Patient.id))
    return _distinct([_follow(patient, session=session) for patient in session.scalars(statement)])


def search(text: str, *, limit: int = 50, session: Session) -> list[Patient]:
    """Return patients whose name or number holds every word of `text`, in any order and case.

    A merged patient is found as the one it was merged into.
    """
    words = text.replace("^", " ").split()
    if not words:
        return []
    matches = [
        or_(
            col(Patient.name).icontains(word, autoescape=True), col(Patient.identifier).icontains(word, autoescape=True)
        )
        for word in words
    ]
    order = (col(Patient.name), col(Patient.identifier), col(Patient.id))
    found = session.scalars(select(Patient).where(*matches).order_by(*order).limit(limit)).all()
    return _distinct([_follow(patient, session=session) for patient in found])


def _of_number(identifier: str, issuer: str) -> Select[Patient]:
    return select(Patient).where(col(Patient.issuer) == issuer.strip(), col(Patient.identifier) == identifier.strip())


def _find_locked(identifier: str, issuer: str, *, session: Session) -> Patient | None:
    """Find a patient to add to: on PostgreSQL this waits for a merge just under way, and sees its outcome."""
    statement = _of_number(identifier, issuer).with_for_update(read=True, key_share=True)
    patient = session.scalars(statement.execution_options(populate_existing=True)).one_or_none()
    return None if patient is None else _follow(patient, session=session)


def _follow(patient: Patient, *, session: Session) -> Patient:
    while patient.merged_into_id is not None:
        patient = get_row(Patient, patient.merged_into_id, session=session)
    return patient


def _of_unstated_issuer(identity: PatientIdentity, *, session: Session) -> Patient | None:
    """Return the one patient of the same number and name where one side states no issuer, None where unsure."""
    issuer = identity.issuer.strip()
    statement = select(Patient).where(
        col(Patient.identifier) == identity.identifier.strip(),
        col(Patient.issuer) == "" if issuer else col(Patient.issuer) != "",
        # Numbers of data sets are nobody's on the ward.
        col(Patient.relative_day_zero).is_(None),
    )
    found = _distinct([_follow(patient, session=session) for patient in session.scalars(statement)])
    alike = [
        patient
        for patient in found
        if same_name(patient.name, identity.name) and not is_another_person(patient, identity)
    ]
    return alike[0] if len(found) == len(alike) == 1 else None


def _fill_in(patient: Patient, identity: PatientIdentity, *, session: Session) -> None:
    if is_another_person(patient, identity):
        # A film under a wrong number must not describe the patient.
        return
    if not patient.name and identity.name:
        patient.name = plain(identity.name, Patient, "name")
    if patient.birth_date is None:
        patient.birth_date = identity.birth_date
    if not patient.sex:
        patient.sex = identity.sex
    session.add(patient)


def _distinct(patients: Sequence[Patient]) -> list[Patient]:
    return list({patient.id: patient for patient in patients}.values())

"""Receiving a film: its bytes are safe and its row is committed before anyone is told that it was received."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sqlmodel import Session

from core.errors import FilmUnreadableError
from core.films.limits import require_file_size
from core.films.read import is_dicom, read_header
from core.identity import is_another_person
from core.patient_number import no_number, storable
from core.types import FilmHeader, PatientIdentity, PatientPosition, TimePrecision, ViewPosition
from dashboard.errors import IdentityError
from dashboard.services.receiving.film_place import place_in_time
from dashboard.services.receiving.identity import contradicts
from dashboard.services.receiving.moments import require_moment
from dashboard.services.site.opening import Site
from db.engine import transaction
from db.errors import ConflictError
from db.models import Film, FilmState, Patient
from db.repositories import films, patients
from db.repositories.site import write_audit


@dataclass(frozen=True)
class StatedFacts:
    """What the sender says of a film beside its bytes; it stands over what the film says of itself.

    Attributes
    ----------
    identity : PatientIdentity or None
        Needed for a picture. A DICOM film that names another patient is refused; one that names none takes this one.
    acquired_at : datetime or None
        With time zone.
    relative_day_zero : datetime or None
        Origin of `acquired_at` where only days are stated.
    """

    identity: PatientIdentity | None = None
    acquired_at: datetime | None = None
    time_precision: TimePrecision = TimePrecision.SECOND
    view_position: ViewPosition = ViewPosition.UNKNOWN
    patient_position: PatientPosition = PatientPosition.UNKNOWN
    modality: str = ""
    relative_day_zero: datetime | None = None


class ReceiptOutcome(StrEnum):
    """What became of the bytes."""

    RECEIVED = "received"
    DUPLICATE = "duplicate"
    FAILED = "failed"


@dataclass(frozen=True)
class Receipt:
    """Says that a film is safe.

    Attributes
    ----------
    film_id, patient_id : int or None
        None for a file that not even a header could be read from; its bytes are set aside.
    reason : str
        "" for a film newly received.
    """

    outcome: ReceiptOutcome
    content_hash: str
    film_id: int | None = None
    patient_id: int | None = None
    reason: str = ""


def receive_film(
    source: bytes,
    *,
    stated: StatedFacts | None = None,
    original_name: str = "",
    since: datetime | None = None,
    actor: str,
    site: Site,
) -> Receipt:
    """Store a film durably and put it on the work list; the same film again changes nothing.

    Returns only after the bytes are fsynced and the row is committed.

    Parameters
    ----------
    source : bytes
        A DICOM film, which carries its patient, or a picture, whose patient `stated` names. A film whose number is
        no person's is kept too, and set aside by the checks until a person gives the right one.
    original_name : str
        For people to recognise the film by; never a path.
    since : datetime or None
        When the delivery began that this film is part of; None for a film that comes by itself.

    Raises
    ------
    IdentityError
        No patient is named, or the film names another one than `stated`. Nothing is stored.
    NotAllowedError
        A time in `stated` has no time zone. Nothing is stored.
    StorageFailedError
        The film folder fails, is away, or is another site's. Nothing is acknowledged; send the film again.
    DatabaseFailedError
        The database fails. The bytes may lie in the film folder without a row; send the film again.
    """
    stated = stated or StatedFacts()
    require_moment(stated.acquired_at, stated.relative_day_zero)
    try:
        require_file_size(len(source))
    except FilmUnreadableError as error:
        # Not kept: it is empty, or larger than any film.
        return Receipt(ReceiptOutcome.FAILED, "", reason=str(error))
    try:
        header = _header(source, stated, site=site)
    except FilmUnreadableError as error:
        return _set_aside(source, str(error), actor=actor, site=site)
    identity = _as_kept(_identity(header, stated))
    content_hash = site.store.put(source)
    now = site.clock()
    with transaction(site.engine) as session:
        try:
            patient = patients.find_or_create(
                _looked_up(identity, stated), relative_day_zero=stated.relative_day_zero, now=now, session=session
            )
        except ValueError as error:
            raise IdentityError(str(error)) from error
        patient_id = patient.id or 0
        film = _film(
            patient_id=patient_id,
            content_hash=content_hash,
            header=header,
            stated=stated,
            identity=identity,
            original_name=original_name,
            now=now,
        )
        return _add(film, patient, since=since or now, actor=actor, site=site, session=session)


def _header(source: bytes, stated: StatedFacts, *, site: Site) -> FilmHeader | None:
    """Return a DICOM film's header, None for a picture; one that is damaged can still be listed for its patient."""
    if is_dicom(source):
        return read_header(source, site_zone=site.zone)
    if stated.identity is None:
        # Says what it is, if it is no picture at all.
        read_header(source, site_zone=site.zone)
    return None


def _identity(header: FilmHeader | None, stated: StatedFacts) -> PatientIdentity:
    own, given = header.identity if header else None, stated.identity
    if own is not None and given is not None:
        return agreed_identity(own, given)
    identity = own or given
    if identity is None:
        raise IdentityError(
            "The film names no patient. Name the patient: add it on the patient's page or by a manifest."
        )
    return identity


def agreed_identity(own: PatientIdentity, given: PatientIdentity) -> PatientIdentity:
    """Return whom a film is of that names `own` itself and comes as a film of `given`.

    Raises
    ------
    IdentityError
        They are not one person.
    """
    if no_number(own.identifier):
        own = replace(own, identifier=given.identifier, issuer=given.issuer)
        if is_another_person(own, given):
            raise IdentityError("The film itself names another person than the one given. Check which is right.")
        return replace(
            own,
            name=own.name or given.name,
            birth_date=own.birth_date or given.birth_date,
            sex=own.sex or given.sex,
        )
    if own.identifier != given.identifier:
        raise IdentityError("The film itself names another patient than the one given. Check which is right.")
    if own.issuer and given.issuer not in {"", own.issuer}:
        raise IdentityError("The film's patient number is of another issuer than that of the patient given.")
    return own


def _as_kept(identity: PatientIdentity) -> PatientIdentity:
    return replace(identity, identifier=storable(identity.identifier), issuer=storable(identity.issuer))


def _looked_up(identity: PatientIdentity, stated: StatedFacts) -> PatientIdentity:
    """Return whom to store the film for: of one number, the issuer that the sender means, also if that is none."""
    return identity if stated.identity is None else replace(identity, issuer=storable(stated.identity.issuer))


def _film(
    *,
    patient_id: int,
    content_hash: str,
    header: FilmHeader | None,
    stated: StatedFacts,
    identity: PatientIdentity,
    original_name: str,
    now: datetime,
) -> Film:
    film = Film(
        patient_id=patient_id,
        content_hash=content_hash,
        original_name=original_name,
        received_at=now,
        acquired_at=stated.acquired_at,
        time_precision=stated.time_precision,
        view_position=stated.view_position,
        patient_position=stated.patient_position,
        modality=stated.modality[:16],
        stated_identifier=identity.identifier.strip(),
        stated_issuer=identity.issuer.strip(),
        stated_name=identity.name,
        stated_birth_date=identity.birth_date,
        stated_sex=identity.sex,
    )
    if header is not None:
        _take_header(film, header)
    return film


def _take_header(film: Film, header: FilmHeader) -> None:
    film.sop_instance_uid, film.study_instance_uid = header.sop_instance_uid, header.study_instance_uid
    film.portable, film.synthetic = header.portable, header.synthetic
    film.modality = film.modality or header.modality
    film.device = header.device
    if film.acquired_at is None:
        film.acquired_at, film.time_precision = header.acquired_at, header.time_precision
    if film.view_position is ViewPosition.UNKNOWN:
        film.view_position = header.view_position
    if film.patient_position is PatientPosition.UNKNOWN:
        film.patient_position = header.patient_position


def _add(film: Film, patient: Patient, *, since: datetime, actor: str, site: Site, session: Session) -> Receipt:
    known = films.find_same_content(film.patient_id, film.content_hash, session=session)
    if known is None:
        place_in_time(film, patient, since=since, site=site, session=session)
        try:
            films.add(film, actor=actor, now=film.received_at, session=session)
        except ConflictError:
            # Another process was faster by a moment.
            known = films.find_same_content(film.patient_id, film.content_hash, session=session)
            if known is None:
                raise
        else:
            return Receipt(ReceiptOutcome.RECEIVED, film.content_hash, film.id, film.patient_id)
    if contradicts(film, known):
        raise IdentityError(
            f"The same file is already stored as film {known.id} of this patient number, with another name, birth "
            "date or sex. Check which is right."
        )
    reason = f"The same file is already stored as film {known.id}"
    reason += (
        "." if known.state in {FilmState.RECEIVED, FilmState.ACCEPTED} else f" ({known.state.value}: {known.reason})"
    )
    return Receipt(ReceiptOutcome.DUPLICATE, known.content_hash, known.id, known.patient_id, reason)


def _set_aside(source: bytes, reason: str, *, actor: str, site: Site) -> Receipt:
    """Keep a file that names no patient, outside the films, and write down that it came."""
    # On the same disk as the films.
    site.store.require_in_place()
    content_hash = site.unreadable.put(source)
    detail = {"content_hash": content_hash, "reason": reason}
    with transaction(site.engine) as session:
        write_audit(actor, "set aside unreadable", "file", None, detail, now=site.clock(), session=session)
    return Receipt(ReceiptOutcome.FAILED, content_hash, reason=reason)

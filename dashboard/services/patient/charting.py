"""What people add to a patient's timeline and take back: events, measured values, comments."""

from __future__ import annotations

from datetime import datetime, timedelta

from dashboard.errors import NotAllowedError
from dashboard.services.receiving.moments import require_moment
from dashboard.services.site.opening import Site
from dashboard.wording.events import EVENTS_IN_WORDS
from db.engine import transaction
from db.models import OBSERVATION_UNITS, ClinicalEvent, EventKind, Observation
from db.repositories import clinical
from db.repositories.site import write_audit

CLOCKS_DIFFER = timedelta(minutes=5)
"""A colleague's machine may be a moment ahead."""
POSSIBLE = {"fio2": (21.0, 100.0), "spo2": (0.0, 100.0), "temperature": (20.0, 45.0), "peep": (0.0, 50.0)}
"""Beyond these a value was mistyped, or entered in another unit; all others are 0 or more."""


def add_event(patient_id: int, kind: EventKind, *, at: datetime, note: str, actor: str, site: Site) -> None:
    """Store an event of a patient, or a comment.

    Raises
    ------
    NotAllowedError
        Nobody is named; or it lies ahead, is stored already, or is a comment without words.
    NotFoundError
    """
    _require_name(actor)
    _require_past(at, site.clock())
    if kind is EventKind.COMMENT and not note.strip():
        raise NotAllowedError("The comment is empty. Write what is to be remembered.")
    with transaction(site.engine) as session:
        if not clinical.add_event(patient_id, kind, at=at, note=note, added_by=actor, session=session):
            said = EVENTS_IN_WORDS[kind]
            raise NotAllowedError(f"It is on the timeline already: {said} at this time with this text.")


def add_observation(
    patient_id: int, name: str, value: float, *, comparator: str, at: datetime, actor: str, site: Site
) -> None:
    """Store a measured value of a patient, in the unit of `OBSERVATION_UNITS`.

    Raises
    ------
    NotAllowedError
        Nobody is named; or it lies ahead, is stored already, or cannot be a value of that quantity.
    NotFoundError
    """
    _require_name(actor)
    _require_past(at, site.clock())
    unit, (low, high) = OBSERVATION_UNITS[name], POSSIBLE.get(name, (0.0, float("inf")))
    if not low <= value <= high:
        most = "" if high == float("inf") else f" and at most {high:g}"
        raise NotAllowedError(f"{value:g} {unit} cannot be. Expected at least {low:g}{most} {unit}: see the unit.")
    with transaction(site.engine) as session:
        stored = clinical.add_observation(
            patient_id, name, value, at=at, unit=unit, comparator=comparator, added_by=actor, session=session
        )
        if not stored:
            raise NotAllowedError("It is on the timeline already: this value of this quantity at this time.")


def take_back_event(event_id: int, *, reason: str, actor: str, site: Site) -> None:
    """Take an event or a comment that a person added off the timeline; otherwise as `take_back_observation`."""
    _take_back(ClinicalEvent, event_id, reason=reason, actor=actor, site=site)


def take_back_observation(observation_id: int, *, reason: str, actor: str, site: Site) -> None:
    """Take a value that a person added off the timeline; its row stays, and what stood before is shown as it stood.

    Raises
    ------
    NotFoundError
    ConflictError
        It came from a file, or was taken back before.
    ValueError
        Nobody is named, or no reason.
    """
    _take_back(Observation, observation_id, reason=reason, actor=actor, site=site)


def _take_back(kind: type[clinical.Charted], row_id: int, *, reason: str, actor: str, site: Site) -> None:
    now = site.clock()
    with transaction(site.engine) as session:
        row = clinical.take_back(kind, row_id, reason=reason, actor=actor, now=now, session=session)
        detail = {"patient_id": row.patient_id, "reason": row.taken_back_reason}
        write_audit(row.taken_back_by, "take back", str(kind.__tablename__), row_id, detail, now=now, session=session)


def _require_name(actor: str) -> None:
    if not actor.strip():
        raise NotAllowedError("Nobody is named. Say who adds it.")


def _require_past(at: datetime, now: datetime) -> None:
    require_moment(at)
    if at > now + CLOCKS_DIFFER:
        raise NotAllowedError("The time lies ahead. Enter when it happened.")

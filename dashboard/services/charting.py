"""What people add to a patient's timeline: events, measured values, comments."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Engine

from dashboard.errors import NotAllowedError
from db.engine import transaction
from db.models import OBSERVATION_UNITS, EventKind
from db.repositories import clinical

CLOCKS_DIFFER = timedelta(minutes=5)
"""A colleague's machine may be a moment ahead."""
POSSIBLE = {"fio2": (21.0, 100.0), "spo2": (0.0, 100.0), "temperature": (20.0, 45.0), "peep": (0.0, 50.0)}
"""Beyond these a value was mistyped, or entered in another unit; all others are 0 or more."""


def add_event(engine: Engine, patient_id: int, kind: EventKind, *, at: datetime, note: str, now: datetime) -> None:
    """Store an event of a patient, or a comment.

    Raises
    ------
    NotAllowedError
        It lies ahead, is stored already, or is a comment without words.
    NotFoundError
    """
    _require_past(at, now)
    if kind is EventKind.COMMENT and not note.strip():
        raise NotAllowedError("The comment is empty. Write what is to be remembered.")
    with transaction(engine) as session:
        if not clinical.add_event(patient_id, kind, at=at, note=note, session=session):
            raise NotAllowedError("The same event at the same time is stored already.")


def add_observation(
    engine: Engine, patient_id: int, name: str, value: float, *, comparator: str, at: datetime, now: datetime
) -> None:
    """Store a measured value of a patient, in the unit of `OBSERVATION_UNITS`.

    Raises
    ------
    NotAllowedError
        It lies ahead, is stored already, or cannot be a value of that quantity.
    NotFoundError
    """
    _require_past(at, now)
    unit, (low, high) = OBSERVATION_UNITS[name], POSSIBLE.get(name, (0.0, float("inf")))
    if not low <= value <= high:
        most = "" if high == float("inf") else f" and at most {high:g}"
        raise NotAllowedError(f"{value:g} {unit} cannot be. Expected at least {low:g}{most} {unit}: see the unit.")
    with transaction(engine) as session:
        stored = clinical.add_observation(
            patient_id, name, value, at=at, unit=unit, comparator=comparator, session=session
        )
        if not stored:
            raise NotAllowedError("The same value at the same time is stored already.")


def _require_past(at: datetime, now: datetime) -> None:
    if at > now + CLOCKS_DIFFER:
        raise NotAllowedError("The time lies ahead. Enter when it happened.")

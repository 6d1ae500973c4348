"""Measured values and events on a patient's timeline."""

from __future__ import annotations

import math
from datetime import datetime
from typing import TypeVar

from sqlmodel import Session

from core.types import TimePrecision
from db.errors import ConflictError, NotFoundError
from db.models import ClinicalEvent, EventKind, Observation, Patient
from db.repositories._rows import exact, get_row, insert, plain

Charted = TypeVar("Charted", Observation, ClinicalEvent)


def add_observation(
    patient_id: int,
    name: str,
    value: float,
    *,
    at: datetime,
    unit: str = "",
    comparator: str = "",
    time_precision: TimePrecision = TimePrecision.SECOND,
    added_by: str = "",
    session: Session,
) -> bool:
    """Store a measured value; return False where the same one (name, time, value, comparator) is stored already.

    Parameters
    ----------
    comparator : str
        "<" or ">" for a value beyond the limit of detection, "" otherwise.
    added_by : str
        The person who entered it, "" for a value that came from a file.

    Raises
    ------
    NotFoundError
    ValueError
        No name, not a finite number, or another comparator.
    """
    get_row(Patient, patient_id, session=session)
    name = exact(name, Observation, "name")
    if not name or not math.isfinite(value) or comparator not in {"", "<", ">"}:
        raise ValueError(
            f"Observation {name!r} {comparator!r} {value} cannot be stored. Expected a name, a finite number and "
            "a comparator '', '<' or '>'."
        )
    row = Observation(
        patient_id=patient_id,
        name=name,
        value=float(value),
        comparator=comparator,
        unit=exact(unit, Observation, "unit"),
        at=at,
        time_precision=time_precision,
        added_by=plain(added_by.strip(), Observation, "added_by"),
    )
    return insert(row, session=session)


def add_event(
    patient_id: int,
    kind: EventKind,
    *,
    at: datetime,
    note: str = "",
    time_precision: TimePrecision = TimePrecision.SECOND,
    added_by: str = "",
    session: Session,
) -> bool:
    """Store an event; return False where the same one (kind, time, note) is stored already.

    Raises
    ------
    NotFoundError
    """
    get_row(Patient, patient_id, session=session)
    row = ClinicalEvent(
        patient_id=patient_id,
        kind=kind,
        at=at,
        note=plain(note.strip(), ClinicalEvent, "note"),
        time_precision=time_precision,
        added_by=plain(added_by.strip(), ClinicalEvent, "added_by"),
    )
    return insert(row, session=session)


def take_back(kind: type[Charted], row_id: int, *, reason: str, actor: str, now: datetime, session: Session) -> Charted:
    """Take a value or an event off the timeline; its row stays, with who did it, when and why.

    Raises
    ------
    NotFoundError
    ConflictError
        No person added it, or it was taken back before.
    ValueError
        Nobody is named, or no reason.
    """
    if not actor.strip() or not reason.strip():
        raise ValueError("Taking an entry back needs a name and a reason. Say who does it, and why, in plain words.")
    row = session.get(kind, row_id, with_for_update=True)
    if row is None:
        raise NotFoundError("This entry is not on the timeline. Open the page again.")
    if not row.added_by:
        raise ConflictError("This entry came from a file and not from a person here: it cannot be taken back.")
    if row.taken_back_at is not None:
        raise ConflictError(f"This entry was taken back before, by {row.taken_back_by}: {row.taken_back_reason}")
    row.taken_back_at = now
    row.taken_back_by = plain(actor.strip(), kind, "taken_back_by")
    row.taken_back_reason = plain(reason.strip(), kind, "taken_back_reason")
    session.add(row)
    session.flush()
    return row

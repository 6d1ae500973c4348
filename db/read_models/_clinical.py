"""Measured values and events as they stand, or stood: the part all read models share."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy.orm import Mapped
from sqlmodel import col

from db.models import ClinicalEvent, Observation

EVENT_COLUMNS = 6


def event_columns(event: type[ClinicalEvent]) -> tuple[Mapped[Any], ...]:
    """Return the columns of EventFacts, of the table or an alias of it."""
    return (
        col(event.id),
        col(event.kind),
        col(event.at),
        col(event.time_precision),
        col(event.note),
        col(event.added_by),
    )


def standing(kind: type[ClinicalEvent | Observation], as_of: datetime | None) -> ColumnElement[bool]:
    """Return the condition that a row is on the timeline, now or at `as_of`.

    When a row became known is not stored, so `as_of` cuts by its own time; when it was taken back is.
    """
    taken_back_at = col(kind.taken_back_at)
    if as_of is None:
        return taken_back_at.is_(None)
    return and_(col(kind.at) <= as_of, or_(taken_back_at.is_(None), taken_back_at > as_of))

"""Flags as they stand, or stood."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Mapped, aliased
from sqlmodel import col

from core.trend.reasons import Reasons
from db.models import Flag, FlagAction, FlagState
from db.read_models._films import Rows
from db.read_models.facts import FlagFacts

COLUMNS = 15
"""Columns of a flag in a row: those of FlagFacts, then the basis as data."""
BASIS = 6


@dataclass(frozen=True)
class FlagQuery:
    """A statement over flags that begins with the columns of FlagFacts, and state and snooze at the time asked for."""

    statement: Rows
    state: Mapped[FlagState]
    snoozed_until: Mapped[datetime | None]


def flag_query(as_of: datetime | None) -> FlagQuery:
    """Return flags with their state: as it is, or by the last action each had seen at `as_of`."""
    if as_of is None:
        state, until = col(Flag.state), col(Flag.snoozed_until)
        return FlagQuery(_columns(state, until).select_from(Flag), state, until)
    action, later = aliased(FlagAction), aliased(FlagAction)
    overtaken = select(col(later.id)).where(
        col(later.flag_id) == col(action.flag_id),
        col(later.at) <= as_of,
        or_(col(later.at) > col(action.at), and_(col(later.at) == col(action.at), col(later.id) > col(action.id))),
    )
    statement = (
        _columns(col(action.state), col(action.snoozed_until))
        .select_from(Flag)
        .join(action, col(action.flag_id) == col(Flag.id))
        .where(col(action.at) <= as_of, ~overtaken.exists())
    )
    return FlagQuery(statement, col(action.state), col(action.snoozed_until))


def flag_facts(row: Sequence[Any]) -> FlagFacts:
    """Return the flag of one row of `flag_query`."""
    *facts, data = row[:COLUMNS]
    # Flags from before the reasons were stored in parts have one text only.
    parts = data.get("reasons")
    return replace(FlagFacts(*facts), reasons=Reasons(**parts) if parts else Reasons(facts[BASIS]))


def _columns(state: Mapped[FlagState], snoozed_until: Mapped[datetime | None]) -> Rows:
    return select(
        col(Flag.id),
        col(Flag.film_id),
        col(Flag.reference_film_id),
        col(Flag.kind),
        col(Flag.verdict),
        col(Flag.change),
        col(Flag.basis),
        state,
        col(Flag.opened_at),
        snoozed_until,
        col(Flag.model),
        col(Flag.model_version),
        col(Flag.quiet_until),
        col(Flag.resolved_by_film_id),
        col(Flag.basis_data),
    )

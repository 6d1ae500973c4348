"""Who was looked at on a ward round."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Column, Index
from sqlmodel import Field

from db.columns import Table, UtcDateTime, enum_column_type


class Decision(StrEnum):
    """What the team decided at a bed: a note for the round, no order."""

    ESCALATE = "escalate"
    CONTINUE = "continue"
    DE_ESCALATE = "de_escalate"
    LOOK_FILM = "look_film"
    LOOK_PHYSIOLOGY = "look_physiology"


class RoundReview(Table, table=True):
    """A person marked a stay reviewed, in the round that began at `round_began_at`.

    `decision` is null where none was recorded. A review that was taken back stays, and counts no more.
    """

    __tablename__ = "round_review"
    __table_args__ = (
        CheckConstraint("actor <> ''", name="ck_round_review_actor"),
        CheckConstraint("(taken_back_at is null) = (taken_back_by = '')", name="ck_round_review_taken_back"),
        CheckConstraint("round_began_at <= reviewed_at", name="ck_round_review_order"),
        Index("ix_round_review_stay_at", "stay_id", "reviewed_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    stay_id: int = Field(foreign_key="stay.id")
    round_began_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    reviewed_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    actor: str = Field(max_length=128)
    note: str = Field(default="", max_length=1000)
    decision: Decision | None = Field(
        default=None, sa_column=Column(enum_column_type(Decision, "ck_round_review_decision"))
    )
    taken_back_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    taken_back_by: str = Field(default="", max_length=128)

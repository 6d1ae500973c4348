"""Who was looked at on a ward round."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Column, Index
from sqlmodel import Field

from db.columns import Table, UtcDateTime


class RoundReview(Table, table=True):
    """A person marked a stay reviewed, in the round that began at `round_began_at`."""

    __tablename__ = "round_review"
    __table_args__ = (
        CheckConstraint("actor <> ''", name="ck_round_review_actor"),
        CheckConstraint("round_began_at <= reviewed_at", name="ck_round_review_order"),
        Index("ix_round_review_stay_at", "stay_id", "reviewed_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    stay_id: int = Field(foreign_key="stay.id")
    round_began_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    reviewed_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    actor: str = Field(max_length=128)
    note: str = Field(default="", max_length=1000)

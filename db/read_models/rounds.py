"""What ward rounds have seen: the last review of each stay."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from db.models import RoundReview


@dataclass(frozen=True)
class ReviewFacts:
    """A stay was marked reviewed, in the round that began at `round_began_at`."""

    review_id: int
    stay_id: int
    round_began_at: datetime
    reviewed_at: datetime
    actor: str
    note: str


def read_last_reviews(stay_ids: Collection[int], *, session: Session) -> Mapping[int, ReviewFacts]:
    """Return the last review of each of these stays; stays never reviewed are left out."""
    statement = (
        select(
            col(RoundReview.id),
            col(RoundReview.stay_id),
            col(RoundReview.round_began_at),
            col(RoundReview.reviewed_at),
            col(RoundReview.actor),
            col(RoundReview.note),
        )
        .where(col(RoundReview.stay_id).in_(stay_ids))
        .order_by(col(RoundReview.reviewed_at), col(RoundReview.id))
    )
    return {row[1]: ReviewFacts(*row) for row in session.execute(statement)}

"""What ward rounds have seen: the last review of each stay."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session, col

from db.models import RoundReview
from db.read_models._films import require_zone


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


def read_reviewers(
    stay_ids: Collection[int], *, as_of: datetime | None = None, session: Session
) -> Mapping[int, Mapping[str, datetime]]:
    """Return when each person last reviewed each of these stays, now or as it stood; stays never reviewed are left out.

    Raises
    ------
    ValueError
        `as_of` has no zone.
    """
    require_zone(as_of)
    statement = (
        select(col(RoundReview.stay_id), col(RoundReview.actor), func.max(col(RoundReview.reviewed_at)))
        .where(col(RoundReview.stay_id).in_(stay_ids))
        .group_by(col(RoundReview.stay_id), col(RoundReview.actor))
    )
    if as_of is not None:
        statement = statement.where(col(RoundReview.reviewed_at) <= as_of)
    found: dict[int, dict[str, datetime]] = defaultdict(dict)
    for stay_id, actor, reviewed_at in session.execute(statement):
        found[stay_id][actor] = reviewed_at
    return found

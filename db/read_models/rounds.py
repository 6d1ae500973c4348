"""What ward rounds have seen: the last review of each stay."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session, col

from db.models import Decision, Film, FilmScore, FilmState, FilmTransition, Flag, FlagAction, RoundReview, Stay
from db.read_models._films import require_zone
from db.repositories import key


@dataclass(frozen=True)
class ReviewFacts:
    """A stay was marked reviewed, in the round that began at `round_began_at`; `decision` is None without one."""

    review_id: int
    stay_id: int
    round_began_at: datetime
    reviewed_at: datetime
    actor: str
    note: str
    decision: Decision | None = None


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
            col(RoundReview.decision),
        )
        .where(col(RoundReview.stay_id).in_(stay_ids), col(RoundReview.taken_back_at).is_(None))
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
        .where(col(RoundReview.stay_id).in_(stay_ids), col(RoundReview.taken_back_at).is_(None))
        .group_by(col(RoundReview.stay_id), col(RoundReview.actor))
    )
    if as_of is not None:
        statement = statement.where(col(RoundReview.reviewed_at) <= as_of)
    found: dict[int, dict[str, datetime]] = defaultdict(dict)
    for stay_id, actor, reviewed_at in session.execute(statement):
        found[stay_id][actor] = reviewed_at
    return found


@dataclass(frozen=True)
class DecisionFacts:
    """A decision at a bed, of whom and where."""

    review: ReviewFacts
    patient_id: int
    unit: str


def read_decisions(
    *, since: datetime, until: datetime, unit: str | None = None, session: Session
) -> tuple[DecisionFacts, ...]:
    """Return the standing decisions between two times, of a unit or of all, the first one first."""
    review = RoundReview
    statement = (
        select(RoundReview, col(Stay.patient_id), col(Stay.unit))
        .join(Stay, col(Stay.id) == col(review.stay_id))
        .where(
            col(review.decision).is_not(None),
            col(review.taken_back_at).is_(None),
            col(review.reviewed_at) >= since,
            col(review.reviewed_at) <= until,
        )
        .order_by(col(review.reviewed_at), col(review.id))
    )
    if unit is not None:
        statement = statement.where(col(Stay.unit) == unit)
    return tuple(DecisionFacts(_facts(row), patient_id, unit) for row, patient_id, unit in session.execute(statement))


def _facts(row: RoundReview) -> ReviewFacts:
    return ReviewFacts(key(row), row.stay_id, row.round_began_at, row.reviewed_at, row.actor, row.note, row.decision)


def news_since(stay_id: int, at: datetime, *, session: Session) -> Iterator[str]:
    """Yield in words what came for a stay's patient after a time: a film, a score, a step of a flag."""
    patient = select(col(Stay.patient_id)).where(col(Stay.id) == stay_id).scalar_subquery()
    of_patient = select(col(Film.id)).where(col(Film.patient_id) == patient)
    asked = {
        "a new film": select(col(Film.id)).where(col(Film.patient_id) == patient, col(Film.received_at) > at),
        "a retracted film": select(col(FilmTransition.id)).where(
            col(FilmTransition.film_id).in_(of_patient),
            col(FilmTransition.state) == FilmState.RETRACTED,
            col(FilmTransition.at) > at,
        ),
        "a new score": select(col(FilmScore.id)).where(
            col(FilmScore.film_id).in_(of_patient), col(FilmScore.scored_at) > at
        ),
        "a step of a flag": select(col(FlagAction.id))
        .join(Flag, col(Flag.id) == col(FlagAction.flag_id))
        .where(col(Flag.film_id).in_(of_patient), col(FlagAction.at) > at),
    }
    yield from (words for words, statement in asked.items() if session.execute(statement.limit(1)).first())

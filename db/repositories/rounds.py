"""Reviews of stays on ward rounds."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from db.errors import ConflictError
from db.models import Decision, RoundReview, Stay
from db.repositories._rows import get_row, plain


def add(
    stay_id: int,
    *,
    round_began_at: datetime,
    actor: str,
    note: str = "",
    decision: Decision | None = None,
    now: datetime,
    session: Session,
) -> RoundReview:
    """Store that a person reviewed an open stay.

    Raises
    ------
    NotFoundError
    ConflictError
        The stay has ended.
    """
    stay = get_row(Stay, stay_id, session=session)
    if stay.discharged_at is not None:
        raise ConflictError("This stay has ended meanwhile. Go on to the next patient.")
    row = RoundReview(
        stay_id=stay_id,
        round_began_at=round_began_at,
        reviewed_at=now,
        actor=plain(actor.strip(), RoundReview, "actor"),
        note=plain(note.strip(), RoundReview, "note"),
        decision=decision,
    )
    session.add(row)
    session.flush()
    return row


def newest(stay_id: int, *, session: Session) -> RoundReview | None:
    """Return the last standing review of a stay, locked until this transaction ends; None where there is none."""
    session.execute(select(col(Stay.id)).where(col(Stay.id) == stay_id).with_for_update())
    statement = select(RoundReview).where(col(RoundReview.stay_id) == stay_id, col(RoundReview.taken_back_at).is_(None))
    return session.scalars(statement.order_by(col(RoundReview.reviewed_at).desc(), col(RoundReview.id).desc())).first()


def take_back(review_id: int, *, actor: str, now: datetime, session: Session) -> RoundReview:
    """Store that a review was taken back; it stays, and counts no more.

    Raises
    ------
    NotFoundError
    ConflictError
        It was taken back before, or the stay was reviewed again since.
    """
    row = get_row(RoundReview, review_id, session=session)
    last = newest(row.stay_id, session=session)
    if last is None or last.id != row.id:
        raise ConflictError("This is not the last decision of this stay any more. Look at the patient again.")
    row.taken_back_at, row.taken_back_by = now, plain(actor.strip(), RoundReview, "taken_back_by")
    session.add(row)
    session.flush()
    return row

"""Reviews of stays on ward rounds."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from db.errors import ConflictError
from db.models import RoundReview, Stay
from db.repositories._rows import get_row, plain


def add(
    stay_id: int, *, round_began_at: datetime, actor: str, note: str = "", now: datetime, session: Session
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
    )
    session.add(row)
    session.flush()
    return row


def newest(stay_id: int, *, session: Session) -> RoundReview | None:
    """Return the last review of a stay, locked against others until this transaction ends; None where there is none."""
    session.execute(select(col(Stay.id)).where(col(Stay.id) == stay_id).with_for_update())
    statement = select(RoundReview).where(col(RoundReview.stay_id) == stay_id)
    return session.scalars(statement.order_by(col(RoundReview.reviewed_at).desc(), col(RoundReview.id).desc())).first()

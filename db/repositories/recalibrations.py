"""A site's own recalibrations of its models; none is ever altered."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from core.scoring.recalibration.values import Recalibration
from db.models import ModelRecalibration
from db.repositories._rows import plain


def add(recalibration: Recalibration, *, actor: str, now: datetime, session: Session) -> ModelRecalibration:
    """Store a recalibration under its version; the same one made before stays, and is returned.

    Raises
    ------
    ValueError
        It has no version yet.
    """
    if not recalibration.version:
        raise ValueError("The recalibration has no version. Name it first.")
    known = find(recalibration.model, recalibration.version, session=session)
    if known is not None:
        return known
    row = from_recalibration(recalibration, actor=actor, now=now)
    session.add(row)
    session.flush()
    return row


def from_recalibration(recalibration: Recalibration, *, actor: str, now: datetime) -> ModelRecalibration:
    """Return the row of a recalibration, not stored yet."""
    return ModelRecalibration(
        model=recalibration.model,
        model_version=recalibration.version,
        base_version=recalibration.base_version,
        content=recalibration.as_json(),
        made_at=now,
        actor=plain(actor, ModelRecalibration, "actor"),
    )


def find(model: str, version: str, *, session: Session) -> ModelRecalibration | None:
    """Return the recalibration that a model version is, None for any other version."""
    statement = select(ModelRecalibration).where(
        col(ModelRecalibration.model) == model, col(ModelRecalibration.model_version) == version
    )
    return session.scalars(statement).one_or_none()


def list_all(*, session: Session) -> list[ModelRecalibration]:
    """Return all recalibrations, the newest first."""
    order = (col(ModelRecalibration.made_at).desc(), col(ModelRecalibration.id).desc())
    return list(session.scalars(select(ModelRecalibration).order_by(*order)))

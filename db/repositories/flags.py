"""Flags: opened once, and what was done with each."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from core.trend.types import ProposedFlag
from db.errors import ConflictError
from db.models import Film, Flag, FlagAction, FlagState, Stay
from db.repositories._rows import get_row, insert, key, plain


def get(flag_id: int, *, session: Session) -> Flag:
    """Return the flag, or raise NotFoundError."""
    return get_row(Flag, flag_id, session=session)


def open(  # noqa: A001 - the word for it; called as flags.open
    film_id: int,
    proposed: ProposedFlag,
    *,
    model: str,
    model_version: str,
    basis: str | None = None,
    basis_data: Mapping[str, Any] | None = None,
    actor: str,
    now: datetime,
    session: Session,
) -> Flag:
    """Open the flag of a film, kind and model version, once.

    A flag that is there keeps its state and takes the new basis (a late film may have become its reference); a
    withdrawn one is opened again.

    Parameters
    ----------
    basis : str or None
        None: the basis of the proposed change.
    basis_data : mapping or None
        What the basis says as data, JSON types only.

    Raises
    ------
    NotFoundError
        No such film or reference film.
    ValueError
        The change has no reference film.
    """
    facts = _facts(proposed, basis, basis_data)
    found = _find(film_id, proposed, model, model_version, session=session)
    if found is None:
        flag = Flag(
            film_id=film_id,
            kind=proposed.kind,
            model=model,
            model_version=model_version,
            state=FlagState.OPEN,
            opened_at=now,
            **facts,
        )
        if insert(flag, session=session):
            _write_action(flag, actor=actor, reason="", now=now, session=session)
            return flag
        found = _find(film_id, proposed, model, model_version, session=session)
    if found is None:
        raise ConflictError("The flag was opened by another process that is not finished. Try again.")
    for name, value in facts.items():
        setattr(found, name, value)
    if found.state is FlagState.WITHDRAWN:
        set_state(found, FlagState.OPEN, actor=actor, reason="supported by the films again", now=now, session=session)
    session.add(found)
    session.flush()
    return found


def set_state(
    flag: Flag,
    state: FlagState,
    *,
    actor: str,
    reason: str = "",
    now: datetime,
    snoozed_until: datetime | None = None,
    session: Session,
) -> Flag:
    """Take a flag one step further and write down who did it and why.

    Raises
    ------
    ValueError
        Acknowledged, resolved or withdrawn without a reason; snoozed without an end that lies ahead.
    """
    if state in {FlagState.ACKNOWLEDGED, FlagState.RESOLVED, FlagState.WITHDRAWN} and not reason.strip():
        raise ValueError(f"A flag is {state.value} with a reason. Say why in plain words.")
    if state is FlagState.SNOOZED and (snoozed_until is None or snoozed_until <= now):
        raise ValueError(f"A flag is snoozed until a later time; {snoozed_until} is none. Name one.")
    flag.state = state
    flag.snoozed_until = snoozed_until if state is FlagState.SNOOZED else None
    _write_action(flag, actor=actor, reason=reason.strip(), now=now, session=session)
    return flag


def history(flag_id: int, *, session: Session) -> list[FlagAction]:
    """Return what happened to a flag, first step first."""
    order = (col(FlagAction.at), col(FlagAction.id))
    return list(session.scalars(select(FlagAction).where(col(FlagAction.flag_id) == flag_id).order_by(*order)))


def flags_of_patient(patient_id: int, *, session: Session) -> list[Flag]:
    """Return every flag on the patient's films, in every state, in the order they were opened."""
    statement = select(Flag).join(Film, col(Film.id) == col(Flag.film_id)).where(col(Film.patient_id) == patient_id)
    return list(session.scalars(statement.order_by(col(Flag.opened_at), col(Flag.id))))


def list_flags(
    states: Collection[FlagState] = (FlagState.OPEN,), *, unit: str | None = None, session: Session
) -> list[Flag]:
    """Return the flags in these states, newest first; with `unit` those of its open stays."""
    statement = select(Flag).where(col(Flag.state).in_(states))
    if unit is not None:
        statement = (
            statement.join(Film, col(Film.id) == col(Flag.film_id))
            .join(Stay, col(Stay.id) == col(Film.stay_id))
            .where(col(Stay.unit) == unit, col(Stay.discharged_at).is_(None))
        )
    return list(session.scalars(statement.order_by(col(Flag.opened_at).desc(), col(Flag.id).desc())))


def _facts(proposed: ProposedFlag, basis: str | None, basis_data: Mapping[str, Any] | None) -> dict[str, Any]:
    change = proposed.change
    if change.reference_film_id is None or change.change is None:
        raise ValueError("A flag needs the film it compares with. This change has none.")
    return {
        "reference_film_id": change.reference_film_id,
        "verdict": change.verdict,
        "change": float(change.change),
        "basis": plain(change.basis if basis is None else basis, Flag, "basis"),
        "basis_data": dict(basis_data or {}),
    }


def _find(film_id: int, proposed: ProposedFlag, model: str, model_version: str, *, session: Session) -> Flag | None:
    statement = select(Flag).where(
        col(Flag.film_id) == film_id,
        col(Flag.kind) == proposed.kind,
        col(Flag.model) == model,
        col(Flag.model_version) == model_version,
    )
    return session.scalars(statement).one_or_none()


def _write_action(flag: Flag, *, actor: str, reason: str, now: datetime, session: Session) -> None:
    action = FlagAction(
        flag_id=key(flag),
        at=now,
        state=flag.state,
        actor=plain(actor, FlagAction, "actor"),
        reason=plain(reason, FlagAction, "reason"),
        snoozed_until=flag.snoozed_until,
    )
    session.add_all([flag, action])
    session.flush()

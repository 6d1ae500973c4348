"""Flags: opened once, with the films that support each, and what was done with it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, or_, select
from sqlalchemy.orm import Mapped
from sqlmodel import Session, col

from core.trend.types import ProposedFlag
from core.trend.wording import VERDICTS_IN_WORDS
from db.errors import ConflictError
from db.models import LONGEST_SNOOZE, Film, Flag, FlagAction, FlagCause, FlagFilm, FlagState, FlagsToRevise, Stay
from db.repositories._rows import get_row, insert, key, plain

SUPPORTED_AGAIN = "supported by the films again"


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
    quiet_until: datetime | None = None,
    reason: str = "",
    actor: str,
    now: datetime,
    session: Session,
) -> Flag:
    """Open the flag of a film, kind and model version, once.

    A flag that is there keeps its state and takes the new basis (a late film may have become its reference, which
    is written down); a withdrawn one is opened again.

    Parameters
    ----------
    quiet_until : datetime or None
        Of a flag that opens now; one that is open keeps its own.
    reason : str
        Of a first opening.
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
            quiet_until=quiet_until,
            **facts,
        )
        if insert(flag, session=session):
            _write_action(flag, FlagCause.SUPPORTED, actor=actor, reason=reason, now=now, session=session)
            return flag
        found = _find(film_id, proposed, model, model_version, session=session)
    if found is None:
        raise ConflictError("The flag was opened by another process that is not finished. Try again.")
    before = found.reference_film_id, found.verdict
    for name, value in facts.items():
        setattr(found, name, value)
    if found.state is FlagState.WITHDRAWN:
        found.quiet_until = quiet_until
        again = FlagCause.SUPPORTED_AGAIN
        set_state(found, FlagState.OPEN, cause=again, actor=actor, reason=SUPPORTED_AGAIN, now=now, session=session)
    elif before != (found.reference_film_id, found.verdict):
        basis = f"new basis: {VERDICTS_IN_WORDS[found.verdict]} against film {found.reference_film_id}"
        note(found, FlagCause.NEW_BASIS, basis, actor=actor, now=now, session=session)
    session.add(found)
    session.flush()
    return found


def note(flag: Flag, cause: FlagCause, reason: str, *, actor: str, now: datetime, session: Session) -> None:
    """Write down what happened to a flag that keeps its state."""
    _write_action(flag, cause, actor=actor, reason=reason, now=now, session=session)


def list_films(
    flag: Flag, proposals: Sequence[ProposedFlag], *, now: datetime, session: Session
) -> tuple[frozenset[int], frozenset[int]]:
    """Update the films listed under a flag to those that support it; return which came and which left."""
    listed = {row.film_id: row for row in films_of([key(flag)], session=session).get(key(flag), ())}
    wanted = {proposal.film_id: proposal.change for proposal in proposals}
    for film_id in listed.keys() - wanted.keys():
        session.delete(listed[film_id])
    for film_id, change in wanted.items():
        size = float(change.change or 0.0)
        row = listed.get(film_id) or FlagFilm(
            flag_id=key(flag), film_id=film_id, verdict=change.verdict, change=size, added_at=now
        )
        row.verdict, row.change = change.verdict, size
        session.add(row)
    session.flush()
    return frozenset(wanted.keys() - listed.keys()), frozenset(listed.keys() - wanted.keys())


def films_of(flag_ids: Collection[int], *, session: Session) -> dict[int, list[FlagFilm]]:
    """Return the films listed under these flags, in the order they came."""
    order = (col(FlagFilm.added_at), col(FlagFilm.film_id))
    found: dict[int, list[FlagFilm]] = {}
    for row in session.scalars(select(FlagFilm).where(col(FlagFilm.flag_id).in_(flag_ids)).order_by(*order)):
        found.setdefault(row.flag_id, []).append(row)
    return found


def is_decided_on(film_id: int, *, since: datetime, session: Session) -> bool:
    """Return whether a person has decided since then about a flag that rests on this film."""
    rests = or_(
        col(Flag.film_id) == film_id,
        col(Flag.reference_film_id) == film_id,
        col(Flag.id).in_(select(col(FlagFilm.flag_id)).where(col(FlagFilm.film_id) == film_id)),
    )
    decided = (
        select(col(FlagAction.id))
        .join(Flag, col(FlagAction.flag_id) == col(Flag.id))
        .where(col(FlagAction.cause) == FlagCause.PERSON, col(FlagAction.at) >= since, rests)
    )
    return session.scalars(decided.limit(1)).first() is not None


def set_state(
    flag: Flag,
    state: FlagState,
    *,
    cause: FlagCause,
    actor: str,
    reason: str = "",
    now: datetime,
    snoozed_until: datetime | None = None,
    resolved_by_film_id: int | None = None,
    session: Session,
) -> Flag:
    """Take a flag one step further and write down who did it and why.

    Parameters
    ----------
    cause : FlagCause
        What later steps decide by; `reason` is for people.
    resolved_by_film_id : int or None
        The later film with which the level had come back.

    Raises
    ------
    ValueError
        Acknowledged, snoozed, resolved or withdrawn without a reason; snoozed without an end that lies ahead.
    """
    if state is not FlagState.OPEN and not reason.strip():
        raise ValueError(f"A flag is {state.value} with a reason. Say why in plain words.")
    if state is FlagState.SNOOZED and (snoozed_until is None or snoozed_until <= now):
        raise ValueError(f"A flag is snoozed until a later time; {snoozed_until} is none. Name one.")
    flag.state = state
    flag.snoozed_until = snoozed_until if state is FlagState.SNOOZED else None
    flag.resolved_by_film_id = resolved_by_film_id if state is FlagState.RESOLVED else None
    _write_action(flag, cause, actor=actor, reason=reason.strip(), now=now, session=session)
    return flag


def history(flag_id: int, *, session: Session) -> list[FlagAction]:
    """Return what happened to a flag, first step first."""
    order = (col(FlagAction.at), col(FlagAction.id))
    return list(session.scalars(select(FlagAction).where(col(FlagAction.flag_id) == flag_id).order_by(*order)))


def last_transitions(flag_ids: Collection[int], *, session: Session) -> dict[int, FlagAction]:
    """Return the step by which each of these flags came into the state it is in; notes since then are passed over."""
    # In the order they were written: a clock that was set back must not make an earlier step the last one.
    found: dict[int, FlagAction] = {}
    for step in session.scalars(
        select(FlagAction).where(col(FlagAction.flag_id).in_(flag_ids)).order_by(col(FlagAction.id))
    ):
        if step.flag_id not in found or found[step.flag_id].state is not step.state:
            found[step.flag_id] = step
    return found


def flags_of_patient(patient_id: int, *, for_update: bool = False, session: Session) -> list[Flag]:
    """Return every flag on the patient's films, in every state, in the order they were opened.

    With `for_update` as they stand now, and locked: what a person does with one meanwhile waits.
    """
    statement = select(Flag).join(Film, col(Film.id) == col(Flag.film_id)).where(col(Film.patient_id) == patient_id)
    statement = statement.order_by(col(Flag.opened_at), col(Flag.id))
    if for_update:
        statement = statement.with_for_update(of=Flag).execution_options(populate_existing=True)
    return list(session.scalars(statement))


def patients_with(states: Collection[FlagState], *, session: Session) -> set[int]:
    """Return the patients who have a flag in one of these states."""
    statement = select(col(Film.patient_id)).join(Flag, col(Flag.film_id) == col(Film.id))
    return set(session.scalars(statement.where(col(Flag.state).in_(states)).distinct()))


def flags_of_film(film_id: int, *, session: Session) -> list[Flag]:
    """Return the flags that begin with a film, in every state."""
    return list(session.scalars(select(Flag).where(col(Flag.film_id) == film_id).order_by(col(Flag.id))))


def snooze_ended(state: Mapped[FlagState], until: Mapped[datetime | None], *, moment: datetime) -> ColumnElement[bool]:
    """Return the condition that a snooze has ended at `moment`, or ends so late that a wrong clock set it."""
    awake = or_(until.is_(None), until <= moment, until > moment + LONGEST_SNOOZE)
    return and_(state == FlagState.SNOOZED, awake)


def has_ended_snooze(now: datetime, *, session: Session) -> bool:
    """Return whether there is a flag whose snooze has ended; locks nothing."""
    waiting = _ended_snoozes(now).with_only_columns(col(Flag.id)).limit(1)
    return session.scalars(waiting).first() is not None


def claim_ended_snoozes(now: datetime, *, session: Session) -> list[Flag]:
    """Return the flags whose snooze has ended, locked; those that another process has locked are left to it."""
    statement = _ended_snoozes(now).with_for_update(skip_locked=True)
    return list(session.scalars(statement.execution_options(populate_existing=True)))


def _ended_snoozes(now: datetime) -> Select[Flag]:
    ended = snooze_ended(col(Flag.state), col(Flag.snoozed_until), moment=now)
    return select(Flag).where(ended).order_by(col(Flag.id))


def patients_to_revise(*, session: Session) -> list[int]:
    """Return the patients whose flags an upgrade left to the program to bring in step."""
    return list(session.scalars(select(col(FlagsToRevise.patient_id)).order_by(col(FlagsToRevise.patient_id))))


def settle_revision(patient_id: int, *, session: Session) -> None:
    """Write down that the flags of a patient are in step after an upgrade."""
    session.execute(delete(FlagsToRevise).where(col(FlagsToRevise.patient_id) == patient_id))


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


def _write_action(flag: Flag, cause: FlagCause, *, actor: str, reason: str, now: datetime, session: Session) -> None:
    action = FlagAction(
        flag_id=key(flag),
        at=now,
        state=flag.state,
        cause=cause,
        actor=plain(actor, FlagAction, "actor"),
        reason=plain(reason, FlagAction, "reason"),
        snoozed_until=flag.snoozed_until,
    )
    session.add_all([flag, action])
    session.flush()

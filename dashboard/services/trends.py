"""The trend of one patient, and the flags kept in step with it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from core.trend import load_detector
from core.trend.types import Change, FlagKind, ProposedFlag, ScoredFilm, TrendPolicy
from core.types import ScorerCard
from dashboard.services.site import SYSTEM
from db.models import Film, FilmScore, FilmState, Flag, FlagState, Stay
from db.repositories import films, flags
from db.repositories.scores import to_score

NO_LONGER_SUPPORTED = "no longer supported by the films"
OTHER_MODEL = "another model was activated"
STAY_CLOSED = "stay closed before the film was scored"
NO_STAY = "no stay is known for this film, and it was not recent when it was scored"
STAY_OPEN = "the stay is open"
DISCHARGED = "discharged"
CLOSED_BY_ITSELF = frozenset({STAY_CLOSED, NO_STAY})
LIVE = frozenset({FlagState.OPEN, FlagState.ACKNOWLEDGED, FlagState.SNOOZED})


def lock_patients(patient_ids: set[int], *, session: Session) -> None:
    """Keep other processes from re-evaluating these patients' flags until this transaction ends.

    Two films of one patient scored at the same moment would each be compared without the other. Taken after
    the rows of films are locked, by everyone, so that two cannot wait for each other.
    """
    films.lock_identity([f"patient:{patient_id}" for patient_id in patient_ids], session=session)


def load_scored_films(patient_id: int, model: str, version: str, *, session: Session) -> tuple[ScoredFilm, ...]:
    """Return the points of a patient's trajectory: accepted films with a time and a score by this model version."""
    statement = (
        select(Film, FilmScore)
        .join(FilmScore, col(FilmScore.film_id) == col(Film.id))
        .where(
            col(Film.patient_id) == patient_id,
            col(Film.state) == FilmState.ACCEPTED,
            col(Film.acquired_at).is_not(None),
            col(FilmScore.model) == model,
            col(FilmScore.model_version) == version,
        )
    )
    return tuple(scored_film(film, score) for film, score in session.execute(statement).all() if film.acquired_at)


def scored_film(film: Film, score: FilmScore) -> ScoredFilm:
    """Return a film's row and its score as a point of the trajectory; the film must have a time."""
    if film.acquired_at is None or film.id is None:
        raise ValueError("A film without a time stands on no trajectory.")
    return ScoredFilm(
        film_id=film.id,
        stay_id=film.stay_id,
        acquired_at=film.acquired_at,
        time_precision=film.time_precision,
        view_position=film.view_position,
        patient_position=film.patient_position,
        score=to_score(score),
    )


def reevaluate_flags(
    patient_id: int, *, card: ScorerCard, policy: TrendPolicy, now: datetime, session: Session
) -> None:
    """Bring the stored flags in step with what the patient's films, as they stand, support.

    New flags are opened, those of closed stays resolved at once; flags no longer supported, or of another
    model, are withdrawn; withdrawn ones that are supported again are opened again; a flag whose reference
    changed (a late film) takes the new basis.
    """
    lock_patients({patient_id}, session=session)
    scored = load_scored_films(patient_id, card.model, card.version, session=session)
    trends = load_detector().assess(scored, card=card, policy=policy)
    proposed = {(one.flag.film_id, one.flag.kind): one.flag for one in trends if one.flag}
    stored = {flag.id: flag for flag in flags.flags_of_patient(patient_id, session=session)}
    for flag in stored.values():
        reason = _why_withdrawn(flag, card, proposed)
        if reason and flag.state in LIVE:
            flags.set_state(flag, FlagState.WITHDRAWN, actor=SYSTEM, reason=reason, now=now, session=session)
    closed = _closed_films(scored, policy, now, session=session)
    for supported in proposed.values():
        _keep(supported, closed.get(supported.film_id, ""), card=card, now=now, session=session)


def basis_data(change: Change) -> dict[str, Any]:
    """Return the basis of a change as JSON data."""
    interval = change.interval
    return {
        "measure": change.measure.value,
        "reference": change.reference.value,
        "gap_hours": change.gap_hours,
        "gap_in_days_only": change.gap_in_days_only,
        "change": change.change,
        "expected_change": change.expected_change,
        "interval": None if interval is None else [interval.low, interval.high, interval.level],
        "p_rise": change.p_rise,
        "p_drop": change.p_drop,
        "p_large_rise": change.p_large_rise,
        "p_large_drop": change.p_large_drop,
        "comparability": None if change.comparability is None else change.comparability.value,
        "saturated": change.saturated,
    }


def _why_withdrawn(flag: Flag, card: ScorerCard, proposed: Mapping[tuple[int, FlagKind], ProposedFlag]) -> str:
    if (flag.model, flag.model_version) != (card.model, card.version):
        return OTHER_MODEL
    return "" if (flag.film_id, flag.kind) in proposed else NO_LONGER_SUPPORTED


def _closed_films(
    scored: tuple[ScoredFilm, ...], policy: TrendPolicy, now: datetime, *, session: Session
) -> dict[int, str]:
    """Return why a flag of a film alerts nobody any more, by film id; films of open stays are left out."""
    stay_ids = {film.stay_id for film in scored if film.stay_id is not None}
    still_open = set(
        session.scalars(select(col(Stay.id)).where(col(Stay.id).in_(stay_ids), col(Stay.discharged_at).is_(None)))
    )
    # A film may come before the patient's admission is entered: a recent one without a stay alerts.
    recent = now - timedelta(hours=policy.stale_after_hours)
    return {
        film.film_id: STAY_CLOSED if film.stay_id is not None else NO_STAY
        for film in scored
        if film.stay_id not in still_open and not (film.stay_id is None and film.acquired_at >= recent)
    }


def _keep(proposed: ProposedFlag, closed: str, *, card: ScorerCard, now: datetime, session: Session) -> None:
    """Open the flag or bring its basis up to date, then see to it that its state fits the stay's."""
    flag = flags.open(
        proposed.film_id,
        proposed,
        model=card.model,
        model_version=card.version,
        basis_data=basis_data(proposed.change),
        actor=SYSTEM,
        now=now,
        session=session,
    )
    last = flags.history(flag.id or 0, session=session)[-1]
    # A flag that a person has looked at in the meantime is left as it is.
    if closed and flag.state is FlagState.OPEN and last.actor == SYSTEM:
        flags.set_state(flag, FlagState.RESOLVED, actor=SYSTEM, reason=closed, now=now, session=session)
    elif not closed and flag.state is FlagState.RESOLVED and last.reason in CLOSED_BY_ITSELF:
        flags.set_state(flag, FlagState.OPEN, actor=SYSTEM, reason=STAY_OPEN, now=now, session=session)

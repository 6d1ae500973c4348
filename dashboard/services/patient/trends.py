"""The points of a patient's trend, and the basis of a change as data."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from core.trend.types import Change, ScoredFilm
from db.models import Film, FilmScore, FilmState
from db.repositories import films
from db.repositories.scores import to_score


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
        received_at=film.received_at,
        time_doubt=film.time_doubt,
    )


def basis_data(change: Change) -> dict[str, Any]:
    """Return the basis of a change as JSON data."""
    interval = change.interval
    return {
        "measure": change.measure.value,
        "reference": change.reference.value,
        "now_film_ids": list(change.now_film_ids),
        "before_film_ids": list(change.before_film_ids),
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
        "unmeasured": list(change.unmeasured),
        "reasons": asdict(change.reasons),
    }

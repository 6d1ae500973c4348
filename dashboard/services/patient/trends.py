"""The points of a patient's trend, and the basis of a change as data."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sqlmodel import Session

from core.trend.types import Change, ScoredFilm
from dashboard.services.patient.standing import on_trend
from db.read_models.patient import read_films
from db.repositories import films


def lock_patients(patient_ids: set[int], *, session: Session) -> None:
    """Keep other processes from re-evaluating these patients' flags until this transaction ends.

    Two films of one patient scored at the same moment would each be compared without the other. Taken after
    the rows of films are locked, by everyone, so that two cannot wait for each other.
    """
    films.lock_identity([f"patient:{patient_id}" for patient_id in patient_ids], session=session)


def load_scored_films(patient_id: int, model: str, version: str, *, session: Session) -> tuple[ScoredFilm, ...]:
    """Return the points of a patient's trajectory by this model version, the same films as on every screen."""
    return on_trend(read_films(patient_id, model, version, session=session))


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

"""What people change from the screens.

Each raises DashboardError, DatabaseError or ValueError with a sentence for people, and has then changed nothing.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import datetime

from core.human_reading import LungScores
from core.types import PatientIdentity
from dashboard import study_queries
from dashboard.queries import site
from dashboard.services.flags import decisions as flags
from dashboard.services.patient import census, charting, corrections
from dashboard.services.readers import disagreements
from dashboard.services.readers import draw as reading_draw
from dashboard.services.readers import sessions as readings
from dashboard.services.readers.draw import DrawnUp
from dashboard.services.receiving import film_time, undo
from dashboard.services.receiving.receive import Receipt, StatedFacts, receive_film
from dashboard.services.receiving.undo import TakenBack
from dashboard.services.units import saving as unit_services
from dashboard.services.units.settings import UnitSettings
from dashboard.services.ward import round as rounds
from dashboard.services.worker import maps
from dashboard.services.worker.maps import MapRequest, MapStanding
from db.models import Decision, EventKind
from db.read_models.facts import EventFacts, ObservationFacts


def receive(source: bytes, *, stated: StatedFacts | None, original_name: str, since: datetime, actor: str) -> Receipt:
    """Store a film durably and put it on the work list; `since` is when the upload began that it is part of."""
    return receive_film(source, stated=stated, original_name=original_name, since=since, actor=actor, site=site())


def take_back_upload(film_ids: Collection[int], *, actor: str) -> tuple[TakenBack, ...]:
    """Take back what an upload stored a few minutes ago."""
    return undo.take_back_upload(film_ids, actor=actor, site=site())


def ask_for_map(request: MapRequest) -> MapStanding:
    """Ask the worker for a map of a film."""
    return maps.ask(request, site=site())


def retract(film_id: int, *, reason: str, actor: str) -> None:
    """Take a film off its trend."""
    corrections.retract(film_id, reason=reason, actor=actor, site=site())


def overrule(film_id: int, *, reason: str, actor: str) -> None:
    """Have a rejected film scored, or accept a quarantined one."""
    corrections.overrule(film_id, reason=reason, actor=actor, site=site())


def correct_film_time(film_id: int, acquired_at: datetime, *, reason: str, actor: str) -> None:
    """Correct when a film was taken."""
    film_time.correct_time(film_id, acquired_at=acquired_at, reason=reason, actor=actor, site=site())


def undo_retraction(film_id: int, *, reason: str, actor: str) -> None:
    """Undo the retraction of a film."""
    corrections.undo_retraction(film_id, reason=reason, actor=actor, site=site())


def move_film(
    film_id: int, patient: int | PatientIdentity, *, reason: str, actor: str, confirmed: bool = False
) -> None:
    """Move a film to the patient it shows; `confirmed` where it names another person."""
    corrections.move(film_id, patient, reason=reason, actor=actor, confirmed=confirmed, site=site())


def acknowledge(flag_id: int, *, reason: str, actor: str) -> None:
    """Record that a person has seen a flag and takes care of it."""
    flags.acknowledge(flag_id, reason=reason, actor=actor, site=site())


def snooze(flag_id: int, *, until: datetime, reason: str, actor: str) -> None:
    """Snooze a flag until a later time."""
    flags.snooze(flag_id, until=until, reason=reason, actor=actor, site=site())


def resolve(flag_id: int, *, reason: str, actor: str) -> None:
    """Close a flag."""
    flags.resolve(flag_id, reason=reason, actor=actor, site=site())


def mark_reviewed(
    stay_id: int,
    *,
    began_at: datetime,
    seen: int | None,
    shown_at: datetime,
    decision: Decision | None,
    actor: str,
    note: str,
) -> int | None:
    """Store that a person reviewed a stay on a round, and what was decided; return the review, None for a repeat."""
    return rounds.mark_reviewed(
        stay_id,
        began_at=began_at,
        seen=seen,
        shown_at=shown_at,
        decision=decision,
        actor=actor,
        note=note,
        site=site(),
    )


def take_back_review(review_id: int, *, actor: str) -> None:
    """Take back the last review of a stay with its decision."""
    rounds.take_back(review_id, actor=actor, site=site())


def save_unit(unit: str, proposed: UnitSettings, *, reason: str, actor: str) -> None:
    """Save what a unit sets; flags of its patients are re-evaluated."""
    unit_services.save(unit, proposed, actor=actor, reason=reason, site=site())


def add_event(patient_id: int, kind: EventKind, *, at: datetime, note: str, actor: str) -> None:
    """Put an event or a comment on a patient's timeline."""
    charting.add_event(patient_id, kind, at=at, note=note, actor=actor, site=site())


def add_observation(patient_id: int, name: str, value: float, *, comparator: str, at: datetime, actor: str) -> None:
    """Put a measured value on a patient's timeline."""
    charting.add_observation(patient_id, name, value, comparator=comparator, at=at, actor=actor, site=site())


def take_back(entry: EventFacts | ObservationFacts, *, reason: str, actor: str) -> None:
    """Take what a person added off a patient's timeline."""
    if isinstance(entry, EventFacts):
        charting.take_back_event(entry.event_id, reason=reason, actor=actor, site=site())
    else:
        charting.take_back_observation(entry.observation_id, reason=reason, actor=actor, site=site())


def admit(patient: int | PatientIdentity, *, unit: str, bed: str, admitted_at: datetime, actor: str) -> int:
    """Open a stay; return the patient's id."""
    stay = census.admit(patient=patient, unit=unit, bed=bed, admitted_at=admitted_at, actor=actor, site=site())
    return stay.patient_id


def move_stay(stay_id: int, *, unit: str, bed: str, actor: str) -> None:
    """Move an open stay to another unit or bed."""
    census.move(stay_id, unit=unit, bed=bed, actor=actor, site=site())


def discharge(stay_id: int, *, at: datetime, actor: str) -> None:
    """End a stay."""
    census.discharge(stay_id, at=at, actor=actor, site=site())


def draw_up_reading(*, title: str, reader: str, blind: bool, n_films: int) -> DrawnUp:
    """Make a reading session of films drawn at random."""
    seed = secrets.randbelow(2**31)
    return reading_draw.draw_up(
        title=title, reader=reader, blind=blind, n_films=n_films, seed=seed, actor=reader, site=site()
    )


def read_film(session_id: int, place: int, result: LungScores | str) -> bool:
    """Store what was read on a film of a session."""
    return readings.read_film(session_id, place, result, site=site())


def finish_reading(session_id: int, *, actor: str, show_results: bool) -> None:
    """Close a reading session."""
    readings.finish(session_id, actor=actor, show_results=show_results, site=site())
    study_queries.site_recalibration.clear()


def open_reading_results(session_id: int, *, actor: str) -> None:
    """Let the results of a finished reading session be shown."""
    readings.open_results(session_id, actor=actor, site=site())
    study_queries.site_recalibration.clear()


def reopen_reading(session_id: int, *, actor: str) -> None:
    """Take back that a reading session was finished."""
    readings.reopen(session_id, actor=actor, site=site())


def settle_reading(first_reading_id: int, second_reading_id: int, scores: LungScores, *, actor: str) -> None:
    """Store what was settled on a film that two readers read differently."""
    disagreements.settle(first_reading_id, second_reading_id, scores, actor=actor, site=site())

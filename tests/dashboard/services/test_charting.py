"""What people add to a timeline, and what is refused: on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from film_site import Bench
from flag_scenes import Scene
from sqlalchemy import select
from sqlmodel import col

from dashboard.errors import NotAllowedError
from dashboard.services.patient.charting import add_event, add_observation, take_back_event, take_back_observation
from dashboard.services.patient.timeline import patient_trend
from db.engine import read_transaction
from db.errors import ConflictError, NotFoundError
from db.models import AuditEntry, EventKind
from db.read_models.patient import PatientTimeline


def timeline(bench: Bench, patient_id: int) -> PatientTimeline:
    return patient_trend(patient_id, site=bench.site).timeline


def test_events_values_and_comments_come_onto_the_timeline(bench: Bench) -> None:
    patient_id, _ = Scene(bench).admit()
    at = bench.now - timedelta(hours=2)
    add_event(patient_id, EventKind.PRONING, at=at, note=" left first ", actor="Dr A", site=bench.site)
    add_event(patient_id, EventKind.COMMENT, at=at, note="Coughs", actor="Dr Ito", site=bench.site)
    add_observation(patient_id, "crp", 5.0, comparator="<", at=at, actor="Dr A", site=bench.site)
    found = timeline(bench, patient_id)
    assert [(event.kind, event.note, event.added_by) for event in found.events] == [
        (EventKind.PRONING, "left first", "Dr A"),
        (EventKind.COMMENT, "Coughs", "Dr Ito"),
    ]
    assert [
        (observation.name, observation.comparator, observation.value, observation.unit, observation.added_by)
        for observation in found.observations
    ] == [("crp", "<", 5.0, "mg/l", "Dr A")]


def test_what_cannot_be_is_refused_and_nothing_is_stored(bench: Bench) -> None:
    patient_id, _ = Scene(bench).admit()
    now, at = bench.now, bench.now - timedelta(hours=1)
    with pytest.raises(NotAllowedError, match="lies ahead"):
        add_event(patient_id, EventKind.PRONING, at=now + timedelta(hours=1), note="", actor="Dr A", site=bench.site)
    with pytest.raises(NotAllowedError, match="Nobody is named"):
        add_event(patient_id, EventKind.PRONING, at=at, note="", actor=" ", site=bench.site)
    with pytest.raises(NotAllowedError, match="Nobody is named"):
        add_observation(patient_id, "crp", 5, comparator="", at=at, actor="", site=bench.site)
    with pytest.raises(NotAllowedError, match="comment is empty"):
        add_event(patient_id, EventKind.COMMENT, at=at, note=" ", actor="Dr A", site=bench.site)
    # A share of oxygen entered as a fraction.
    with pytest.raises(NotAllowedError, match=r"0\.6 % cannot be\. Expected at least 21 and at most 100 %"):
        add_observation(patient_id, "fio2", 0.6, comparator="", at=at, actor="Dr A", site=bench.site)
    with pytest.raises(NotAllowedError, match="-1 mg/l cannot be"):
        add_observation(patient_id, "crp", -1, comparator="", at=at, actor="Dr A", site=bench.site)
    with pytest.raises(NotFoundError):
        add_event(99, EventKind.PRONING, at=at, note="", actor="Dr A", site=bench.site)
    found = timeline(bench, patient_id)
    assert (found.events, found.observations) == ((), ())


def test_the_same_twice_is_said(bench: Bench) -> None:
    patient_id, _ = Scene(bench).admit()
    at = bench.now
    add_event(patient_id, EventKind.PRONING, at=at, note="", actor="Dr A", site=bench.site)
    with pytest.raises(NotAllowedError, match="on the timeline already: proning at this time"):
        add_event(patient_id, EventKind.PRONING, at=at, note="", actor="Dr A", site=bench.site)
    add_observation(patient_id, "peep", 8, comparator="", at=at, actor="Dr A", site=bench.site)
    with pytest.raises(NotAllowedError, match="on the timeline already: this value"):
        add_observation(patient_id, "peep", 8, comparator="", at=at, actor="Dr A", site=bench.site)
    assert len(timeline(bench, patient_id).events) == 1


def test_what_is_taken_back_is_gone_and_the_audit_says_who_and_why(bench: Bench) -> None:
    patient_id, _ = Scene(bench).admit()
    at = bench.now
    add_event(patient_id, EventKind.PRONING, at=at, note="", actor="Dr A", site=bench.site)
    add_observation(patient_id, "peep", 8, comparator="", at=at, actor="Dr A", site=bench.site)
    (event,), (value,) = timeline(bench, patient_id).events, timeline(bench, patient_id).observations
    bench.wait(hours=1)
    take_back_event(event.event_id, reason="other bed", actor="Dr B", site=bench.site)
    take_back_observation(value.observation_id, reason="mistyped", actor="Dr C", site=bench.site)
    found = timeline(bench, patient_id)
    assert (found.events, found.observations) == ((), ())
    with read_transaction(bench.engine) as session:
        entries = session.scalars(select(AuditEntry).where(col(AuditEntry.action) == "take back")).all()
    assert [(entry.actor, entry.subject, entry.subject_id, entry.detail) for entry in entries] == [
        ("Dr B", "clinical_event", event.event_id, {"patient_id": patient_id, "reason": "other bed"}),
        ("Dr C", "observation", value.observation_id, {"patient_id": patient_id, "reason": "mistyped"}),
    ]
    # Taken back in error: the same may be added again.
    add_event(patient_id, EventKind.PRONING, at=at, note="", actor="Dr A", site=bench.site)
    assert len(timeline(bench, patient_id).events) == 1
    with pytest.raises(ConflictError, match="taken back before, by Dr B: other bed"):
        take_back_event(event.event_id, reason="x", actor="Dr B", site=bench.site)

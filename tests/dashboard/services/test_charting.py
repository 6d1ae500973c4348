"""What people add to a timeline, and what is refused: on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from film_site import Bench
from flag_scenes import Scene

from dashboard.errors import NotAllowedError
from dashboard.services.charting import add_event, add_observation
from dashboard.services.patient import patient_trend
from db.errors import NotFoundError
from db.models import EventKind
from db.read_models.patient import PatientTimeline


def timeline(bench: Bench, patient_id: int) -> PatientTimeline:
    return patient_trend(bench.settings, bench.engine, patient_id, now=bench.now).timeline


def test_events_values_and_comments_come_onto_the_timeline(bench: Bench) -> None:
    patient_id, _ = Scene(bench).admit()
    at = bench.now - timedelta(hours=2)
    add_event(bench.engine, patient_id, EventKind.PRONING, at=at, note=" left first ", now=bench.now)
    add_event(bench.engine, patient_id, EventKind.COMMENT, at=at, note="Coughs (Dr Ito)", now=bench.now)
    add_observation(bench.engine, patient_id, "crp", 5.0, comparator="<", at=at, now=bench.now)
    found = timeline(bench, patient_id)
    assert [(one.kind, one.note) for one in found.events] == [
        (EventKind.PRONING, "left first"),
        (EventKind.COMMENT, "Coughs (Dr Ito)"),
    ]
    assert [(one.name, one.comparator, one.value, one.unit) for one in found.observations] == [
        ("crp", "<", 5.0, "mg/l")
    ]


def test_what_cannot_be_is_refused_and_nothing_is_stored(bench: Bench) -> None:
    patient_id, _ = Scene(bench).admit()
    now, at = bench.now, bench.now - timedelta(hours=1)
    with pytest.raises(NotAllowedError, match="lies ahead"):
        add_event(bench.engine, patient_id, EventKind.PRONING, at=now + timedelta(hours=1), note="", now=now)
    with pytest.raises(NotAllowedError, match="comment is empty"):
        add_event(bench.engine, patient_id, EventKind.COMMENT, at=at, note=" ", now=now)
    # A share of oxygen entered as a fraction.
    with pytest.raises(NotAllowedError, match=r"0\.6 % cannot be\. Expected at least 21 and at most 100 %"):
        add_observation(bench.engine, patient_id, "fio2", 0.6, comparator="", at=at, now=now)
    with pytest.raises(NotAllowedError, match="-1 mg/l cannot be"):
        add_observation(bench.engine, patient_id, "crp", -1, comparator="", at=at, now=now)
    with pytest.raises(NotFoundError):
        add_event(bench.engine, 99, EventKind.PRONING, at=at, note="", now=now)
    found = timeline(bench, patient_id)
    assert (found.events, found.observations) == ((), ())


def test_the_same_twice_is_said(bench: Bench) -> None:
    patient_id, _ = Scene(bench).admit()
    at = bench.now
    add_event(bench.engine, patient_id, EventKind.PRONING, at=at, note="", now=bench.now)
    with pytest.raises(NotAllowedError, match="same event at the same time"):
        add_event(bench.engine, patient_id, EventKind.PRONING, at=at, note="", now=bench.now)
    add_observation(bench.engine, patient_id, "peep", 8, comparator="", at=at, now=bench.now)
    with pytest.raises(NotAllowedError, match="same value at the same time"):
        add_observation(bench.engine, patient_id, "peep", 8, comparator="", at=at, now=bench.now)
    assert len(timeline(bench, patient_id).events) == 1

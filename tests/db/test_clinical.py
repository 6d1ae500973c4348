"""Observations, events and the audit trail."""

from __future__ import annotations

import math

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.exc import IntegrityError
from timeline_rows import DAY_0, hours, patient, stay

from core.types import TimePrecision
from db.engine import read_transaction, transaction
from db.errors import ConflictError, NotFoundError
from db.models import AuditEntry, ClinicalEvent, EventKind, Observation
from db.read_models.flag_history import read_oxygenation_times
from db.read_models.patient import read_patient
from db.read_models.ward import read_ward
from db.repositories import clinical, key, patients, site


def test_same_observation_is_stored_once(engine: Engine) -> None:
    with transaction(engine) as session:
        anna = key(patient(session))

        def add(value: float, at: float = 0, comparator: str = "") -> bool:
            return clinical.add_observation(
                anna, "crp", value, at=hours(at), unit="mg/l", comparator=comparator, session=session
            )

        assert [add(5), add(5), add(6), add(5, 1), add(5, 0, "<"), add(5, 0, "<")] == [
            True,
            False,
            True,
            True,
            True,
            False,
        ]
        stored = session.scalars(select(Observation)).all()
        assert [(row.value, row.comparator, row.unit, row.at) for row in stored] == [
            (5.0, "", "mg/l", DAY_0),
            (6.0, "", "mg/l", DAY_0),
            (5.0, "", "mg/l", hours(1)),
            (5.0, "<", "mg/l", DAY_0),
        ]


@pytest.mark.parametrize(
    ("name", "value", "comparator"), [("", 5.0, ""), ("crp", math.nan, ""), ("crp", math.inf, ">"), ("crp", 5.0, "~")]
)
def test_impossible_observation_is_refused(engine: Engine, name: str, value: float, comparator: str) -> None:
    with transaction(engine) as session, pytest.raises(ValueError, match="cannot be stored"):
        clinical.add_observation(key(patient(session)), name, value, at=DAY_0, comparator=comparator, session=session)


def test_same_event_is_stored_once(engine: Engine) -> None:
    with transaction(engine) as session:
        anna = key(patient(session))

        def add(kind: EventKind, note: str = "") -> bool:
            return clinical.add_event(
                anna, kind, at=DAY_0, note=note, time_precision=TimePrecision.DAY, session=session
            )

        assert [add(EventKind.INTUBATION), add(EventKind.INTUBATION), add(EventKind.EXTUBATION)] == [True, False, True]
        assert [add(EventKind.COMMENT, "cough"), add(EventKind.COMMENT, "fever")] == [True, True]


def test_values_of_nobody_are_refused(engine: Engine) -> None:
    with transaction(engine) as session:
        with pytest.raises(NotFoundError, match="no patient with the id 99"):
            clinical.add_observation(99, "crp", 5, at=DAY_0, session=session)
        with pytest.raises(NotFoundError, match="no patient with the id 99"):
            clinical.add_event(99, EventKind.DEATH, at=DAY_0, session=session)
    with pytest.raises(IntegrityError), transaction(engine) as session:
        session.add(Observation(patient_id=99, name="crp", value=5, at=DAY_0))


def charted(engine: Engine, patient_id: int, as_of: float | None = None) -> tuple[list[str], list[float]]:
    """Return the notes of the events and the values on a timeline."""
    with read_transaction(engine) as session:
        timeline = read_patient(patient_id, as_of=None if as_of is None else hours(as_of), session=session)
    return [event.note for event in timeline.events], [observation.value for observation in timeline.observations]


def test_what_is_taken_back_leaves_the_timeline_and_stays_in_the_past(engine: Engine) -> None:
    with transaction(engine) as session:
        anna = key(patient(session))
        for note in ("left", "right"):
            clinical.add_event(anna, EventKind.PRONING, at=DAY_0, note=note, added_by=" Dr A ", session=session)
        for value in (80.0, 90.0):
            clinical.add_observation(anna, "pao2", value, at=DAY_0, added_by="Dr A", session=session)
        for kind in (ClinicalEvent, Observation):
            row = clinical.take_back(kind, 1, reason=" mistyped ", actor=" Dr B ", now=hours(5), session=session)
            assert (row.added_by, row.taken_back_by, row.taken_back_reason, row.taken_back_at) == (
                "Dr A",
                "Dr B",
                "mistyped",
                hours(5),
            )
    assert charted(engine, anna) == (["right"], [90.0])
    assert charted(engine, anna, as_of=5) == (["right"], [90.0])
    assert charted(engine, anna, as_of=4) == (["left", "right"], [80.0, 90.0])
    with read_transaction(engine) as session:
        assert read_oxygenation_times({anna}, session=session) == {anna: (DAY_0,)}
        assert read_oxygenation_times({anna}, as_of=hours(4), session=session) == {anna: (DAY_0, DAY_0)}
    with transaction(engine) as session:
        # Taken back by mistake, or right after all: it may be added again, once.
        again = [
            clinical.add_event(anna, EventKind.PRONING, at=DAY_0, note="left", added_by="Dr A", session=session)
            for _ in range(2)
        ]
        assert again == [True, False]
        clinical.take_back(ClinicalEvent, 3, reason="again", actor="Dr B", now=hours(6), session=session)
    assert charted(engine, anna)[0] == ["right"]


def test_the_ventilation_of_the_ward_forgets_what_was_taken_back(engine: Engine) -> None:
    with transaction(engine) as session:
        anna = patient(session)
        stay(session, anna)
        clinical.add_event(key(anna), EventKind.INTUBATION, at=hours(1), session=session)
        clinical.add_event(key(anna), EventKind.EXTUBATION, at=hours(2), added_by="Dr A", session=session)
        clinical.take_back(ClinicalEvent, 2, reason="other patient", actor="Dr A", now=hours(5), session=session)
    with read_transaction(engine) as session:
        now, then = read_ward(session=session), read_ward(as_of=hours(4), session=session)
    found = [one.entries[0].ventilation for one in (now, then)]
    assert [one and (one.event_id, one.kind, one.added_by) for one in found] == [
        (1, EventKind.INTUBATION, ""),
        (2, EventKind.EXTUBATION, "Dr A"),
    ]


def test_what_cannot_be_taken_back_is_said(engine: Engine) -> None:
    with transaction(engine) as session:
        anna = key(patient(session))
        clinical.add_event(anna, EventKind.PRONING, at=DAY_0, session=session)
        clinical.add_event(anna, EventKind.PRONING, at=hours(1), added_by="Dr A", session=session)

        def take_back(event_id: int, *, reason: str = "wrong", actor: str = "Dr B") -> None:
            clinical.take_back(ClinicalEvent, event_id, reason=reason, actor=actor, now=hours(5), session=session)

        with pytest.raises(NotFoundError, match="not on the timeline"):
            take_back(99)
        with pytest.raises(ConflictError, match="came from a file"):
            take_back(1)
        for reason, actor in ((" ", "Dr B"), ("wrong", " ")):
            with pytest.raises(ValueError, match="needs a name and a reason"):
                take_back(2, reason=reason, actor=actor)
        take_back(2)
        with pytest.raises(ConflictError, match="taken back before, by Dr B: wrong"):
            take_back(2)


def test_a_merge_carries_what_was_taken_back_as_such(engine: Engine) -> None:
    with transaction(engine) as session:
        source, target = key(patient(session, "1")), key(patient(session, "2"))
        for of in (source, target):
            clinical.add_event(of, EventKind.PRONING, at=DAY_0, added_by="Dr A", session=session)
            clinical.add_observation(of, "peep", 8, at=DAY_0, added_by="Dr A", session=session)
        # Of the event the source's, of the value the target's.
        clinical.take_back(ClinicalEvent, 1, reason="wrong", actor="Dr A", now=hours(1), session=session)
        clinical.take_back(Observation, 2, reason="wrong", actor="Dr A", now=hours(1), session=session)
        patients.merge(source, target, actor="Dr A", now=hours(2), session=session)
    with read_transaction(engine) as session:
        found = read_patient(target, session=session)
        rows = [session.scalars(select(kind.patient_id)).all() for kind in (ClinicalEvent, Observation)]
    assert [event.event_id for event in found.events] == [2]
    assert [observation.observation_id for observation in found.observations] == [1]
    assert rows == [[target, target], [target, target]]


def test_audit_keeps_who_did_what(engine: Engine) -> None:
    with transaction(engine) as session:
        site.write_audit("dr", "retract", "film", 7, {"reason": "wrong patient"}, now=DAY_0, session=session)
        site.write_audit("dr", "activate", "model", now=hours(1), session=session)
    with transaction(engine) as session:
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.at)).all()
        assert [(row.actor, row.action, row.subject, row.subject_id, row.detail, row.at) for row in entries] == [
            ("dr", "retract", "film", 7, {"reason": "wrong patient"}, DAY_0),
            ("dr", "activate", "model", None, {}, hours(1)),
        ]

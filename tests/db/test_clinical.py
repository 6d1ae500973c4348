"""Observations, events and the audit trail."""

from __future__ import annotations

import math

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.exc import IntegrityError
from timeline_rows import DAY_0, hours, patient

from core.types import TimePrecision
from db.engine import transaction
from db.errors import NotFoundError
from db.models import AuditEntry, EventKind, Observation
from db.repositories import clinical, key, site


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

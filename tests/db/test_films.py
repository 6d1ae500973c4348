"""The way of a film, row by row."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError, StatementError
from timeline_rows import DAY_0, film, hours, patient, stay

from core.types import CheckResult, CheckVerdict
from db.engine import transaction
from db.errors import ConflictError, NotFoundError
from db.models import ConflictKind, Film, FilmConflict, FilmState, FilmTransition
from db.repositories import films, key


def test_added_film_is_found_by_what_makes_two_the_same(engine: Engine) -> None:
    with transaction(engine) as session:
        anna, berta = patient(session, "1"), patient(session, "2")
        first = film(session, anna, "a", sop_instance_uid="1.2", pixel_hash="p", original_name="film.dcm")
        second = film(session, berta, "a", sop_instance_uid="1.2", pixel_hash="p")
        assert films.find_same_content(key(anna), "a", session=session) == first
        assert films.find_same_content(key(anna), "b", session=session) is None
        assert films.find_by_sop_instance_uid("1.2", session=session) == [first, second]
        assert films.find_by_pixel_hash("p", session=session) == [first, second]
        assert films.find_by_pixel_hash("q", session=session) == []
        assert films.get(key(first), session=session).original_name == "film.dcm"
        (step,) = films.transitions_of(key(first), session=session)
        assert (step.at, step.state, step.patient_id, step.actor) == (DAY_0, FilmState.ACCEPTED, anna.id, "worker")


def test_same_bytes_twice_under_one_patient_are_refused_and_the_transaction_goes_on(engine: Engine) -> None:
    with transaction(engine) as session:
        anna = patient(session)
        film(session, anna, "a")
        with pytest.raises(ConflictError, match="same bytes already"):
            film(session, anna, "a")
        film(session, anna, "b")
        assert films.count_by_state(session=session)[FilmState.ACCEPTED] == 2


def test_orphan_film_is_refused(engine: Engine) -> None:
    orphan: dict[str, Any] = {"patient_id": 99, "content_hash": "a", "received_at": DAY_0}
    with transaction(engine) as session, pytest.raises(NotFoundError, match="does not exist"):
        films.add(Film(**orphan), actor="worker", now=DAY_0, session=session)
    with pytest.raises(IntegrityError), transaction(engine) as session:
        session.add(Film(**orphan))


def test_film_of_another_patients_stay_is_refused(engine: Engine) -> None:
    with transaction(engine) as session:
        anna, berta = patient(session, "1"), patient(session, "2")
        elsewhere = stay(session, berta)
        with pytest.raises(ConflictError, match="another patient's"):
            film(session, anna, "a", stay_id=elsewhere.id)
        with pytest.raises(NotFoundError, match="no stay with the id 99"):
            film(session, anna, "a", stay_id=99)


def test_naive_acquisition_time_is_refused(engine: Engine) -> None:
    with pytest.raises(StatementError, match="has no time zone"), transaction(engine) as session:
        film(session, patient(session), "a", acquired_at=datetime(2026, 3, 1))  # noqa: DTZ001 - what is to be refused


@pytest.mark.parametrize(
    "state", [state for state in FilmState if state not in {FilmState.RECEIVED, FilmState.ACCEPTED}]
)
def test_state_without_reason_is_refused(engine: Engine, state: FilmState) -> None:
    with transaction(engine) as session:
        row = film(session, patient(session), "a")
        with pytest.raises(ValueError, match=f"that is {state.value} needs a reason"):
            films.set_state(row, state, " ", actor="worker", now=DAY_0, session=session)
        assert row.state is FilmState.ACCEPTED
    with pytest.raises(IntegrityError, match="ck_film_reason"), transaction(engine) as session:
        session.get_one(Film, row.id).state = state
    with pytest.raises(IntegrityError, match="ck_film_transition_reason"), transaction(engine) as session:
        session.add(FilmTransition(film_id=key(row), at=DAY_0, state=state, patient_id=row.patient_id))


def test_film_goes_its_way_step_by_step(engine: Engine) -> None:
    with transaction(engine) as session:
        row = film(session, patient(session), "a", state=FilmState.RECEIVED)
        films.set_state(
            row, FilmState.FAILED, "disk full", actor="worker", now=hours(1), retry_at=hours(2), session=session
        )
        assert (row.attempts, row.retry_at, row.reason) == (1, hours(2), "disk full")
        films.set_state(row, FilmState.ACCEPTED, actor="worker", now=hours(2), session=session)
        assert (row.attempts, row.retry_at, row.reason) == (1, None, "")
        films.set_state(row, FilmState.RETRACTED, "wrong patient", actor="nurse", now=hours(3), session=session)
        way = films.transitions_of(key(row), session=session)
    assert [(step.at, step.state, step.reason, step.actor) for step in way] == [
        (DAY_0, FilmState.RECEIVED, "", "worker"),
        (hours(1), FilmState.FAILED, "disk full", "worker"),
        (hours(2), FilmState.ACCEPTED, "", "worker"),
        (hours(3), FilmState.RETRACTED, "wrong patient", "nurse"),
    ]


def test_retracted_film_comes_back_only_as_received(engine: Engine) -> None:
    with transaction(engine) as session:
        row = film(session, patient(session), "a", state=FilmState.RETRACTED, reason="wrong patient")
        for state in (FilmState.ACCEPTED, FilmState.RETRACTED):
            with pytest.raises(ConflictError, match=r"retracted \(wrong patient\)"):
                films.set_state(row, state, "again", actor="worker", now=DAY_0, session=session)
        films.set_state(row, FilmState.RECEIVED, actor="nurse", now=DAY_0, session=session)
        assert (row.state, row.reason) == (FilmState.RECEIVED, "")


def test_long_reasons_are_cut_alike_on_both_databases(engine: Engine) -> None:
    with transaction(engine) as session:
        row = film(session, patient(session), "a")
        films.set_state(row, FilmState.REJECTED, "x\x00" * 2000, actor="worker", now=DAY_0, session=session)
        assert row.reason == "x" * 999 + "…"


def test_check_of_the_same_version_replaces_its_verdict(engine: Engine) -> None:
    with transaction(engine) as session:
        row = film(session, patient(session), "a")
        first = [
            CheckResult("frontal", "1", CheckVerdict.REFUSED, "This is a lateral film."),
            CheckResult("photometry", "1", CheckVerdict.PASSED),
        ]
        films.add_checks(key(row), first, now=DAY_0, session=session)
        films.add_checks(key(row), [CheckResult("frontal", "1", CheckVerdict.PASSED)], now=hours(1), session=session)
        found = films.checks_of(key(row), session=session)
        assert [(check.name, check.verdict, check.reason, check.checked_at) for check in found] == [
            ("frontal", CheckVerdict.PASSED, "", hours(1)),
            ("photometry", CheckVerdict.PASSED, "", DAY_0),
        ]
        with pytest.raises(NotFoundError, match="no film with the id 99"):
            films.add_checks(99, first, now=DAY_0, session=session)


def test_move_takes_the_film_along_and_keeps_what_it_states(engine: Engine) -> None:
    with transaction(engine) as session:
        anna, berta = patient(session, "1"), patient(session, "2")
        row = film(session, anna, "a", stated_identifier="1", stay_id=stay(session, anna).id)
        there = stay(session, berta, "2")
        films.move(
            row, key(berta), there.id, reason="films were mixed up", actor="nurse", now=hours(1), session=session
        )
        assert (row.patient_id, row.stay_id, row.stated_identifier) == (berta.id, there.id, "1")
        step = films.transitions_of(key(row), session=session)[-1]
        assert (step.patient_id, step.stay_id, step.remark) == (berta.id, there.id, "films were mixed up")
        twin = film(session, anna, "a")
        with pytest.raises(ConflictError, match="same bytes already"):
            films.move(twin, key(berta), None, reason="again", actor="nurse", now=hours(2), session=session)
        assert films.get(key(twin), session=session).patient_id == anna.id
        with pytest.raises(NotFoundError, match="does not exist"):
            films.move(row, 99, None, reason="again", actor="nurse", now=hours(2), session=session)


def test_conflict_is_opened_once_per_pair_and_resolved_for_both(engine: Engine) -> None:
    with transaction(engine) as session:
        anna, berta = patient(session, "1"), patient(session, "2")
        a, b, c = (
            film(session, owner, name, state=FilmState.QUARANTINED, reason="conflict")
            for owner, name in ((anna, "a"), (berta, "b"), (berta, "c"))
        )
        kind = ConflictKind.SAME_UID_OTHER_PATIENT
        first = films.open_conflict(a, b, kind, now=DAY_0, session=session)
        assert films.open_conflict(b, a, kind, now=hours(1), session=session) == first
        second = films.open_conflict(c, b, kind, now=hours(2), session=session)
        assert films.conflicts_of(key(b), session=session) == [first, second]
        # b still contradicts c
        assert films.resolve_conflicts(key(a), actor="nurse", now=hours(3), session=session) == [a]
        assert (first.resolved_at, first.resolved_by) == (hours(3), "nurse")
        assert films.conflicts_of(key(b), unresolved_only=True, session=session) == [second]
        assert films.resolve_conflicts(key(b), actor="nurse", now=hours(4), session=session) == [b, c]
        assert films.open_conflict(a, b, kind, now=hours(5), session=session).resolved_at == hours(3)
        with pytest.raises(NotFoundError, match="no film with the id 99"):
            films.resolve_conflicts(99, actor="nurse", now=hours(5), session=session)


def test_film_cannot_contradict_itself(engine: Engine) -> None:
    with transaction(engine) as session:
        row = film(session, patient(session), "a")
    kind = ConflictKind.CHANGED_IDENTITY
    with pytest.raises(IntegrityError, match="ck_film_conflict_pair"), transaction(engine) as session:
        session.add(FilmConflict(film_id=key(row), other_film_id=key(row), kind=kind, opened_at=DAY_0))


def test_states_are_counted_with_the_empty_ones(engine: Engine) -> None:
    with transaction(engine) as session:
        anna = patient(session)
        film(session, anna, "a")
        film(session, anna, "b", state=FilmState.REJECTED, reason="lateral")
        counts = films.count_by_state(session=session)
    assert counts == dict.fromkeys(FilmState, 0) | {FilmState.ACCEPTED: 1, FilmState.REJECTED: 1}


def test_unknown_film_and_unstored_row_are_named(engine: Engine) -> None:
    with transaction(engine) as session, pytest.raises(NotFoundError, match="no film with the id 99"):
        films.get(99, session=session)
    with pytest.raises(NotFoundError, match="This film is not stored yet"):
        key(Film(patient_id=1, content_hash="a", received_at=DAY_0))

"""The life of a flag."""

from __future__ import annotations

import dataclasses

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from timeline_rows import DAY_0, MODEL, VERSION, film, flag, hours, patient, proposed, stay

from db.engine import transaction
from db.errors import NotFoundError
from db.models import Flag, FlagCause, FlagState
from db.repositories import flags, key


def test_flag_is_opened_once_and_takes_a_new_basis(engine: Engine) -> None:
    with transaction(engine) as session:
        anna = patient(session)
        first, late, last = (film(session, anna, name) for name in "abc")
        opened = flag(session, last, first, at=1)
        flags.set_state(
            opened,
            FlagState.ACKNOWLEDGED,
            cause=FlagCause.PERSON,
            actor="dr",
            reason="seen",
            now=hours(2),
            session=session,
        )
        again = flag(session, last, late, at=3, change=2.5, basis="against the late film")
        assert again == opened
        assert (again.state, again.opened_at) == (FlagState.ACKNOWLEDGED, hours(1))
        assert (again.reference_film_id, again.change, again.basis) == (late.id, 2.5, "against the late film")
        steps = flags.history(key(opened), session=session)
        assert steps.pop().reason == f"new basis: rise against film {late.id}"
    assert [(step.at, step.state, step.actor, step.reason) for step in steps] == [
        (hours(1), FlagState.OPEN, "worker", ""),
        (hours(2), FlagState.ACKNOWLEDGED, "dr", "seen"),
    ]


def test_withdrawn_flag_is_opened_again(engine: Engine) -> None:
    with transaction(engine) as session:
        anna = patient(session)
        first, last = film(session, anna, "a"), film(session, anna, "b")
        opened = flag(session, last, first, at=1)
        flags.set_state(
            opened,
            FlagState.WITHDRAWN,
            cause=FlagCause.PERSON,
            actor="worker",
            reason="late film",
            now=hours(2),
            session=session,
        )
        flag(session, last, first, at=3)
        assert flags.get(key(opened), session=session).state is FlagState.OPEN
        assert [step.state for step in flags.history(key(opened), session=session)] == [
            FlagState.OPEN,
            FlagState.WITHDRAWN,
            FlagState.OPEN,
        ]


def test_basis_and_its_data_are_kept(engine: Engine) -> None:
    with transaction(engine) as session:
        anna = patient(session)
        first, last = film(session, anna, "a"), film(session, anna, "b")
        opened = flags.open(
            key(last),
            proposed(last, first),
            model=MODEL,
            model_version=VERSION,
            basis="own words",
            basis_data={"p_rise": 0.99, "gap_hours": None},
            actor="worker",
            now=DAY_0,
            session=session,
        )
    with transaction(engine) as session:
        found = flags.get(key(opened), session=session)
        assert (found.basis, found.basis_data) == ("own words", {"p_rise": 0.99, "gap_hours": None})


def test_steps_without_what_they_need_are_refused(engine: Engine) -> None:
    with transaction(engine) as session:
        anna = patient(session)
        first, last = film(session, anna, "a"), film(session, anna, "b")
        opened = flag(session, last, first)
        for state in set(FlagState) - {FlagState.OPEN}:
            with pytest.raises(ValueError, match=f"{state.value} with a reason"):
                flags.set_state(
                    opened, state, cause=FlagCause.PERSON, actor="dr", reason=" ", now=hours(1), session=session
                )
        for until in (None, hours(1)):
            with pytest.raises(ValueError, match="snoozed until a later time"):
                flags.set_state(
                    opened,
                    FlagState.SNOOZED,
                    cause=FlagCause.PERSON,
                    actor="dr",
                    reason="later",
                    now=hours(1),
                    snoozed_until=until,
                    session=session,
                )
        flags.set_state(
            opened,
            FlagState.SNOOZED,
            cause=FlagCause.PERSON,
            actor="dr",
            reason="after the night",
            now=hours(1),
            snoozed_until=hours(9),
            session=session,
        )
        assert opened.snoozed_until == hours(9)
        flags.set_state(opened, FlagState.OPEN, cause=FlagCause.PERSON, actor="worker", now=hours(9), session=session)
        assert opened.snoozed_until is None
        assert flags.history(key(opened), session=session)[1].snoozed_until == hours(9)
    with pytest.raises(IntegrityError, match="ck_flag_snoozed"), transaction(engine) as session:
        session.get_one(Flag, opened.id).state = FlagState.SNOOZED


def test_flag_without_a_film_to_compare_with_is_refused(engine: Engine) -> None:
    with transaction(engine) as session:
        row = film(session, patient(session), "a")
        proposal = proposed(row, row)
        bare = dataclasses.replace(proposal, change=dataclasses.replace(proposal.change, reference_film_id=None))
        with pytest.raises(ValueError, match="needs the film it compares with"):
            flags.open(key(row), bare, model=MODEL, model_version=VERSION, actor="worker", now=DAY_0, session=session)
        with pytest.raises(NotFoundError, match="does not exist"):
            flags.open(99, proposal, model=MODEL, model_version=VERSION, actor="worker", now=DAY_0, session=session)
        with pytest.raises(NotFoundError, match="no flag with the id 99"):
            flags.get(99, session=session)


def test_flags_are_listed_by_state_unit_and_patient(engine: Engine) -> None:
    with transaction(engine) as session:
        anna, berta = patient(session, "1"), patient(session, "2")
        here = stay(session, anna, "1", unit="ICU 1")
        there = stay(session, berta, "1", unit="ICU 2")
        a, b = (film(session, anna, name, stay_id=here.id) for name in "ab")
        c, d = (film(session, berta, name, stay_id=there.id) for name in "cd")
        one, two = flag(session, b, a, at=1), flag(session, d, c, at=2)
        assert flags.list_flags(session=session) == [two, one]
        assert flags.list_flags(unit="ICU 1", session=session) == [one]
        assert flags.flags_of_patient(key(berta), session=session) == [two]
        flags.set_state(
            two, FlagState.RESOLVED, cause=FlagCause.PERSON, actor="dr", reason="treated", now=hours(3), session=session
        )
        assert flags.list_flags(session=session) == [one]
        assert flags.list_flags([FlagState.RESOLVED], session=session) == [two]

"""Stays and the films that belong to them."""

from __future__ import annotations

from datetime import UTC, timedelta

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError
from timeline_rows import DAY_0, film, hours, patient, stay

from core.types import TimePrecision
from db.engine import transaction
from db.errors import ConflictError, NotFoundError
from db.models import Stay
from db.repositories import films, key, stays


def test_admit_move_discharge(engine: Engine) -> None:
    with transaction(engine) as session:
        anna = patient(session)
        assert stays.open_stay(key(anna), session=session) is None
        admitted = stay(session, anna, "1")
        stays.move(key(admitted), "ICU 2", "7", session=session)
        found = stays.open_stay(key(anna), session=session)
        assert found is not None
        assert (found.id, found.unit, found.bed) == (admitted.id, "ICU 2", "7")
        stays.discharge(key(admitted), hours(48), session=session)
        assert stays.open_stay(key(anna), session=session) is None
        assert stays.get(key(admitted), session=session).discharged_at == hours(48)


def test_second_open_stay_is_refused(engine: Engine) -> None:
    with transaction(engine) as session:
        anna = patient(session)
        stay(session, anna, "1")
        with pytest.raises(ConflictError, match="already in ICU 1, bed 1"):
            stay(session, anna, "2")
    with pytest.raises(IntegrityError), transaction(engine) as session:
        session.add(Stay(patient_id=key(anna), unit="ICU 9", admitted_at=DAY_0))


def test_occupied_bed_is_refused_and_free_again_after_discharge(engine: Engine) -> None:
    with transaction(engine) as session:
        anna, berta = patient(session, "1"), patient(session, "2")
        first = stay(session, anna, "1")
        with pytest.raises(ConflictError, match="ICU 1, bed 1 is taken"):
            stay(session, berta, "1")
        second = stay(session, berta, "2")
        with pytest.raises(ConflictError, match="ICU 1, bed 1 is taken"):
            stays.move(key(second), "ICU 1", "1", session=session)
        assert stays.get(key(second), session=session).bed == "2"
        stays.discharge(key(first), hours(1), session=session)
        assert stays.move(key(second), "ICU 1", "1", session=session).bed == "1"
    with pytest.raises(IntegrityError), transaction(engine) as session:
        session.add(Stay(patient_id=key(anna), unit="ICU 1", bed="1", admitted_at=DAY_0))


def test_beds_without_a_name_are_not_shared_places(engine: Engine) -> None:
    with transaction(engine) as session:
        stay(session, patient(session, "1"), "")
        assert stay(session, patient(session, "2"), "").bed == ""


def test_impossible_stays_are_refused(engine: Engine) -> None:
    with transaction(engine) as session:
        anna = patient(session)
        with pytest.raises(NotFoundError, match="no patient with the id 99"):
            stays.admit(99, "ICU 1", admitted_at=DAY_0, session=session)
        with pytest.raises(ValueError, match="needs a unit"):
            stays.admit(key(anna), " ", admitted_at=DAY_0, session=session)
        first = stay(session, anna, at=10)
        with pytest.raises(ConflictError, match="lies before admission"):
            stays.discharge(key(first), hours(9), session=session)
        stays.discharge(key(first), hours(20), session=session)
        with pytest.raises(ConflictError, match="ended already"):
            stays.discharge(key(first), hours(21), session=session)
        with pytest.raises(ConflictError, match="Admit the patient anew"):
            stays.move(key(first), "ICU 2", session=session)
        with pytest.raises(ConflictError, match="until 2026-03-02 04:00 UTC"):
            stay(session, anna, at=15)
        with pytest.raises(NotFoundError, match="no stay with the id 99"):
            stays.move(99, "ICU 2", session=session)


def test_stay_that_ends_before_it_begins_is_refused_by_the_database(engine: Engine) -> None:
    with transaction(engine) as session:
        anna = patient(session)
    with pytest.raises(IntegrityError, match="ck_stay_order"), transaction(engine) as session:
        session.add(Stay(patient_id=key(anna), unit="ICU 1", admitted_at=hours(1), discharged_at=DAY_0))


def test_orphan_stay_is_refused_by_the_database(engine: Engine) -> None:
    with pytest.raises(IntegrityError), transaction(engine) as session:
        session.add(Stay(patient_id=99, unit="ICU 1", admitted_at=DAY_0))


def test_film_times_find_their_stay(engine: Engine) -> None:
    with transaction(engine) as session:
        anna = patient(session)
        first = stay(session, anna, at=10)
        stays.discharge(key(first), hours(20), session=session)
        second = stay(session, anna, at=60)

        def stay_id(at: float, precision: TimePrecision = TimePrecision.SECOND) -> int | None:
            found = stays.stay_at(key(anna), hours(at), time_precision=precision, zone=UTC, session=session)
            return None if found is None else found.id

        assert [stay_id(at) for at in (9, 10, 20, 21, 60, 900)] == [
            None,
            first.id,
            first.id,
            None,
            second.id,
            second.id,
        ]
        # Day 0 begins at hour -8; admission at hour 10 of scenario is 18:00 of that day.
        assert [stay_id(at, TimePrecision.DAY) for at in (-9, -8, 0, 39)] == [None, first.id, first.id, first.id]


def test_imported_stay_is_closed_and_widens(engine: Engine) -> None:
    with transaction(engine) as session:
        anna = patient(session)
        first = stays.import_stay(key(anna), hours(24), hours(48), session=session)
        wider = stays.import_stay(key(anna), hours(0), hours(30), session=session)
        assert wider.id == first.id
        assert (wider.admitted_at, wider.discharged_at, wider.imported) == (hours(0), hours(48), True)
        assert wider.time_precision is TimePrecision.DAY
        there = stays.import_stay(key(anna), hours(60), hours(70), unit="ICU 3", still_open=True, session=session)
        assert there.discharged_at is None
        also = stays.import_stay(key(anna), hours(60), hours(70), unit="ICU 4", still_open=True, session=session)
        assert also.discharged_at == hours(70)
        with pytest.raises(NotFoundError):
            stays.import_stay(99, hours(0), hours(1), session=session)


def test_a_real_stay_takes_over_the_films_of_an_imported_one(engine: Engine) -> None:
    with transaction(engine) as session:
        anna = patient(session)
        before, within, later, untimed = (
            film(session, anna, name, at=at, acquired_at=acquired)
            for name, at, acquired in (("a", 1, hours(1)), ("b", 30, hours(30)), ("c", 90, hours(90)), ("d", 90, None))
        )
        imported = stays.import_stay(key(anna), hours(0), hours(95), session=session)
        taken = stays.assign_films(imported, zone=UTC, actor="import", now=hours(96), session=session)
        assert taken == [before, within, later]
        real = stay(session, anna, at=20)
        assert stays.assign_films(real, zone=UTC, actor="nurse", now=hours(97), session=session) == [within, later]
        assert [row.stay_id for row in (before, within, later, untimed)] == [imported.id, real.id, real.id, None]
        assert stays.assign_films(imported, zone=UTC, actor="import", now=hours(98), session=session) == []
        chosen = stays.stay_at(key(anna), hours(30), zone=UTC, session=session)
        assert chosen is not None
        assert chosen.id == real.id
        step = films.transitions_of(key(within), session=session)[-1]
        assert (step.stay_id, step.actor, step.remark) == (real.id, "nurse", f"belongs to stay {real.id}")


def test_film_known_to_the_day_belongs_to_a_stay_that_began_later_that_day(engine: Engine) -> None:
    with transaction(engine) as session:
        anna = patient(session)
        admitted = stay(session, anna, at=10)
        midnight = DAY_0.replace(hour=0)
        same_day = film(session, anna, "a", acquired_at=midnight, time_precision=TimePrecision.DAY)
        film(session, anna, "b", acquired_at=midnight - timedelta(days=1), time_precision=TimePrecision.DAY)
        film(session, anna, "c", acquired_at=midnight)
        assert stays.assign_films(admitted, zone=UTC, actor="nurse", now=hours(11), session=session) == [same_day]


def test_stay_text_columns_are_held_to_their_length(engine: Engine) -> None:
    with transaction(engine) as session:
        anna = patient(session)
        with pytest.raises(ValueError, match="bed has 33 characters"):
            stays.admit(key(anna), "ICU 1", "b" * 33, admitted_at=DAY_0, session=session)
        assert session.execute(text("select count(*) from stay")).scalar() == 0

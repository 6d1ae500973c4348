"""Patients found, searched and merged."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import IntegrityError
from timeline_rows import DAY_0, MODEL, VERSION, film, flag, hours, patient, score, stay

from core.types import PatientIdentity, TimePrecision
from db.engine import read_transaction, transaction
from db.errors import ConflictError, NotFoundError
from db.models import ClinicalEvent, ConflictKind, EventKind, Film, FilmState, FlagState, Observation, Stay
from db.read_models.facts import TakenFilm
from db.read_models.lists import list_not_admitted, list_patients
from db.repositories import clinical, films, flags, key, patients, scores, stays


def test_patient_is_found_by_number_within_its_issuer(engine: Engine) -> None:
    with transaction(engine) as session:
        first = patients.find_or_create(PatientIdentity(" 100 ", issuer="north"), now=DAY_0, session=session)
        again = patients.find_or_create(PatientIdentity("100", issuer="north"), now=hours(5), session=session)
        other = patients.find_or_create(PatientIdentity("100", issuer="south"), now=DAY_0, session=session)
        assert again.id == first.id != other.id
        assert first.created_at == DAY_0
        found = patients.find("100", "south", session=session)
        assert found is not None
        assert found.id == other.id
        assert patients.find("101", "south", session=session) is None


def test_what_is_unknown_is_filled_in_and_what_is_known_stays(engine: Engine) -> None:
    known = PatientIdentity("100", name="Weiss^Anna", birth_date=date(1950, 2, 3), sex="F")
    with transaction(engine) as session:
        patients.find_or_create(PatientIdentity("100"), now=DAY_0, session=session)
        patients.find_or_create(known, now=DAY_0, session=session)
        found = patients.find_or_create(PatientIdentity("100", name="Other", sex="M"), now=DAY_0, session=session)
    assert (found.name, found.birth_date, found.sex) == ("Weiss^Anna", date(1950, 2, 3), "F")


def test_identifier_too_long_is_refused_and_long_name_cut(engine: Engine) -> None:
    with transaction(engine) as session:
        with pytest.raises(ValueError, match="identifier has 129 characters"):
            patients.find_or_create(PatientIdentity("1" * 129), now=DAY_0, session=session)
        found = patients.find_or_create(PatientIdentity("1", name="N\x00" + "n" * 400), now=DAY_0, session=session)
        session.flush()
    assert found.name == "N" + "n" * 298 + "…"


def test_empty_identifier_is_refused_by_the_database(engine: Engine) -> None:
    statement = text("insert into patient (identifier, issuer, name, sex, created_at) values ('', '', '', '', :now)")
    with pytest.raises(IntegrityError, match="ck_patient_identifier"), transaction(engine) as session:
        session.execute(statement, {"now": DAY_0})


def test_search_takes_words_of_name_and_number_in_any_order_and_case(engine: Engine) -> None:
    with transaction(engine) as session:
        anna = patient(session, "100", "Ärzte^Anna")
        berta = patient(session, "205", "Berg^Berta 100%")
        assert patients.search("anna ärzte", session=session) == [anna]
        assert patients.search("ÄRZTE", session=session) == [anna]
        assert patients.search("00", session=session) == [berta, anna]
        assert patients.search("%", session=session) == [berta]
        assert patients.search("20 berg", session=session) == [berta]
        assert patients.search("  ", session=session) == []
        assert patients.search("nobody", session=session) == []


def test_unknown_patient_is_named(engine: Engine) -> None:
    with transaction(engine) as session, pytest.raises(NotFoundError, match="no patient with the id 7"):
        patients.get(7, session=session)


def test_merge_carries_everything_and_the_old_number_leads_to_the_new(engine: Engine) -> None:
    with transaction(engine) as session:
        source, target = patient(session, "100", "Weiss"), patient(session, "200", "Weiss")
        old_stay = stay(session, source, at=0)
        stays.discharge(key(old_stay), hours(10), session=session)
        only_source = film(session, source, "a", at=1, stay_id=old_stay.id)
        both_source = film(session, source, "b", at=2, stay_id=old_stay.id)
        both_target = film(session, target, "b", at=2)
        score(session, only_source)
        lost = flag(session, both_source, only_source, at=3)
        for owner, values in ((source, (5, 8)), (target, (8, 10))):
            for value in values:
                clinical.add_observation(key(owner), "peep", value, at=DAY_0, session=session)
            clinical.add_event(key(owner), EventKind.INTUBATION, at=DAY_0, session=session)
        clinical.add_event(key(source), EventKind.EXTUBATION, at=hours(4), session=session)
        done = patients.merge(key(source), key(target), actor="nurse", now=hours(20), session=session)
    assert done == patients.Merge(key(target), (key(only_source),), (key(both_source),), ())
    with read_transaction(engine) as session:
        found = patients.find("100", "clinic", session=session)
        assert found is not None
        assert found.id == target.id
        assert patients.get(key(source), session=session).id == target.id
        assert [row.patient_id for row in session.scalars(select(Stay))] == [target.id]
        assert session.get_one(Film, only_source.id).patient_id == target.id
        copy = session.get_one(Film, both_source.id)
        assert (copy.patient_id, copy.state, copy.stay_id) == (source.id, FilmState.DUPLICATE, None)
        assert copy.duplicate_of_id == both_target.id
        assert (
            copy.reason
            == f"The same film is already stored as film {both_target.id}: two records of one patient were merged."
        )
        assert flags.get(key(lost), session=session).state is FlagState.WITHDRAWN
        observed = session.scalars(select(Observation)).all()
        assert sorted((row.patient_id, row.value) for row in observed) == [(target.id, v) for v in (5, 8, 10)]
        events = session.scalars(select(ClinicalEvent)).all()
        assert sorted((row.patient_id, row.kind) for row in events) == [
            (target.id, EventKind.EXTUBATION),
            (target.id, EventKind.INTUBATION),
        ]
        step = films.transitions_of(key(only_source), session=session)[-1]
        assert (step.patient_id, step.actor, step.at) == (target.id, "nurse", hours(20))
        assert step.remark == "two records of one patient were merged"


def test_merge_keeps_a_retraction(engine: Engine) -> None:
    with transaction(engine) as session:
        source, target = patient(session, "100"), patient(session, "200")
        retracted = film(session, source, "a", state=FilmState.RETRACTED, reason="wrong patient")
        film(session, target, "a")
        patients.merge(key(source), key(target), actor="nurse", now=hours(1), session=session)
        assert (retracted.state, retracted.reason) == (FilmState.RETRACTED, "wrong patient")


def test_merge_settles_the_conflicts_between_the_two(engine: Engine) -> None:
    with transaction(engine) as session:
        source, target = patient(session, "100"), patient(session, "200")
        one = film(session, source, "a", state=FilmState.QUARANTINED, reason="same pixels")
        two = film(session, target, "b", state=FilmState.QUARANTINED, reason="same pixels")
        conflict = films.open_conflict(one, two, ConflictKind.SAME_PIXELS_OTHER_PATIENT, now=DAY_0, session=session)
        done = patients.merge(key(source), key(target), actor="nurse", now=hours(1), session=session)
        assert done.released_film_ids == (key(one), key(two))
        assert (conflict.resolved_at, conflict.resolved_by) == (hours(1), "nurse")


def test_chain_of_merges_leads_to_the_last(engine: Engine) -> None:
    with transaction(engine) as session:
        a, b, c = (patient(session, number) for number in "123")
        patients.merge(key(a), key(b), actor="nurse", now=DAY_0, session=session)
        patients.merge(key(b), key(c), actor="nurse", now=DAY_0, session=session)
        assert a.merged_into_id == b.merged_into_id == c.id
        assert patients.search("1", session=session) == [c]


def test_merge_refuses_itself_the_merged_the_unknown_and_two_open_stays(engine: Engine) -> None:
    with transaction(engine) as session:
        a, b, c = (patient(session, number) for number in "123")
        patients.merge(key(a), key(b), actor="nurse", now=DAY_0, session=session)
        stay(session, b, "1")
        stay(session, c, "2")
        for pair, message in (
            ((b, b), "into itself"),
            ((a, c), f"was already merged into patient {b.id}"),
            ((c, a), f"was already merged into patient {b.id}"),
            ((b, c), "Both records have an open stay"),
        ):
            with pytest.raises(ConflictError, match=message):
                patients.merge(key(pair[0]), key(pair[1]), actor="nurse", now=DAY_0, session=session)
        with pytest.raises(NotFoundError, match="no patient with the id 99"):
            patients.merge(key(b), 99, actor="nurse", now=DAY_0, session=session)


def test_who_has_films_and_no_open_stay_is_counted_and_listed_by_name(engine: Engine) -> None:
    with transaction(engine) as session:
        zoe, anna, here, _empty = (patient(session, name, name) for name in ("Zoe", "Anna", "Here", "Empty"))
        for number, one in enumerate((zoe, zoe, anna, here)):
            film(session, one, f"f{number}")
        stay(session, here)
        found = list_not_admitted(now=DAY_0, limit=1, session=session)
        assert (found.count, [row.patient.patient_id for row in found.first]) == (2, [key(anna)])
        whole = list_not_admitted(now=DAY_0, session=session)
        assert [row.patient.patient_id for row in whole.first] == [key(anna), key(zoe)]


def test_who_is_not_admitted_counts_as_recent_for_three_days_after_a_film(engine: Engine) -> None:
    with transaction(engine) as session:
        film(session, patient(session, "A", "A"), "f")
        recent = [list_not_admitted(now=hours(at), session=session).recent for at in (71, 73)]
        assert recent == [1, 0]


def test_all_patients_are_listed_with_the_films_on_the_trend(engine: Engine) -> None:
    with transaction(engine) as session:
        scores.activate(MODEL, VERSION, actor="me", now=DAY_0, session=session)
        anna, bert, old = patient(session, "100", "Weiss^Anna"), patient(session, "7", "Adam"), patient(session, "101")
        here = stay(session, anna, "4", at=1)
        gone = stay(session, bert, "5", unit="ICU 2")
        stays.discharge(key(gone), hours(9), session=session)
        first = film(session, anna, "a", at=10, stay_id=here.id)
        last = film(session, anna, "b", at=30, stay_id=here.id, time_precision=TimePrecision.DAY)
        untimed = film(session, anna, "c", acquired_at=None)
        refused = film(session, anna, "d", at=40, state=FilmState.REJECTED, reason="lateral")
        film(session, anna, "e", at=50)
        for one in (last, first, untimed, refused):
            score(session, one, at=60)
        score(session, film(session, bert, "f", at=2), version="of another model")
        patients.merge(key(old), key(anna), actor="me", now=hours(70), session=session)
    with read_transaction(engine) as session:
        listed = list_patients(session=session)
        of_unit = list_patients(unit="ICU 1", session=session)
        assert list_patients(unit="ICU 2", session=session) == []
    assert [(row.patient.identifier, row.films_on_trend) for row in listed] == [("7", 0), ("100", 2)]
    assert (listed[0].stay, listed[0].last_film) == (None, None)
    assert listed[1].stay is not None
    assert (listed[1].stay.stay_id, listed[1].stay.unit, listed[1].stay.bed) == (here.id, "ICU 1", "4")
    assert listed[1].last_film == TakenFilm(key(last), hours(30), TimePrecision.DAY)
    assert of_unit == listed[1:]

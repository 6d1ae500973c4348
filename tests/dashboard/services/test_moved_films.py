"""A film moved to another person: compared, confirmed, marked for good; also from nobody and from a retraction."""

from __future__ import annotations

from datetime import date

import pytest
from film_site import CLEAR, DR, MEDIUM, START, WHITE, Bench, dicom, prepared
from sqlalchemy import select
from sqlmodel import col

from core.identity import Difference
from core.types import PatientIdentity
from dashboard.errors import DifferentPersonError, IdentityError, NotAllowedError
from dashboard.services.ward.assembly import ward_board
from db.engine import read_transaction
from db.errors import ConflictError
from db.models import AuditEntry
from db.read_models.facts import OtherPersonFacts
from db.read_models.films import read_film
from db.repositories import patients

JOAO = {"PatientName": "Ferreira^Joao", "PatientSex": "M", "PatientBirthDate": "19500101"}
EVA = {"PatientName": "Novak^Eva", "PatientSex": "F", "PatientBirthDate": "19600202"}
ALL = (Difference.NAME, Difference.BIRTH_DATE, Difference.SEX)


def marked(bench: Bench, film_id: int) -> OtherPersonFacts | None:
    with read_transaction(bench.engine) as session:
        return read_film(film_id, session=session).film.other_person


@pytest.fixture
def two(bench: Bench) -> tuple[int, int]:
    """Return a film of Joao's and one of Eva's, both scored."""
    prepared(bench, _score_two)
    return 1, 2


def _score_two(bench: Bench) -> None:
    films = bench.film_id(dicom(CLEAR, patient="J", **JOAO)), bench.film_id(dicom(MEDIUM, patient="E", **EVA))
    assert films == (1, 2)
    bench.work()


def test_a_film_of_another_person_is_moved_only_when_that_is_confirmed(bench: Bench, two: tuple[int, int]) -> None:
    of_joao, eva = two[0], bench.film(two[1]).patient_id
    with pytest.raises(DifferentPersonError, match="the name and the birth date and the sex differ") as refused:
        bench.move(of_joao, eva)
    assert refused.value.differences == ALL
    assert (bench.film(of_joao).patient_id == eva, marked(bench, of_joao)) == (False, None)

    before = bench.now
    bench.wait(hours=1)
    done = bench.move(of_joao, eva, confirmed=True)
    assert (done.state, done.differences, bench.film(of_joao).patient_id) == ("accepted", ALL, eva)
    assert marked(bench, of_joao) == OtherPersonFacts(bench.now, DR, "mixed up")
    with read_transaction(bench.engine) as session:
        assert read_film(of_joao, session=session, as_of=before).film.other_person is None
    bench.admit(eva, hours=-1)
    (row,) = ward_board(site=bench.site).rows
    assert [film.film_id for film in row.of_other_persons] == [of_joao]

    # Back with its own patient it is like any other.
    bench.move(of_joao, patients_of(bench, "J"))
    assert marked(bench, of_joao) is None


def patients_of(bench: Bench, number: str) -> int:
    with read_transaction(bench.engine) as session:
        found = patients.find(number, session=session)
    assert found is not None
    return found.id or 0


def test_a_film_without_a_name_names_the_patient_of_its_number(bench: Bench, two: tuple[int, int]) -> None:
    nameless = dicom(WHITE, patient="J", hours=3, PatientName="", PatientSex="", PatientBirthDate="")
    film_id, eva = bench.film_id(nameless), bench.film(two[1]).patient_id
    with pytest.raises(DifferentPersonError) as refused:
        bench.move(film_id, eva)
    assert refused.value.differences == ALL


def test_a_film_goes_to_the_person_it_names_without_a_mark(bench: Bench, two: tuple[int, int]) -> None:
    wrong = bench.film_id(dicom(WHITE, patient="J", hours=3, **EVA))
    bench.work()
    assert bench.states(wrong) == ["quarantined"]
    done = bench.move(wrong, bench.film(two[1]).patient_id)
    assert (done.state, done.differences, marked(bench, wrong)) == ("accepted", (), None)


def test_a_retracted_film_is_moved_without_going_back_first(bench: Bench, two: tuple[int, int]) -> None:
    wrong = bench.film_id(dicom(WHITE, patient="J", hours=3, uid="1.9", **JOAO))
    bench.work()
    bench.retract(wrong)
    joao, eva = bench.film(two[0]).patient_id, bench.film(two[1]).patient_id
    assert [flag_state for flag_state in bench.flag_states() if flag_state[2] == "open"] == []
    done = bench.move(wrong, eva, confirmed=True)

    assert (done.state, bench.states(wrong), bench.film(wrong).patient_id) == ("received", ["accepted"], eva)
    # It never stood on the wrong trend again: retracted there, it was received and accepted here.
    assert bench.way(wrong) == ["received", "accepted", "retracted", "retracted", "received", "accepted"]
    with read_transaction(bench.engine) as session:
        steps = read_film(wrong, session=session).transitions
    assert [step.patient_id == joao for step in steps] == [True, True, True, False, False, False]
    assert {film_id: state for film_id, _, state in bench.flag_states() if state == "open"} in ({}, {wrong: "open"})


def test_undoing_a_retraction_is_called_that(bench: Bench, two: tuple[int, int]) -> None:
    with pytest.raises(NotAllowedError, match="not retracted: there is nothing to undo"):
        bench.undo(two[0])
    bench.retract(two[0])
    bench.undo(two[0], reason="was right")
    assert bench.states(two[0]) == ["accepted"]
    with read_transaction(bench.engine) as session:
        entries = session.scalars(select(AuditEntry).order_by(col(AuditEntry.id))).all()
    assert [(entry.action, entry.detail.get("reason")) for entry in entries][-1] == ("undo retraction", "was right")


@pytest.mark.parametrize("checked", [True, False])
def test_a_film_of_nobody_is_given_its_patient_by_number(bench: Bench, two: tuple[int, int], checked: bool) -> None:
    film_id = bench.film_id(dicom(WHITE, patient="nan", hours=3, **JOAO))
    if checked:
        bench.work()
        with pytest.raises(NotAllowedError, match="names no patient"):
            bench.overrule(film_id)
        assert bench.states(film_id) == ["quarantined"]
    done = bench.move(film_id, bench.film(two[0]).patient_id)

    assert (done.differences, bench.states(film_id)) == ((), ["accepted"])
    with read_transaction(bench.engine) as session:
        last = read_film(film_id, session=session).transitions
    assert (DR, "mixed up") in [(step.actor, step.remark) for step in last]
    again = bench.film_id(dicom(WHITE, patient="nan", hours=3, SeriesDescription="again", **JOAO))
    bench.work()
    assert bench.states(again) == ["duplicate"]


def test_a_film_of_nobody_is_given_a_patient_who_is_new(bench: Bench) -> None:
    film_id = bench.film_id(dicom(WHITE, patient="0000", **JOAO))
    bench.work()
    with pytest.raises(IdentityError, match="is no patient's number: it is what a spreadsheet made"):
        bench.move(film_id, PatientIdentity("4711.0"))
    bench.move(film_id, PatientIdentity("4711", "", "Ferreira, Joao", date(1950, 1, 1), "M"))

    assert (bench.states(film_id), bench.film(film_id).patient_id) == (["accepted"], patients_of(bench, "4711"))
    other = bench.film_id(dicom(CLEAR, patient="0000", hours=5, **EVA))
    bench.work()
    with pytest.raises(ConflictError, match="belongs to a known patient, Ferreira, Joao"):
        bench.move(other, PatientIdentity("4711", name="Novak, Eva"))
    assert bench.states(other) == ["quarantined"]


def test_nobody_is_neither_target_nor_merged(bench: Bench, two: tuple[int, int]) -> None:
    nobody = bench.receive(dicom(WHITE, patient="nan", hours=9)).patient_id or 0
    joao = bench.film(two[0]).patient_id
    with pytest.raises(IdentityError, match="'nan' is no patient's number"):
        bench.move(two[0], nobody)
    for pair in ((nobody, joao), (joao, nobody)):
        with pytest.raises(IdentityError, match="'nan' is no patient's number"):
            bench.merge(*pair, confirmed=True)


def test_records_of_two_persons_are_merged_only_when_that_is_confirmed(bench: Bench, two: tuple[int, int]) -> None:
    joao, eva = (bench.film(film_id).patient_id for film_id in two)
    with pytest.raises(DifferentPersonError) as refused:
        bench.merge(joao, eva)
    assert (refused.value.differences, bench.film(two[0]).patient_id) == (ALL, joao)
    bench.merge(joao, eva, confirmed=True)
    assert marked(bench, two[0]) == OtherPersonFacts(START, DR, patients.RECORDS_MERGED)
    assert marked(bench, two[1]) is None

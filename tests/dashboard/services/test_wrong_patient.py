"""A film of another patient makes a false step: what keeps it off the trend, and one patient's films together."""

from __future__ import annotations

import pytest
from film_site import CLEAR, START, WHITE, Bench, dicom, png

from core.types import PatientIdentity
from dashboard.errors import IdentityError
from dashboard.services.patient import census
from dashboard.services.receiving.identity import OTHER_PERSON
from db.engine import read_transaction
from db.errors import ConflictError
from db.repositories import patients

ADA = {"PatientName": "Okafor^Ada", "PatientBirthDate": "19800101"}
BOB = {"PatientName": "Smith^Bob", "PatientBirthDate": "19400101"}


def admit_new(bench: Bench, identity: PatientIdentity) -> int:
    stay = census.admit(identity, unit="ICU 1", admitted_at=START, actor="tests", site=bench.site)
    return stay.patient_id


def test_a_film_that_names_another_person_stays_off_the_trend_of_its_number(bench: Bench) -> None:
    own, other = bench.film_id(dicom(CLEAR, **ADA)), bench.film_id(dicom(WHITE, hours=5, **BOB))
    bench.work()

    assert bench.states(own, other) == ["accepted", "quarantined"]
    assert bench.film(other).reason == OTHER_PERSON
    assert [score.film_id for score in bench.scores()] == [own]
    assert bench.flags() == []


def test_a_film_that_names_another_person_is_moved_to_its_patient(bench: Bench) -> None:
    bench.film_id(dicom(CLEAR, **ADA))
    wrong, right = bench.film_id(dicom(WHITE, hours=5, **BOB)), bench.film_id(dicom(CLEAR, patient="B", **BOB))
    bench.work()
    target = bench.film(right).patient_id
    bench.move(wrong, target)

    assert bench.states(wrong) == ["accepted"]
    assert bench.film(wrong).patient_id == target


def test_a_name_that_a_person_let_pass_is_not_asked_about_again(bench: Bench) -> None:
    bench.film_id(dicom(CLEAR, PatientName="Unknown^Male"))
    named = bench.film_id(dicom(CLEAR, hours=5, seed=1, **BOB))
    bench.work()
    assert bench.states(named) == ["quarantined"]
    bench.overrule(named)
    later = bench.film_id(dicom(CLEAR, hours=9, seed=2, **BOB))
    bench.work()

    assert bench.states(named, later) == ["accepted", "accepted"]


def test_a_film_of_another_person_does_not_describe_the_patient(bench: Bench) -> None:
    film_id = bench.film_id(dicom(CLEAR, PatientName="Okafor^Ada", PatientBirthDate=""))
    bench.film_id(dicom(WHITE, hours=5, **BOB))
    with read_transaction(bench.engine) as session:
        patient = patients.get(bench.film(film_id).patient_id, session=session)
    assert (patient.name, patient.birth_date) == ("Okafor, Ada", None)


def test_a_retracted_film_does_not_come_back_by_being_sent_again(bench: Bench) -> None:
    first = bench.film_id(dicom(CLEAR, uid="1.1"))
    bench.work()
    bench.retract(first, reason="wrong patient")
    again = bench.film_id(dicom(CLEAR, uid="1.1", SeriesDescription="sent again"))
    bench.work()

    assert bench.states(first, again) == ["retracted", "quarantined"]
    assert bench.film(again).reason.startswith(f"The same film was retracted as film {first} (wrong patient).")
    bench.overrule(again)
    assert bench.states(first, again) == ["retracted", "accepted"]


def test_a_decided_film_stands_when_the_wrong_copy_is_sent_again(bench: Bench) -> None:
    wrong, right = bench.film_id(dicom(CLEAR, uid="1.1")), bench.film_id(dicom(CLEAR, uid="1.1", patient="B"))
    bench.work()
    bench.overrule(right)
    again = bench.film_id(dicom(CLEAR, uid="1.1", SeriesDescription="sent again"))
    bench.work()

    assert bench.states(wrong, right, again) == ["retracted", "accepted", "quarantined"]


@pytest.mark.parametrize("issuers", [("", "HOSP"), ("HOSP", "")])
def test_films_with_and_without_issuer_of_one_number_and_name_make_one_trend(
    bench: Bench, issuers: tuple[str, str]
) -> None:
    films = [
        bench.film_id(dicom(brightness, hours=hours, IssuerOfPatientID=issuer, **ADA))
        for brightness, hours, issuer in zip((CLEAR, WHITE), (0, 9), issuers, strict=True)
    ]
    bench.wait(hours=10)
    bench.work()

    assert len({bench.film(film_id).patient_id for film_id in films}) == 1
    assert bench.flag_states() == [(films[1], "rise", "open")]
    # The number of that issuer is known from now on, however the name is written.
    later = bench.film_id(dicom(CLEAR, hours=12, PatientName="Okafor^A", IssuerOfPatientID="HOSP"))
    assert bench.film(later).patient_id == bench.film(films[0]).patient_id


def test_one_number_of_two_issuers_stays_two_patients(bench: Bench) -> None:
    hospital = bench.film_id(dicom(CLEAR, IssuerOfPatientID="HOSP", **ADA))
    clinic = bench.film_id(dicom(CLEAR, hours=1, IssuerOfPatientID="CLINIC", **ADA))
    nameless = bench.film_id(dicom(CLEAR, hours=2, PatientName="", PatientBirthDate=""))
    assert len({bench.film(film_id).patient_id for film_id in (hospital, clinic, nameless)}) == 3


def test_a_patient_admitted_by_hand_gets_the_films_of_the_number_and_name(bench: Bench) -> None:
    patient_id = admit_new(bench, PatientIdentity("4711", name="Okafor, Ada"))
    film = bench.film(bench.film_id(dicom(CLEAR, hours=1, IssuerOfPatientID="HOSP", **ADA)))
    assert (film.patient_id, film.stay_id is not None) == (patient_id, True)


def test_a_known_number_is_not_admitted_under_another_name(bench: Bench) -> None:
    bench.film_id(dicom(CLEAR, **ADA))
    with pytest.raises(ConflictError, match=r"belongs to a known patient, Okafor, Ada \(id:1\), and not to Ito, Hana"):
        admit_new(bench, PatientIdentity("4711", name="Ito, Hana"))


def test_a_number_known_from_an_issuer_is_not_admitted_beside_it(bench: Bench) -> None:
    bench.film_id(dicom(CLEAR, IssuerOfPatientID="HOSP", **ADA))
    with pytest.raises(ConflictError, match=r"known already: id:1 \(HOSP\)\. Admit that patient, or state the issuer"):
        admit_new(bench, PatientIdentity("4711"))
    with read_transaction(bench.engine) as session:
        assert len(patients.of_number("4711", session=session)) == 1
    assert admit_new(bench, PatientIdentity("4711", issuer="CLINIC")) != 1


def test_a_film_added_for_a_patient_is_stored_for_that_patient(bench: Bench) -> None:
    patient_id = bench.film(bench.film_id(png(CLEAR), identity=PatientIdentity("4711"))).patient_id
    added = bench.film_id(dicom(WHITE, IssuerOfPatientID="HOSP", **ADA), identity=PatientIdentity("4711"))
    assert bench.film(added).patient_id == patient_id
    with pytest.raises(IdentityError, match="of another issuer"):
        bench.receive(dicom(WHITE, IssuerOfPatientID="HOSP"), identity=PatientIdentity("4711", issuer="CLINIC"))

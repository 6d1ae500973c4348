"""What stands for a number and is nobody's: such films are kept, set aside, named, and given to their patients."""

from __future__ import annotations

import unicodedata

import pytest
from film_site import CLEAR, START, WHITE, Bench, dicom, png

from core.patient_number import NOT_STATED
from core.types import PatientIdentity
from dashboard.errors import IdentityError
from dashboard.services.patient import census
from dashboard.services.receiving.identity import NO_PATIENT, OTHER_PERSON
from dashboard.services.receiving.receive import ReceiptOutcome
from db.engine import read_transaction
from db.models import FilmState
from db.read_models.films import films_not_scored
from db.repositories import patients

JOERG = {"PatientBirthDate": "19600301", "PatientSex": "M"}


@pytest.mark.parametrize("number", ["nan", "NULL", "n/a", "0000", "4711.0", "4.71E+09", "", "?"])
def test_films_of_nobody_are_kept_and_set_aside_each_for_itself(bench: Bench, number: str) -> None:
    receipts = [
        bench.receive(dicom(CLEAR, patient=number, PatientName="Okafor^Ada")),
        bench.receive(dicom(WHITE, patient=number, hours=9, PatientName="Smith^Bob", PatientSex="M")),
    ]
    bench.work()

    assert [receipt.outcome for receipt in receipts] == [ReceiptOutcome.RECEIVED] * 2
    ids = [receipt.film_id or 0 for receipt in receipts]
    assert bench.states(*ids) == ["quarantined", "quarantined"]
    assert {bench.film(film_id).reason for film_id in ids} == {NO_PATIENT}
    assert bench.scores() == []
    with read_transaction(bench.engine) as session:
        listed = films_not_scored(session=session)
        nobody = patients.get(receipts[0].patient_id or 0, session=session)
    assert [(film.film.state, film.stated.name) for film in listed.films] == [
        (FilmState.QUARANTINED, "Smith, Bob"),
        (FilmState.QUARANTINED, "Okafor, Ada"),
    ]
    # What one of them says must not be said of the other.
    assert (nobody.identifier, nobody.name, nobody.sex) == (number or NOT_STATED, "", "")


@pytest.mark.parametrize(
    ("number", "kept"),
    [
        ("4711\u200b", "4711\ufffd"),
        ("1" * 200, "1" * 127 + "…"),
        ("\uff14\uff17\uff11\uff11", "\uff14\uff17\uff11\uff11"),
        ("'4711", "'4711"),
    ],
)
def test_a_film_whose_number_is_not_plainly_written_is_kept_and_set_aside(bench: Bench, number: str, kept: str) -> None:
    film = dicom(CLEAR, patient=number, SpecificCharacterSet="ISO_IR 192", IssuerOfPatientID="City\u200b" + "h" * 200)
    receipt, again = bench.receive(film), bench.receive(film)
    bench.work()

    assert (receipt.outcome, again.outcome) == (ReceiptOutcome.RECEIVED, ReceiptOutcome.DUPLICATE)
    assert bench.states(receipt.film_id or 0) == ["quarantined"]
    stored = bench.film(receipt.film_id or 0)
    assert (stored.reason, stored.stated_identifier) == (NO_PATIENT, kept)
    assert stored.stated_issuer == "City\ufffd" + "h" * 122 + "…"


def test_a_film_of_nobody_takes_no_film_off_its_trend(bench: Bench) -> None:
    good = bench.film_id(dicom(CLEAR, uid="1.1"))
    bench.work()
    copy = bench.film_id(dicom(CLEAR, uid="1.1", patient="nan"))
    bench.work()
    assert bench.states(good, copy) == ["accepted", "quarantined"]

    first = bench.film_id(dicom(WHITE, uid="1.2", patient="nan"))
    bench.work()
    later = bench.film_id(dicom(WHITE, uid="1.2", hours=3))
    bench.work()
    assert bench.states(first, later) == ["quarantined", "accepted"]


def test_a_picture_given_for_nobody_is_set_aside_too(bench: Bench) -> None:
    film_id = bench.film_id(png(CLEAR), identity=PatientIdentity("unknown"), acquired_at=START)
    bench.work()
    assert bench.states(film_id) == ["quarantined"]


def test_nobody_is_admitted(bench: Bench) -> None:
    nobody = bench.receive(dicom(CLEAR, patient="nan")).patient_id or 0
    for patient, said in ((nobody, "'nan' is no patient's number"), (PatientIdentity("0000"), "'0000' is no patient")):
        with pytest.raises(IdentityError, match=said):
            census.admit(patient, unit="ICU", admitted_at=START, actor="t", site=bench.site)
    with read_transaction(bench.engine) as session:
        assert patients.find("0000", session=session) is None


@pytest.mark.parametrize("named", [{}, {"PatientName": ""}])
@pytest.mark.parametrize("other", [{"PatientSex": "M"}, {"PatientBirthDate": "19600102"}])
def test_another_sex_or_birth_date_under_one_number_is_another_person(
    bench: Bench, other: dict[str, str], named: dict[str, str]
) -> None:
    first = bench.film_id(dicom(CLEAR, **named))
    second = bench.film_id(dicom(WHITE, hours=9, **(named | other)))
    bench.work()
    assert bench.states(first, second) == ["accepted", "quarantined"]
    assert bench.film(second).reason == OTHER_PERSON


@pytest.mark.parametrize(
    "name",
    [
        unicodedata.normalize("NFD", "M\u00fcller^J\u00f6rg"),
        "MUELLER^JOERG",
        "J\u00f6rg^M\u00fcller",
        "Mu\u0308ller^Jo\u0308rg=\u7a46\u52d2^\u5c24\u5c14\u683c",
        "=\u7a46\u52d2^\u5c24\u5c14\u683c",
    ],
)
def test_one_person_written_in_two_ways_is_one(bench: Bench, name: str) -> None:
    charset = {"SpecificCharacterSet": "ISO_IR 192"}
    one = bench.film_id(dicom(CLEAR, uid="1.1", PatientName="M\u00fcller^J\u00f6rg", **charset, **JOERG))
    other = bench.film_id(dicom(WHITE, hours=5, PatientName=name, **charset, **JOERG))
    again = bench.film_id(dicom(CLEAR, uid="1.1", PatientName=name, **charset, **JOERG))
    bench.work()

    assert bench.states(one, other, again) == ["accepted", "accepted", "duplicate"]
    assert bench.film(one).patient_id == bench.film(other).patient_id


def test_a_let_pass_film_vouches_for_its_name_in_every_form_but_for_no_other_sex(bench: Bench) -> None:
    bench.film_id(dicom(CLEAR, PatientName="Unknown^Male", PatientSex=""))
    charset = {"SpecificCharacterSet": "ISO_IR 192", "PatientSex": ""}
    named = bench.film_id(dicom(CLEAR, hours=5, seed=1, PatientName="M\u00fcller^J", **charset))
    bench.work()
    assert bench.states(named) == ["quarantined"]
    bench.overrule(named)
    later = bench.film_id(dicom(CLEAR, hours=9, seed=2, PatientName="Mu\u0308ller^J", **charset))
    other = bench.film_id(
        dicom(CLEAR, hours=10, seed=3, PatientName="M\u00fcller^J", **(charset | {"PatientSex": "F"}))
    )
    bench.work()
    assert bench.states(named, later, other) == ["accepted", "accepted", "quarantined"]

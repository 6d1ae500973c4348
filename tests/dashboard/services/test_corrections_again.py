"""Corrections of corrections: what a person takes back, moves twice or merges loses no film and no flag."""

from __future__ import annotations

import pytest
from film_site import DR, NAMELESS, Bench, dicom, png

from core.types import PatientIdentity
from dashboard.errors import DifferentPersonError, NotAllowedError
from dashboard.services.receiving.identity import OTHER_PERSON
from db.engine import read_transaction
from db.models import ConflictKind
from db.repositories import films

WELL, SICK = 0.2, 1.0
JOAO = {"PatientName": "Ferreira^Joao", "PatientSex": "M", "PatientBirthDate": "19500101"}
EVA = {"PatientName": "Novak^Eva", "PatientSex": "F", "PatientBirthDate": "19600202"}
SCHMIDT = {"PatientName": "Schmidt^Max", "PatientSex": "M", "PatientBirthDate": "19700303"}


def owner(bench: Bench, film_id: int) -> int:
    return bench.film(film_id).patient_id


def test_the_flag_of_a_film_comes_back_with_it(bench: Bench) -> None:
    bench.admit(owner(bench, bench.film_id(dicom(WELL))))
    sick = bench.film_id(dicom(SICK, hours=24))
    bench.work()
    bench.retract(sick)
    assert bench.flag_states() == [(sick, "rise", "withdrawn")]
    bench.undo(sick)
    assert bench.flag_states() == [(sick, "rise", "open")]


def test_undoing_a_retraction_decides_nothing_else(bench: Bench) -> None:
    bench.film_id(dicom(WELL, **JOAO))
    of_eva = bench.film_id(dicom(SICK, hours=24, **EVA))
    bench.work()
    assert bench.film(of_eva).reason == OTHER_PERSON
    bench.retract(of_eva)
    bench.undo(of_eva)
    assert (bench.film(of_eva).state.value, bench.film(of_eva).reason) == ("quarantined", OTHER_PERSON)
    assert not bench.film(of_eva).overruled
    again = bench.film_id(dicom(SICK, hours=30, seed=3, **EVA))
    bench.work()
    assert bench.film(again).state.value == "quarantined", "the first one vouches for nobody"


def test_undoing_a_retraction_opens_the_conflict_again(bench: Bench) -> None:
    one, other = (
        bench.film_id(png(SICK), identity=PatientIdentity(number), acquired_at=bench.now) for number in ("1", "2")
    )
    bench.work()
    assert bench.states(one, other) == ["quarantined", "quarantined"]
    bench.retract(one)
    assert bench.states(one, other) == ["retracted", "accepted"]
    bench.undo(one)
    assert bench.states(one, other) == ["quarantined", "quarantined"]


def test_undoing_a_retraction_leaves_what_a_person_had_decided(bench: Bench) -> None:
    one = bench.film_id(dicom(WELL, uid="1.5"))
    bench.admit(owner(bench, one))
    other = bench.film_id(dicom(SICK, uid="1.5", hours=24))
    bench.work()
    bench.overrule(one)
    assert (bench.states(one, other), bench.flag_states()) == (["accepted"] * 2, [(other, "rise", "open")])
    bench.retract(one)
    bench.undo(one)
    assert (bench.states(one, other), bench.flag_states()) == (["accepted"] * 2, [(other, "rise", "open")])


def test_what_one_of_two_retractions_closed_is_open_after_both_are_undone(bench: Bench) -> None:
    films = [bench.film_id(dicom(brightness, uid="1.5", hours=hours)) for brightness, hours in ((WELL, 0), (SICK, 24))]
    bench.work()
    for film_id in films:
        bench.retract(film_id)
    bench.undo(films[0])
    assert bench.states(*films) == ["accepted", "retracted"]
    bench.undo(films[1])
    assert bench.states(*films) == ["quarantined", "quarantined"]


def test_a_copy_decided_to_be_wrong_comes_back_against_the_right_one(bench: Bench) -> None:
    wrong, right = (bench.film_id(dicom(SICK, uid="1.5", patient=number)) for number in ("P", "Q"))
    bench.work()
    bench.overrule(right)
    assert bench.states(wrong, right) == ["retracted", "accepted"]
    bench.undo(wrong)
    assert bench.states(wrong, right) == ["quarantined", "quarantined"]


def test_what_nobody_decided_about_the_wrong_copy_is_open_again_too(bench: Bench) -> None:
    wrong, right = (bench.film_id(dicom(SICK, uid="1.5", patient=number)) for number in ("P", "Q"))
    other = bench.film_id(dicom(WELL, uid="1.5", patient="R"))
    bench.work()
    bench.overrule(right)
    assert bench.states(wrong, right, other) == ["retracted", "accepted", "accepted"]
    bench.undo(wrong)
    assert bench.states(wrong, right, other) == ["quarantined", "quarantined", "quarantined"]
    with read_transaction(bench.engine) as session:
        rows = films.conflicts_of(right, session=session)
    assert {row.kind: row.resolved_at is None for row in rows} == {
        ConflictKind.SAME_UID_OTHER_PATIENT: True,
        ConflictKind.SAME_UID_OTHER_PIXELS: False,
    }


@pytest.mark.parametrize("decided", [False, True], ids=["retracted", "decided for the other"])
def test_a_retracted_film_moved_elsewhere_still_contradicts_its_copy(bench: Bench, decided: bool) -> None:
    one, other = (bench.film_id(dicom(SICK, uid="1.5", patient=number)) for number in ("P", "Q"))
    third = owner(bench, bench.film_id(dicom(WELL, patient="R", seed=4)))
    bench.work()
    bench.overrule(other) if decided else bench.retract(one)
    assert bench.states(one, other) == ["retracted", "accepted"]
    bench.move(one, third)
    assert bench.states(one, other) == ["quarantined", "quarantined"]
    bench.move(one, owner(bench, other))
    assert sorted(bench.states(one, other)) == ["accepted", "duplicate"]


def test_merged_records_share_their_stay_and_a_rise_across_them_is_flagged(bench: Bench) -> None:
    right = owner(bench, bench.film_id(dicom(WELL, patient="J1")))
    stay_id = bench.admit(right)
    sick = bench.film_id(dicom(SICK, patient="J0", hours=24))
    bench.work()
    bench.merge(owner(bench, sick), right)
    assert (owner(bench, sick), bench.film(sick).stay_id) == (right, stay_id)
    assert bench.flag_states() == [(sick, "rise", "open")]


def test_a_merge_keeps_the_copy_that_counted(bench: Bench) -> None:
    wrong, kept = (
        bench.film_id(png(SICK), identity=PatientIdentity(number), acquired_at=bench.now) for number in ("J0", "J1")
    )
    bench.work()
    bench.retract(wrong)
    assert bench.states(wrong, kept) == ["retracted", "accepted"]
    bench.merge(owner(bench, kept), owner(bench, wrong))
    # One record keeps one row of the same bytes; that one is scored.
    assert bench.states(wrong, kept) == ["accepted", "duplicate"]
    assert wrong in {score.film_id for score in bench.scores()}


def test_a_film_that_states_only_its_number_is_asked_about_at_every_move(bench: Bench) -> None:
    bench.film_id(dicom(WELL, patient="J", **JOAO))
    eva = owner(bench, bench.film_id(dicom(WELL, patient="E", seed=1, **EVA)))
    schmidt = owner(bench, bench.film_id(dicom(WELL, patient="S", seed=2, **SCHMIDT)))
    film = bench.film_id(dicom(SICK, patient="J", hours=5, **NAMELESS))
    bench.work()
    bench.move(film, eva, confirmed=True)
    with pytest.raises(DifferentPersonError, match="names another person"):
        bench.move(film, schmidt)
    bench.move(film, schmidt, confirmed=True)
    assert bench.film(film).other_person_by == DR


def test_a_film_under_a_merged_number_names_the_person_it_was_merged_into(bench: Bench) -> None:
    joao = owner(bench, bench.film_id(dicom(WELL, patient="J1", **JOAO)))
    eva = owner(bench, bench.film_id(dicom(WELL, patient="E", seed=1, **EVA)))
    film = bench.film_id(dicom(SICK, patient="J0", hours=5, **NAMELESS))
    bench.work()
    bench.merge(owner(bench, film), joao)
    with pytest.raises(DifferentPersonError):
        bench.move(film, eva)


def test_a_copy_is_not_moved_in_place_of_its_film(bench: Bench) -> None:
    first = bench.film_id(dicom(WELL, uid="1.2.3"))
    copy = bench.film_id(dicom(WELL, uid="1.2.3", StudyDescription="sent again"))
    target = owner(bench, bench.film_id(dicom(WELL, patient="B", seed=4)))
    bench.work()
    assert bench.states(first, copy) == ["accepted", "duplicate"]
    with pytest.raises(NotAllowedError, match="Move that one"):
        bench.move(copy, target)

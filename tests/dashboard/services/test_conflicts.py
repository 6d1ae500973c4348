"""Same film twice is one film; films that contradict each other are off both trends until a person decides."""

from __future__ import annotations

import pytest
from film_site import CLEAR, MEDIUM, START, WHITE, Bench, dicom, png
from sqlalchemy import select
from sqlmodel import col

from core.types import PatientIdentity
from dashboard.errors import NotAllowedError
from dashboard.services.patient import corrections, merging
from dashboard.services.receiving.identity import conflict_reason, contradicts
from db.engine import read_transaction
from db.models import AuditEntry, ConflictKind, Film, FilmConflict
from db.repositories import patients


def conflicts(bench: Bench) -> list[tuple[int, int, str, bool]]:
    with read_transaction(bench.engine) as session:
        rows = session.scalars(select(FilmConflict).order_by(col(FilmConflict.id))).all()
    return [(row.film_id, row.other_film_id, row.kind.value, row.resolved_at is not None) for row in rows]


def test_the_same_pixels_of_the_same_patient_are_a_duplicate(bench: Bench) -> None:
    first = bench.film_id(dicom(CLEAR, uid="1.1"))
    bench.work()
    same_uid = bench.film_id(dicom(CLEAR, uid="1.1", SeriesDescription="sent again"))
    other_uid = bench.film_id(dicom(CLEAR, uid="1.2"))
    bench.work()

    assert bench.states(first, same_uid, other_uid) == ["accepted", "duplicate", "duplicate"]
    assert [bench.film(film_id).duplicate_of_id for film_id in (same_uid, other_uid)] == [first, first]
    assert bench.film(same_uid).reason == f"The same film is already stored as film {first}."
    assert [score.film_id for score in bench.scores()] == [first]
    assert conflicts(bench) == []


def test_a_picture_of_a_dicom_film_is_the_same_film(bench: Bench) -> None:
    film_id = bench.film_id(dicom(CLEAR))
    copy = bench.film_id(png(CLEAR), identity=PatientIdentity("4711"), acquired_at=START)
    bench.work()

    assert bench.states(film_id, copy) == ["accepted", "duplicate"]


def test_two_films_of_one_batch_that_are_the_same(bench: Bench) -> None:
    first, second = bench.film_id(dicom(CLEAR, uid="1.1")), bench.film_id(dicom(CLEAR, uid="1.2"))
    bench.work()

    assert bench.states(first, second) == ["accepted", "duplicate"]
    assert len(bench.scores()) == 1


@pytest.mark.parametrize(
    ("one", "other", "kind"),
    [
        ({"uid": "1.1"}, {"uid": "1.1", "brightness": MEDIUM}, ConflictKind.SAME_UID_OTHER_PIXELS),
        ({"uid": "1.1"}, {"uid": "1.1", "patient": "B"}, ConflictKind.SAME_UID_OTHER_PATIENT),
        ({"uid": "1.1"}, {"uid": "1.2", "patient": "B"}, ConflictKind.SAME_PIXELS_OTHER_PATIENT),
        ({"uid": "1.1"}, {"uid": "1.1", "PatientName": "Roe^Ann"}, ConflictKind.CHANGED_IDENTITY),
        ({"uid": "1.1"}, {"uid": "1.2", "PatientBirthDate": "19600102"}, ConflictKind.CHANGED_IDENTITY),
        ({"uid": "1.1"}, {"uid": "1.1", "brightness": MEDIUM, "patient": "B"}, ConflictKind.SAME_UID_OTHER_PIXELS),
    ],
)
def test_contradictions_take_both_films_off_the_trend(
    bench: Bench, one: dict[str, str], other: dict[str, object], kind: ConflictKind
) -> None:
    first = bench.film_id(dicom(CLEAR, **one))
    bench.work()
    second = bench.film_id(dicom(**({"brightness": CLEAR} | other)))
    bench.work()

    assert bench.states(first, second) == ["quarantined", "quarantined"]
    assert conflicts(bench) == [(second, first, kind.value, False)]
    assert bench.film(first).reason == bench.film(second).reason == conflict_reason(kind)
    assert len(bench.scores()) == 1


def test_a_name_written_another_way_is_no_contradiction(bench: Bench) -> None:
    first = bench.film_id(dicom(CLEAR, uid="1.1", PatientName="Doe^Jane"))
    second = bench.film_id(dicom(CLEAR, uid="1.2", PatientName="DOE, Jane "))
    third = bench.film_id(dicom(CLEAR, uid="1.3", PatientName="", PatientSex=""))
    bench.work()

    assert bench.states(first, second, third) == ["accepted", "duplicate", "duplicate"]
    assert contradicts(Film(stated_sex="F"), Film(stated_sex="M"))
    assert not contradicts(Film(stated_sex="F"), Film(stated_sex=""))


def test_rejected_and_retracted_films_take_no_part_until_overruled(bench: Bench) -> None:
    rejected = bench.film_id(dicom(CLEAR, uid="1.1", ViewPosition="LL"))
    retracted = bench.film_id(dicom(WHITE, uid="1.2"))
    bench.work()
    corrections.retract(retracted, reason="wrong film", actor="Dr A", site=bench.site)
    of_b = [bench.film_id(dicom(level, uid=uid, patient="B")) for level, uid in ((CLEAR, "1.1"), (WHITE, "1.2"))]
    bench.work()
    assert bench.states(rejected, retracted, *of_b) == ["rejected", "retracted", "accepted", "accepted"]

    done = corrections.overrule(rejected, actor="Dr A", site=bench.site)
    assert done.state == "quarantined"
    assert bench.states(rejected, of_b[0]) == ["quarantined", "quarantined"]
    corrections.overrule(retracted, actor="Dr A", site=bench.site)
    assert bench.states(retracted) == ["received"]
    bench.work()
    assert bench.states(retracted, of_b[1]) == ["quarantined", "quarantined"]


def test_retracting_one_brings_the_other_back(bench: Bench) -> None:
    first, second = bench.film_id(dicom(CLEAR, uid="1.1")), bench.film_id(dicom(CLEAR, uid="1.1", patient="B"))
    bench.work()
    assert bench.scores() == []
    done = corrections.retract(first, reason="wrong patient", actor="Dr A", site=bench.site)
    bench.work()

    assert (done.state, done.other_film_ids) == ("retracted", (second,))
    assert bench.way(second) == ["received", "quarantined", "accepted"]
    assert [score.film_id for score in bench.scores()] == [second]
    assert conflicts(bench)[0][3]
    with pytest.raises(NotAllowedError, match="retracted already"):
        corrections.retract(first, reason="wrong patient", actor="Dr A", site=bench.site)
    with pytest.raises(NotAllowedError, match="with a reason"):
        corrections.retract(second, reason=" ", actor="Dr A", site=bench.site)


def test_deciding_for_one_of_two_patients_retracts_the_other_film(bench: Bench) -> None:
    first, second = bench.film_id(dicom(CLEAR, uid="1.1")), bench.film_id(dicom(CLEAR, uid="1.1", patient="B"))
    bench.work()
    done = corrections.overrule(second, reason="seen the patient", actor="Dr A", site=bench.site)
    bench.work()

    assert (done.state, done.other_film_ids) == ("accepted", (first,))
    assert bench.states(first, second) == ["retracted", "accepted"]
    assert bench.film(first).reason == f"The same film was decided to be right as film {second}, of another patient."
    assert [score.film_id for score in bench.scores()] == [second]
    # And the decision can be turned round.
    corrections.overrule(first, actor="Dr B", site=bench.site)
    bench.work()
    assert bench.states(first, second) == ["accepted", "retracted"]


def test_deciding_between_two_pictures_of_one_uid_keeps_both(bench: Bench) -> None:
    first, second = bench.film_id(dicom(CLEAR, uid="1.1")), bench.film_id(dicom(WHITE, uid="1.1"))
    bench.work()
    corrections.overrule(first, actor="Dr A", site=bench.site)

    assert bench.states(first, second) == ["accepted", "accepted"]


def test_deciding_for_one_identity_makes_the_other_copy_a_duplicate(bench: Bench) -> None:
    first = bench.film_id(dicom(CLEAR, uid="1.1"))
    second = bench.film_id(dicom(CLEAR, uid="1.1", PatientName="Roe^Ann"))
    bench.work()
    corrections.overrule(first, actor="Dr A", site=bench.site)

    assert bench.states(first, second) == ["accepted", "duplicate"]
    assert bench.film(second).duplicate_of_id == first
    with pytest.raises(NotAllowedError, match=f"already stored as film {first}"):
        corrections.overrule(second, actor="Dr A", site=bench.site)


def test_a_conflict_among_three_ends_with_the_last_decision(bench: Bench) -> None:
    a, b, c = (bench.film_id(dicom(CLEAR, uid="1.1", patient=name)) for name in "ABC")
    bench.work()
    assert len(conflicts(bench)) == 3
    corrections.retract(a, reason="wrong patient", actor="Dr A", site=bench.site)
    assert bench.states(a, b, c) == ["retracted", "quarantined", "quarantined"]
    corrections.retract(b, reason="wrong patient", actor="Dr A", site=bench.site)
    assert bench.states(a, b, c) == ["retracted", "retracted", "accepted"]


def test_moving_a_film_to_its_patient_settles_the_conflict(bench: Bench) -> None:
    wrong, right = bench.film_id(dicom(CLEAR, uid="1.1")), bench.film_id(dicom(CLEAR, uid="1.1", patient="B"))
    bench.work()
    target = bench.film(right).patient_id
    done = corrections.move(wrong, target, reason="wrong worklist", actor="Dr A", site=bench.site)
    bench.work()

    # Of the two, now of one patient, the one that comes back first stays.
    assert sorted(bench.states(wrong, right)) == ["accepted", "duplicate"]
    assert bench.film(wrong).patient_id == target
    assert bench.film(wrong).stated_identifier == "4711"
    assert done.patient_id == target
    assert len(bench.scores()) == 1
    # Sent again under the wrong number, it is still that film.
    again = bench.film_id(dicom(CLEAR, uid="1.1", SeriesDescription="again"))
    bench.work()
    assert bench.states(again) == ["duplicate"]


def test_a_film_is_moved_once_and_with_a_reason(bench: Bench) -> None:
    film_id, other = bench.film_id(dicom(CLEAR)), bench.film_id(dicom(WHITE, patient="B"))
    bench.work()
    target = bench.film(other).patient_id
    with pytest.raises(NotAllowedError, match="with a reason"):
        corrections.move(film_id, target, reason="", actor="Dr A", site=bench.site)
    with pytest.raises(NotAllowedError, match="this patient's already"):
        corrections.move(other, target, reason="x", actor="Dr A", site=bench.site)


def test_merging_two_records_settles_their_conflicts(bench: Bench) -> None:
    first, second = bench.film_id(dicom(CLEAR, uid="1.1")), bench.film_id(dicom(CLEAR, uid="1.2", patient="B"))
    bench.work()
    source, target = bench.film(second).patient_id, bench.film(first).patient_id
    done = merging.merge(source, target, actor="Dr A", site=bench.site)
    bench.work()

    assert done.patient_id == target
    assert sorted(bench.states(first, second)) == ["accepted", "duplicate"]
    assert len(bench.scores()) == 1
    later = bench.film_id(dicom(WHITE, patient="B", hours=3))
    assert bench.film(later).patient_id == target
    with read_transaction(bench.engine) as session:
        assert patients.get(source, session=session).id == target
        actions = session.scalars(select(col(AuditEntry.action)).order_by(col(AuditEntry.id))).all()
    assert actions == ["merge"]

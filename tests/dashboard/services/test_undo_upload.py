"""An upload is taken back within ten minutes, and no film with which somebody did something meanwhile."""

from __future__ import annotations

from datetime import timedelta

import pytest
from film_site import CLEAR, MEDIUM, START, WHITE, Bench, dicom, png
from sqlalchemy import select

from core.types import PatientIdentity
from dashboard.services.flags import decisions
from dashboard.services.patient import corrections
from dashboard.services.receiving import undo
from dashboard.services.receiving.undo import REASON, TOO_LATE, TakenBack, take_back_upload
from db.engine import read_transaction, transaction
from db.errors import NotFoundError
from db.models import AuditEntry, FlagState, Reading
from db.repositories import key, patients, readings

DR = "Dr A"


@pytest.fixture
def before(bench: Bench) -> int:
    """Return a clear film, scored, of an admitted patient, whose next one is taken a day later."""
    film_id = bench.film_id(dicom(CLEAR))
    bench.admit(bench.film(film_id).patient_id)
    bench.work()
    return film_id


def take_back(bench: Bench, *film_ids: int) -> tuple[TakenBack, ...]:
    return take_back_upload(film_ids, actor=DR, site=bench.site)


def test_an_upload_is_taken_back_with_its_flags_and_nothing_is_deleted(bench: Bench, before: int) -> None:
    rise = bench.film_id(dicom(WHITE, hours=23.5))
    later = bench.film_id(dicom(WHITE, hours=23.6, seed=1))
    bench.work()
    assert [flag.state for flag in bench.flags()] == [FlagState.OPEN]
    bench.wait(minutes=3)
    assert take_back(bench, later, rise) == (TakenBack(rise), TakenBack(later))
    assert bench.states(before, rise, later) == ["accepted", "retracted", "retracted"]
    # Together: none opens meanwhile on the one that is taken back last.
    assert bench.flag_states() == [(rise, "rise", "withdrawn")]
    assert bench.film(rise).reason == REASON
    assert bench.site.store.get(bench.film(rise).content_hash)
    with read_transaction(bench.engine) as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.subject == "film")).all()
    assert [(entry.actor, entry.action, entry.subject_id) for entry in entries] == [
        (DR, "take back upload", rise),
        (DR, "take back upload", later),
    ]


def test_after_ten_minutes_an_upload_stays(bench: Bench, before: int) -> None:
    film_id = bench.film_id(dicom(MEDIUM, hours=24))
    bench.wait(minutes=10)
    bench.wait(seconds=1)
    assert take_back(bench, film_id) == (TakenBack(film_id, TOO_LATE),)
    assert bench.states(before, film_id) == ["accepted", "received"]
    bench.now -= timedelta(days=2)
    assert take_back(bench, film_id)[0].refused == TOO_LATE


def test_a_film_whose_flag_a_person_decided_on_stays_and_the_others_go(bench: Bench, before: int) -> None:
    rise, quiet = bench.film_id(dicom(WHITE, hours=24)), bench.film_id(png(CLEAR, seed=9), **other_patient())
    bench.work()
    (flag,) = bench.flags()
    decisions.acknowledge(key(flag), reason="seen", actor=DR, site=bench.site)
    found = take_back(bench, rise, quiet)
    assert [bool(one.refused) for one in found] == [True, False]
    assert "decided on a flag" in found[0].refused
    assert bench.states(before, rise, quiet) == ["accepted", "accepted", "retracted"]
    assert [flag.state for flag in bench.flags()] == [FlagState.ACKNOWLEDGED]


def test_a_decision_from_before_the_film_does_not_keep_it(bench: Bench, before: int) -> None:
    rise = bench.film_id(dicom(WHITE, hours=24))
    bench.work()
    decisions.acknowledge(key(bench.flags()[0]), reason="seen", actor=DR, site=bench.site)
    later = bench.film_id(dicom(WHITE, hours=48, seed=1))
    bench.work()
    assert take_back(bench, later) == (TakenBack(later),)
    assert bench.states(before, rise, later) == ["accepted", "accepted", "retracted"]


def test_a_film_that_a_person_scored_or_corrected_stays(bench: Bench, before: int) -> None:
    read, moved, gone = (bench.film_id(dicom(MEDIUM, hours=24, seed=seed)) for seed in (1, 2, 3))
    bench.work()
    with transaction(bench.engine) as session:
        readings.add(
            Reading(film_id=read, reader=DR, blind=True, read_at=bench.now, not_readable="cut"), session=session
        )
        other = key(patients.find_or_create(PatientIdentity("4712"), now=bench.now, session=session))
    corrections.move(moved, other, reason="mixed up", actor=DR, confirmed=True, site=bench.site)
    corrections.retract(gone, reason="wrong", actor=DR, site=bench.site)
    refused = [one.refused for one in take_back(bench, read, moved, gone)]
    assert "has scored it" in refused[0]
    assert "has corrected it" in refused[1]
    assert refused[2] == "It is retracted already (wrong)."
    assert bench.states(before, read, moved)[:2] == ["accepted", "accepted"]
    assert bench.film(moved).patient_id == other


def test_a_film_put_on_the_wrong_patient_goes_to_the_right_one_afterwards(bench: Bench) -> None:
    source = png(MEDIUM)
    wrong = bench.film_id(source, **other_patient())
    take_back(bench, wrong)
    right = bench.film_id(source, identity=PatientIdentity("4711"), acquired_at=START)
    bench.work()
    assert bench.states(wrong, right) == ["retracted", "accepted"]


def test_one_film_that_is_not_there_changes_nothing(bench: Bench) -> None:
    film_id = bench.film_id(dicom(MEDIUM))
    with pytest.raises(NotFoundError):
        take_back(bench, film_id, 999)
    assert bench.states(film_id) == ["received"]
    assert timedelta(minutes=10) == undo.UNDO_WITHIN


def other_patient() -> dict[str, object]:
    return {"identity": PatientIdentity("4712"), "acquired_at": START}

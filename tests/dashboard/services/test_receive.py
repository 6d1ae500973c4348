"""Receiving: bytes and row safe first, the same film once, no film without a patient."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from film_site import CLEAR, START, WHITE, Bench, dicom, png
from sqlmodel import col, select

from core.types import PatientIdentity, PatientPosition, TimePrecision, ViewPosition
from dashboard.errors import IdentityError
from dashboard.services.receiving.receive import ReceiptOutcome
from db.engine import read_transaction
from db.models import AuditEntry, Patient

EVA = PatientIdentity("77", name="Müller^Eva", birth_date=date(1950, 2, 3), sex="F")


def test_a_dicom_film_carries_its_identity_and_facts(bench: Bench) -> None:
    source = dicom(CLEAR, hours=5, uid="1.2.3")
    receipt = bench.receive(source)
    film = bench.film(receipt.film_id or 0)

    assert receipt.outcome is ReceiptOutcome.RECEIVED
    assert bench.site.store.get(receipt.content_hash) == source
    assert (film.state.value, bench.way(film.id or 0)) == ("received", ["received"])
    assert (film.stated_identifier, film.stated_name, film.stated_sex) == ("4711", "Doe, Jane", "F")
    assert film.acquired_at == START + timedelta(hours=5)
    assert (film.sop_instance_uid, film.view_position) == ("1.2.3", ViewPosition.AP)
    with read_transaction(bench.engine) as session:
        patient = session.get(Patient, receipt.patient_id)
    assert patient is not None
    assert (patient.identifier, patient.birth_date) == ("4711", date(1950, 1, 2))


def test_a_picture_needs_a_patient(bench: Bench) -> None:
    with pytest.raises(IdentityError, match="names no patient"):
        bench.receive(png(CLEAR))
    assert list(bench.site.store.hashes()) == []

    at = datetime(2026, 3, 2, 12, tzinfo=UTC)
    film_id = bench.film_id(
        png(CLEAR),
        identity=EVA,
        acquired_at=at,
        time_precision=TimePrecision.DAY,
        view_position=ViewPosition.AP,
        patient_position=PatientPosition.SUPINE,
    )
    film = bench.film(film_id)
    assert (film.acquired_at, film.time_precision) == (at, TimePrecision.DAY)
    assert (film.view_position, film.patient_position) == (ViewPosition.AP, PatientPosition.SUPINE)
    assert film.stated_name == "Müller^Eva"


def test_the_same_bytes_of_the_same_patient_are_one_film(bench: Bench) -> None:
    first = bench.receive(dicom(CLEAR))
    again = bench.receive(dicom(CLEAR))

    assert (again.outcome, again.film_id) == (ReceiptOutcome.DUPLICATE, first.film_id)
    assert again.reason == f"The same file is already stored as film {first.film_id}."


def test_the_same_picture_with_another_name_is_refused(bench: Bench) -> None:
    bench.receive(png(CLEAR), identity=EVA)
    with pytest.raises(IdentityError, match="another name, birth date or sex"):
        bench.receive(png(CLEAR), identity=PatientIdentity("77", name="Maier^Eva"))


def test_a_film_that_names_another_patient_is_refused(bench: Bench) -> None:
    with pytest.raises(IdentityError, match="names another patient"):
        bench.receive(dicom(CLEAR), identity=EVA)
    assert list(bench.site.store.hashes()) == []


def test_a_dicom_without_a_patient_takes_the_one_given(bench: Bench) -> None:
    source = dicom(CLEAR, uid="1.2.9", PatientName=None)
    anonymous = dicom(CLEAR, patient="")
    assert bench.receive(source).outcome is ReceiptOutcome.RECEIVED
    given = PatientIdentity("77")
    assert bench.film(bench.film_id(anonymous, identity=given)).stated_identifier == "77"
    with pytest.raises(IdentityError, match="names another person"):
        bench.receive(anonymous, identity=EVA)


def test_a_film_whose_number_is_too_long_is_kept_and_set_aside(bench: Bench) -> None:
    film_id = bench.film_id(dicom(CLEAR, patient="7" * 129))
    bench.work()
    assert bench.film(film_id).state.value == "quarantined"


def test_a_file_without_a_readable_header_is_set_aside_and_written_down(bench: Bench) -> None:
    for source in (dicom(CLEAR)[:140], b"these are no films at all"):
        receipt = bench.receive(source)
        assert (receipt.outcome, receipt.film_id) == (ReceiptOutcome.FAILED, None)
        assert receipt.reason
        assert bench.site.unreadable.get(receipt.content_hash) == source
    with read_transaction(bench.engine) as session:
        entries = session.exec(select(AuditEntry).order_by(col(AuditEntry.id))).all()
    assert [entry.action for entry in entries] == ["set aside unreadable"] * 2
    assert entries[-1].detail["content_hash"] == receipt.content_hash


def test_an_empty_file_is_refused_and_not_kept(bench: Bench) -> None:
    receipt = bench.receive(b"", identity=EVA)
    assert (receipt.outcome, receipt.reason) == (ReceiptOutcome.FAILED, "The file is empty. Send it again.")
    assert list(bench.site.unreadable.hashes()) == []


def test_a_damaged_picture_of_a_named_patient_is_listed_as_failed(bench: Bench) -> None:
    film_id = bench.film_id(png(CLEAR)[:200], identity=EVA)
    bench.work()

    film = bench.film(film_id)
    assert (film.state.value, film.retry_at, film.attempts) == ("failed", None, 1)
    assert "damaged" in film.reason


def test_a_film_belongs_to_the_stay_of_its_time(bench: Bench) -> None:
    first = bench.receive(dicom(CLEAR, hours=-5))
    stay_id = bench.admit(first.patient_id or 0)
    within = bench.receive(dicom(WHITE, hours=3))

    assert bench.film(first.film_id or 0).stay_id is None
    assert bench.film(within.film_id or 0).stay_id == stay_id

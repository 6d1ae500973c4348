"""A film whose time cannot be stays on the work list by its reason, whatever a person does with it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from film_site import DR, START, Bench, dicom, png
from sqlalchemy import update
from sqlmodel import col

from core.types import PatientIdentity, TimeDoubt
from dashboard.services.receiving import film_time
from dashboard.services.receiving.receive import StatedFacts, receive_film
from db.engine import read_transaction, transaction
from db.models import Film, FilmState
from db.read_models.films import films_not_scored

YEAR_AHEAD = START + timedelta(days=365)
REASON = "The film says it was taken on 2027-03-01 08:00, more than a day after it came; it came on 2026-03-01 08:00."
SENT = datetime(2026, 2, 1, 8, tzinfo=UTC)


@pytest.fixture
def film_id(bench: Bench) -> int:
    """Return a film that says it was taken a year after it came."""
    receipt = receive_film(dicom(1.0, hours=365 * 24), actor="tests", site=bench.site)
    assert receipt.film_id is not None
    bench.work()
    return receipt.film_id


def assert_set_aside(bench: Bench, film_id: int) -> None:
    bench.work()
    film = bench.film(film_id)
    assert (film.state, film.time_doubt) == (FilmState.QUARANTINED, TimeDoubt.IMPOSSIBLE)
    assert (film.acquired_at, film.stated_at) == (None, YEAR_AHEAD)
    assert film.reason.startswith(REASON)
    with read_transaction(bench.engine) as session:
        assert film_id in [row.film.film_id for row in films_not_scored(session=session).films]


def test_after_its_retraction_was_undone(bench: Bench, film_id: int) -> None:
    bench.retract(film_id)
    bench.undo(film_id)
    assert_set_aside(bench, film_id)
    assert bench.way(film_id) == ["quarantined", "retracted", "received", "quarantined"]


def test_overruled_after_a_retraction(bench: Bench, film_id: int) -> None:
    bench.retract(film_id)
    bench.overrule(film_id)
    assert_set_aside(bench, film_id)


def test_moved_after_a_retraction(bench: Bench, film_id: int) -> None:
    other = bench.film(bench.film_id(dicom(0.2, patient="9"))).patient_id
    bench.work()
    bench.retract(film_id)
    bench.move(film_id, other)
    assert_set_aside(bench, film_id)
    assert bench.film(film_id).patient_id == other


def test_on_the_list_all_the_same(bench: Bench, film_id: int) -> None:
    with transaction(bench.engine) as session:
        session.execute(update(Film).where(col(Film.id) == film_id).values(state=FilmState.RECEIVED, reason=""))
    assert_set_aside(bench, film_id)


def test_its_time_can_be_once_it_has_the_right_patient(bench: Bench) -> None:
    newborn = PatientIdentity("J", birth_date=START.date())
    stated = StatedFacts(newborn, SENT)
    film_id = receive_film(png(0.2), stated=stated, actor="tests", site=bench.site).film_id or 0
    bench.work()
    assert "before the patient's birth" in bench.film(film_id).reason
    other = bench.film(bench.film_id(dicom(1.0, patient="9", PatientBirthDate="19500101"))).patient_id
    # The picture has no words of its own; who sent it said the newborn's birth date.
    with transaction(bench.engine) as session:
        session.get_one(Film, film_id).stated_birth_date = None
    bench.move(film_id, other, confirmed=True)
    film = bench.film(film_id)
    assert (film.state, film.acquired_at, film.time_doubt) == (FilmState.ACCEPTED, SENT, None)


def test_a_merge_keeps_the_time_at_which_the_film_counted(bench: Bench) -> None:
    source = png(0.2)
    kept, other = (
        receive_film(source, stated=StatedFacts(identity, SENT), actor="tests", site=bench.site).film_id or 0
        for identity in (PatientIdentity("J1", birth_date=date(2026, 3, 1)), PatientIdentity("J0"))
    )
    bench.work()
    at = START - timedelta(hours=1)
    film_time.correct_time(other, acquired_at=at, reason="clock", actor=DR, site=bench.site)
    assert bench.states(kept, other) == ["quarantined", "accepted"]
    target, merged = bench.film(kept).patient_id, bench.film(other).patient_id
    bench.merge(merged, target)
    assert bench.states(kept, other) == ["accepted", "duplicate"]
    assert (bench.film(kept).acquired_at, bench.film(kept).stated_at, bench.film(kept).time_doubt) == (at, SENT, None)

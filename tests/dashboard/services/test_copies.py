"""Copies of one film: whatever a person decides about one, the film that counts stays on its trend."""

from __future__ import annotations

from datetime import timedelta

import pytest
from film_site import NAMELESS, START, Bench, dicom, png

from core.types import PatientIdentity
from db.engine import transaction
from db.models import FilmState
from db.repositories import films


def sick_film(bench: Bench) -> int:
    """Return the film of a rise; patients A (1) and B (2) each have a clear film and a stay before it."""
    bench.film_id(dicom(0.2, patient="A", uid="1.2.3", **NAMELESS))
    bench.admit(1)
    bench.film_id(dicom(0.2, patient="B", uid="1.2.9", seed=3, **NAMELESS))
    bench.admit(2, bed="2")
    film_id = bench.film_id(dicom(1.0, patient="A", hours=24, uid="1.2.4", **NAMELESS))
    bench.work()
    return film_id


def sent_again(bench: Bench) -> int:
    again = {"StudyDescription": "again", **NAMELESS}
    film_id = bench.film_id(dicom(1.0, patient="A", hours=24, uid="1.2.4", **again))
    bench.work()
    return film_id


def of_c(bench: Bench) -> int:
    film_id = bench.film_id(dicom(1.0, patient="C", hours=24, uid="1.2.4.9", **NAMELESS))
    bench.work()
    return film_id


def states(bench: Bench, *film_ids: int) -> list[tuple[int, FilmState, int | None]]:
    """Return patient, state and the film it is a copy of."""
    rows = [bench.film(film_id) for film_id in film_ids]
    return [(row.patient_id, row.state, row.duplicate_of_id) for row in rows]


@pytest.mark.parametrize("step", ["retracted and brought back", "overruled", "other one retracted", "other one merged"])
def test_a_film_that_was_moved_is_never_the_copy_of_its_own_copy(bench: Bench, step: str) -> None:
    sick = sick_film(bench)
    bench.move(sick, 2, confirmed=True)
    copy = sent_again(bench)
    if step == "retracted and brought back":
        bench.retract(sick)
        bench.undo(sick)
    else:
        other = of_c(bench)
        if step == "overruled":
            bench.overrule(sick)
        elif step == "other one retracted":
            bench.retract(other)
        else:
            bench.merge(bench.film(other).patient_id, 2, confirmed=True)
    assert states(bench, sick, copy) == [(2, FilmState.ACCEPTED, None), (1, FilmState.DUPLICATE, sick)]
    assert (sick, "rise", "open") in bench.flag_states()


@pytest.mark.parametrize("moved", [True, False])
def test_a_film_that_comes_back_takes_the_copy_that_waits_with_it(bench: Bench, moved: bool) -> None:
    sick = sick_film(bench)
    bench.retract(sick)
    copy = sent_again(bench)
    assert states(bench, copy) == [(1, FilmState.QUARANTINED, None)]
    if moved:
        bench.move(sick, 2, confirmed=True)
    else:
        bench.undo(sick)
    assert states(bench, sick, copy) == [
        (2 if moved else 1, FilmState.ACCEPTED, None),
        (1, FilmState.DUPLICATE, sick),
    ]
    assert bench.flag_states() == [(sick, "rise", "open")]


def picture(bench: Bench, who: str, brightness: float = 1.0, seed: int = 41, hours: float = 24) -> int:
    at = START + timedelta(hours=hours)
    return bench.film_id(png(brightness, seed), identity=PatientIdentity(who), acquired_at=at)


def three_patients(bench: Bench) -> None:
    for number, who in enumerate("ABC"):
        picture(bench, who, 0.2, 50 + number, 0)
    bench.admit(1)
    bench.admit(3, bed="3")
    bench.work()


def test_records_merged_beside_a_retracted_twin_keep_the_copy_that_waits(bench: Bench) -> None:
    three_patients(bench)
    twin = picture(bench, "B")
    bench.work()
    bench.retract(twin)
    copy, other = picture(bench, "A"), picture(bench, "C")
    bench.work()
    assert bench.film(copy).state is FilmState.QUARANTINED
    bench.merge(1, 2, confirmed=True)
    bench.retract(other)
    assert states(bench, twin, copy) == [(2, FilmState.ACCEPTED, None), (1, FilmState.DUPLICATE, twin)]
    assert (twin, "rise", "open") in bench.flag_states()


def test_records_merged_beside_a_retracted_twin_keep_the_copy_that_failed(bench: Bench) -> None:
    three_patients(bench)
    twin = picture(bench, "B")
    bench.work()
    bench.retract(twin)
    copy = picture(bench, "A")
    retry = {"now": bench.now, "retry_at": bench.now + timedelta(hours=1)}
    with transaction(bench.engine) as session:
        film = films.get(copy, session=session)
        films.set_state(film, FilmState.FAILED, "The disk was away.", actor="worker", session=session, **retry)
    bench.merge(1, 2, confirmed=True)
    bench.wait(hours=2)
    bench.work()
    assert states(bench, twin, copy) == [(2, FilmState.ACCEPTED, None), (1, FilmState.DUPLICATE, twin)]
    assert (twin, "rise", "open") in bench.flag_states()


def test_no_film_is_held_by_a_conflict_with_a_copy(bench: Bench) -> None:
    three_patients(bench)
    picture(bench, "A")
    twin, other = picture(bench, "B"), picture(bench, "C")
    bench.work()
    bench.merge(1, 2, confirmed=True)
    bench.retract(twin)
    assert states(bench, other) == [(3, FilmState.ACCEPTED, None)]


def test_a_conflict_with_a_retracted_film_stays_closed(bench: Bench) -> None:
    sick = sick_film(bench)
    second = bench.film_id(dicom(0.9, patient="A", hours=24, uid="1.2.4", seed=4, **NAMELESS))
    bench.work()
    bench.retract(sick)
    bench.retract(second)
    bench.undo(sick)
    third = bench.film_id(dicom(0.8, patient="A", hours=25, uid="1.2.4", seed=6, **NAMELESS))
    bench.work()
    bench.retract(third)
    assert states(bench, sick) == [(1, FilmState.ACCEPTED, None)]

"""The ward round: its order, where it goes on, what is stored once, and what changed since, on both databases."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from film_site import Bench
from flag_scenes import Scene
from sqlalchemy import select
from sqlmodel import col

from core.trend.flags.proposed import ALERTING_REFERENCE
from dashboard.errors import NotAllowedError
from dashboard.services.flags import decisions as flags
from dashboard.services.patient.timeline import patient_trend
from dashboard.services.ward.assembly import ward_board
from dashboard.services.ward.round import Round, RoundOrder, changes_since, mark_reviewed, ward_round
from db.engine import read_transaction, transaction
from db.errors import ConflictError, NotFoundError
from db.models import EventKind, RoundReview
from db.repositories import clinical, stays


@pytest.fixture
def scene(bench: Bench) -> Scene:
    return Scene(bench)


def round_of(bench: Bench, order: RoundOrder = RoundOrder.BEDS, began_at: datetime | None = None) -> Round:
    board = ward_board(reference=ALERTING_REFERENCE, site=bench.site)
    return ward_round(board, order=order, began_at=began_at, site=bench.site)


def mark(bench: Bench, stay_id: int, began_at: datetime, *, seen: int | None = None, note: str = "") -> bool:
    return mark_reviewed(stay_id, began_at=began_at, seen=seen, actor=" Dr Ito ", note=note, site=bench.site)


def stored(bench: Bench) -> list[tuple[int, str, str]]:
    with read_transaction(bench.engine) as session:
        rows = session.scalars(select(RoundReview).order_by(col(RoundReview.id)))
        return [(row.stay_id, row.actor, row.note) for row in rows]


def test_the_order_of_beds_is_by_number_and_that_of_the_board_by_concern(scene: Scene) -> None:
    ten, two, rising = (scene.admit(name, bed) for name, bed in (("A", "10"), ("B", "2"), ("C", "11")))
    for hours, level in ((0, 1.0), (24, 7.0)):
        scene.film(rising[0], hours, level)
    assert [step.stay_id for step in round_of(scene.bench).steps] == [two[1], ten[1], rising[1]]
    assert round_of(scene.bench, RoundOrder.BOARD).steps[0].stay_id == rising[1]


def test_nobody_is_there(bench: Bench) -> None:
    found = round_of(bench)
    assert (found.steps, found.n_reviewed, found.first_open(), found.began_at) == ((), 0, None, bench.now)


def test_it_goes_on_where_it_was_left_and_forgets_nobody(scene: Scene) -> None:
    first, second, third = (scene.admit(str(bed), str(bed))[1] for bed in (1, 2, 3))
    bench = scene.bench
    began_at = bench.now
    bench.wait(minutes=5)
    assert mark(bench, second, began_at, note=" lasix ")
    bench.wait(hours=2)
    found = round_of(bench)
    assert (found.began_at, found.n_reviewed) == (began_at, 1)
    assert [step.reviewed for step in found.steps] == [False, True, False]
    assert found.first_open() == found.step(first)
    assert found.next_open(first) == found.step(third)
    assert found.next_open(third) == found.step(first)
    assert (found.beside(first, 1), found.beside(first, -1)) == (found.step(second), None)
    last = found.steps[1].last
    assert last is not None
    assert (last.actor, last.note, last.reviewed_at) == ("Dr Ito", "lasix", began_at + timedelta(minutes=5))
    for stay_id in (first, third):
        mark(bench, stay_id, began_at)
    found = round_of(bench)
    assert (found.first_open(), found.next_open(first), found.n_reviewed) == (None, None, 3)


def test_a_round_of_long_ago_does_not_go_on_and_a_new_one_begins_with_all(scene: Scene) -> None:
    stay_id, bench = scene.admit()[1], scene.bench
    mark(bench, stay_id, bench.now)
    bench.wait(hours=3)
    assert round_of(bench, began_at=bench.now).n_reviewed == 0
    bench.wait(hours=10)
    found = round_of(bench)
    assert (found.began_at, found.n_reviewed) == (bench.now, 0)
    assert found.steps[0].last is not None


def test_the_same_press_twice_is_stored_once(scene: Scene) -> None:
    stay_id, bench = scene.admit()[1], scene.bench
    began_at = bench.now
    assert mark(bench, stay_id, began_at)
    assert not mark(bench, stay_id, began_at)
    assert mark(bench, stay_id, began_at, note="after the scan")
    last = round_of(bench).steps[0].last
    assert last is not None
    bench.wait(minutes=1)
    assert mark(bench, stay_id, began_at, seen=last.review_id, note="after the scan")
    assert stored(bench) == [
        (stay_id, "Dr Ito", ""),
        (stay_id, "Dr Ito", "after the scan"),
        (stay_id, "Dr Ito", "after the scan"),
    ]


def test_what_cannot_be_marked_stores_nothing(scene: Scene) -> None:
    stay_id, bench = scene.admit()[1], scene.bench
    with pytest.raises(NotAllowedError, match="Give your name"):
        mark_reviewed(stay_id, began_at=bench.now, seen=None, actor=" ", note="", site=bench.site)
    with pytest.raises(NotFoundError, match="no stay with the id 99"):
        mark(bench, 99, bench.now)
    with transaction(bench.engine) as session:
        stays.discharge(stay_id, at=bench.now, session=session)
    with pytest.raises(ConflictError, match="ended meanwhile"):
        mark(bench, stay_id, bench.now)
    assert stored(bench) == []
    assert round_of(bench).steps == ()


def test_a_machine_whose_clock_is_ahead_can_begin_a_round(scene: Scene) -> None:
    stay_id, bench = scene.admit()[1], scene.bench
    assert mark(bench, stay_id, bench.now + timedelta(seconds=20))
    assert round_of(bench).n_reviewed == 1


def test_what_changed_since_a_review(scene: Scene) -> None:
    patient_id, _ = scene.admit()
    bench = scene.bench
    scene.film(patient_id, 0, 1.0)
    waiting = scene.film(patient_id, 10, 1.0, version="0")
    bench.wait(hours=1)
    reviewed_at = bench.now
    none = changes_since(patient_trend(patient_id, site=bench.site), reviewed_at)
    assert none.nothing
    bench.wait(hours=1)
    scene.score(waiting, 1.0)
    new = scene.film(patient_id, 24, 7.0)
    with transaction(bench.engine) as session:
        for kind, hours in ((EventKind.INTUBATION, -20), (EventKind.PRONING, 1)):
            clinical.add_event(patient_id, kind, at=reviewed_at + timedelta(hours=hours), session=session)
    bench.wait(minutes=1)
    flags.acknowledge(scene.flag(new).id or 0, reason="seen", actor="Dr Ito", site=bench.site)
    found = changes_since(patient_trend(patient_id, site=bench.site), reviewed_at)
    assert not found.nothing
    assert [film.film_id for film in found.films] == [new]
    assert found.scored == 1
    assert [(flag.film_id, action.state.value, action.reason) for flag, action in found.flags] == [
        (new, "open", "supported by the films"),
        (new, "acknowledged", "seen"),
    ]
    assert [event.kind for event in found.events] == [EventKind.PRONING]

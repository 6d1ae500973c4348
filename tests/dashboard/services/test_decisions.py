"""Decisions of a round: refused when something newer came, taken back, and what films showed afterwards."""

from __future__ import annotations

from datetime import datetime

import pytest
from film_site import Bench
from flag_scenes import Scene

from core.trend.flags.proposed import ALERTING_REFERENCE
from dashboard.errors import NotAllowedError
from dashboard.services.evidence.decisions import what_followed
from dashboard.services.flags import decisions as flags
from dashboard.services.ward.assembly import ward_board
from dashboard.services.ward.before_round import Became, before_round
from dashboard.services.ward.round import Round, RoundOrder, mark_reviewed, take_back, ward_round
from db.engine import read_transaction
from db.errors import ConflictError, NotFoundError
from db.models import Decision, FilmState, RoundReview
from db.read_models.rounds import read_reviewers


@pytest.fixture
def scene(bench: Bench) -> Scene:
    return Scene(bench)


def round_of(bench: Bench) -> Round:
    board = ward_board(reference=ALERTING_REFERENCE, site=bench.site)
    return ward_round(board, order=RoundOrder.BEDS, began_at=None, site=bench.site)


def decide(
    bench: Bench,
    stay_id: int,
    decision: Decision | None,
    *,
    shown_at: datetime | None = None,
    seen: int | None = None,
    actor: str = "Dr Ito",
) -> int | None:
    return mark_reviewed(
        stay_id,
        began_at=bench.now,
        seen=seen,
        shown_at=shown_at,
        decision=decision,
        actor=actor,
        note="",
        site=bench.site,
    )


def test_a_decision_is_kept_with_the_review_and_another_one_is_no_repeat(scene: Scene) -> None:
    stay_id, bench = scene.admit()[1], scene.bench
    first = decide(bench, stay_id, Decision.CONTINUE)
    assert first is not None
    assert decide(bench, stay_id, Decision.CONTINUE) is None
    assert decide(bench, stay_id, Decision.ESCALATE) is not None
    last = round_of(bench).steps[0].last
    assert last is not None
    assert last.decision is Decision.ESCALATE


def test_what_came_since_the_page_was_drawn_stops_a_decision(scene: Scene) -> None:
    patient_id, stay_id = scene.admit()
    bench, other = scene.bench, scene.admit("4712", "2")
    scene.film(patient_id, 0, 1.0)
    shown_at = bench.now
    bench.wait(minutes=5)
    scene.film(other[0], 1, 2.0)
    assert decide(bench, stay_id, Decision.CONTINUE, shown_at=shown_at) is not None
    seen = round_of(bench).steps[0].last
    assert seen is not None
    opening = scene.film(patient_id, 24, 7.0)
    with pytest.raises(
        ConflictError, match="there is a new film and a new score and a step of a flag for this patient"
    ):
        decide(bench, stay_id, Decision.DE_ESCALATE, shown_at=shown_at, seen=seen.review_id)
    shown_at = bench.now
    bench.wait(minutes=1)
    flags.acknowledge(scene.flag(opening).id or 0, reason="CT", actor="Dr Lind", site=bench.site)
    with pytest.raises(ConflictError, match="there is a step of a flag for this patient"):
        decide(bench, stay_id, Decision.DE_ESCALATE, shown_at=shown_at, seen=seen.review_id)
    shown_at = bench.now
    bench.wait(minutes=1)
    scene.set_film(opening, FilmState.RETRACTED, "another patient's")
    with pytest.raises(ConflictError, match="there is a retracted film and a step of a flag for this patient"):
        decide(bench, stay_id, Decision.DE_ESCALATE, shown_at=shown_at, seen=seen.review_id)
    bench.wait(minutes=1)
    decide(bench, stay_id, Decision.ESCALATE, actor="Dr Lind")
    with pytest.raises(ConflictError, match="there is a decision by Dr Lind for this patient"):
        decide(bench, stay_id, Decision.DE_ESCALATE, shown_at=bench.now, seen=seen.review_id)


def test_a_decision_is_taken_back_and_stays_stored(scene: Scene) -> None:
    stay_id, bench = scene.admit()[1], scene.bench
    first, second = decide(bench, stay_id, Decision.CONTINUE), None
    bench.wait(minutes=1)
    second = decide(bench, stay_id, Decision.DE_ESCALATE)
    assert first is not None
    assert second is not None
    with pytest.raises(ConflictError, match="not the last decision"):
        take_back(first, actor="Dr Ito", site=bench.site)
    with pytest.raises(NotAllowedError, match="Give your name"):
        take_back(second, actor=" ", site=bench.site)
    with pytest.raises(NotFoundError):
        take_back(99, actor="Dr Ito", site=bench.site)
    take_back(second, actor="Dr Lind", site=bench.site)
    last = round_of(bench).steps[0].last
    assert last is not None
    assert (last.review_id, last.decision) == (first, Decision.CONTINUE)
    with read_transaction(bench.engine) as session:
        row = session.get(RoundReview, second)
        assert row is not None
        assert (row.decision, row.taken_back_by, row.taken_back_at) == (Decision.DE_ESCALATE, "Dr Lind", bench.now)
    take_back(first, actor="Dr Ito", site=bench.site)
    assert round_of(bench).steps[0].last is None
    with read_transaction(bench.engine) as session:
        assert read_reviewers([stay_id], session=session) == {}


def test_before_a_round_everybody_stands_somewhere_the_most_urgent_first(scene: Scene) -> None:
    quiet, rising, falling, bare, new = (scene.admit(str(4711 + bed), str(bed)) for bed in range(1, 6))
    for patient_id, levels in ((quiet[0], (2.0, 2.1)), (rising[0], (1.0, 7.0)), (falling[0], (7.0, 1.0))):
        for hours, level in zip((0, 24), levels, strict=True):
            scene.film(patient_id, hours, level)
    scene.film(new[0], 24, 2.0)
    bench = scene.bench
    bench.wait(minutes=1)
    for _, stay_id in (quiet, rising, falling, bare):
        decide(bench, stay_id, Decision.CONTINUE)
    lines = before_round(round_of(bench))
    assert [(line.step.stay_id, line.became) for line in lines] == [
        (rising[1], Became.ROSE),
        (bare[1], Became.NO_FILM),
        (falling[1], Became.FELL),
        (new[1], Became.NEW),
        (quiet[1], Became.NOTHING_NEW),
    ]
    bench.wait(hours=1)
    scene.film(quiet[0], 25, 2.0)
    (line,) = [line for line in before_round(round_of(bench)) if line.step.stay_id == quiet[1]]
    assert (line.became, line.since) == (Became.NEWS, ("film", "verdict"))


def test_what_films_showed_within_two_days_is_counted_and_a_missing_film_apart(scene: Scene) -> None:
    weaned, calm, bare = (scene.admit(str(4711 + bed), str(bed)) for bed in range(1, 4))
    bench = scene.bench
    for patient_id in (weaned[0], calm[0]):
        scene.film(patient_id, 0, 1.0)
    bench.wait(hours=1)
    for _, stay_id in (weaned, calm, bare):
        decide(bench, stay_id, Decision.DE_ESCALATE)
    taken_back = decide(bench, calm[1], Decision.ESCALATE)
    assert taken_back is not None
    take_back(taken_back, actor="Dr Ito", site=bench.site)
    scene.film(weaned[0], 24, 7.0)
    scene.film(calm[0], 24, 1.1)
    scene.set_film(scene.film(bare[0], 30, 3.0), FilmState.REJECTED, "lateral")
    assert what_followed(site=bench.site) == ()
    bench.wait(hours=60)
    (found,) = what_followed(unit="ICU 1", site=bench.site)
    assert (found.decision, found.without_verdict) == (Decision.DE_ESCALATE, 1)
    assert (found.rose.count, found.rose.n, found.fell.count) == (1, 2, 0)
    assert (round(found.rose.low, 2), round(found.rose.high, 2)) == (0.09, 0.91)
    assert what_followed(unit="ICU 9", site=bench.site) == ()

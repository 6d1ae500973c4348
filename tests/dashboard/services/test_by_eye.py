"""What the scores cannot tell is on every list beside the flags, on SQLite and on PostgreSQL."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable
from datetime import timedelta

import pytest
from film_site import START
from flag_scenes import AT_THE_BED, STANDING, Scene

from core.scoring.registry import read_scorer_card
from core.types import Measure, TimePrecision
from dashboard.reports import handover
from dashboard.services.flags import decisions as flags
from dashboard.services.ward.assembly import ward_board
from dashboard.services.ward.by_eye import ToCompare, to_compare
from dashboard.services.ward.round import Round, RoundOrder, ward_round
from dashboard.services.worker import process
from dashboard.wording.row import flags_text
from db.engine import read_transaction, transaction
from db.models import EventKind, Flag
from db.read_models.flag_history import read_looks_resolved
from db.repositories import clinical, films


@pytest.fixture
def scene(bench) -> Scene:  # noqa: ANN001 - the fixture of this folder
    """Return an empty site."""
    return Scene(bench)


def questions(scene: Scene) -> tuple[ToCompare, ...]:
    board = ward_board(site=scene.bench.site)
    return to_compare(board, site=scene.bench.site)


def round_of(scene: Scene) -> Round:
    board = ward_board(site=scene.bench.site)
    return ward_round(board, order=RoundOrder.BEDS, site=scene.bench.site)


def chart(scene: Scene, patient_id: int) -> None:
    """Enter oxygenation around two films 24 h apart, and an intubation 3 h before the second."""
    with transaction(scene.bench.engine) as session:
        for hours, pao2, fio2 in ((0, 92.0, 30.0), (24, 72.0, 50.0)):
            at = START + timedelta(hours=hours)
            clinical.add_observation(patient_id, "pao2", pao2, at=at, unit="mmHg", session=session)
            clinical.add_observation(patient_id, "fio2", fio2, at=at, unit="%", session=session)
        clinical.add_event(patient_id, EventKind.INTUBATION, at=START + timedelta(hours=21), session=session)


def test_a_rise_between_films_taken_differently_is_listed_with_size_and_physiology(scene: Scene) -> None:
    anna, stay_id = scene.admit()
    scene.film(anna, 0, 1.0, taken=STANDING)
    film_id = scene.film(anna, 24, 5.2, taken=AT_THE_BED)
    chart(scene, anna)
    assert scene.standing() == []
    (one,) = questions(scene)
    assert (one.row.stay.stay_id, one.change.film_id, round(one.change.change or 0, 1)) == (stay_id, film_id, 4.2)
    assert one.change.reasons.finding == (
        "Cannot tell: compare the films. Geographic extent 1.0 → 5.2 of 8 against the film 24 h before, which was "
        "taken differently (then PA erect, now AP supine)."
    )
    assert one.beside == (
        "Oxygenation worsened between the films (PaO2/FiO2 307 → 144 mmHg).",
        "The film was taken 3 h after intubation.",
    )


def test_round_and_handover_do_not_say_none_open(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    anna, _ = scene.admit()
    scene.film(anna, 0, 1.0, taken=STANDING)
    scene.film(anna, 24, 5.2, taken=AT_THE_BED)
    chart(scene, anna)
    found = round_of(scene)
    assert [flags_text(step) for step in found.steps] == ["? compare films by eye, +4.2 as scored in 24 h"]
    printed = {}
    monkeypatch.setattr(
        sys.modules[handover.__module__], "typeset", lambda _name, content, _files: printed.update(content) or b""
    )
    board = ward_board(site=scene.bench.site)
    handover(found, board, unit=None, zone=scene.bench.site.zone)
    assert printed["patients"][0]["flags"] == (
        "? compare films by eye, +4.2 as scored in 24 h Oxygenation worsened between the films (PaO2/FiO2 307 → 144 "
        "mmHg). The film was taken 3 h after intubation."
    )


def test_the_largest_difference_comes_first_and_what_is_comparable_is_not_listed(scene: Scene) -> None:
    anna, _ = scene.admit("1", bed="1")
    berta, _ = scene.admit("2", bed="2")
    clara, _ = scene.admit("3", bed="3")
    dora, _ = scene.admit("4", bed="4")
    for patient_id, level, taken in (
        (anna, 2.0, AT_THE_BED),
        (berta, 6.0, AT_THE_BED),
        (clara, 6.0, STANDING),
    ):
        scene.film(patient_id, 0, 1.0, taken=STANDING)
        scene.film(patient_id, 24, level, taken=taken)
    scene.film(dora, 24, 6.0)
    assert [(question.row.stay.patient_id, question.beside) for question in questions(scene)] == [
        (berta, ("Oxygenation is missing within 12 h of at least one film.",)),
        (anna, ("Oxygenation is missing within 12 h of at least one film.",)),
    ]
    texts = {step.row.stay.patient_id: flags_text(step) for step in round_of(scene).steps}
    assert texts[dora] == "none open"
    assert "compare" not in texts[clara]


def test_a_later_film_taken_like_the_one_that_asked_answers_nothing(scene: Scene) -> None:
    anna, _ = scene.admit()
    scene.film(anna, 0, 1.0, taken=STANDING)
    asked = scene.film(anna, 24, 5.2)
    scene.film(anna, 25, 5.3)
    (one,) = questions(scene)
    assert (one.change.film_id, round(one.change.change or 0, 1)) == (asked, 4.2)
    assert one.row.change is not None
    assert one.row.change.verdict.value == "no_real_change"
    assert "compare films by eye, +4.2" in flags_text(round_of(scene).steps[0])


def test_a_later_film_taken_like_the_earlier_one_answers_the_question(scene: Scene) -> None:
    anna, _ = scene.admit()
    scene.film(anna, 0, 1.0, taken=STANDING)
    scene.film(anna, 24, 5.2)
    assert len(questions(scene)) == 1
    third = scene.film(anna, 36, 1.2, taken=STANDING)
    # Its own difference from the film between is the question now.
    assert [(question.change.film_id, round(question.change.change or 0, 1)) for question in questions(scene)] == [
        (third, -4.0)
    ]
    scene.film(anna, 48, 5.0)
    assert [question.change.film_id for question in questions(scene)] != [third]


@pytest.mark.parametrize("deal_with", [flags.acknowledge, flags.resolve])
def test_what_a_person_has_looked_at_for_its_flag_is_asked_no_second_time(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, deal_with: Callable[..., Flag]
) -> None:
    card = read_scorer_card("mean-grey")
    wide = dataclasses.replace(card.noise[Measure.GEOGRAPHIC_EXTENT], sd=2.0)
    mixed = dataclasses.replace(card, mixed_noise={Measure.GEOGRAPHIC_EXTENT: wide})
    monkeypatch.setattr(process, "active_card", lambda *, session: mixed)  # noqa: ARG005 - the name is given
    anna, _ = scene.admit()
    scene.film(anna, 0, 1.0, taken=STANDING)
    asked = scene.film(anna, 24, 5.6)
    assert scene.standing() == [(asked, "look", "open")]
    assert questions(scene) == ()
    before = scene.bench.now
    scene.bench.wait(hours=1)
    deal_with(scene.flag(asked).id or 0, reason="seen", actor="Dr A", site=scene.bench.site)
    assert questions(scene) == ()
    with read_transaction(scene.bench.engine) as session:
        resolved = {asked} if deal_with is flags.resolve else set()
        assert read_looks_resolved([asked], session=session) == resolved
        assert read_looks_resolved([asked], as_of=before, session=session) == set()


def test_a_question_is_history_after_three_days_of_further_films(scene: Scene) -> None:
    anna, _ = scene.admit()
    scene.film(anna, 0, 1.0, taken=STANDING)
    for hours in (24, 72, 96):
        scene.film(anna, hours, 5.2)
    assert len(questions(scene)) == 1
    scene.film(anna, 97, 5.2)
    assert questions(scene) == ()


def test_films_without_order_are_listed_without_a_size(scene: Scene) -> None:
    anna, _ = scene.admit()
    first, second = scene.film(anna, 4, 1.0), scene.film(anna, 4.5, 6.5)
    with transaction(scene.bench.engine) as session:
        for film_id in (first, second):
            films.get(film_id, session=session).time_precision = TimePrecision.DAY
    scene.reevaluate(anna)
    (one,) = questions(scene)
    assert (one.change.film_id, one.change.change, one.beside) == (second, None, ())
    assert "order of films of one day" in one.change.reasons.finding
    assert flags_text(round_of(scene).steps[0]) == "? compare films by eye"

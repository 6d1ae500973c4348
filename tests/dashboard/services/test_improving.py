"""Drops on the newest film with what physiology says of them, on SQLite and on PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from film_site import START
from flag_scenes import STANDING, Scene

from core.trend.types import Reference, Verdict
from core.trend.wording import DROPS
from dashboard.services.ward.assembly import ward_board
from dashboard.services.ward.improving import Improving, Support, improving
from dashboard.services.ward.round import RoundOrder, ward_round
from dashboard.wording.row import beside_text, improving_text
from db.engine import transaction
from db.models import EventKind, FilmState
from db.repositories import clinical


@pytest.fixture
def scene(bench) -> Scene:  # noqa: ANN001 - the fixture of this folder
    """Return an empty site."""
    return Scene(bench)


def found_in(scene: Scene) -> tuple[Improving, ...]:
    return improving(ward_board(site=scene.bench.site), site=scene.bench.site)


def gases(scene: Scene, patient_id: int, before: float, now: float) -> None:
    """Enter PaO2 at FiO2 50 % around two films 24 h apart."""
    with transaction(scene.bench.engine) as session:
        for hours, pao2 in ((0, before), (24, now)):
            at = START + timedelta(hours=hours)
            clinical.add_observation(patient_id, "pao2", pao2, at=at, unit="mmHg", session=session)
            clinical.add_observation(patient_id, "fio2", 50.0, at=at, unit="%", session=session)


def falling(scene: Scene, number: str) -> tuple[int, int]:
    """Admit a patient whose geographic extent drops by 3; return patient and stay."""
    patient_id, stay_id = scene.admit(number, bed=number)
    scene.film(patient_id, 0, 5.0)
    scene.film(patient_id, 24, 2.0)
    return patient_id, stay_id


def test_those_that_physiology_agrees_with_come_first(scene: Scene) -> None:
    unknown, _ = falling(scene, "1")
    worse, _ = falling(scene, "2")
    gases(scene, worse, 120, 60)
    better, stay_id = falling(scene, "3")
    gases(scene, better, 60, 120)
    pressed, _ = falling(scene, "4")
    gases(scene, pressed, 60, 120)
    with transaction(scene.bench.engine) as session:
        clinical.add_event(pressed, EventKind.INTUBATION, at=START + timedelta(hours=20), session=session)
    found = found_in(scene)
    assert [(one.row.stay.patient_id, one.support) for one in found] == [
        (better, Support.AGREES),
        (worse, Support.DISAGREES),
        (pressed, Support.DISAGREES),
        (unknown, Support.UNKNOWN),
    ]
    assert (
        improving_text(found[0])
        == "▼▼ large drop, -2.7 in 24 h (95 %: -3.7 to -1.7). ✓ physiology agrees: consider less support"
    )
    assert [said.text for said in found[-1].explanations] == [
        "Oxygenation is missing within 12 h of at least one film: the films alone are not enough to reduce care."
    ]
    steps = ward_round(ward_board(site=scene.bench.site), order=RoundOrder.BEDS, site=scene.bench.site).steps
    of_better = next(step for step in steps if step.stay_id == stay_id)
    assert beside_text(of_better) == ("✓ physiology agrees: consider less support",)


def test_a_rise_and_a_quiet_course_are_not_listed(scene: Scene) -> None:
    for number, level in (("1", 8.0), ("2", 5.1)):
        patient_id, _ = scene.admit(number, bed=number)
        scene.film(patient_id, 0, 5.0)
        scene.film(patient_id, 24, level)
    assert found_in(scene) == ()


def test_a_drop_that_is_not_the_latest_word_is_not_listed(scene: Scene) -> None:
    anna, _ = falling(scene, "1")
    berta, _ = falling(scene, "2")
    clara, _ = falling(scene, "3")
    scene.film(clara, 26, 6.0, taken=STANDING)
    refused = scene.film(berta, 26, 6.0)
    assert [one.row.stay.patient_id for one in found_in(scene)] == [anna]
    scene.set_film(refused, FilmState.REJECTED, "The film is a lateral view.")
    assert [one.row.stay.patient_id for one in found_in(scene)] == [anna]
    scene.bench.now += timedelta(hours=50)
    assert found_in(scene) == ()


def test_only_the_board_that_alerts_has_such_a_list(scene: Scene) -> None:
    board = ward_board(reference=Reference.ADMISSION, site=scene.bench.site)
    with pytest.raises(ValueError, match="Give the one that alerts"):
        improving(board, site=scene.bench.site)


def test_a_fall_over_several_films_is_listed_where_the_newest_shows_none(scene: Scene) -> None:
    patient_id, _ = scene.admit()
    for day, level in enumerate((5.0, 4.5, 3.9, 3.3, 2.9)):
        scene.film(patient_id, 24 * day, level)
    (row,) = ward_board(site=scene.bench.site).rows
    assert row.change is not None
    assert row.sustained is not None
    assert (row.sustained.verdict, row.sustained.reference) == (Verdict.LARGE_DROP, Reference.HIGHEST)
    (one,) = found_in(scene)
    drop = row.change if row.change.verdict in DROPS else row.sustained
    assert one.change is drop
    alone = improving_text(replace(one, change=row.sustained))
    assert alone.startswith("over several films: large drop, -")
    assert ", since the highest level of the stay. ?" in alone

"""The demo ward: complete, in order, nothing in the future, and every situation of the board in it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest

from core.films.checks import check_film
from core.films.read import read_film
from core.films.synthetic.ward import DemoPatient, demo_dicom, demo_ward, draw_demo_film
from core.films.synthetic.ward_courses import FilmKind
from core.types import PatientPosition, ViewPosition
from db.models.clinical import OBSERVATION_UNITS, EventKind

NOW = datetime(2026, 3, 10, 7, 30, tzinfo=UTC)
WARD = demo_ward(NOW)


def patient(scenario: str) -> DemoPatient:
    (found,) = [each for each in WARD if scenario in each.scenario]
    return found


def extents(who: DemoPatient) -> list[float]:
    return [film.right.extent + film.left.extent for film in who.films if film.kind is FilmKind.CHEST]


def test_the_ward_has_fifteen_patients_in_two_units_each_in_a_bed_of_their_own() -> None:
    assert len(WARD) == 15
    assert {each.unit for each in WARD} == {"ICU A", "ICU B"}
    assert len({each.bed for each in WARD}) == len({each.identity.identifier for each in WARD}) == 15
    assert len({each.patient_seed for each in WARD}) == 15
    assert sum(len(each.films) for each in WARD) == 78


def test_the_same_arguments_give_the_same_ward_and_another_seed_another() -> None:
    assert demo_ward(NOW) == WARD
    other = demo_ward(NOW, seed=1)
    assert other != WARD
    assert [extents(each) for each in other] == [extents(each) for each in WARD]


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="has no time zone"):
        demo_ward(NOW.replace(tzinfo=None))


def test_nothing_lies_before_admission_or_after_now_and_all_is_in_order() -> None:
    for each in WARD:
        for dated in (each.films, each.events, each.observations):
            times = [item.acquired_at if hasattr(item, "acquired_at") else item.at for item in dated]
            assert times == sorted(times)
            assert all(each.admitted_at <= time <= NOW for time in times)


def test_every_situation_of_the_board_is_there() -> None:
    rise = extents(patient("Large rise overnight"))
    assert rise[-1] - rise[-2] > 3
    drift = extents(patient("Slow drift"))
    assert all(0 < later - earlier < 0.8 for earlier, later in pairwise(drift))
    assert np.ptp(extents(patient("within the noise"))) < 1
    assert extents(patient("White-out"))[-1] == 8
    assert patient("No film yet").films == ()
    assert len(patient("one film").films) == 1
    assert NOW - patient("Stale").films[-1].acquired_at > timedelta(hours=59)
    one_sided = patient("One-sided").films
    assert one_sided[-1].left.extent - one_sided[-2].left.extent > 2.5
    assert abs(one_sided[-1].right.extent - one_sided[-2].right.extent) < 0.2
    positions = [film.patient_position for film in patient("lying after erect").films]
    assert positions == [PatientPosition.ERECT] * 3 + [PatientPosition.SUPINE]
    assert patient("no measured values").observations == ()


def test_events_and_values_are_in_the_timelines_own_words() -> None:
    for each in WARD:
        assert {event.kind.value for event in each.events} <= {kind.value for kind in EventKind}
        assert each.events[0].kind.value == "icu_admission"
        for value in each.observations:
            assert OBSERVATION_UNITS[value.name] == value.unit
            assert value.value > 0


def test_oxygenation_follows_the_films() -> None:
    recovered = patient("Recovery after proning").observations
    pao2 = [value.value for value in recovered if value.name == "pao2"]
    fio2 = [value.value for value in recovered if value.name == "fio2"]
    ratio = 100 * np.array(pao2) / np.array(fio2)
    assert ratio[:4].mean() < 200
    assert ratio[-4:].mean() > 280
    assert all(21 <= value <= 100 for value in fio2)


def test_the_blank_and_the_lateral_film_are_refused_and_a_chest_is_accepted() -> None:
    def accepted(who: DemoPatient, number: int) -> bool:
        film = read_film(demo_dicom(who, who.films[number], size=512), site_zone=UTC)
        return not check_film(film).refused

    assert accepted(patient("Large rise"), -1)
    assert not accepted(patient("is blank"), -1)
    assert accepted(patient("is blank"), 0)
    assert not accepted(patient("stated as lateral"), 2)


def test_films_of_the_ward_are_drawn_as_described() -> None:
    who = patient("Large rise")
    drawn = draw_demo_film(who, who.films[-1], size=256)
    assert drawn.view_position is ViewPosition.AP
    assert drawn.truth.geographic_extent == pytest.approx(6.4)
    blank = patient("is blank")
    assert np.ptp(draw_demo_film(blank, blank.films[-1], size=256).pixels) == 0

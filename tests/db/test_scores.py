"""Scores, readings and the active model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import IntegrityError
from timeline_rows import DAY_0, MODEL, VERSION, film, hours, patient, score, score_value

from core.types import Interval, Score
from db.engine import transaction
from db.errors import ConflictError, NotFoundError
from db.models import FilmScore, Reading
from db.read_models.patient import read_patient
from db.repositories import key, readings, scores

FULL = replace(
    score_value(3.25),
    opacity_right=1.25,
    opacity_left=0.75,
    opacity_fraction=31.5,
    opacity_fraction_right=40.0,
    opacity_fraction_left=22.0,
    brixia_zones=(1.0, 2.0, 3.0, 0.0, 0.5, 1.5),
)


def test_score_comes_back_as_it_went_in(engine: Engine) -> None:
    full = FULL
    bare = Score(MODEL, "2", 8.0, 0.0)
    one_interval = Score(MODEL, "3", 1.0, 1.0, opacity_interval=Interval(0.5, 1.5, 0.8))
    with transaction(engine) as session:
        row = film(session, patient(session), "a")
        for value in (full, bare, one_interval):
            scores.add(key(row), value, now=hours(1), session=session)
    with transaction(engine) as session:
        for value in (full, bare, one_interval):
            found = scores.scores_of([key(row)], value.model, value.model_version, session=session)[key(row)]
            assert scores.to_score(found) == value
            assert found.scored_at == hours(1)


def test_parts_are_shown_with_the_film(engine: Engine) -> None:
    with transaction(engine) as session:
        scores.activate(MODEL, VERSION, actor="me", now=hours(0), session=session)
        anna = patient(session)
        scores.add(key(film(session, anna, "a")), FULL, now=hours(1), session=session)
        anna_id = key(anna)
    with transaction(engine) as session:
        (shown,) = read_patient(anna_id, session=session).films
        (past,) = read_patient(anna_id, session=session, as_of=hours(2)).films
    assert shown.score == past.score == FULL
    assert shown.score is not None
    assert shown.score.brixia == 8.0


def test_parts_from_arrays_are_stored_as_plain_numbers(engine: Engine) -> None:
    value = replace(
        FULL, opacity_fraction=np.float64(12.5), brixia_zones=tuple(np.arange(6, dtype=np.float32) / np.float32(2))
    )
    with transaction(engine) as session:
        row = film(session, patient(session), "a")
        stored = scores.add(key(row), value, now=hours(1), session=session)
        assert (stored.opacity_fraction, stored.brixia_zone_a, stored.brixia_zone_f) == (12.5, 0.0, 2.5)


def test_second_score_by_the_same_version_is_the_first_one(engine: Engine) -> None:
    with transaction(engine) as session:
        row = film(session, patient(session), "a")
        first = score(session, row, extent=3)
        assert score(session, row, extent=5) == first
        assert first.geographic_extent == 3
        score(session, row, extent=5, version="2")
        assert session.scalar(select(func.count()).select_from(FilmScore)) == 2
    with pytest.raises(IntegrityError), transaction(engine) as session:
        session.add(scores.from_score(key(row), score_value(), now=DAY_0))


def test_orphan_score_is_refused(engine: Engine) -> None:
    with transaction(engine) as session, pytest.raises(NotFoundError, match="does not exist"):
        scores.add(99, score_value(), now=DAY_0, session=session)


def test_intervals_of_two_levels_are_refused(engine: Engine) -> None:
    odd = Score(MODEL, VERSION, 3.0, 2.0, Interval(2, 4, 0.9), Interval(1, 3, 0.8))
    with transaction(engine) as session:
        row = film(session, patient(session), "a")
        with pytest.raises(ValueError, match=r"levels \[0.8, 0.9\]"):
            scores.add(key(row), odd, now=DAY_0, session=session)


@pytest.mark.parametrize(
    ("column", "value", "constraint"),
    [
        ("geographic_extent", 8.1, "ck_film_score_geographic_extent"),
        ("opacity", -0.1, "ck_film_score_opacity"),
        ("geographic_extent_right", 4.1, "ck_film_score_extent_right"),
        ("geographic_extent_left", -1, "ck_film_score_extent_left"),
        ("geographic_extent_low", 7, "ck_film_score_extent_interval"),
        ("opacity_high", 0.5, "ck_film_score_opacity_interval"),
        ("opacity_right", 3.1, "ck_film_score_opacity_right"),
        ("opacity_left", -0.1, "ck_film_score_opacity_left"),
        ("opacity_fraction", 100.5, "ck_film_score_fraction"),
        ("opacity_fraction_right", -1, "ck_film_score_fraction_right"),
        ("opacity_fraction_left", 101, "ck_film_score_fraction_left"),
        ("brixia_zone_a", 3.1, "ck_film_score_brixia_zone_a"),
        ("brixia_zone_f", -0.1, "ck_film_score_brixia_zone_f"),
        ("brixia_zone_c", None, "ck_film_score_brixia_zones"),
    ],
)
def test_score_off_its_scale_is_refused_by_the_database(
    engine: Engine, column: str, value: float | None, constraint: str
) -> None:
    with transaction(engine) as session:
        scores.add(key(film(session, patient(session), "a")), FULL, now=DAY_0, session=session)
    with pytest.raises(IntegrityError, match=constraint), transaction(engine) as session:
        session.execute(text(f"update film_score set {column} = :value"), {"value": value})  # noqa: S608 - columns of this test


def test_unscored_films_are_left_out(engine: Engine) -> None:
    with transaction(engine) as session:
        anna = patient(session)
        scored, unscored = film(session, anna, "a"), film(session, anna, "b")
        score(session, scored)
        found = scores.scores_of([key(scored), key(unscored)], MODEL, VERSION, session=session)
        assert list(found) == [scored.id]
        assert scores.scores_of([], MODEL, VERSION, session=session) == {}


def test_newest_activation_holds_and_the_past_keeps_its_own(engine: Engine) -> None:
    with transaction(engine) as session:
        assert scores.active_model(session=session) is None
        first = scores.activate(MODEL, "1", actor="me", now=hours(0), session=session)
        assert scores.activate(MODEL, "1", actor="me", now=hours(1), session=session) == first
        second = scores.activate(MODEL, "2", actor="me", now=hours(2), session=session)
        third = scores.activate(MODEL, "1", actor="me", now=hours(2), session=session)
        assert scores.active_model(session=session) == third
        assert scores.active_model(as_of=hours(1), session=session) == first
        assert scores.active_model(as_of=hours(-1), session=session) is None
        assert second.id != third.id
        with pytest.raises(ConflictError, match="Check the clock"):
            scores.activate(MODEL, "3", actor="me", now=hours(1), session=session)


def reading(film_id: int, **fields: float | str) -> Reading:
    values = {
        "reader": "Dr. Lang",
        "geographic_extent_right": 2.0,
        "geographic_extent_left": 1.0,
        "opacity_right": 2.0,
        "opacity_left": 1.0,
    } | fields
    return Reading(film_id=film_id, blind=True, read_at=DAY_0, **values)


def test_readings_of_one_film_stay_side_by_side(engine: Engine) -> None:
    with transaction(engine) as session:
        row = film(session, patient(session), "a")
        readings.add(reading(key(row)), session=session)
        readings.add(reading(key(row), opacity_left=3.0), session=session)
        found = readings.of_film(key(row), session=session)
        assert [(entry.reader, entry.opacity_left) for entry in found] == [("Dr. Lang", 1.0), ("Dr. Lang", 3.0)]


def test_impossible_readings_are_refused(engine: Engine) -> None:
    with transaction(engine) as session:
        row = film(session, patient(session), "a")
        for fields, message in (
            ({"reader": " "}, "needs a reader"),
            ({"geographic_extent_left": 4.5}, "geographic extent of 4.5 is off the scale. Expected 0 to 4"),
            ({"opacity_right": 3.5}, "opacity of 3.5 is off the scale. Expected 0 to 3"),
        ):
            with pytest.raises(ValueError, match=message):
                readings.add(reading(key(row), **fields), session=session)
        with pytest.raises(NotFoundError, match="no film with the id 99"):
            readings.add(reading(99), session=session)
    for column, value in (("geographic_extent_left", 5.0), ("opacity_right", -1.0)):
        with pytest.raises(IntegrityError, match="ck_reading_"), transaction(engine) as session:
            session.add(reading(key(row), **{column: value}))

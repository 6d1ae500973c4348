"""Reading sessions: their films and order, what was read, corrections, films that went away."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session
from timeline_rows import MODEL, VERSION, film, hours, patient, score

from db.engine import check, downgrade, transaction, upgrade
from db.errors import NotFoundError
from db.models import Film, FilmState, Reading, ReadingSession, ReadingSessionFilm
from db.read_models.patient import read_patient
from db.read_models.readings import read_session, read_session_films, read_sessions
from db.repositories import films, key, patients, reading_sessions, readings

READ = {"film_id": 1, "reader": "r", "blind": True, "read_at": hours(0)}
SIDES = {"geographic_extent_right": 2.0, "geographic_extent_left": 1.0, "opacity_right": 2.0, "opacity_left": 1.0}


def session_row(**fields: Any) -> ReadingSession:  # noqa: ANN401 - columns of several types
    return ReadingSession(
        **({"title": "Study 1", "reader": "Dr Ito", "blind": True, "seed": 5, "created_at": hours(0)} | fields)
    )


def read(session: Session, session_id: int, of: Film, at: float, **fields: Any) -> Reading:  # noqa: ANN401 - likewise
    values = {"reader": "Dr Ito", "blind": True, "read_at": hours(at), "session_id": session_id, **SIDES} | fields
    return readings.add(Reading(film_id=key(of), **values), session=session)


def unread(session: Session, session_id: int, of: Film, at: float, reason: str) -> Reading:
    return read(session, session_id, of, at, not_readable=reason, **dict.fromkeys(SIDES))


def test_a_session_keeps_its_films_in_order_and_every_reading(engine: Engine) -> None:
    with transaction(engine) as session:
        anna = patient(session)
        a, b, c = (film(session, anna, name) for name in "abc")
        session_id = reading_sessions.key(
            reading_sessions.add(session_row(title="  Study \n 1 "), [key(c), key(a), key(b)], session=session)
        )
        read(session, session_id, c, 1)
        read(session, session_id, c, 2, opacity_left=3.0)
        unread(session, session_id, a, 3, " motion ")
    with transaction(engine) as session:
        facts = read_session(session_id, session=session)
        assert (facts.title, facts.reader, facts.seed, facts.n_films, facts.n_read) == ("Study 1", "Dr Ito", 5, 3, 2)
        first, second, third = read_session_films(session_id, session=session)
        assert [(one.place, one.film_id) for one in (first, second, third)] == [(1, key(c)), (2, key(a)), (3, key(b))]
        assert [reading.opacity_left for reading in first.readings] == [1.0, 3.0]
        assert first.reading == first.readings[1]
        assert second.reading is not None
        assert (second.reading.not_readable, second.reading.opacity_left) == ("motion", None)
        assert (third.reading, third.readings) == (None, ())
        newest = readings.newest_of(session_id, key(c), session=session)
        assert newest is not None
        assert newest.opacity_left == 3.0
        assert readings.newest_of(session_id, key(b), session=session) is None


def test_sessions_are_listed_the_newest_first_and_stay_closed(engine: Engine) -> None:
    with transaction(engine) as session:
        one = film(session, patient(session), "a")
        first = reading_sessions.add(session_row(), [key(one)], session=session)
        second = reading_sessions.add(
            session_row(title="After", blind=False, model=MODEL, model_version=VERSION), [key(one)], session=session
        )
        for at in (5, 9):
            reading_sessions.finish(first, now=hours(at), session=session)
        reading_sessions.finish(second, now=hours(-1), session=session)
    with transaction(engine) as session:
        after, blind = read_sessions(session=session)
        assert (after.title, after.blind, after.model, after.model_version) == ("After", False, MODEL, VERSION)
        assert (blind.blind, blind.model, blind.finished_at) == (True, None, hours(5))
        # A clock that went backwards.
        assert after.finished_at == hours(0)


def test_films_to_read_are_scored_accepted_and_new_to_the_reader(engine: Engine) -> None:
    with transaction(engine) as session:
        anna, ben = patient(session), patient(session, "200")
        a, b, c, d = (film(session, anna, name) for name in "abcd")
        e = film(session, ben, "e")
        for one in (a, b, d, e):
            score(session, one)
        score(session, c, version="2")
        films.set_state(d, FilmState.RETRACTED, "wrong patient", actor="dr", now=hours(1), session=session)
        session_id = reading_sessions.key(reading_sessions.add(session_row(), [key(a)], session=session))
        read(session, session_id, a, 1)
        # One that came with a data set is no reading here.
        readings.add(Reading(film_id=key(b), reader="Dr Ito", blind=True, read_at=hours(1), **SIDES), session=session)
        to_read = [(key(b), anna.id), (key(e), ben.id)]
        for name in ("Dr Ito", " dr  ITO"):
            found = reading_sessions.films_to_read(name, MODEL, VERSION, session=session)
            assert (found.films, found.n_read_before, found.seen_unblinded) == (tuple(to_read), 1, frozenset())
        assert len(reading_sessions.films_to_read("Dr Lang", MODEL, VERSION, session=session).films) == 3


def test_patients_seen_with_the_models_scores_are_known(engine: Engine) -> None:
    with transaction(engine) as session:
        anna, ben, carl = (patient(session, number) for number in ("100", "200", "300"))
        a, b, c = (film(session, who, name) for who, name in ((anna, "a"), (ben, "b"), (carl, "c")))
        beside = reading_sessions.add(
            session_row(blind=False, model=MODEL, model_version=VERSION), [key(a)], session=session
        )
        blind = reading_sessions.add(session_row(), [key(b)], session=session)
        reading_sessions.add(session_row(reader="Dr Lang"), [key(c)], session=session)
        assert beside.finished_at is None

        def seen() -> frozenset[int]:
            return reading_sessions.films_to_read("Dr Ito", MODEL, VERSION, session=session).seen_unblinded

        assert seen() == {anna.id}
        reading_sessions.finish(blind, now=hours(5), session=session)
        assert seen() == {anna.id}
        reading_sessions.open_results(blind, now=hours(4), session=session)
        assert blind.results_opened_at == hours(5)
        assert seen() == {anna.id, ben.id}


def test_films_that_were_retracted_or_whose_patients_were_merged_show_how_they_stand(engine: Engine) -> None:
    with transaction(engine) as session:
        anna, ben = patient(session), patient(session, "200")
        a, twin, b = film(session, anna, "a"), film(session, ben, "a"), film(session, ben, "b")
        c = film(session, anna, "c")
        ids = [key(one) for one in (a, twin, b, c)]
        session_id = reading_sessions.key(reading_sessions.add(session_row(), ids, session=session))
        read(session, session_id, twin, 1)
        films.set_state(c, FilmState.RETRACTED, "wrong patient", actor="dr", now=hours(2), session=session)
        patients.merge(key(ben), key(anna), actor="dr", now=hours(3), session=session)
    with transaction(engine) as session:
        found = read_session_films(session_id, session=session)
        assert [one.state.value for one in found] == ["accepted", "duplicate", "accepted", "retracted"]
        assert found[2].patient_id == anna.id
        assert found[3].reason == "wrong patient"
        assert found[1].reading is not None


def test_what_is_no_session_or_no_reading_is_refused(engine: Engine) -> None:
    with transaction(engine) as session:
        one = film(session, patient(session), "a")
        for row, film_ids, message in (
            (session_row(title=" "), [key(one)], "needs a title and a reader"),
            (session_row(reader=""), [key(one)], "needs a title and a reader"),
            (session_row(), [], "There is none to read"),
        ):
            with pytest.raises(ValueError, match=message):
                reading_sessions.add(row, film_ids, session=session)
        session_id = reading_sessions.key(reading_sessions.add(session_row(), [key(one)], session=session))
        with pytest.raises(ValueError, match="needs the reason"):
            unread(session, session_id, one, 1, " ")
        with pytest.raises(ValueError, match="all four scores, or none"):
            read(session, session_id, one, 1, opacity_left=None)
        with pytest.raises(ValueError, match="all four scores, or none"):
            read(session, session_id, one, 1, not_readable="motion")
        with pytest.raises(NotFoundError, match="no reading session with the number 99"):
            reading_sessions.get(99, session=session)
        with pytest.raises(NotFoundError, match="number 99"):
            read_session(99, session=session)
        with pytest.raises(NotFoundError, match=f"session {session_id} has no film 2"):
            reading_sessions.film_at(session_id, 2, session=session)
        with pytest.raises(NotFoundError, match="not stored yet"):
            reading_sessions.key(session_row())
        assert read_session_films(99, session=session) == ()


@pytest.mark.parametrize(
    ("row", "constraint"),
    [
        (session_row(title=""), "ck_reading_session_title"),
        (session_row(blind=False), "ck_reading_session_blind"),
        (session_row(blind=False, model=MODEL), "ck_reading_session_model"),
        (session_row(finished_at=hours(-1)), "ck_reading_session_order"),
        (ReadingSessionFilm(session_id=1, place=0, film_id=1), "ck_reading_session_film_place"),
        (Reading(**READ), "ck_reading_readable"),
        (
            Reading(film_id=1, reader="r", blind=True, read_at=hours(0), not_readable="x", **SIDES),
            "ck_reading_readable",
        ),
    ],
)
def test_the_database_refuses_it_too(
    engine: Engine, row: ReadingSession | ReadingSessionFilm | Reading, constraint: str
) -> None:
    with transaction(engine) as session:
        one = film(session, patient(session), "a")
        reading_sessions.add(session_row(), [key(one)], session=session)
    with pytest.raises(IntegrityError, match=constraint), transaction(engine) as session:
        session.add(type(row)(**row.model_dump()))


def test_readings_that_came_with_a_data_set_outlast_the_way_up_and_down(engine: Engine) -> None:
    with transaction(engine) as session:
        anna = patient(session)
        one = film(session, anna, "a")
        readings.add(Reading(film_id=key(one), reader="RALO", blind=True, read_at=hours(0), **SIDES), session=session)
        session_id = reading_sessions.key(reading_sessions.add(session_row(), [key(one)], session=session))
        unread(session, session_id, one, 1, "motion")
        # A film that could not be read has no scores to show on a timeline.
        assert [fact.reader for fact in read_patient(key(anna), session=session).readings] == ["RALO"]
    downgrade(engine, "0005")
    upgrade(engine)
    assert check(engine) == []
    with transaction(engine) as session:
        stored = session.execute(text("select reader, opacity_right, not_readable, session_id from reading")).all()
        assert [tuple(row) for row in stored] == [("RALO", 2.0, None, None)]
        assert read_sessions(session=session) == ()


def test_an_open_session_has_no_results_to_show(engine: Engine) -> None:
    with transaction(engine) as session:
        one = film(session, patient(session), "a")
        row = reading_sessions.add(session_row(), [key(one)], session=session)
        with pytest.raises(ValueError, match="not finished has no results"):
            reading_sessions.open_results(row, now=hours(5), session=session)

"""Two processes do the same thing at the same moment: one row, and both go on with it."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import Engine
from sqlmodel import Session
from timeline_rows import DAY_0, film, flag, hours, patient, score, stay

from db.engine import transaction
from db.errors import ConflictError
from db.models import ConflictKind, Film, FilmState
from db.repositories import films, key, patients, stays

Step = Callable[[Session], object]


def meanwhile(engine: Engine, first: Step, second: Step) -> list[object]:
    """Run `second` while `first` is done but not committed; return what each gave, an error as itself."""
    given: list[object] = [None, None]
    done = threading.Event()

    def run() -> None:
        try:
            with transaction(engine) as session:
                done.wait(30)
                given[1] = second(session)
                session.flush()
        except Exception as error:  # noqa: BLE001 - handed to the main thread
            given[1] = error

    # On SQLite the second waits at its begin; on PostgreSQL at the row that the first has not committed yet.
    with transaction(engine) as session:
        thread = threading.Thread(target=run)
        thread.start()
        given[0] = first(session)
        session.flush()
        done.set()
        thread.join(0.3)
    thread.join(60)
    return given


@pytest.mark.parametrize(
    "step",
    [
        lambda session: patient(session, "7").id,
        lambda session: score(session, session.get_one(Film, 2)).id,
        lambda session: flag(session, session.get_one(Film, 2), session.get_one(Film, 1)).id,
        lambda session: (
            films.open_conflict(
                session.get_one(Film, 1),
                session.get_one(Film, 2),
                ConflictKind.SAME_UID_OTHER_PIXELS,
                now=DAY_0,
                session=session,
            ).id
        ),
    ],
    ids=["patient", "score", "flag", "conflict"],
)
def test_both_get_the_one_row(engine: Engine, step: Step) -> None:
    with transaction(engine) as session:
        anna = patient(session)
        film(session, anna, "a")
        film(session, anna, "b")
    first, second = meanwhile(engine, step, step)
    assert first == second
    assert isinstance(first, int)


def test_bed_is_given_once(engine: Engine) -> None:
    with transaction(engine) as session:
        anna, berta = patient(session, "1"), patient(session, "2")
    _, refused = meanwhile(engine, lambda session: stay(session, anna, "5"), lambda session: stay(session, berta, "5"))
    assert isinstance(refused, ConflictError)
    with transaction(engine) as session:
        stay(session, berta, "6")
        clara = stay(session, patient(session, "3"), "7")
    with transaction(engine) as session:
        there = key(stays.open_stay(key(berta), session=session) or clara)
    _, refused = meanwhile(
        engine,
        lambda session: stays.move(there, "ICU 1", "8", session=session),
        lambda session: stays.move(key(clara), "ICU 1", "8", session=session),
    )
    assert isinstance(refused, ConflictError)


def test_patient_is_admitted_once(engine: Engine) -> None:
    with transaction(engine) as session:
        anna = key(patient(session))

    def admit(session: Session) -> object:
        return stays.admit(anna, "ICU 1", "1", admitted_at=DAY_0, session=session)

    def import_open(session: Session) -> object:
        return stays.import_stay(anna, DAY_0, hours(1), still_open=True, session=session)

    _, second = meanwhile(engine, admit, import_open)
    if engine.dialect.name == "postgresql":
        assert isinstance(second, ConflictError)
    with transaction(engine) as session:
        found = stays.open_stay(anna, session=session)
        assert found is not None
        assert (found.bed, found.imported) == ("1", False)


def test_film_that_arrives_during_a_merge_reaches_the_patient_that_remains(engine: Engine) -> None:
    with transaction(engine) as session:
        source, target = key(patient(session, "1")), key(patient(session, "2"))

    def arrive(session: Session) -> object:
        return film(session, patient(session, "1"), "late", at=1, state=FilmState.RECEIVED).patient_id

    merged, owner = meanwhile(
        engine,
        lambda session: patients.merge(source, target, actor="dr", now=DAY_0, session=session).patient_id,
        arrive,
    )
    assert merged == owner == target

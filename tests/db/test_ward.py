"""What the ward board reads, now and as it stood."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, event
from timeline_rows import DAY_0, MODEL, VERSION, film, flag, hours, patient, score, score_value, stay

from core.trend.reasons import Reasons
from core.trend.types import FlagKind, Verdict
from core.types import PatientPosition, TimePrecision, ViewPosition
from db.engine import read_transaction, transaction
from db.models import EventKind, FilmState, FlagCause, FlagState
from db.read_models.facts import EventFacts, FilmFacts, FlagFacts, StayFacts
from db.read_models.ward import Ward, read_ward
from db.repositories import clinical, films, flags, key, patients, scores, stays


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """List the SELECT statements sent in this block."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "WITH")):
            sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine, "before_cursor_execute", note)


def ward_at(engine: Engine, at: float | None = None, unit: str | None = None) -> Ward:
    with read_transaction(engine) as session:
        return read_ward(session=session, as_of=None if at is None else hours(at), unit=unit)


def test_empty_database_gives_an_empty_ward(engine: Engine) -> None:
    assert ward_at(engine) == Ward((), None, None, (), {})
    assert ward_at(engine, 5) == Ward((), None, None, (), {})


def test_entry_holds_stay_films_scores_and_flags(engine: Engine) -> None:
    with transaction(engine) as session:
        scores.activate(MODEL, VERSION, actor="me", now=DAY_0, session=session)
        anna = patient(session, "100", "Weiss^Anna")
        here = stay(session, anna, "4", at=1)
        late = film(session, anna, "b", at=30, stay_id=here.id, view_position=ViewPosition.AP, portable=True)
        early = film(session, anna, "a", at=10, stay_id=here.id, patient_position=PatientPosition.SUPINE)
        refused = film(session, anna, "c", at=20, stay_id=here.id, state=FilmState.REJECTED, reason="lateral")
        untimed = film(session, anna, "d", at=5, acquired_at=None, stay_id=here.id, state=FilmState.RECEIVED)
        score(session, early, 2, at=11)
        score(session, late, 5, at=31)
        score(session, late, 7, at=31, version="2")
        opened = flag(session, late, early, at=32)
        clinical.add_event(key(anna), EventKind.INTUBATION, at=hours(2), session=session)
        clinical.add_event(key(anna), EventKind.EXTUBATION, at=hours(25), note="weaned", session=session)
        clinical.add_event(key(anna), EventKind.PRONING, at=hours(26), session=session)
    ward = ward_at(engine)
    assert (ward.active_model, ward.active_version, ward.units, ward.unplaced) == (MODEL, VERSION, ("ICU 1",), {})
    (entry,) = ward.entries
    assert entry.stay == StayFacts(
        key(here), key(anna), "ICU 1", "4", hours(1), None, TimePrecision.SECOND, "Weiss^Anna", "100", "clinic",
        None, "", None,
    )  # fmt: skip
    assert [facts.film_id for facts in entry.films] == [early.id, refused.id, late.id, untimed.id]
    assert entry.films[2] == FilmFacts(
        film_id=key(late),
        stay_id=key(here),
        patient_id=key(anna),
        acquired_at=hours(30),
        time_precision=TimePrecision.SECOND,
        received_at=hours(30),
        view_position=ViewPosition.AP,
        patient_position=PatientPosition.UNKNOWN,
        portable=True,
        state=FilmState.ACCEPTED,
        reason="",
        overruled=False,
        content_hash="b",
        score=score_value(5),
        scored_at=hours(31),
    )
    assert (entry.films[1].state, entry.films[1].reason, entry.films[1].score) == (FilmState.REJECTED, "lateral", None)
    assert entry.flags == (
        FlagFacts(
            key(opened), key(late), key(early), FlagKind.RISE, Verdict.RISE, 2.0, "geographic extent rose",
            FlagState.OPEN, hours(32), None, MODEL, VERSION, reasons=Reasons("geographic extent rose"),
        ),
    )  # fmt: skip
    assert entry.ventilation == EventFacts(2, EventKind.EXTUBATION, hours(25), TimePrecision.SECOND, "weaned", "")


def test_unit_filters_entries_and_discharged_patients_are_gone(engine: Engine) -> None:
    with transaction(engine) as session:
        for number, unit, bed in (("1", "ICU 2", "1"), ("2", "ICU 1", "2"), ("3", "ICU 1", "1")):
            stay(session, patient(session, number), bed, unit=unit)
        gone = stay(session, patient(session, "4"), "9", unit="ICU 9")
        stays.discharge(key(gone), hours(1), session=session)
    assert [entry.stay.identifier for entry in ward_at(engine).entries] == ["3", "2", "1"]
    one = ward_at(engine, unit="ICU 2")
    assert ([entry.stay.identifier for entry in one.entries], one.units) == (["1"], ("ICU 1", "ICU 2"))
    assert ward_at(engine, unit="ICU 7").entries == ()


def test_films_without_a_stay_are_counted_by_state(engine: Engine) -> None:
    with transaction(engine) as session:
        anna = patient(session)
        here = stay(session, anna)
        film(session, anna, "a", stay_id=here.id)
        film(session, anna, "b")
        film(session, anna, "c")
        film(session, anna, "d", state=FilmState.QUARANTINED, reason="same pixels")
    assert ward_at(engine).unplaced == {FilmState.ACCEPTED: 2, FilmState.QUARANTINED: 1}


def test_as_of_shows_what_stood_then(engine: Engine) -> None:
    with transaction(engine) as session:
        scores.activate(MODEL, "1", actor="me", now=hours(0), session=session)
        anna, berta = patient(session, "1"), patient(session, "2")
        here = stay(session, anna, "1", at=1)
        there = stay(session, berta, "2", at=40)
        first = film(session, anna, "a", at=2, stay_id=here.id)
        score(session, first, 2, at=3)
        second = film(session, anna, "b", at=10, stay_id=here.id)
        score(session, second, 5, at=12)
        opened = flag(session, second, first, at=12)
        until = hours(30)
        flags.set_state(
            opened,
            FlagState.SNOOZED,
            cause=FlagCause.PERSON,
            actor="dr",
            reason="later",
            now=hours(20),
            snoozed_until=until,
            session=session,
        )
        # The second film was Berta's: moved at hour 41, its flag withdrawn, the first one retracted.
        films.move(second, key(berta), key(there), reason="mixed up", actor="dr", now=hours(41), session=session)
        flags.set_state(
            opened,
            FlagState.WITHDRAWN,
            cause=FlagCause.PERSON,
            actor="w",
            reason="moved",
            now=hours(41),
            session=session,
        )
        films.set_state(first, FilmState.RETRACTED, "blurred", actor="dr", now=hours(42), session=session)
        scores.activate(MODEL, "2", actor="me", now=hours(43), session=session)
        score(session, second, 6, at=44, version="2")
        stays.discharge(key(here), hours(45), session=session)

    def shown(at: float) -> dict[str, list[tuple[str, FilmState, float | None]]]:
        return {
            entry.stay.identifier: [
                (facts.content_hash, facts.state, facts.score and facts.score.geographic_extent)
                for facts in entry.films
            ]
            for entry in ward_at(engine, at).entries
        }

    def flag_states(at: float) -> list[tuple[FlagState, datetime | None]]:
        return [(facts.state, facts.snoozed_until) for entry in ward_at(engine, at).entries for facts in entry.flags]

    ok = FilmState.ACCEPTED
    assert shown(0) == {}
    assert shown(1) == {"1": []}
    assert shown(2) == {"1": [("a", ok, None)]}
    assert shown(11) == {"1": [("a", ok, 2.0), ("b", ok, None)]}
    assert shown(12) == {"1": [("a", ok, 2.0), ("b", ok, 5.0)]}
    assert shown(41) == {"1": [("a", ok, 2.0)], "2": [("b", ok, 5.0)]}
    assert shown(42) == {"1": [("a", FilmState.RETRACTED, 2.0)], "2": [("b", ok, 5.0)]}
    assert shown(43) == {"1": [("a", FilmState.RETRACTED, None)], "2": [("b", ok, None)]}
    assert shown(45) == {"2": [("b", ok, 6.0)]}
    assert ward_at(engine, 45).entries == ward_at(engine).entries
    assert ward_at(engine, 42).active_version == "1"
    assert flag_states(11) == []
    assert flag_states(12) == [(FlagState.OPEN, None)]
    assert flag_states(40) == [(FlagState.SNOOZED, until)]
    assert flag_states(41) == [(FlagState.WITHDRAWN, None)]


def test_as_of_counts_unplaced_films_of_then(engine: Engine) -> None:
    with transaction(engine) as session:
        anna = patient(session)
        film(session, anna, "a", at=5)
        here = stay(session, anna, at=0)
        stays.assign_films(here, zone=UTC, actor="nurse", now=hours(9), session=session)
    assert ward_at(engine, 4).unplaced == {}
    assert ward_at(engine, 6).unplaced == {FilmState.ACCEPTED: 1}
    assert ward_at(engine, 9).unplaced == {}


def test_as_of_without_zone_is_refused(engine: Engine) -> None:
    with read_transaction(engine) as session, pytest.raises(ValueError, match="has no time zone"):
        read_ward(session=session, as_of=datetime(2026, 3, 1))  # noqa: DTZ001 - what is to be refused


@pytest.mark.parametrize("count", [3, 50])
def test_board_is_four_statements_however_many_patients(engine: Engine, count: int) -> None:
    with transaction(engine) as session:
        scores.activate(MODEL, VERSION, actor="me", now=DAY_0, session=session)
        for number in range(count):
            one = patient(session, f"{number}")
            here = stay(session, one, f"{number}")
            a, b = (film(session, one, name, at=at, stay_id=here.id) for name, at in (("a", 1), ("b", 2)))
            score(session, a, at=3)
            flag(session, b, a, at=4)
    for as_of in (None, hours(5)):
        with read_transaction(engine) as session, statements(engine) as sent:
            ward = read_ward(session=session, as_of=as_of)
        assert len(ward.entries) == count
        assert all(len(entry.films) == 2 and len(entry.flags) == 1 for entry in ward.entries)
        assert len(sent) == 4


def test_merged_patient_is_on_the_board_once_with_all_films(engine: Engine) -> None:
    with transaction(engine) as session:
        source, target = patient(session, "1"), patient(session, "2")
        here = stay(session, source)
        film(session, source, "a", stay_id=here.id)
        patients.merge(key(source), key(target), actor="dr", now=hours(1), session=session)
    (entry,) = ward_at(engine).entries
    assert (entry.stay.identifier, entry.stay.patient_id) == ("2", target.id)
    assert [facts.patient_id for facts in entry.films] == [target.id]

"""What the patient's screen, the film's and the lists read."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import Engine
from timeline_rows import DAY_0, MODEL, VERSION, film, flag, hours, patient, score, score_value, stay

from core.types import CheckResult, CheckVerdict, TimePrecision
from db.engine import read_transaction, transaction
from db.errors import NotFoundError
from db.models import ConflictKind, EventKind, FilmState, FlagCause, FlagState, Reading
from db.read_models.facts import (
    ActionFacts,
    CheckFacts,
    ConflictFacts,
    EventFacts,
    ObservationFacts,
    PatientFacts,
    ReadingFacts,
    StatedIdentity,
    TransitionFacts,
)
from db.read_models.films import ReasonCount, films_not_scored, find_patients, list_flags, read_film
from db.read_models.patient import read_patient
from db.repositories import clinical, films, flags, key, patients, readings, scores, stays


def test_timeline_of_a_patient_now_and_then(engine: Engine) -> None:
    with transaction(engine) as session:
        scores.activate(MODEL, VERSION, actor="me", now=DAY_0, session=session)
        anna = patient(session, "100", "Weiss^Anna")
        here = stay(session, anna, at=0)
        a, b = film(session, anna, "a", at=1, stay_id=here.id), film(session, anna, "b", at=30, stay_id=here.id)
        score(session, a, 2, at=2)
        score(session, b, 5, at=31)
        opened = flag(session, b, a, at=31)
        flags.set_state(
            opened,
            FlagState.ACKNOWLEDGED,
            cause=FlagCause.PERSON,
            actor="dr",
            reason="seen",
            now=hours(40),
            session=session,
        )
        for value, at in ((8, 3), (5, 35)):
            clinical.add_observation(key(anna), "peep", value, at=hours(at), unit="cmH2O", session=session)
        clinical.add_event(key(anna), EventKind.INTUBATION, at=hours(3), session=session)
        clinical.add_event(key(anna), EventKind.EXTUBATION, at=hours(35), session=session)
        for row, at in ((a, 2), (b, 31)):
            films.add_checks(
                key(row), [CheckResult("frontal", "1", CheckVerdict.PASSED)], now=hours(at), session=session
            )
            sides = {"geographic_extent_right": 2, "geographic_extent_left": 1, "opacity_right": 2, "opacity_left": 1}
            readings.add(
                Reading(film_id=key(row), reader="dr", blind=True, read_at=hours(at), **sides), session=session
            )
    with read_transaction(engine) as session:
        now = read_patient(key(anna), session=session)
        then = read_patient(key(anna), as_of=hours(30), session=session)
    assert now.patient == then.patient == PatientFacts(key(anna), "Weiss^Anna", "100", "clinic", None, "", None)
    assert (now.active_model, now.active_version) == (MODEL, VERSION)
    assert [facts.stay_id for facts in now.stays] == [here.id]
    assert [(facts.film_id, facts.score) for facts in now.films] == [(a.id, score_value(2)), (b.id, score_value(5))]
    assert [(facts.film_id, facts.score) for facts in then.films] == [(a.id, score_value(2)), (b.id, None)]
    assert [facts.state for facts in now.flags] == [FlagState.ACKNOWLEDGED]
    assert then.flags == ()
    assert now.actions == {
        key(opened): (
            ActionFacts(key(opened), hours(31), FlagState.OPEN, "worker", "", None),
            ActionFacts(key(opened), hours(40), FlagState.ACKNOWLEDGED, "dr", "seen", None),
        )
    }
    peep = [
        ObservationFacts(number, "peep", v, "", "cmH2O", hours(at), TimePrecision.SECOND, "")
        for number, v, at in ((1, 8.0, 3), (2, 5.0, 35))
    ]
    assert now.observations == tuple(peep)
    assert then.observations == (peep[0],)
    intubation = EventFacts(1, EventKind.INTUBATION, hours(3), TimePrecision.SECOND, "", "")
    assert now.events == (intubation, EventFacts(2, EventKind.EXTUBATION, hours(35), TimePrecision.SECOND, "", ""))
    assert then.events == (intubation,)
    first_check = CheckFacts(key(a), "frontal", "1", CheckVerdict.PASSED, "", hours(2))
    assert now.checks[key(a)] == (first_check,)
    assert then.checks == {key(a): (first_check,)}
    assert now.readings[0] == ReadingFacts(key(a), "dr", 2.0, 1.0, 2.0, 1.0, True, hours(2))
    assert [facts.film_id for facts in then.readings] == [a.id]
    with read_transaction(engine) as session:
        at_31 = read_patient(key(anna), as_of=hours(31), session=session)
        assert [facts.state for facts in at_31.flags] == [FlagState.OPEN]
        assert len(at_31.actions[key(opened)]) == 1
        assert read_patient(key(anna), as_of=hours(-1), session=session).stays == ()


def test_merged_patient_leads_to_the_whole_timeline(engine: Engine) -> None:
    with transaction(engine) as session:
        source, target = patient(session, "1"), patient(session, "2")
        film(session, source, "a", at=1)
        film(session, source, "b", at=2)
        film(session, target, "b", at=2)
        patients.merge(key(source), key(target), actor="dr", now=hours(9), session=session)
    with read_transaction(engine) as session:
        timeline = read_patient(key(source), session=session)
    assert timeline.patient.identifier == "2"
    assert [(facts.content_hash, facts.state) for facts in timeline.films] == [
        ("a", FilmState.ACCEPTED),
        ("b", FilmState.DUPLICATE),
        ("b", FilmState.ACCEPTED),
    ]


def test_unknown_patient_and_film_are_named(engine: Engine) -> None:
    with transaction(engine) as session:
        row = film(session, patient(session), "a", at=5)
    with read_transaction(engine) as session:
        with pytest.raises(NotFoundError, match="no patient with the id 99"):
            read_patient(99, session=session)
        with pytest.raises(NotFoundError, match=r"no film with the id 99\."):
            read_film(99, session=session)
        with pytest.raises(NotFoundError, match="at that time"):
            read_film(key(row), as_of=hours(4), session=session)


def test_film_shows_its_way_its_checks_and_what_it_contradicts(engine: Engine) -> None:
    with transaction(engine) as session:
        anna, berta = patient(session, "1", "Weiss"), patient(session, "2", "Berg")
        other = film(
            session, berta, "b", stated_identifier="2", stated_name="Berg", stated_sex="F",
            stated_birth_date=date(1950, 2, 3),
        )  # fmt: skip
        row = film(
            session, anna, "a", at=1, stated_identifier="1", stated_name="Weiss", original_name="f.dcm",
            modality="DX", sop_instance_uid="1.2", synthetic=True, state=FilmState.RECEIVED,
        )  # fmt: skip
        refused = CheckResult("frontal", "1", CheckVerdict.NOTED, "The film may be rotated.")
        films.add_checks(key(row), [refused], now=hours(2), session=session)
        conflict = films.open_conflict(
            row, other, ConflictKind.SAME_PIXELS_OTHER_PATIENT, now=hours(3), session=session
        )
        films.set_state(row, FilmState.QUARANTINED, "same pixels", actor="worker", now=hours(3), session=session)
        films.resolve_conflicts(key(row), actor="dr", now=hours(8), session=session)
    with read_transaction(engine) as session:
        detail, before = read_film(key(row), session=session), read_film(key(row), as_of=hours(5), session=session)
        seen_from_other = read_film(key(other), session=session).conflicts
        assert read_film(key(row), as_of=hours(2), session=session).conflicts == ()
    assert (detail.film.state, detail.film.reason) == (FilmState.QUARANTINED, "same pixels")
    assert (detail.patient.name, detail.stated) == ("Weiss", StatedIdentity("1", "", "Weiss", None, ""))
    assert (detail.original_name, detail.modality, detail.sop_instance_uid) == ("f.dcm", "DX", "1.2")
    assert (detail.synthetic, detail.duplicate_of_id, detail.attempts, detail.retry_at) == (True, None, 0, None)
    assert detail.checks == (
        CheckFacts(key(row), "frontal", "1", CheckVerdict.NOTED, "The film may be rotated.", hours(2)),
    )
    assert detail.transitions == (
        TransitionFacts(hours(1), FilmState.RECEIVED, key(anna), None, "", "", "worker"),
        TransitionFacts(hours(3), FilmState.QUARANTINED, key(anna), None, "same pixels", "", "worker"),
    )
    assert detail.conflicts == (
        ConflictFacts(
            conflict_id=conflict.id or 0,
            kind=ConflictKind.SAME_PIXELS_OTHER_PATIENT,
            opened_at=hours(3),
            resolved_at=hours(8),
            resolved_by="dr",
            other_film_id=key(other),
            other_acquired_at=DAY_0,
            other_content_hash="b",
            other_stated=StatedIdentity("2", "", "Berg", date(1950, 2, 3), "F"),
            other_patient=PatientFacts(key(berta), "Berg", "2", "clinic", None, "", None),
        ),
    )
    assert [facts.resolved_at for facts in before.conflicts] == [None]
    assert [facts.other_film_id for facts in seen_from_other] == [row.id]


def test_films_not_scored_say_why_and_how_many(engine: Engine) -> None:
    with transaction(engine) as session:
        anna, berta = patient(session, "1", "Weiss"), patient(session, "2", "Berg")
        scored = film(session, anna, "a", at=1)
        waiting = film(session, anna, "b", at=2, original_name="b.png")
        first = film(session, anna, "c", at=3, state=FilmState.REJECTED, reason="lateral film")
        second = film(session, berta, "d", at=4, state=FilmState.REJECTED, reason="lateral film")
        new = film(session, berta, "e", at=5, state=FilmState.RECEIVED)
        score(session, scored, at=6)
    with read_transaction(engine) as session:
        # Without an active model nothing counts as scored.
        assert len(films_not_scored(session=session).films) == 5
    with transaction(engine) as session:
        scores.activate(MODEL, VERSION, actor="me", now=hours(6), session=session)
    with read_transaction(engine) as session:
        found = films_not_scored(session=session)
        rejected = films_not_scored(states=[FilmState.REJECTED], limit=1, session=session)
        of_anna = films_not_scored(patient_id=key(anna), session=session)
        at_4 = films_not_scored(as_of=hours(4), session=session)
    assert [row.film.film_id for row in found.films] == [new.id, second.id, first.id, waiting.id]
    assert (found.films[1].patient.name, found.films[3].original_name) == ("Berg", "b.png")
    assert set(found.counts) == {
        ReasonCount(FilmState.REJECTED, "lateral film", 2),
        ReasonCount(FilmState.RECEIVED, "", 1),
        ReasonCount(FilmState.ACCEPTED, "", 1),
    }
    assert [row.film.film_id for row in rejected.films] == [second.id]
    assert rejected.counts == (ReasonCount(FilmState.REJECTED, "lateral film", 2),)
    assert [row.film.film_id for row in of_anna.films] == [first.id, waiting.id]
    assert [row.film.film_id for row in at_4.films] == [second.id, first.id, waiting.id, scored.id]


def test_flags_are_listed_with_patient_and_place(engine: Engine) -> None:
    with transaction(engine) as session:
        anna, berta = patient(session, "1", "Weiss"), patient(session, "2", "Berg")
        here = stay(session, anna, "4")
        a, b = (film(session, anna, name, stay_id=here.id) for name in "ab")
        c, d = (film(session, berta, name) for name in "cd")
        one, two = flag(session, b, a, at=1), flag(session, d, c, at=2)
        flags.set_state(
            one, FlagState.RESOLVED, cause=FlagCause.PERSON, actor="dr", reason="treated", now=hours(5), session=session
        )
    with read_transaction(engine) as session:
        (open_now,) = list_flags(session=session)
        assert (open_now.flag.flag_id, open_now.patient.name, open_now.unit, open_now.bed) == (
            two.id,
            "Berg",
            None,
            None,
        )
        (resolved,) = list_flags([FlagState.RESOLVED], session=session)
        assert (resolved.flag.flag_id, resolved.patient.name) == (one.id, "Weiss")
        assert (resolved.unit, resolved.bed) == ("ICU 1", "4")
        then = list_flags(as_of=hours(3), session=session)
        assert [row.flag.flag_id for row in then] == [two.id, one.id]
        assert [row.flag.flag_id for row in list_flags(unit="ICU 1", as_of=hours(3), session=session)] == [one.id]
        assert list_flags(unit="ICU 1", session=session) == []


def test_patients_are_found_with_their_open_or_last_stay(engine: Engine) -> None:
    with transaction(engine) as session:
        anna, berta, never = (
            patient(session, number, f"{name}^Test") for number, name in zip("123", "ABC", strict=True)
        )
        for at in (0, 50):
            stays.discharge(key(stay(session, anna, at=at)), hours(at + 10), session=session)
        there = stay(session, berta, "2", at=5)
        stays.import_stay(key(berta), hours(90), hours(99), session=session)
    with read_transaction(engine) as session:
        found = find_patients("test", session=session)
        assert find_patients("nobody", session=session) == []
    assert [row.patient.patient_id for row in found] == [anna.id, berta.id, never.id]
    assert [row.present for row in found] == [False, True, False]
    assert found[0].stay is not None
    assert found[0].stay.admitted_at == hours(50)
    assert found[1].stay is not None
    assert found[1].stay.stay_id == there.id
    assert found[2].stay is None

"""The schema goes up and down and is what the program needs."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest
import sqlalchemy
from own_versions import own_version
from sqlalchemy import Engine, bindparam, inspect, select, text
from timeline_rows import film, flag, hours, patient, proposed, score, stay

from core.trend.types import Verdict
from core.types import Interval, Score, TimeDoubt, TimePrecision
from db import schema
from db.columns import UtcDateTime
from db.engine import (
    check,
    create_engine,
    current_revision,
    downgrade,
    head_revision,
    read_transaction,
    require_current,
    transaction,
    upgrade,
)
from db.errors import SchemaOutdatedError
from db.models import (
    ClinicalEvent,
    ConflictKind,
    Decision,
    EventKind,
    Film,
    FilmState,
    FlagCause,
    FlagsToRevise,
    Observation,
    ReadingSession,
    Table,
    UnitSettingsChange,
)
from db.read_models.patient import read_patient
from db.read_models.rounds import read_last_reviews
from db.repositories import clinical, films, flags, key, reading_sessions, recalibrations, rounds, scores


def structure(engine: Engine) -> dict[str, dict[str, list[str]]]:
    """Return everything the database says of its tables, as comparable text."""
    inspector = inspect(engine)

    def plain(value: object) -> str:
        return repr(sorted((k, plain(v)) for k, v in value.items())) if isinstance(value, dict) else str(value)

    def listed(rows: Iterable[Mapping[str, object]]) -> list[str]:
        return sorted(plain(row) for row in rows)

    return {
        table: {
            "columns": listed(inspector.get_columns(table)),
            "primary key": listed([inspector.get_pk_constraint(table)]),
            "foreign keys": listed(inspector.get_foreign_keys(table)),
            "unique": listed(inspector.get_unique_constraints(table)),
            "checks": listed(inspector.get_check_constraints(table)),
            "indexes": listed(inspector.get_indexes(table)),
        }
        for table in inspector.get_table_names()
        if table != "alembic_version"
    }


def test_migrations_make_exactly_the_tables_of_the_program(engine: Engine) -> None:
    migrated = structure(engine)
    downgrade(engine, "base")
    Table.metadata.create_all(engine)
    assert set(migrated) == set(Table.metadata.tables)
    assert structure(engine) == migrated
    assert any("discharged_at" in index for index in migrated["stay"]["indexes"])


def test_schema_goes_up_and_down(engine: Engine) -> None:
    assert current_revision(engine) == head_revision()
    assert check(engine) == []
    downgrade(engine, "base")
    assert current_revision(engine) is None
    assert structure(engine) == {}
    upgrade(engine)
    assert check(engine) == []


def test_upgrade_of_a_current_database_keeps_its_rows(engine: Engine) -> None:
    with transaction(engine) as session:
        film(session, patient(session), "a")
    upgrade(engine)
    with transaction(engine) as session:
        assert session.execute(text("select count(*) from film")).scalar() == 1


def columns_of_scores(engine: Engine) -> set[str]:
    return {str(column["name"]) for column in inspect(engine).get_columns("film_score")}


def test_scores_stored_before_they_had_parts_are_kept(engine: Engine) -> None:
    with transaction(engine) as session:
        film_id = key(film(session, patient(session), "a"))
    downgrade(engine, "0001")
    assert "geographic_extent_left" in columns_of_scores(engine)
    assert not {name for name in columns_of_scores(engine) if "brixia" in name or "fraction" in name}
    with transaction(engine) as session:
        session.execute(
            text(
                "insert into film_score (film_id, model, model_version, geographic_extent, opacity, opacity_low,"
                " opacity_high, interval_level, geographic_extent_right, geographic_extent_left, scored_at)"
                " values (:film_id, 'embedded', '1', 3.25, 2.5, 1.5, 3.5, 0.9, 2.0, 1.25, :at)"
            ).bindparams(bindparam("at", type_=UtcDateTime)),
            {"film_id": film_id, "at": hours(0)},
        )
    upgrade(engine)
    assert check(engine) == []
    with transaction(engine) as session:
        row = scores.scores_of([film_id], "embedded", "1", session=session)[film_id]
    assert scores.to_score(row) == Score(
        "embedded",
        "1",
        3.25,
        2.5,
        opacity_interval=Interval(1.5, 3.5, 0.9),
        geographic_extent_right=2.0,
        geographic_extent_left=1.25,
    )
    assert row.scored_at == hours(0)


def test_the_way_back_drops_the_parts_and_keeps_the_scores(engine: Engine) -> None:
    with transaction(engine) as session:
        row = score(session, film(session, patient(session), "a"), extent=3.5)
        row.opacity_fraction = 30.0
    downgrade(engine, "0001")
    with transaction(engine) as session:
        stored = session.execute(text("select geographic_extent, geographic_extent_right from film_score")).all()
    assert [tuple(one) for one in stored] == [(3.5, 2.0)]
    upgrade(engine)
    with transaction(engine) as session:
        found = scores.scores_of([row.film_id], row.model, row.model_version, session=session)[row.film_id]
        assert (found.geographic_extent, found.opacity_fraction) == (3.5, None)


def test_flags_stored_before_they_listed_their_films_list_the_one_they_have(engine: Engine) -> None:
    with transaction(engine) as session:
        anna = patient(session)
        first, last = film(session, anna, "a"), film(session, anna, "b")
        opened = flag(session, last, first, at=1)
        flag_id, film_id = key(opened), key(last)
    downgrade(engine, "0003")
    assert "flag_film" not in inspect(engine).get_table_names()
    upgrade(engine)
    assert check(engine) == []
    with transaction(engine) as session:
        stored = session.execute(text("select flag_id, film_id, verdict, change from flag_film")).all()
        assert [tuple(one) for one in stored] == [(flag_id, film_id, "rise", 2.0)]
        assert flags.get(flag_id, session=session).resolved_by_film_id is None


TIMES = bindparam("at", type_=UtcDateTime)
OLD_VALUE = "insert into observation (patient_id, name, value, comparator, unit, at, time_precision)"
OLD_EVENT = "insert into clinical_event (patient_id, kind, at, time_precision, note)"


def test_events_and_values_stored_before_their_author_was_are_kept(engine: Engine) -> None:
    with transaction(engine) as session:
        anna = key(patient(session))
    downgrade(engine, "0006")
    with transaction(engine) as session:
        for statement, values in (
            (OLD_VALUE, ":anna, 'crp', 5.0, '<', 'mg/l', :at, 'second'"),
            (OLD_EVENT, ":anna, 'intubation', :at, 'second', 'tube 8'"),
        ):
            session.execute(text(f"{statement} values ({values})").bindparams(TIMES), {"anna": anna, "at": hours(1)})
    upgrade(engine)
    assert check(engine) == []
    with read_transaction(engine) as session:
        timeline = read_patient(anna, session=session)
    (value,), (event,) = timeline.observations, timeline.events
    assert (value.name, value.value, value.comparator, value.at, value.added_by) == ("crp", 5.0, "<", hours(1), "")
    assert (event.kind, event.note, event.at, event.added_by) == (EventKind.INTUBATION, "tube 8", hours(1), "")
    with transaction(engine) as session:
        # Two of the same stay one, as before.
        assert not clinical.add_event(anna, EventKind.INTUBATION, at=hours(1), note="tube 8", session=session)
        assert not clinical.add_observation(anna, "crp", 5.0, at=hours(1), comparator="<", session=session)


def test_the_way_back_keeps_what_stands_and_drops_what_was_taken_back(engine: Engine) -> None:
    with transaction(engine) as session:
        anna = key(patient(session))
        for number in (1, 2):
            # The same once more, after the first one was taken back.
            assert clinical.add_event(anna, EventKind.PRONING, at=hours(1), added_by="Dr A", session=session)
            assert clinical.add_observation(anna, "peep", 8, at=hours(1), added_by="Dr A", session=session)
            if number == 1:
                for kind in (ClinicalEvent, Observation):
                    clinical.take_back(kind, 1, reason="twice", actor="Dr B", now=hours(2), session=session)
    downgrade(engine, "0006")
    with transaction(engine) as session:
        assert session.execute(text("select id, kind from clinical_event")).all() == [(2, "proning")]
        assert session.execute(text("select id, name, value from observation")).all() == [(2, "peep", 8.0)]
    upgrade(engine)
    assert check(engine) == []
    with read_transaction(engine) as session:
        timeline = read_patient(anna, session=session)
    assert [(event.event_id, event.added_by) for event in timeline.events] == [(2, "")]
    assert [(observation.observation_id, observation.added_by) for observation in timeline.observations] == [(2, "")]


def test_films_stored_before_their_sides_were_judged_are_not_in_doubt(engine: Engine) -> None:
    with transaction(engine) as session:
        film_id = key(film(session, patient(session), "a"))
    downgrade(engine, "0007")
    assert "sides_in_doubt" not in {str(column["name"]) for column in inspect(engine).get_columns("film")}
    upgrade(engine)
    assert check(engine) == []
    with transaction(engine) as session:
        stored = session.get_one(Film, film_id)
        assert (stored.content_hash != "", stored.sides_in_doubt) == (True, False)


def test_results_of_sessions_finished_before_the_upgrade_were_shown(engine: Engine) -> None:
    with transaction(engine) as session:
        one = film(session, patient(session), "a")
        rows = [
            reading_sessions.add(
                ReadingSession(title=title, reader="Dr Ito", blind=True, seed=1, created_at=hours(0)),
                [key(one)],
                session=session,
            )
            for title in ("open", "finished")
        ]
        reading_sessions.finish(rows[1], now=hours(5), session=session)
    downgrade(engine, "0017")
    assert "settled_reading" not in inspect(engine).get_table_names()
    upgrade(engine)
    assert check(engine) == []
    with transaction(engine) as session:
        opened = {row.title: row.results_opened_at for row in session.scalars(select(ReadingSession))}
        assert opened == {"open": None, "finished": hours(5)}


def test_database_without_schema_names_the_command(engine: Engine) -> None:
    require_current(engine)
    downgrade(engine, "base")
    with pytest.raises(SchemaOutdatedError, match="lungline db upgrade"):
        require_current(engine)
    assert check(engine) == [
        f"The database has schema version none, this program needs {head_revision()}: run `lungline db upgrade`."
    ]


def test_database_of_a_newer_program_is_refused(engine: Engine) -> None:
    with transaction(engine) as session:
        session.execute(text("update alembic_version set version_num = '9999'"))
    with pytest.raises(SchemaOutdatedError, match="newer Lungline"):
        require_current(engine)


def test_check_finds_columns_and_constraints_that_differ(postgres_url: str) -> None:
    engine = create_engine(postgres_url)
    with transaction(engine) as session:
        session.execute(text("alter table film add column colour text"))
        session.execute(text("alter table film drop constraint ck_film_reason"))
    findings = check(engine)
    engine.dispose()
    assert len(findings) == 2
    assert "colour" in findings[0]
    assert findings[1] == "Table film lacks the constraint ck_film_reason."


def test_check_finds_broken_references_in_a_sqlite_file(sqlite_url: str) -> None:
    broken = sqlalchemy.create_engine(sqlite_url)
    with broken.begin() as connection:
        connection.exec_driver_sql(
            "insert into reading values (7, 99, 'r', 1, 1, 1, 1, 0, '2026-03-01 00:00:00.000000', null, null)"
        )
    broken.dispose()
    engine = create_engine(sqlite_url)
    assert check(engine) == ["Row 7 of table reading points to a row of film that does not exist."]
    with pytest.raises(SchemaOutdatedError, match="would break references"):
        upgrade(engine)


def test_processes_that_start_together_migrate_once(database_url: str) -> None:
    engine = create_engine(database_url)
    downgrade(engine, "base")
    failures: list[BaseException] = []

    def start() -> None:
        try:
            upgrade(create_engine(database_url))
        except BaseException as error:  # noqa: BLE001 - handed to the main thread
            failures.append(error)

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert check(engine) == []
    engine.dispose()


def test_new_file_opened_by_many_at_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new.db'}"
    failures: list[BaseException] = []

    def start() -> None:
        try:
            upgrade(create_engine(url))
        except BaseException as error:  # noqa: BLE001 - handed to the main thread
            failures.append(error)

    threads = [threading.Thread(target=start) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert check(create_engine(url)) == []


def test_installation_without_migrations_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    class Empty:
        def get_current_head(self) -> None:
            return None

    monkeypatch.setattr(schema, "_scripts", Empty)
    with pytest.raises(SchemaOutdatedError, match="no migrations"):
        head_revision()


def test_steps_of_flags_stored_before_they_had_causes_get_them_from_who_said_what(engine: Engine) -> None:
    with transaction(engine) as session:
        anna = patient(session)
        opened = key(flag(session, film(session, anna, "b"), film(session, anna, "a")))
    downgrade(engine, "0007")
    steps = [
        ("open", "lungline", "supported by the films", FlagCause.SUPPORTED),
        ("open", "lungline", "also supported by film 3; no longer supported by film 4", FlagCause.FILMS_CHANGED),
        ("resolved", "lungline", "stay closed before the film was scored", FlagCause.STAY_CLOSED),
        ("withdrawn", "lungline", "the film was retracted: wrong patient", FlagCause.FILM_RETRACTED),
        ("withdrawn", "Dr A", "the film was moved to another patient", FlagCause.FILM_MOVED),
        ("resolved", "lungline", "Geographic extent has come back to 1.0 of 8.", FlagCause.CAME_BACK),
        ("resolved", "Dr A", "discharged", FlagCause.PERSON),
        ("acknowledged", "Dr A", "supported by the films", FlagCause.PERSON),
        ("resolved", "Dr B", "discharged", FlagCause.DISCHARGED),
    ]
    insert = text(
        "insert into flag_action (flag_id, at, state, actor, reason) values (:flag, :at, :state, :actor, :reason)"
    ).bindparams(bindparam("at", type_=UtcDateTime))
    with transaction(engine) as session:
        session.execute(text("delete from flag_action"))
        for hour, (state, actor, reason, _) in enumerate(steps):
            facts = {"flag": opened, "at": hours(hour), "state": state, "actor": actor, "reason": reason}
            session.execute(insert, facts)
        discharge = text(
            "insert into audit_entry (at, actor, action, subject, subject_id, detail)"
            " values (:at, 'Dr B', 'discharge', 'stay', 1, '{}')"
        ).bindparams(bindparam("at", type_=UtcDateTime))
        session.execute(discharge, {"at": hours(len(steps) - 1)})
    upgrade(engine)
    assert check(engine) == []
    with read_transaction(engine) as session:
        assert [step.cause for step in flags.history(opened, session=session)] == [cause for *_, cause in steps]


def test_films_that_may_come_back_are_placed_by_the_upgrade_too(engine: Engine) -> None:
    with transaction(engine) as session:
        anna, berta = patient(session), patient(session, "2")
        anna_id = key(anna)
        rows = {
            (state.value, at): key(
                film(session, anna, f"{state}{at}", at=30, acquired_at=hours(at), state=state, reason="said")
            )
            for state in (FilmState.QUARANTINED, FilmState.RETRACTED, FilmState.DUPLICATE)
            for at in (30.1, 42, 9000)
        }
        film(session, berta, "fine", at=30, acquired_at=hours(30))
    downgrade(engine, "0012")
    upgrade(engine)
    assert check(engine) == []
    with read_transaction(engine) as session:
        found = {name: films.get(film_id, session=session) for name, film_id in rows.items()}
        assert session.scalars(select(FlagsToRevise)).one().patient_id == anna_id
    for (state, at), one in found.items():
        doubt = {30.1: None, 42: TimeDoubt.AHEAD, 9000: TimeDoubt.IMPOSSIBLE}[at]
        stands_at = {30.1: hours(30.1), 42: hours(30), 9000: None}[at]
        stated = None if doubt is None else hours(at)
        assert (one.state.value, one.time_doubt, one.acquired_at, one.stated_at) == (state, doubt, stands_at, stated)
    assert found["quarantined", 9000].reason.endswith("correct the film's time.")
    assert found["retracted", 9000].reason == "said"


def test_films_dated_after_their_receipt_are_placed_by_the_upgrade(engine: Engine) -> None:
    with transaction(engine) as session:
        anna = patient(session)
        anna_id = key(anna)
        rows = {
            name: key(film(session, anna, name, at=30, acquired_at=hours(at), time_precision=precision))
            for name, at, precision in (
                ("fine", 30.1, TimePrecision.SECOND),
                ("ahead", 42, TimePrecision.SECOND),
                ("year", 9000, TimePrecision.SECOND),
                ("noon", 36, TimePrecision.DAY),
            )
        }
    downgrade(engine, "0008")
    upgrade(engine)
    assert check(engine) == []
    with read_transaction(engine) as session:
        found = {name: films.get(film_id, session=session) for name, film_id in rows.items()}
    assert {name: (one.time_doubt, one.acquired_at, one.stated_at, one.state.value) for name, one in found.items()} == {
        "fine": (None, hours(30.1), None, "accepted"),
        "ahead": (TimeDoubt.AHEAD, hours(30), hours(42), "accepted"),
        "year": (TimeDoubt.IMPOSSIBLE, None, hours(9000), "quarantined"),
        "noon": (None, hours(36), None, "accepted"),
    }
    with read_transaction(engine) as session:
        assert session.scalars(select(FlagsToRevise)).one().patient_id == anna_id
    downgrade(engine, "0008")
    with engine.connect() as connection:
        states = connection.execute(text("select count(*) from film where acquired_at is not null")).scalar()
    assert states == len(rows)


def test_a_conflict_that_a_retraction_closed_is_known_as_such_after_the_upgrade(engine: Engine) -> None:
    with transaction(engine) as session:
        anna = patient(session)
        one, decided, retracted = (film(session, anna, name) for name in ("one", "decided", "retracted"))
        for other in (decided, retracted):
            films.open_conflict(other, one, ConflictKind.SAME_UID_OTHER_PIXELS, now=hours(0), session=session)
        films.resolve_conflicts(key(decided), actor="Dr A", now=hours(1), session=session)
        films.set_state(retracted, FilmState.RETRACTED, "wrong", actor="Dr A", now=hours(2), session=session)
        films.resolve_conflicts(key(retracted), actor="Dr A", now=hours(2), retracted=True, session=session)
    downgrade(engine, "0012")
    upgrade(engine)
    assert check(engine) == []
    with read_transaction(engine) as session:
        rows = films.conflicts_of(key(one), session=session)
        assert [row.retracted_film_id for row in rows] == [None, retracted.id]


def test_decisions_come_with_the_upgrade_and_one_taken_back_does_not_count_after_the_way_back(engine: Engine) -> None:
    with transaction(engine) as session:
        stay_id = key(stay(session, patient(session)))
        for at, decision in ((1, Decision.CONTINUE), (2, Decision.ESCALATE)):
            rounds.add(
                stay_id, round_began_at=hours(0), actor="Dr A", decision=decision, now=hours(at), session=session
            )
        rounds.take_back(2, actor="Dr B", now=hours(3), session=session)
    downgrade(engine, "0017")
    with engine.connect() as connection:
        assert connection.execute(text("select id from round_review")).scalars().all() == [1]
    upgrade(engine)
    assert check(engine) == []
    with read_transaction(engine) as session:
        assert read_last_reviews([stay_id], session=session)[stay_id].decision is None


OLD_FLAG = sqlalchemy.table("flag", sqlalchemy.column("basis_data", sqlalchemy.JSON), sqlalchemy.column("verdict"))
OLD_UNIT = sqlalchemy.table("unit_settings_change", sqlalchemy.column("references_shown", sqlalchemy.JSON))


def test_labels_stored_before_there_were_codes_become_codes_and_go_back(engine: Engine) -> None:
    with transaction(engine) as session:
        anna = patient(session)
        first, last = film(session, anna, "a"), film(session, anna, "b")
        opened = flag(session, last, first, at=1)
        flags.list_films(opened, [proposed(last, first)], now=hours(1), session=session)
        films.open_conflict(last, first, ConflictKind.CHANGED_IDENTITY, now=hours(0), session=session)
        clinical.add_event(key(anna), EventKind.SUPINATION, at=hours(1), session=session)
        own = UnitSettingsChange(unit="ICU 1", references_shown=["recent", "72_h"], changed_at=hours(0), actor="Dr A")
        session.add(own)
        opened.basis_data = {
            "reference": "admission",
            "comparability": "mixed",
            "reasons": {"found": "3 → 5.", "verdict": "Cannot tell."},
        }
    downgrade(engine, "0014")
    with transaction(engine) as session:
        assert session.execute(text("select kind from film_conflict")).scalar() == "same film, changed identity"
        assert session.execute(text("select kind from clinical_event")).scalar() == "turned supine"
        assert session.execute(select(OLD_UNIT)).one() == (["recent level", "72 h"],)
        basis = session.execute(select(OLD_FLAG.c.basis_data)).scalar_one()
        assert basis["reasons"] == {"found": "Cannot tell. 3 → 5."}
        assert (basis["reference"], basis["comparability"]) == ("ICU admission", "taken differently")
        session.execute(text("update flag set verdict = 'large rise'"))
        session.execute(text("update flag_film set verdict = 'no real change'"))
        session.execute(OLD_UNIT.update().values(references_shown=["worst level of the stay", "previous film"]))
    upgrade(engine)
    assert check(engine) == []
    with read_transaction(engine) as session:
        stored = flags.get(key(opened), session=session)
        (listed,) = flags.films_of([key(opened)], session=session)[key(opened)]
        assert (stored.verdict, listed.verdict) == (Verdict.LARGE_RISE, Verdict.NO_REAL_CHANGE)
        assert (stored.basis_data["reference"], stored.basis_data["comparability"]) == ("admission", "mixed")
        assert [row.kind for row in films.conflicts_of(key(first), session=session)] == [ConflictKind.CHANGED_IDENTITY]
        assert [event.kind for event in read_patient(key(anna), session=session).events] == [EventKind.SUPINATION]
        assert session.scalars(select(UnitSettingsChange)).one().references_shown == ["highest", "previous"]


def test_a_sites_own_recalibrations_come_with_the_upgrade_and_its_scores_and_activations_stay_on_the_way_back(
    engine: Engine,
) -> None:
    own = own_version()
    with transaction(engine) as session:
        film_id = key(film(session, patient(session), "a"))
        scores.add(film_id, Score(own.model, own.version, 3.25, 2.5), now=hours(1), session=session)
        scores.activate(own.model, own.version, actor="Dr A", now=hours(1), session=session)
        recalibrations.add(own, actor="Dr A", now=hours(1), session=session)
    downgrade(engine, "0015")
    assert "model_recalibration" not in inspect(engine).get_table_names()
    upgrade(engine)
    assert check(engine) == []
    with transaction(engine) as session:
        active = scores.active_model(session=session)
        assert active is not None
        assert (active.model, active.model_version) == (own.model, own.version)
        stored = scores.scores_of([film_id], own.model, own.version, session=session)[film_id]
        assert stored.geographic_extent == 3.25
        assert recalibrations.list_all(session=session) == []
        # The way up leaves room for it again.
        recalibrations.add(own, actor="Dr B", now=hours(2), session=session)
    with read_transaction(engine) as session:
        row = recalibrations.find(own.model, own.version, session=session)
        assert row is not None
        assert (row.base_version, row.actor, row.made_at) == ("1", "Dr B", hours(2))

"""Opening the database and what a transaction promises."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import IntegrityError, StatementError
from sqlmodel import col
from timeline_rows import DAY_0, patient

from db.engine import create_engine, read_transaction, transaction
from db.errors import DatabaseDamagedError, DatabaseReadOnlyError, DatabaseUnreachableError
from db.models import Lease, Patient
from db.trouble import SENTENCES


def lease(name: str = "scoring", at: datetime = DAY_0) -> Lease:
    return Lease(name=name, holder="worker", expires_at=at)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("no url", "cannot be read"),
        ("mysql://host/name", "'mysql' is not supported"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
    ],
)
def test_url_of_another_kind_is_refused(url: str, message: str) -> None:
    with pytest.raises(DatabaseUnreachableError, match=message):
        create_engine(url)


def test_url_message_does_not_repeat_the_password() -> None:
    engine = create_engine("postgresql://lungline:secret@127.0.0.1:1/timeline")
    with pytest.raises(DatabaseUnreachableError, match="cannot be opened") as error, transaction(engine) as session:
        session.execute(text("select 1"))
    assert "secret" not in str(error.value)


def test_missing_folder_and_foreign_file_are_said_in_plain_words(tmp_path: Path) -> None:
    (tmp_path / "letter.db").write_text("Dear colleague, " * 500)
    absent, letter = tmp_path / "absent" / "timeline.db", tmp_path / "letter.db"
    for path, kind in ((absent, DatabaseUnreachableError), (letter, DatabaseDamagedError)):
        engine = create_engine(f"sqlite:///{path}")
        with pytest.raises(kind) as error, transaction(engine) as session:
            session.execute(text("select 1"))
        assert str(error.value) == SENTENCES[kind]


def test_postgres_urls_of_both_spellings_use_psycopg() -> None:
    for url in ("postgresql://host/name", "postgres://host/name"):
        assert create_engine(url).url.drivername == "postgresql+psycopg"


def test_sqlite_is_opened_durable_and_with_foreign_keys(sqlite_url: str) -> None:
    with transaction(create_engine(sqlite_url)) as session:
        read = {
            name: session.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "foreign_keys", "synchronous", "busy_timeout")
        }
    assert read == {"journal_mode": "wal", "foreign_keys": 1, "synchronous": 2, "busy_timeout": 30_000}


def test_transaction_commits_at_its_end_and_undoes_all_on_an_error(engine: Engine) -> None:
    with transaction(engine) as session:
        session.add(lease("kept"))

    def fail() -> None:
        with transaction(engine) as session:
            session.add(lease("lost"))
            session.flush()
            raise RuntimeError("half-way")

    with pytest.raises(RuntimeError, match="half-way"):
        fail()
    with read_transaction(engine) as session:
        assert session.scalars(select(col(Lease.name))).all() == ["kept"]


def test_reading_cannot_write(engine: Engine) -> None:
    with read_transaction(engine) as session:
        session.add(lease())
        with pytest.raises(DatabaseReadOnlyError):
            session.flush()
    with transaction(engine) as session:
        session.add(lease())


def test_reading_sees_one_state_throughout(engine: Engine) -> None:
    with read_transaction(engine) as session:
        before = session.scalars(select(col(Lease.name))).all()
        with transaction(engine) as writer:
            writer.add(lease())
        assert session.scalars(select(col(Lease.name))).all() == before == []


def test_times_come_back_in_utc_and_naive_ones_are_refused(engine: Engine) -> None:
    east = timezone(timedelta(hours=5, minutes=30))
    with transaction(engine) as session:
        session.add(lease(at=datetime(2026, 3, 1, 5, 30, 0, 250, tzinfo=east)))
    with read_transaction(engine) as session:
        found = session.scalars(select(Lease)).one()
        assert found.expires_at.isoformat() == "2026-03-01T00:00:00.000250+00:00"
    with pytest.raises(StatementError, match="has no time zone"), transaction(engine) as session:
        session.add(lease("naive", datetime(2026, 3, 1)))  # noqa: DTZ001 - what is to be refused


def test_read_then_write_in_many_threads_loses_no_step(sqlite_url: str) -> None:
    engine = create_engine(sqlite_url)
    with transaction(engine) as session:
        session.add(lease(at=DAY_0))

    def step() -> None:
        for _ in range(10):
            with transaction(engine) as session:
                row = session.scalars(select(Lease)).one()
                row.expires_at += timedelta(hours=1)
                session.add(row)

    threads = [threading.Thread(target=step) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with read_transaction(engine) as session:
        assert session.scalars(select(Lease)).one().expires_at == DAY_0 + timedelta(hours=40)


def test_messages_and_names_of_rows_hold_no_patient_data(engine: Engine) -> None:
    with pytest.raises(IntegrityError) as error, transaction(engine) as session:
        session.execute(
            sqlalchemy.insert(Patient),
            [{"identifier": "4711", "issuer": "", "name": "Anna Weiss", "sex": "X", "created_at": None}],
        )
    assert "Weiss" not in str(error.value).split("DETAIL")[0]
    with transaction(engine) as session:
        assert "Weiss" not in repr(patient(session, name="Anna Weiss"))

"""A database that is deleted or replaced under a running process, or fails, is noticed and said."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest
from migrated import write_migrated_sqlite
from sqlalchemy import Engine, text
from timeline_rows import patient

from db.engine import create_engine, read_transaction, transaction
from db.errors import (
    DatabaseBusyError,
    DatabaseDamagedError,
    DatabaseFailedError,
    DatabaseFullError,
    DatabaseReadOnlyError,
    DatabaseRefusedError,
    DatabaseReplacedError,
    DatabaseUnreachableError,
)
from db.repositories import site
from db.trouble import SENTENCES, kind_of


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a database that says which site it belongs to."""
    path = tmp_path / "site" / "timeline.db"
    write_named(path, "a" * 32)
    return path


def write_named(path: Path, site_id: str) -> None:
    write_migrated_sqlite(path)
    engine = create_engine(f"sqlite:///{path}")
    with transaction(engine) as session:
        site.name_site(site_id, session=session)
    engine.dispose()


def count(engine: Engine) -> int:
    with read_transaction(engine) as session:
        return int(session.scalar(text("select count(*) from patient")) or 0)


def test_a_deleted_file_is_noticed_and_not_made_anew(path: Path, tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{path}")
    assert count(engine) == 0
    kept = Path(shutil.copyfile(path, tmp_path / "kept.db"))
    for gone in path.parent.iterdir():
        gone.unlink()
    for _attempt in range(2):
        with pytest.raises(DatabaseReplacedError) as error:
            count(engine)
        assert str(error.value) == SENTENCES[DatabaseReplacedError]
    with pytest.raises(DatabaseReplacedError), transaction(engine) as session:
        patient(session)
    assert not path.exists()
    # The same one put back is gone on with.
    kept.replace(path)
    assert count(engine) == 0


def test_another_file_in_its_place_is_refused_until_the_right_one_is_back(path: Path, tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{path}")
    with transaction(engine) as session:
        patient(session)
    engine.dispose()
    for other in ("b" * 32, ""):
        path.replace(tmp_path / "right.db")
        write_migrated_sqlite(path) if not other else write_named(path, other)
        with pytest.raises(DatabaseReplacedError):
            count(engine)
        (tmp_path / "right.db").replace(path)
        assert count(engine) == 1


def test_a_commit_into_a_deleted_file_is_no_commit(path: Path) -> None:
    engine = create_engine(f"sqlite:///{path}")

    def write() -> None:
        with transaction(engine) as session:
            patient(session)
            path.unlink()

    with pytest.raises(DatabaseReplacedError):
        write()


def test_a_postgresql_database_made_anew_is_noticed(postgres_url: str) -> None:
    engine = create_engine(postgres_url)
    with transaction(engine) as session:
        site.name_site("a" * 32, session=session)
    engine.dispose()
    assert count(engine) == 0
    with transaction(engine) as session:
        session.execute(text("update site_identity set site_id = 'other'"))
    engine.dispose()
    with pytest.raises(DatabaseReplacedError):
        count(engine)


def test_tables_that_are_gone_are_said(engine: Engine) -> None:
    with transaction(engine) as session:
        session.execute(text("drop table film_map"))
    with pytest.raises(DatabaseReplacedError), read_transaction(engine) as session:
        session.execute(text("select * from film_map"))


def test_a_full_database_stores_nothing_and_goes_on_once_there_is_room(path: Path) -> None:
    engine = create_engine(f"sqlite:///{path}")

    def pages(most: int) -> None:
        with engine.connect() as connection:
            connection.exec_driver_sql(f"pragma max_page_count={most}")

    def write() -> None:
        with transaction(engine) as session:
            session.execute(text("create table filler (content text)"))
            session.execute(text("insert into filler values (hex(zeroblob(200000)))"))

    pages(1)
    with pytest.raises(DatabaseFullError) as error:
        write()
    assert str(error.value).startswith("The disk of the database is full: nothing was stored.")
    pages(1_000_000)
    write()
    assert count(engine) == 0


def test_a_damaged_file_is_said_without_saying_where_it_is(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("pragma wal_checkpoint(truncate)")
    connection.close()
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (path.stat().st_size - 4096))
    with pytest.raises(DatabaseDamagedError) as error:
        count(create_engine(f"sqlite:///{path}"))
    assert str(path) not in str(error.value)
    assert str(path) in caplog.text


def test_a_database_that_may_only_be_read_is_said(engine: Engine) -> None:
    with pytest.raises(DatabaseReadOnlyError, match="nothing was stored"), read_transaction(engine) as session:
        session.execute(text("insert into site_identity values (1, 'x')"))


def test_no_message_names_host_user_or_database(caplog: pytest.LogCaptureFixture) -> None:
    engine = create_engine("postgresql://weber:secret@127.0.0.1:1/icu_west")
    with pytest.raises(DatabaseFailedError) as error:
        count(engine)
    assert not any(word in str(error.value) for word in ("weber", "secret", "127.0.0.1", "icu_west"))
    assert "icu_west" in caplog.text
    assert "secret" not in caplog.text


CODES = {
    DatabaseBusyError: ("40001", "40P01", "53200", "53300", "55P03", "57014", "25P03"),
    DatabaseRefusedError: ("28000", "28P01", "3D000", "42501"),
    DatabaseUnreachableError: ("08003", "08006", "57P01", "57P02", "57P03", "58030"),
    DatabaseFullError: ("53100",),
    DatabaseDamagedError: ("58P01", "XX001"),
}


def test_each_failure_of_postgresql_has_its_sentence(postgres_url: str) -> None:
    engine = create_engine(postgres_url)
    for kind, codes in CODES.items():
        for code in codes:
            with pytest.raises(DatabaseFailedError) as error, transaction(engine) as session:
                session.execute(text(f"do $$ begin raise exception using errcode = '{code}'; end $$"))
            assert (code, type(error.value), str(error.value)) == (code, kind, SENTENCES[kind])
    engine.dispose()


def test_a_right_that_is_missing_is_said_also_where_the_site_is_looked_up(postgres_url: str) -> None:
    admin = create_engine(postgres_url)
    role = f"reader_{Path(postgres_url).name[-8:]}"
    with admin.begin() as connection:
        connection.exec_driver_sql(f"create role {role} login")
    engine = create_engine(postgres_url.replace("//postgres@", f"//{role}@"))
    try:
        with pytest.raises(DatabaseRefusedError, match="refuses Lungline"):
            count(engine)
    finally:
        engine.dispose()
        with admin.begin() as connection:
            connection.exec_driver_sql(f"drop role {role}")
        admin.dispose()


def test_a_wrong_password_is_said_as_one() -> None:
    for used, needed in ((True, False), (False, True)):
        asked = SimpleNamespace(used_password=used, needs_password=needed)
        error = psycopg.OperationalError("connection failed", pgconn=asked)  # type: ignore[arg-type]
        assert kind_of(error) is DatabaseRefusedError
    assert kind_of(psycopg.OperationalError("connection failed")) is None

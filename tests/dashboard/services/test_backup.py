"""A backup made while films arrive comes back whole in an empty place; on both databases."""

from __future__ import annotations

import errno
import shutil
import threading
import uuid
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import psycopg
import pytest
import sqlalchemy
from film_site import CLEAR, START, Bench, dicom, make_bench, prepared
from own_versions import own_version
from postgres_cluster import NOT_TRUSTED
from sqlalchemy import URL, Engine, make_url, select, text
from sqlalchemy.exc import IntegrityError

from core.quoting import quoted
from dashboard.errors import ConfigurationError
from dashboard.services.export.writing import snapshot_of
from dashboard.services.receiving.film_store import FilmStore
from dashboard.services.site import backup, backup_making
from dashboard.services.site import restore as restoring
from dashboard.services.site.backup_trouble import plain_trouble
from dashboard.services.site.belonging import MARK, adopt, join, sqlite_file
from dashboard.services.site.opening import open_site
from dashboard.services.site.pg_tools import run_pg_tool
from dashboard.services.site.soundness import look_for_damage
from dashboard.settings import Settings, load_settings
from db.columns import Table
from db.contents import films_of
from db.engine import create_engine, downgrade, transaction, upgrade
from db.errors import SchemaOutdatedError
from db.repositories import recalibrations

N_FILMS = 4


@pytest.fixture
def full(bench: Bench) -> Bench:
    """Return a site with films, one of them scored, and a file that was set aside."""
    return prepared(bench, _fill)


def _fill(bench: Bench) -> None:
    open_site(bench.settings).engine.dispose()
    for hours in range(N_FILMS):
        bench.film_id(dicom(CLEAR, hours=hours, seed=hours))
        if not hours:
            bench.work()
    bench.receive(b"\0" * 128 + b"DICM" + b"no film")
    with transaction(bench.engine) as session:
        recalibrations.add(own_version(), actor="Dr A", now=START, session=session)


@pytest.fixture
def place(full: Bench, tmp_path: Path) -> Iterator[Settings]:
    """Return the settings of an empty place for a database of the same kind."""
    url = full.engine.url
    if url.get_backend_name() == "sqlite":
        yield settings_of(tmp_path / "new", f"sqlite:///{tmp_path / 'new' / 'site.db'}")
        return
    name = f"restored_{uuid.uuid4().hex}"
    admin = sqlalchemy.create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"create database {name} template template0")
    yield settings_of(tmp_path / "new", url.set(database=name).render_as_string(hide_password=False))
    with admin.connect() as connection:
        connection.exec_driver_sql(f"drop database {name} with (force)")
    admin.dispose()


def settings_of(data_dir: Path, url: str) -> Settings:
    return load_settings(data_dir=data_dir, database_url=url, scorer="mean-grey", site_zone="UTC")


def create(bench: Bench, folder: Path) -> list[str]:
    return backup_making.create(bench.settings, folder, now=START)[1]


def restore(settings: Settings, folder: Path) -> backup.BackupList:
    back = restoring.restore(settings, folder)
    assert (back.outcome, back.remarks) == (restoring.Outcome.RESTORED, ())
    return back.made


def all_rows(engine: Engine) -> dict[str, list[tuple[object, ...]]]:
    with engine.connect() as connection:
        return {
            name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
            for name, table in Table.metadata.tables.items()
        }


def test_a_backup_comes_back_row_by_row_and_byte_by_byte(full: Bench, place: Settings, tmp_path: Path) -> None:
    assert create(full, tmp_path / "backup") == []
    made = restore(place, tmp_path / "backup")
    assert (len(made.films), made.rows["film"], made.rows["film_score"], len(made.unreadable)) == (N_FILMS, 4, 1, 1)
    assert made.rows["model_recalibration"] == 1
    engine = create_engine(place.database_url)
    assert all_rows(engine) == all_rows(full.engine)
    engine.dispose()
    for folder in (full.settings.film_dir, full.settings.data_dir / "unreadable"):
        there = FilmStore(place.data_dir / folder.name)
        assert {hash_: there.get(hash_) for hash_ in there.hashes()} == {
            hash_: FilmStore(folder).get(hash_) for hash_ in FilmStore(folder).hashes()
        }
    assert look_for_damage(place, films=True) == []
    open_site(place).engine.dispose()


def test_a_backup_while_films_arrive_holds_every_film_it_names(full: Bench, place: Settings, tmp_path: Path) -> None:
    stop, began = threading.Event(), threading.Event()

    def arrive() -> None:
        number = N_FILMS
        while not stop.is_set():
            full.film_id(dicom(CLEAR, hours=number, seed=number))
            full.work()
            number += 1
            began.set()

    arriving = threading.Thread(target=arrive)
    arriving.start()
    try:
        assert began.wait(60)
        assert create(full, tmp_path / "backup") == []
    finally:
        stop.set()
        arriving.join()
    made = restore(place, tmp_path / "backup")
    assert made.rows["film"] == len(made.films) > N_FILMS
    assert look_for_damage(place, films=True) == []
    bench = make_bench(create_engine(place.database_url), place.data_dir)
    # What was on its way is on the list.
    bench.work()
    assert len(bench.scores()) == len(made.films)
    bench.engine.dispose()


def test_a_database_that_works_is_never_replaced(full: Bench, place: Settings, tmp_path: Path) -> None:
    create(full, tmp_path / "backup")
    before = all_rows(full.engine)
    with pytest.raises(ConfigurationError, match=r"works and lists 4 films: it is never replaced, and nothing was"):
        restore(full.settings, tmp_path / "backup")
    # A new folder beside a database in use.
    other = settings_of(tmp_path / "beside", full.settings.database_url)
    with pytest.raises(ConfigurationError, match=r"is not its film folder; nothing was restored\. .*`lungline db ado"):
        restore(other, tmp_path / "backup")
    assert all_rows(full.engine) == before
    assert not other.data_dir.exists()
    with pytest.raises(ConfigurationError, match=r"is not empty\. Name a new folder"):
        create(full, tmp_path / "backup")
    restore(place, tmp_path / "backup")


def test_a_spoiled_backup_is_named_and_not_restored(full: Bench, place: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "backup"
    create(full, folder)
    altered, lost = sorted(FilmStore(folder / "films").hashes())[:2]
    FilmStore(folder / "films").path(altered).write_bytes(b"other")
    FilmStore(folder / "films").path(lost).unlink()
    findings = backup.verify(folder)[1]
    assert [finding.split("…")[0][-12:] for finding in findings] == [altered[:12], lost[:12]]
    with pytest.raises(ConfigurationError, match="not whole; nothing was restored"):
        restore(place, folder)
    (folder / "backup.json").unlink()
    with pytest.raises(ConfigurationError, match="holds no finished backup"):
        restore(place, folder)
    assert not place.film_dir.exists()


def test_a_film_that_is_damaged_already_is_named_and_keeps_no_other_out(
    full: Bench, place: Settings, tmp_path: Path
) -> None:
    damaged = full.film(2).content_hash
    full.site.store.path(damaged).write_bytes(b"other")
    assert create(full, tmp_path / "backup") == [
        f"The film {damaged[:12]}… was missing or damaged already when the backup was made."
    ]
    back = restoring.restore(place, tmp_path / "backup")
    assert (back.made.lacking, back.outcome, back.n_missing) == ([damaged], restoring.Outcome.INCOMPLETE, 1)
    assert [remark.split(".")[0] for remark in back.remarks] == [
        "1 film of the database is still missing or damaged and not in this backup"
    ]
    assert len(list(FilmStore(place.film_dir).hashes())) == N_FILMS - 1


def full_disk(*_: object, **__: object) -> None:
    raise OSError(28, "No space left on device")


def test_what_fails_leaves_nothing_behind(
    full: Bench, place: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    create(full, tmp_path / "backup")
    monkeypatch.setattr(backup_making, "fsync", full_disk)
    with pytest.raises(ConfigurationError) as error:
        create(full, tmp_path / "second")
    assert str(error.value) == (
        f"The disk of {quoted(tmp_path / 'second')} is full: no backup was made. Make room and run it again."
    )
    assert not (tmp_path / "second").exists()
    with monkeypatch.context() as patched:
        # Killed: what was begun stays.
        patched.setattr(backup_making, "undone_on_error", nullcontext)
        with pytest.raises(ConfigurationError, match="is full: no backup was made"):
            create(full, tmp_path / "second")
    for use in (lambda folder: create(full, folder), backup.verify):
        with pytest.raises(ConfigurationError, match=r"second. holds (an unfinished|no finished) backup: "):
            use(tmp_path / "second")
    monkeypatch.setattr(restoring, "_load", full_disk)
    with pytest.raises(ConfigurationError, match=r"^The disk of .*/new' is full: the backup was not restored\. Make"):
        restore(place, tmp_path / "backup")
    assert list(place.data_dir.glob("*")) == [place.data_dir / "unreadable"]


@pytest.mark.parametrize("cut", ["_load", "_looked_through"])
def test_a_restore_that_was_cut_off_is_run_again(
    full: Bench, place: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cut: str
) -> None:
    create(full, tmp_path / "backup")
    with monkeypatch.context() as patched:
        # Killed: neither is anything undone nor any mark of it removed.
        patched.setattr(restoring, cut, full_disk)
        patched.setattr(restoring, "undone_on_error", lambda *_, **__: nullcontext())
        patched.setattr(Path, "unlink", lambda *_, **__: None)
        with pytest.raises(ConfigurationError):
            restoring.restore(place, tmp_path / "backup")
    assert len(list(FilmStore(place.film_dir).hashes())) == N_FILMS
    refuse = r"A backup is being brought back to .*/new: wait .* delete the file .*/new/\.unfinished-restore\.$"
    for use in (open_site, look_for_no_site, lambda settings: adopt(settings, actor="N. Weber")):
        with pytest.raises(ConfigurationError, match=refuse):
            use(place)
    back = restoring.restore(place, tmp_path / "backup")
    assert (back.outcome, back.remarks) == (restoring.Outcome.RESTORED, ())
    assert look_for_damage(place, films=True) == []
    engine = open_site(place).engine
    assert all_rows(engine) == all_rows(full.engine)
    engine.dispose()
    with pytest.raises(ConfigurationError, match="works and lists 4 films"):
        restore(place, tmp_path / "backup")


def look_for_no_site(settings: Settings) -> None:
    snapshot_of(settings, now=START)


def test_a_restore_that_was_cut_off_before_any_film_keeps_the_place_closed(
    full: Bench, place: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    create(full, tmp_path / "backup")

    def open_here(*_: object) -> None:
        open_site(place)

    with monkeypatch.context() as patched:
        patched.setattr(restoring, "copy_films", open_here)
        with pytest.raises(ConfigurationError, match="A backup is being brought back"):
            restoring.restore(place, tmp_path / "backup")
    assert not place.film_dir.exists()
    path = sqlite_file(make_url(place.database_url))
    assert path is None or not path.exists()
    restore(place, tmp_path / "backup")


@pytest.mark.parametrize("when", ["films_to_put", "copy_films"])
def test_a_film_that_came_while_a_backup_was_brought_back_stays(
    full: Bench, place: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    create(full, tmp_path / "backup")
    step, came = getattr(restoring, when), []

    def film_comes(*given: object, **named: object) -> object:
        found = step(*given, **named)
        if not came:
            place.data_dir.mkdir(exist_ok=True)
            engine = create_engine(place.database_url)
            upgrade(engine)
            bench = make_bench(engine, place.data_dir)
            came.append(bench.film(bench.film_id(dicom(CLEAR, patient="4712", seed=99))).content_hash)
            engine.dispose()
        return found

    monkeypatch.setattr(restoring, when, film_comes)
    with pytest.raises(ConfigurationError, match=r"nothing was restored|database was not restored"):
        restoring.restore(place, tmp_path / "backup")
    engine = create_engine(place.database_url)
    with engine.connect() as connection:
        assert films_of(connection) == came
    engine.dispose()
    assert came[0] in set(FilmStore(place.film_dir).hashes())
    assert not list(place.data_dir.glob("*.aside-*"))
    assert not (place.data_dir / restoring.BEGUN).exists()


@pytest.mark.parametrize("loss", ["deleted", "damaged", "emptied", "adopted"])
def test_a_lost_database_comes_back_beside_its_films(full: Bench, place: Settings, tmp_path: Path, loss: str) -> None:
    path = sqlite_file(make_url(place.database_url))
    if path is None:
        pytest.skip("a server's database is restored into an empty one: below")
    create(full, tmp_path / "backup")
    restore(place, tmp_path / "backup")
    late = FilmStore(place.film_dir).put(b"a film that came after the backup")
    path.with_name(f"{path.name}-wal").write_bytes(b"log of the lost one")
    before = lose(path, loss)
    if loss == "adopted":
        adopt(place, actor="N. Weber")
    back = restoring.restore(place, tmp_path / "backup")
    aside = path.with_name(f"{path.name}.aside-1")
    assert back.outcome is restoring.Outcome.RESTORED
    assert back.remarks[0].startswith("1 stored film is not listed in the database: ")
    assert back.remarks[0].endswith(f"`lungline import {place.film_dir}` brings it in.")
    assert back.remarks[1] == f"{KEPT[loss]} is kept as {aside}."
    assert before is None or aside.read_bytes() == before
    assert FilmStore(place.film_dir).get(late) == b"a film that came after the backup"
    engine = open_site(place).engine
    assert all_rows(engine) == all_rows(full.engine)
    engine.dispose()


EMPTY = "The database that was there, without a patient and without a film,"
KEPT = {
    "deleted": "What was left beside the lost database",
    "damaged": "The damaged database that was there",
    "emptied": EMPTY,
    "adopted": EMPTY,
}


def lose(path: Path, loss: str) -> bytes | None:
    if loss == "damaged":
        path.write_bytes(b"no database" * 500)
        return path.read_bytes()
    path.unlink()
    if loss == "emptied":
        path.touch()
        return b""
    if loss == "adopted":
        path.with_name(f"{path.name}-wal").unlink()
    return None


def test_lost_films_come_back_beside_their_database(full: Bench, tmp_path: Path) -> None:
    create(full, tmp_path / "backup")
    later = full.film(full.film_id(dicom(CLEAR, hours=9, seed=9))).content_hash
    store = FilmStore(full.settings.film_dir)
    missing, damaged, *_ = list(set(store.hashes()) - {later})
    store.path(missing).unlink()
    store.path(damaged).write_bytes(b"other")
    store.path(later).unlink()
    back = restoring.restore(full.settings, tmp_path / "backup")
    assert (back.outcome, back.n_put, back.n_missing) == (restoring.Outcome.FILMS_PUT, 2, 1)
    assert [remark.split(".")[0] for remark in back.remarks] == [
        "1 film of the database is still missing or damaged and not in this backup"
    ]
    assert backup.damaged_in(store, store.hashes()) == {}
    # All of them, as the sentence of a lost film folder says: joined on purpose first.
    shutil.rmtree(full.settings.film_dir)
    with pytest.raises(ConfigurationError, match="is not its film folder"):
        restoring.restore(full.settings, tmp_path / "backup")
    adopt(full.settings, actor="N. Weber")
    assert restoring.restore(full.settings, tmp_path / "backup").outcome is restoring.Outcome.FILMS_PUT
    assert len(list(store.hashes())) == N_FILMS


@pytest.mark.parametrize("marked", [True, False])
def test_only_the_sites_own_film_folder_is_restored_into(
    full: Bench, place: Settings, tmp_path: Path, marked: bool
) -> None:
    create(full, tmp_path / "backup")
    FilmStore(place.film_dir).put(b"a film of another site")
    if not marked:
        assert restoring.restore(place, tmp_path / "backup").remarks[0].startswith("1 stored film is not listed")
        return
    (place.film_dir / MARK).write_text("f" * 32)
    with pytest.raises(ConfigurationError, match=r"belongs to another site; nothing was restored\. Name another"):
        restoring.restore(place, tmp_path / "backup")
    assert len(list(FilmStore(place.film_dir).hashes())) == 1


def test_another_sites_database_and_one_without_rows_on_a_server_stay(
    full: Bench, place: Settings, tmp_path: Path
) -> None:
    create(full, tmp_path / "backup")
    engine = create_engine(place.database_url)
    place.data_dir.mkdir()
    upgrade(engine)
    if engine.dialect.name == "postgresql":
        with pytest.raises(ConfigurationError, match=r"has tables, but no patient and no film; .* Create an empty dat"):
            restoring.restore(place, tmp_path / "backup")
    other = make_bench(engine, place.data_dir)
    join(place, engine)
    other.film_id(dicom(CLEAR, hours=1, seed=99))
    (place.film_dir / MARK).unlink()
    before = all_rows(engine)
    with pytest.raises(ConfigurationError, match="works and lists 1 film: it is never replaced"):
        restoring.restore(place, tmp_path / "backup")
    assert all_rows(engine) == before
    engine.dispose()


@pytest.mark.parametrize("revision", ["0011", "0001"])
def test_a_backup_is_made_before_the_upgrade_and_comes_back(
    full: Bench, place: Settings, tmp_path: Path, revision: str
) -> None:
    downgrade(full.engine, revision)
    full.engine.dispose()
    assert create(full, tmp_path / "backup") == []
    back = restoring.restore(place, tmp_path / "backup")
    assert (back.outcome, back.made.rows["film"], back.remarks) == (restoring.Outcome.OUTDATED, N_FILMS, ())
    engine = create_engine(place.database_url)
    upgrade(engine)
    engine.dispose()
    open_site(place).engine.dispose()
    assert look_for_damage(place, films=True) == []


def test_a_backup_of_an_older_schema_knows_the_films_of_its_site(full: Bench, place: Settings, tmp_path: Path) -> None:
    downgrade(full.engine, "0011")
    full.engine.dispose()
    create(full, tmp_path / "backup")
    shutil.copytree(full.settings.film_dir, place.film_dir)
    assert (place.film_dir / MARK).is_file()
    assert restoring.restore(place, tmp_path / "backup").outcome is restoring.Outcome.OUTDATED


def test_a_backup_of_nothing_is_not_made(place: Settings, full: Bench, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"^There is nothing at .* yet\. Check --database"):
        backup_making.create(place, tmp_path / "backup", now=START)
    assert not (tmp_path / "backup").exists()
    assert not place.data_dir.exists()
    with transaction(full.engine) as session:
        session.execute(text("update alembic_version set version_num = '9999'"))
    with pytest.raises(SchemaOutdatedError, match="made by a newer"):
        create(full, tmp_path / "backup")


@pytest.fixture
def with_password(_postgres_admin: Engine, postgres_server: str) -> Iterator[list[str]]:
    """Return the URLs of two empty databases that want a password; its signs mean something in a URL."""
    port, names = make_url(postgres_server).port, ("locked", "locked_new")
    with _postgres_admin.connect() as connection:
        connection.exec_driver_sql(f"create role {NOT_TRUSTED} login password 's/c:r@t'")
        for name in names:
            connection.exec_driver_sql(f"create database {name} owner {NOT_TRUSTED}")
    url = URL.create("postgresql", NOT_TRUSTED, "s/c:r@t", "127.0.0.1", port)
    yield [url.set(database=name).render_as_string(hide_password=False) for name in names]
    with _postgres_admin.connect() as connection:
        for name in names:
            connection.exec_driver_sql(f"drop database {name} with (force)")
        connection.exec_driver_sql(f"drop role {NOT_TRUSTED}")


def test_a_database_that_wants_a_password_is_backed_up_and_brought_back(
    with_password: list[str],
    tmp_path: Path,
    mean_grey: None,  # noqa: ARG001 - registered before it is used
) -> None:
    engine, new = create_engine(with_password[0]), settings_of(tmp_path / "new", with_password[1])
    upgrade(engine)
    bench = make_bench(engine, tmp_path / "data")
    open_site(bench.settings).engine.dispose()
    bench.film_id(dicom(CLEAR))
    assert create(bench, tmp_path / "backup") == []
    assert restore(new, tmp_path / "backup").rows["film"] == 1
    # Some write it behind the name of the database.
    url = URL.create("postgresql", NOT_TRUSTED, None, "127.0.0.1", engine.url.port, "locked", {"password": "s/c:r@t"})
    run_pg_tool("pg_dump", ["--schema-only", f"--file={tmp_path / 'tables.sql'}"], url=url)
    assert "CREATE TABLE public.patient " in (tmp_path / "tables.sql").read_text(encoding="utf-8")
    with pytest.raises(sqlalchemy.exc.DBAPIError, match="password authentication failed"):
        sqlalchemy.create_engine(engine.url.set(password="wrong")).connect()  # noqa: S106 - that is the point
    engine.dispose()


def test_what_pg_restore_says_of_a_row_stays_out_of_the_log(
    full: Bench, place: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    if full.engine.dialect.name == "sqlite":
        pytest.skip("SQLite needs no program")
    number = "a patient's own number"
    engine = create_engine(place.database_url)
    upgrade(engine)
    with transaction(full.engine) as session:
        session.execute(text("update patient set identifier = :number"), {"number": number})
    dump = tmp_path / "rows.dump"
    run_pg_tool("pg_dump", ["--format=custom", "--table=patient", f"--file={dump}"], url=full.engine.url)
    with transaction(engine) as session:
        session.execute(text("alter table patient add constraint ck_short check (length(identifier) < 9)"))
    with pytest.raises(ConfigurationError, match=r"^pg_restore failed: .*COPY failed for table .patient.") as error:
        run_pg_tool("pg_restore", ["--data-only", "--exit-on-error", str(dump)], url=engine.url)
    engine.dispose()
    assert "violates check constraint" in caplog.text
    assert number not in caplog.text + str(error.value)


def test_what_a_database_says_of_a_row_stays_out_of_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    said = "null value in column violates a constraint\nDETAIL:  Failing row contains (1, 4711, Weber^Anna)."
    with (
        pytest.raises(ConfigurationError, match="no backup was made"),
        plain_trouble(tmp_path, "no backup was made"),
    ):
        raise IntegrityError("insert", {}, psycopg.IntegrityError(said))
    assert "null value in column violates a constraint" in caplog.text
    assert "Weber" not in caplog.text


def test_a_full_disk_of_pg_dump_is_said_as_one(postgres_url: str) -> None:
    with pytest.raises(OSError) as error:  # noqa: PT011 - errno below
        run_pg_tool("pg_dump", ["--format=custom", "--file=/dev/full"], url=make_url(postgres_url))
    assert error.value.errno == errno.ENOSPC

"""A backup made while films arrive comes back whole in an empty place; on both databases."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy
from film_site import CLEAR, START, Bench, dicom, make_bench
from sqlalchemy import Engine, select

from dashboard.errors import ConfigurationError
from dashboard.services import backup
from dashboard.services.film_store import FilmStore
from dashboard.services.site import open_site
from dashboard.services.soundness import look_for_damage
from dashboard.settings import Settings, load_settings
from db.columns import Table
from db.engine import create_engine

N_FILMS = 4


@pytest.fixture
def full(bench: Bench) -> Bench:
    """Return a site with films, one of them scored, and a file that was set aside."""
    open_site(bench.settings).dispose()
    for hours in range(N_FILMS):
        bench.film_id(dicom(CLEAR, hours=hours, seed=hours))
        if not hours:
            bench.work()
    bench.receive(b"\0" * 128 + b"DICM" + b"no film")
    return bench


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
    return backup.create(bench.settings, folder, now=START, on_progress=lambda _done, _all: None)[1]


def restore(settings: Settings, folder: Path) -> backup.BackupList:
    return backup.restore(settings, folder, on_progress=lambda _done, _all: None)


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
    engine = create_engine(place.database_url)
    assert all_rows(engine) == all_rows(full.engine)
    engine.dispose()
    for folder in (full.settings.film_dir, full.settings.data_dir / "unreadable"):
        there = FilmStore(place.data_dir / folder.name)
        assert {one: there.get(one) for one in there.hashes()} == {
            one: FilmStore(folder).get(one) for one in FilmStore(folder).hashes()
        }
    assert look_for_damage(place, films=True) == []
    open_site(place).dispose()


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


def test_restore_overwrites_nothing(full: Bench, place: Settings, tmp_path: Path) -> None:
    create(full, tmp_path / "backup")
    before = all_rows(full.engine)
    with pytest.raises(ConfigurationError, match="is not empty; nothing was restored"):
        restore(full.settings, tmp_path / "backup")
    other = settings_of(tmp_path / "beside", full.settings.database_url)
    with pytest.raises(ConfigurationError, match="is there already; nothing was restored"):
        restore(other, tmp_path / "backup")
    assert all_rows(full.engine) == before
    assert not other.film_dir.exists()
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
    assert restore(place, tmp_path / "backup").lacking == [damaged]
    assert len(list(FilmStore(place.film_dir).hashes())) == N_FILMS - 1


def test_what_fails_leaves_nothing_behind(
    full: Bench, place: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    create(full, tmp_path / "backup")
    monkeypatch.setattr(backup, "_fsync", full_disk)
    with pytest.raises(ConfigurationError, match=r"^The disk is full"):
        create(full, tmp_path / "second")
    assert not (tmp_path / "second").exists()
    monkeypatch.setattr(backup, "_load", full_disk)
    with pytest.raises(ConfigurationError, match=r"^The disk is full"):
        restore(place, tmp_path / "backup")
    assert not place.film_dir.exists()

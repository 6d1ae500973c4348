"""A lost database or a lost film store is refused, not served as an empty site; on both databases."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pytest
from film_site import CLEAR, Bench, dicom, make_bench, prepared
from migrated import write_migrated_sqlite
from sqlalchemy import Engine, select, text
from sqlmodel import col

from dashboard.errors import ConfigurationError, StorageFailedError
from dashboard.intake.run import run_import
from dashboard.services.site.belonging import MARK, adopt, read_mark
from dashboard.services.site.doctor import examine
from dashboard.services.site.opening import open_site
from dashboard.services.site.soundness import look_for_damage
from dashboard.settings import load_settings
from db.engine import create_engine, read_transaction, transaction
from db.models import AuditEntry, Film
from db.repositories import site

LOST = r"^The database is lost or another one: .* backup restore.*db adopt`\.$"


@pytest.fixture
def full(bench: Bench) -> Bench:
    """Return a site with two films."""
    return prepared(bench, _fill)


def _fill(bench: Bench) -> None:
    open_site(bench.settings).engine.dispose()
    for hours in range(2):
        bench.film_id(dicom(CLEAR, hours=hours, seed=hours))


def empty(bench: Bench) -> None:
    """Take every row of the site away, as a database made anew has none."""
    with transaction(bench.engine) as session:
        for table in ("film_transition", "film", "patient", "site_identity", "model_activation", "audit_entry"):
            session.execute(text(f"delete from {table}"))  # noqa: S608 - names from above


def site_id(engine: Engine) -> str | None:
    with read_transaction(engine) as session:
        return site.site_id(session=session)


def test_database_and_films_carry_the_same_mark(full: Bench) -> None:
    assert read_mark(full.settings.film_dir) == site_id(full.engine)
    assert look_for_damage(full.settings, films=True) == []


@pytest.mark.parametrize("marked", [True, False])
def test_an_empty_database_beside_films_is_refused(full: Bench, marked: bool) -> None:
    full.engine.dispose()
    empty(full)
    if not marked:
        (full.settings.film_dir / MARK).unlink()
    with pytest.raises(ConfigurationError, match=LOST):
        open_site(full.settings)
    (finding,) = look_for_damage(full.settings, films=False)
    assert finding.startswith("The database is lost")
    assert [one.sound for one in examine(full.settings) if one.subject == "database"] == [False]
    # The engine of before knows that this is another database.
    engine = create_engine(full.settings.database_url)
    assert site_id(engine) is None
    adopt(full.settings, actor="N. Weber")
    open_site(full.settings).engine.dispose()
    with read_transaction(engine) as session:
        entries = session.scalars(select(AuditEntry).where(col(AuditEntry.action) == "adopted film folder")).all()
    assert [(entry.actor, entry.detail["site_id"]) for entry in entries] == [("N. Weber", site_id(engine))]
    engine.dispose()


def test_a_database_that_is_not_there_is_not_made_beside_films(tmp_path: Path, mean_grey: None) -> None:  # noqa: ARG001 - registered before
    settings = load_settings(data_dir=tmp_path / "site", scorer="mean-grey", site_zone="UTC")
    open_site(settings).engine.dispose()
    database = settings.data_dir / "lungline.db"
    database.unlink()
    for refused in (open_site, examine_database):
        with pytest.raises(ConfigurationError, match=LOST):
            refused(settings)
        assert not database.exists()


def examine_database(settings: object) -> None:
    look_for_damage(settings, films=False)  # type: ignore[arg-type] - as in the test above


def test_another_sites_database_is_refused(full: Bench, tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    write_migrated_sqlite(path)
    other = make_bench(create_engine(f"sqlite:///{path}"), tmp_path / "elsewhere")
    open_site(other.settings).engine.dispose()
    mixed = load_settings(**full.settings.model_dump() | {"database_url": f"sqlite:///{path}"})
    with pytest.raises(ConfigurationError, match=r"^Database and film folder belong to different sites\."):
        open_site(mixed)


def test_a_film_folder_that_is_away_is_refused(full: Bench) -> None:
    folder = full.settings.film_dir
    shutil.move(folder, folder.with_name("away"))
    with pytest.raises(ConfigurationError, match=r"^The film folder is not the one of this database"):
        open_site(full.settings)
    assert not folder.exists()
    shutil.move(folder.with_name("away"), folder)
    open_site(full.settings).engine.dispose()


def test_a_site_of_an_older_version_is_given_its_mark(full: Bench) -> None:
    with transaction(full.engine) as session:
        session.execute(text("delete from site_identity"))
    (full.settings.film_dir / MARK).unlink()
    full.engine.dispose()
    engine = open_site(full.settings).engine
    assert site_id(engine) == read_mark(full.settings.film_dir) is not None
    engine.dispose()


def test_a_film_folder_that_goes_away_under_a_running_process_is_not_begun_anew(full: Bench) -> None:
    folder = full.settings.film_dir
    another = dicom(CLEAR, hours=5, seed=5)
    shutil.move(folder, folder.with_name("away"))
    for made_anew in (False, True):
        if made_anew:
            # The empty place where the disk was mounted.
            folder.mkdir()
        for source in (another, b"\0" * 128 + b"DICM" + b"no film"):
            with pytest.raises(StorageFailedError, match=r"^The film folder is away, .*: nothing was stored\. Check"):
                full.receive(source)
    assert not list(folder.iterdir())
    assert not (full.settings.data_dir / "unreadable").exists()
    folder.rmdir()
    shutil.move(folder.with_name("away"), folder)
    assert full.film(full.film_id(another)).id == 3
    (folder / MARK).write_text("f" * 32)
    with pytest.raises(StorageFailedError, match=r"^The film folder is away, or another one"):
        full.receive(dicom(CLEAR, hours=6, seed=6))


@pytest.mark.parametrize("lost", [1, 2, 3])
def test_a_folder_without_mark_must_hold_films_of_all_times(full: Bench, lost: int) -> None:
    full.film_id(dicom(CLEAR, hours=3, seed=3))
    (full.settings.film_dir / MARK).unlink()
    path = full.site.store.path(full.film(lost).content_hash)
    path.rename(path.with_name("away"))
    with pytest.raises(ConfigurationError, match=r"^The film folder is not the one of this database: films that"):
        open_site(full.settings)
    path.with_name("away").rename(path)
    open_site(full.settings).engine.dispose()
    assert read_mark(full.settings.film_dir) == site_id(full.engine)


def age(folder: Path, *, minutes: float = 30) -> None:
    """Let the stored films be older than what is on its way."""
    then = time.time() - 60 * minutes
    for path in folder.glob("??/??/*"):
        os.utime(path, (then, then))


def test_a_site_whose_first_film_was_lost_before_its_commit_opens_and_names_it(bench: Bench) -> None:
    open_site(bench.settings).engine.dispose()
    bench.site.store.put(dicom(CLEAR))
    age(bench.settings.film_dir)
    open_site(bench.settings).engine.dispose()
    for films in (True, False):
        (finding,) = look_for_damage(bench.settings, films=films)
        assert finding.startswith("1 stored film is not listed in the database")
    report = run_import([bench.settings.film_dir], site=bench.site)
    assert report.received == 1
    assert look_for_damage(bench.settings, films=True) == []


def test_films_that_an_older_database_does_not_list_are_found_and_come_back(full: Bench) -> None:
    late = full.film(full.film_id(dicom(CLEAR, hours=3, seed=3))).content_hash
    with transaction(full.engine) as session:
        for table in ("film_transition", "film"):
            column = "film_id" if table == "film_transition" else "id"
            session.execute(text(f"delete from {table} where {column} = 3"))  # noqa: S608 - names from above
    assert look_for_damage(full.settings, films=True) == []
    age(full.settings.film_dir)
    (finding,) = look_for_damage(full.settings, films=True)
    assert finding == (
        "1 stored film is not listed in the database: an older database was put back, or Lungline was ended while it "
        f"received a film. `lungline import {full.settings.film_dir}` brings it in."
    )
    report = run_import([full.settings.film_dir], site=full.site)
    assert (report.received, report.duplicates) == (1, 2)
    with read_transaction(full.engine) as session:
        assert late in session.scalars(select(col(Film.content_hash))).all()
    assert look_for_damage(full.settings, films=True) == []


def test_lost_and_altered_films_are_found_and_named(full: Bench) -> None:
    third = full.film_id(dicom(CLEAR, hours=3, seed=3))
    altered, lost = (full.film(film_id).content_hash for film_id in (1, third))
    full.site.store.path(altered).write_bytes(b"other")
    full.site.store.path(lost).unlink()
    assert look_for_damage(full.settings, films=False) == []
    assert look_for_damage(full.settings, films=True) == [
        f"Film 1: The stored film {altered[:12]}… is damaged. Restore the film folder from its backup.",
        f"Film {third}: The stored film {lost[:12]}… is missing. Restore the film folder from its backup.",
    ]

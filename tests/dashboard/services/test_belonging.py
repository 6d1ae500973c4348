"""A lost database or a lost film store is refused, not served as an empty site; on both databases."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from film_site import CLEAR, Bench, dicom, make_bench
from migrated import write_migrated_sqlite
from sqlalchemy import Engine, select, text
from sqlmodel import col

from dashboard.errors import ConfigurationError
from dashboard.services.belonging import MARK, adopt, read_mark
from dashboard.services.doctor import examine
from dashboard.services.site import open_site
from dashboard.services.soundness import look_for_damage
from dashboard.settings import load_settings
from db.engine import create_engine, reading, transaction
from db.models import AuditEntry
from db.repositories import site

LOST = r"^The database is lost or another one: .* backup restore.*db adopt`\.$"


@pytest.fixture
def full(bench: Bench) -> Bench:
    """Return a site with two films."""
    open_site(bench.settings).dispose()
    for hours in range(2):
        bench.film_id(dicom(CLEAR, hours=hours, seed=hours))
    return bench


def empty(bench: Bench) -> None:
    """Take every row of the site away, as a database made anew has none."""
    with transaction(bench.engine) as session:
        for table in ("film_transition", "film", "patient", "site_identity", "model_activation", "audit_entry"):
            session.execute(text(f"delete from {table}"))  # noqa: S608 - names from above


def site_id(engine: Engine) -> str | None:
    with reading(engine) as session:
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
    open_site(full.settings).dispose()
    with reading(engine) as session:
        entries = session.scalars(select(AuditEntry).where(col(AuditEntry.action) == "adopted film folder")).all()
    assert [(entry.actor, entry.detail["site_id"]) for entry in entries] == [("N. Weber", site_id(engine))]
    engine.dispose()


def test_a_database_that_is_not_there_is_not_made_beside_films(tmp_path: Path, mean_grey: None) -> None:  # noqa: ARG001 - registered before
    settings = load_settings(data_dir=tmp_path / "site", scorer="mean-grey", site_zone="UTC")
    open_site(settings).dispose()
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
    open_site(other.settings).dispose()
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
    open_site(full.settings).dispose()


def test_a_site_of_an_older_version_is_given_its_mark(full: Bench) -> None:
    with transaction(full.engine) as session:
        session.execute(text("delete from site_identity"))
    (full.settings.film_dir / MARK).unlink()
    full.engine.dispose()
    engine = open_site(full.settings)
    assert site_id(engine) == read_mark(full.settings.film_dir) is not None
    engine.dispose()


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

"""Importing the RALO set: films, times, and both readers' scores."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from film_site import CLEAR, MEDIUM, WHITE, Bench, png
from ralo_set import HEADER, HEADINGS, write_ralo
from sqlmodel import select

from core.types import PatientIdentity, TimePrecision, ViewPosition
from dashboard.intake.detect import Dataset, detect, read_plan
from dashboard.intake.plan import ImportItem, ImportReading
from dashboard.intake.run import run_import
from db.engine import read_transaction
from db.models import Film, Reading

NEW_YORK = ZoneInfo("America/New_York")


def items(plan_items: object) -> list[ImportItem]:
    return list(plan_items)  # type: ignore[call-overload]


def test_the_form_is_detected_by_folder_and_by_table(tmp_path: Path) -> None:
    table = write_ralo(tmp_path, b"x")

    assert detect(tmp_path) is detect(table) is Dataset.RALO


def test_films_have_their_time_view_and_readings(tmp_path: Path) -> None:
    write_ralo(tmp_path, b"x")
    (tmp_path / "CXR_images_scored" / "3.jpg").unlink()

    plan = read_plan(tmp_path, Dataset.AUTO, None, site_zone=NEW_YORK)
    first, second, third, fourth = items(plan.items)

    assert first.identity == PatientIdentity("S1", issuer="ralo")
    assert first.path == tmp_path / "CXR_images_scored" / "0.jpg"
    assert first.acquired_at == datetime(2020, 4, 1, 10, 30, tzinfo=UTC)
    assert (first.time_precision, first.view_position) == (TimePrecision.SECOND, ViewPosition.AP)
    assert first.readings == (
        ImportReading("RALO reader 1", 1.0, 2.0, 3.0, 1.5),
        ImportReading("RALO reader 2", 2.0, 3.0, 1.5, 1.5),
    )
    assert (second.acquired_at, second.time_precision) == (
        datetime(2020, 4, 3, 16, tzinfo=UTC),
        TimePrecision.DAY,
    )
    assert third.acquired_at is None
    assert fourth.problem == "There is no image '3.jpg' in the images folder."
    assert [reading.reader for reading in fourth.readings] == ["RALO reader 1"]
    assert plan.patients[0].stay == (first.acquired_at, second.acquired_at)
    assert "converted from the set's 0-8 to 0-6 by 6/8" in plan.notes[1]


def test_a_row_without_a_patient_is_a_problem(tmp_path: Path) -> None:
    table = write_ralo(tmp_path, b"x", table=HEADINGS + HEADER + ",20200401,1,1,1,1,2,2,,1,1,1,1,2,2,,0,0\n")

    (item,) = items(read_plan(table, Dataset.RALO, None, site_zone=NEW_YORK).items)

    assert item.problem == "Line 3: No patient number is given. Give the patient's own number."


def test_readers_scores_are_kept_once_with_the_films(bench: Bench, tmp_path: Path) -> None:
    write_ralo(tmp_path / "set", b"x")
    for number, level in enumerate((CLEAR, MEDIUM, WHITE, CLEAR)):
        (tmp_path / "set" / "CXR_images_scored" / f"{number}.jpg").write_bytes(png(level, seed=number))

    first = run_import([tmp_path / "set"], site=bench.site)
    again = run_import([tmp_path / "set"], site=bench.site)

    assert (first.received, again.received, again.duplicates) == (4, 0, 4)
    with read_transaction(bench.engine) as session:
        kept = session.scalars(select(Reading)).all()
        films = {film.id: film.original_name for film in session.scalars(select(Film))}
    found = {(films[one.film_id], one.reader): one for one in kept}
    assert len(kept) == len(found) == 7
    assert ("3.jpg", "RALO reader 2") not in found
    white = found["2.jpg", "RALO reader 2"]
    assert (white.geographic_extent_right, white.geographic_extent_left) == (4.0, 4.0)
    assert (white.opacity_right, white.opacity_left, white.blind) == (2.25, 2.25, True)

"""Imports: everything stored, everything scored or with its reason, twice the same."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path

import pytest
from film_site import CLEAR, MEDIUM, WHITE, Bench, dicom, make_bench, png
from sqlalchemy import select
from sqlmodel import col

from core.errors import DataSetInvalidError
from core.scoring import registry
from dashboard.intake import run
from dashboard.intake.detect import Dataset
from dashboard.intake.plan import DAY_ZERO
from dashboard.intake.report import FileOutcome, ImportReport
from dashboard.intake.run import run_import
from dashboard.services.receiving import film_folder
from dashboard.services.worker.lease import ScoringLease
from dashboard.services.worker.loop import run_worker
from db.engine import create_engine, read_transaction, transaction
from db.models import ClinicalEvent, Film, Observation, Patient, Stay
from db.repositories import scores


def imported(bench: Bench, *paths: Path, **given: object) -> ImportReport:
    return run_import(paths, **given, site=bench.site)  # type: ignore[arg-type]


def manifest(folder: Path) -> Path:
    """Write a manifest with one film of every fate."""
    folder.mkdir(exist_ok=True)
    rows = ["path,patient_id,day,view"]
    for name, level, seed, rest in (
        ("a.png", CLEAR, 0, "1,0,AP"),
        ("b.png", WHITE, 0, "1,2,AP"),
        ("again.png", CLEAR, 0, "1,0,AP"),
        ("lateral.png", MEDIUM, 0, "1,3,L"),
        ("undated.png", MEDIUM, 1, "2,,PA"),
        ("foreign.png", WHITE, 5, "3,0,AP"),
        ("foreign.png", WHITE, 5, "4,0,AP"),
    ):
        (folder / name).write_bytes(png(level, seed))
        rows.append(f"{name},{rest}")
    (folder / "broken.png").write_bytes(png(CLEAR)[:300])
    rows += ["broken.png,1,4,AP", "missing.png,1,5,AP", ",1,6,AP", "a.png,,0,AP"]
    (folder / "films.csv").write_text("\n".join(rows) + "\n")
    (folder / "clinical.csv").write_text(
        "patient_id,day,name,value,unit\n1,1,crp,-inf,mg/l\n1,9,death,1,event\n1,,crp,3,mg/l\n"
    )
    return folder / "films.csv"


def test_every_file_is_scored_or_has_its_reason(bench: Bench, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    report = imported(bench, manifest(tmp_path / "set"), on_progress=lambda done, total: told.append((done, total)))

    assert (report.received, report.accepted, report.scored) == (7, 3, 3)
    assert (report.duplicates, report.rejected, report.quarantined, report.failed) == (1, 1, 2, 4)
    assert (report.waiting, report.left_out, report.complete) == (0, 1, False)
    found = {(reason.name, reason.outcome): reason.reason for reason in report.reasons}
    assert found["again.png", FileOutcome.DUPLICATE] == "The same file is already stored as film 1."
    assert found["lateral.png", FileOutcome.REJECTED]
    assert found["foreign.png", FileOutcome.QUARANTINED].startswith("The same picture is also stored")
    assert "damaged" in found["broken.png", FileOutcome.FAILED]
    assert found["missing.png", FileOutcome.FAILED] == "There is no file 'missing.png'."
    assert found["a.png", FileOutcome.FAILED].startswith("Line 12: No patient number is given")
    assert report.notes[0] == "Without a time: 1 film, stored and scored, and on no trend."
    assert told[-1][0] == told[-1][1]


def test_clinical_values_and_a_closed_stay_come_along(bench: Bench, tmp_path: Path) -> None:
    imported(bench, manifest(tmp_path / "set"))
    with read_transaction(bench.engine) as session:
        patient = session.scalars(select(Patient).where(col(Patient.identifier) == "1")).one()
        stay = session.scalars(select(Stay).where(col(Stay.patient_id) == patient.id)).one()
        values = session.scalars(select(Observation)).all()
        events = session.scalars(select(ClinicalEvent)).all()
        films = session.scalars(select(Film).where(col(Film.patient_id) == patient.id)).all()
    day = [DAY_ZERO + timedelta(days=n) for n in range(10)]

    assert patient.relative_day_zero == DAY_ZERO
    assert (stay.admitted_at, stay.discharged_at, stay.imported) == (day[0], day[9], True)
    assert [(value.name, value.value, value.comparator, value.at) for value in values] == [("crp", 0.0, "<", day[1])]
    assert [(event.kind.value, event.at) for event in events] == [("death", day[9])]
    assert {film.stay_id for film in films} == {stay.id}
    # The rise was long ago, in a stay that is over: it alerts nobody.
    assert [(flag.kind.value, flag.state.value) for flag in bench.flags()] == [("rise", "resolved")]


def test_an_import_twice_changes_nothing(bench: Bench, tmp_path: Path) -> None:
    table = manifest(tmp_path / "set")
    imported(bench, table)
    before = len(bench.scores())
    report = imported(bench, table)

    assert (report.received, report.scored, report.duplicates) == (0, 0, 8)
    assert len(bench.scores()) == before
    with read_transaction(bench.engine) as session:
        assert len(session.scalars(select(Observation)).all()) == 1
        assert len(session.scalars(select(Stay)).all()) == 3


def test_a_dicom_folder_with_what_lies_about_in_it(bench: Bench, tmp_path: Path) -> None:
    folder = tmp_path / "study"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "IM1").write_bytes(dicom(CLEAR))
    (folder / "IM2").write_bytes(dicom(WHITE, hours=3))
    (folder / "cut").write_bytes(dicom(WHITE)[:160])
    (folder / "photo.png").write_bytes(png(MEDIUM))
    (folder / "readme.txt").write_text("hello")
    bench.wait(hours=3)
    report = imported(bench, folder)

    assert (report.received, report.scored, report.failed) == (2, 2, 2)
    assert [film.time_doubt for film in bench.films()] == [None, None]
    reasons = {reason.name: reason.reason for reason in report.reasons}
    assert "names no patient" in reasons["photo.png"]
    assert reasons["cut"]
    assert len(list(bench.site.unreadable.hashes())) == 1


def test_an_unreadable_or_huge_file_is_one_reason(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "huge.dcm").write_bytes(dicom(CLEAR))
    monkeypatch.setattr(film_folder, "require_file_size", _too_large)
    report = imported(bench, tmp_path / "huge.dcm", dataset=Dataset.DICOM)
    assert report.reasons[0].reason == "too large"
    monkeypatch.undo()


def _too_large(_size: int) -> None:
    from core.errors import FilmUnreadableError  # noqa: PLC0415 - for this one error

    raise FilmUnreadableError("too large")


def test_a_wrong_path_stores_nothing(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "film.dcm").write_bytes(dicom(CLEAR))
    with pytest.raises(DataSetInvalidError, match="There is no file or folder"):
        imported(bench, tmp_path / "film.dcm", tmp_path / "none.csv")
    assert list(bench.site.store.hashes()) == []


def test_a_stopped_import_says_where_it_was(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "films").mkdir()
    for number in range(3):
        (tmp_path / "films" / f"{number}.dcm").write_bytes(dicom(CLEAR, hours=number, seed=number))
    bench.wait(hours=2)
    stop = threading.Event()
    report = imported(bench, tmp_path / "films", on_received=lambda *_: stop.set(), stop_event=stop)

    assert (report.received, report.waiting, report.scored) == (1, 1, 0)
    assert report.notes == ("Stopped after 1 of 3 files. Import again to go on.",)
    assert imported(bench, tmp_path / "films").scored == 2
    assert len(bench.scores()) == 3
    assert [film.time_doubt for film in bench.films()] == [None, None, None]


def test_without_the_active_scorer_films_are_stored_and_wait(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "film.dcm").write_bytes(dicom(CLEAR))
    with transaction(bench.engine) as session:
        scores.activate("mean-grey", "0.9", actor="tests", now=bench.now + timedelta(minutes=1), session=session)
    report = imported(bench, tmp_path / "film.dcm")

    assert (report.received, report.waiting, report.scored) == (1, 1, 0)
    assert "this machine has version 1" in report.notes[0]
    assert report.reasons[0].reason == "Stored; it waits for its checks."
    assert report.accepted == 0


def test_an_import_waits_for_the_worker_that_scores(
    sqlite_url: str,
    tmp_path: Path,
    mean_grey: None,  # noqa: ARG001 - registered before
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench = make_bench(create_engine(sqlite_url), tmp_path / "data")
    monkeypatch.setattr(run, "POLL_S", 0.01)
    (tmp_path / "film.dcm").write_bytes(dicom(CLEAR))
    other = ScoringLease(site=bench.site)
    assert other.acquire()
    found: list[ImportReport] = []
    thread = threading.Thread(target=lambda: found.append(imported(bench, tmp_path / "film.dcm")))
    thread.start()
    while not found and bench.films() == []:
        thread.join(0.05)
    assert bench.scores() == []
    other.release()
    run_worker(once=True, site=bench.site)
    thread.join(60)

    assert found[0].scored == 1
    assert len(bench.scores()) == 1
    assert registry.is_available("mean-grey", weights_dir=tmp_path)


def test_both_tables_of_hannover_give_the_same_pixels_under_another_identity(
    sqlite_url: str,
    shared_data: Path,
    tmp_path: Path,
    mean_grey: None,  # noqa: ARG001 - registered before
) -> None:
    bench = make_bench(create_engine(sqlite_url), tmp_path / "data")
    lines = (shared_data / "raw" / "hannover" / "data.csv").read_text(encoding="utf-8").splitlines()
    (tmp_path / "data.csv").write_text("\n".join(lines[:9]))
    films = (shared_data / "films.csv").read_text(encoding="utf-8").splitlines()
    (tmp_path / "films.csv").write_text("\n".join(films[:9]))
    first = imported(bench, tmp_path / "data.csv", images=shared_data / "films" / "hannover")
    second = imported(bench, tmp_path / "films.csv", images=shared_data)

    assert first.received == second.received == 8
    assert first.scored + first.rejected == 8
    assert second.quarantined + second.rejected == 8
    assert second.quarantined == first.scored

"""Tables of a site for research: their values, what they hide, and that an export is whole or not there."""

from __future__ import annotations

import errno
import runpy
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from conftest import REPOSITORY
from film_site import START, Bench
from flag_scenes import Scene
from sqlalchemy import select

from core.types import PatientIdentity, TimePrecision
from dashboard import api
from dashboard.errors import ConfigurationError
from dashboard.services.export import columns as export_columns
from dashboard.services.export import writing as exports
from dashboard.services.export.columns import Format, Table, columns_of
from dashboard.services.export.spreadsheet import inert
from dashboard.services.export.tables import ROWS, SiteSnapshot, frame, read_snapshot
from dashboard.services.export.writing import export
from dashboard.services.patient.timeline import patient_trend
from db.engine import transaction
from db.models import EventKind, FilmScore, FilmState
from db.read_models import site_records
from db.repositories import clinical, films, key, patients

NAME, NUMBER, BORN = "Okafor^Ada", "47110815", date(1931, 5, 6)
NOTE = "daughter Mrs Secret called"
FORMULA = '=HYPERLINK("http://x.example","Ada")'
PERSONAL = ("Okafor", "Ada", NUMBER, "1931", "Secret", "HYPERLINK", "Dr Hidden")


@pytest.fixture
def scene(bench: Bench) -> Scene:
    return Scene(bench)


def snapshot(scene: Scene) -> SiteSnapshot:
    return read_snapshot(site=scene.bench.site)


def table(scene: Scene, which: Table, *, names: bool = False) -> pd.DataFrame:
    return frame(which, snapshot(scene), names=names)


def one(data: pd.DataFrame, **wanted: object) -> dict[str, object]:
    """Return the one row with these values, missing ones as None."""
    for name, value in wanted.items():
        data = data[data[name] == value]
    assert len(data) == 1, data
    return {str(name): None if pd.isna(value) else value for name, value in data.iloc[0].items()}


def climbing(scene: Scene) -> tuple[int, list[int]]:
    """Admit a person with a name and three films that rise; return the ids."""
    patient_id, _ = scene.admit(NUMBER)
    with transaction(scene.bench.engine) as session:
        row = patients.get(patient_id, session=session)
        row.name, row.birth_date, row.sex = NAME, BORN, "F"
    return patient_id, [scene.film(patient_id, hours, level) for hours, level in ((0, 1.0), (24, 1.5), (48, 6.0))]


def annotate(scene: Scene, patient_id: int, film_id: int) -> None:
    """Let people write of a patient wherever they may."""
    with transaction(scene.bench.engine) as session:
        film = films.get(film_id, session=session)
        film.original_name = "Okafor Ada.dcm"
        scene_now = scene.bench.now
        films.set_state(film, FilmState.RETRACTED, FORMULA, actor="Dr Hidden", now=scene_now, session=session)
        clinical.add_event(patient_id, EventKind.COMMENT, at=START, note=NOTE, added_by="Dr Hidden", session=session)
        clinical.add_observation(
            patient_id, "crp", 12.5, at=START, unit="mg/l", comparator="<", added_by="Dr Hidden", session=session
        )


@pytest.mark.dialect
def test_verdicts_are_those_of_the_patients_page(scene: Scene) -> None:
    patient_id, film_ids = climbing(scene)
    shown = patient_trend(patient_id, site=scene.bench.site)
    found = table(scene, Table.VERDICTS)
    changes = [change for trend in shown.in_order for change in trend.changes]
    assert len(found) == len(changes) == 3 * 2 * 5
    for row, change in zip(found.to_dict("records"), changes, strict=True):
        assert (row["film_id"], row["patient_id"]) == (change.film_id, patient_id)
        assert (row["measure"], row["reference"], row["verdict"]) == (change.measure, change.reference, change.verdict)
        assert row["basis"] == change.basis
        for name in ("change", "p_rise", "p_large_rise", "gap_hours", "reference_film_id"):
            value = getattr(change, name)
            assert pd.isna(row[name]) if value is None else row[name] == value
    newest = one(found, film_id=film_ids[2], measure="geographic_extent", reference="recent")
    assert (newest["verdict"], newest["change"]) == ("large_rise", 4.75)
    assert (newest["now_film_ids"], newest["before_film_ids"]) == (f"{film_ids[2]}", f"{film_ids[1]} {film_ids[0]}")
    first = one(found, film_id=film_ids[0], measure="opacity", reference="24_h")
    assert (first["verdict"], first["change"], first["p_rise"]) == ("not_assessed", None, None)
    assert "no film of this stay from 16 to 32 h before" in str(first["basis"])


@pytest.mark.dialect
def test_flags_and_scores_by_every_model(scene: Scene) -> None:
    patient_id, film_ids = climbing(scene)
    scene.score(film_ids[0], 2.5, version="0")
    flag = one(table(scene, Table.FLAGS))
    assert (flag["patient_id"], flag["film_id"], flag["film_ids"]) == (patient_id, film_ids[2], str(film_ids[2]))
    assert (flag["kind"], flag["state"], flag["is_open"], flag["last_cause"]) == ("rise", "open", True, "supported")
    found = table(scene, Table.SCORES)
    assert found["active"].tolist() == [True, False, True, True]
    older = one(found, active=False)
    assert (older["film_id"], older["model_version"], older["geographic_extent"]) == (film_ids[0], "0", 2.5)
    assert (older["geographic_extent_low"], older["brixia"]) == (None, None)


@pytest.mark.dialect
def test_films_off_the_trend_are_listed_with_their_reason(scene: Scene) -> None:
    _, film_ids = climbing(scene)
    scene.set_film(film_ids[0], FilmState.RETRACTED, "wrong patient")
    scene.set_film(film_ids[1], FilmState.QUARANTINED, "another person")
    found = table(scene, Table.FILMS)
    assert dict(zip(found["film_id"], found["off_trend"].fillna("on it"), strict=True)) == {
        film_ids[0]: "retracted",
        film_ids[1]: "quarantined",
        film_ids[2]: "on it",
    }
    assert set(table(scene, Table.VERDICTS)["film_id"]) == {film_ids[2]}


def test_times_are_as_exact_as_they_are_known(scene: Scene) -> None:
    exact, by_day, undated = (scene.film(scene.patient("1"), hours, 2.0) for hours in (0, 24, 48))
    with transaction(scene.bench.engine) as session:
        films.get(by_day, session=session).time_precision = TimePrecision.DAY
        films.get(undated, session=session).acquired_at = None
        zero = PatientIdentity("data set 7")
        relative = key(patients.find_or_create(zero, relative_day_zero=START, now=START, session=session))
    counted = scene.film(relative, 36, 2.0)
    found = table(scene, Table.FILMS).set_index("film_id")
    times = found[["acquired_at", "acquired_on", "acquired_day", "time_precision"]].astype(object)
    times = times.where(times.notna(), None)
    assert times.loc[exact].tolist() == [pd.Timestamp(START), pd.Timestamp(2026, 3, 1), None, "second"]
    assert times.loc[by_day].tolist() == [None, pd.Timestamp(2026, 3, 2), None, "day"]
    assert times.loc[undated].tolist() == [None, None, None, None]
    assert times.loc[counted].tolist() == [None, None, 1.5, "second"]
    assert found.loc[undated, "off_trend"] == "without_time"


def test_without_names_nobody_is_named_anywhere(scene: Scene, tmp_path: Path) -> None:
    patient_id, film_ids = climbing(scene)
    annotate(scene, patient_id, film_ids[0])
    export(scene.bench.settings, tmp_path / "out", form=Format.CSV, now=scene.bench.now)
    written = {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "out").iterdir()}
    assert [(name, word) for name, text in written.items() for word in PERSONAL if word in text] == []
    person = one(table(scene, Table.PATIENTS))
    assert person == {
        "patient_id": patient_id,
        "sex": "F",
        "age_years": 90,
        "days_from_day_zero": False,
        "n_films": 3,
    }
    assert "Patients are pseudonyms" in written["README.txt"]


def test_names_are_there_when_asked_for(scene: Scene, tmp_path: Path) -> None:
    patient_id, film_ids = climbing(scene)
    annotate(scene, patient_id, film_ids[0])
    export(scene.bench.settings, tmp_path / "out", form=Format.CSV, names=True, now=scene.bench.now)
    person = one(table(scene, Table.PATIENTS, names=True))
    assert (person["name"], person["identifier"]) == (NAME, NUMBER)
    assert person["birth_date"] == pd.Timestamp(BORN)
    assert one(table(scene, Table.EVENTS, names=True))["note"] == NOTE
    assert one(table(scene, Table.FILMS, names=True), film_id=film_ids[0])["reason"] == FORMULA
    text = (tmp_path / "out" / "films.csv").read_text(encoding="utf-8")
    assert "\"'=HYPERLINK(" in text
    assert (tmp_path / "out" / "README.txt").read_text(encoding="utf-8").count("WITH NAMES") == 1


def test_a_merged_patient_is_the_one_who_remains(scene: Scene) -> None:
    old, new = scene.patient("old"), scene.patient("new")
    film_id = scene.film(old, 0, 2.0)
    with transaction(scene.bench.engine) as session:
        patients.get(old, session=session).merged_into_id = new
    assert table(scene, Table.PATIENTS)[["patient_id", "n_films"]].to_numpy().tolist() == [[new, 1]]
    assert one(table(scene, Table.FILMS), film_id=film_id)["patient_id"] == new


def test_sides_in_doubt_say_nothing_by_side(scene: Scene) -> None:
    film_id = scene.film(scene.patient("1"), 0, 2.0)
    with transaction(scene.bench.engine) as session:
        films.get(film_id, session=session).sides_in_doubt = True
        stored = session.scalars(select(FilmScore)).one()
        stored.geographic_extent_right = 2.0
        for zone in "abcdef":
            setattr(stored, f"brixia_zone_{zone}", 1.0)
    score = one(table(scene, Table.SCORES))
    assert (score["geographic_extent"], score["geographic_extent_right"]) == (2.0, None)
    assert (score["brixia"], score["brixia_zone_a"]) == (6.0, None)


def test_csv_and_parquet_read_back_the_same_and_as_the_dictionary_says(scene: Scene, tmp_path: Path) -> None:
    patient_id, film_ids = climbing(scene)
    annotate(scene, patient_id, film_ids[0])
    for form in Format:
        export(scene.bench.settings, tmp_path / form.value, form=form, now=scene.bench.now)
    assert sorted(path.name for path in (tmp_path / "parquet").iterdir()) == sorted(
        ["README.txt", "data-dictionary.csv", *(f"{one.value}.parquet" for one in Table)]
    )
    dictionary = pd.read_csv(tmp_path / "csv" / "data-dictionary.csv")
    assert list(dictionary.columns) == ["table", "column", "type", "unit", "range", "meaning"]
    assert dictionary["meaning"].notna().all()
    for which in Table:
        stored = pd.read_parquet(tmp_path / "parquet" / f"{which.value}.parquet")
        types = {name: kind for name, kind in stored.dtypes.items() if not str(kind).startswith("datetime")}
        times = [name for name in stored.columns if name not in types]
        again = pd.read_csv(tmp_path / "csv" / f"{which.value}.csv", dtype=types)
        for name in times:
            again[name] = pd.to_datetime(again[name], utc=not name.endswith("_on")).astype(stored[name].dtype)
        pd.testing.assert_frame_equal(again, stored)
        pd.testing.assert_frame_equal(stored, table(scene, which))
        assert dictionary[dictionary["table"] == which.value]["column"].tolist() == list(stored.columns)
        assert len(stored) > 0


def test_every_column_of_the_list_is_filled_by_its_table(scene: Scene) -> None:
    patient_id, film_ids = climbing(scene)
    annotate(scene, patient_id, film_ids[0])
    site = snapshot(scene)
    for which in Table:
        row = next(iter(ROWS[which](site)))
        assert sorted(row) == sorted(column.name for column in columns_of(which, names=True)), which


@pytest.mark.dialect
def test_a_film_that_arrives_meanwhile_is_in_no_table(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    patient_id, film_ids = climbing(scene)
    plain = site_records._scores

    def slow(**session: object) -> object:
        scene.film(patient_id, 72, 7.0)
        return plain(**session)  # type: ignore[arg-type]  # the one it was given

    monkeypatch.setattr(site_records, "_scores", slow)
    site = snapshot(scene)
    assert frame(Table.FILMS, site)["film_id"].tolist() == film_ids
    assert frame(Table.SCORES, site)["film_id"].tolist() == film_ids
    assert len(frame(Table.FLAGS, site)) == 1
    monkeypatch.undo()
    assert len(table(scene, Table.SCORES)) == 4


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()])
def test_what_fails_leaves_nothing(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    climbing(scene)
    plain = exports.write_csv

    def full(data: pd.DataFrame, path: Path) -> None:
        if path.name == "verdicts.csv":
            raise error
        plain(data, path)

    monkeypatch.setattr(exports, "write_csv", full)
    (tmp_path / "place").mkdir()
    with pytest.raises((ConfigurationError, KeyboardInterrupt)) as failed:
        export(scene.bench.settings, tmp_path / "place" / "out", form=Format.CSV, now=scene.bench.now)
    assert list((tmp_path / "place").iterdir()) == []
    if isinstance(error, OSError):
        assert "is full: nothing was exported. Make room and run it again." in str(failed.value)


def test_a_folder_that_is_not_empty_stays_as_it_is(scene: Scene, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("kept", encoding="utf-8")
    for taken in (tmp_path / "out", tmp_path / "out" / "mine.txt"):
        with pytest.raises(ConfigurationError, match=r"is not empty\. Name a new folder\."):
            export(scene.bench.settings, taken, form=Format.CSV, now=START)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["mine.txt"]


def test_a_folder_that_is_filled_meanwhile_stays_as_it_is(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = exports.read_snapshot

    def slow(*of_site: Any, **moment: Any) -> SiteSnapshot:  # noqa: ANN401 - what it was given
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / "mine.txt").touch()
        return plain(*of_site, **moment)

    monkeypatch.setattr(exports, "read_snapshot", slow)
    with pytest.raises(ConfigurationError, match=r"is not empty\. Name a new folder\."):
        export(scene.bench.settings, tmp_path / "out", form=Format.CSV, now=START)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["mine.txt"]
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_an_empty_folder_is_filled_for_its_owner_only(scene: Scene, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    export(scene.bench.settings, tmp_path / "out", form=Format.CSV, now=START)
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o700
    assert len(list((tmp_path / "out").iterdir())) == len(Table) + 2
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_site_that_is_not_there_is_refused_and_not_made(tmp_path: Path, mean_grey: None) -> None:  # noqa: ARG001
    with pytest.raises(ConfigurationError, match=r"There is nothing at sqlite:.* yet"):
        api.open_site(tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_the_example_for_researchers_runs(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    patient_id, film_ids = climbing(scene)
    scene.set_film(scene.film(patient_id, 50, 5.0), FilmState.RETRACTED, "wrong patient")
    for name, value in scene.bench.settings.as_environment().items():
        monkeypatch.setenv(name, value)
    told = runpy.run_path(str(REPOSITORY / "docs" / "researchers" / "example.py"))
    assert told["rises"]["film_id"].tolist() == [film_ids[2]]
    assert told["course"]["geographic_extent"].tolist() == [1.0, 1.5, 6.0, 5.0]
    printed = capsys.readouterr().out
    assert "retracted    1" in printed
    assert "now minus before, as scored" in printed


def test_the_functions_for_notebooks_give_the_tables(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    patient_id, film_ids = climbing(scene)
    annotate(scene, patient_id, film_ids[0])
    monkeypatch.setenv("LUNGLINE_SITE_ZONE", "UTC")
    site = api.open_site(scene.bench.settings.data_dir, scene.bench.settings.database_url)
    for which in Table:
        given = getattr(api, which.value)(site)
        assert list(given.columns) == [one.name for one in columns_of(which, names=False)]
        assert len(given) == len(table(scene, which))
    assert api.patients(site, names=True)["name"].tolist() == [NAME]
    assert sorted(api.data_dictionary()["table"].unique()) == sorted(one.value for one in export_columns.Table)


def test_one_file_is_scored_and_nothing_stored(bench: Bench, tmp_path: Path) -> None:
    from film_site import CLEAR, dicom  # noqa: PLC0415 - draws films

    (tmp_path / "film.dcm").write_bytes(dicom(CLEAR))
    scored = api.score_file(tmp_path / "film.dcm", "mean-grey")
    assert (scored.status.value, scored.model) == ("scored", "mean-grey")
    assert scored.geographic_extent == pytest.approx(1.6, abs=0.3)
    assert bench.scores() == []
    with pytest.raises(ConfigurationError, match=r"is a folder\. Name one film\."):
        api.score_file(tmp_path)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝"])  # noqa: RUF001 - full width
def test_no_text_is_a_formula(start: str) -> None:
    assert inert(f"{start}1+1") == f"'{start}1+1"
    assert [inert(value) for value in ("1=1", "", -2.5, None)] == ["1=1", "", -2.5, None]

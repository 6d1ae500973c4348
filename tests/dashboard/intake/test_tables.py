"""The importers' table formats, on small tables written here and on the real ones."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from core.errors import DataSetInvalidError
from core.types import PatientIdentity, PatientPosition, TimePrecision, ViewPosition
from dashboard.intake.cohen import read_cohen
from dashboard.intake.detect import Dataset, detect, read_films, read_plan
from dashboard.intake.hannover import read_hannover
from dashboard.intake.images import ImageFinder
from dashboard.intake.manifest import read_manifest
from dashboard.intake.plan import DAY_ZERO, ImportEvent, ImportItem, ImportObservation
from db.models import EventKind

BERLIN = ZoneInfo("Europe/Berlin")

HANNOVER = (
    "patient_id,image_id,sex,admission_offset,icu_admission_offset,icu_release_offset,death_offset,modality,projection,"
    "crp_offset,crp_val,d-dimer_offset,d-dimer_val,po2_offset,po2_val\n"
    "p1,aa01,f,0,-1.0,3.0,,CR,ap,0.0,44.0,,,-1.0,-inf\n"
    "p1,bb02,f,-2,-3.0,1.0,,DX,pa,-2.0,44.0,1.0,inf,,\n"
    "p2,cc03,m,,,,,CR,ap,0.0,12.0,,,,\n"
)
COHEN = (
    "patientid,offset,sex,in_icu,intubation_present,temperature,pO2_saturation,lymphocyte_count,view,modality,folder,"
    "filename\n"
    "7,3,M,Y,N,38.5,61.3,0.8,AP Supine,X-ray,images,one.v1.jpeg\n"
    "7,?,M,,,,,,PA,X-ray,images,two.png\n"
    "8,0,F,,,95,97,,Axial,CT,images,three.jpg\n"
    "9,5,,,,,,,L,X-ray,images,four.jpg\n"
)


def picture(folder: Path, name: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(b"\x89PNG\r\n\x1a\n")
    return path


def items(plan_items: object) -> list[ImportItem]:
    return list(plan_items)  # type: ignore[call-overload]


def test_hannover_offsets_are_days_from_the_film(tmp_path: Path) -> None:
    table = tmp_path / "data.csv"
    table.write_text(HANNOVER)
    by_id = picture(tmp_path / "png", "aa01.png")
    by_dataset = picture(tmp_path / "png", "hannover-bb02.jpg")
    plan = read_hannover(table)
    first, second, third = items(plan.items)

    assert (first.path, second.path, third.path) == (by_id, by_dataset, None)
    assert first.acquired_at == DAY_ZERO
    assert second.acquired_at == DAY_ZERO + timedelta(days=2)
    assert second.time_precision is TimePrecision.DAY
    assert (first.view_position, second.view_position) == (ViewPosition.AP, ViewPosition.PA)
    assert (first.modality, second.modality) == ("CR", "DX")
    assert first.identity == PatientIdentity("p1", issuer="hannover", sex="F")
    assert third.problem == "There is no image 'cc03' in the images folder."
    assert third.acquired_at is None

    patient = plan.patients[0]
    day = {n: DAY_ZERO + timedelta(days=n) for n in range(-1, 6)}
    assert patient.observations == {
        ImportObservation("crp", 44.0, "mg/l", day[0]),
        ImportObservation("d_dimer", 0.0, "mg/l", day[3], ">"),
        ImportObservation("pao2", 0.0, "mmHg", day[-1], "<"),
    }
    assert patient.events == {
        ImportEvent(EventKind.ADMISSION, day[0]),
        ImportEvent(EventKind.ICU_ADMISSION, day[-1]),
        ImportEvent(EventKind.ICU_RELEASE, day[3]),
    }
    assert patient.stay == (day[-1], day[3])
    assert patient.relative_day_zero == DAY_ZERO
    assert plan.patients[1].stay is None


def test_cohen_keeps_films_and_leaves_out_other_modalities(tmp_path: Path) -> None:
    table = tmp_path / "metadata.csv"
    table.write_text(COHEN)
    one = picture(tmp_path / "images", "cohen-one.v1.jpg")
    two = picture(tmp_path / "images", "two.png")
    plan = read_cohen(table)
    first, second, fourth = items(plan.items)

    assert (first.path, second.path) == (one, two)
    assert (first.view_position, first.patient_position) == (ViewPosition.AP, PatientPosition.SUPINE)
    assert first.acquired_at == DAY_ZERO + timedelta(days=3)
    assert second.acquired_at is None
    assert fourth.view_position is ViewPosition.LATERAL
    assert fourth.problem == "There is no image 'four.jpg' in the images folder."
    assert [(one.name, one.reason) for one in plan.left_out] == [("three.jpg", "Not a chest film: CT.")]
    at = DAY_ZERO + timedelta(days=3)
    # 61.3 % may be a partial pressure and is left out.
    assert plan.patients[0].observations == {
        ImportObservation("temperature", 38.5, "degC", at),
        ImportObservation("lymphocytes", 0.8, "10^3/ul", at),
    }
    assert plan.patients[0].events == {
        ImportEvent(EventKind.COMMENT, at, "On the day of a film: in intensive care"),
        ImportEvent(EventKind.COMMENT, at, "On the day of a film: not intubated"),
    }


def test_images_are_found_through_a_films_csv_beside_them(tmp_path: Path) -> None:
    table = tmp_path / "raw" / "metadata.csv"
    table.parent.mkdir()
    table.write_text(COHEN)
    path = picture(tmp_path / "set" / "deep", "x.jpg")
    (tmp_path / "set" / "films.csv").write_text("path,source,source_filename\ndeep/x.jpg,cohen,one.v1.jpeg\n")

    assert items(read_cohen(table, tmp_path / "set").items)[0].path == path


def test_images_are_found_by_ids_made_safe_for_file_names(tmp_path: Path) -> None:
    safe = picture(tmp_path, "cohen-10_1148rg_24-Fig8a.jpg")
    picture(tmp_path, "cohen-a_b.jpg")
    picture(tmp_path, "cohen-a+b.jpg")
    finder = ImageFinder([tmp_path], "cohen")

    assert finder.find("10.1148rg.24-Fig8a.jpeg") == safe
    assert finder.find("a.b.jpeg") is None


def test_a_manifest_with_calendar_times_dates_and_days(tmp_path: Path) -> None:
    for name in ("a.png", "b.png", "c.png", "d.png"):
        picture(tmp_path, name)
    table = tmp_path / "own.csv"
    table.write_text(
        "path,patient_id,source,acquired_at,day,view,name,birth_date,sex\n"
        "a.png,1,,2026-03-01T06:30,,AP supine,Müller^Eva,1950-02-03,F\n"
        "b.png,1,,2026-03-02,,AP,Müller^Eva,1950-02-03,F\n"
        "c.png,2,set,,4,frontal,,,\n"
        "d.png,2,set,,,PA,,,\n"
        "e.png,2,set,,5,PA,,,\n"
        "a.png,,,,,,,,\n"
        "a.png,3,,yesterday,,,,,\n"
        "a.png,3,,,,,,1950,\n"
        "a.png,1,,,4,,,,\n",
        encoding="utf-8",
    )
    read = items(read_manifest(table, site_zone=BERLIN).items)

    assert read[0].identity == PatientIdentity("1", name="Müller^Eva", birth_date=date(1950, 2, 3), sex="F")
    assert read[0].acquired_at == datetime(2026, 3, 1, 5, 30, tzinfo=UTC)
    assert (read[0].time_precision, read[0].patient_position) == (TimePrecision.SECOND, PatientPosition.SUPINE)
    assert read[1].acquired_at == datetime(2026, 3, 2, 11, tzinfo=UTC)
    assert (read[1].time_precision, read[1].relative_day_zero) == (TimePrecision.DAY, None)
    assert (read[2].acquired_at, read[2].relative_day_zero) == (DAY_ZERO + timedelta(days=4), DAY_ZERO)
    assert (read[2].view_position, read[3].acquired_at) == (ViewPosition.UNKNOWN, None)
    assert [item.problem for item in read[4:]] == [
        "There is no file 'e.png'.",
        "Line 7: No patient number is given. Give the patient's own number.",
        (
            "own.csv, line 8, column 'acquired_at': 'yesterday' is no time as YYYY-MM-DDThh:mm. Format the "
            "column as text and write it so."
        ),
        (
            "own.csv, line 9, column 'birth_date': '1950' is no date as YYYY-MM-DD. Format the "
            "column as text and write it so."
        ),
        "The patient has films by day and films by calendar time. Use one of them.",
    ]


def test_clinical_values_beside_a_manifest_come_along(tmp_path: Path) -> None:
    picture(tmp_path, "a.png")
    table = tmp_path / "films.csv"
    table.write_text("path,patient_id,day\na.png,1,4\n")
    (tmp_path / "clinical.csv").write_text(
        "patient_id,day,name,value,unit\n1,4,po2,80,mmHg\n1,4,crp,-inf,mg/l\n1,4,pO2_saturation,66,%\n"
        "1,5,icu_admission,1,event\n1,4,in_icu,0,state\n1,,crp,3,mg/l\n1,4,crp,high,mg/l\n2,4,crp,3,mg/l\n"
        "1,4,ferritin,300,ug/l\n"
    )
    plan = read_manifest(table, site_zone=BERLIN)
    at = DAY_ZERO + timedelta(days=4)

    assert plan.patients[0].observations == {
        ImportObservation("pao2", 80.0, "mmHg", at),
        ImportObservation("crp", 0.0, "mg/l", at, "<"),
        ImportObservation("ferritin", 300.0, "ug/l", at),
    }
    assert plan.patients[0].events == {
        ImportEvent(EventKind.ICU_ADMISSION, DAY_ZERO + timedelta(days=5)),
        ImportEvent(EventKind.COMMENT, at, "On the day of a film: not in intensive care"),
    }
    assert [(one.name, one.reason) for one in plan.left_out] == [
        ("clinical.csv line 4 (pO2_saturation)", "A saturation of 66 % may be a partial pressure."),
        ("clinical.csv line 7 (crp)", "The value states no day."),
        ("clinical.csv line 8 (crp)", "'high' is no number."),
    ]


def test_patients_of_two_sources_are_two(tmp_path: Path) -> None:
    picture(tmp_path, "a.png")
    table = tmp_path / "films.csv"
    table.write_text("path,patient_id,source,day\na.png,1,x,4\na.png,1,y,5\n")
    (tmp_path / "clinical.csv").write_text("patient_id,day,name,value,unit\n1,4,po2,80,mmHg\n")
    plan = read_manifest(table, site_zone=BERLIN)

    assert [(patient.identity.issuer, patient.identity.identifier) for patient in plan.patients] == [
        ("x", "1"),
        ("y", "1"),
    ]
    assert plan.left_out[0].reason == "Two sources give this patient id."


def test_a_dicom_folder_lists_films_below_it(tmp_path: Path) -> None:
    dicom = bytes(128) + b"DICM"
    for name in ("b/film", "a/IM0001", "a/DICOMDIR", ".hidden/IM0002"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(dicom)
    (tmp_path / "a" / "DICOMDIR").write_bytes(dicom + b"\x02\x00\x02\x00UI\x14\x001.2.840.10008.1.3.10" + bytes(8))
    (tmp_path / "README.txt").write_text("read me")
    picture(tmp_path, "photo.png")

    assert [item.name for item in items(read_films(tmp_path).items)] == ["photo.png", "a/IM0001", "b/film"]
    assert [item.name for item in items(read_films(tmp_path / "README.txt").items)] == ["README.txt"]


def test_the_form_is_detected(tmp_path: Path) -> None:
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "metadata.csv").write_text(COHEN)
    (tmp_path / "data.csv").write_text(HANNOVER)
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    (tmp_path / "films.csv").write_text("path,patient_id\n")
    (tmp_path / "empty").mkdir()
    picture(tmp_path, "x.png")

    assert detect(tmp_path / "c") is Dataset.COHEN
    assert detect(tmp_path / "data.csv") is Dataset.HANNOVER
    assert detect(tmp_path / "films.csv") is Dataset.MANIFEST
    assert detect(tmp_path / "empty") is Dataset.DICOM
    assert detect(tmp_path / "x.png") is Dataset.DICOM
    with pytest.raises(DataSetInvalidError, match=r"other.csv has none of the known forms"):
        detect(tmp_path / "other.csv")
    with pytest.raises(DataSetInvalidError, match="There is no file or folder"):
        detect(tmp_path / "nothing")


def test_a_wrong_form_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text("a,b\n1,2\n")
    (tmp_path / "latin.csv").write_bytes("path,patient_id\nMüller,1\n".encode("latin-1"))
    with pytest.raises(DataSetInvalidError, match="has no column 'patient_id'"):
        read_plan(tmp_path / "data.csv", Dataset.HANNOVER, None, site_zone=BERLIN)
    with pytest.raises(DataSetInvalidError, match=r"latin\.csv, line 2, column 'path': a character is not in UTF-8"):
        read_plan(tmp_path / "latin.csv", Dataset.MANIFEST, None, site_zone=BERLIN)
    with pytest.raises(DataSetInvalidError, match="no images folder"):
        read_plan(tmp_path / "data.csv", Dataset.HANNOVER, tmp_path / "none", site_zone=BERLIN)
    with pytest.raises(DataSetInvalidError, match=r"There is no table metadata.csv"):
        read_plan(tmp_path, Dataset.COHEN, None, site_zone=BERLIN)
    with pytest.raises(DataSetInvalidError, match="There is no file or folder"):
        read_plan(tmp_path / "none.csv", Dataset.COHEN, None, site_zone=BERLIN)


def test_the_real_hannover_table_agrees_with_the_prepared_one(shared_data: Path) -> None:
    plan = read_hannover(shared_data / "raw" / "hannover" / "data.csv", shared_data / "films" / "hannover")
    read = {item.name: item for item in items(plan.items)}
    with (shared_data / "films.csv").open(encoding="utf-8") as file:
        prepared = [row for row in csv.DictReader(file) if row["source"] == "hannover"]

    assert len(read) == len(prepared) == 197
    for row in prepared:
        item = read[row["film_id"].removeprefix("hannover-")]
        assert item.acquired_at == DAY_ZERO + timedelta(days=int(row["day"]))
        assert item.path is not None
        assert item.path.name == Path(row["path"]).name
        assert item.view_position.value == row["view"]
    with (shared_data / "clinical.csv").open(encoding="utf-8") as file:
        events = {"admission", "icu_admission", "icu_release", "death"}
        values = {
            (row["patient_id"], row["day"], row["name"], row["value"])
            for row in csv.DictReader(file)
            if row["patient_id"].startswith("hannover-") and row["name"] not in events
        }
    assert sum(len(patient.observations) for patient in plan.patients) == len(values)
    assert len(plan.patients) == 54


def test_the_real_cohen_table_finds_its_films(shared_data: Path) -> None:
    plan = read_cohen(shared_data / "raw" / "cohen" / "metadata.csv", shared_data)
    read = items(plan.items)

    assert len(read) == 477
    assert len(plan.left_out) == 39
    # 424 films; the laterals and the dropped copies of the table are not among the frontal films.
    assert sum(not item.problem for item in read) == 424


def test_a_row_that_names_nobody_or_somebody_else_is_refused_with_its_line(tmp_path: Path) -> None:
    picture(tmp_path, "a.png")
    table = tmp_path / "films.csv"
    table.write_text(
        "path,patient_id,day,name,birth_date,sex\n"
        "a.png,nan,1,,,M\n"
        "a.png,4.71E+09,1,,,\n"
        "a.png,4711,1,,,\n"
        "a.png,4711,2,Mueller^Eva,1950-02-03,female\n"
        "a.png,4711,3,M\u00fcller^Eva,,F\n"
        "a.png,4711,4,,,M\n"
        "a.png,4711,5,,1950-02-04,\n"
        "a.png,4711,6,Smith^Bob,,\n",
        encoding="utf-8",
    )
    plan = read_manifest(table, site_zone=BERLIN)
    problems = [item.problem for item in items(plan.items)]

    assert problems[0].startswith("Line 2: 'nan' is no patient's number")
    assert problems[1].startswith("Line 3: '4.71E+09' is no patient's number: it is what a spreadsheet made")
    assert problems[2:5] == ["", "", ""]
    assert problems[5].startswith("Line 7: patient 4711 has another sex than in line 4.")
    assert problems[6].startswith("Line 8: patient 4711 has another birth date than in line 4.")
    assert problems[7].startswith("Line 9: patient 4711 has another name than in line 4.")
    assert [patient.identity.identifier for patient in plan.patients] == ["4711"]


@pytest.mark.parametrize(("dataset", "table"), [(Dataset.COHEN, COHEN), (Dataset.HANNOVER, HANNOVER)])
def test_published_tables_refuse_such_rows_too(tmp_path: Path, dataset: Dataset, table: str) -> None:
    number, sex = ("7", "M") if dataset is Dataset.COHEN else ("p1", "f")
    header, first, *others = table.splitlines()
    nobody = first.replace(f"{number},", "null,", 1)
    somebody = first.replace(f",{sex},", ",F," if sex == "M" else ",m,", 1)
    path = tmp_path / "table.csv"
    path.write_text("\n".join([header, first, nobody, somebody, *others]))
    found = items(read_plan(path, dataset, None, site_zone=BERLIN).items)

    assert found[1].problem.startswith("Line 3: 'null' is no patient's number")
    assert found[2].problem.startswith(f"Line 4: patient {number} has another sex than in line 2.")

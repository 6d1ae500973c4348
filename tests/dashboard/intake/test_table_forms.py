"""Tables as spreadsheets write them: what is certain is read, what is not is refused where it stands."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from film_site import CLEAR, png

from core import tables
from core.errors import DataSetInvalidError
from core.evaluation.ralo import COLUMNS as RALO_COLUMNS
from core.evaluation.ralo import is_ralo_table, read_ralo_table
from core.quoting import quoted
from core.tables import lines_of
from core.types import PatientIdentity
from dashboard.intake.cohen import read_cohen
from dashboard.intake.detect import Dataset, detect, read_plan
from dashboard.intake.hannover import read_hannover
from dashboard.intake.manifest import read_manifest
from dashboard.intake.plan import DAY_ZERO, ImportItem

BERLIN = ZoneInfo("Europe/Berlin")
PLAIN = 'path,patient_id,acquired_at,view,name\nf0.png,4711,2026-03-02T06:10,AP,"Müller, Jörg"\n'
WAY_OUT = "Save it as CSV in UTF-8 (in spreadsheets “CSV UTF-8”), then try again."


def manifest(folder: Path, content: str | bytes) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "f0.png").write_bytes(png(CLEAR))
    table = folder / "films.csv"
    table.write_bytes(content if isinstance(content, bytes) else content.encode())
    return table


def only(table: Path) -> ImportItem:
    assert detect(table) is Dataset.MANIFEST
    (item,) = read_manifest(table, site_zone=BERLIN).items
    return item


def semicolons(text: str) -> str:
    return text.replace('"Müller, Jörg"', "Müller# Jörg").replace(",", ";").replace("#", ",")


@pytest.mark.parametrize(
    "content",
    [
        PLAIN,
        semicolons(PLAIN),
        semicolons(PLAIN).replace(";", "\t"),
        "sep=;\n" + semicolons(PLAIN),
        "SEP=\t\r\n" + semicolons(PLAIN).replace(";", "\t").replace("\n", "\r\n"),
        b"\xef\xbb\xbfsep=,\r\n" + PLAIN.encode(),
        PLAIN.encode("utf-8-sig"),
        PLAIN.encode("utf-16"),
        b"\xfe\xff" + semicolons(PLAIN).encode("utf-16-be"),
        PLAIN.replace("\n", "\r"),
        PLAIN.replace("path,patient_id", "Path,PATIENT_ID").replace("view,name", " View , Name"),
        "\n,,,,\n" + PLAIN.replace("\n", "\n\n,,,,\n  \n"),
        PLAIN.replace("\n", ",,\n"),
    ],
)
def test_a_manifest_is_read_in_every_form_that_is_certain(tmp_path: Path, content: str | bytes) -> None:
    item = only(manifest(tmp_path, content))
    assert (item.problem, item.identity) == ("", PatientIdentity("4711", name="Müller, Jörg"))
    assert item.acquired_at is not None
    assert item.acquired_at.isoformat() == "2026-03-02T06:10:00+01:00"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (
            ("\n" + PLAIN).encode("cp1252"),
            (
                "Table films.csv, line 3, column 'name': a character is not in UTF-8. Windows would read it "
                "as “ü”, other "
                f"systems as another letter, so that nothing was read. {WAY_OUT}"
            ),
        ),
        (
            "path,patient_id,größe\nf0.png,1,2\n".encode("cp1252"),
            (
                "Table films.csv, line 1, column 3: a character is not in UTF-8. Windows would read it as “ö”, other "
                f"systems as another letter, so that nothing was read. {WAY_OUT}"
            ),
        ),
        (PLAIN.encode("utf-16-le"), f"Table films.csv is no text: it may be UTF-16 without its mark. {WAY_OUT}"),
        (
            PLAIN.encode("utf-16")[:-1],
            f"Table films.csv breaks off or is damaged within its UTF-16 text. {WAY_OUT}",
        ),
        ("path,view\nf0.png,AP\n", "Table films.csv has no column 'patient_id'. Add it."),
        ("", "Table films.csv has no column 'path', 'patient_id'. Add it."),
        (
            "path,Path,patient_id\nf0.png,f0.png,1\n",
            "Table films.csv has the column 'path' twice. Rename the one that is not meant.",
        ),
        (
            "path,patient_id,acquired_at,Acquired_At\nf0.png,1,2026-03-02T06:10,2020-01-01\n",
            "Table films.csv has the column 'acquired_at' twice. Rename the one that is not meant.",
        ),
        (
            "path,patient_id,NAME,name \nf0.png,1,,\n",
            "Table films.csv has the column 'name' twice. Rename the one that is not meant.",
        ),
        (
            "path,patient_id,day\nf0.png,4711,1\nf1.png,47",
            (
                "Table films.csv ends within line 3: it may have been cut off while it was copied. Copy it again. If "
                "it is whole, fill in the last row and end it with a line break."
            ),
        ),
        (
            'path,patient_id\nf0.png,4711\nf1.png,"47',
            (
                "Table films.csv, line 3: the row cannot be read (unexpected end of data). A quotation mark may be "
                "missing. Mend the row."
            ),
        ),
        (
            'path,name,patient_id\nf0.png,"Doe,4711\nf1.png,"Roe",4712\n',
            (
                "Table films.csv, line 2: the row cannot be read (',' expected after '\"'). A quotation mark may be "
                "missing. Mend the row."
            ),
        ),
        (
            '"path","patient_id","day"\n"7","f0.png","1",NA\n"12","f1.png","2",NA\n',
            (
                "Table films.csv has a number before each row and no column name above it, as R writes row names. "
                "Write it without row names (row.names = FALSE), then try again."
            ),
        ),
        (
            "path,patient_id,day\nf0.png,1,1\nf0.png,1,1,5\n",
            (
                "Table films.csv, line 3 has 4 cells, its header 3. A cell that holds a separator, as 1,5 or "
                "Okafor, Ada, "
                "needs double quotation marks. Mend the row."
            ),
        ),
        (
            'path,patient_id\nf0.png,"' + "1" * 200_000 + '"\n',
            (
                "Table films.csv, line 2: the row cannot be read (field larger than field limit (131072)). A "
                "quotation mark "
                "may be missing. Mend the row."
            ),
        ),
    ],
)
def test_a_table_that_is_not_certain_is_refused_as_a_whole(tmp_path: Path, content: str | bytes, sentence: str) -> None:
    with pytest.raises(DataSetInvalidError) as refused:
        read_manifest(manifest(tmp_path, content), site_zone=BERLIN)
    assert str(refused.value) == sentence


@pytest.mark.parametrize(
    ("header", "cells", "sentence"),
    [
        (
            "day",
            '"1,5"',
            (
                "films.csv, line 2, column 'day': '1,5' has a comma, and whether it is a decimal comma is not "
                "certain. Write "
                "numbers with a point (1.5)."
            ),
        ),
        (
            "day",
            "46083",
            (
                "films.csv, line 2, column 'day': '46083' may be a spreadsheet's serial date. Write the date itself as "
                "YYYY-MM-DD in acquired_at, or days from the patient's own day 0."
            ),
        ),
        ("day", "1_0", "films.csv, line 2, column 'day': '1_0' is no number of days. Mend it."),
        ("day", "\uff11", "films.csv, line 2, column 'day': '\uff11' is no number of days. Mend it."),
        ("day", "1e400", "films.csv, line 2, column 'day': '1e400' is no number of days. Mend it."),
        ("day", "Monday", "films.csv, line 2, column 'day': 'Monday' is no number of days. Mend it."),
        (
            "acquired_at",
            "46083.257",
            (
                "films.csv, line 2, column 'acquired_at': '46083.257' is no time as YYYY-MM-DDThh:mm. It may be a "
                "spreadsheet's serial date. Format the column as text and write it so."
            ),
        ),
        (
            "acquired_at",
            "02.03.2026 06:10",
            (
                "films.csv, line 2, column 'acquired_at': '02.03.2026 06:10' is no time as YYYY-MM-DDThh:mm. "
                "Format the "
                "column as text and write it so."
            ),
        ),
        (
            "birth_date",
            "18295",
            (
                "films.csv, line 2, column 'birth_date': '18295' is no date as YYYY-MM-DD. It may be a "
                "spreadsheet's serial "
                "date. Format the column as text and write it so."
            ),
        ),
    ],
)
def test_a_cell_that_is_not_certain_refuses_its_film(tmp_path: Path, header: str, cells: str, sentence: str) -> None:
    assert only(manifest(tmp_path, f"path,patient_id,{header}\nf0.png,1,{cells}\n")).problem == sentence


def test_the_published_tables_are_read_as_spreadsheets_save_them(tmp_path: Path) -> None:
    (tmp_path / "one.png").write_bytes(png(CLEAR))
    hannover = tmp_path / "data.csv"
    hannover.write_text(
        "Patient_ID;image_id;sex;admission_offset;icu_admission_offset;projection;"
        "CRP_offset;crp_val;ldh_offset;ldh_val\n"
        "\n;;;;;;;;;\np1;one;f;-2;;ap;0;44,5;0;300\np1;one;f;-1,5;;ap;;;;\n"
    )
    plan = read_hannover(hannover)
    first, second = plan.items
    assert (first.problem, first.acquired_at) == ("", DAY_ZERO.replace(day=3))
    assert second.problem.startswith("data.csv, line 5, column 'admission_offset': '-1,5' has a comma")
    assert [(observation.name, observation.value) for observation in plan.patients[0].observations] == [("ldh", 300.0)]
    assert [one.name for one in plan.left_out] == ["data.csv line 4 (crp_val)"]
    cohen = tmp_path / "metadata.csv"
    cohen.write_text(
        "PatientID\tOffset\tView\tModality\tFilename\tTemperature\tPO2_SATURATION\n7\t3\tAP\tX-ray\tone.png\t38,5\t97\n"
    )
    assert detect(tmp_path / "metadata.csv") is Dataset.COHEN
    plan = read_cohen(cohen)
    assert [(observation.name, observation.value) for observation in plan.patients[0].observations] == [("spo2", 97.0)]
    assert plan.left_out[0].reason.startswith("metadata.csv, line 2, column 'temperature': '38,5' has a comma")


def test_clinical_values_name_their_line_past_blank_rows(tmp_path: Path) -> None:
    table = manifest(tmp_path, "path;patient_id;day\nf0.png;1;4\n")
    (tmp_path / "clinical.csv").write_text("Patient_ID;Day;Name;Value;Unit\n\n1;4;crp;7,5;mg/l\n1;4;crp;9;mg/l\n")
    plan = read_manifest(table, site_zone=BERLIN)
    assert [(observation.name, observation.value) for observation in plan.patients[0].observations] == [("crp", 9.0)]
    assert [one.name for one in plan.left_out] == ["clinical.csv line 3 (crp)"]
    assert "Write numbers with a point (7.5)." in plan.left_out[0].reason


def test_a_ralo_table_is_read_as_spreadsheets_save_it(tmp_path: Path) -> None:
    header = [name.upper() for name in (*RALO_COLUMNS, *RALO_COLUMNS[2:])]
    rows = ["Reader 1;Reader 2", ";".join(header), "s1;20200401;1;2;2;1;3;3;1;2;2;1;3;4"]
    table = tmp_path / "ralo-dataset-metadata.csv"
    table.write_bytes("\r\n".join(rows).encode("utf-16"))
    assert is_ralo_table(table)
    (film,) = read_ralo_table(table)
    assert (film.subject_id, [reading and reading.opacity for reading in film.readings]) == ("s1", [2.25, 3.0])


def test_a_table_is_known_by_its_content(tmp_path: Path) -> None:
    (tmp_path / "films").write_text("path,patient_id\n")
    (tmp_path / "film.csv").write_bytes(png(CLEAR))
    assert detect(tmp_path / "films") is Dataset.MANIFEST
    assert detect(tmp_path / "film.csv") is Dataset.DICOM


def test_lines_are_those_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text('sep=,\na,b\n\n"1\n2",3\n4,5\n')
    assert [(line.number, line.cells) for line in lines_of(tmp_path / "t.csv")] == [
        (2, ("a", "b")),
        (4, ("1\n2", "3")),
        (6, ("4", "5")),
    ]


def test_a_table_named_for_another_set_is_refused_with_what_it_lacks(tmp_path: Path) -> None:
    table = manifest(tmp_path, semicolons(PLAIN))
    with pytest.raises(DataSetInvalidError, match="has no column 'patientid', 'offset'"):
        read_plan(table, Dataset.COHEN, None, site_zone=BERLIN)


@pytest.mark.parametrize("word", ["NA", "NaN", "nan", "NaT", "None", "NULL", "null", "N/A", "#N/A", "<NA>", ""])
def test_what_programs_write_into_an_empty_cell_is_no_fact(tmp_path: Path, word: str) -> None:
    header = "path,patient_id,acquired_at,day,name,birth_date,sex,source,view,film_id\n"
    item = only(manifest(tmp_path, f"{header}f0.png,4711,{word},{word},{word},{word},{word},{word},{word},f0\n"))
    assert (item.problem, item.acquired_at, item.identity) == ("", None, PatientIdentity("4711"))


def test_such_a_word_stays_a_file_and_is_no_number(tmp_path: Path) -> None:
    table = manifest(tmp_path, "path,patient_id,film_id\nNA,1,NA\nf0.png,NA,f0\n")
    (tmp_path / "NA").write_bytes(png(CLEAR))
    named, nobody = read_manifest(table, site_zone=BERLIN).items
    assert (named.name, named.path, named.problem) == ("NA", tmp_path / "NA", "")
    assert nobody.problem.startswith("Line 3: 'NA' is no patient's number")


def test_two_columns_that_nobody_asks_for_may_share_a_name(tmp_path: Path) -> None:
    item = only(manifest(tmp_path, "path,patient_id,comment,comment,,\nf0.png,1,a,b,,\n"))
    assert (item.problem, item.identity) == ("", PatientIdentity("1"))


def test_a_clinical_value_without_a_name_is_left_out(tmp_path: Path) -> None:
    table = manifest(tmp_path, "path,patient_id,day\nf0.png,1,4\n")
    (tmp_path / "clinical.csv").write_text("patient_id,day,name,value,unit\n1,4,NA,140,mmol/l\n1,4,peep,1e400,\n")
    plan = read_manifest(table, site_zone=BERLIN)
    assert plan.patients[0].observations == frozenset()
    assert [one.reason for one in plan.left_out] == [
        "The row does not say what was measured. Write its name in full (sodium, not NA).",
        "'1e400' is no number.",
    ]


def test_a_table_of_too_many_cells_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MAX_CELLS", 20)
    table = manifest(tmp_path, "path,patient_id\n" + ",,,,,,,,,\n" * 2)
    with pytest.raises(DataSetInvalidError) as refused:
        read_manifest(table, site_zone=BERLIN)
    assert str(refused.value) == (
        "Table films.csv has more than 20 cells. Delete its empty rows and columns, or divide it into smaller tables."
    )


@pytest.mark.parametrize("stated", ["0001-01-01T00:00+14:00", "9999-12-31T23:59-12:00"])
def test_a_row_that_no_file_or_time_can_be_of_leaves_the_others(tmp_path: Path, stated: str) -> None:
    rows = f"f0.png,1,2026-03-02T06:10\nf0.png,2,{stated}\n{'a' * 300}.png,3,\nf0.png,4,\n"
    items = read_manifest(manifest(tmp_path, f"path,patient_id,acquired_at\n{rows}"), site_zone=BERLIN).items
    assert [item.problem for item in items] == [
        "",
        (
            f"films.csv, line 3, column 'acquired_at': {stated!r} is no time as YYYY-MM-DDThh:mm. "
            "Format the column as text and write it so."
        ),
        f"The file {quoted('a' * 300 + '.png')} cannot be read (File name too long).",
        "",
    ]

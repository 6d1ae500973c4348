"""Where the column names of a table stand: read where that is certain, else refused with the cause and its line."""

from __future__ import annotations

import zipfile
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from film_site import CLEAR, png

from core.errors import DataSetInvalidError
from core.types import PatientIdentity
from dashboard.intake.detect import Dataset, detect, read_plan
from dashboard.intake.manifest import read_manifest

UTC = ZoneInfo("UTC")
WAY_OUT = "Save it as CSV in UTF-8 (in spreadsheets “CSV UTF-8”), then try again."
IS_A_BOOK = (
    "films.csv is a spreadsheet file (as of Excel, LibreOffice or Numbers), not a CSV table. Open it there, save the "
    "sheet as CSV in UTF-8 (“CSV UTF-8”), then try again."
)


def manifest(folder: Path, content: str | bytes) -> Path:
    (folder / "f0.png").write_bytes(png(CLEAR))
    table = folder / "films.csv"
    table.write_bytes(content if isinstance(content, bytes) else content.encode())
    return table


@pytest.mark.parametrize(
    "content",
    [
        "Films of ICU A, March\npath;patient_id;name\nf0.png;4711;Okafor, Ada\n",
        "Films of ICU A\n\nExported;2026-03-01\npath;patient_id;name\nf0.png;4711;Okafor, Ada\n",
        "sep=;\nFilms of ICU A\npath;patient_id;name\nf0.png;4711;Okafor, Ada\n",
        "\ufeff\ufeffpath;patient_id;name\nf0.png;4711;Okafor, Ada\n",
        "\ufeff\ufeffsep=;\npath;patient_id;name\nf0.png;4711;Okafor, Ada\n".encode("utf-16"),
        "path;patient_id;dose, mAs, each, film;name\nf0.png;4711;;Okafor, Ada\n",
        'path,patient_id,a;b;c;d;e,name\nf0.png,4711,,"Okafor, Ada"\n',
        '"""path""";"""patient_id""";" name "\nf0.png;4711;Okafor, Ada\n',
        'path, "patient_id", "name"\nf0.png, "4711", "Okafor, Ada"\n',
    ],
)
def test_column_names_are_found_where_they_are_certain(tmp_path: Path, content: str | bytes) -> None:
    table = manifest(tmp_path, content)
    assert detect(table) is Dataset.MANIFEST
    (item,) = read_manifest(table, site_zone=UTC).items
    assert (item.problem, item.identity) == ("", PatientIdentity("4711", name="Okafor, Ada"))


def workbook(*names: str, content: str = "") -> bytes:
    target = BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name in names:
            archive.writestr(name, content)
    return target.getvalue()


REFUSED = [
    (
        '"path" "patient_id"\n"f0.png" "4711"\n',
        (
            "Table films.csv, line 1: blanks separate the cells, as R's write.table writes them. "
            'Write it with commas (sep = ",").'
        ),
    ),
    (
        "path:patient_id\nf0.png:4711\n",
        f"Table films.csv, line 1: the cells are not separated by comma, semicolon, tab or bar. {WAY_OUT}",
    ),
    (
        '"path,patient_id"\n"f0.png,4711"\n',
        (
            "Table films.csv, line 1: the whole row stands in one pair of quotation marks. Remove them in every row. "
            f"{WAY_OUT}"
        ),
    ),
    (
        "'path','patient_id'\n'f0.png','4711'\n",
        (
            "Table films.csv, line 1: the cells stand in quotation marks of another kind. Tables have double quotation "
            'marks (") or none.'
        ),
    ),
    (
        "sep=;;\npath;patient_id\nf0.png;4711\n",
        (
            "Table films.csv, line 1: 'sep=;;' names no separator that is known. Cells are separated by a comma, "
            "semicolon, tab or bar: write sep=, or sep=; or delete the line."
        ),
    ),
    (
        "sep=;\n\npath,patient_id\nf0.png,4711\n",
        (
            "Table films.csv, line 1 says that a semicolon separates the cells, but in line 3 a comma does. "
            "Delete line 1, or mend it."
        ),
    ),
    (
        "Title\n" * 10 + "path;patient_id\nf0.png;4711\n",
        "Table films.csv, the column names stand in line 11 only. Delete the rows above it.",
    ),
    (
        "file,number\nf0.png,4711\npath,patient_id\nf0.png,4711\n",
        (
            "Table films.csv: the column names stand in line 3, and line 1 above them may be more than a title. "
            "Delete what stands above them."
        ),
    ),
    (
        "ï»¿path,patient_id\nf0.png,4711\n",
        (
            "Table films.csv was turned into UTF-8 twice, which damages letters as ü. Save it again from where it "
            "comes from, as CSV in UTF-8, then try again."
        ),
    ),
    (workbook("[Content_Types].xml", "xl/workbook.xml"), IS_A_BOOK),
    (workbook("mimetype", content="application/vnd.oasis.opendocument.spreadsheet"), IS_A_BOOK),
    (workbook("Index/Document.iwa"), IS_A_BOOK),
    (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600), IS_A_BOOK),
    (
        "<html><table><tr><td>path</td><td>patient_id</td></tr></table></html>",
        f"films.csv is a web page, XML or JSON, not a CSV table. {WAY_OUT}",
    ),
    (b"\x1f\x8b\x08" + bytes(60), "films.csv is compressed, not a CSV table. Unpack it, then try again."),
]


@pytest.mark.parametrize(("content", "sentence"), REFUSED)
@pytest.mark.parametrize("dataset", [Dataset.AUTO, Dataset.MANIFEST])
def test_other_forms_are_refused_with_their_cause(
    tmp_path: Path, dataset: Dataset, content: str | bytes, sentence: str
) -> None:
    with pytest.raises(DataSetInvalidError) as refused:
        read_plan(manifest(tmp_path, content), dataset, None, site_zone=UTC)
    assert str(refused.value) == sentence


@pytest.mark.parametrize("name", ["films.xlsx", "films.XLS", "films"])
def test_a_workbook_is_known_whatever_its_name(tmp_path: Path, name: str) -> None:
    manifest(tmp_path, workbook("xl/workbook.xml")).rename(tmp_path / name)
    with pytest.raises(DataSetInvalidError) as refused:
        detect(tmp_path / name)
    assert str(refused.value) == IS_A_BOOK.replace("films.csv", name)


@pytest.mark.parametrize("cell", ["'4711'", "“4711”", "„4711“", "«4711»", '"""4711"""'])
def test_a_number_does_not_keep_its_quotation_marks(tmp_path: Path, cell: str) -> None:
    table = manifest(tmp_path, f"path,patient_id,name\nf0.png,4712,'Ada'\nf0.png,{cell},\n")
    shown = cell.replace('"""', '"')
    with pytest.raises(DataSetInvalidError) as refused:
        read_manifest(table, site_zone=UTC)
    assert str(refused.value) == (
        f"Table films.csv, line 3, column 'patient_id': the cell {shown} stands in quotation marks that would become "
        "part of it. Use double quotation marks, once, or none."
    )


def test_a_last_row_that_may_be_cut_in_its_last_cell_is_read(tmp_path: Path) -> None:
    (item,) = read_manifest(manifest(tmp_path, "path,patient_id\nf0.png,47"), site_zone=UTC).items
    assert (item.problem, item.identity) == ("", PatientIdentity("47"))


def test_a_character_outside_utf_8_below_a_title_is_named_by_its_column(tmp_path: Path) -> None:
    table = manifest(tmp_path, "Films, March, 2026\npath;patient_id;name\nf0.png;1;Jörg\n".encode("cp1252"))
    with pytest.raises(DataSetInvalidError, match=r"line 3, column 'name': a character is not in UTF-8"):
        read_manifest(table, site_zone=UTC)

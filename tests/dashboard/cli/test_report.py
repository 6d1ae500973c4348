"""`lungline report`: the page is written whole, or not at all and with the reason."""

from __future__ import annotations

from pathlib import Path

import pytest
from lungline_command import Lungline, write_films
from pypdf import PdfReader


@pytest.fixture
def films(tmp_path: Path, lungline: Lungline) -> None:
    """Let the site have three scored films of patient 4711."""
    assert lungline("import", write_films(tmp_path / "films")).code == 0


@pytest.mark.usefixtures("films")
def test_one_page_is_written_and_an_older_one_replaced(tmp_path: Path, lungline: Lungline) -> None:
    out = tmp_path / "4711.pdf"
    out.write_text("older")
    answer = lungline("report", "4711", "--out", out)
    assert (answer.code, answer.err) == (0, "")
    assert "4711.pdf. It names the patient: keep it where patients' data may be." in answer.out.replace("\n", "")
    (page,) = PdfReader(out).pages
    text = page.extract_text()
    assert "Okafor, Ada" in text
    assert "CE" in text  # Central European time, in summer or winter
    assert "Scored by mean-grey" in text
    assert sorted(path.name for path in tmp_path.glob("*4711*")) == ["4711.pdf"]
    assert out.stat().st_mode & 0o077 == 0


@pytest.mark.usefixtures("films")
def test_json_says_what_was_written(tmp_path: Path, lungline: Lungline) -> None:
    out = tmp_path / "page.pdf"
    assert lungline("report", "4711", "--out", out, "--json").document == {
        "patient_id": 1,
        "file": str(out),
        "bytes": out.stat().st_size,
    }


@pytest.mark.usefixtures("films")
def test_as_it_stood(tmp_path: Path, lungline: Lungline) -> None:
    out = tmp_path / "page.pdf"
    assert lungline("report", "4711", "--out", out, "--as-of", "2020-01-01T00:00").code == 0
    text = PdfReader(out).pages[0].extract_text()
    assert "As it stood on 1 Jan 2020, 00:00 CET (UTC+01:00)." in text
    assert "No film yet." in text


@pytest.mark.parametrize(
    ("patient", "said"),
    [
        ("9999", "No patient has the number '9999'. `lungline patient find` searches by name too."),
        ("id:77", "77"),
        ("id:x", "'id:x' is no patient."),
    ],
)
def test_an_unknown_patient_is_an_error_and_writes_nothing(
    tmp_path: Path, lungline: Lungline, patient: str, said: str
) -> None:
    out = tmp_path / "page.pdf"
    answer = lungline("report", patient, "--out", out)
    assert answer.code == 2
    assert said in answer.err
    assert not out.exists()


@pytest.mark.usefixtures("films")
@pytest.mark.parametrize("place", ["missing/page.pdf", "."])
def test_a_place_that_cannot_be_written_is_an_error(tmp_path: Path, lungline: Lungline, place: str) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    answer = lungline("report", "4711", "--out", folder / place)
    assert answer.code == 2
    assert "cannot be written" in answer.err
    assert "--out" in answer.err
    assert list(folder.iterdir()) == []


@pytest.mark.usefixtures("films")
def test_a_time_that_is_none_is_an_error(tmp_path: Path, lungline: Lungline) -> None:
    answer = lungline("report", "4711", "--out", tmp_path / "page.pdf", "--as-of", "soon")
    assert answer.code == 2
    assert "Time 'soon' is not understood." in answer.err


def test_a_missing_out_is_said(lungline: Lungline) -> None:
    answer = lungline("report", "4711")
    assert answer.code == 2
    assert "Missing parameter: out" in answer.err

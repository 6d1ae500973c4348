"""“Download (CSV)”: what a table's file says, that hidden names are not in it, and that no cell is a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

import pytest
from screen import OpenPage, Screen
from ward_site import WardSite

from dashboard.components.page import download
from dashboard.services.export.spreadsheet import csv_of
from db.models import FilmState

FORMULA = "=1+1^Ada"
NUMBER = "7712345"
VIEWS = ("ward", "flags", "films", "patient")


@pytest.fixture
def saved(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Return the files that a page offers, in its order."""
    files: list[bytes] = []

    def kept(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
        files.append(csv_of(columns, rows))
        return files[-1]

    monkeypatch.setattr(download, "csv_of", kept)
    return files


@pytest.fixture
def known(ward: WardSite) -> int:
    """Return a patient with a rise and a rejected film, whose name a spreadsheet would take for a formula."""
    patient_id = ward.admit(FORMULA, "A-01", number=NUMBER)
    for hours_ago, level in ((26, 1.0), (2, 7.0)):
        ward.film(patient_id, hours_ago, level)
    ward.film(patient_id, 1, state=FilmState.REJECTED, reason="No chest film.")
    return patient_id


def rows(file: bytes) -> list[list[str]]:
    assert file.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(file.decode("utf-8-sig"), newline="")))


def offered(screen: Screen) -> list[str]:
    return [one.proto.label for one in screen.app.main if one.type == "download_button"]


def test_the_board_as_a_file(known: int, saved: list[bytes], open_page: OpenPage) -> None:
    assert known
    assert offered(open_page("ward")) == ["Download (CSV)"]
    head, row = rows(saved[0])
    shown = dict(zip(head, row, strict=True))
    assert (shown["Unit"], shown["Bed"], shown["Patient"], shown["Number"]) == ("ICU A", "A-01", "'=1+1, Ada", NUMBER)
    assert (shown["Geographic extent (0-8)"], shown["Interval from"], shown["Change"]) == ("7.0", "6.2", "6.0")
    assert shown["How it stands"] == "newest film rejected by a check: No chest film."
    assert shown["Open flags"] == "▲ large rise"


def test_an_empty_board_offers_no_file(ward: WardSite, open_page: OpenPage) -> None:
    assert ward
    assert offered(open_page("ward")) == []


def test_the_work_list_as_a_file(known: int, saved: list[bytes], open_page: OpenPage) -> None:
    assert known
    open_page("flags")
    head, row = rows(saved[0])
    shown = dict(zip(head, row, strict=True))
    assert (shown["Patient"], shown["Number"], shown["Verdict"]) == ("'=1+1, Ada", NUMBER, "large rise")
    assert (shown["Change of geographic extent"], shown["State"]) == ("6.0", "open")
    assert shown["Asks for"] == "A rise on film: look at the patient and the films."
    assert shown["Basis"].startswith("Geographic extent rose by 6.0 of 8")


def test_the_films_of_a_patient_and_films_to_look_at_as_files(
    known: int, saved: list[bytes], open_page: OpenPage
) -> None:
    open_page("patient", id=str(known))
    films = rows(saved[-1])
    assert [len(films), films[0][0], films[0][2]] == [4, "Film taken", "Geographic extent"]
    assert films[1][5].startswith("! rejected by a check: No chest film.")
    assert films[2][2] == "7.0 of 8; 90 % interval 6.2 to 7.8"
    saved.clear()
    open_page("films")
    (table,) = [rows(one) for one in saved]
    assert [line[0] for line in table] == ["Patient", f"'=1+1, Ada; {NUMBER}"]
    assert table[1][4].startswith("No chest film.")


@pytest.mark.parametrize("view", VIEWS)
def test_hidden_names_are_in_no_file(known: int, saved: list[bytes], open_page: OpenPage, view: str) -> None:
    parameters = {"id": str(known)} if view == "patient" else {}
    open_page(view, names="hidden", **parameters)
    text = b"".join(saved).decode("utf-8-sig")
    assert saved
    assert [word for word in ("Ada", "1+1", NUMBER, "film-") if word in text] == []


def test_tables_of_the_evidence_are_offered(ward: WardSite, saved: list[bytes], open_page: OpenPage) -> None:
    assert ward
    screen = open_page("evidence", section="Simulation")
    assert offered(screen) == ["Download (CSV)"] * 2
    table, _ = [rows(one) for one in saved]
    assert [line[0] for line in table[1:]] == [line[0] for line in screen.texts("detectors")]

"""The mark on a film that was moved to a person whom it does not name, wherever that patient is shown."""

from __future__ import annotations

import io
import json
from datetime import UTC

import pytest
from pypdf import PdfReader
from screen import OpenPage
from ward_site import WardSite

from dashboard.reports import handover, patient_report
from dashboard.services.patient import census, corrections
from dashboard.services.ward.assembly import ward_board
from dashboard.services.ward.round import RoundOrder, ward_round
from dashboard.wording.times import TimeScale
from db.engine import read_transaction
from db.models import FilmState
from db.read_models.films import read_film

REASON = "<b>mixed up</b> at the unit"


@pytest.fixture
def eva(ward: WardSite) -> int:
    """Return a patient who was given a film that names another one."""
    joao, eva = ward.admit("Ferreira^Joao", "A-01", number="J-1"), ward.admit("Novak^Eva", "A-02", number="E-1")
    ward.film(eva, 26, 1.0)
    film_id = ward.film(joao, 2, 2.0)
    corrections.move(film_id, eva, reason=REASON, actor="Dr A", confirmed=True, site=ward.site)
    return eva


@pytest.fixture
def mark(ward: WardSite) -> str:
    when = TimeScale(UTC).text(ward.now)
    return f"was moved here although it names another person: Dr A, {when} ({REASON})."


def escaped(text: str) -> str:
    return text.replace("<", "&lt;").replace(">", "&gt;")


def test_the_board_says_so_in_the_row(eva: int, mark: str, open_page: OpenPage) -> None:
    rows = {row["patient_id"]: row["marks"] for row in json.loads(open_page().data("board")["rows"])}
    assert len(rows[eva]) == 1
    assert rows[eva][0].startswith("! Film of ")
    assert rows[eva][0].endswith(mark)
    assert [marks for patient_id, marks in rows.items() if patient_id != eva] == [[]]


@pytest.mark.parametrize("page", ["patient", "round"])
def test_the_patients_page_and_the_round_say_so(eva: int, mark: str, open_page: OpenPage, page: str) -> None:
    parameters = {"id": str(eva)} if page == "patient" else {"stay": "2"}
    assert escaped(mark) in open_page(page, **parameters).html


def test_paper_says_so(ward: WardSite, eva: int, mark: str) -> None:
    board = ward_board(site=ward.site)
    found = ward_round(board, order=RoundOrder.BEDS, site=ward.site)
    sheets = (
        handover(found, board, unit=None, zone=UTC),
        patient_report(eva, site=ward.site),
    )
    for sheet in sheets:
        (paper,) = PdfReader(io.BytesIO(sheet)).pages
        # Where a line breaks depends on the width of today's date.
        assert "".join(mark.split()) in "".join(paper.extract_text().replace("\u200b", "").split())


def test_a_film_set_aside_is_named_on_the_board_and_in_the_list(ward: WardSite, open_page: OpenPage) -> None:
    nobody = ward.patient("Ferreira^Joao", "nan")
    film_id = ward.film(nobody, 2, state=FilmState.QUARANTINED, reason="The film names no patient.")
    assert "1 film is set aside until a person decides." in open_page().html
    screen = open_page("films", film=str(film_id))
    (row,) = screen.data("unscored")["rows"]
    assert row["cells"][0]["small"] == ["nan"]
    assert row["cells"][4]["small"][0].startswith("It says: (no name) · nan")
    # To overrule it would put it on nobody's trend.
    choices = screen.app.segmented_control(key=f"film-{film_id}-choice").options
    assert choices == ["Retract", "Correct its time", "Move to another patient"]


def test_a_film_of_nobody_is_given_a_patient_who_is_not_known_yet(ward: WardSite, open_page: OpenPage) -> None:
    film_id = ward.film(ward.patient("", "nan"), 2, state=FilmState.QUARANTINED, reason="The film names no patient.")
    screen = open_page("films", film=str(film_id))
    key = f"film-{film_id}-Move to another patient"
    screen.app.segmented_control(key=f"film-{film_id}-choice").select("Move to another patient")
    screen.run()
    screen.app.checkbox(key=f"{key}-new").check()
    screen.run()
    screen.app.text_input(key=f"{key}-number").input("0000")
    screen.run()
    assert "is no patient&#x27;s number" in screen.html
    screen.app.text_input(key=f"{key}-number").input("4711")
    screen.run()
    screen.app.text_input(key=f"{key}-4711--reason").input("asked the ward")
    screen.app.text_input(key=f"{key}-4711--actor").input("Dr A")
    next(button for button in screen.app.button if button.label == "Move this film").click()
    screen.run()
    (found,) = census.find("4711", site=ward.site)
    with read_transaction(ward.engine) as session:
        detail = read_film(film_id, session=session)
    assert detail.film.patient_id == found.patient.patient_id
    assert (detail.transitions[-2].actor, detail.transitions[-2].remark) == ("Dr A", "asked the ward")

"""`lungline reading`: list, agreement, recalibration and export."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from lungline_command import Lungline
from read_blind import read_session
from ward_site import WardSite

from dashboard.services.readers import draw as reading_draw
from dashboard.services.readers import sessions as reading


def test_a_site_without_sessions(lungline: Lungline, ward: WardSite, tmp_path: Path) -> None:
    assert ward
    assert lungline("reading", "list").out == "No reading session. Make one on the screen Reading.\n"
    assert lungline("reading", "list", "--json").document == []
    assert "Too few films: 30 of 3 patients" in lungline("reading", "recalibration").out
    out = tmp_path / "none.csv"
    assert lungline("reading", "export", "--out", out).out == f"0 readings written to {out}.\n"
    missing = lungline("reading", "agreement", 7)
    assert (missing.code, missing.err) == (2, "There is no reading session with the number 7.\n")


def test_a_finished_session(lungline: Lungline, ward: WardSite) -> None:
    session_id = read_session(ward, 4, patients=2)
    listed = lungline("reading", "list").out
    assert "=Study" in listed
    assert "4 of 4" in listed
    assert lungline("reading", "list", "--json").document[0]["session_id"] == session_id
    found = lungline("reading", "agreement", session_id, "--json").document
    assert (found["model"], found["n_films"], found["n_patients"], found["left_out"]) == ("mean-grey", 4, 2, {})
    # The reader says 1 + half of what the model says: 0, 0.2, 0.4, 0.6.
    assert found["scales"]["geographic_extent"]["bias"][0] == pytest.approx(0.3 - 1.15)
    text = lungline("reading", "agreement", session_id).out
    assert "mean-grey 1 and Dr Ito: 4 films of 2 patients" in text
    assert "-0.85" in text


def test_a_blind_session_that_is_not_finished_tells_nothing_of_the_model(lungline: Lungline, ward: WardSite) -> None:
    session_id = read_session(ward, 3, patients=3, finished=False)
    refused = lungline("reading", "agreement", session_id)
    assert refused.code == 2
    assert "stays hidden until then" in refused.err
    rows = lungline("reading", "export", "--json").document
    assert [row["model"] for row in rows] == [None] * 3


def test_after_the_model_is_said(lungline: Lungline, ward: WardSite) -> None:
    ward.film(ward.admit("A^X", "1"), 1, 2.0)
    said = {"title": "After", "reader": "Dr Ito", "blind": False, "n_films": 1, "seed": 7, "actor": "Dr Ito"}
    session_id = reading_draw.draw_up(**said, site=ward.site).session_id  # type: ignore[arg-type]
    reading.read_film(session_id, 1, "blurred by motion", site=ward.site)
    text = lungline("reading", "agreement", session_id).out
    assert "The reader saw the model's scores: this is no measure of the model." in text
    assert "Left out: 1 not readable" in text
    assert "once both have scored three films or more" in text


def test_a_recalibration_is_printed_and_not_activated_by_that(lungline: Lungline, ward: WardSite) -> None:
    read_session(ward, 30, patients=10)
    found = lungline("reading", "recalibration", "--json").document
    assert (found["n_films"], found["n_patients"], found["n_readers"], found["activated"]) == (30, 10, 1, False)
    assert found["lines"]["geographic_extent"]["slope"][0] == pytest.approx(0.5)
    assert found["lines"]["geographic_extent"]["offset"] == pytest.approx(1.0)
    assert found["lines"]["opacity"]["error_recalibrated"][0] == pytest.approx(0.0, abs=1e-6)
    text = lungline("reading", "recalibration").out
    assert "mean-grey 1: 30 films of 10 patients read blind" in text
    assert "+1.00" in text


def test_the_export_is_a_table_that_no_spreadsheet_takes_for_formulas(
    lungline: Lungline, ward: WardSite, tmp_path: Path
) -> None:
    session_id = read_session(ward, 3, patients=3)
    out = tmp_path / "readings.csv"
    assert lungline("reading", "export", "--session", session_id, "--out", out).code == 0
    with out.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert {row["title"] for row in rows} == {"'=Study"}
    assert sorted(float(row["geographic_extent"]) for row in rows) == pytest.approx([1.0, 1.1, 1.2])
    assert "N-1" not in out.read_text(encoding="utf-8")


def test_an_export_needs_a_place_that_can_be_written(lungline: Lungline, ward: WardSite, tmp_path: Path) -> None:
    assert ward
    nowhere = lungline("reading", "export")
    assert (nowhere.code, "--out FILE for a CSV file, or --json" in nowhere.err) == (2, True)
    refused = lungline("reading", "export", "--out", tmp_path / "no" / "such.csv")
    assert refused.code == 2
    assert "cannot be written (No such file or directory). Choose another." in refused.err

"""`lungline evaluate robustness` on a folder of made-up films."""

from __future__ import annotations

from pathlib import Path

import pytest
from film_factory import chest_values
from lungline_command import Lungline
from PIL import Image


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with two single films, three serial bedside films, and a film whose file is missing."""
    rows = ["film_id,source,path,patient_id,day,view,sex,finding,licence,url"]
    places = (("cohen", "a", ""), ("cohen", "b", ""), *(("hannover", "c", day) for day in "013"))
    for number, (source, patient, day) in enumerate(places):
        rows.append(f"f{number},{source},f{number}.png,{patient},{day},AP,F,,CC BY,u")
        Image.fromarray(chest_values(160, 140, seed=number)).save(tmp_path / f"f{number}.png")
    rows.append("f9,nih,f9.png,d,,frontal,F,,CC BY,u")
    (tmp_path / "films.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return tmp_path


def test_the_document_holds_the_figures(lungline: Lungline, folder: Path) -> None:
    answer = lungline("evaluate", "robustness", "--data", folder, "--model", "mean-grey", "--films", "6", "--json")
    assert answer.code == 0, answer.err
    found = answer.document
    assert (found["model"], found["version"], found["films"]) == ("mean-grey", "1", {"cohen, AP": 2, "hannover, AP": 3})
    brighter = found["change"]["brightness +10 %"]["geographic_extent"]
    assert brighter["n_films"] == 5
    assert brighter["median"][0] == pytest.approx(0.8, abs=0.03)
    assert found["change"]["flipped left to right"]["opacity"]["percentile_90"] == 0.0
    assert found["left_out"] == ["f9: f9.png cannot be read (No such file or directory)."]
    # The pair within one day alone has no SD.
    assert {name: one["n_pairs"] for name, one in found["bedside_scatter"].items()} == {
        f"{measure}, within {days} d": 2 for measure in ("geographic_extent", "opacity") for days in (2, 3)
    }


def test_the_table_names_what_was_not_tested_and_left_out(lungline: Lungline, folder: Path) -> None:
    out = lungline("evaluate", "robustness", "--data", folder, "--model", "mean-grey", "--films", "6").out
    lines = {line.split("  ")[0]: line for line in out.splitlines()}
    assert "mean-grey 1; films by source and view: cohen, AP 2, hannover, AP 3." in out
    assert "0.00 (0.00 to 0.00), 0.00" in lines["flipped left to right"]
    assert lines["each lung against the other, flipped"].count("not given") == 2
    (scatter,) = [line for line in out.splitlines() if line.startswith("Opacity") and "at most 2" in line]
    assert "2 / 1" in scatter
    assert "Not tested: all outside the lungs hidden: this scorer gives no lungs." in out
    assert "Left out: f9: f9.png cannot be read" in out


def test_no_films_at_all_is_an_error_with_the_way_out(lungline: Lungline, tmp_path: Path) -> None:
    answer = lungline("evaluate", "robustness", "--data", tmp_path, "--model", "mean-grey")
    assert answer.code == 2
    assert "films.csv is not in" in answer.err
    assert lungline("evaluate", "robustness", "--data", tmp_path, "--films", "0").code == 2

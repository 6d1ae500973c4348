"""`evaluate bedside`: its tables, the page that it writes on request alone, and maps drawn anew."""

from pathlib import Path
from typing import Any

import pytest
from lungline_command import Lungline
from pydantic import TypeAdapter

import core.evaluation.evidence
from core.evaluation.evidence import EVIDENCE
from core.research.evaluation.bedside import study
from core.research.evaluation.bedside.study import BedsideStudy
from core.research.evaluation.maps import boxes
from core.research.evaluation.maps.boxes import HighestPlace
from core.research.evaluation.pages.bedside import KEPT, PAGE
from core.scoring.registry import read_scorer_card
from dashboard.cli.evaluation import bedside

FILMS = "film_id,source,path,patient_id,day,view,sex,finding,licence,url\na,x,a.png,p,,AP,,,,\n"


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a data set of one film; what is found of it is what is kept of the shipped scorer."""

    def found(films: Any, *, version: str, more: Path, **_rest: Any) -> BedsideStudy:  # noqa: ANN401 - checked below
        assert [film.film_id for film in films] == ["a"]
        assert (version, more) == (read_scorer_card("embedded").version, tmp_path / "more")
        return TypeAdapter(BedsideStudy).validate_json((EVIDENCE / KEPT).read_bytes())

    monkeypatch.setattr(study, "evaluate_bedside", found)
    (tmp_path / "written").mkdir()
    monkeypatch.setattr(core.evaluation.evidence, "EVIDENCE", tmp_path / "written")
    (tmp_path / "films.csv").write_text(FILMS)
    return tmp_path


def test_misses_come_before_tables_and_nothing_is_written(lungline: Lungline, data: Path) -> None:
    out = lungline("evaluate", "bedside", "--data", data).out

    assert out.index("From one AP film to the next it follows the experts weakly: r 0.52") < out.index("AP supine  ")
    assert "Left out: 9 films of patients whose films taught the scorer, 6 films of patients under 16 years." in out
    assert not list((data / "written").iterdir())


def test_the_page_is_written_on_request(lungline: Lungline, data: Path) -> None:
    answer = lungline("evaluate", "bedside", "--data", data, "--write", "--json")

    assert '"version": "0.4.0+' in answer.out
    assert (data / "written" / KEPT).read_bytes() == (EVIDENCE / KEPT).read_bytes()
    assert (data / "written" / PAGE).read_bytes() == (EVIDENCE / PAGE).read_bytes()


def test_maps_are_drawn_anew_on_request(lungline: Lungline, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = HighestPlace("RSNA", "a", "p", 1.0, 2.0, 0.5, "0.4.0+x")
    monkeypatch.setattr(boxes, "boxed_films", lambda more, _films, _training: ([more], {}))
    monkeypatch.setattr(bedside, "load_scorer", lambda name, **_rest: name)
    monkeypatch.setattr(
        boxes, "highest_places", lambda films, scorer: [place] * ((films, scorer) == ([data / "more"], "embedded"))
    )
    lungline("evaluate", "bedside", "--data", data, "--redraw")

    assert (data / "written" / boxes.PLACES).read_text().splitlines()[1:] == ["RSNA,a,p,1.0,2.0,0.5000,0.4.0+x"]


def test_a_folder_that_cannot_be_written_is_named(lungline: Lungline, data: Path) -> None:
    (data / "written").rmdir()
    answer = lungline("evaluate", "bedside", "--data", data, "--write")

    assert answer.code
    assert "docs/evidence cannot be written" in answer.err

"""`evaluate external`: its tables, and the page that it writes on request alone."""

from pathlib import Path
from typing import Any

import pytest
from lungline_command import Lungline
from pydantic import TypeAdapter

import core.evaluation.evidence
from core.evaluation.evidence import EVIDENCE
from core.research.evaluation import external
from core.research.evaluation.external import ExternalValidation
from dashboard.cli.evaluation import external as command

KEPT = EVIDENCE / "embedded-external.json"
TABLE = "film_id,geographic_extent\na,2\n"
FILMS = "film_id,source,path,patient_id,day,view,sex,finding,licence,url\na,x,a.png,p,,AP,,,,\n"


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a data set of one film; what is found of it is what is kept of the shipped scorer."""

    def found(films: Any, name: str, *, only: Any, **_rest: Any) -> ExternalValidation:  # noqa: ANN401 - checked below
        assert ([film.film_id for film in films], name) == (["a"], "embedded")
        assert only is None or set(only) == {"a"}
        return TypeAdapter(ExternalValidation).validate_json(KEPT.read_bytes())

    monkeypatch.setattr(external, "evaluate_external", found)
    (tmp_path / "written").mkdir()
    monkeypatch.setattr(core.evaluation.evidence, "EVIDENCE", tmp_path / "written")
    (tmp_path / "films.csv").write_text(FILMS)
    (tmp_path / "scores.csv").write_text(TABLE)
    return tmp_path


def test_tables_are_printed_and_nothing_is_written(lungline: Lungline, data: Path) -> None:
    out = lungline("evaluate", "external", "--data", data).out

    assert "from hannover" in out
    assert "88 films that experts score 6 or more: mean error -0.99" in out
    assert "Not judged: 9 films. The scorer learned from other films of their patients." in out
    assert not list((data / "written").iterdir())


@pytest.fixture
def of_that_version(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the scorer be of the version whose page is kept."""
    monkeypatch.setattr(command, "scorer_version", lambda _name, **_rest: "0.3.0+x")


@pytest.mark.usefixtures("of_that_version")
def test_the_page_is_written_where_a_table_names_its_films(lungline: Lungline, data: Path) -> None:
    answer = lungline("evaluate", "external", "--data", data, "--scores", data / "scores.csv", "--write", "--json")

    assert '"scorer": "embedded"' in answer.out
    assert (data / "written" / KEPT.name).read_bytes() == KEPT.read_bytes()
    assert (data / "written" / "external.md").read_bytes() == (EVIDENCE / "external.md").read_bytes()


def test_a_page_without_a_table_is_refused(lungline: Lungline, data: Path) -> None:
    answer = lungline("evaluate", "external", "--data", data, "--write")

    assert answer.code
    assert "Name it with --scores." in answer.err
    assert not list((data / "written").iterdir())


def test_the_page_of_an_earlier_version_stays(lungline: Lungline, data: Path) -> None:
    (data / "written" / KEPT.name).write_bytes(KEPT.read_bytes())
    answer = lungline("evaluate", "external", "--data", data, "--scores", data / "scores.csv", "--write")

    assert answer.code
    assert "external.md is of embedded 0.3.0, which had not learned these scores; it stays." in answer.err
    assert [file.name for file in (data / "written").iterdir()] == [KEPT.name]

"""The evidence commands of the trend."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from lungline_command import Lungline

from core.errors import DataSetInvalidError
from core.evaluation.bootstrap import interval
from core.evaluation.evidence import BURDEN, FLAGS, OUTCOMES, SIMULATION
from core.research.evaluation.pages import trend as trend_page
from core.research.evaluation.pages.trend import PAGE, write_evidence


def test_a_simulation_is_told_written_and_drawn(
    lungline: Lungline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.research.evaluation.simulation import study
    from core.research.evaluation.simulation.world import AS_MEASURED, TOGETHER

    monkeypatch.setattr(study, "CONDITIONS", (AS_MEASURED, TOGETHER))
    monkeypatch.setattr(study, "_CHECKED", 2)
    monkeypatch.setattr(study, "_MORE_WANDERING", 1)
    monkeypatch.setattr(study, "RESAMPLES", 10)
    asked = ("evaluate", "simulate", "--model", "embedded", "--patients", "3", "--out", tmp_path)

    answer = lungline(*asked, "--figures", tmp_path / "figures")

    assert answer.code == 0, answer.err
    assert "the data cannot tell" in answer.out
    assert "The sweep flags the same films as raw-step-1 itself" in answer.out
    document = json.loads((tmp_path / SIMULATION).read_text(encoding="utf-8"))
    assert {one["setting"] for one in document["curve"] if one["as_used"]} >= {"raw-step-1", "any-rise"}
    assert {one["course"] for one in document["calibrations"]} == {"wandering", "diffusing"}
    page = (tmp_path / PAGE).read_text(encoding="utf-8")
    assert "3 patients of each course under each condition, seed 0" in page
    assert page.count("Not run yet.") == 3
    assert (tmp_path / "figures" / "figures.html").is_file()


def test_a_folder_that_is_not_there_is_said(lungline: Lungline, tmp_path: Path) -> None:
    from dashboard.cli.evaluation.files import draw, keep
    from dashboard.errors import ConfigurationError

    with pytest.raises(ConfigurationError, match=r"There is no folder .* Name one with --out"):
        keep({}, SIMULATION, tmp_path / "nowhere")
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="Name another folder"):
        draw((), tmp_path / "file", "x")
    assert lungline("evaluate", "simulate", "--patients", "1").code == 2


def test_burden_and_outcomes_on_the_open_stays(lungline_anew: Lungline, shared_data: Path, tmp_path: Path) -> None:
    asked = ("--data", shared_data, "--model", "embedded", "--out", tmp_path)
    burden = lungline_anew("evaluate", "burden", *asked)
    assert burden.code == 0, burden.err
    assert "130 films of 20 stays of 20 patients, 322 patient-days" in burden.out
    outcomes = lungline_anew("evaluate", "trajectory-outcomes", *asked, "--json").document
    assert outcomes["n_stays"] == 22
    assert {BURDEN, OUTCOMES, PAGE} == {path.name for path in tmp_path.iterdir()}


def test_flags_on_the_open_pairs(
    lungline: Lungline, shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.research.evaluation.expert_flags import study

    monkeypatch.setattr(study.evaluate_flags, "__kwdefaults__", {"resamples": 20})
    answer = lungline("evaluate", "flags", "--data", shared_data, "--model", "embedded", "--out", tmp_path)
    assert answer.code == 0, answer.err
    assert "130 pairs of films of 56 patients" in answer.out
    assert "Changes over several films, 28 patients" in answer.out
    assert "Films taken differently, 13 pairs of 12 patients: of 8 changes of 2 points or more" in answer.out
    assert "34 pairs of films of 23 patients" in answer.out
    assert (tmp_path / FLAGS).is_file()


def test_own_stays_need_two_films(lungline: Lungline) -> None:
    answer = lungline("evaluate", "burden")
    assert answer.code == 2
    assert "none has two scored films" in answer.err


def test_the_page_says_which_document_is_of_another_version(tmp_path: Path) -> None:
    (tmp_path / BURDEN).write_text("{}", encoding="utf-8")
    with pytest.raises(DataSetInvalidError, match=r"trend-burden\.json is not as this version writes it"):
        write_evidence({}, "other.json", tmp_path)
    assert interval([None, None, None]) == "not determined"


def test_the_page_in_the_repository_is_that_of_its_documents() -> None:
    from core.evaluation.evidence import EVIDENCE

    assert (EVIDENCE / PAGE).read_text(encoding="utf-8") == trend_page.trend_page(EVIDENCE)

"""`film maps` and `evaluate saliency`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from lungline_command import Lungline, write_films
from painted_data import weights_at, write_data
from pointing_scorer import PointingScorer, Weighted

from core.scoring import registry
from dashboard.services.worker import maps


class Pointing(PointingScorer):
    """The pointing scorer for films of any size."""

    def __init__(self) -> None:
        super().__init__(Weighted(np.zeros((1, 1), np.float32)))

    def differentiable(self, film: object) -> object:
        """Weigh the upper left pixel alone."""
        weights = np.zeros_like(film.pixels)
        weights[0, 0] = 1
        self.module = Weighted(weights)
        return super().differentiable(film)


def test_maps_of_a_film_are_written_and_named(
    lungline: Lungline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lungline("import", write_films(tmp_path / "films", count=1))
    monkeypatch.setattr(maps, "load_active_scorer", lambda *_which, **_where: Pointing())
    answer = lungline("film", "maps", 1, "--out", tmp_path / "maps", "--json")
    assert answer.code == 0, answer.err
    written = [Path(one["path"]) for one in answer.document["written"]]
    names = [f"film-1-{kind}.png" for kind in ("masks", "gradient-geographic-extent", "gradient-opacity")]
    assert [path.name for path in written][:3] == names
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in written)
    assert (
        answer.document["written"][1]["summary"] == "Strongest in the upper third of the film, on the patient's right."
    )
    text = lungline("film", "maps", 1, "--out", tmp_path / "maps").out
    assert "A map shows what moved the score, not where disease is." in text


def test_a_scorer_without_maps_says_so(lungline: Lungline, tmp_path: Path) -> None:
    lungline("import", write_films(tmp_path / "films", count=1))
    answer = lungline("film", "maps", 1, "--out", tmp_path / "maps")
    assert answer.code == 0
    assert "No map was drawn." in answer.out
    assert "Not drawn: masks: mean-grey outlines neither lungs nor opacity." in answer.out
    assert not (tmp_path / "maps").exists()


def test_maps_of_no_film(lungline: Lungline, tmp_path: Path) -> None:
    answer = lungline("film", "maps", 7, "--out", tmp_path / "maps")
    assert answer.code == 2
    assert "There is no film with the id 7." in answer.err


def test_evaluate_saliency_reports_both_checks(
    lungline: Lungline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scorer = PointingScorer(Weighted(weights_at(20, 40)))
    monkeypatch.setattr(registry, "load_scorer", lambda *_which, **_where: scorer)
    data = write_data(tmp_path / "data")
    document = lungline("evaluate", "saliency", "--data", data, "--json").document
    gradient = next(one for one in document["pointing"] if one["kind"] == "gradient-geographic-extent")
    assert (gradient["n_films"], gradient["on_opacity"]["value"], gradient["chance"]) == (3, 1.0, 0.25)
    assert len(document["sanity"]) == 4
    text = lungline("evaluate", "saliency", "--data", data, "--films", 2).out
    assert "100% (100% to 100%)" in text
    assert "Which of these films pointing was trained on is not recorded." in text
    assert "Shuffled weights: rank correlation" in text


def test_evaluate_saliency_of_a_folder_without_masks(lungline: Lungline, tmp_path: Path) -> None:
    data = write_data(tmp_path / "data", painted=False)
    answer = lungline("evaluate", "saliency", "--data", data, "--model", "mean-grey")
    assert answer.code == 2
    assert "has painted opacity" in answer.err

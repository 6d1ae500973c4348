"""The evidence commands `agreement`, `features` and `card`."""

from __future__ import annotations

from pathlib import Path

import pytest
from lungline_command import Lungline

HEADER = "film_id,source,path,patient_id,day,view,sex,finding,licence,url\n"


@pytest.fixture
def films_without_scores(tmp_path: Path) -> Path:
    """Return a data set of one film that nobody scored."""
    folder = tmp_path / "set"
    folder.mkdir()
    (folder / "a.png").write_bytes(b"never read")
    (folder / "films.csv").write_text(HEADER + "a,x,a.png,p,0,PA,F,,CC BY,x\n")
    return folder


def test_agreement_is_told_and_drawn(lungline: Lungline, shared_data: Path, tmp_path: Path) -> None:
    answer = lungline(
        "evaluate", "agreement", "--data", shared_data, "--model", "embedded", "--figures", tmp_path / "figures"
    )

    assert answer.code == 0, answer.err
    assert "Geographic extent, 0-8: 68 films with an expert's value." in answer.out
    assert "out of fold" in answer.out
    assert "brixia_junior against brixia_senior" in answer.out
    assert "MAE of embedded minus the model's" in answer.out
    assert "bsnet_brixia" in answer.out
    assert "view: AP Supine" in answer.out
    assert (tmp_path / "figures" / "figures.html").is_file()
    assert len(list((tmp_path / "figures").glob("*.json"))) == 12


def test_agreement_as_one_document(lungline: Lungline, shared_data: Path) -> None:
    document = lungline("evaluate", "agreement", "--data", shared_data, "--json").document

    extent = document["scales"][0]
    assert (extent["column"], extent["scorers"][0]["scorer"]) == ("geographic_extent", "embedded")
    value, low, high = extent["scorers"][0]["as_given"]["icc"]
    assert low < value < high
    assert {peer["peer"] for peer in extent["peers"]} >= {"bsnet_brixia", "pxs"}
    # The quick scorer of these tests lists no training films.
    assert any(
        remark.startswith("mean-grey: not compared. mean-grey-training-films.csv") for remark in document["remarks"]
    )


def test_nothing_to_compare_is_said(lungline: Lungline, films_without_scores: Path, tmp_path: Path) -> None:
    answer = lungline(
        "evaluate", "agreement", "--data", films_without_scores, "--model", "embedded", "--figures", tmp_path / "new"
    )

    assert answer.code == 0, answer.err
    assert "nothing to compare" in answer.out
    assert "No figure was drawn" in answer.out
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("agreement", "--model", "nobody"), "There is no scorer 'nobody'"),
        (("agreement", "--model", "txrv-ralo"), "needs weights that are not on this machine"),
        (("features", "--model", "txrv-ralo"), "cannot be read linearly"),
        (("features",), "0 films of 0 patients with an expert's geographic extent. Expected 20"),
    ],
)
def test_what_cannot_be_done_is_said(
    lungline: Lungline, films_without_scores: Path, arguments: tuple[str, ...], message: str
) -> None:
    answer = lungline("evaluate", *arguments, "--data", films_without_scores)

    assert answer.code == 2
    assert message in answer.err


def test_a_folder_that_cannot_be_written_is_said(lungline: Lungline, shared_data: Path, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")

    answer = lungline(
        "evaluate", "agreement", "--data", shared_data, "--model", "embedded", "--figures", tmp_path / "taken"
    )

    assert answer.code == 2
    assert "The figures cannot be written into" in answer.err


def test_features_say_plainly_what_they_are_of(lungline: Lungline, shared_data: Path) -> None:
    answer = lungline("evaluate", "features", "--data", shared_data)

    assert answer.code == 0, answer.err
    assert answer.out.startswith("This is not the paper's table")
    assert "each lung's scores" in answer.out
    document = lungline("evaluate", "features", "--data", shared_data, "--model", "embedded", "--json").document
    assert "trained in this project on most of these films" in document["remarks"][0]
    assert [row["n_features"] for row in document["rows"][:4]] == [0, 1, 2, 4]


def test_the_cards_figures_are_recomputed(lungline: Lungline, shared_data: Path) -> None:
    answer = lungline("evaluate", "card", "--data", shared_data)

    assert answer.code == 0, answer.err
    assert "geographic extent" in answer.out
    assert lungline("evaluate", "card", "--data", shared_data, "--json").document["agreement"]

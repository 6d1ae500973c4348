"""No scorer is judged on what it learned from."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from core.errors import DataSetInvalidError, FilmNotScorableError, ScorerUnknownError, WeightsMissingError
from core.research.evaluation import out_of_sample
from core.research.evaluation.dataset import DataSetFilm
from core.research.evaluation.out_of_sample import judged_films, predict_all_out_of_sample, predict_out_of_sample
from core.types import Film, Score, ScorerCard

COLUMNS = "film_id,partition,fold,geographic_extent_right,geographic_extent_left,opacity_right,opacity_left"
ZONES = ",".join(f"zone_{zone}" for zone in "ABCDEF")


class GreyScorer:
    """Scores a film by its mean grey value; a black one is not scorable."""

    name, version = "embedded", "1"
    card = ScorerCard("embedded", "1", "", "", "", "")

    def prepare(self, film: Film) -> NDArray[np.float32]:
        """Return the mean alone."""
        return np.array([film.pixels.mean()], dtype=np.float32)

    def score(self, prepared: Sequence[NDArray[np.float32]]) -> list[Score]:
        """Score 0 to 8 in proportion to the mean."""
        if any(value[0] == 0 for value in prepared):
            message = "Nothing to see."
            raise FilmNotScorableError(message, (0,))
        return [Score("embedded", "1", 8 * float(value[0]), 1.0, brixia_zones=(1.0,) * 6) for value in prepared]


@pytest.fixture
def evidence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return evidence of a cross-validation over film a; films a and b were trained on."""
    folder = tmp_path / "evidence"
    folder.mkdir()
    (folder / "embedded-training-films.csv").write_text("film_id,trained\na,severity\nb,lungs\n")
    (folder / "embedded-out-of-fold.csv").write_text(
        f"{COLUMNS},{ZONES}\na,2,0,3.5,5.0,1,1,0,0,0,0,0,4\na,1,1,-1,2,1,1,1,1,1,1,1,1\n"
    )
    monkeypatch.setattr(out_of_sample, "load_scorer", lambda _name, *, weights_dir: GreyScorer())  # noqa: ARG005
    return folder


def film(
    tmp_path: Path, film_id: str, patient: str, grey: int = 255, *, split: str = "", source: str = "x"
) -> DataSetFilm:
    path = tmp_path / f"{film_id}.png"
    Image.fromarray(np.full((64, 64), grey, dtype=np.uint8)).save(path)
    experts = {"geographic_extent": 4.0, "brixia_senior": 9.0}
    return DataSetFilm(film_id, source, path, patient, None, "AP", "", "", "", "", split=split, experts=experts)


def test_training_films_are_judged_by_the_cross_validation_and_others_by_their_score(
    tmp_path: Path, evidence: Path
) -> None:
    films = [
        film(tmp_path, "a", "p1"),
        film(tmp_path, "b", "p2"),
        film(tmp_path, "c", "p2"),
        film(tmp_path, "d", "p4"),
        film(tmp_path, "black", "p5", grey=0),
    ]

    found = predict_out_of_sample(films, "embedded", weights_dir=tmp_path, evidence=evidence)

    # Partitions in order; each lung and zone within its scale.
    assert found.said["a"]["geographic_extent"] == (2.0, 7.5)
    assert found.said["a"]["brixia_senior"] == (6.0, 3.0)
    assert found.said["d"] == {"geographic_extent": (8.0,), "opacity": (1.0,), "brixia_senior": (6.0,)}
    assert found.out_of_fold == {"a"}
    reasons = {group.film_ids: group.reason for group in found.left_out}
    assert "no cross-validation predicted" in reasons["b",]
    assert "other films of their patients" in reasons["c",]
    assert reasons["black",] == "Nothing to see."

    judged = judged_films(films, found.said, "geographic_extent")
    assert [(one.film_id, one.predicted) for one in judged] == [("a", (2.0, 7.5)), ("d", (8.0, 8.0))]


def test_of_scores_alone_a_film_whose_lungs_were_drawn_may_be_scored(tmp_path: Path, evidence: Path) -> None:
    films = [film(tmp_path, "b", "p2"), film(tmp_path, "c", "p2")]

    found = predict_out_of_sample(films, "embedded", weights_dir=tmp_path, evidence=evidence, of_scores=True)

    assert (found.said.keys(), found.left_out) == ({"b", "c"}, ())


def test_an_unreadable_file_is_left_out(tmp_path: Path, evidence: Path) -> None:
    broken, gone = film(tmp_path, "broken", "p8"), film(tmp_path, "gone", "p9")
    broken.path.write_bytes(b"no film")
    gone.path.unlink()

    found = predict_out_of_sample([broken, gone], "embedded", weights_dir=tmp_path, evidence=evidence)

    assert found.said == {}
    assert {group.film_ids for group in found.left_out} == {("broken",), ("gone",)}
    assert any("cannot be read (No such file" in group.reason for group in found.left_out)


def test_a_scorer_that_hides_its_training_films_is_not_judged(tmp_path: Path, evidence: Path) -> None:
    (evidence / "embedded-training-films.csv").unlink()
    films = [film(tmp_path, "d", "p4")]

    with pytest.raises(DataSetInvalidError, match=r"embedded-training-films\.csv is not in .* which films it may"):
        predict_all_out_of_sample(films, ["embedded"], weights_dir=tmp_path, evidence=evidence)

    predictions, remarks = predict_all_out_of_sample(films, [], weights_dir=tmp_path, evidence=evidence)
    assert predictions == []
    assert any(remark.startswith("embedded: not compared. embedded-training-films.csv") for remark in remarks)
    assert "txrv-ralo: not compared; its weights are not on this machine." in remarks


def test_unknown_scorers_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ScorerUnknownError, match=r"'\.\./nobody'"):
        predict_all_out_of_sample([film(tmp_path, "d", "p4")], ["../nobody"], weights_dir=tmp_path, evidence=tmp_path)


def test_missing_weights_are_said(tmp_path: Path) -> None:
    with pytest.raises(WeightsMissingError, match="txrv-cohen2020"):
        predict_all_out_of_sample(
            [film(tmp_path, "d", "p4")], ["txrv-cohen2020"], weights_dir=tmp_path, evidence=tmp_path
        )


def test_txrv_ralo_is_judged_on_ralos_test_films_only(
    tmp_path: Path, evidence: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(out_of_sample, "scorer_version", lambda _name, *, weights_dir: "1")  # noqa: ARG005
    films = [
        film(tmp_path, "r0", "p0", source="ralo", split="test"),
        film(tmp_path, "r1", "p1", source="ralo", split="train"),
        film(tmp_path, "other", "p2"),
    ]

    found = predict_out_of_sample(films, "txrv-ralo", weights_dir=tmp_path, evidence=evidence)

    assert set(found.said) == {"r0", "other"}
    assert [group.film_ids for group in found.left_out] == [("r1",)]


def test_the_papers_scorer_says_where_it_was_fitted(
    tmp_path: Path, evidence: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(out_of_sample, "scorer_version", lambda _name, *, weights_dir: "1")  # noqa: ARG005

    found = predict_out_of_sample(
        [film(tmp_path, "d", "p4")], "txrv-cohen2020", weights_dir=tmp_path, evidence=evidence
    )

    assert "94 films" in found.remark

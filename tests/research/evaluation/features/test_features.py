"""Linear readings of sets of outputs."""

import json
from datetime import UTC
from pathlib import Path

import numpy as np
import pytest

from core.errors import DataSetInvalidError
from core.evaluation.evidence import EVIDENCE
from core.research.evaluation.comparison import as_document
from core.research.evaluation.dataset import DataSetFilm, read_data_set
from core.research.evaluation.features import embedded as features_embedded
from core.research.evaluation.features.embedded import embedded_source
from core.research.evaluation.features.features import FeatureRow, FeatureSet, Spread, read_linearly
from core.research.evaluation.features.study import evaluate_features
from core.types import Measure, Score

EXPERTS = np.tile([0.0, 2.0, 4.0, 6.0, 8.0, 1.0], 5)
PATIENTS = [f"p{place // 2}" for place in range(len(EXPERTS))]


def rows(*sets: FeatureSet, experts: np.ndarray = EXPERTS, splits: int = 4) -> list[FeatureRow]:
    return list(read_linearly(sets, experts, PATIENTS[: len(experts)], Measure.GEOGRAPHIC_EXTENT, splits=splits))


def test_an_output_on_a_line_is_read_without_error() -> None:
    constant, line = rows(FeatureSet("line", ("x",), (3 - 2 * EXPERTS)[None, :, None]))

    assert (line.features, line.n_features) == ("line", 1)
    assert line.r.mean == pytest.approx(1.0)
    assert line.r2.mean == pytest.approx(1.0)
    assert (line.mae.mean, line.mse.mean, line.mae.sd) == pytest.approx((0.0, 0.0, 0.0), abs=1e-9)
    assert (constant.features, constant.n_features, constant.r) == ("constant", 0, Spread(None, None))
    assert constant.mae.mean > 2


def test_a_patient_is_in_one_half_only() -> None:
    # An output that tells the patient but not the severity: only a film of the same patient could be read from it.
    experts = np.repeat(np.random.default_rng(2).uniform(0, 8, 20), 2)
    patients = [f"p{place // 2}" for place in range(40)]
    names = np.eye(20)[np.arange(40) // 2]

    _constant, row = read_linearly(
        [FeatureSet("patient", tuple("x" * 20), names[None])], experts, patients, Measure.OPACITY, splits=4
    )

    assert row.r2.mean < 0.2


def test_each_half_reads_the_next_partition() -> None:
    good, bad = EXPERTS[:, None], np.zeros((len(EXPERTS), 1))

    _constant, row = rows(FeatureSet("both", ("x",), np.stack([good, bad])), splits=2)

    assert row.mae.sd == pytest.approx(row.mae.mean * np.sqrt(2))
    assert row.r == Spread(pytest.approx(1.0), None)


def test_too_few_films_are_refused() -> None:
    with pytest.raises(DataSetInvalidError, match="12 films of 6 patients with an expert's geographic extent"):
        rows(experts=EXPERTS[:12])


def test_other_models_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataSetInvalidError, match=r"'txrv-ralo' cannot be read linearly\. Choose txrv-cohen2020 or"):
        evaluate_features([], "txrv-ralo", weights_dir=tmp_path, evidence=tmp_path)


def data_film(film_id: str) -> DataSetFilm:
    experts = {"geographic_extent": 3.0, "opacity": 2.0}
    return DataSetFilm(film_id, "x", Path(film_id), f"p-{film_id}", None, "", "", "", "", "", experts=experts)


def test_outputs_are_the_cross_validations_and_for_other_films_the_scores(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "embedded-training-films.csv").write_text("film_id\na\nb\n")
    (tmp_path / "embedded-out-of-fold.csv").write_text(
        "film_id,partition,geographic_extent_right,geographic_extent_left,opacity_right,opacity_left,zone_A\n"
        "a,1,5,1,1,-2,0\na,2,0,1,1,2,0\n"
    )
    score = Score("embedded", "1", 5.0, 3.0, None, None, 2.0, 3.0, 1.0, 2.0)
    monkeypatch.setattr(features_embedded, "load_scorer", lambda _name, *, weights_dir: object())  # noqa: ARG005
    monkeypatch.setattr(
        features_embedded, "score_film", lambda film, _scorer: score if film.film_id == "c" else "No lungs are found."
    )

    source = embedded_source([data_film(name) for name in "abcd"], weights_dir=tmp_path, evidence=tmp_path)

    assert source.film_ids == ("a", "c")
    one, two, four = source.sets
    assert [len(found.columns) for found in source.sets] == [1, 2, 4]
    # Lungs within their scales; the film scored now stands in both partitions.
    assert one.values.tolist() == [[[5.0], [5.0]], [[1.0], [5.0]]]
    assert two.values[0].tolist() == [[5.0, 1.0], [5.0, 3.0]]
    assert four.values[1].tolist() == [[0.0, 1.0, 1.0, 2.0], [2.0, 3.0, 1.0, 2.0]]
    assert set(source.left_out.values()) == {("b",), ("d",)}
    assert "trained in this project on most of these films" in source.remarks[0]
    assert source.remarks[1] == "1 films, which it did not learn from, were scored now."


def test_without_the_published_weights_the_embedded_outputs_take_their_place(shared_data: Path, tmp_path: Path) -> None:
    study = evaluate_features(read_data_set(shared_data), None, weights_dir=tmp_path, evidence=EVIDENCE)

    assert study.model == "embedded"
    assert study.remarks[0].startswith("This is not the paper's table: the weights of txrv-cohen2020 are not on this")
    assert study.n_films == {"geographic_extent": 68, "opacity": 68}
    assert study.n_patients == {"geographic_extent": 48, "opacity": 48}
    # The committed table is what the command says of the committed predictions.
    committed = json.loads((EVIDENCE / "features.json").read_text(encoding="utf-8"))
    assert committed == as_document(study)


def test_the_densenets_sets_are_the_papers(shared_data: Path, txrv_weights_dir: Path) -> None:
    from core.films.read import read_film  # noqa: PLC0415
    from core.research.evaluation.features.densenet import densenet_source  # noqa: PLC0415 - imports torchxrayvision
    from core.scoring.models.txrv.network import DenseNetBackbone, prepare_film  # noqa: PLC0415
    from core.scoring.weights import BACKBONE, load_part  # noqa: PLC0415

    films = [film for film in read_data_set(shared_data) if "geographic_extent" in film.experts][:24]
    broken = DataSetFilm("gone", "x", shared_data / "gone.png", "p", None, "", "", "", "", "", experts=films[0].experts)

    source = densenet_source([films[0], broken, films[1]], weights_dir=txrv_weights_dir)

    one, four, all_outputs, features = source.sets
    assert [found.values.shape for found in source.sets] == [(1, 2, 1), (1, 2, 4), (1, 2, 18), (1, 2, 1024)]
    assert source.film_ids == (films[0].film_id, films[1].film_id)
    assert source.left_out == {"The film's file cannot be read (No such file or directory).": ("gone",)}
    assert four.columns == ("Lung Opacity", "Pneumonia", "Infiltration", "Consolidation")
    assert four.values[0, :, 0].tolist() == one.values[0, :, 0].tolist()
    assert four.values[0, :, 1] == pytest.approx(all_outputs.values[0, :, all_outputs.columns.index("Pneumonia")])
    assert features.values.min() >= 0

    backbone = DenseNetBackbone(load_part(BACKBONE, weights_dir=txrv_weights_dir))
    prepared = [prepare_film(read_film(film.path.read_bytes(), site_zone=UTC)) for film in films[:2]]
    assert one.values[0, :, 0] == pytest.approx(backbone.lung_opacity_logits(prepared), rel=1e-3, abs=1e-3)

    study = evaluate_features(films, None, weights_dir=txrv_weights_dir, evidence=shared_data, splits=2)
    assert (study.model, [row.n_features for row in study.rows[:5]]) == ("txrv-cohen2020", [0, 1, 4, 18, 1024])

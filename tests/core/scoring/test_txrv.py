"""The scorers on torchxrayvision: equal to the library plus the published formula, film by film."""

from __future__ import annotations

import csv
import pickle
import warnings
from datetime import UTC
from pathlib import Path

import numpy as np
import pytest
import torch
from chest_films import chest_films

from core.errors import DataSetInvalidError, FilmNotScorableError
from core.films.read import read_film
from core.research.evaluation.published.parity import (
    TOLERANCE,
    ParityRow,
    ParityTable,
    compare,
    evaluate_parity,
    library_input,
    library_input_of_film,
    library_score_of,
    library_score_of_file,
)
from core.research.evaluation.published.weights import PublishedFiles, write_random_weights
from core.scoring.base import Scorer
from core.scoring.models.txrv.library import torchxrayvision
from core.scoring.models.txrv.network import prepare_film
from core.scoring.registry import load_scorer
from core.scoring.weights import import_weights
from core.types import FloatImage, Measure


@pytest.fixture(scope="module")
def real_films(shared_data: Path) -> list[Path]:
    """Return real films of every source, PNG and JPEG, and two DICOM films without VOI."""
    with (shared_data / "films.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    of_source: dict[str, list[Path]] = {}
    for row in rows:
        of_source.setdefault(row["source"], []).append(shared_data / row["path"])
    pictures = [path for paths in of_source.values() for path in paths[:: max(1, len(paths) // 3)][:3]]
    assert {path.suffix for path in pictures} == {".png", ".jpg"}
    return [*pictures, *sorted((shared_data / "dicom").glob("*.dcm"))]


@pytest.fixture(scope="module")
def fitted_files(real_films: list[Path], tmp_path_factory: pytest.TempPathFactory) -> PublishedFiles:
    """Return random weights whose scores vary over real films."""
    films = [library_input(path) for path in real_films[::2]]
    return write_random_weights(tmp_path_factory.mktemp("fitted"), films=films, seed=3)


@pytest.fixture(scope="module")
def fitted_dir(fitted_files: PublishedFiles, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a weights folder with these weights."""
    folder = tmp_path_factory.mktemp("fitted-weights")
    for path in fitted_files.all:
        import_weights(path, weights_dir=folder)
    return folder


@pytest.fixture(scope="module")
def cohen(txrv_weights_dir: Path) -> Scorer:
    """Return the scorer of Cohen et al. with random weights."""
    return load_scorer("txrv-cohen2020", weights_dir=txrv_weights_dir)


@pytest.fixture(scope="module")
def ralo(txrv_weights_dir: Path) -> Scorer:
    """Return the RALO scorer with random weights."""
    return load_scorer("txrv-ralo", weights_dir=txrv_weights_dir)


def prepared_films(count: int) -> list[FloatImage]:
    """Return prepared synthetic films, of other patients than the random weights were fitted to."""
    return [prepare_film(film) for film in chest_films(count, first_patient=100)]


@pytest.mark.release("parity with torchxrayvision: the published weights and code do not change with the product")
def test_cohen_equals_the_library_with_the_published_file_on_real_films(
    real_films: list[Path], fitted_files: PublishedFiles, fitted_dir: Path
) -> None:
    scorer = load_scorer("txrv-cohen2020", weights_dir=fitted_dir)
    table = compare(real_films, scorer=scorer, library_score=library_score_of_file(fitted_files), site_zone=UTC)
    assert table.not_read == ()
    assert len(table.rows) == len(real_films) >= 18
    assert table.largest_difference <= TOLERANCE
    assert table.holds
    # agreement means something only where films differ and few scores are clamped
    assert table.spread > 0.5
    assert table.films_at_an_end <= 2


@pytest.mark.release("parity with torchxrayvision: the published weights and code do not change with the product")
def test_ralo_equals_the_published_script_on_real_films(
    real_films: list[Path], fitted_files: PublishedFiles, fitted_dir: Path
) -> None:
    scorer = load_scorer("txrv-ralo", weights_dir=fitted_dir)
    films = [read_film(path.read_bytes(), site_zone=UTC) for path in real_films]
    scores = scorer.score([scorer.prepare(film) for film in films])
    network = torchxrayvision().models.DenseNet(
        weights="densenet121-res224-all", cache_dir=str(fitted_files.densenet.parent)
    )
    heads = [pickle.loads(path.read_bytes()) for path in fitted_files.all[1:]]  # noqa: S301  written by this test
    extents = []
    for path, score in zip(real_films, scores, strict=True):
        with torch.no_grad():
            features = network.features2(torch.from_numpy(library_input(path))[None]).numpy()
        severities = [
            float((np.maximum(features @ first + intercept, 0) @ second + last)[0, 0])
            for (first, second), (intercept, last) in heads
        ]
        expected_extent, expected_of_eight = (min(max(severity, 0.0), 8.0) for severity in severities)
        assert score.geographic_extent == pytest.approx(expected_extent, abs=TOLERANCE)
        assert score.opacity == pytest.approx(expected_of_eight * 6 / 8, abs=TOLERANCE)
        extents.append(expected_extent)
    assert np.std(extents) > 0.5


def test_prepared_films_equal_the_librarys_own(real_films: list[Path], cohen: Scorer) -> None:
    for path in real_films:
        film = read_film(path.read_bytes(), site_zone=UTC)
        prepared = cohen.prepare(film)
        assert np.abs(prepared - library_input(path)).max() <= 1e-3 * 1024
        assert np.abs(prepared - library_input_of_film(film)).max() <= 1e-3


def test_the_imported_weights_give_the_librarys_scores_of_the_file(
    real_films: list[Path], fitted_files: PublishedFiles, fitted_dir: Path
) -> None:
    path = real_films[0]
    assert library_score_of(fitted_dir)(path) == pytest.approx(library_score_of_file(fitted_files)(path), abs=1e-6)


def test_every_film_of_a_long_batch_gets_its_own_score(
    cohen: Scorer, ralo: Scorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.scoring.models.txrv.network.BATCH_FILMS", 3)
    prepared = prepared_films(8)
    for scorer in (cohen, ralo):
        together = [score.geographic_extent for score in scorer.score(prepared)]
        alone = [scorer.score([one])[0].geographic_extent for one in prepared]
        assert together == pytest.approx(alone, abs=1e-4)
        assert len({round(extent, 4) for extent in together}) > 4


def test_the_two_scores_of_cohen_lie_on_the_published_lines(cohen: Scorer) -> None:
    inside = [
        score for score in cohen.score(prepared_films(8)) if 0 < score.geographic_extent < 8 and 0 < score.opacity < 6
    ]
    assert inside
    for score in inside:
        logit = (score.geographic_extent - 3.4137437) / 0.8705248
        assert score.opacity == pytest.approx(0.5484423 * logit + 2.5535977, abs=1e-5)


def test_scores_beyond_the_scale_are_clamped(txrv_weights_dir: Path) -> None:
    class Extreme:
        def lung_opacity_logits(self, _: list[FloatImage]) -> np.ndarray:
            return np.array([100.0, -100.0, 0.0])

        def features(self, _: list[FloatImage]) -> torch.Tensor:
            return torch.full((3, 1024), 1e6) * torch.tensor([[1.0], [-1.0], [0.0]])

    for name in ("txrv-cohen2020", "txrv-ralo"):
        scorer = load_scorer(name, weights_dir=txrv_weights_dir)
        scorer._backbone = Extreme()
        scores = scorer.score(prepared_films(3))
        assert all(0 <= score.value(measure) <= measure.maximum for score in scores for measure in Measure)
        assert {scores[0].geographic_extent, scores[1].geographic_extent} <= {0.0, 8.0}
    scorer = load_scorer("txrv-cohen2020", weights_dir=txrv_weights_dir)
    scorer._backbone = Extreme()
    first, second, third = scorer.score(prepared_films(3))
    assert (first.geographic_extent, first.opacity) == (8.0, 6.0)
    assert (second.geographic_extent, second.opacity) == (0.0, 0.0)
    assert (third.geographic_extent, third.opacity) == pytest.approx((3.4137437, 2.5535977))


def test_a_film_of_no_numbers_is_named_by_its_place(cohen: Scorer) -> None:
    good, bad = prepared_films(2)
    bad[0, 5, 5] = np.nan
    with pytest.raises(FilmNotScorableError, match="no numbers") as refusal:
        cohen.score([good, bad, good])
    assert refusal.value.positions == (1,)


def test_loading_leaves_the_warnings_of_the_process_alone(txrv_weights_dir: Path) -> None:
    load_scorer("txrv-cohen2020", weights_dir=txrv_weights_dir)
    with pytest.warns(UserWarning, match="still heard"):
        warnings.warn("still heard", UserWarning, stacklevel=1)


def test_the_cards_claim_neither_noise_nor_interval(cohen: Scorer, ralo: Scorer) -> None:
    for scorer in (cohen, ralo):
        assert scorer.card.noise == {}
        assert scorer.card.mixed_noise == {}
        (score,) = scorer.score(prepared_films(1))
        assert score.geographic_extent_interval is None
        assert score.opacity_interval is None
        assert len(scorer.card.weights_sha256) == 64
        assert scorer.version.startswith("1.1+")
    assert "multiplied by 6/8" in ralo.card.summary


def test_the_parity_command_says_which_weights_it_used(shared_data: Path, fitted_dir: Path, tmp_path: Path) -> None:
    with_random = evaluate_parity(shared_data, site_zone=UTC, weights_dir=tmp_path, films=6)
    assert with_random.random_weights
    assert with_random.holds
    assert len(with_random.rows) == 8
    with_imported = evaluate_parity(shared_data, site_zone=UTC, weights_dir=fitted_dir, films=2)
    assert not with_imported.random_weights
    assert with_imported.holds


def test_parity_without_a_film_table_or_with_an_unreadable_film_is_said(tmp_path: Path, fitted_dir: Path) -> None:
    with pytest.raises(DataSetInvalidError, match=r"no films\.csv"):
        evaluate_parity(tmp_path, site_zone=UTC)
    (tmp_path / "films.csv").write_text("film_id\na\n")
    with pytest.raises(DataSetInvalidError, match="column 'path'"):
        evaluate_parity(tmp_path, site_zone=UTC)
    (tmp_path / "films.csv").write_text("path\nbroken.png\n")
    (tmp_path / "broken.png").write_bytes(b"no film")
    table = evaluate_parity(tmp_path, site_zone=UTC, weights_dir=fitted_dir)
    assert [text.split(":")[0] for text in table.not_read] == ["broken.png"]
    assert not table.holds


def test_a_difference_beyond_the_tolerance_breaks_parity() -> None:
    same = ParityRow("a", 4.0, 4.0005, 3.0, 3.0)
    other = ParityRow("b", 8.0, 8.0, 3.0, 3.002)
    assert ParityTable("m", "1", False, (same,)).holds
    table = ParityTable("m", "1", False, (same, other))
    assert not table.holds
    assert table.largest_difference == pytest.approx(0.002)
    assert table.films_at_an_end == 1
    assert table.spread == pytest.approx(2.0)

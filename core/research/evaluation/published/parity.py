"""Does Lungline give the scores of torchxrayvision plus the published formula? The same films through both.

The library reads, crops, resizes and scores each film alone, by its own functions and a formula written
out here a second time; Lungline reads the same bytes and scores all films in batches.
"""

from __future__ import annotations

import csv
import tempfile
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path
from typing import Any

import numpy as np
import torch

from core.errors import CoreError, DataSetInvalidError
from core.films.read import read_film
from core.research.evaluation.published.weights import PublishedFiles, write_random_weights
from core.scoring.base import Scorer
from core.scoring.models.txrv.library import torchxrayvision
from core.scoring.models.txrv.precision import TOLERANCE as ROUNDED_TOLERANCE
from core.scoring.models.txrv.scorer import TxrvScorer
from core.scoring.registry import is_available, load_scorer
from core.scoring.weights import BACKBONE, import_weights, load_part
from core.types import Film, FloatImage

MODEL = "txrv-cohen2020"
TOLERANCE = 1e-3
"""Points of the scale, the largest difference that still counts as the same score in float32."""
SEED = 2020
_NORMALISING_FILMS = 12

LibraryScore = Callable[[Path], tuple[float, float]]


@dataclass(frozen=True)
class ParityRow:
    """One film's scores by both ways."""

    film: str
    library_geographic_extent: float
    geographic_extent: float
    library_opacity: float
    opacity: float

    @property
    def difference(self) -> float:
        """Return the larger of the two absolute differences."""
        extent = abs(self.geographic_extent - self.library_geographic_extent)
        return max(extent, abs(self.opacity - self.library_opacity))

    @property
    def at_an_end(self) -> bool:
        """Say whether a score is clamped, which could hide a difference."""
        return self.library_geographic_extent in (0.0, 8.0) or self.library_opacity in (0.0, 6.0)


@dataclass(frozen=True)
class ParityTable:
    """All films' scores by both ways.

    Attributes
    ----------
    model, model_version : str
    random_weights : bool
        True where the published weights are not on this machine and random ones took their place.
    rows : tuple of ParityRow
    not_read : tuple of str
        Films that one of the two ways refused, with its reason.
    tolerance : float
        Points: the largest difference that counts as none; wider where the network computes in bfloat16.
    """

    model: str
    model_version: str
    random_weights: bool
    rows: tuple[ParityRow, ...]
    not_read: tuple[str, ...] = ()
    tolerance: float = TOLERANCE

    @property
    def largest_difference(self) -> float:
        """Return the largest absolute difference, points."""
        return max((row.difference for row in self.rows), default=float("nan"))

    @property
    def holds(self) -> bool:
        """Say whether every film was read and no difference is beyond the tolerance."""
        return bool(self.rows) and not self.not_read and self.largest_difference <= self.tolerance

    @property
    def spread(self) -> float:
        """Return the SD of the library's geographic extent: without spread, agreement would mean nothing."""
        return float(np.std([row.library_geographic_extent for row in self.rows]))

    @property
    def films_at_an_end(self) -> int:
        """Return how many films have a clamped score."""
        return sum(row.at_an_end for row in self.rows)


def evaluate_parity(data: Path, *, site_zone: tzinfo, weights_dir: Path | None = None, films: int = 60) -> ParityTable:
    """Compare `txrv-cohen2020` with torchxrayvision on `films` films spread over the data set, and its DICOM films.

    Parameters
    ----------
    data : Path
        Folder with ``films.csv`` as documented in it, and DICOM films in ``dicom/``.
    site_zone : tzinfo
    weights_dir : Path, optional
        Uses the imported weights there; random ones where they or the folder are absent.
    films : int

    Raises
    ------
    DataSetInvalidError
        ``films.csv`` is absent or has no column ``path``.
    """
    paths = _chosen_films(data, films)
    if weights_dir is not None and is_available(MODEL, weights_dir=weights_dir):
        scorer = load_scorer(MODEL, weights_dir=weights_dir)
        return compare(paths, scorer=scorer, library_score=library_score_of(weights_dir), site_zone=site_zone)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        inputs = [library_input(path) for path in paths[:: max(1, len(paths) // _NORMALISING_FILMS)]]
        files = write_random_weights(folder, films=inputs, seed=SEED)
        import_weights(files.densenet, weights_dir=folder / "weights")
        scorer = load_scorer(MODEL, weights_dir=folder / "weights")
        library_score = library_score_of_file(files)
        return compare(paths, scorer=scorer, library_score=library_score, site_zone=site_zone, random_weights=True)


def compare(
    paths: Sequence[Path],
    *,
    scorer: Scorer,
    library_score: LibraryScore,
    site_zone: tzinfo,
    random_weights: bool = False,
) -> ParityTable:
    """Score the films at `paths` by both ways."""
    prepared, expected, not_read = [], [], []
    for path in paths:
        try:
            film = read_film(path.read_bytes(), site_zone=site_zone)
        except CoreError as error:
            not_read.append(f"{path.name}: {error}")
            continue
        prepared.append(scorer.prepare(film))
        expected.append((path.name, *library_score(path)))
    scores = scorer.score(prepared)
    rows = tuple(
        ParityRow(name, extent, score.geographic_extent, opacity, score.opacity)
        for (name, extent, opacity), score in zip(expected, scores, strict=True)
    )
    return ParityTable(
        scorer.name, scorer.version, random_weights, rows, tuple(not_read), tolerance=_tolerance_of(scorer)
    )


def _tolerance_of(scorer: Scorer) -> float:
    rounded = isinstance(scorer, TxrvScorer) and scorer.backbone.dtype != torch.float32
    return ROUNDED_TOLERANCE if rounded else TOLERANCE


def library_input(path: Path) -> FloatImage:
    """Return the film as the library itself reads and prepares it, (1, 224, 224)."""
    library = torchxrayvision()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it announces that it turns MONOCHROME1 round, which is wanted
        return _transformed(library.utils.load_image(str(path)))


def library_input_of_film(film: Film) -> FloatImage:
    """Return a film that Lungline read (a DICOM film with VOI) as the library prepares it, (1, 224, 224)."""
    return _transformed(torchxrayvision().utils.normalize(film.pixels, 1.0)[np.newaxis])


def library_score_of_file(files: PublishedFiles) -> LibraryScore:
    """Return the library's score with a file in the published format, loaded by the library itself.

    Only for files written here: the library runs what is in the file.
    """
    network = torchxrayvision().models.DenseNet(weights=BACKBONE.library_weights, cache_dir=str(files.densenet.parent))
    return _by_published_formula(network)


def library_score_of(weights_dir: Path) -> LibraryScore:
    """Return the library's score with the imported weights."""
    network = torchxrayvision().models.DenseNet()
    tensors = load_part(BACKBONE, weights_dir=weights_dir)
    network.load_state_dict({name: torch.from_numpy(array) for name, array in tensors.items()})
    return _by_published_formula(network.eval())


def _by_published_formula(network: Any) -> LibraryScore:  # noqa: ANN401  the library is untyped
    network.op_threshs = None
    lung_opacity = torchxrayvision().datasets.default_pathologies.index("Lung Opacity")

    def score(path: Path) -> tuple[float, float]:
        with torch.no_grad():
            x = float(network(torch.from_numpy(library_input(path))[None])[0, lung_opacity])
        extent, opacity = 0.8705248 * x + 3.4137437, 0.5484423 * x + 2.5535977
        return min(max(extent, 0.0), 8.0), min(max(opacity, 0.0), 6.0)

    return score


def _transformed(image: FloatImage) -> FloatImage:
    datasets = torchxrayvision().datasets
    transformed: FloatImage = datasets.XRayResizer(224)(datasets.XRayCenterCrop()(image))
    return transformed


def _chosen_films(data: Path, count: int) -> list[Path]:
    """Return about `count` films at even steps through the table, so of every source, and all DICOM films."""
    try:
        with (data / "films.csv").open(newline="", encoding="utf-8") as stream:
            paths = [data / row["path"] for row in csv.DictReader(stream)]
    except (OSError, KeyError) as error:
        message = f"{data} has no films.csv with a column 'path' ({error}). Name the data set's folder."
        raise DataSetInvalidError(message) from error
    step = max(1, len(paths) // count)
    return [*paths[::step][:count], *sorted((data / "dicom").glob("*.dcm"))]

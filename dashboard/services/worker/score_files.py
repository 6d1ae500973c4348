"""Scoring files without storing them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from core.errors import CoreError
from core.films.checks import check_film
from core.films.read import read_film
from core.quoting import quoted
from core.scoring.base import Scorer
from core.scoring.registry import load_scorer
from core.types import CheckResult, Score
from dashboard.errors import ConfigurationError
from dashboard.services.receiving.film_folder import FolderFilms, film_bytes, films_in
from dashboard.settings import Settings


class FileStatus(StrEnum):
    """What became of a file."""

    SCORED = "scored"
    REJECTED = "rejected"
    FAILED = "failed"
    PASSED_OVER = "passed over"


@dataclass(frozen=True)
class ScoredFile:
    """One file's outcome.

    Attributes
    ----------
    reason : str
        "" for a scored film.
    geographic_extent, opacity : float or None
        0-8 and 0-6; None unless scored.
    geographic_extent_interval, opacity_interval : (low, high) or None
        None for a scorer whose interval was never calibrated.
    interval_level : float or None
    geographic_extent_right, geographic_extent_left : float or None
        0-4 each. This and what follows is None where the scorer does not give it.
    opacity_right, opacity_left : float or None
        0-3 each.
    opacity_fraction, opacity_fraction_right, opacity_fraction_left : float or None
        0-100 %: share of the lung that is opaque, by segmentation.
    brixia : float or None
        0-18, the sum of the zones.
    brixia_zones : tuple of 6 float, or None
        0-3 each: zones A, B, C of the right lung from above, D, E, F of the left.
    sides_in_doubt : bool
        Whether right and left may be swapped by the film; nothing is given by side then.
    checks : tuple of CheckResult
        Empty for a file that could not be read.
    """

    path: str
    status: FileStatus
    reason: str
    model: str
    model_version: str
    geographic_extent: float | None = None
    opacity: float | None = None
    geographic_extent_interval: tuple[float, float] | None = None
    opacity_interval: tuple[float, float] | None = None
    interval_level: float | None = None
    geographic_extent_right: float | None = None
    geographic_extent_left: float | None = None
    opacity_right: float | None = None
    opacity_left: float | None = None
    opacity_fraction: float | None = None
    opacity_fraction_right: float | None = None
    opacity_fraction_left: float | None = None
    brixia: float | None = None
    brixia_zones: tuple[float, ...] | None = None
    sides_in_doubt: bool = False
    checks: tuple[CheckResult, ...] = ()


def score_files(
    paths: Iterable[Path], *, model: str, settings: Settings, follow_links: bool = False
) -> Iterator[ScoredFile]:
    """Yield the outcome of each film, of folders all films in them, as soon as it is known.

    What was passed over in a folder is one outcome under the folder's own path.

    Raises
    ------
    ConfigurationError
        A path does not exist.
    CoreError
        The scorer is unknown or lacks its weights, or a folder cannot be listed.
    """
    listed = [_listed(path, follow_links=follow_links) for path in paths]
    scorer = load_scorer(model, weights_dir=settings.weights_dir)
    for path, found in listed:
        for file in found.films:
            yield _score_file(file, scorer, settings)
        if found.words:
            yield ScoredFile(str(path), FileStatus.PASSED_OVER, found.words, scorer.name, scorer.version)


def _listed(path: Path, *, follow_links: bool) -> tuple[Path, FolderFilms]:
    if path.is_dir():
        return path, films_in(path, follow_links=follow_links)
    if not path.exists():
        raise ConfigurationError(f"There is no file {quoted(path)}. Check the path.")
    return path, FolderFilms((path,), {})


def _score_file(file: Path, scorer: Scorer, settings: Settings) -> ScoredFile:
    def outcome(status: FileStatus, reason: str, checks: tuple[CheckResult, ...] = ()) -> ScoredFile:
        return ScoredFile(str(file), status, reason, scorer.name, scorer.version, checks=checks)

    try:
        checked = check_film(read_film(film_bytes(file), site_zone=settings.zone))
        if checked.refused:
            return outcome(FileStatus.REJECTED, checked.reason, checked.results)
        score = scorer.score([scorer.prepare(checked.film)])[0]
    except CoreError as error:
        return outcome(FileStatus.FAILED, str(error))
    except OSError as error:
        return outcome(FileStatus.FAILED, f"The file cannot be read ({error.strerror}).")
    return _scored(file, without_sides(score) if checked.film.sides_in_doubt else score, checked.results)


def without_sides(score: Score) -> Score:
    """Return a score with nothing said by side, for a film whose sides are in doubt."""
    return replace(
        score,
        geographic_extent_right=None,
        geographic_extent_left=None,
        opacity_right=None,
        opacity_left=None,
        opacity_fraction_right=None,
        opacity_fraction_left=None,
        sides_in_doubt=True,
    )


def _scored(file: Path, score: Score, checks: tuple[CheckResult, ...]) -> ScoredFile:
    extent, opacity = score.geographic_extent_interval, score.opacity_interval
    return ScoredFile(
        str(file),
        FileStatus.SCORED,
        "",
        score.model,
        score.model_version,
        geographic_extent=score.geographic_extent,
        opacity=score.opacity,
        geographic_extent_interval=(extent.low, extent.high) if extent else None,
        opacity_interval=(opacity.low, opacity.high) if opacity else None,
        interval_level=extent.level if extent else None,
        geographic_extent_right=score.geographic_extent_right,
        geographic_extent_left=score.geographic_extent_left,
        opacity_right=score.opacity_right,
        opacity_left=score.opacity_left,
        opacity_fraction=score.opacity_fraction,
        opacity_fraction_right=score.opacity_fraction_right,
        opacity_fraction_left=score.opacity_fraction_left,
        brixia=score.brixia,
        brixia_zones=None if score.sides_in_doubt else score.brixia_zones,
        sides_in_doubt=score.sides_in_doubt,
        checks=checks,
    )

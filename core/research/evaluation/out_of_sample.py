"""Which predictions of a scorer may be compared with experts: those of films and patients it did not learn from.

A scorer that carries its weights is judged on its own training films by the predictions of a cross-validation, kept
with the evidence; on other films by its scores. Films and patients are known by their ids: the same film under another
id is not recognised.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path

from core.errors import DataSetInvalidError
from core.evaluation.agreement import JudgedFilm
from core.research.evaluation.dataset import DataSetFilm, read_table
from core.research.evaluation.prediction import SCALES, SaidOfFilms, read_out_of_fold, said_by_score, score_film
from core.scoring.registry import is_available, load_scorer, scorer_names, scorer_version
from core.scoring.weights import parts_of
from core.types import Score

_REMARKS = {
    "txrv-cohen2020": (
        "Its two lines were fitted by its authors on 94 films of the COVID-19 Image Data Collection with experts' "
        "scores: on those films it is in sample, by two numbers a measure."
    ),
}
_LUNGS = "lungs"
"""In `<scorer>-training-films.csv`, of a film that taught where lungs are and no more."""

_LEARNED = "The scorer learned from them, and no cross-validation predicted them."
_OF_LEARNED_PATIENT = "The scorer learned from other films of their patients."
_OF_RALO = "They are not among the test films of the RALO set; the scorer learned from the others."


@dataclass(frozen=True)
class LeftOutFilms:
    """Films with an expert's value that a scorer is not judged on."""

    reason: str
    film_ids: tuple[str, ...]


@dataclass(frozen=True)
class OutOfSample:
    """What a scorer says of the films it may be judged on.

    Attributes
    ----------
    said : mapping
        Values by film_id and by column of `SCALES`.
    out_of_fold : frozenset of str
        Films predicted by models of a cross-validation; the others by the scorer itself.
    left_out : tuple of LeftOutFilms
    remark : str
        What else is to be known of the films it learned from, "" where nothing is.
    """

    scorer: str
    version: str
    said: SaidOfFilms
    out_of_fold: frozenset[str]
    left_out: tuple[LeftOutFilms, ...]
    remark: str = ""


def predict_all_out_of_sample(
    films: Sequence[DataSetFilm], names: Sequence[str], *, weights_dir: Path, evidence: Path
) -> tuple[list[OutOfSample], list[str]]:
    """Return what each scorer says of the films it may be judged on, and why a scorer is missing.

    Parameters
    ----------
    names : sequence of str
        The scorers; if empty, all whose weights are on this machine, and one that cannot be judged is passed over.

    Raises
    ------
    DataSetInvalidError, ScorerUnknownError, WeightsMissingError, WeightsInvalidError
        As `predict_out_of_sample`, for a scorer that is named.
    """
    predictions, remarks = [], []
    for name in names or scorer_names():
        if not names and not is_available(name, weights_dir=weights_dir):
            remarks.append(f"{name}: not compared; its weights are not on this machine.")
            continue
        try:
            predictions.append(predict_out_of_sample(films, name, weights_dir=weights_dir, evidence=evidence))
        except DataSetInvalidError as error:
            if names:
                raise
            remarks.append(f"{name}: not compared. {error}")
    return predictions, remarks


def predict_out_of_sample(
    films: Sequence[DataSetFilm],
    name: str,
    *,
    weights_dir: Path,
    evidence: Path,
    only: Collection[str] | None = None,
    of_scores: bool = False,
) -> OutOfSample:
    """Return what a scorer says of the films with an expert's value, leaving out what it learned from.

    The scorer is loaded only where a film has to be scored.

    Parameters
    ----------
    films : sequence of DataSetFilm
        The whole data set: it says of which patients the scorer learned.
    evidence : Path
        Folder with `<scorer>-out-of-fold.csv` and `<scorer>-training-films.csv`.
    only : collection of str, optional
        Films to judge, by film_id; None: all with an expert's value.
    of_scores : bool
        Leave out only what taught it a score: a film on which lungs were drawn taught where lungs are.

    Raises
    ------
    DataSetInvalidError
        The scorer carries its weights, and the evidence does not list the films they were trained on.
    ScorerUnknownError, WeightsMissingError, WeightsInvalidError
    """
    version = scorer_version(name, weights_dir=weights_dir)
    judged = [
        film
        for film in films
        if any(column in film.experts for column in SCALES) and (only is None or film.film_id in only)
    ]
    table = evidence / f"{name}-out-of-fold.csv"
    kept = read_out_of_fold(table) if table.is_file() else {}
    out_of_fold = {film.film_id: kept[film.film_id] for film in judged if film.film_id in kept}
    unpredicted = [film for film in judged if film.film_id not in kept]
    waiting, reasons = films_to_score(name, films, unpredicted, evidence, of_scores=of_scores)
    said = dict(out_of_fold)
    if waiting:
        scorer = load_scorer(name, weights_dir=weights_dir)
        for film in waiting:
            score = score_film(film, scorer)
            if isinstance(score, Score):
                said[film.film_id] = said_by_score(score)
            else:
                reasons[score].append(film.film_id)
    return OutOfSample(
        name,
        version,
        said,
        frozenset(out_of_fold),
        tuple(LeftOutFilms(reason, tuple(sorted(ids))) for reason, ids in reasons.items()),
        _REMARKS.get(name, ""),
    )


def films_to_score(
    name: str,
    films: Iterable[DataSetFilm],
    unpredicted: Iterable[DataSetFilm],
    evidence: Path,
    *,
    of_scores: bool = False,
) -> tuple[list[DataSetFilm], dict[str, list[str]]]:
    """Divide films that no cross-validation predicted: those a scorer may score, and by reason those it may not.

    Parameters
    ----------
    films : iterable of DataSetFilm
        The whole data set: it says of which patients the scorer learned.
    of_scores : bool
        As for `predict_out_of_sample`.

    Raises
    ------
    DataSetInvalidError
        The scorer carries its weights, and the evidence does not list the films they were trained on.
    """
    learned = _training_films(name, evidence, of_scores=of_scores)
    patients = {film.patient_id for film in films if film.film_id in learned}
    waiting: list[DataSetFilm] = []
    reasons: dict[str, list[str]] = defaultdict(list)
    for film in unpredicted:
        reason = _in_sample(name, film, learned, patients)
        if reason:
            reasons[reason].append(film.film_id)
        else:
            waiting.append(film)
    return waiting, reasons


def judged_films(films: Iterable[DataSetFilm], said: SaidOfFilms, column: str) -> list[JudgedFilm]:
    """Return the films that have both an expert's value and a prediction of `column`, by film_id.

    A film that was scored once stands in every partition with that score.
    """
    chosen = [
        (film, said[film.film_id][column])
        for film in sorted(films, key=lambda one: one.film_id)
        if column in film.experts and column in said.get(film.film_id, {})
    ]
    partitions = max((len(values) for _film, values in chosen), default=1)
    return [
        JudgedFilm(
            film.film_id,
            film.patient_id,
            film.experts[column],
            values if len(values) == partitions else values[:1] * partitions,
            film.day,
            film.view,
        )
        for film, values in chosen
    ]


def _in_sample(name: str, film: DataSetFilm, learned: AbstractSet[str], patients: AbstractSet[str]) -> str:
    """Say why a film without a kept prediction may not be scored for a judgement, "" where it may."""
    if film.film_id in learned:
        return _LEARNED
    if film.patient_id in patients:
        return _OF_LEARNED_PATIENT
    if name == "txrv-ralo" and film.source == "ralo" and film.split != "test":
        return _OF_RALO
    return ""


def _training_films(name: str, evidence: Path, *, of_scores: bool) -> set[str]:
    table = evidence / f"{name}-training-films.csv"
    if table.is_file():
        rows = read_table(table, ("film_id", "trained") if of_scores else ("film_id",))
        return {row["film_id"] for row in rows if not of_scores or row["trained"] != _LUNGS}
    if parts_of(name):
        return set()
    message = (
        f"{table.name} is not in {evidence}. A scorer that carries its weights must list the films they were trained "
        "on; without that list nobody can tell which films it may be judged on."
    )
    raise DataSetInvalidError(message)

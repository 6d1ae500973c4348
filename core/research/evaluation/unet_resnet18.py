"""The opacity segmentation's figures, recomputed from what it said of films whose patients it had not seen.

Severity is read from the shares of opacity by a line fitted to experts' values; here it is fitted anew without each
fold, so that no expert's value of a patient is in the patient's own prediction.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from scipy.optimize import nnls

from core.errors import DataSetInvalidError
from core.evaluation.agreement import JudgedFilm, evaluate_agreement
from core.evaluation.change_noise import consecutive_changes
from core.evaluation.conformal import conformal_half_width
from core.evaluation.evidence import EVIDENCE
from core.research.evaluation.conformal import leave_one_patient_out_coverage
from core.research.evaluation.dataset import DataSetFilm, read_data_set, read_table
from core.research.evaluation.embedded import INTERVAL_LEVEL, agreement_figures, change_figures
from core.research.evaluation.opacity.segmentation import OUT_OF_FOLD_TABLES, drawn_fractions, segmentation_figures
from core.scoring.models.unet_resnet18.inference import OpacityInference
from core.scoring.models.unet_resnet18.severity import SeverityLine
from core.types import Measure

SYSTEM = "unet-resnet18"
READINGS = "unet-resnet18-opacity.csv"
OUT_OF_FOLD = "unet-resnet18-out-of-fold.csv"
COLUMNS = ("film_id", "fold", "fraction", "fraction_right", "fraction_left", "density_right", "density_left")
"""Columns of the table of inferences: `fold` is empty for a patient of no fold, the rest where no lung was found."""

OUT_OF_FOLD_COLUMNS = (
    "film_id",
    "partition",
    "fold",
    "geographic_extent_right",
    "geographic_extent_left",
    "opacity_right",
    "opacity_left",
)
"""Columns of the table of severity, each film by network and line that had not seen its patient."""

_FEWEST_FILMS = 8

_METHOD = (
    "Cross-validation grouped by patient, 5 folds, one partition: the folds of the embedded scorer's segmentation. One "
    "network first learnt lungs, from patients without a painted film; five went on from there, each without lungs "
    "and opacity of one fold's patients. So no mask of a patient with a painted film "
    "was seen by the network that reads that patient; of other patients with experts' values, the first network may "
    "have seen lung masks. "
    "Severity: a rising function of each lung's opacity share and density, fitted without the experts' "
    "values of the fold. Patients of no fold are read by the shipped weights, which saw nothing of them. The "
    "training is short and had not settled; it learnt from no film without finding, and sees opacity on many of them. "
    "Films under NoDerivatives licences were only tested on. Each figure: value, then its 95 % "
    "patient-bootstrap interval."
)


@dataclass(frozen=True)
class InferredFilm:
    """What was read from one film, and by which network.

    Attributes
    ----------
    fold : int or None
        The fold whose patients the network had not seen; None: the shipped network, on a patient of no fold.
    inference : OpacityInference or None
        None where no lung was found.
    """

    film_id: str
    fold: int | None
    inference: OpacityInference | None


def inference_row(film_id: str, fold: int | None, inference: OpacityInference | None) -> list[str]:
    """Return one row of the table of inferences."""
    values = () if inference is None else (inference.fraction, *inference.fractions, *inference.densities)
    cells = [f"{value:.4f}" for value in values] or [""] * 5
    return [film_id, "" if fold is None else str(fold), *cells]


def write_inferences(rows: Iterable[Sequence[str]], path: Path) -> None:
    """Write rows of `inference_row` as a table."""
    _write_table(path, COLUMNS, rows)


def read_inferences(path: Path) -> list[InferredFilm]:
    """Read a table of inferences.

    Raises
    ------
    DataSetInvalidError
        The table is missing or not of the documented form.
    """
    try:
        return [_film_inference(row) for row in read_table(path, COLUMNS)]
    except ValueError as error:
        raise DataSetInvalidError(f"{path.name}: {error}. Expected the table as the training writes it.") from error


def evaluate_unet(data: Path, evidence: Path = EVIDENCE) -> dict[str, object]:
    """Recompute the figures that the card carries as evidence.

    Parameters
    ----------
    data : Path
        Folder with `films.csv`, `scores.csv` and `opacity.csv`.
    evidence : Path
        Folder with the out-of-fold overlaps and inferences.

    Raises
    ------
    DataSetInvalidError
        A table is missing or not of the documented form.
    """
    films = {film.film_id: film for film in read_data_set(data)}
    inferences = read_inferences(evidence / READINGS)
    overlaps = read_table(evidence / OUT_OF_FOLD_TABLES[SYSTEM], ("film_id", "dice_opacity"))
    judged = {measure: judged_films(films, inferences, measure) for measure in Measure}
    changes = {measure: consecutive_changes(judged[measure]) for measure in Measure}
    return {
        "method": _METHOD,
        "segmentation": segmentation_figures(films, drawn_fractions(data), overlaps).as_evidence(),
        "severity_line": {
            measure.value: asdict(fit_severity_line(scored_inferences(films, inferences, measure), measure))
            for measure in Measure
        },
        "agreement": {m.value: agreement_figures(evaluate_agreement(judged[m])) for m in Measure},
        "change": {measure.value: change_figures(changes[measure]) for measure in Measure},
        "interval": _interval_figures(judged),
        "opacity_fraction_of_films_without_finding": _without_finding(films, inferences),
    }


Scored = tuple[OpacityInference, float]
"""A film's inference and its expert's value."""


def scored_inferences(
    films: Mapping[str, DataSetFilm],
    inferences: Iterable[InferredFilm],
    measure: Measure,
    *,
    without_fold: int | None = None,
) -> list[Scored]:
    """Return inferences with the experts' values of films that may train, those of fold `without_fold` left out."""
    return [
        (found.inference, films[found.film_id].experts[measure.value])
        for found in inferences
        if found.inference is not None
        and measure.value in films[found.film_id].experts
        and not films[found.film_id].no_derivatives
        and (without_fold is None or found.fold != without_fold)
    ]


def fit_severity_line(scored: Sequence[Scored], measure: Measure) -> SeverityLine:
    """Fit a rising function of opacity share and density to experts' values, by least squares over the films.

    Raises
    ------
    DataSetInvalidError
        Fewer than eight films.
    """
    if len(scored) < _FEWEST_FILMS:
        message = (
            f"{len(scored)} films with lungs found and an expert's {measure.value}. Expected {_FEWEST_FILMS} or more."
        )
        raise DataSetInvalidError(message)
    terms = np.array([_terms(inference) for inference, _value in scored])
    values = np.array([value for _inference, value in scored])
    # The constant may be negative, the others may not: it stands twice, with either sign.
    (above, root, slope, density, below), _residual = nnls(np.column_stack((terms, -terms[:, 0])), values)
    figures = (above - below, root, slope, density)
    return SeverityLine(*(round(float(figure), 4) for figure in figures))


def predict_severity(
    films: Mapping[str, DataSetFilm], inferences: Sequence[InferredFilm]
) -> dict[str, dict[Measure, tuple[float, float]]]:
    """Return severity of right and left lung of every scored film, by lines fitted without its fold.

    Films of patients of no fold are left out, and those without lungs.
    """
    lines = {
        (measure, fold): fit_severity_line(scored_inferences(films, inferences, measure, without_fold=fold), measure)
        for measure in Measure
        for fold in {found.fold for found in inferences if found.fold is not None}
    }
    return {
        found.film_id: {measure: lines[measure, found.fold].lungs(found.inference, measure) for measure in Measure}
        for found in sorted(inferences, key=lambda one: one.film_id)
        if found.inference is not None and found.fold is not None and films[found.film_id].experts
    }


def write_severity(films: Mapping[str, DataSetFilm], inferences: Sequence[InferredFilm], path: Path) -> None:
    """Write `predict_severity` as a table of one partition."""
    folds = {found.film_id: str(found.fold) for found in inferences}
    rows = [
        [film_id, "1", folds[film_id], *(f"{side:.4f}" for measure in Measure for side in sides[measure])]
        for film_id, sides in predict_severity(films, inferences).items()
    ]
    _write_table(path, OUT_OF_FOLD_COLUMNS, rows)


def judged_films(
    films: Mapping[str, DataSetFilm], inferences: Sequence[InferredFilm], measure: Measure
) -> list[JudgedFilm]:
    """Return the scored films with severity as a line says that was fitted without their fold."""
    return [
        JudgedFilm(
            film_id,
            films[film_id].patient_id,
            films[film_id].experts[measure.value],
            (sum(sides[measure]),),
            films[film_id].day,
            films[film_id].view,
        )
        for film_id, sides in predict_severity(films, inferences).items()
        if measure.value in films[film_id].experts
    ]


def _write_table(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


def _film_inference(row: Mapping[str, str]) -> InferredFilm:
    fold = int(row["fold"]) if row["fold"] else None
    if not row["fraction"]:
        return InferredFilm(row["film_id"], fold, None)
    fraction, right, left, dense_right, dense_left = (float(row[name]) for name in COLUMNS[2:])
    return InferredFilm(row["film_id"], fold, OpacityInference(fraction, (right, left), (dense_right, dense_left)))


def _terms(inference: OpacityInference) -> tuple[float, float, float, float]:
    shares = np.array(inference.fractions) / 100
    return 2.0, float(np.sqrt(shares).sum()), float(shares.sum()), sum(inference.densities)


def _interval_figures(judged: Mapping[Measure, Sequence[JudgedFilm]]) -> dict[str, object]:
    return {
        "level": INTERVAL_LEVEL,
        "half_width": {m.value: round(conformal_half_width(films, INTERVAL_LEVEL), 3) for m, films in judged.items()},
        "coverage_leaving_each_patient_out": {
            m.value: round(leave_one_patient_out_coverage(films, INTERVAL_LEVEL), 3) for m, films in judged.items()
        },
    }


def _without_finding(films: Mapping[str, DataSetFilm], inferences: Iterable[InferredFilm]) -> dict[str, object]:
    """Return what is said of films without finding, which should have hardly any opacity."""
    figures: dict[str, object] = {}
    found = [film for film in inferences if films[film.film_id].finding.lower() == "no finding"]
    for source in ("nih", "actualmed"):
        of_source = [film.inference for film in found if films[film.film_id].source == source]
        shares = [inference.fraction for inference in of_source if inference is not None]
        quartiles: list[float] = np.percentile(shares, (25, 50, 75)).tolist() if shares else []
        figures[source] = {
            "n_films": len(shares),
            "n_without_lungs_found": len(of_source) - len(shares),
            "percent_quartiles": [round(value, 1) for value in quartiles],
        }
    return figures

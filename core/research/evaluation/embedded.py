"""The embedded scorer's figures, recomputed from its out-of-fold predictions and the experts' values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.evaluation.agreement import Agreement, JudgedFilm, evaluate_agreement
from core.evaluation.evidence import EVIDENCE
from core.research.evaluation.conformal import Coverage, conformal_half_width, coverage_of, leave_one_patient_out
from core.research.evaluation.dataset import DataSetFilm, read_data_set, read_table
from core.research.evaluation.noise.change import (
    JudgedChange,
    consecutive_changes,
    evaluate_change,
    measure_change_noise,
)
from core.research.evaluation.opacity.segmentation import COLUMNS as OVERLAP_COLUMNS
from core.research.evaluation.opacity.segmentation import drawn_fractions, segmentation_figures
from core.research.evaluation.prediction import out_of_fold_value
from core.scoring.models.embedded.likeness import widening
from core.types import ChangeNoise, Measure

OUT_OF_FOLD = "embedded-out-of-fold.csv"
NORMALS_OUT_OF_FOLD = "embedded-normals-out-of-fold.csv"
SEGMENTATION_OUT_OF_FOLD = "embedded-segmentation-out-of-fold.csv"
UNSCORED = "embedded-unscored.csv"
INTERVAL_LEVEL = 0.9

_SMALLEST_GROUP = 10
_LIKE = 1.05

_NOISE_SOURCE = (
    "Out-of-fold predictions of consecutive films of one patient in the COVID-19 Image Data Collection, mean of three "
    "expert readers; all PA. Not measured on AP or supine films, nor between films taken differently."
)

Row = Mapping[str, str]


@dataclass(frozen=True)
class EmbeddedFigures:
    """What the card says of the embedded scorer: the noise of its change, and all else as `evidence`."""

    noise: Mapping[Measure, ChangeNoise]
    evidence: Mapping[str, object]


def evaluate_embedded(data: Path, evidence: Path = EVIDENCE) -> EmbeddedFigures:
    """Recompute the card's figures.

    Parameters
    ----------
    data : Path
        Folder with `films.csv` and `scores.csv`.
    evidence : Path
        Folder with the out-of-fold predictions and those of films without an expert's score.

    Raises
    ------
    DataSetInvalidError
        A table is missing or not of the documented form.
    """
    films = {film.film_id: film for film in read_data_set(data)}
    rows = read_table(evidence / OUT_OF_FOLD, ("film_id", "partition", "unlikeness"))
    judged = {measure: judged_films(films, rows, measure.value) for measure in Measure}
    brixia = judged_films(films, rows, "brixia_senior")
    scales = {**{measure.value: judged[measure] for measure in Measure}, "brixia_senior": brixia}
    changes = {name: consecutive_changes(films_of_scale) for name, films_of_scale in scales.items()}
    unscored = read_table(evidence / UNSCORED, ("film_id", "geographic_extent"))
    segmented = read_table(evidence / SEGMENTATION_OUT_OF_FOLD, OVERLAP_COLUMNS)
    return EmbeddedFigures(
        noise={measure: measure_change_noise(changes[measure.value], _NOISE_SOURCE) for measure in Measure},
        evidence={
            "method": _method(rows),
            "agreement": {
                **{measure.value: agreement_figures(evaluate_agreement(judged[measure])) for measure in Measure},
                "brixia_senior": agreement_figures(evaluate_agreement(brixia)),
            },
            "geographic_extent_by_subgroup": _by_subgroup(films, judged[Measure.GEOGRAPHIC_EXTENT]),
            "brixia_senior_by_subgroup": _by_subgroup(films, brixia),
            "segmentation": segmentation_figures(films, drawn_fractions(data), segmented).as_evidence(),
            "lungs_dice_of_all_drawn_films": _dice_figures(films, segmented),
            "change": {name: change_figures(of_scale) for name, of_scale in changes.items()},
            "interval": {
                "level": INTERVAL_LEVEL,
                "half_width": {m.value: round(conformal_half_width(judged[m], INTERVAL_LEVEL), 3) for m in Measure},
                "coverage_leaving_each_patient_out": {m.value: _coverage(judged[m], m.maximum) for m in Measure},
            },
            "films_without_finding": {
                "nih": _normals(evidence),
                "actualmed": _group_figures(films, unscored, "actualmed", "no finding"),
                "note": (
                    "A healthy chest should score near 0. NIH: out of fold; labels were text-mined and are noisy. "
                    "Actualmed: none was in the training."
                ),
            },
            "bedside_films_hannover": _group_figures(films, unscored, "hannover", None),
        },
    )


def judged_films(films: Mapping[str, DataSetFilm], rows: Sequence[Row], expert: str) -> list[JudgedFilm]:
    """Collect the films that have `expert`'s value, each with one prediction per partition."""
    predictions: dict[str, dict[int, tuple[float, float]]] = defaultdict(dict)
    for row in rows:
        said = out_of_fold_value(row, expert)
        if said is not None and expert in films[row["film_id"]].experts:
            predictions[row["film_id"]][int(row["partition"])] = said, widening(float(row["unlikeness"]))
    judged = []
    for film_id in sorted(predictions):
        film = films[film_id]
        said_and_widened = [predictions[film_id][partition] for partition in sorted(predictions[film_id])]
        predicted, widened = zip(*said_and_widened, strict=True)
        judged.append(
            JudgedFilm(film_id, film.patient_id, film.experts[expert], predicted, film.day, film.view, widened)
        )
    return judged


def agreement_figures(agreement: Agreement) -> dict[str, object]:
    """Return an agreement as the card carries it: each figure with its 95 % patient-bootstrap interval."""
    return {
        "n_films": agreement.n_films,
        "n_patients": agreement.n_patients,
        **{name: getattr(agreement, name).as_list() for name in ("mae", "bias", "r", "slope", "icc")},
        "mae_by_partition": [round(mae, 3) for mae in agreement.mae_by_partition],
        "mae_constant": round(agreement.mae_constant, 3),
    }


def change_figures(changes: Sequence[JudgedChange]) -> dict[str, object]:
    """Return how predicted changes follow experts' ones, as the card carries it."""
    agreement = evaluate_change(changes)
    return {
        "n_pairs": len(changes),
        "n_patients": len({change.patient_id for change in changes}),
        "r": agreement.r.as_list(),
        "slope_of_expert_on_predicted": agreement.slope.as_list(),
        "sd_of_expert_change": round(agreement.sd_of_expert_change, 3),
    }


def _method(rows: Sequence[Row]) -> str:
    folds = len({row["fold"] for row in rows})
    partitions = len({row["partition"] for row in rows})
    return (
        f"Cross-validation grouped by patient, {folds} folds, {partitions} random partitions, figures averaged over "
        "the partitions. The severity networks saw no score and no opacity mask of a test patient; the lung segmenter "
        "behind the scores saw no lung mask of any patient with a scored film, and the one whose masks are compared "
        "with the drawn ones none of that patient; the shipped one learned from all. Before, eight configurations had "
        "been compared on another partition of "
        "the same films and on the first of these. Scores are stretched by a factor per scale, fitted without "
        "the patient. Films under NoDerivatives licences were only tested on. Each figure: value, then its 95 % "
        "patient-bootstrap interval."
    )


def _by_subgroup(films: Mapping[str, DataSetFilm], judged: Sequence[JudgedFilm]) -> dict[str, object]:
    """Return error and bias of views, sexes and sources of ten films or more."""
    groups: dict[str, list[JudgedFilm]] = defaultdict(list)
    for film in judged:
        described = films[film.film_id]
        for name in (f"view {film.view}", f"sex {described.sex or 'unknown'}", f"source {described.source}"):
            groups[name].append(film)
    figures: dict[str, object] = {}
    for name in sorted(groups):
        if len(groups[name]) >= _SMALLEST_GROUP:
            agreement = evaluate_agreement(groups[name])
            figures[name] = {
                "n_films": agreement.n_films,
                "n_patients": agreement.n_patients,
                "mae": agreement.mae.as_list(),
                "bias": agreement.bias.as_list(),
            }
    return figures


def _coverage(judged: Sequence[JudgedFilm], maximum: float) -> dict[str, object]:
    """Return coverage over all films, by severity (thirds of the scale) and by likeness to the training films."""
    held = leave_one_patient_out(judged, INTERVAL_LEVEL)
    groups = {
        "all": held,
        "mild": [held_film for held_film in held if held_film.film.expert < maximum / 3],
        "moderate": [held_film for held_film in held if maximum / 3 <= held_film.film.expert < 2 * maximum / 3],
        "severe": [held_film for held_film in held if held_film.film.expert >= 2 * maximum / 3],
        "like the training films": [held_film for held_film in held if np.mean(held_film.film.widening) <= _LIKE],
        "unlike the training films": [held_film for held_film in held if np.mean(held_film.film.widening) > _LIKE],
    }
    return {name: _coverage_figures(coverage_of(group)) for name, group in groups.items() if group}


def _coverage_figures(coverage: Coverage) -> dict[str, object]:
    return {
        "n_films": coverage.n_films,
        "share": [round(value, 3) for value in (coverage.share, coverage.low, coverage.high)],
        "mean_half_width": round(coverage.half_width, 2),
    }


def _normals(evidence: Path) -> dict[str, object]:
    """Return what networks that had not seen a patient say of the patient's films without finding."""
    said: dict[str, list[float]] = defaultdict(list)
    for row in read_table(evidence / NORMALS_OUT_OF_FOLD, ("film_id", "partition")):
        value = out_of_fold_value(row, Measure.GEOGRAPHIC_EXTENT.value)
        if value is not None:
            said[row["film_id"]].append(value)
    partitions = np.array(list(said.values())).T
    quartiles = np.percentile(partitions, (25, 50, 75), axis=1).mean(axis=1)
    return {
        "n_films": len(said),
        "geographic_extent_quartiles": [round(float(value), 2) for value in quartiles],
        "out_of_fold": True,
    }


def _dice_figures(films: Mapping[str, DataSetFilm], rows: Sequence[Row]) -> dict[str, object]:
    """Return the overlap of found with drawn lungs, both as one field, by source; patients not seen in training."""
    dice: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        dice[films[row["film_id"]].source].append(float(row["dice_lungs"]))
    return {
        source: {"n_films": len(dice[source]), "mean": round(float(np.mean(dice[source])), 3)}
        for source in sorted(dice)
    }


def _group_figures(
    films: Mapping[str, DataSetFilm], rows: Sequence[Row], source: str, finding: str | None
) -> dict[str, object]:
    chosen = [row for row in rows if _is_of_group(films[row["film_id"]], source, finding)]
    extents = [float(row["geographic_extent"]) for row in chosen if row["geographic_extent"]]
    quartiles: list[float] = np.percentile(extents, (25, 50, 75)).tolist() if extents else []
    return {
        "n_films": len(extents),
        "n_without_lungs_found": len(chosen) - len(extents),
        "geographic_extent_quartiles": [round(value, 2) for value in quartiles],
    }


def _is_of_group(film: DataSetFilm, source: str, finding: str | None) -> bool:
    return film.source == source and (finding is None or film.finding.lower() == finding)

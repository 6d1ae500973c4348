"""The embedded scorer's figures, recomputed from its out-of-fold predictions and the experts' values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from core.evaluation.acquisition import stated_acquisition
from core.evaluation.agreement import Agreement, JudgedFilm, evaluate_agreement
from core.evaluation.change_classes import taken_differently
from core.evaluation.change_noise import (
    JudgedChange,
    consecutive_changes,
    evaluate_change,
)
from core.evaluation.conformal import conformal_half_width
from core.evaluation.evidence import EVIDENCE
from core.evaluation.recalibration import recalibrated
from core.research.evaluation.conformal import (
    FEWEST_PATIENTS,
    Coverage,
    HeldFilm,
    coverage_of,
    held_out,
    leave_one_patient_out,
    level_shape,
)
from core.research.evaluation.dataset import DataSetFilm, read_data_set, read_table
from core.research.evaluation.opacity.scales import on_one_scale
from core.research.evaluation.opacity.segmentation import COLUMNS as OVERLAP_COLUMNS
from core.research.evaluation.opacity.segmentation import drawn_fractions, segmentation_figures
from core.research.evaluation.prediction import out_of_fold_value
from core.scoring.models.embedded.likeness import widening
from core.types import Measure, PatientPosition

OUT_OF_FOLD = "embedded-out-of-fold.csv"
NORMALS_OUT_OF_FOLD = "embedded-normals-out-of-fold.csv"
SEGMENTATION_OUT_OF_FOLD = "embedded-segmentation-out-of-fold.csv"
SERIES = "embedded-series.csv"
INTERVAL_LEVEL = 0.9

_SMALLEST_GROUP = 10
_LIKE = 1.05

Row = Mapping[str, str]


def evaluate_embedded(data: Path, evidence: Path = EVIDENCE) -> dict[str, object]:
    """Recompute the figures that the card carries as evidence.

    Parameters
    ----------
    data : Path
        Folder with `films.csv` and `scores.csv`; those of its folder `more/` count too.
    evidence : Path
        Folder with the out-of-fold predictions and those of films without an expert's score.

    Raises
    ------
    DataSetInvalidError
        A table is missing or not of the documented form.
    """
    films = {film.film_id: film for film in read_data_set(data, more=True)}
    rows = read_table(evidence / OUT_OF_FOLD, ("film_id", "partition", "unlikeness"))
    judged = {measure: judged_films(films, rows, measure.value) for measure in Measure}
    moved = {film.film_id: film for film in on_one_scale(list(films.values()))}
    brixia = judged_films(films, rows, "brixia_senior")
    one_scale = {measure: judged_films(moved, rows, measure.value) for measure in Measure}
    scales = {
        **{measure.value: films_of_scale for measure, films_of_scale in one_scale.items()},
        "brixia_senior": brixia,
    }
    changes = {
        name: [change for change in consecutive_changes(films_of_scale) if not taken_differently(change)]
        for name, films_of_scale in scales.items()
    }
    series = read_table(evidence / SERIES, ("film_id", "geographic_extent"))
    segmented = read_table(evidence / SEGMENTATION_OUT_OF_FOLD, OVERLAP_COLUMNS)
    return {
        "method": _method(rows),
        "agreement": {
            **{measure.value: agreement_figures(evaluate_agreement(judged[measure])) for measure in Measure},
            **_opacity_0_8(films, rows),
            "brixia_senior": agreement_figures(evaluate_agreement(brixia)),
        },
        "geographic_extent_by_subgroup": _by_subgroup(films, judged[Measure.GEOGRAPHIC_EXTENT]),
        "brixia_senior_by_subgroup": _by_subgroup(films, brixia),
        "segmentation": segmentation_figures(films, drawn_fractions(data), segmented).as_evidence(),
        "lungs_dice_of_all_drawn_films": _dice_figures(films, segmented),
        "change_between_films_taken_alike": {name: change_figures(of_scale) for name, of_scale in changes.items()},
        "interval": _interval(films, one_scale),
        "films_without_finding": {
            "nih": _normals(evidence),
            "actualmed": _group_figures(films, series, "actualmed", "no finding"),
            "note": (
                "A healthy chest should score near 0. NIH: out of fold; labels were text-mined and are noisy. "
                "Actualmed: by networks that had not seen the patient."
            ),
        },
        "bedside_films_hannover": _group_figures(films, series, "hannover", None),
    }


def judged_films(
    films: Mapping[str, DataSetFilm], rows: Sequence[Row], scale: str, experts: str = ""
) -> list[JudgedFilm]:
    """Collect the films that have a value of `experts` (of `scale` unless named), with a prediction per partition."""
    experts = experts or scale
    predictions: dict[str, dict[int, tuple[float, float]]] = defaultdict(dict)
    for row in rows:
        said = out_of_fold_value(row, scale)
        if said is not None and experts in films[row["film_id"]].experts:
            predictions[row["film_id"]][int(row["partition"])] = said, widening(float(row["unlikeness"]))
    judged = []
    for film_id in sorted(predictions):
        film = films[film_id]
        said_and_widened = [predictions[film_id][partition] for partition in sorted(predictions[film_id])]
        predicted, widened = zip(*said_and_widened, strict=True)
        judged.append(
            JudgedFilm(film_id, film.patient_id, film.experts[experts], predicted, film.day, film.view, widened)
        )
    return judged


def _opacity_0_8(films: Mapping[str, DataSetFilm], rows: Sequence[Row]) -> dict[str, object]:
    """Return the agreement on experts' opacity of 0-8; a line fitted without the patient moves the scorer's there."""
    judged = judged_films(films, rows, "opacity", experts="opacity_0_8")
    if not judged:
        return {}
    return {"opacity_0_8": agreement_figures(evaluate_agreement(recalibrated(judged, 8.0)))}


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
        "with the drawn ones none of that patient; the shipped one learned from all. Before, five configurations had "
        "been compared on inner folds of the training patients of one fold. Scores are stretched by a factor per "
        "scale, fitted without the patient. Films under NoDerivatives licences were only tested on. Each figure: "
        "value, then its 95 % patient-bootstrap interval."
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


def _interval(films: Mapping[str, DataSetFilm], judged: Mapping[Measure, Sequence[JudgedFilm]]) -> dict[str, object]:
    """Return the intervals that the scorer states, and how often such ones held the experts' value."""
    shapes = {measure: level_shape(judged[measure], INTERVAL_LEVEL, measure.maximum) for measure in Measure}
    return {
        "level": INTERVAL_LEVEL,
        "half_width": {m.value: round(conformal_half_width(judged[m], INTERVAL_LEVEL, shapes[m]), 3) for m in Measure},
        "shape": {measure.value: asdict(shape) for measure, shape in shapes.items()},
        "coverage_leaving_each_patient_out": {m.value: _coverage(judged[m], m.maximum) for m in Measure},
        "coverage_leaving_each_source_out": {
            m.value: _coverage_by_source(films, judged[m], m.maximum) for m in Measure
        },
    }


def _coverage_by_source(
    films: Mapping[str, DataSetFilm], judged: Sequence[JudgedFilm], maximum: float
) -> dict[str, object]:
    """Return the coverage of each source's films by intervals from the other sources, where these are enough."""
    figures: dict[str, object] = {}
    for source in sorted({films[film.film_id].source for film in judged}):
        inside = [film for film in judged if films[film.film_id].source == source]
        others = [film for film in judged if films[film.film_id].source != source]
        if len({film.patient_id for film in others}) >= FEWEST_PATIENTS:
            figures[source] = _coverage_figures(coverage_of(held_out(inside, others, INTERVAL_LEVEL, maximum)))
    return figures


def _coverage(judged: Sequence[JudgedFilm], maximum: float) -> dict[str, object]:
    """Return coverage over all films, by severity, predicted level, projection, and likeness to the training films.

    Severity by thirds of the scale, predicted level by its quarters.
    """
    held = leave_one_patient_out(judged, INTERVAL_LEVEL, maximum)
    groups = {
        "all": held,
        "mild": [held_film for held_film in held if held_film.film.expert < maximum / 3],
        "moderate": [held_film for held_film in held if maximum / 3 <= held_film.film.expert < 2 * maximum / 3],
        "severe": [held_film for held_film in held if held_film.film.expert >= 2 * maximum / 3],
        "like the training films": [held_film for held_film in held if np.mean(held_film.film.widening) <= _LIKE],
        "unlike the training films": [held_film for held_film in held if np.mean(held_film.film.widening) > _LIKE],
    }
    by_film: dict[str, list[HeldFilm]] = defaultdict(list)
    for held_film in held:
        view, position = stated_acquisition(held_film.film.view)
        quarter = min(int(4 * held_film.film.said / maximum), 3)
        by_film[f"predicted, quarter {quarter + 1} of the scale"].append(held_film)
        by_film[f"projection {view.value}"].append(held_film)
        if position is not PatientPosition.UNKNOWN:
            by_film[f"projection {view.value}, {position.value}"].append(held_film)
    groups |= dict(sorted(by_film.items()))
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

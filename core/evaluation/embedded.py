"""The embedded scorer's figures, recomputed from its out-of-fold predictions and the experts' values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.evaluation.agreement import Agreement, JudgedFilm, evaluate_agreement
from core.evaluation.change import JudgedChange, consecutive_changes, evaluate_change, measure_change_noise
from core.evaluation.conformal import conformal_half_width, leave_one_patient_out_coverage
from core.evaluation.dataset import BRIXIA_ZONES, DataSetFilm, read_data_set, read_table
from core.types import ChangeNoise, Measure

EVIDENCE = Path(__file__).resolve().parents[2] / "docs" / "evidence"
OUT_OF_FOLD = "embedded-out-of-fold.csv"
LUNGS_OUT_OF_FOLD = "embedded-lungs-out-of-fold.csv"
UNSCORED = "embedded-unscored.csv"
INTERVAL_LEVEL = 0.9

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
    rows = read_table(evidence / OUT_OF_FOLD, ("film_id", "partition"))
    judged = {measure: judged_films(films, rows, measure.value, _READERS[measure.value]) for measure in Measure}
    brixia = judged_films(films, rows, "brixia_senior", _brixia)
    changes = {measure: consecutive_changes(judged[measure]) for measure in Measure}
    unscored = read_table(evidence / UNSCORED, ("film_id", "geographic_extent"))
    return EmbeddedFigures(
        noise={measure: measure_change_noise(changes[measure], _NOISE_SOURCE) for measure in Measure},
        evidence={
            "method": _method(rows),
            "agreement": {
                **{measure.value: agreement_figures(evaluate_agreement(judged[measure])) for measure in Measure},
                "brixia_senior": agreement_figures(evaluate_agreement(brixia)),
            },
            "brixia_senior_by_view": _by_view(brixia),
            "lungs_dice": _dice_figures(films, read_table(evidence / LUNGS_OUT_OF_FOLD, ("film_id", "dice_right"))),
            "change": {measure.value: _change_figures(changes[measure]) for measure in Measure},
            "interval": _interval_figures(judged),
            **_unscored_figures(films, unscored),
        },
    )


def judged_films(
    films: Mapping[str, DataSetFilm], rows: Sequence[Row], expert: str, value: Callable[[Row], float]
) -> list[JudgedFilm]:
    """Collect the films that have `expert`'s value, each with one prediction per partition."""
    predictions: dict[str, dict[int, float]] = defaultdict(dict)
    for row in rows:
        predictions[row["film_id"]][int(row["partition"])] = value(row)
    return [
        JudgedFilm(
            film_id,
            films[film_id].patient_id,
            films[film_id].experts[expert],
            tuple(said for _partition, said in sorted(predictions[film_id].items())),
            films[film_id].day,
            films[film_id].view,
        )
        for film_id in sorted(predictions)
        if expert in films[film_id].experts
    ]


def agreement_figures(agreement: Agreement) -> dict[str, object]:
    """Return an agreement as the card carries it: each figure with its 95 % patient-bootstrap interval."""
    return {
        "n_films": agreement.n_films,
        "n_patients": agreement.n_patients,
        **{name: getattr(agreement, name).as_list() for name in ("mae", "bias", "r", "slope")},
        "mae_by_partition": [round(mae, 3) for mae in agreement.mae_by_partition],
        "mae_constant": round(agreement.mae_constant, 3),
    }


def _sum_of_lungs(measure: str, per_lung: float) -> Callable[[Row], float]:
    def value(row: Row) -> float:
        return sum(min(max(float(row[f"{measure}_{side}"]), 0.0), per_lung) for side in ("right", "left"))

    return value


_READERS = {"geographic_extent": _sum_of_lungs("geographic_extent", 4), "opacity": _sum_of_lungs("opacity", 3)}


def _brixia(row: Row) -> float:
    return sum(min(max(float(row[f"zone_{zone}"]), 0.0), 3.0) for zone in BRIXIA_ZONES)


def _method(rows: Sequence[Row]) -> str:
    folds = len({row["fold"] for row in rows})
    partitions = len({row["partition"] for row in rows})
    return (
        f"Cross-validation grouped by patient, {folds} folds, {partitions} random partitions, figures averaged over "
        "the partitions. The severity networks saw no score and no opacity mask of a test patient; the lung segmenter "
        "saw no lung mask of the patient it was used on; those that prepared the training films may have seen lung "
        "masks, never scores, of test patients. The configuration was fixed beforehand. Films under "
        "NoDerivatives licences were only tested on. Each figure: value, then its 95 % patient-bootstrap interval."
    )


def _by_view(films: Sequence[JudgedFilm]) -> dict[str, object]:
    figures: dict[str, object] = {}
    for view in ("PA", "AP", "AP Supine"):
        chosen = [film for film in films if film.view == view]
        if len(chosen) >= 10:
            agreement = evaluate_agreement(chosen)
            figures[view] = {
                "n_films": agreement.n_films,
                "n_patients": agreement.n_patients,
                "mae": agreement.mae.as_list(),
                "bias": agreement.bias.as_list(),
            }
    return figures


def _dice_figures(films: Mapping[str, DataSetFilm], rows: Sequence[Row]) -> dict[str, object]:
    """Return the overlap of found with drawn lungs, mean of both lungs, by source; patients not seen in training."""
    dice: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        dice[films[row["film_id"]].source].append((float(row["dice_right"]) + float(row["dice_left"])) / 2)
    return {
        source: {"n_films": len(dice[source]), "mean": round(float(np.mean(dice[source])), 3)}
        for source in sorted(dice)
    }


def _change_figures(changes: Sequence[JudgedChange]) -> dict[str, object]:
    agreement = evaluate_change(changes)
    return {
        "n_pairs": len(changes),
        "n_patients": len({change.patient_id for change in changes}),
        "r": agreement.r.as_list(),
        "slope_of_expert_on_predicted": agreement.slope.as_list(),
        "sd_of_expert_change": round(agreement.sd_of_expert_change, 3),
    }


def _interval_figures(judged: Mapping[Measure, Sequence[JudgedFilm]]) -> dict[str, object]:
    return {
        "level": INTERVAL_LEVEL,
        "half_width": {
            measure.value: round(conformal_half_width(films, INTERVAL_LEVEL), 3) for measure, films in judged.items()
        },
        "coverage_leaving_each_patient_out": {
            measure.value: round(leave_one_patient_out_coverage(films, INTERVAL_LEVEL), 3)
            for measure, films in judged.items()
        },
    }


def _unscored_figures(films: Mapping[str, DataSetFilm], rows: Sequence[Row]) -> dict[str, object]:
    """Return what the shipped weights say of normal films and of bedside films, which have no expert's score."""
    return {
        "films_without_finding": {
            "nih": _group_figures(films, rows, "nih", "no finding"),
            "actualmed": _group_figures(films, rows, "actualmed", "no finding"),
            "note": "A healthy chest should score near 0. Labels of NIH films were text-mined and are noisy.",
        },
        "bedside_films_hannover": _group_figures(films, rows, "hannover", None),
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

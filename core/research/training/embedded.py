"""Training of the embedded scorer, out-of-fold predictions first, the shipped weights last.

Every step leaves a file in the output folder and is passed over when the file is there, so an interrupted
training goes on where it stopped. The configuration stands in `TrainingPlan`; nothing in it is chosen by what is
reported.
"""

from __future__ import annotations

import csv
import json
import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

from core.research.evaluation.dataset import read_table
from core.research.evaluation.embedded import NORMALS_OUT_OF_FOLD, OUT_OF_FOLD, SEGMENTATION_OUT_OF_FOLD
from core.research.evaluation.maps.pointing import Point, points_file, read_points, write_points
from core.research.evaluation.opacity.segmentation import measure_overlap, overlap_row, write_overlaps
from core.research.evaluation.prediction import COLUMNS, out_of_fold_value
from core.research.training.folds import patient_folds
from core.research.training.pictures.views import LungViews
from core.research.training.pointing import point_held_out
from core.research.training.steps import (
    SERIES_SOURCES,
    TrainingPlan,
    TrainingRun,
    films_per_patient,
    fitted_likeness,
    is_normal,
    kept_curves,
    prepared_run,
    segmenter_without,
    severity_start,
    trained_members,
    unrolled_views,
)
from core.research.training.stretch import Stretch
from core.scoring.models.embedded.inference import FilmInference, film_masks, find_lungs, read_lungs
from core.scoring.models.embedded.likeness import Likeness, mean_unlikeness
from core.scoring.models.embedded.network import LungSegmenter, SeverityNetwork
from core.scoring.models.embedded.scorer import STRETCHED, Networks

log = logging.getLogger(__name__)

SERIES_OUT_OF_FOLD = "embedded-series-out-of-fold.csv"
OUT_OF_FOLD_COLUMNS = (
    "film_id", "partition", "fold",
    "geographic_extent_right", "geographic_extent_left", "opacity_right", "opacity_left",
    "zone_A", "zone_B", "zone_C", "zone_D", "zone_E", "zone_F",
    "unlikeness",
)  # fmt: skip


def train(data: Path, out: Path, *, seed: int = 0, plan: TrainingPlan | None = None) -> Path:
    """Train the embedded scorer on a data folder.

    Parameters
    ----------
    data : Path
        Folder with `films.csv`, `scores.csv`, `opacity.csv` and the films.
    out : Path
        Receives every step's result, among them `embedded-out-of-fold.csv` and `embedded.safetensors`.
    seed : int
        Of partitions, initial weights and augmentation.
    plan : TrainingPlan, optional

    Returns
    -------
    Path
        The weight file.

    Raises
    ------
    DataSetInvalidError
        The tables are not of the documented form, or no film is left to train on.

    Notes
    -----
    Films whose licence forbids derived works train nothing, neither in the folds nor in the shipped weights; they
    are only predicted.
    """
    run = prepared_run(data, out, plan or TrainingPlan(), seed)
    views, start = unrolled_views(run), severity_start(run)
    stretch = _predict_out_of_fold(run, views, start)
    segmenter = segmenter_without(run, None)
    members = trained_members(run, views, views.film_ids, start, seed=seed, kept=out / "severity")
    likeness = fitted_likeness(run, views, views.film_ids, members)
    _write_training_films(run, views)
    record = {"seed": seed, "plan": asdict(run.plan), "torch": torch.__version__, "loss": kept_curves(out)}
    (out / "training-log.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return _write_weights(out / "embedded.safetensors", segmenter, members, likeness, stretch.factors())


def _partition_folds(run: TrainingRun, views: LungViews, partition: int) -> Mapping[str, int]:
    """Return every patient's fold in one partition; the first one is that of the segmentation.

    Patients with scored films and those with films without finding are dealt out apart, so that every fold has its
    share of both.
    """
    scored = {i: run.films[i] for i in views.film_ids if run.is_scored(i)}
    counted = [film_id for film_id, film in scored.items() if "geographic_extent" in film.experts]
    seed = run.seed + partition
    folds = run.folds if partition == 1 else patient_folds(films_per_patient(scored, counted), run.plan.folds, seed)
    normal = {i: run.films[i] for i in views.film_ids if run.films[i].patient_id not in folds}
    return {**patient_folds(films_per_patient(normal, list(normal)), run.plan.folds, seed), **folds}


def _predict_out_of_fold(run: TrainingRun, views: LungViews, start: SeverityNetwork | None) -> Stretch:
    """Predict every film once per partition, by networks that have not seen its patient.

    Films that the pretraining painted on are left out.
    """
    overlaps: list[list[str]] = []
    points: list[Point] = []
    rows: list[dict[str, str]] = []
    for partition in range(1, run.plan.partitions + 1):
        folds = _partition_folds(run, views, partition)
        for fold in range(run.plan.folds):
            rows += read_table(_predict_fold(run, views, folds, start, (partition, fold)), OUT_OF_FOLD_COLUMNS)
            if partition == 1:
                overlaps += _overlaps(run, views, fold)
                points += _points(run, views, fold)
    write_points(points, run.out / points_file("embedded"))
    write_overlaps(overlaps, run.out / SEGMENTATION_OUT_OF_FOLD)
    stretch = Stretch(run.films, rows)
    stretched = [list(stretch.stretched(row).values()) for row in rows]
    scored = [row for row in stretched if run.films[row[0]].experts]
    _write_rows(run.out / SERIES_OUT_OF_FOLD, COLUMNS, _series(run, stretched))
    normal = [row for row in stretched if is_normal(run.films[row[0]])]
    _write_rows(run.out / OUT_OF_FOLD, OUT_OF_FOLD_COLUMNS, scored)
    _write_rows(run.out / NORMALS_OUT_OF_FOLD, OUT_OF_FOLD_COLUMNS, normal)
    return stretch


def _series(run: TrainingRun, rows: Sequence[Sequence[str]]) -> list[list[str]]:
    """Return what is said of each film of `SERIES_SOURCES`, the mean over the partitions."""
    said: dict[str, list[tuple[float, ...]]] = defaultdict(list)
    for row in rows:
        of_film = dict(zip(OUT_OF_FOLD_COLUMNS, row, strict=True))
        if run.films[of_film["film_id"]].source in SERIES_SOURCES:
            extents = [min(max(float(of_film[f"geographic_extent_{side}"]), 0.0), 4.0) for side in ("right", "left")]
            opacity = out_of_fold_value(of_film, "opacity") or 0.0
            said[of_film["film_id"]].append((sum(extents), *extents, opacity))
    return [[film_id, *(f"{value:.3f}" for value in np.mean(of_film, axis=0))] for film_id, of_film in said.items()]


def _predict_fold(
    run: TrainingRun, views: LungViews, folds: Mapping[str, int], start: SeverityNetwork | None, place: tuple[int, int]
) -> Path:
    partition, fold = place
    part = run.out / f"out-of-fold-{partition}-{fold}.csv"
    if part.is_file():
        return part
    log.info("Partition %d, fold %d", partition, fold)
    fold_of = {film_id: folds[run.films[film_id].patient_id] for film_id in views.film_ids}
    seen = [film_id for film_id in views.film_ids if fold_of[film_id] != fold]
    # Only the first partition's networks are kept: the opacity they find is measured too.
    kept = run.out / f"severity-fold-{fold}" if partition == 1 else None
    members = trained_members(run, views, seen, start, seed=run.seed + 1000 * partition + 100 * fold, kept=kept)
    likeness = fitted_likeness(run, views, seen, members)
    rows = []
    for film_id in views.film_ids:
        if fold_of[film_id] == fold and run.films[film_id].patient_id not in run.painted_on:
            inference = read_lungs(members, views.inner(film_id))
            rows.append(_row(film_id, partition, fold, inference, mean_unlikeness(likeness, inference.features)))
    _write_rows(part, OUT_OF_FOLD_COLUMNS, rows)
    return part


def _overlaps(run: TrainingRun, views: LungViews, fold: int) -> list[list[str]]:
    """Return how masks of networks that have not seen a patient meet what was drawn on the patient's films."""
    segmenter = segmenter_without(run, fold)
    kept = run.out / f"severity-fold-{fold}"
    members = trained_members(run, views, [], None, seed=0, kept=kept)
    rows = []
    for film_id, drawn in run.frames.lungs.items():
        if run.segmenter_fold(film_id) != fold:
            continue
        found = find_lungs(segmenter, run.frames.frame(film_id))
        if found is None:
            log.warning("No lungs found on %s", film_id)
            continue
        masks = film_masks(read_lungs(members, found.unrolled), found)
        painted = run.frames.opacities.get(film_id)
        overlap = measure_overlap(
            masks,
            drawn.astype(np.float32) / np.float32(255),
            None if painted is None else painted.astype(np.float32) / np.float32(255),
        )
        rows.append(overlap_row(film_id, fold, overlap))
    return rows


def _points(run: TrainingRun, views: LungViews, fold: int) -> list[Point]:
    """Return where the maps of networks that have not seen a patient are highest on the patient's painted films."""
    kept = run.out / f"points-{fold}.csv"
    if kept.is_file():
        return read_points(kept)
    painted = [film for film in run.frames.opacities if run.segmenter_fold(film) == fold]
    members = trained_members(run, views, [], None, seed=0, kept=run.out / f"severity-fold-{fold}")
    # Maps ask for no interval, and look the same on any scale.
    networks = Networks(segmenter_without(run, fold), members, (), dict.fromkeys(STRETCHED, 1.0))
    points = point_held_out(run.data, painted, networks)
    write_points(points, kept)
    return points


def _row(film_id: str, partition: int, fold: int, inference: FilmInference, unlikeness: float) -> list[str]:
    values = (*inference.geographic_extent, *inference.opacity, *inference.zones, unlikeness)
    return [film_id, str(partition), str(fold), *(f"{value:.4f}" for value in values)]


def _write_training_films(run: TrainingRun, views: LungViews) -> None:
    """Write which film trained what, with its licence and where to look it up."""
    rows = []
    for film_id, film in sorted(run.films.items()):
        parts = [
            ("lungs", film_id in run.frames.lungs),
            ("severity", film_id in views.rows and run.is_scored(film_id)),
            ("normal", film_id in views.rows and is_normal(film)),
        ]
        used = "+".join(name for name, is_used in parts if is_used)
        if used and not film.no_derivatives:
            rows.append([film_id, film.source, used, film.licence, film.url])
    _write_rows(run.out / "training-films.csv", ("film_id", "source", "trained", "licence", "url"), rows)


def _write_rows(path: Path, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


def _write_weights(
    path: Path,
    segmenter: LungSegmenter,
    members: Sequence[SeverityNetwork],
    likeness: Sequence[Likeness],
    factors: Mapping[str, float],
) -> Path:
    """Write all networks into one file, in half precision, what their training films looked like, and the factors."""
    parts = {"segmenter": segmenter, **{f"severity.{place}": network for place, network in enumerate(members)}}
    tensors = {
        f"{part}.{name}": tensor.half().contiguous() if tensor.is_floating_point() else tensor
        for part, network in parts.items()
        for name, tensor in network.state_dict().items()
    }
    for place, of_network in enumerate(likeness):
        for name, values in (
            ("mean", of_network.mean),
            ("whitening", of_network.whitening),
            ("usual", np.array(of_network.usual)),
        ):
            tensors[f"likeness.{place}.{name}"] = torch.from_numpy(np.ascontiguousarray(values)).float()
    for scale, factor in factors.items():
        tensors[f"stretch.{scale}"] = torch.tensor(factor)
    save_file(tensors, path)
    return path

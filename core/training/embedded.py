"""Training of the embedded scorer, out-of-fold predictions first, the shipped weights last.

Every step leaves a file in the output folder and is passed over when the file is there, so an interrupted
training goes on where it stopped. The configuration stands in `TrainingPlan`; nothing in it is chosen by what is
reported.
"""

from __future__ import annotations

import csv
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from core.errors import DataSetInvalidError
from core.evaluation.dataset import DataSetFilm, read_data_set, read_table
from core.evaluation.embedded import NORMALS_OUT_OF_FOLD, OUT_OF_FOLD, SEGMENTATION_OUT_OF_FOLD
from core.evaluation.segmentation import measure_overlap, overlap_row, write_overlaps
from core.scoring.models.embedded.likeness import Likeness, fit_likeness, mean_unlikeness
from core.scoring.models.embedded.network import LungSegmenter, SeverityNetwork
from core.scoring.models.embedded.reading import FilmReading, film_masks, find_lungs, read_lungs
from core.training.folds import patient_folds
from core.training.frames import Frames, prepare_frames
from core.training.masks import lung_masks
from core.training.segmentation import SegmentationPlan, train_segmenter
from core.training.severity import SeverityPlan, train_severity
from core.training.stretch import Stretch
from core.training.views import LungViews, prepare_views

log = logging.getLogger(__name__)

OUT_OF_FOLD_COLUMNS = (
    "film_id", "partition", "fold",
    "geographic_extent_right", "geographic_extent_left", "opacity_right", "opacity_left",
    "zone_A", "zone_B", "zone_C", "zone_D", "zone_E", "zone_F",
    "unlikeness",
)  # fmt: skip

_SCORED_EXPOSURES, _NORMAL_EXPOSURES = 8, 2


@dataclass(frozen=True)
class TrainingPlan:
    """The whole configuration of a training.

    Attributes
    ----------
    folds : int
        Folds of patients, of the segmentation and of every partition.
    partitions : int
        Random partitions for which out-of-fold predictions are made.
    """

    folds: int = 5
    partitions: int = 5
    segmentation: SegmentationPlan = field(default_factory=SegmentationPlan)
    severity: SeverityPlan = field(default_factory=SeverityPlan)


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
    run = _prepared_run(data, out, plan or TrainingPlan(), seed)
    segmenters = [_segmenter(run, fold) for fold in range(run.plan.folds)]
    views = _cross_fitted_views(run, segmenters)
    stretch = _predict_out_of_fold(run, views, segmenters)
    segmenter = _segmenter(run, None)
    members = _members(run, views, views.film_ids, seed=seed, kept=out / "severity")
    likeness = _likeness(run, views, views.film_ids, members)
    _write_training_films(run, views)
    record = {"seed": seed, "plan": asdict(run.plan), "torch": torch.__version__}
    (out / "training-log.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return _write_weights(out / "embedded.safetensors", segmenter, members, likeness, stretch.factors())


def training_candidates(data: Path) -> list[DataSetFilm]:
    """Return the films that have an expert's score, a drawn lung or a painted opacity, and those without finding.

    Films that their source keeps for tests are left out.
    """
    films = [film for film in read_data_set(data) if film.split != "test"]
    drawn = set(lung_masks(data, films))
    return [film for film in films if film.experts or film.film_id in drawn or is_normal(film)]


def is_normal(film: DataSetFilm) -> bool:
    """Say whether a film is labelled "no finding" in the one source with many such.

    The other sources' films without finding stay out of the training, so that they can tell whether what was learned
    from these holds elsewhere.
    """
    return film.source == "nih" and film.finding.lower() == "no finding" and not film.experts


@dataclass(frozen=True)
class _Run:
    """One training: its films by id, their frames, the patients' folds of the segmentation, where its results go.

    Patients of whom there are only films without finding have no fold in `folds`: the segmenter learns from none.
    """

    films: Mapping[str, DataSetFilm]
    frames: Frames
    folds: Mapping[str, int]
    out: Path
    plan: TrainingPlan
    seed: int

    def is_scored(self, film_id: str) -> bool:
        """Say whether the film teaches severity by an expert's score or a painted opacity."""
        return bool(self.films[film_id].experts) or film_id in self.frames.opacities

    def segmenter_fold(self, film_id: str) -> int:
        """Return the number of a segmenter that has not seen the film's patient."""
        return self.folds.get(self.films[film_id].patient_id, 0)


def _prepared_run(data: Path, out: Path, plan: TrainingPlan, seed: int) -> _Run:
    out.mkdir(parents=True, exist_ok=True)
    films = {film.film_id: film for film in training_candidates(data)}
    frames = prepare_frames(data, list(films.values()), out / "frames.npz")
    segmented = {i: film for i, film in films.items() if film.experts or i in frames.lungs}
    folds = patient_folds(_films_per_patient(segmented, list(frames.lungs)), plan.folds, seed)
    return _Run(films, frames, folds, out, plan, seed)


def _films_per_patient(films: Mapping[str, DataSetFilm], counted: Sequence[str]) -> dict[str, int]:
    weights = {film.patient_id: 0 for film in films.values()}
    for film_id in counted:
        weights[films[film_id].patient_id] += 1
    return weights


def _segmenter(run: _Run, held_out: int | None) -> LungSegmenter:
    """Return the segmenter that has not seen the patients of fold `held_out`; None: the one that saw all."""
    kept = run.out / f"segmenter-{'all' if held_out is None else held_out}.safetensors"
    if kept.is_file():
        network = LungSegmenter().eval()
        network.load_state_dict(load_file(kept))
        return network
    chosen = [
        i for i, film in run.films.items() if not film.no_derivatives and run.folds.get(film.patient_id) != held_out
    ]
    log.info("Training the segmenter without fold %s", held_out)
    network = train_segmenter(run.frames, chosen, run.plan.segmentation, run.seed)
    _save(network, kept)
    return network


def _cross_fitted_views(run: _Run, segmenters: Sequence[LungSegmenter]) -> LungViews:
    """Unroll every film that teaches severity by a segmenter that has not seen its patient."""
    chosen = [film_id for film_id, film in run.films.items() if run.is_scored(film_id) or is_normal(film)]
    return prepare_views(
        run.frames,
        chosen,
        exposures=lambda film_id: _SCORED_EXPOSURES if run.is_scored(film_id) else _NORMAL_EXPOSURES,
        segmenter=lambda film_id: segmenters[run.segmenter_fold(film_id)],
        cache=run.out / "views.npz",
    )


def _partition_folds(run: _Run, views: LungViews, partition: int) -> Mapping[str, int]:
    """Return every patient's fold in one partition; the first one is that of the segmentation.

    Patients with scored films and those with films without finding are dealt out apart, so that every fold has its
    share of both.
    """
    scored = {i: run.films[i] for i in views.film_ids if run.is_scored(i)}
    counted = [film_id for film_id, film in scored.items() if "geographic_extent" in film.experts]
    seed = run.seed + partition
    folds = run.folds if partition == 1 else patient_folds(_films_per_patient(scored, counted), run.plan.folds, seed)
    normal = {i: run.films[i] for i in views.film_ids if run.films[i].patient_id not in folds}
    return {**patient_folds(_films_per_patient(normal, list(normal)), run.plan.folds, seed), **folds}


def _predict_out_of_fold(run: _Run, views: LungViews, segmenters: Sequence[LungSegmenter]) -> Stretch:
    """Predict every film once per partition, by networks that have not seen its patient."""
    overlaps: list[list[str]] = []
    rows: list[dict[str, str]] = []
    for partition in range(1, run.plan.partitions + 1):
        folds = _partition_folds(run, views, partition)
        for fold in range(run.plan.folds):
            rows += read_table(_predict_fold(run, views, folds, partition, fold), OUT_OF_FOLD_COLUMNS)
            if partition == 1:
                overlaps += _overlaps(run, views, segmenters[fold], fold)
    write_overlaps(overlaps, run.out / SEGMENTATION_OUT_OF_FOLD)
    stretch = Stretch(run.films, rows)
    stretched = [list(stretch.stretched(row).values()) for row in rows]
    scored = [row for row in stretched if run.films[row[0]].experts]
    normal = [row for row in stretched if is_normal(run.films[row[0]])]
    _write_rows(run.out / OUT_OF_FOLD, OUT_OF_FOLD_COLUMNS, scored)
    _write_rows(run.out / NORMALS_OUT_OF_FOLD, OUT_OF_FOLD_COLUMNS, normal)
    return stretch


def _predict_fold(run: _Run, views: LungViews, folds: Mapping[str, int], partition: int, fold: int) -> Path:
    part = run.out / f"out-of-fold-{partition}-{fold}.csv"
    if part.is_file():
        return part
    log.info("Partition %d, fold %d", partition, fold)
    fold_of = {film_id: folds[run.films[film_id].patient_id] for film_id in views.film_ids}
    seen = [film_id for film_id in views.film_ids if fold_of[film_id] != fold]
    # Only the first partition's networks are kept: the opacity they find is measured too.
    kept = run.out / f"severity-fold-{fold}" if partition == 1 else None
    members = _members(run, views, seen, seed=run.seed + 1000 * partition + 100 * fold, kept=kept)
    likeness = _likeness(run, views, seen, members)
    rows = []
    for film_id in views.film_ids:
        if fold_of[film_id] == fold:
            reading = read_lungs(members, views.inner(film_id))
            rows.append(_row(film_id, partition, fold, reading, mean_unlikeness(likeness, reading.features)))
    _write_rows(part, OUT_OF_FOLD_COLUMNS, rows)
    return part


def _overlaps(run: _Run, views: LungViews, segmenter: LungSegmenter, fold: int) -> list[list[str]]:
    """Return how masks of networks that have not seen a patient meet what was drawn on his films."""
    kept = run.out / f"severity-fold-{fold}"
    members = _members(run, views, [], seed=0, kept=kept)
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


def _members(
    run: _Run, views: LungViews, film_ids: Sequence[str], *, seed: int, kept: Path | None = None
) -> list[SeverityNetwork]:
    """Return networks trained on films; those of the files `kept`-0, -1, … are read where they are there."""
    members = []
    for member in range(run.plan.severity.members):
        file = None if kept is None else kept.with_name(f"{kept.name}-{member}.safetensors")
        if file is not None and file.is_file():
            network = SeverityNetwork().eval()
            network.load_state_dict(load_file(file))
            # As it lies after training: in another order sums end otherwise in the last digit.
            network.to(memory_format=torch.channels_last)
        else:
            scored, normal = _teaching(run, film_ids)
            network = train_severity(run.films, views, scored, normal, plan=run.plan.severity, seed=seed + member)
            if file is not None:
                _save(network, file)
        members.append(network)
    return members


def _teaching(run: _Run, film_ids: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the films that teach scores, and the normal ones; what its licence forbids to learn from is left out."""
    allowed = [film_id for film_id in film_ids if not run.films[film_id].no_derivatives]
    scored = [film_id for film_id in allowed if run.is_scored(film_id)]
    if not scored:
        message = "No film is left to train on: no lungs were found, or every licence forbids derived works."
        raise DataSetInvalidError(message)
    return scored, [film_id for film_id in allowed if is_normal(run.films[film_id])]


def _likeness(
    run: _Run, views: LungViews, film_ids: Sequence[str], members: Sequence[SeverityNetwork]
) -> list[Likeness]:
    scored, normal = _teaching(run, film_ids)
    seen = np.stack([read_lungs(members, views.inner(film_id)).features for film_id in (*scored, *normal)], axis=1)
    return [fit_likeness(features) for features in seen]


def _row(film_id: str, partition: int, fold: int, reading: FilmReading, unlikeness: float) -> list[str]:
    values = (*reading.geographic_extent, *reading.opacity, *reading.zones, unlikeness)
    return [film_id, str(partition), str(fold), *(f"{value:.4f}" for value in values)]


def _write_training_films(run: _Run, views: LungViews) -> None:
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


def _save(network: nn.Module, path: Path) -> None:
    save_file({name: tensor.contiguous() for name, tensor in network.state_dict().items()}, path)


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

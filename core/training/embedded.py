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
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from torch import nn

from core.errors import DataSetInvalidError
from core.evaluation.dataset import DataSetFilm, read_data_set
from core.scoring.models.embedded.network import LungSegmenter, SeverityNetwork
from core.scoring.models.embedded.reading import FilmReading, read_lungs, segment_lungs, unrolled_lungs
from core.scoring.models.embedded.unrolling import outline_lungs, unroll
from core.training.folds import patient_folds
from core.training.frames import Frames, prepare_frames
from core.training.masks import lung_masks
from core.training.segmentation import SegmentationPlan, dice, train_segmenter
from core.training.severity import BORDER, LungViews, SeverityPlan, train_severity

HalfArray = NDArray[np.float16]

log = logging.getLogger(__name__)

OUT_OF_FOLD_COLUMNS = (
    "film_id", "partition", "fold",
    "geographic_extent_right", "geographic_extent_left", "opacity_right", "opacity_left",
    "zone_A", "zone_B", "zone_C", "zone_D", "zone_E", "zone_F",
)  # fmt: skip


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
    partitions: int = 3
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
    _write_dice(run, segmenters)
    views = _cross_fitted_views(run, segmenters)
    _predict_out_of_fold(run, views)
    segmenter = _segmenter(run, None)
    members = _members(run, views, views.film_ids, seed=seed, kept=out / "severity")
    _write_training_films(run, views)
    record = {"seed": seed, "plan": asdict(run.plan), "torch": torch.__version__}
    (out / "training-log.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return _write_weights(out / "embedded.safetensors", segmenter, members)


def training_candidates(data: Path) -> list[DataSetFilm]:
    """Return the films that have an expert's score, a drawn lung or a painted opacity."""
    films = read_data_set(data)
    drawn = set(lung_masks(data, films))
    return [film for film in films if film.experts or film.film_id in drawn]


@dataclass(frozen=True)
class _Run:
    """One training: its films by id, their frames, the patients' folds of the segmentation, where its results go."""

    films: Mapping[str, DataSetFilm]
    frames: Frames
    folds: Mapping[str, int]
    out: Path
    plan: TrainingPlan
    seed: int

    def fold_of(self, film_id: str) -> int:
        return self.folds[self.films[film_id].patient_id]


def _prepared_run(data: Path, out: Path, plan: TrainingPlan, seed: int) -> _Run:
    out.mkdir(parents=True, exist_ok=True)
    films = {film.film_id: film for film in training_candidates(data)}
    frames = prepare_frames(data, list(films.values()), out / "frames.npz")
    folds = patient_folds(_films_per_patient(films, list(frames.lungs)), plan.folds, seed)
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
    chosen = [i for i, film in run.films.items() if not film.no_derivatives and run.fold_of(i) != held_out]
    log.info("Training the lung segmenter without fold %s", held_out)
    network = train_segmenter(run.frames, chosen, run.plan.segmentation, run.seed)
    _save(network, kept)
    return network


def _write_dice(run: _Run, segmenters: Sequence[LungSegmenter]) -> None:
    """Write how the drawn lungs of each patient are met by the segmenter that has not seen him."""
    rows = []
    for film_id, drawn in run.frames.lungs.items():
        lungs = segment_lungs(segmenters[run.fold_of(film_id)], run.frames.frame(film_id))
        step = drawn.shape[1] // lungs.shape[1]
        small = drawn.reshape(2, lungs.shape[1], step, lungs.shape[2], step).mean(
            axis=(2, 4), dtype=np.float32
        ) / np.float32(255)
        sides = [f"{dice(*pair):.4f}" for pair in zip(lungs, small, strict=True)]
        rows.append([film_id, str(run.fold_of(film_id)), *sides])
    _write_rows(run.out / "embedded-lungs-out-of-fold.csv", ("film_id", "fold", "dice_right", "dice_left"), rows)


def _cross_fitted_views(run: _Run, segmenters: Sequence[LungSegmenter]) -> LungViews:
    """Unroll every scored or painted film by the segmenter that has not seen its patient."""
    kept = run.out / "views.npz"
    if kept.is_file():
        with np.load(kept) as arrays:
            return LungViews(tuple(arrays["film_ids"].tolist()), arrays["views"], arrays["opacity"])
    found = {}
    for film_id, film in run.films.items():
        if film.experts or film_id in run.frames.opacities:
            view = _view(run.frames, film_id, segmenters[run.fold_of(film_id)])
            if view is None:
                log.warning("No lungs found on %s", film_id)
            else:
                found[film_id] = view
    if not found:
        raise DataSetInvalidError("No lungs were found on any scored film. Check the films and their lung masks.")
    views, opacity = (np.stack(part) for part in zip(*found.values(), strict=True))
    np.savez(kept, film_ids=np.array(list(found)), views=views, opacity=opacity)
    return LungViews(tuple(found), views, opacity)


def _view(frames: Frames, film_id: str, segmenter: LungSegmenter) -> tuple[HalfArray, HalfArray] | None:
    """Return one film's unrolled lungs and, where it was painted, its unrolled opacity (else -1)."""
    frame = frames.frame(film_id)
    lungs = segment_lungs(segmenter, frame)
    outlines = outline_lungs(lungs)
    if outlines is None:
        return None
    view = unrolled_lungs(frame, lungs, outlines, border=BORDER).astype(np.float16)
    painted = frames.opacities.get(film_id)
    if painted is None:
        return view, np.full((2, *view.shape[2:]), -1, dtype=np.float16)
    plane = painted[None].astype(np.float32) / np.float32(255)
    return view, np.stack([unroll(plane, lung, border=BORDER)[0] for lung in outlines]).astype(np.float16)


def _predict_out_of_fold(run: _Run, views: LungViews) -> None:
    """Predict every scored film once per partition, by networks that have not seen its patient."""
    parts = [
        _predict_fold(run, views, partition, fold)
        for partition in range(1, run.plan.partitions + 1)
        for fold in range(run.plan.folds)
    ]
    lines = [line for part in parts for line in part.read_text(encoding="utf-8").splitlines()[1:]]
    text = "\n".join([",".join(OUT_OF_FOLD_COLUMNS), *lines]) + "\n"
    (run.out / "embedded-out-of-fold.csv").write_text(text, encoding="utf-8")


def _predict_fold(run: _Run, views: LungViews, partition: int, fold: int) -> Path:
    part = run.out / f"out-of-fold-{partition}-{fold}.csv"
    if part.is_file():
        return part
    log.info("Partition %d, fold %d", partition, fold)
    films = {film_id: run.films[film_id] for film_id in views.film_ids}
    counted = [film_id for film_id, film in films.items() if "geographic_extent" in film.experts]
    folds = patient_folds(_films_per_patient(films, counted), run.plan.folds, run.seed + partition)
    seen = [film_id for film_id, film in films.items() if folds[film.patient_id] != fold]
    members = _members(run, views, seen, seed=run.seed + 1000 * partition + 100 * fold)
    rows = [
        _row(film_id, partition, fold, read_lungs(members, views.inner(film_id)))
        for film_id, film in films.items()
        if film.experts and folds[film.patient_id] == fold
    ]
    _write_rows(part, OUT_OF_FOLD_COLUMNS, rows)
    return part


def _members(
    run: _Run, views: LungViews, film_ids: Sequence[str], *, seed: int, kept: Path | None = None
) -> list[SeverityNetwork]:
    allowed = [film_id for film_id in film_ids if not run.films[film_id].no_derivatives]
    if not allowed:
        message = "No film is left to train on: no lungs were found, or every licence forbids derived works."
        raise DataSetInvalidError(message)
    chosen = views.chosen(allowed)
    members = []
    for member in range(run.plan.severity.members):
        file = None if kept is None else kept.with_name(f"{kept.name}-{member}.safetensors")
        if file is not None and file.is_file():
            network = SeverityNetwork().eval()
            network.load_state_dict(load_file(file))
        else:
            network = train_severity(run.films, chosen, run.plan.severity, seed + member)
            if file is not None:
                _save(network, file)
        members.append(network)
    return members


def _row(film_id: str, partition: int, fold: int, reading: FilmReading) -> list[str]:
    values = (*reading.geographic_extent, *reading.opacity, *reading.zones)
    return [film_id, str(partition), str(fold), *(f"{value:.4f}" for value in values)]


def _write_training_films(run: _Run, views: LungViews) -> None:
    """Write which film trained what, with its licence and where to look it up."""
    rows = []
    for film_id, film in sorted(run.films.items()):
        parts = [("lungs", film_id in run.frames.lungs), ("severity", film_id in views.film_ids)]
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


def _write_weights(path: Path, segmenter: LungSegmenter, members: Sequence[SeverityNetwork]) -> Path:
    """Write all networks into one file, in half precision."""
    parts = {"segmenter": segmenter, **{f"severity.{place}": network for place, network in enumerate(members)}}
    tensors = {
        f"{part}.{name}": tensor.half().contiguous() if tensor.is_floating_point() else tensor
        for part, network in parts.items()
        for name, tensor in network.state_dict().items()
    }
    save_file(tensors, path)
    return path

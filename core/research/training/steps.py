"""The steps of a training of the embedded scorer: its films, its networks, each kept in a file.

A step whose file is there is passed over, so an interrupted training goes on where it stopped.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from core.errors import DataSetInvalidError
from core.research.evaluation.dataset import DataSetFilm, read_data_set
from core.research.training.folds import patient_folds
from core.research.training.networks.descent import OnLoss, loss_curve, unheard
from core.research.training.networks.pretraining import PretrainingPlan, pretrain_severity
from core.research.training.networks.segmentation import SegmentationPlan, train_segmenter
from core.research.training.networks.severity import SeverityPlan, train_severity
from core.research.training.pictures.frames import Frames, prepare_frames
from core.research.training.pictures.masks import lung_masks
from core.research.training.pictures.painting import paint_lungs
from core.research.training.pictures.views import LungViews, prepare_views
from core.scoring.models.embedded.inference import read_lungs
from core.scoring.models.embedded.likeness import Likeness, fit_likeness
from core.scoring.models.embedded.network import LungSegmenter, SeverityNetwork

log = logging.getLogger(__name__)

_CURVE = ".loss.json"
_SCORED_EXPOSURES, _NORMAL_EXPOSURES = 8, 2
SERIES_SOURCES = ("actualmed", "hannover")
"""Sources whose films are all predicted, scored or not: healthy chests and bedside series."""

Network = TypeVar("Network", bound=nn.Module)


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
    pretraining: PretrainingPlan = field(default_factory=PretrainingPlan)
    severity: SeverityPlan = field(default_factory=SeverityPlan)


def training_candidates(data: Path) -> list[DataSetFilm]:
    """Return the films that have an expert's score, a drawn lung or a painted opacity, and those without finding.

    With them the other films of `SERIES_SOURCES`, which teach nothing, of patients with a scored film. Films that
    their source keeps for tests are left out.
    """
    films = [film for film in read_data_set(data, more=True) if film.split != "test"]
    drawn = set(lung_masks(data, films))
    scored = {film.patient_id for film in films if film.experts}
    return [
        film for film in films if film.experts or film.film_id in drawn or is_normal(film) or _is_followed(film, scored)
    ]


def _is_followed(film: DataSetFilm, scored: Collection[str]) -> bool:
    return film.source in SERIES_SOURCES and film.patient_id in scored


def is_normal(film: DataSetFilm) -> bool:
    """Say whether a film of an adult is labelled "no finding" in the one source with many such.

    The other sources' films without finding stay out of the training, so that they can tell whether what was learned
    from these holds elsewhere.
    """
    return film.source == "nih" and film.finding.lower() == "no finding" and not film.experts and not film.is_child


@dataclass(frozen=True)
class TrainingRun:
    """One training: its films by id, their frames, the patients' folds of the segmentation, where its results go.

    Patients of whom there are only films without finding have no fold in `folds`: the segmenter learns from none.
    `painted_on` are the patients without finding whose films the pretraining paints: they are never tested.
    """

    data: Path
    films: Mapping[str, DataSetFilm]
    frames: Frames
    folds: Mapping[str, int]
    painted_on: frozenset[str]
    out: Path
    plan: TrainingPlan
    seed: int

    @cached_property
    def scored_patients(self) -> frozenset[str]:
        """Return the patients with an expert's score."""
        return frozenset(film.patient_id for film in self.films.values() if film.experts)

    def is_scored(self, film_id: str) -> bool:
        """Say whether the film teaches severity by an expert's score or a painted opacity."""
        return bool(self.films[film_id].experts) or film_id in self.frames.opacities

    def is_followed(self, film_id: str) -> bool:
        """Say whether the film teaches nothing but belongs to a series of a patient with a scored film."""
        film = self.films[film_id]
        return not self.is_scored(film_id) and _is_followed(film, self.scored_patients)

    def segmenter_fold(self, film_id: str) -> int:
        """Return the number of a segmenter that has not seen the film's patient."""
        return self.folds.get(self.films[film_id].patient_id, 0)


def prepared_run(data: Path, out: Path, plan: TrainingPlan, seed: int) -> TrainingRun:
    """Read the films of a data folder and deal their patients into folds."""
    out.mkdir(parents=True, exist_ok=True)
    films = {film.film_id: film for film in training_candidates(data)}
    frames = prepare_frames(data, list(films.values()), out / "frames.npz")
    segmented = {i: film for i, film in films.items() if film.experts or i in frames.lungs}
    folds = patient_folds(films_per_patient(segmented, list(frames.lungs)), plan.folds, seed)
    normal = sorted({film.patient_id for film in films.values() if is_normal(film)} - folds.keys())
    order = np.random.default_rng(seed).permutation(len(normal))
    chosen = order[: round(plan.pretraining.painted_share * len(normal))]
    return TrainingRun(data, films, frames, folds, frozenset(normal[place] for place in chosen), out, plan, seed)


def films_per_patient(films: Mapping[str, DataSetFilm], counted: Sequence[str]) -> dict[str, int]:
    """Return how many of each patient's films are among the counted ones."""
    weights = {film.patient_id: 0 for film in films.values()}
    for film_id in counted:
        weights[films[film_id].patient_id] += 1
    return weights


def segmenter_without(run: TrainingRun, held_out: int | None) -> LungSegmenter:
    """Return the segmenter that has not seen the patients of fold `held_out`; None: the one that saw all."""
    name = "all" if held_out is None else str(held_out)
    plan = run.plan.segmentation

    def trained(on_loss: OnLoss) -> LungSegmenter:
        chosen = [i for i, film in run.films.items() if run.folds.get(film.patient_id) != held_out]
        seed = run.seed + 10 + (run.plan.folds if held_out is None else held_out)
        start = _first_segmenter(run)
        return train_segmenter(
            run.frames, _allowed(run, chosen), plan.last, plan, seed=seed, start=start, on_loss=on_loss
        )

    return _kept(run.out / f"segmenter-{name}.safetensors", LungSegmenter, trained)


def _first_segmenter(run: TrainingRun) -> LungSegmenter | None:
    """Return the segmenter of patients who are never tested; None where nobody drew the lungs of such."""
    tested = {film.patient_id for i, film in run.films.items() if run.is_scored(i)}
    chosen = _allowed(run, [i for i in run.frames.lungs if run.films[i].patient_id not in tested])
    plan = run.plan.segmentation

    def trained(on_loss: OnLoss) -> LungSegmenter:
        return train_segmenter(run.frames, chosen, plan.first, plan, seed=run.seed, on_loss=on_loss)

    return _kept(run.out / "segmenter-first.safetensors", LungSegmenter, trained) if chosen else None


def severity_start(run: TrainingRun) -> SeverityNetwork | None:
    """Return the severity network that has seen painted opacities only; None where there is no film to paint."""
    chosen = [i for i, film in run.films.items() if is_normal(film) and film.patient_id in run.painted_on]
    chosen, plan = _allowed(run, chosen), run.plan.pretraining

    def trained(on_loss: OnLoss) -> SeverityNetwork:
        # Nobody drew a lung of these patients, so any segmenter is new to them.
        segmenter, cache = _first_segmenter(run) or segmenter_without(run, None), run.out / "painted.npz"
        painted = paint_lungs(run.frames, chosen, segmenter, copies=plan.copies, seed=run.seed, cache=cache)
        return pretrain_severity(painted, plan, seed=run.seed, on_loss=on_loss)

    return _kept(run.out / "severity-start.safetensors", SeverityNetwork, trained) if chosen else None


def _allowed(run: TrainingRun, film_ids: Sequence[str]) -> list[str]:
    """Return the films whose licence does not forbid to learn from them."""
    return [film_id for film_id in film_ids if not run.films[film_id].no_derivatives]


def kept_curves(out: Path) -> dict[str, list[float]]:
    """Return the loss of every network that is kept in a folder, by its name, in twentieths of its training."""
    return {
        file.name.removesuffix(_CURVE): json.loads(file.read_text(encoding="utf-8"))
        for file in sorted(out.glob(f"*{_CURVE}"))
    }


def _kept(file: Path, network_of: Callable[[], Network], trained: Callable[[OnLoss], Network]) -> Network:
    """Return the network of a file, trained and written first, with its loss, where the file is not there."""
    if not file.is_file():
        log.info("Training %s", file.stem)
        losses: list[float] = []
        network = trained(losses.append)
        file.with_suffix(_CURVE).write_text(json.dumps(loss_curve(losses)), encoding="utf-8")
        _save(network, file)
        return network
    network = network_of().eval()
    network.load_state_dict(load_file(file))
    # As it lies after training: in another order sums end otherwise in the last digit.
    return network.to(memory_format=torch.channels_last)


def unrolled_views(run: TrainingRun) -> LungViews:
    """Unroll every film that teaches severity by a segmenter that has seen no patient with a scored film.

    Where there is no such segmenter, each film by one that has not seen its patient.
    """
    first = _first_segmenter(run)
    segmenters = [first or segmenter_without(run, fold) for fold in range(run.plan.folds)]

    def exposures(film_id: str) -> int:
        if run.is_followed(film_id):
            return 0
        return _SCORED_EXPOSURES if run.is_scored(film_id) else _NORMAL_EXPOSURES

    chosen = [i for i, film in run.films.items() if run.is_scored(i) or is_normal(film) or run.is_followed(i)]
    return prepare_views(
        run.frames,
        chosen,
        exposures=exposures,
        segmenter=lambda film_id: segmenters[run.segmenter_fold(film_id)],
        cache=run.out / "views.npz",
    )


def trained_members(
    run: TrainingRun,
    views: LungViews,
    film_ids: Sequence[str],
    start: SeverityNetwork | None,
    *,
    seed: int,
    kept: Path | None = None,
) -> list[SeverityNetwork]:
    """Return networks trained on films; those of the files `kept`-0, -1, … are read where they are there."""

    def trained(member: int, on_loss: OnLoss = unheard) -> SeverityNetwork:
        scored, normal = _teaching(run, film_ids)
        plan = run.plan.severity
        return train_severity(
            run.films, views, scored, normal, plan=plan, seed=seed + member, start=start, on_loss=on_loss
        )

    members = range(run.plan.severity.members)
    if kept is None:
        return [trained(member) for member in members]
    return [
        _kept(kept.with_name(f"{kept.name}-{member}.safetensors"), SeverityNetwork, partial(trained, member))
        for member in members
    ]


def _teaching(run: TrainingRun, film_ids: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the films that teach scores, and the normal ones; what its licence forbids to learn from is left out."""
    allowed = _allowed(run, film_ids)
    scored = [film_id for film_id in allowed if run.is_scored(film_id)]
    if not scored:
        message = "No film is left to train on: no lungs were found, or every licence forbids derived works."
        raise DataSetInvalidError(message)
    return scored, [film_id for film_id in allowed if is_normal(run.films[film_id])]


def fitted_likeness(
    run: TrainingRun, views: LungViews, film_ids: Sequence[str], members: Sequence[SeverityNetwork]
) -> list[Likeness]:
    """Return what the networks saw in those of the films that taught them, one description per network."""
    scored, normal = _teaching(run, film_ids)
    seen = np.stack([read_lungs(members, views.inner(film_id)).features for film_id in (*scored, *normal)], axis=1)
    return [fit_likeness(features) for features in seen]


def _save(network: nn.Module, path: Path) -> None:
    save_file({name: tensor.contiguous() for name, tensor in network.state_dict().items()}, path)

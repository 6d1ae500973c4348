"""``python -m core.research.training.unet_resnet18.train --data DIR``: train the opacity segmentation.

One network first learns lungs, from patients who are never tested. Five go on from there, each without one fold of
patients: they say what is reported. One more, trained on all films, is shipped. Every network is kept in the output
folder and passed over when it is there, so an interrupted training goes on where it stopped. Nothing in the plan is
chosen by what is reported.
"""

from __future__ import annotations

import csv
import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import nn

from core.errors import DataSetInvalidError
from core.research.evaluation.opacity.segmentation import (
    OUT_OF_FOLD_TABLES,
    measure_overlap,
    overlap_row,
    write_overlaps,
)
from core.research.evaluation.unet_resnet18 import READINGS, SYSTEM, inference_row, write_inferences
from core.research.training.command import run_training
from core.research.training.pictures.frames import read_pixels
from core.research.training.unet_resnet18.films import FOLDS, UnetFilms, collect_films, draw_films
from core.research.training.unet_resnet18.fit import DrawnFilms, FitPlan, fit_unet
from core.research.training.unet_resnet18.release import TRAINING_FILMS, TRAINING_LOG, release
from core.scoring.models.unet_resnet18 import WEIGHTS_PATH
from core.scoring.models.unet_resnet18.framing import frame_film, masks_on_film
from core.scoring.models.unet_resnet18.inference import read_opacity
from core.scoring.models.unet_resnet18.network import build_network, segment
from core.types import Measure

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class UnetPlan:
    """The whole configuration of a training.

    Attributes
    ----------
    lungs : FitPlan
        From random weights, on lungs of patients without a painted film: once, for all folds.
    opacity : FitPlan
        From there, on lungs, painted opacity and normal films of all patients but those of one fold.
    """

    lungs: FitPlan = field(default_factory=lambda: FitPlan(steps=320, learning_rate=3e-3))
    opacity: FitPlan = field(
        default_factory=lambda: FitPlan(steps=200, learning_rate=1.5e-3, painted_per_batch=5, batch_size=6)
    )


def train(data: Path, out: Path, *, seed: int = 0, plan: UnetPlan | None = None) -> Path:
    """Train the opacity segmentation on a data folder.

    Parameters
    ----------
    data : Path
        Folder with `films.csv`, `opacity.csv` and the films.
    out : Path
        Receives every network, the out-of-fold tables and the weight file.
    seed : int
        Of folds, initial weights and augmentation.
    plan : UnetPlan, optional

    Returns
    -------
    Path
        The weight file, in half precision.

    Raises
    ------
    DataSetInvalidError
        The tables are not of the documented form, or no film is left to train on.

    Notes
    -----
    Films whose licence forbids derived works train nothing; they are only read.
    """
    out.mkdir(parents=True, exist_ok=True)
    run = _prepared_run(data, out, plan or UnetPlan(), seed)
    networks = {held_out: _opacity_network(run, held_out) for held_out in (*range(FOLDS), None)}
    write_tables(run.collected, networks.__getitem__, out)
    losses = {kept.stem: json.loads(kept.read_text(encoding="utf-8")) for kept in sorted(out.glob("unet-*.json"))}
    record = {"seed": seed, "plan": asdict(run.plan), "torch": torch.__version__, "loss": losses}
    (out / TRAINING_LOG).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    _write_training_films(run.collected, out / TRAINING_FILMS)
    weights = out / WEIGHTS_PATH.name
    save_file({name: _half(tensor) for name, tensor in networks[None].state_dict().items()}, weights)
    return weights


@dataclass(frozen=True)
class _Run:
    """One training: its films, where its results go, and how it is done."""

    collected: UnetFilms
    drawn: DrawnFilms
    out: Path
    plan: UnetPlan
    seed: int


def _prepared_run(data: Path, out: Path, plan: UnetPlan, seed: int) -> _Run:
    collected = collect_films(data, seed=seed)
    trainable = collected.trainable()
    if not trainable:
        raise DataSetInvalidError("No film is left to train on: nothing was drawn, or every licence forbids it.")
    return _Run(collected, draw_films(collected, trainable), out, plan, seed)


def _opacity_network(run: _Run, held_out: int | None) -> nn.Module:
    """Return the network that has not seen the patients of fold `held_out`; None: the one that saw all."""

    def start() -> nn.Module:
        return _lung_network(run)

    film_ids = run.collected.trainable(held_out)
    return _fitted(run, "all" if held_out is None else str(held_out), start, film_ids, run.plan.opacity)


def _lung_network(run: _Run) -> nn.Module:
    """Return the network that knows lungs only, of patients who are never tested."""

    def start() -> nn.Module:
        torch.manual_seed(run.seed)
        return build_network()

    return _fitted(run, "lungs", start, run.collected.of_other_patients(), run.plan.lungs)


def _fitted(run: _Run, name: str, start: Callable[[], nn.Module], film_ids: Sequence[str], plan: FitPlan) -> nn.Module:
    """Return the network of that name: the one that is kept, else fitted now and kept."""
    kept = run.out / f"unet-{name}.safetensors"
    if kept.is_file():
        network = build_network().eval()
        network.load_state_dict(load_file(kept))
        return network
    network = start()
    log.info("Fitting %s to %d films", name, len(film_ids))
    losses = fit_unet(network, run.drawn, film_ids, plan, run.seed)
    kept.with_suffix(".json").write_text(json.dumps(losses), encoding="utf-8")
    part = kept.with_suffix(".part")
    save_file({name: tensor.contiguous() for name, tensor in network.state_dict().items()}, part)
    part.rename(kept)
    return network


def _half(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.half().contiguous() if tensor.is_floating_point() else tensor


def write_tables(collected: UnetFilms, network_of: Callable[[int | None], nn.Module], out: Path) -> None:
    """Read every film by the network that has not seen its patient and write what it says.

    A patient who is in no fold trained nothing: the shipped network reads those films. A film without lungs has empty
    cells.
    """
    overlaps, inferences = [], []
    for film_id, film in sorted(collected.films.items()):
        fold = collected.fold_of(film_id)
        pixels = read_pixels(film.path)
        frame = frame_film(pixels)
        probability = segment(network_of(fold), frame)
        inferences.append(inference_row(film_id, fold, read_opacity(frame, probability)))
        if fold is not None and film_id in collected.opacities:
            masks = masks_on_film(probability, (pixels.shape[0], pixels.shape[1]))
            overlap = measure_overlap(masks, collected.lungs.get(film_id), collected.opacities[film_id])
            overlaps.append(overlap_row(film_id, fold, overlap))
    write_overlaps(overlaps, out / OUT_OF_FOLD_TABLES[SYSTEM])
    write_inferences(inferences, out / READINGS)


def _write_training_films(collected: UnetFilms, path: Path) -> None:
    """Write which film trained what, with its licence and where to look it up."""
    rows = []
    for film_id, film in sorted(collected.films.items()):
        scored = any(measure.value in film.experts for measure in Measure)
        parts = [
            ("lungs", film_id in collected.lungs),
            ("opacity", film_id in collected.opacities),
            ("normal", film_id in collected.normals),
            ("severity", scored),
        ]
        used = "+".join(name for name, is_used in parts if is_used)
        if used and not film.no_derivatives:
            rows.append([film_id, film.source, used, film.licence, film.url])
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("film_id", "source", "trained", "licence", "url"))
        writer.writerows(rows)


if __name__ == "__main__":
    run_training(
        train,
        release,
        description="Train the opacity segmentation",
        data="folder with films.csv, opacity.csv and the films",
        out=Path("build/unet-resnet18"),
    )

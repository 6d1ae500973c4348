"""`make bench-score`: from a film's bytes to its score, against the published pipeline, in one run.

The published pipeline (torchxrayvision's reading, normalising, XRayCenterCrop, XRayResizer(224) and DenseNet in
float32, one film at a time) and Lungline take turns film by film; medians are shown. On a machine that does other
work too, time of the processor says more than time on the wall, and ratios more than either.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil
import torch
from rich.console import Console
from rich.table import Table
from score_films import COLUMNS, ROWS, dicom_films
from score_laps import Lap, Laps
from score_ways import CHECKS, NETWORK, PREPARE, PUBLISHED_STEPS, READ, published_way, score_alone, score_overlapped

from core.research.evaluation.published.parity import MODEL, SEED, library_input
from core.research.evaluation.published.weights import write_random_weights
from core.scoring.base import Scorer
from core.scoring.models.txrv.cohen2020.scorer import Cohen2020Scorer
from core.scoring.models.txrv.network import DenseNetBackbone
from core.scoring.processor import processor_has_bfloat16
from core.scoring.registry import is_available, load_scorer
from core.scoring.weights import BACKBONE, import_weights, load_part
from dashboard.services.worker.scoring import BATCH
from dashboard.settings import load_settings

WORKER = Path(__file__).with_name("score_worker.py")
WORKER_FILMS = 12 * BATCH
"""The first batch is read before any film is scored, the last scored while none is read: few among so many."""
IN_BATCHES, IN_BATCHES_CHECKED = "in batches, overlapped, without checks", "in batches, overlapped, with checks"
NETWORK_IN_BATCHES = f"network, in {BATCH}s"


@dataclass(frozen=True)
class Way:
    """One scorer that is timed: as it loads on this machine, or forced to a precision."""

    label: str
    scorer: Cohen2020Scorer
    chosen: bool


def main() -> None:
    """Run the benchmark, print the table and, on request, write it as JSON."""
    options = _options()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        paths = _written(folder / "films", options.films)
        weights_dir, random_weights = _weights(folder, paths)
        ways = _ways(weights_dir)
        laps, differences = _rounds(paths, weights_dir, ways, options.rounds)
        _written(folder / "worker's films", WORKER_FILMS)
        worker = _worker(folder / "worker's films")
    figures = {
        "films": f"{options.films} drawn films of {COLUMNS} x {ROWS} pixels, 12 bits, uncompressed DICOM",
        "rounds": options.rounds,
        "threads": torch.get_num_threads(),
        "processors": os.cpu_count(),
        "random_weights": random_weights,
        "published": _published(laps[""]),
        "txrv": [_of_way(way, laps, differences[way.label]) for way in ways],
        "embedded worker": worker,
    }
    _print(figures)
    if options.json is not None:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--films", type=int, default=12)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there too")
    return parser.parse_args()


def _written(folder: Path, count: int) -> list[Path]:
    folder.mkdir()
    paths = [folder / f"{number:02d}.dcm" for number in range(count)]
    for path, source in zip(paths, dicom_films(count), strict=True):
        path.write_bytes(source)
    return paths


def _weights(folder: Path, paths: list[Path]) -> tuple[Path, bool]:
    """Return a folder with weights, and whether they are random: the published ones where they were imported."""
    imported = load_settings().weights_dir
    if is_available(MODEL, weights_dir=imported):
        return imported, False
    files = write_random_weights(folder, films=[library_input(path) for path in paths[:4]], seed=SEED)
    import_weights(files.densenet, weights_dir=folder / "weights")
    return folder / "weights", True


def _ways(weights_dir: Path) -> list[Way]:
    chosen = load_scorer(MODEL, weights_dir=weights_dir)
    tensors = load_part(BACKBONE, weights_dir=weights_dir)
    precisions = [torch.float32, *([torch.bfloat16] if processor_has_bfloat16() else [])]
    scorers = [Cohen2020Scorer(chosen.card, DenseNetBackbone(tensors, dtype=dtype)) for dtype in precisions]
    return [
        Way(
            f"{MODEL}, {str(dtype).removeprefix('torch.')}",
            scorer,
            isinstance(chosen, Cohen2020Scorer) and chosen.backbone.dtype == dtype,
        )
        for dtype, scorer in zip(precisions, scorers, strict=True)
    ]


def _rounds(
    paths: list[Path], weights_dir: Path, ways: list[Way], rounds: int
) -> tuple[dict[str, Laps], dict[str, float]]:
    """Return the laps of each way (of the published one under "") and its largest difference from that, points."""
    published = published_way(weights_dir)
    laps = {name: Laps() for name in ("", *(way.label for way in ways))}
    differences = dict.fromkeys(laps, 0.0)
    published(paths[0], Laps())
    for way in ways:
        score_alone(paths[0], way.scorer, Laps())
    for _ in range(rounds):
        for path in paths:
            expected = published(path, laps[""])
            for way in ways:
                score = score_alone(path, way.scorer, laps[way.label])
                differences[way.label] = max(differences[way.label], abs(score.geographic_extent - expected))
        for way in ways:
            _batches(paths, way.scorer, laps[way.label])
    return laps, differences


def _batches(paths: list[Path], scorer: Scorer, laps: Laps) -> None:
    with laps.step(IN_BATCHES, films=len(paths)):
        score_overlapped(paths, scorer, checked=False)
    with laps.step(IN_BATCHES_CHECKED, films=len(paths)):
        score_overlapped(paths, scorer, checked=True)


def _worker(folder: Path) -> dict[str, object]:
    """Run a worker process on the films and return its figures with the most memory it held."""
    child = subprocess.Popen([sys.executable, str(WORKER), str(folder)], stdout=subprocess.PIPE, text=True)
    watched, most = psutil.Process(child.pid), 0
    while child.poll() is None:
        try:
            most = max(most, watched.memory_info().rss)
        except psutil.NoSuchProcess:
            break
        time.sleep(0.02)
    output, _ = child.communicate()
    if child.returncode != 0:
        sys.exit("The worker process failed; its message stands above.")
    figures: dict[str, object] = json.loads(output)
    return figures | {"peak_memory_mb": most / 1e6}


def _published(laps: Laps) -> dict[str, object]:
    steps = {name: asdict(laps.median(name)) for name in PUBLISHED_STEPS}
    return {"steps": steps, "film": asdict(laps.median(*PUBLISHED_STEPS))}


def _of_way(way: Way, laps: dict[str, Laps], difference: float) -> dict[str, object]:
    own, published = laps[way.label], laps[""].median(*PUBLISHED_STEPS)
    whole = {
        "one film at a time, without checks": own.median(READ, PREPARE, NETWORK),
        "one film at a time, with checks": own.median(READ, CHECKS, PREPARE, NETWORK),
        IN_BATCHES: own.median(IN_BATCHES),
        IN_BATCHES_CHECKED: own.median(IN_BATCHES_CHECKED),
    }
    return {
        "label": way.label,
        "chosen_on_this_machine": way.chosen,
        "largest_difference_points": difference,
        "steps": {name: asdict(own.median(name)) for name in (READ, CHECKS, PREPARE, NETWORK)},
        "film": {name: asdict(lap) | _ratios(published, lap) for name, lap in whole.items()},
    }


def _ratios(published: Lap, lap: Lap) -> dict[str, float]:
    return {"ratio_wall": published.wall / lap.wall, "ratio_processor": published.processor / lap.processor}


def _print(figures: dict[str, object]) -> None:
    console = Console(width=120)
    weights = "random weights in the published format" if figures["random_weights"] else "the published weights"
    console.print(
        f"{figures['films']}; {figures['rounds']} rounds, {figures['threads']} threads on {figures['processors']} "
        f"processors, {weights}. Milliseconds a film, medians."
    )
    table = Table("", "wall", "processor", "x published, wall", "x published, processor", box=None)

    def row(name: str, values: dict[str, float]) -> None:
        ratios = [f"{values[one]:.1f}" if one in values else "" for one in ("ratio_wall", "ratio_processor")]
        table.add_row(name, f"{values['wall'] * 1000:.1f}", f"{values['processor'] * 1000:.1f}", *ratios)

    published, ways = figures["published"], figures["txrv"]
    for name, values in published["steps"].items():
        row(name, values)
    row("published: a film", published["film"])
    for way in ways:
        used = "chosen here" if way["chosen_on_this_machine"] else "not chosen here"
        table.add_row()
        table.add_row(f"{way['label']} ({used}; largest difference {way['largest_difference_points']:.4f})")
        for name, values in (way["steps"] | way["film"]).items():
            row(f"  {name}", values)
    console.print(table)
    worker = figures["embedded worker"]
    console.print(
        f"\nembedded, a worker process from work list to stored score: {1 / worker['wall_s_per_film']:.1f} films/s "
        f"({worker['processor_s_per_film'] * 1000:.0f} ms of the processor a film; {worker['scored']} of "
        f"{worker['films']} scored), {worker['peak_memory_mb']:.0f} MB at most; first score "
        f"{worker['first_score_s']:.1f} s after torch, whose import took {worker['import_torch_s']:.1f} s; "
        f"imported of torchvision and torchxrayvision: {', '.join(worker['imported']) or 'neither'}."
    )


if __name__ == "__main__":
    main()

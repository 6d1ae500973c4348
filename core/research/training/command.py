"""The command lines of the trainings, alike for every model and every check."""

from __future__ import annotations

import argparse
import json
import logging
from collections.abc import Callable
from pathlib import Path


def run_training(
    train: Callable[..., object],
    release: Callable[[Path, Path], object],
    *,
    description: str,
    data: str,
    out: Path,
) -> None:
    """Train on the folder that is named and leave everything in the output folder, `out` unless another is named.

    Parameters
    ----------
    train : callable
        Of the data folder, the output folder and ``seed``.
    data : str
        What the data folder holds, for the help.
    """
    parser = argparse.ArgumentParser(description=f"{description}; resumes where it stopped.")
    parser.add_argument("--data", type=Path, required=True, help=data)
    parser.add_argument("--out", type=Path, default=out, help="folder for every step's result")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1, help="more only where the cores are free")
    parser.add_argument("--release", action="store_true", help="put weights, card and evidence in their places")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    import torch  # noqa: PLC0415 - the checks are trained without it

    torch.set_num_threads(arguments.threads)
    train(arguments.data, arguments.out, seed=arguments.seed)
    if arguments.release:
        release(arguments.data, arguments.out)


def run_check_training(train: Callable[..., object], *, weights: Path, record: Path) -> None:
    """Train a check's shipped weights and print the record of it.

    Parameters
    ----------
    train : callable
        Of the data folder, ``weights_path`` and ``record_path``; returns the record.
    """
    parser = argparse.ArgumentParser(description="Train the shipped weights and print the record of it.")
    parser.add_argument("--data", type=Path, required=True, help="folder of the chest-film data set")
    parser.add_argument("--weights", type=Path, default=weights, help="weight file to write")
    parser.add_argument("--record", type=Path, default=record, help="record of the training to write")
    options = parser.parse_args()
    found = train(options.data, weights_path=options.weights, record_path=options.record)
    print(json.dumps(found, indent=1))  # noqa: T201 - the command's answer

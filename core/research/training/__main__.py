"""``python -m core.research.training --data DIR --out DIR``: train the embedded scorer."""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

import torch

from core.research.training.embedded import train
from core.research.training.release import release


def main() -> None:
    """Train on the folder that is named and leave everything in the output folder."""
    parser = argparse.ArgumentParser(description="Train the embedded scorer; resumes where it stopped.")
    parser.add_argument("--data", type=Path, required=True, help="folder with films.csv, scores.csv and the films")
    parser.add_argument("--out", type=Path, default=Path("build/training"), help="folder for every step's result")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1, help="more only where the cores are free")
    parser.add_argument("--release", action="store_true", help="put weights, card and evidence in their places")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(arguments.threads)
    train(arguments.data, arguments.out, seed=arguments.seed)
    if arguments.release:
        release(arguments.data, arguments.out)


if __name__ == "__main__":
    main()

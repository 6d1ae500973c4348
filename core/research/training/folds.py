"""Partitions of patients, so that no patient is ever on both sides of a test."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np


def patient_folds(weights: Mapping[str, int], n_folds: int, seed: int) -> dict[str, int]:
    """Deal patients into folds at random, with about the same weight in each.

    Parameters
    ----------
    weights : mapping of str to int
        Patient to the number of the patient's films that count (for example those with an expert's score).
    n_folds : int
    seed : int

    Returns
    -------
    dict of str to int
        Patient to fold, 0 to ``n_folds - 1``.
    """
    generator = np.random.default_rng(seed)
    patients = sorted(weights)
    order = [patients[place] for place in generator.permutation(len(patients))]
    order.sort(key=lambda patient: -weights[patient])
    loads = np.zeros(n_folds)
    folds: dict[str, int] = {}
    for patient in order:
        # Among the lightest folds the choice is random, so that the partition differs from seed to seed.
        lightest = np.flatnonzero(loads == loads.min())
        fold = int(generator.choice(lightest))
        folds[patient] = fold
        loads[fold] += max(weights[patient], 0.2)
    return folds

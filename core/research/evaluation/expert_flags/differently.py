"""Changes between films taken differently against experts: which of them ask for a look at the films."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.errors import DataSetInvalidError
from core.evaluation.agreement import JudgedFilm
from core.evaluation.change_classes import taken_differently
from core.evaluation.change_noise import consecutive_changes
from core.evaluation.evidence.expert_flags import Looks
from core.research.evaluation.expert_flags.pairs import MEASURE, noise_without
from core.research.evaluation.expert_flags.tiers import REAL_CHANGE, STABLE_CHANGE
from core.trend.noise_of_pair import is_beyond_mixed_noise
from core.trend.types import TrendPolicy


def evaluate_looks(films: Sequence[JudgedFilm], policy: TrendPolicy) -> Looks:
    """Count pairs of consecutive films taken differently that ask for a look, the noise measured without the patient.

    Raises
    ------
    DataSetInvalidError
        There are no such pairs, or the other patients have too few.
    """
    changes = [change for change in consecutive_changes(films) if taken_differently(change)]
    if not changes:
        raise DataSetInvalidError("No patient has two scored films taken differently. Nothing is judged.")
    noises = {patient: noise_without(changes, patient) for patient in {change.patient_id for change in changes}}
    asked = np.array(
        [
            [is_beyond_mixed_noise(said, noises[change.patient_id], MEASURE, policy) for said in change.predicted]
            for change in changes
        ]
    )
    expert = np.array([change.expert for change in changes])
    agrees = np.array([change.predicted for change in changes]) * expert[:, None] > 0
    real, stable = np.abs(expert) >= REAL_CHANGE, np.abs(expert) < STABLE_CHANGE
    return Looks(
        n_pairs=len(changes),
        n_patients=len(noises),
        n_real=int(real.sum()),
        n_stable=int(stable.sum()),
        real_asked=float((asked & agrees)[real].sum(axis=0).mean()),
        stable_asked=float(asked[stable].sum(axis=0).mean()),
    )

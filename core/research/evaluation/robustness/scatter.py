"""Day-to-day scatter of a scorer on serial bedside films that no expert scored."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from core.evaluation.bootstrap import Estimate, patient_bootstrap
from core.research.evaluation.dataset import DataSetFilm
from core.types import Measure, Score

SOURCE = "hannover"
BEDSIDE_VIEWS = ("AP", "AP Supine")
LARGEST_GAPS = (1, 2, 3)
"""Days."""


@dataclass(frozen=True)
class Scatter:
    """SD of the difference of consecutive films of one patient, taken in one view, at most `within_days` apart.

    It holds the scorer's noise, that of how the films were taken and the change of the patient: from above, it bounds
    the noise. Films of one day, whose order nobody knows, count in the order of their ids.

    Attributes
    ----------
    sd : Estimate
        Points of the measure's scale, n - 1, with its 95 % patient-bootstrap interval.
    """

    measure: Measure
    within_days: int
    n_pairs: int
    n_patients: int
    sd: Estimate


def bedside_films(films: Sequence[DataSetFilm]) -> list[DataSetFilm]:
    """Return the serial bedside films: of the source, with a day, in a bedside view."""
    return [film for film in films if film.source == SOURCE and film.view in BEDSIDE_VIEWS and film.day is not None]


def measure_scatter(
    films: Sequence[DataSetFilm], scores: Mapping[str, Score], *, resamples: int = 1000, seed: int = 0
) -> tuple[Scatter, ...]:
    """Return the scatter of both measures for each largest gap; gaps without two pairs are left out.

    Parameters
    ----------
    scores : mapping of film id to Score
        Films without a score are passed over.
    """
    pairs = _consecutive([film for film in films if film.film_id in scores])
    found = []
    for measure in Measure:
        for days in LARGEST_GAPS:
            near = [(earlier, later) for earlier, later in pairs if _gap(earlier, later) <= days]
            if len(near) < 2:
                continue
            patients = [later.patient_id for _earlier, later in near]
            differences = np.array(
                [
                    scores[later.film_id].value(measure) - scores[earlier.film_id].value(measure)
                    for earlier, later in near
                ]
            )
            sd = patient_bootstrap(_sd_of(differences), patients, resamples=resamples, seed=seed)
            found.append(Scatter(measure, days, len(near), len(set(patients)), sd))
    return tuple(found)


def _sd_of(differences: NDArray[np.float64]) -> Callable[[NDArray[np.intp]], float]:
    return lambda rows: float(differences[rows].std(ddof=1)) if len(rows) > 1 else float("nan")


def _consecutive(films: Sequence[DataSetFilm]) -> list[tuple[DataSetFilm, DataSetFilm]]:
    series: dict[tuple[str, str], list[DataSetFilm]] = defaultdict(list)
    for film in films:
        series[film.patient_id, film.view].append(film)
    ordered = (sorted(one, key=lambda film: (film.day or 0, film.film_id)) for _name, one in sorted(series.items()))
    return [pair for one in ordered for pair in pairwise(one)]


def _gap(earlier: DataSetFilm, later: DataSetFilm) -> int:
    return (later.day or 0) - (earlier.day or 0)

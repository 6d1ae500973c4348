"""How the width of prediction intervals runs over the scale, and how often intervals hold, each patient left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from core.evaluation.agreement import JudgedFilm
from core.evaluation.conformal import conformal_half_width, predictions, residual_quantile
from core.evaluation.proportion import wilson_interval
from core.scoring.interval import FLAT, LevelShape

FEWEST_PATIENTS = 20
"""Of a quarter of the scale, for a width of its own."""


def level_shape(films: Sequence[JudgedFilm], level: float, maximum: float) -> LevelShape:
    """Return how the width of the interval runs over the quarters of the scale, by predicted level.

    Each quarter's factor is the quantile of its films' residuals over that of all films; 1 where it has few patients.
    """
    whole = residual_quantile(films, level, FLAT, lambda _said: True)
    edges = np.linspace(0, maximum, 5)
    times = []
    for low, high in zip(edges, [*edges[1:-1], np.inf], strict=False):
        inside = partial(_is_between, low=float(low), high=float(high))
        patients = {film.patient_id for film in films if any(inside(said) for said in film.predicted)}
        own = residual_quantile(films, level, FLAT, inside) if len(patients) >= FEWEST_PATIENTS else whole
        times.append(round(own / whole, 3) if whole > 0 and own > 0 else 1.0)
    return LevelShape(tuple(float(middle) for middle in (edges[:-1] + edges[1:]) / 2), tuple(times))


def _is_between(said: float, *, low: float, high: float) -> bool:
    return low <= said < high


@dataclass(frozen=True)
class HeldFilm:
    """How often, of all partitions, a film's interval held its expert's value; the interval made without its patient.

    Attributes
    ----------
    share : float
        0-1.
    half_width : float
        Mean over the partitions, in points of the scale.
    """

    film: JudgedFilm
    share: float
    half_width: float


def leave_one_patient_out(films: Sequence[JudgedFilm], level: float, maximum: float | None = None) -> list[HeldFilm]:
    """Judge every film by the interval that all other patients' films give.

    Parameters
    ----------
    maximum : float, optional
        Top of the scale, for widths that differ by level; None: one width.
    """
    return [
        film
        for patient_id in sorted({film.patient_id for film in films})
        for film in held_out(
            [film for film in films if film.patient_id == patient_id],
            [film for film in films if film.patient_id != patient_id],
            level,
            maximum,
        )
    ]


def held_out(
    films: Sequence[JudgedFilm], others: Sequence[JudgedFilm], level: float, maximum: float | None = None
) -> list[HeldFilm]:
    """Judge films by the interval that others give, for example those of all other sources."""
    shape = FLAT if maximum is None else level_shape(others, level, maximum)
    usual = conformal_half_width(others, level, shape)
    held = []
    for film in films:
        widths = [usual * widening * shape.factor(said) for said, widening in predictions(film)]
        inside = [abs(said - film.expert) <= width for said, width in zip(film.predicted, widths, strict=True)]
        held.append(HeldFilm(film, float(np.mean(inside)), float(np.mean(widths))))
    return held


def leave_one_patient_out_coverage(films: Sequence[JudgedFilm], level: float) -> float:
    """Return the share of films whose expert's value lies in the interval made without their patient."""
    return float(np.mean([film.share for film in leave_one_patient_out(films, level)]))


@dataclass(frozen=True)
class Coverage:
    """How often the intervals of a group of films held the expert's value.

    Attributes
    ----------
    share : float
        0-1, mean over films and partitions.
    low, high : float
        95 % Wilson interval, films counted alike.
    half_width : float
        Mean, in points of the scale.
    """

    n_films: int
    share: float
    low: float
    high: float
    half_width: float


def coverage_of(held: Sequence[HeldFilm]) -> Coverage:
    """Summarise a group of one film or more."""
    share = float(np.mean([film.share for film in held]))
    low, high = wilson_interval(share, len(held))
    return Coverage(len(held), share, low, high, float(np.mean([film.half_width for film in held])))

"""Experts' opacity on one scale: some films have it on 0-6, others on 0-8, none on both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from core.evaluation.recalibration import least_squares
from core.research.evaluation.dataset import DataSetFilm

_FEWEST_FILMS = 3
_MAXIMUM = 6.0


def on_one_scale(films: Sequence[DataSetFilm]) -> list[DataSetFilm]:
    """Return the films with experts' opacity on 0-6 throughout, moved there from 0-8 by `line_between_scales`.

    Only the films given are looked at, so that in a cross-validation the line is fitted anew in each fold.
    """
    slope, intercept = line_between_scales(films)

    def moved(film: DataSetFilm) -> DataSetFilm:
        if "opacity" in film.experts or "opacity_0_8" not in film.experts:
            return film
        opacity = min(max(slope * film.experts["opacity_0_8"] + intercept, 0.0), _MAXIMUM)
        return replace(film, experts={**film.experts, "opacity": opacity})

    return [moved(film) for film in films]


def line_between_scales(films: Sequence[DataSetFilm]) -> tuple[float, float]:
    """Return slope and intercept that turn opacity of 0-8 into opacity of 0-6, points.

    No film has both; each follows geographic extent by a line, and these two lines are laid on each other. With too
    few films for a rising line on both scales: 6/8 and 0.
    """
    lines = []
    for name in ("opacity", "opacity_0_8"):
        experts = [film.experts for film in films if name in film.experts and "geographic_extent" in film.experts]
        if len(experts) < _FEWEST_FILMS:
            return 6 / 8, 0.0
        extent, opacity = (np.array([one[scale] for one in experts]) for scale in ("geographic_extent", name))
        lines.append(least_squares(extent, opacity))
    (slope, intercept), (slope_0_8, intercept_0_8) = lines
    if slope <= 0 or slope_0_8 <= 0:
        return 6 / 8, 0.0
    ratio = slope / slope_0_8
    return ratio, intercept - ratio * intercept_0_8

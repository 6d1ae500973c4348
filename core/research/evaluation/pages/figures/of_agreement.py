"""The figures of one scorer's agreement with the experts, on every scale."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.errors import FilmNotScorableError, FilmUnreadableError
from core.evaluation.agreement import JudgedFilm, evaluate_agreement
from core.evaluation.figures.bland_altman import bland_altman_figure
from core.evaluation.figures.style import LIGHT, Colours
from core.evaluation.figures.values import CoveragePoint, EvidenceFigure, FigureFilm, FigureScale, WorstFilm
from core.films.read import read_film
from core.research.evaluation.conformal import leave_one_patient_out
from core.research.evaluation.dataset import DataSetFilm
from core.research.evaluation.out_of_sample import OutOfSample, judged_films
from core.research.evaluation.pages.figures.coverage import coverage_figure
from core.research.evaluation.pages.figures.predicted import predicted_figure
from core.research.evaluation.pages.figures.worst import worst_errors_figure
from core.research.evaluation.prediction import SCALES
from core.research.evaluation.subgroups import severity_thirds
from core.types import Film, FilmMasks

LEVEL = 0.9
LEVELS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
FEWEST_PATIENTS = 20
"""As many as an interval at the highest of `LEVELS` needs when one of them is left out."""
WORST = 6
PICTURE_PIXELS = 320

NAMES = {"geographic_extent": "Geographic extent", "opacity": "Opacity", "brixia_senior": "Brixia score, senior reader"}

_OUTLINES = "The outlines are by the scorer itself, which may have learned from these films; the predictions are not."

MaskFilm = Callable[[Film], FilmMasks]


def agreement_figures(
    films: Sequence[DataSetFilm],
    prediction: OutOfSample,
    *,
    mask: MaskFilm | None = None,
    colours: Colours = LIGHT,
) -> tuple[EvidenceFigure, ...]:
    """Return, for each scale with enough films: predicted, differences, coverage, largest errors.

    Points are means over the partitions. Intervals are split-conformal, each film's from all other patients' errors.

    Parameters
    ----------
    mask : callable or None
        The masks of a film, for the largest errors.
    """
    about = {film.film_id: film for film in films}
    figures: list[EvidenceFigure] = []
    for column, maximum in SCALES.items():
        judged = judged_films(films, prediction.said, column)
        if len({film.patient_id for film in judged}) < FEWEST_PATIENTS:
            continue
        scale = FigureScale(NAMES[column], maximum, prediction.scorer, _note(judged))
        drawn = _drawn(judged, maximum)
        agreement = evaluate_agreement(judged)
        limits = (agreement.limit_low, agreement.limit_high)
        worst = sorted(judged, key=lambda film: -abs(film.said - film.expert))[:WORST]
        figures += [
            predicted_figure(drawn, scale, name=f"{column}-predicted", colours=colours),
            bland_altman_figure(drawn, scale, agreement.bias, limits, name=f"{column}-difference", colours=colours),
            coverage_figure(_coverage(judged), scale, name=f"{column}-coverage", colours=colours),
            worst_errors_figure(
                [_worst(film, about[film.film_id], mask) for film in worst],
                replace(scale, note=_OUTLINES if mask and prediction.out_of_fold else ""),
                name=f"{column}-largest-errors",
                colours=colours,
            ),
        ]
    return tuple(figures)


def _note(films: Sequence[JudgedFilm]) -> str:
    partitions = len(films[0].predicted)
    return (
        "" if partitions == 1 else f"Points are means over {partitions} cross-validations; tables average the errors."
    )


def _drawn(films: Sequence[JudgedFilm], maximum: float) -> list[FigureFilm]:
    return [
        FigureFilm(
            held_film.film.film_id,
            held_film.film.view or "view not stated",
            held_film.film.expert,
            held_film.film.said,
            max(held_film.film.said - held_film.half_width, 0.0),
            min(held_film.film.said + held_film.half_width, maximum),
        )
        for held_film in leave_one_patient_out(films, LEVEL)
    ]


def _coverage(films: Sequence[JudgedFilm]) -> list[CoveragePoint]:
    groups: Mapping[str, Sequence[JudgedFilm]] = {
        "all films": films,
        **{f"third: {name}": members for name, members in severity_thirds(films).items()},
    }
    points = []
    for level in LEVELS:
        share = {held_film.film.film_id: held_film.share for held_film in leave_one_patient_out(films, level)}
        points += [
            CoveragePoint(group, level, float(np.mean([share[film.film_id] for film in members])), len(members))
            for group, members in groups.items()
        ]
    return points


def _worst(judged: JudgedFilm, film: DataSetFilm, mask: MaskFilm | None) -> WorstFilm:
    try:
        read = read_film(film.path.read_bytes(), site_zone=UTC)
        masks = mask(read) if mask else None
    except FilmNotScorableError:
        masks = None
    except (FilmUnreadableError, OSError):
        # The figure still tells which film it is; the report says why it cannot be read.
        return WorstFilm(judged.film_id, judged.expert, judged.said, np.zeros((8, 8), dtype=np.uint8))
    return WorstFilm(judged.film_id, judged.expert, judged.said, _picture(read), masks)


def _picture(film: Film) -> NDArray[np.uint8]:
    grey = Image.fromarray((np.clip(film.pixels, 0, 1) * 255).astype(np.uint8))
    grey.thumbnail((PICTURE_PIXELS, PICTURE_PIXELS))
    return np.asarray(grey)

"""A reader's own scores of films beside a model's, and how well the two agree."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.evaluation.agreement import Agreement, JudgedFilm, evaluate_agreement
from core.human_reading import LungScores
from core.types import Score

LEAST_FILMS = 3
"""Fewer determine no agreement."""
FEW_PATIENTS = 10
"""Intervals by resampling fewer patients than this are too narrow to rely on."""


@dataclass(frozen=True)
class ReadFilm:
    """One film with what a reader and what a model, or another reader, said of it.

    Attributes
    ----------
    day : int or None
        On any time axis of the patient's own, for pairs of serial films; None where it does not matter.
    view : str
        How it was taken, for example "AP supine".
    """

    film_id: str
    patient_id: str
    read: LungScores
    said: Score | LungScores
    day: int | None = None
    view: str = ""


@dataclass(frozen=True)
class ReadScale:
    """A scale on which both score.

    Attributes
    ----------
    name : str
        The field of `LungScores` and of `Score`.
    label : str
        For people.
    maximum : float
        Its bottom is 0.
    """

    name: str
    label: str
    maximum: float


SCALES = (
    ReadScale("geographic_extent", "Geographic extent", 8),
    ReadScale("geographic_extent_right", "Geographic extent, right lung", 4),
    ReadScale("geographic_extent_left", "Geographic extent, left lung", 4),
    ReadScale("opacity", "Opacity", 6),
    ReadScale("opacity_right", "Opacity, right lung", 3),
    ReadScale("opacity_left", "Opacity, left lung", 3),
)


@dataclass(frozen=True)
class ScaleAgreement:
    """How reader and model agree on one scale; `films` hold the reader as the expert."""

    scale: ReadScale
    films: tuple[JudgedFilm, ...]
    agreement: Agreement


def judged(films: Sequence[ReadFilm], scale: ReadScale) -> list[JudgedFilm]:
    """Return the films with the reader's value as the expert's; those where the model gives no such value are left out.

    A film that several people read stands once, with the mean of their values.
    """
    values: dict[str, list[float]] = defaultdict(list)
    for film in films:
        values[film.film_id].append(getattr(film.read, scale.name))
    once = {film.film_id: film for film in films if getattr(film.said, scale.name) is not None}
    return [
        JudgedFilm(
            film_id,
            film.patient_id,
            float(np.mean(values[film_id])),
            (float(getattr(film.said, scale.name)),),
            film.day,
            film.view,
        )
        for film_id, film in once.items()
    ]


def agreement_by_scale(
    films: Sequence[ReadFilm], *, resamples: int = 1000, seed: int = 0
) -> tuple[ScaleAgreement, ...]:
    """Return how the two agree on every scale that both give on `LEAST_FILMS` films or more."""
    found = []
    for scale in SCALES:
        on_scale = judged(films, scale)
        if len(on_scale) >= LEAST_FILMS:
            agreement = evaluate_agreement(on_scale, resamples=resamples, seed=seed)
            found.append(ScaleAgreement(scale, tuple(on_scale), agreement))
    return tuple(found)

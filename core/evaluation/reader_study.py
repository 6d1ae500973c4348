"""A reader's own scores of films beside a model's: which films to read, and how well the two agree."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.evaluation.agreement import Agreement, JudgedFilm, evaluate_agreement
from core.types import Score

LEAST_FILMS = 3
"""Fewer determine no agreement."""
FEW_PATIENTS = 10
"""Intervals by resampling fewer patients than this are too narrow to rely on."""
_MAXIMA = {"geographic_extent_right": 4, "geographic_extent_left": 4, "opacity_right": 3, "opacity_left": 3}


@dataclass(frozen=True)
class LungScores:
    """A person's scores of one film: extent 0-4 and opacity 0-3 per lung (Cohen et al. 2020).

    Raises
    ------
    ValueError
        A score off its scale.
    """

    geographic_extent_right: float
    geographic_extent_left: float
    opacity_right: float
    opacity_left: float

    def __post_init__(self) -> None:
        for name, maximum in _MAXIMA.items():
            value = getattr(self, name)
            if not 0 <= value <= maximum:
                message = f"{name.replace('_', ' ')} of {value} is off the scale. Expected 0 to {maximum}."
                raise ValueError(message)

    @property
    def geographic_extent(self) -> float:
        """Return the sum of both lungs, 0-8."""
        return self.geographic_extent_right + self.geographic_extent_left

    @property
    def opacity(self) -> float:
        """Return the sum of both lungs, 0-6."""
        return self.opacity_right + self.opacity_left


@dataclass(frozen=True)
class ReadFilm:
    """One film with what a reader and what a model said of it."""

    film_id: str
    patient_id: str
    read: LungScores
    said: Score


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


def drawn_films(films: Sequence[tuple[int, int]], count: int, *, seed: int) -> list[int]:
    """Return films drawn at random, in random order; a second film of a patient only after one of every patient.

    The same films in the same order for every order of `films`.

    Parameters
    ----------
    films : sequence of (film id, patient id)
    """
    random = np.random.default_rng(seed)
    listed = sorted(films)
    turns: dict[int, int] = defaultdict(int)
    ranked = []
    for place in random.permutation(len(listed)):
        film_id, patient_id = listed[place]
        ranked.append((turns[patient_id], film_id))
        turns[patient_id] += 1
    # A stable sort: within a turn the films stay in the order drawn.
    ranked.sort(key=lambda one: one[0])
    chosen = [film_id for _turn, film_id in ranked[:count]]
    return [chosen[place] for place in random.permutation(len(chosen))]


def judged(films: Sequence[ReadFilm], scale: ReadScale) -> list[JudgedFilm]:
    """Return the films with the reader's value as the expert's; those where the model gives no such value are left out.

    A film that several people read stands once, with the mean of their values.
    """
    values: dict[str, list[float]] = defaultdict(list)
    for film in films:
        values[film.film_id].append(getattr(film.read, scale.name))
    once = {film.film_id: film for film in films if getattr(film.said, scale.name) is not None}
    return [
        JudgedFilm(film_id, film.patient_id, float(np.mean(values[film_id])), (float(getattr(film.said, scale.name)),))
        for film_id, film in once.items()
    ]


def agreement_by_scale(
    films: Sequence[ReadFilm], *, resamples: int = 1000, seed: int = 0
) -> tuple[ScaleAgreement, ...]:
    """Return how reader and model agree on every scale that the model gives on `LEAST_FILMS` films or more."""
    found = []
    for scale in SCALES:
        on_scale = judged(films, scale)
        if len(on_scale) >= LEAST_FILMS:
            agreement = evaluate_agreement(on_scale, resamples=resamples, seed=seed)
            found.append(ScaleAgreement(scale, tuple(on_scale), agreement))
    return tuple(found)

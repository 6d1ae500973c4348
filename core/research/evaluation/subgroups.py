"""Agreement by view, sex, age, source and severity."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.evaluation.agreement import Agreement, JudgedFilm, evaluate_agreement
from core.research.evaluation.dataset import DataSetFilm

FEWEST_FILMS = 10
"""A subgroup with fewer is counted, not measured."""

THIRDS = ("lowest", "middle", "highest")

_NOT_STATED = "not stated"
_AGES = ((40, "0 to 39"), (60, "40 to 59"), (75, "60 to 74"))
"""Upper ends of the age groups, years; the last group is older."""


def age_group(age: str) -> str:
    """Return the group of an age as the data set writes it; one that is no whole number is not stated."""
    if not age.isdecimal():
        return _NOT_STATED
    return next((name for below, name in _AGES if int(age) < below), "75 and over")


_FACTS: Mapping[str, Callable[[DataSetFilm], str]] = {
    "view": lambda film: film.view or _NOT_STATED,
    "sex": lambda film: film.sex or _NOT_STATED,
    "age": lambda film: age_group(film.age),
    "source": lambda film: film.source,
}


@dataclass(frozen=True)
class Subgroup:
    """The films that share a fact.

    Attributes
    ----------
    by : str
        view, sex, age, source, or third: of the films by the experts' value. Within a third that value hardly varies,
        and those at its ends lean to the middle: r, R², ICC and slope are lower, biases larger than over all films.
    agreement : Agreement or None
        None below `FEWEST_FILMS`.
    """

    by: str
    value: str
    n_films: int
    n_patients: int
    agreement: Agreement | None


def evaluate_subgroups(
    films: Sequence[JudgedFilm], about: Mapping[str, DataSetFilm], *, resamples: int = 1000, seed: int = 0
) -> tuple[Subgroup, ...]:
    """Return the agreement of every subgroup of `films`.

    Parameters
    ----------
    about : mapping of str to DataSetFilm
        By film_id.
    """
    groups: dict[tuple[str, str], list[JudgedFilm]] = defaultdict(list)
    for film in films:
        for by, fact in _FACTS.items():
            groups[by, fact(about[film.film_id])].append(film)
    keys = sorted(groups)
    for value, members in severity_thirds(films).items():
        groups["third", value] = members
        keys.append(("third", value))
    return tuple(_subgroup(by, value, groups[by, value], resamples, seed) for by, value in keys)


def severity_thirds(films: Sequence[JudgedFilm]) -> dict[str, list[JudgedFilm]]:
    """Return the films in thirds by the experts' value, named by their range; equal values stay together."""
    if not films:
        return {}
    values = sorted(film.expert for film in films)
    first, second = np.quantile(values, (1 / 3, 2 / 3), method="lower")
    thirds: dict[str, list[JudgedFilm]] = {}
    for name, low, high in zip(THIRDS, (-np.inf, first, second), (first, second, np.inf), strict=True):
        members = [film for film in films if low < film.expert <= high]
        if members:
            inside = [film.expert for film in members]
            thirds[f"{name} ({min(inside):.3g} to {max(inside):.3g})"] = members
    return thirds


def _subgroup(by: str, value: str, films: Sequence[JudgedFilm], resamples: int, seed: int) -> Subgroup:
    agreement = evaluate_agreement(films, resamples=resamples, seed=seed) if len(films) >= FEWEST_FILMS else None
    return Subgroup(by, value, len(films), len({film.patient_id for film in films}), agreement)

"""Synthetic chest films as the core takes them, from clear to white lungs."""

from __future__ import annotations

import hashlib
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from core.films.synthetic import CLEAR, LungSeverity, draw_film
from core.types import Film, FilmHeader

SEVERITIES = (CLEAR, LungSeverity(1.0, 1.0), LungSeverity(2.5, 2.0), LungSeverity(4.0, 3.0))


def film_of(pixels: NDArray[np.floating]) -> Film:
    """Return a film with these grey values, 0-1."""
    values = np.ascontiguousarray(pixels, dtype=np.float32)
    header = FilmHeader(rows=values.shape[0], columns=values.shape[1], bits_stored=8)
    return Film(values, header, hashlib.sha256(values.tobytes()).hexdigest())


@lru_cache(maxsize=4)
def chest_films(count: int, *, first_patient: int = 0) -> tuple[Film, ...]:
    """Return films of `count` patients; severity grows over each four of them."""
    films = []
    for place in range(count):
        severity = SEVERITIES[place % len(SEVERITIES)]
        drawn = draw_film(patient_seed=first_patient + place, film_seed=1, right=severity, left=severity, size=256)
        films.append(film_of(drawn.pixels / np.float32(4095)))
    return tuple(films)

"""Keeps what several checks need to know of one film, so that it is computed once."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar
from weakref import WeakKeyDictionary

from core.types import Film

Fact = TypeVar("Fact")


def once_per_film(find: Callable[[Film], Fact]) -> Callable[[Film], Fact]:
    """Keep what a function computes from a film for as long as the film itself is kept."""
    known: WeakKeyDictionary[Film, Fact] = WeakKeyDictionary()

    @wraps(find)
    def remembered(film: Film) -> Fact:
        if film not in known:
            known[film] = find(film)
        return known[film]

    return remembered

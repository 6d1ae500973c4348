"""Which two films may be compared, and which of them came first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import product
from typing import NamedTuple, Protocol

from core.trend.types import Comparability, ScoredFilm, acquisition_of
from core.types import PatientPosition, TimeDoubt, TimePrecision, ViewPosition

_UNKNOWN = (ViewPosition.UNKNOWN, PatientPosition.UNKNOWN)
_LEAST_ALIKE_FIRST = (Comparability.MIXED, Comparability.UNKNOWN, Comparability.COMPARABLE)

_Taken = tuple[ViewPosition, PatientPosition]


class Timed(Protocol):
    """What has a time: a film, scored or not."""

    @property
    def acquired_at(self) -> datetime:
        """Return the time, with its zone."""
        ...

    @property
    def time_precision(self) -> TimePrecision:
        """Return how exactly that is known."""
        ...


class TakenAt(NamedTuple):
    """When a film was taken, where nothing else of it is asked."""

    acquired_at: datetime
    time_precision: TimePrecision


SECONDS_PER_HOUR = 3600.0
HOURS_PER_DAY = 24.0


def comparability_of(film: ScoredFilm, other: ScoredFilm) -> Comparability:
    """Return whether two films were taken alike; the order of the two does not matter.

    Films are MIXED as soon as projection or position is stated for both and differs, whatever else is
    unknown: an AP and a PA film are not comparable because their position is not stated.
    """
    return _COMPARABILITY[film.acquisition, other.acquisition]


def least_alike(films: Sequence[ScoredFilm], others: Sequence[ScoredFilm]) -> Comparability:
    """Return how films were taken beside others: as the pair of them that was taken least alike."""
    if len(films) == len(others) == 1:
        return comparability_of(films[0], others[0])
    these, those = {film.acquisition for film in films}, {film.acquisition for film in others}
    kinds = {_COMPARABILITY[this, that] for this in these for that in those}
    return next(kind for kind in _LEAST_ALIKE_FIRST if kind in kinds)


def _compared(one: _Taken, other: _Taken) -> Comparability:
    stated = True
    for its, others in zip(one, other, strict=True):
        if its in _UNKNOWN or others in _UNKNOWN:
            stated = False
        elif its is not others:
            return Comparability.MIXED
    return Comparability.COMPARABLE if stated else Comparability.UNKNOWN


_ACQUISITIONS = list(product(ViewPosition, PatientPosition))
_COMPARABILITY = {
    (acquisition_of(*one), acquisition_of(*other)): _compared(one, other)
    for one, other in product(_ACQUISITIONS, repeat=2)
}
"""Of every two acquisitions: there are few, and they are asked for with every pair."""


def seconds(film: Timed) -> float:
    """Return the film's time in seconds since 1970, UTC.

    Python subtracts and orders two times of one zone by the clock on the wall; an hour is lost or gained
    when summer time changes, so all arithmetic here is done on this number.
    """
    # A scored film is asked many times and keeps the answer.
    return film.seconds if isinstance(film, ScoredFilm) else film.acquired_at.timestamp()


def is_before(earlier: Timed, later: Timed) -> bool:
    """Return True where `earlier` was certainly taken before `later`.

    Two films known to the second are ordered unless they carry the same instant. A film known to the day
    lies anywhere in it: two such films are ordered from different days (at least 12 h between their
    nominal times, which copes with summer time), and one such film beside one known to the second
    from 24 h on. The rule needs no calendar, so it holds in whatever zone the times are given.
    """
    gap_hours = (seconds(later) - seconds(earlier)) / SECONDS_PER_HOUR
    if earlier.time_precision is not TimePrecision.DAY is not later.time_precision:
        return gap_hours > 0
    both = earlier.time_precision is later.time_precision
    return gap_hours >= (HOURS_PER_DAY / 2 if both else HOURS_PER_DAY)


def is_surely_after(now: Sequence[ScoredFilm], before: Sequence[ScoredFilm]) -> bool:
    """Return False where a clock that may be wrong leaves it open whether films were taken after those before them.

    A film dated after its receipt (`TimeDoubt.AHEAD`) may have been taken at any time before it; one that came LATE, at
    any time until then, so also after films that were there already.
    """
    if any(film.time_doubt is TimeDoubt.AHEAD for film in now):
        return False
    late = [film.received_at for film in before if film.time_doubt is TimeDoubt.LATE]
    return not any(came and film.received_at and film.received_at <= came for came in late for film in now)


def is_unordered(film: Timed, other: Timed) -> bool:
    """Return True where nobody knows which of the two films came first."""
    return not is_before(film, other) and not is_before(other, film)


def gap_in_days_only(film: Timed, other: Timed) -> bool:
    """Return True where the time of one of the films is known to the day only."""
    return film.time_precision is TimePrecision.DAY or other.time_precision is TimePrecision.DAY


def gap_hours_between(earlier: Timed, later: Timed) -> float:
    """Return the hours from `earlier` to `later`; whole days x 24 where a time is known to the day only."""
    hours = (seconds(later) - seconds(earlier)) / SECONDS_PER_HOUR
    return round(hours / HOURS_PER_DAY) * HOURS_PER_DAY if gap_in_days_only(earlier, later) else hours

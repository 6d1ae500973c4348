"""Which earlier films a film is compared with: recent, previous comparable, 24 h, 72 h, ICU admission.

A reference is one film, or several of one moment whose order nobody knows. Films of another stay are never
looked at.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from core.trend.comparability import (
    HOURS_PER_DAY,
    SECONDS_PER_HOUR,
    comparability_of,
    gap_hours_between,
    is_before,
    is_unordered,
    seconds,
)
from core.trend.types import Comparability, NoVerdict, Reference, ScoredFilm
from core.types import TimePrecision

SPAN_HOURS = {Reference.HOURS_24: 24.0, Reference.HOURS_72: 72.0}
SPAN_TOLERANCE = 1 / 3
"""A film stands for "24 h before" from 16 to 32 h, for "72 h before" from 48 to 96 h: a convention."""

RECENT_HOURS = 72.0
"""How far the recent level reaches back from the newest film in it: a convention."""


def span_of(reference: Reference) -> tuple[float, float]:
    """Return from when until when before it a film is looked for at HOURS_24 or HOURS_72, hours, the nearest first."""
    span_hours = SPAN_HOURS[reference]
    return span_hours * (1 - SPAN_TOLERANCE), span_hours * (1 + SPAN_TOLERANCE)


@dataclass(frozen=True)
class FoundReference:
    """The earlier films at one reference.

    Attributes
    ----------
    comparable : tuple of ScoredFilm
        The film to compare with; several only where they have no order among themselves.
    taken_differently : tuple of ScoredFilm
        Films in another projection or position, the one to look at first: for RECENT and PREVIOUS those since the
        comparable film (all of them where there is none), else those at the reference where none is comparable.
    missing : NoVerdict or None
        Why there is no film at all at this reference; None where there is one.
    """

    comparable: tuple[ScoredFilm, ...] = ()
    taken_differently: tuple[ScoredFilm, ...] = ()
    missing: NoVerdict | None = None


class StaySeries:
    """The films of one stay in order of time, ties by id."""

    def __init__(self, films: Sequence[ScoredFilm]) -> None:
        self.films = sorted(films, key=lambda film: (seconds(film), film.film_id))
        self._times = [seconds(film) for film in self.films]
        self._first = [film for film in self.films if not is_before(self.films[0], film)]
        self._place = {film.film_id: place for place, film in enumerate(self.films)}
        self._exact = [film.time_precision is not TimePrecision.DAY for film in self.films]
        self._kind, self._alike = _kinds(self.films)
        self._previous: dict[int, FoundReference] = {}

    def place(self, film: ScoredFilm) -> int:
        """Return the place of a film of this series."""
        return self._place[film.film_id]

    def find(self, film: ScoredFilm, reference: Reference) -> FoundReference:
        """Return the films that `film` of this series is compared with at `reference`."""
        if reference is Reference.RECENT or reference is Reference.PREVIOUS:
            return self.previous(film)
        if reference is Reference.ADMISSION:
            return self._admission(film)
        return self._span(film, reference)

    def before(self, now: Sequence[ScoredFilm], *, within_hours: float, level_from: float) -> tuple[ScoredFilm, ...]:
        """Return the films certainly before all of `now` and taken like them, newest first.

        The newest of them, and those at most `within_hours` before it and not before `level_from` (seconds since 1970).
        """
        places = [self._place[film.film_id] for film in now]
        times, is_earlier, are_alike = self._times, self._is_earlier, self._are_alike
        found: list[ScoredFilm] = []
        earliest = float("-inf")
        for place in range(bisect_left(times, min([times[own] for own in places])) - 1, -1, -1):
            if times[place] < earliest:
                break
            for own in places:
                if not are_alike(place, own) or not is_earlier(place, own):
                    break
            else:
                if not found:
                    earliest = max(times[place] - within_hours * SECONDS_PER_HOUR, level_from)
                found.append(self.films[place])
        return tuple(found)

    def previous(self, film: ScoredFilm) -> FoundReference:
        """Return the previous comparable film, or those of one moment; and what was taken differently since."""
        found = self._previous.get(film.film_id)
        if found is None:
            found = self._previous[film.film_id] = self._find_previous(film)
        return found

    def _find_previous(self, film: ScoredFilm) -> FoundReference:
        comparable: list[ScoredFilm] = []
        differently: list[ScoredFilm] = []
        own, newest = self._place[film.film_id], -1
        for place in range(bisect_left(self._times, seconds(film)) - 1, -1, -1):
            if newest >= 0 and self._is_earlier(place, newest):
                break
            if not self._is_earlier(place, own):
                continue
            if not self._are_alike(place, own):
                differently.append(self.films[place])
                continue
            newest = newest if newest >= 0 else place
            comparable.append(self.films[place])
        return FoundReference(tuple(comparable), tuple(differently), self._why_none(film, comparable + differently))

    def _is_earlier(self, place: int, other: int) -> bool:
        """Return `is_before` of the films at two places."""
        if self._exact[place] and self._exact[other]:
            return self._times[place] < self._times[other]
        return is_before(self.films[place], self.films[other])

    def _are_alike(self, place: int, other: int) -> bool:
        return self._alike[self._kind[place]][self._kind[other]]

    def _why_none(self, film: ScoredFilm, earlier: Sequence[ScoredFilm]) -> NoVerdict | None:
        if earlier:
            return None
        # Everything else of the stay is later, or of the same unordered day: look at the start only.
        others = (other for other in self.films if other is not film)
        if any(is_unordered(film, other) for other in others):
            return NoVerdict.UNORDERED
        return NoVerdict.NO_EARLIER_FILM

    def _span(self, film: ScoredFilm, reference: Reference) -> FoundReference:
        span_hours, (nearest, farthest) = SPAN_HOURS[reference], span_of(reference)
        # Half a day on both sides: gaps known in days are rounded before they are judged.
        margin_hours = HOURS_PER_DAY / 2
        start = bisect_left(self._times, seconds(film) - (farthest + margin_hours) * SECONDS_PER_HOUR)
        stop = bisect_right(self._times, seconds(film) - (nearest - margin_hours) * SECONDS_PER_HOUR)
        gaps = [(gap_hours_between(earlier, film), earlier) for earlier in self.films[start:stop]]
        within = [(gap, one) for gap, one in gaps if nearest <= gap <= farthest and is_before(one, film)]
        # Of two films equally near the later one; the sort keeps the films' own order otherwise.
        found = [one for _, one in sorted(within, key=lambda pair: (abs(pair[0] - span_hours), pair[0]))]
        if not found:
            return FoundReference(missing=NoVerdict.NO_FILM_THEN)
        return _nearest_moment(film, found)

    def _admission(self, film: ScoredFilm) -> FoundReference:
        if film.stay_id is None:
            return FoundReference(missing=NoVerdict.NO_STAY)
        # A film without order beside the earliest one may itself be the first of the stay.
        if is_before(self.films[0], film):
            return _nearest_moment(film, [first for first in self._first if is_before(first, film)])
        alone = len(self._first) == 1
        return FoundReference(missing=NoVerdict.FIRST_FILM if alone else NoVerdict.UNORDERED)


def _kinds(films: Sequence[ScoredFilm]) -> tuple[list[int], list[list[bool]]]:
    """Return the number of each film's acquisition, and which acquisitions are alike: there are few, and many pairs."""
    firsts = {film.acquisition: film for film in reversed(films)}
    numbers = {acquisition: number for number, acquisition in enumerate(firsts)}
    alike = [[_taken_alike(film, other) for other in firsts.values()] for film in firsts.values()]
    return [numbers[film.acquisition] for film in films], alike


def _taken_alike(film: ScoredFilm, other: ScoredFilm) -> bool:
    return comparability_of(film, other) is not Comparability.MIXED


def _nearest_moment(film: ScoredFilm, found: Sequence[ScoredFilm]) -> FoundReference:
    """Return the first comparable film of `found` and those of its moment, else those taken differently."""
    comparable = [earlier for earlier in found if _taken_alike(earlier, film)]
    if not comparable:
        return FoundReference(taken_differently=tuple(found))
    chosen = comparable[0]
    return FoundReference(
        tuple(earlier for earlier in comparable if earlier is chosen or is_unordered(earlier, chosen))
    )

"""Any two films of a patient: which came first, what changed between them, how their lungs lie over each other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from core.scoring.alignment import Alignment, OpacityDifference, align_lungs, opacity_difference
from core.trend.change import compare_films
from core.trend.comparability import gap_hours_between, gap_in_days_only, is_before
from core.trend.types import Change, Comparability, Reference
from core.trend.wording import UNORDERED
from core.types import Measure, TimePrecision
from dashboard.pictures.maps import masks_of
from dashboard.services.patient.timeline import PatientTrend
from dashboard.services.site.opening import Site
from db.engine import read_transaction
from db.errors import NotFoundError
from db.read_models.facts import FilmFacts
from db.repositories import maps


@dataclass(frozen=True)
class Gap:
    """The time between two films whose order is known.

    Attributes
    ----------
    hours : float
        Whole days x 24 where a time is known to the day only.
    in_days_only : bool
    films_between : int
        Films on the trend that were taken between the two.
    """

    hours: float
    in_days_only: bool
    films_between: int


@dataclass(frozen=True)
class FilmPair:
    """Two films of one patient.

    Attributes
    ----------
    first, second : FilmFacts
        As time runs; where nobody knows the order, as they were asked for.
    gap : Gap or None
        None where the order is not known.
    changes : tuple of Change
        One for each measure; empty where there is no verdict.
    why_not : str
        Why there is no verdict, in a sentence; "" where there is one.
    """

    first: FilmFacts
    second: FilmFacts
    gap: Gap | None
    changes: tuple[Change, ...]
    why_not: str


@dataclass(frozen=True)
class AlignedMasks:
    """How the lungs of the second of two films lie over those of the first, and what their opacity masks share."""

    alignment: Alignment
    difference: OpacityDifference


@dataclass(frozen=True)
class _Moment:
    acquired_at: datetime
    time_precision: TimePrecision


def film_pair(trend: PatientTrend, one: FilmFacts, other: FilmFacts) -> FilmPair:
    """Return two films of the patient's timeline with the change between them, or why there is none.

    The words of a change name the earlier film by its time before the later one, so that they hold for any pair.
    """
    first, second = (other, one) if _is_before(other, one) else (one, other)
    gap = _gap(trend, first, second) if _is_before(first, second) else None
    why_not = _why_not(trend, first, second, ordered=gap is not None)
    return FilmPair(first, second, gap, () if why_not else _changes(trend, first, second), why_not)


def steps(trend: PatientTrend, pair: FilmPair) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the films that each side of a pair can be stepped through while the other stays, as time runs.

    Those of the stay of the film shown there, itself among them, that are on the same side of the other film: earlier
    ones stay left of it, later ones right.
    """
    films = trend.timeline.films
    left = (film for film in films if film.stay_id == pair.first.stay_id and _is_before(film, pair.second))
    right = (film for film in films if film.stay_id == pair.second.stay_id and _is_before(pair.first, film))
    return _with(pair.first, left), _with(pair.second, right)


def _with(shown: FilmFacts, films: Iterable[FilmFacts]) -> tuple[int, ...]:
    """Return the ids of films whose order with the other side is known; the one shown alone where its own is not."""
    found = tuple(film.film_id for film in films)
    return found if shown.film_id in found else (shown.film_id,)


@dataclass(frozen=True)
class LastFilms:
    """The newest film on the trend, and the one to see beside it.

    Attributes
    ----------
    before : FilmFacts or None
        The last film of the stay that was taken alike, where none taken differently came after it; else the film just
        before. None for the first film.
    alike : bool
        The two were taken alike, as far as is stated.
    """

    newest: FilmFacts
    before: FilmFacts | None
    alike: bool

    @property
    def shown(self) -> tuple[FilmFacts, ...]:
        """Return one film or two, as time runs."""
        return (self.newest,) if self.before is None else (self.before, self.newest)


def last_films(trend: PatientTrend) -> LastFilms | None:
    """Return the newest film on the trend with the one before it; None where there is none on the trend.

    The newest one always is among them: two older films that can be compared would read as how the patient is now.
    """
    by_id = {film.film_id: film for film in trend.timeline.films}
    if not trend.in_order:
        return None
    newest = trend.in_order[-1]
    change = newest.change(Measure.GEOGRAPHIC_EXTENT, Reference.PREVIOUS)
    before = None if change is None or change.reference_film_id is None else by_id.get(change.reference_film_id)
    alike = change is not None and change.comparability in {Comparability.COMPARABLE, Comparability.UNKNOWN}
    return LastFilms(by_id[newest.film.film_id], before, alike)


def aligned_masks(first_map_id: int, second_map_id: int, *, site: Site) -> AlignedMasks:
    """Return how the lungs on two made masks lie over each other, and what the opacity masks then share.

    Raises
    ------
    AlignmentNotPossibleError
        A lung is not outlined, or the lungs do not fit.
    NotFoundError
        One of the masks is not made.
    """
    with read_transaction(site.engine) as session:
        rows = [maps.get(map_id, session=session) for map_id in (first_map_id, second_map_id)]
        pictures = [row.picture for row in rows if row is not None and row.picture is not None]
    if len(pictures) < 2:
        raise NotFoundError("The masks of these films are not made yet. Wait a moment, or ask for them again.")
    first, second = (masks_of(picture) for picture in pictures)
    alignment = align_lungs(first, second)
    return AlignedMasks(alignment, opacity_difference(first, second, alignment))


def _moment(film: FilmFacts) -> _Moment | None:
    return None if film.acquired_at is None else _Moment(film.acquired_at, film.time_precision)


def _is_before(film: FilmFacts, other: FilmFacts) -> bool:
    here, there = _moment(film), _moment(other)
    return here is not None and there is not None and is_before(here, there)


def _gap(trend: PatientTrend, first: FilmFacts, second: FilmFacts) -> Gap | None:
    here, there = _moment(first), _moment(second)
    if here is None or there is None:
        return None
    between = [
        assessed
        for assessed in trend.trends.values()
        if is_before(here, assessed.film) and is_before(assessed.film, there)
    ]
    return Gap(gap_hours_between(here, there), gap_in_days_only(here, there), len(between))


def _why_not(trend: PatientTrend, first: FilmFacts, second: FilmFacts, *, ordered: bool) -> str:
    """Return why two films have no verdict, the first reason there is; "" where they have one."""
    for film in (first, second):
        if film.film_id not in trend.trends:
            reason = trend.not_on_trend.get(film.film_id, "no model is active").rstrip(".")
            return f"No verdict: one of the two films is not on the trend, {reason}."
    if first.film_id == second.film_id:
        return "No verdict: this is one film beside itself."
    if first.stay_id != second.stay_id:
        return "No verdict: the films are of different stays, and verdicts hold within one stay."
    return "" if ordered else f"No verdict: {UNORDERED}."


def _changes(trend: PatientTrend, first: FilmFacts, second: FilmFacts) -> tuple[Change, ...]:
    if trend.card is None:
        return ()
    return tuple(
        compare_films(
            trend.trends[second.film_id].film,
            trend.trends[first.film_id].film,
            measure=measure,
            reference=Reference.PREVIOUS,
            card=trend.card,
            policy=trend.policies.of_stay(second.stay_id),
        )
        for measure in Measure
    )

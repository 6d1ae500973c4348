"""The ward board's rows: one open stay each, with what is known of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from core.trend import Saturation
from core.trend.types import Change, Reference
from core.types import Interval, Measure, ScorerCard, TimePrecision
from dashboard.services.patient.standing import SET_ASIDE, Absence, OffTrend
from dashboard.services.units.settings import UnitSettings
from db.models import FilmState
from db.read_models.facts import EventFacts, FilmFacts, FlagFacts, StayFacts


@dataclass(frozen=True)
class SeriesPoint:
    """One film on the sparkline; `value` on the scale of the board's measure.

    `apart` where the line from the film before must not read as a change: taken differently, or without order.
    """

    film_id: int
    at: datetime
    time_precision: TimePrecision
    value: float
    apart: bool = False


@dataclass(frozen=True)
class News:
    """When something last came for a stay, None where it never did.

    Attributes
    ----------
    film_at : datetime or None
        A film was received; not one that another film stands for, or that a person took away.
    verdict_at : datetime or None
        A film was scored.
    flag_at : datetime or None
        A flag was opened; not one that was withdrawn.
    """

    film_at: datetime | None
    verdict_at: datetime | None
    flag_at: datetime | None

    def since(self, at: datetime) -> tuple[str, ...]:
        """Return what came after a time: ``film``, ``verdict``, ``flag``."""
        times = {"film": self.film_at, "verdict": self.verdict_at, "flag": self.flag_at}
        return tuple(word for word, came in times.items() if came is not None and came > at)


@dataclass(frozen=True)
class BoardRow:
    """One open stay.

    Attributes
    ----------
    series : tuple of SeriesPoint
        By acquisition.
    level, interval : float or None, Interval or None
        Of the last film on the trend; no interval where the scorer's was never calibrated.
    opacity_fraction : float or None
        Share of the lungs that is opaque on that film, percent; None where the scorer does not segment.
    change : Change or None
        Of the last film on the trend against the chosen reference.
    sustained : Change or None
        The large rise or drop that only the level of the whole stay shows (`FilmTrend.sustained`).
    open_flags : tuple of FlagFacts
        Open, or snoozed until before now.
    seen_flags : tuple of FlagFacts
        That somebody has acknowledged, or snoozed until later.
    hours_since_last_film : float or None
        From the last film on the trend; None also where times are days from an arbitrary day 0.
    days_only : bool
        The last film's time is known to the day: show days.
    stale : bool
        The last film on the trend is older than the policy allows.
    off_trend : tuple of OffTrend
        Films that are not on the trend, with the reasons.
    of_other_persons : tuple of FilmFacts
        Films that a person gave to this patient although they name another one.
    newest_absence : Absence or None
        Why the newest film is not on the trend, so that the level is not the latest word; None where it is.
    newest_reason : str
        What that film itself says of it; "" where the absence says it all.
    status : str
        One sentence that says how the row stands; never empty.
    rank : int
        How much concern the row asks for: 0 the most.
    extents : (float or None, float or None)
        Of the right and the left lung on that film, 0-4; None where the scorer does not separate them.
    sides_in_doubt : bool
        Whether these two may be swapped.
    in_doubt : tuple of FilmFacts
        Recent films on the trend whose time is in doubt, and those dated before the admission.
    question : Change or None
        What only a person can compare, and no later film has answered; against the recent level alone.
    news : News
    reviews : mapping of reviewer to datetime
        The last review by each person; keys as `typed_name_key` makes them.
    settings : UnitSettings
        Of the unit: its names on the wall, and from when its large rises are overdue.
    """

    stay: StayFacts
    series: tuple[SeriesPoint, ...]
    level: float | None
    interval: Interval | None
    opacity_fraction: float | None
    change: Change | None
    sustained: Change | None
    open_flags: tuple[FlagFacts, ...]
    seen_flags: tuple[FlagFacts, ...]
    hours_since_last_film: float | None
    days_only: bool
    stale: bool
    saturation: Saturation
    off_trend: tuple[OffTrend, ...]
    of_other_persons: tuple[FilmFacts, ...]
    ventilation: EventFacts | None
    newest_absence: Absence | None
    newest_reason: str
    status: str
    rank: int
    extents: tuple[float | None, float | None]
    sides_in_doubt: bool
    in_doubt: tuple[FilmFacts, ...]
    question: Change | None
    news: News
    reviews: Mapping[str, datetime]
    settings: UnitSettings

    @property
    def behind(self) -> bool:
        """Return True where the level is not the latest word: stale, or a newer film is not on the trend."""
        return self.stale or self.newest_absence is not None

    @property
    def compared(self) -> bool:
        """Return True where the last film on the trend has another one to be compared with."""
        return self.change is not None and len(self.series) > 1


@dataclass(frozen=True, eq=False)
class Board:
    """The ward; each is what was read at one moment, so two are never the same.

    Attributes
    ----------
    rows : tuple of BoardRow
        Sickest change first, then highest level, then bed.
    card : ScorerCard or None
        Of the active model; None before the first one.
    moment : datetime
        What the board shows: now, or the time asked for.
    """

    rows: tuple[BoardRow, ...]
    card: ScorerCard | None
    units: tuple[str, ...]
    unplaced: Mapping[FilmState, int]
    measure: Measure
    reference: Reference
    moment: datetime

    @property
    def unmeasured(self) -> tuple[str, ...]:
        """Return how films of these rows were taken on whose pairs the noise of a change was never measured."""
        return unmeasured_in(self.rows)

    @property
    def n_set_aside(self) -> int:
        """Return how many films, in its rows or in none, wait for what only a person knows."""
        in_rows = sum(
            off_trend.count for row in self.rows for off_trend in row.off_trend if off_trend.absence in SET_ASIDE
        )
        return in_rows + self.unplaced.get(FilmState.QUARANTINED, 0)

    def of_unit(self, unit: str | None) -> Board:
        """Return the same board with the rows of one unit; None for all."""
        return self if unit is None else replace(self, rows=tuple(row for row in self.rows if row.stay.unit == unit))


def unmeasured_in(rows: Iterable[BoardRow]) -> tuple[str, ...]:
    """Return how films of these rows were taken on whose pairs the noise of a change was never measured."""
    return tuple(sorted({way for row in rows if row.change is not None for way in row.change.unmeasured}))

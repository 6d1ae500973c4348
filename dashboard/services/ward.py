"""The ward board: one row per open stay, the sickest change on top, and what is not on the trend with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from core.trend import Saturation, assess_newest, staleness_hours, trajectory
from core.trend.flags import ALERTING_REFERENCE
from core.trend.types import Change, Reference, ScoredFilm, TrendPolicy, Verdict
from core.types import Interval, Measure, ScorerCard, TimePrecision
from dashboard.services.policies import Policies, load_policies
from dashboard.services.site import card_of
from dashboard.services.standing import (
    SETTLED_ELSEWHERE,
    WAITING,
    Absence,
    OffTrend,
    absence_of,
    is_open,
    moment_of,
    off_trend,
    on_trend,
)
from dashboard.settings import Settings
from db.engine import reading
from db.models import FilmState
from db.read_models.facts import EventFacts, FilmFacts, FlagFacts, StayFacts
from db.read_models.ward import WardEntry, read_ward

NO_FILM = "no film yet"
FIRST_FILM = "first film, nothing to compare with"
NO_SUPPORT = "no support for de-escalation"
"""What a drop on the films alone is: whether physiology agrees is not known here."""
DROPS = (Verdict.DROP, Verdict.LARGE_DROP)

RANK = {
    Verdict.LARGE_RISE: 0,
    Verdict.RISE: 2,
    Verdict.CANNOT_TELL: 3,
    Verdict.NOT_ASSESSED: 4,
    Verdict.NO_REAL_CHANGE: 5,
    Verdict.DROP: 6,
    Verdict.LARGE_DROP: 7,
}
RANK_OF_OPEN_FLAG = 1
RANK_OF_UNSCORED = 4


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
    open_flags : tuple of FlagFacts
        Open, or snoozed until before now.
    hours_since_last_film : float or None
        From the last film on the trend.
    days_only : bool
        The last film's time is known to the day: show days.
    stale : bool
        The last film on the trend is older than the policy allows.
    off_trend : tuple of OffTrend
        Films that are not on the trend, with the reasons.
    newest_absence : Absence or None
        Why the newest film is not on the trend, so that the level is not the latest word; None where it is.
    status : str
        One sentence that says how the row stands; never empty.
    """

    stay: StayFacts
    series: tuple[SeriesPoint, ...]
    level: float | None
    interval: Interval | None
    opacity_fraction: float | None
    change: Change | None
    open_flags: tuple[FlagFacts, ...]
    hours_since_last_film: float | None
    days_only: bool
    stale: bool
    saturation: Saturation
    off_trend: tuple[OffTrend, ...]
    ventilation: EventFacts | None
    newest_absence: Absence | None
    status: str
    rank: int

    @property
    def behind(self) -> bool:
        """Return True where the level shown is not the latest word: stale, or a newer film is not on the trend."""
        return self.stale or self.newest_absence is not None

    @property
    def n_waiting(self) -> int:
        """Return how many films wait for their checks or score."""
        return sum(one.count for one in self.off_trend if one.absence in WAITING)


@dataclass(frozen=True)
class Board:
    """The ward.

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


def ward_board(
    settings: Settings,
    engine: Engine,
    *,
    now: datetime,
    as_of: datetime | None = None,
    unit: str | None = None,
    reference: Reference = ALERTING_REFERENCE,
    measure: Measure = Measure.GEOGRAPHIC_EXTENT,
) -> Board:
    """Return the ward, now or as it stood at `as_of`."""
    with reading(engine) as session:
        ward = read_ward(session=session, as_of=as_of, unit=unit)
        of_stay = {entry.stay.stay_id: entry.stay.unit for entry in ward.entries}
        policies = load_policies(settings.trend_policy, of_stay, as_of=as_of, session=session)
    card = card_of(ward.active_model, ward.active_version) if ward.active_model and ward.active_version else None
    view = _View(card, policies, as_of or now, measure, reference)
    rows = (view.row(entry) for entry in ward.entries)
    return Board(
        rows=tuple(sorted(rows, key=_order)),
        card=card,
        units=ward.units,
        unplaced=ward.unplaced,
        measure=measure,
        reference=reference,
        moment=as_of or now,
    )


def _order(row: BoardRow) -> tuple[int, float, str, str]:
    return row.rank, -(row.level if row.level is not None else -1.0), row.stay.unit, row.stay.bed


@dataclass(frozen=True)
class _View:
    """How a board looks at every stay alike."""

    card: ScorerCard | None
    policies: Policies
    moment: datetime
    measure: Measure
    reference: Reference

    def row(self, entry: WardEntry) -> BoardRow:
        """Return a stay's row."""
        scored, policy = on_trend(entry.films), self.policies.of_unit(entry.stay.unit)
        course = trajectory(scored, self.measure, now=self.moment)
        points, apart = course.points, {segment.next_film_id for segment in course.segments if segment.dashed}
        last = points[-1] if points else None
        change = self._change(scored, policy)
        open_flags = tuple(flag for flag in entry.flags if is_open(flag, self.moment))
        hours = staleness_hours(scored, now=self.moment)
        stale = hours is not None and hours > policy.stale_after_hours
        newest = _newest_gap(entry.films)
        return BoardRow(
            stay=entry.stay,
            series=tuple(
                SeriesPoint(p.film.film_id, p.film.acquired_at, p.film.time_precision, p.level, p.film.film_id in apart)
                for p in points
            ),
            level=last.level if last else None,
            interval=last.band if last else None,
            opacity_fraction=last.film.score.opacity_fraction if last else None,
            change=change,
            open_flags=open_flags,
            hours_since_last_film=hours,
            days_only=last is not None and last.film.time_precision is TimePrecision.DAY,
            stale=stale,
            saturation=last.saturation if last else Saturation.NONE,
            off_trend=off_trend(entry.films),
            ventilation=entry.ventilation,
            newest_absence=None if newest is None else absence_of(newest),
            status=_status(entry.films, newest, stale=stale, hours=hours, change=change, n_scored=len(scored)),
            rank=_rank(change, open_flags, behind=stale or newest is not None),
        )

    def _change(self, scored: tuple[ScoredFilm, ...], policy: TrendPolicy) -> Change | None:
        if not scored or self.card is None:
            return None
        newest = assess_newest(
            scored, card=self.card, policy=policy, references=(self.reference,), measures=(self.measure,)
        )
        return newest.change(self.measure, self.reference) if newest else None


def _newest_gap(films: tuple[FilmFacts, ...]) -> FilmFacts | None:
    """Return the newest film if it is not on the trend, so that the level shown is not the latest; else None."""
    standing = [film for film in films if absence_of(film) not in SETTLED_ELSEWHERE]
    newest = max(standing, key=moment_of, default=None)
    return newest if newest is not None and absence_of(newest) is not None else None


def _rank(change: Change | None, open_flags: tuple[FlagFacts, ...], *, behind: bool) -> int:
    ranks = [RANK[change.verdict if change else Verdict.NOT_ASSESSED]]
    if open_flags:
        ranks.append(RANK_OF_OPEN_FLAG)
    if behind:
        ranks.append(RANK_OF_UNSCORED)
    return min(ranks)


def _status(
    films: tuple[FilmFacts, ...],
    newest_gap: FilmFacts | None,
    *,
    stale: bool,
    hours: float | None,
    change: Change | None,
    n_scored: int,
) -> str:
    """Return how a row stands in one sentence; the not assessable reasons come before any verdict."""
    if not films:
        return NO_FILM
    if newest_gap is not None:
        which = "newest film" if n_scored else "only film" if len(films) == 1 else "no film on the trend; the newest is"
        reason = f": {newest_gap.reason}" if newest_gap.reason else ""
        return f"{which} {absence_of(newest_gap)}{reason}"
    if not n_scored:
        return NO_FILM
    verdict = FIRST_FILM if n_scored == 1 else change.verdict.value if change else Verdict.NOT_ASSESSED.value
    if stale and hours is not None:
        return f"stale: last film {hours / 24:.0f} days ago ({verdict} then)"
    return f"{verdict}; {NO_SUPPORT}" if change is not None and change.verdict in DROPS else verdict

"""The ward board: one row per open stay, most concern on top, and what is not on the trend with its reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple, Self

from core.trend import Saturation, TrajectoryPoint, assess_newest, staleness_hours, trajectory
from core.trend.flags.proposed import ALERTING_REFERENCE
from core.trend.open_question import open_question
from core.trend.types import Change, Reference, ScoredFilm, TrendPolicy, Verdict
from core.types import Measure, ScorerCard, TimePrecision
from dashboard.services.patient.standing import (
    OffTrend,
    absence_of,
    in_doubt,
    is_open,
    is_settled,
    of_other_persons,
    off_trend,
    on_trend,
)
from dashboard.services.people.typed_names import typed_name_key
from dashboard.services.receiving.moments import require_moment
from dashboard.services.site.opening import Site
from dashboard.services.site.scorers import card_of
from dashboard.services.units.policies import Policies, load_policies
from dashboard.services.ward.board import Board, BoardRow, News, SeriesPoint
from dashboard.services.ward.order import BoardSort, in_order
from dashboard.services.ward.row_standing import newest_gap, rank_of, status_of
from db.engine import read_transaction
from db.models import LIVE_STATES, FlagState
from db.read_models.facts import FilmFacts, FlagFacts
from db.read_models.rounds import read_reviewers
from db.read_models.ward import Ward, WardEntry, read_ward

REMEMBERED = 1024
"""Courses of stays that are kept: what did not change on a large ward is not assessed again."""


def ward_board(
    *,
    as_of: datetime | None = None,
    unit: str | None = None,
    reference: Reference = ALERTING_REFERENCE,
    measure: Measure = Measure.GEOGRAPHIC_EXTENT,
    site: Site,
) -> Board:
    """Return the ward, now or as it stood at `as_of`."""
    return standing_ward(as_of=as_of, unit=unit, site=site).board(reference, measure)


def standing_ward(*, as_of: datetime | None = None, unit: str | None = None, site: Site) -> StandingWard:
    """Return what is known of the ward, now or as it stood at `as_of`, to be looked at in several ways."""
    now = site.clock()
    require_moment(as_of)
    with read_transaction(site.engine) as session:
        ward = read_ward(session=session, as_of=as_of, unit=unit)
        of_stay = {entry.stay.stay_id: entry.stay.unit for entry in ward.entries}
        policies = load_policies(of_stay, as_of=as_of, site=site, session=session)
        reviews = read_reviewers(of_stay, as_of=as_of, session=session)
        model, version = ward.active_model, ward.active_version
        card = card_of(model, version, session=session) if model and version else None
    return StandingWard(ward, card, policies, reviews, as_of or now)


@dataclass(frozen=True, eq=False)
class StandingWard:
    """The ward as it was read at one moment; each of its boards is made once."""

    ward: Ward
    card: ScorerCard | None
    policies: Policies
    reviews: Mapping[int, Mapping[str, datetime]]
    moment: datetime
    _boards: dict[tuple[Reference, Measure], Board] = field(default_factory=dict)

    def board(self, reference: Reference, measure: Measure = Measure.GEOGRAPHIC_EXTENT) -> Board:
        """Return the ward with the change of a measure since a reference."""
        known = self._boards.get((reference, measure))
        if known is None:
            known = self._boards[reference, measure] = self._board(reference, measure)
        return known

    def _board(self, reference: Reference, measure: Measure) -> Board:
        ward = self.ward
        view = _View(self.card, self.policies, self.reviews, self.moment, measure, reference)
        rows = (view.row(entry) for entry in ward.entries)
        return Board(
            rows=in_order(rows, BoardSort.CONCERN),
            card=self.card,
            units=ward.units,
            unplaced=ward.unplaced,
            measure=measure,
            reference=reference,
            moment=self.moment,
        )


@dataclass(frozen=True)
class _View:
    """How a board looks at every stay alike."""

    card: ScorerCard | None
    policies: Policies
    reviews: Mapping[int, Mapping[str, datetime]]
    moment: datetime
    measure: Measure
    reference: Reference

    def row(self, entry: WardEntry) -> BoardRow:
        """Return a stay's row."""
        films, settings = _films_of(entry), self.policies.settings_of_unit(entry.stay.unit)
        policy = settings.policy(self.policies.site)
        model = None if self.card is None else _Model(self.card.model, self.card.version, self.card)
        series, last, change, sustained, question = _course(films, model, policy, self.measure, self.reference)
        open_flags = tuple(flag for flag in entry.flags if is_open(flag, self.moment))
        seen_flags = tuple(flag for flag in entry.flags if flag.state in LIVE_STATES and flag not in open_flags)
        # Days from an arbitrary day 0 have no "now" to be stale at.
        relative = entry.stay.relative_day_zero is not None
        hours = None if relative else staleness_hours(films.scored, now=self.moment)
        stale = hours is not None and hours > policy.stale_after_hours
        newest = films.newest_gap
        since = self.moment - timedelta(hours=policy.stale_after_hours)
        outside = tuple(film for film in entry.late_outside if film.received_at > since and not is_settled(film))
        doubtful = (*outside, *in_doubt(entry.films, moment=self.moment, within_hours=policy.stale_after_hours))
        score = last.film.score if last else None
        return BoardRow(
            stay=entry.stay,
            series=series,
            level=last.level if last else None,
            interval=last.band if last else None,
            opacity_fraction=score.opacity_fraction if score else None,
            change=change,
            sustained=sustained,
            open_flags=open_flags,
            seen_flags=seen_flags,
            hours_since_last_film=hours,
            days_only=last is not None and last.film.time_precision is TimePrecision.DAY,
            stale=stale,
            saturation=last.saturation if last else Saturation.NONE,
            off_trend=films.off_trend,
            of_other_persons=films.of_other_persons,
            ventilation=entry.ventilation,
            newest_absence=None if newest is None else absence_of(newest),
            newest_reason="" if newest is None else newest.reason,
            status=status_of(entry.films, newest, stale=stale, hours=hours, change=change, n_scored=len(films.scored)),
            rank=rank_of(change, open_flags, behind=stale or newest is not None or bool(outside)),
            extents=(score.geographic_extent_right, score.geographic_extent_left) if score else (None, None),
            sides_in_doubt=score is not None and score.sides_in_doubt,
            in_doubt=doubtful,
            question=question,
            news=_news(films, entry.flags),
            reviews=_by_reviewer(self.reviews.get(entry.stay.stay_id, {})),
            settings=settings,
        )


@dataclass(frozen=True, eq=False)
class _Films:
    """What the films of a stay say by themselves, made once for as long as none changes."""

    films: tuple[FilmFacts, ...]
    scored: tuple[ScoredFilm, ...]
    off_trend: tuple[OffTrend, ...]
    of_other_persons: tuple[FilmFacts, ...]
    newest_gap: FilmFacts | None
    film_at: datetime | None
    verdict_at: datetime | None

    @classmethod
    def of(cls, films: tuple[FilmFacts, ...]) -> Self:
        """Return what these films say."""
        standing = [film for film in films if not is_settled(film)]
        return cls(
            films=films,
            scored=on_trend(films),
            off_trend=off_trend(films),
            of_other_persons=of_other_persons(films),
            newest_gap=newest_gap(films),
            film_at=max((film.received_at for film in standing), default=None),
            verdict_at=max((film.scored_at for film in standing if film.scored_at), default=None),
        )


_KNOWN: dict[int, _Films] = {}


def _films_of(entry: WardEntry) -> _Films:
    stay_id = entry.stay.stay_id
    known = _KNOWN.get(stay_id)
    # Facts that did not change are the same objects, and cost nothing to compare.
    if known is None or known.films != entry.films:
        if len(_KNOWN) >= REMEMBERED:
            _KNOWN.clear()
        known = _KNOWN[stay_id] = _Films.of(entry.films)
    return known


@dataclass(frozen=True)
class _Model:
    """The model version that courses are remembered by, and its card."""

    name: str
    version: str
    card: ScorerCard = field(compare=False)


class _Course(NamedTuple):
    """What the films of a stay show whatever the hour; `last` is the newest of them."""

    series: tuple[SeriesPoint, ...]
    last: TrajectoryPoint | None
    change: Change | None
    sustained: Change | None
    question: Change | None


@lru_cache(maxsize=REMEMBERED)
def _course(
    films: _Films,
    model: _Model | None,
    policy: TrendPolicy,
    measure: Measure,
    reference: Reference,
) -> _Course:
    scored = films.scored
    if not scored or model is None:
        return _Course((), None, None, None, None)
    course = trajectory(scored, measure, now=scored[-1].acquired_at)
    apart = {segment.next_film_id for segment in course.segments if segment.dashed}
    series = tuple(
        SeriesPoint(p.film.film_id, p.film.acquired_at, p.film.time_precision, p.level, p.film.film_id in apart)
        for p in course.points
    )
    card = model.card
    newest = assess_newest(scored, card=card, policy=policy, references=(reference,), measures=(measure,))
    change = newest.change(measure, reference) if newest else None
    # Only films taken differently, or without order, leave a question; most stays have none.
    may_ask = reference is ALERTING_REFERENCE and (apart or (change and change.verdict is Verdict.CANNOT_TELL))
    question = open_question(scored, measure, card=card, policy=policy) if may_ask else None
    return _Course(series, course.points[-1], change, newest.sustained_alone if newest else None, question)


def _news(films: _Films, flags: Iterable[FlagFacts]) -> News:
    return News(
        film_at=films.film_at,
        verdict_at=films.verdict_at,
        flag_at=max((flag.opened_at for flag in flags if flag.state is not FlagState.WITHDRAWN), default=None),
    )


def _by_reviewer(of_stay: Mapping[str, datetime]) -> Mapping[str, datetime]:
    found: dict[str, datetime] = {}
    for name, at in of_stay.items():
        key = typed_name_key(name)
        found[key] = max(at, found.get(key, at))
    return found

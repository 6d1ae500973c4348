"""One patient: everything on the timeline, with the trend of every film or the reason why it has none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.trend import StayLevel, Trajectory, stay_levels, trajectory
from core.trend.types import FilmTrend, Reference, TrendPolicy
from core.types import Measure, ScorerCard
from dashboard.services.patient.standing import (
    ABSENCES_IN_WORDS,
    SETTLED_ELSEWHERE,
    OffTrend,
    absence_of,
    is_open,
    off_trend,
    on_trend,
)
from dashboard.services.receiving.moments import require_moment
from dashboard.services.site.opening import Site
from dashboard.services.site.scorers import card_of
from dashboard.services.units.policies import Policies, all_comparisons, load_policies
from dashboard.services.ward.row_standing import newest_gap
from db.engine import read_transaction
from db.models import LIVE_STATES
from db.read_models.facts import FilmFacts, FlagFacts
from db.read_models.patient import PatientTimeline, read_patient


@dataclass(frozen=True)
class PatientTrend:
    """A patient's timeline and trend.

    Attributes
    ----------
    trends : mapping of film id to FilmTrend
        Films on the trend.
    not_on_trend : mapping of film id to str
        All other films, with the reason in plain words.
    off_trend : tuple of OffTrend
        The same, counted by reason.
    trajectories : mapping of Measure to Trajectory
    levels : mapping of Measure to tuple of StayLevel
        Smoothed, by stay; empty for a scorer whose noise was not measured.
    open_flags : tuple of FlagFacts
    card : ScorerCard or None
        Of the active model; None before the first one.
    policy : TrendPolicy
        Of the unit of the last stay.
    policies : Policies
        Films of each stay are assessed by their own unit's.
    references : tuple of Reference
        Those that unit wants shown.
    stale : bool
    moment : datetime
        What is shown: now, or the time asked for.
    """

    timeline: PatientTimeline
    trends: Mapping[int, FilmTrend]
    not_on_trend: Mapping[int, str]
    off_trend: tuple[OffTrend, ...]
    trajectories: Mapping[Measure, Trajectory]
    levels: Mapping[Measure, tuple[StayLevel, ...]]
    open_flags: tuple[FlagFacts, ...]
    card: ScorerCard | None
    policy: TrendPolicy
    policies: Policies
    references: tuple[Reference, ...]
    stale: bool
    moment: datetime

    @property
    def behind(self) -> bool:
        """Return True where the last verdict is not the latest word: stale, or a newer film is not on the trend."""
        return self.stale or newest_gap(self.timeline.films) is not None

    @property
    def gaps(self) -> tuple[FilmFacts, ...]:
        """Return the films with a time that are not on the trend; not those that another film or a person settled."""
        films = (film for film in self.timeline.films if film.acquired_at is not None)
        return tuple(film for film in films if absence_of(film) not in {None, *SETTLED_ELSEWHERE})

    @property
    def seen_flags(self) -> tuple[FlagFacts, ...]:
        """Return the flags that somebody has acknowledged, or snoozed until later: their event still runs."""
        return tuple(flag for flag in self.timeline.flags if flag.state in LIVE_STATES and flag not in self.open_flags)

    @property
    def in_order(self) -> tuple[FilmTrend, ...]:
        """Return the films on the trend as time runs."""
        return tuple(self.trends.values())


def patient_trend(patient_id: int, *, as_of: datetime | None = None, site: Site) -> PatientTrend:
    """Return a patient's timeline and trend, now or as they stood at `as_of`.

    Raises
    ------
    NotFoundError
    NotAllowedError
        `as_of` has no time zone.
    """
    now = site.clock()
    require_moment(as_of)
    with read_transaction(site.engine) as session:
        timeline = read_patient(patient_id, session=session, as_of=as_of)
        of_stay = {stay.stay_id: stay.unit for stay in timeline.stays}
        policies = load_policies(of_stay, as_of=as_of, site=site, session=session)
        model, version = timeline.active_model, timeline.active_version
        card = card_of(model, version, session=session) if model and version else None
    moment = as_of or now
    unit = timeline.stays[-1].unit if timeline.stays else None
    policy = policies.of_unit(unit)
    scored = on_trend(timeline.films)
    trends = all_comparisons(scored, card=card, policies=policies) if card else ()
    trajectories = {measure: trajectory(scored, measure, now=moment) for measure in Measure}
    hours = trajectories[Measure.GEOGRAPHIC_EXTENT].staleness_hours
    absences = {film.film_id: (absence_of(film), film.reason) for film in timeline.films}
    return PatientTrend(
        timeline=timeline,
        trends={trend.film.film_id: trend for trend in trends},
        not_on_trend={
            film_id: ABSENCES_IN_WORDS[absence] + (f": {reason}" if reason else "")
            for film_id, (absence, reason) in absences.items()
            if absence is not None
        },
        off_trend=off_trend(timeline.films),
        trajectories=trajectories,
        levels={
            measure: stay_levels(scored, measure, card=card, policy=policy, until=moment) if card else ()
            for measure in Measure
        },
        open_flags=tuple(flag for flag in timeline.flags if is_open(flag, moment)),
        card=card,
        policy=policy,
        policies=policies,
        references=policies.settings_of_unit(unit).references,
        # Days from an arbitrary day 0 have no "now" to be stale at.
        stale=timeline.patient.relative_day_zero is None and hours is not None and hours > policy.stale_after_hours,
        moment=moment,
    )


def time_span(trend: PatientTrend) -> tuple[datetime, datetime] | None:
    """Return what the charts cover: films and events, and for who is here up to this hour, so that old looks old.

    Days from an arbitrary day 0 have no "now".
    """
    times = [assessed.film.acquired_at for assessed in trend.trends.values()]
    if not times:
        return None
    times += [film.acquired_at for film in trend.gaps if film.acquired_at is not None]
    times += [event.at for event in trend.timeline.events]
    here = any(stay.discharged_at is None for stay in trend.timeline.stays)
    present = here and trend.timeline.patient.relative_day_zero is None
    # To the end of the hour: an axis that moves with every refresh would undo a range that was drawn by hand.
    hour = trend.moment.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return min(times), max([*times, hour] if present else times)

"""The stored flags kept in step with a patient's films: opened, merged, resolved, withdrawn, opened again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from core.trend.flags.life import FlagEvent
from core.trend.flags.proposed import ALERTING_MEASURE, ALERTING_REFERENCE
from core.trend.flags.quiet_hours import quiet_until
from core.trend.types import FilmTrend, ScoredFilm, Verdict
from core.types import ScorerCard
from dashboard.services.flags.reasons import BY_PEOPLE, CLOSED_BY_ITSELF, REASONS
from dashboard.services.patient.standing import is_awake
from dashboard.services.patient.trends import basis_data, load_scored_films, lock_patients
from dashboard.services.site.opening import SYSTEM, Site
from dashboard.services.units.policies import Policies, assess_films, find_events, load_policies, units_of_stays
from db.engine import read_transaction, transaction
from db.models import LIVE_STATES, Film, FilmState, Flag, FlagAction, FlagCause, FlagState
from db.repositories import flags, key, stays


def reevaluate_flags(
    patient_id: int, *, card: ScorerCard, site: Site, now: datetime, session: Session, because: FlagCause | None = None
) -> None:
    """Bring the stored flags in step with what the patient's films, as they stand, support.

    Each event (`core.trend.flags.life.flag_events`) has one flag, on the film it begins with. New flags are opened,
    those of closed stays resolved at once; flags of events that have ended are resolved; those no longer supported,
    or of another model, are withdrawn; withdrawn ones that are supported again are opened again; a flag that
    somebody has acknowledged or snoozed is opened again by a further step. Done twice, the second time changes
    nothing.

    Parameters
    ----------
    because : FlagCause or None
        What happened, for the history of flags that only this explains.
    """
    lock_patients({patient_id}, session=session)
    stored = flags.flags_of_patient(patient_id, for_update=True, session=session)
    for flag in stored:
        wake(flag, now=now, session=session)
    scored = load_scored_films(patient_id, card.model, card.version, session=session)
    policies = load_policies(units_of_stays(scored, session=session), site=site, session=session)
    trends = assess_films(scored, card=card, policies=policies)
    settled = _settled(stored, card, session=session)
    events = find_events(trends, card=card, policies=policies, settled=settled)
    explain = _Withdrawal(card, trends, events, because)
    for flag in stored:
        cause = explain.cause(flag, session=session)
        if cause is not None and flag.state in LIVE_STATES:
            _withdraw(flag, cause, actor=SYSTEM, now=now, session=session)
    keeper = _Keeper(card, policies, site, now, _closed_films(scored, now, session=session, site=site), session)
    for event in events:
        keeper.keep(event, settled=event.opening.film_id in settled)


def wake(flag: Flag, *, now: datetime, session: Session) -> bool:
    """Open a flag whose snooze has ended, as of the moment it ended; return whether it had."""
    if flag.state is not FlagState.SNOOZED or not is_awake(flag.snoozed_until, moment=now):
        return False
    ended = min(flag.snoozed_until or now, now)
    cause = FlagCause.SNOOZE_ENDED
    flags.set_state(flag, FlagState.OPEN, cause=cause, actor=SYSTEM, reason=REASONS[cause], now=ended, session=session)
    return True


def wake_all(*, site: Site) -> int:
    """Open every flag whose snooze has ended; return how many. Safe while other processes do the same."""
    now = site.clock()
    # Looked at first without writing: on SQLite a writer keeps all others waiting, and this is asked all the time.
    with read_transaction(site.engine) as session:
        if not flags.has_ended_snooze(now, session=session):
            return 0
    with transaction(site.engine) as session:
        found = flags.claim_ended_snoozes(now, session=session)
        return sum(wake(flag, now=now, session=session) for flag in found)


def take_back(film_id: int, cause: FlagCause, *, actor: str, now: datetime, session: Session) -> None:
    """Withdraw every flag that begins with a film, also those that were resolved: it begins anew elsewhere."""
    for flag in flags.flags_of_film(film_id, session=session):
        if flag.state is not FlagState.WITHDRAWN:
            _withdraw(flag, cause, actor=actor, now=now, session=session)


def _withdraw(flag: Flag, cause: FlagCause, *, actor: str, now: datetime, session: Session) -> None:
    """Withdraw a flag; where its film left the trend, the film's own reason is said too."""
    reason = REASONS[cause]
    if cause in {FlagCause.FILM_RETRACTED, FlagCause.FILM_OFF_TREND}:
        film = session.get_one(Film, flag.film_id)
        reason = f"{reason}: {film.reason or film.state.value}"
    flags.set_state(flag, FlagState.WITHDRAWN, cause=cause, actor=actor, reason=reason, now=now, session=session)


def _settled(stored: Iterable[Flag], card: ScorerCard, *, session: Session) -> Mapping[int, frozenset[int]]:
    """Return what people have resolved: the opening film, and the films listed in the flag then."""
    resolved = [flag for flag in stored if flag.state is FlagState.RESOLVED and _is_of(flag, card)]
    if not resolved:
        return {}
    ids = [key(flag) for flag in resolved]
    last, listed = flags.last_transitions(ids, session=session), flags.films_of(ids, session=session)
    return {
        flag.film_id: frozenset(row.film_id for row in listed.get(key(flag), ()))
        for flag in resolved
        # A discharge resolves whatever is open, and judges none of it.
        if last[key(flag)].cause is FlagCause.PERSON
    }


def _is_of(flag: Flag, card: ScorerCard) -> bool:
    return (flag.model, flag.model_version) == (card.model, card.version)


class _Withdrawal:
    """Says of each stored flag why it no longer stands."""

    def __init__(
        self, card: ScorerCard, trends: Sequence[FilmTrend], events: Sequence[FlagEvent], because: FlagCause | None
    ) -> None:
        self._card = card
        self._because = because
        self._trends = {trend.film.film_id: trend for trend in trends}
        self._standing = {(event.opening.film_id, event.kind) for event in events}
        self._merged = {(film_id, event.kind) for event in events for film_id in event.film_ids[1:]}

    def cause(self, flag: Flag, *, session: Session) -> FlagCause | None:
        """Return why a flag is withdrawn, None where it stands."""
        if not _is_of(flag, self._card):
            return FlagCause.OTHER_MODEL
        own = flag.film_id, flag.kind
        if own in self._standing:
            return None
        if own in self._merged:
            return FlagCause.MERGED
        if flag.film_id not in self._trends:
            retracted = session.get_one(Film, flag.film_id).state is FilmState.RETRACTED
            return FlagCause.FILM_RETRACTED if retracted else FlagCause.FILM_OFF_TREND
        return self._because or self._changed_comparison(flag)

    def _changed_comparison(self, flag: Flag) -> FlagCause:
        was_against = set(flag.basis_data.get("before_film_ids") or [flag.reference_film_id])
        if not was_against <= self._trends.keys():
            return FlagCause.REFERENCE_GONE
        change = self._trends[flag.film_id].change(ALERTING_MEASURE, ALERTING_REFERENCE)
        same = change is not None and was_against == set(change.before_film_ids)
        return FlagCause.NO_LONGER_SUPPORTED if same else FlagCause.LATE_FILM


def _closed_films(
    scored: tuple[ScoredFilm, ...], now: datetime, *, site: Site, session: Session
) -> Mapping[int, FlagCause]:
    """Return why a flag of a film alerts nobody any more, by film id; films of open stays are left out."""
    stay_ids = {film.stay_id for film in scored if film.stay_id is not None}
    still_open = stays.open_among(stay_ids, session=session)
    # A film may come before the patient's admission is entered: a recent one without a stay alerts.
    recent = now - timedelta(hours=site.policy.stale_after_hours)
    return {
        film.film_id: FlagCause.STAY_CLOSED if film.stay_id is not None else FlagCause.NO_STAY
        for film in scored
        if film.stay_id not in still_open and not (film.stay_id is None and film.acquired_at >= recent)
    }


@dataclass(frozen=True)
class _Keeper:
    """Sees to it that the flag of an event is there, lists its films, and stands as the event does."""

    card: ScorerCard
    policies: Policies
    site: Site
    now: datetime
    closed: Mapping[int, FlagCause]
    session: Session

    def keep(self, event: FlagEvent, *, settled: bool) -> None:
        """Open or update the flag of one event."""
        flag = self._open(event)
        if settled:
            # What a person has resolved stays as the person saw it.
            return
        came, left = flags.list_films(flag, event.proposals, now=self.now, session=self.session)
        self._note_films(flag, came - {flag.film_id}, left)
        last = flags.last_transitions([key(flag)], session=self.session)[key(flag)]
        if not self._end(flag, event):
            self._fit_stay(flag, event, last)
            self._wake_for_step(flag, event, came)

    def _open(self, event: FlagEvent) -> Flag:
        opening = event.opening
        return flags.open(
            opening.film_id,
            opening,
            model=self.card.model,
            model_version=self.card.version,
            basis_data=basis_data(opening.change),
            quiet_until=self._quiet_until(opening.film_id, opening.change.verdict),
            reason=REASONS[FlagCause.SUPPORTED],
            actor=SYSTEM,
            now=self.now,
            session=self.session,
        )

    def _quiet_until(self, film_id: int, verdict: Verdict) -> datetime | None:
        stay_id = self.session.get_one(Film, film_id).stay_id
        quiet = self.policies.settings_of_stay(stay_id).quiet_hours
        return quiet_until(quiet, verdict, self.now, self.site.zone)

    def _note_films(self, flag: Flag, came: frozenset[int], left: frozenset[int]) -> None:
        said = [f"also supported by film {film_id}" for film_id in sorted(came)]
        said += [f"no longer supported by film {film_id}" for film_id in sorted(left)]
        if said:
            cause = FlagCause.FILMS_CHANGED
            flags.note(flag, cause, "; ".join(said), actor=SYSTEM, now=self.now, session=self.session)

    def _end(self, flag: Flag, event: FlagEvent) -> bool:
        """Resolve the flag of an event that has ended, or open that of one that has not after all."""
        if event.ended_by is None:
            if flag.state is FlagState.RESOLVED and flag.resolved_by_film_id is not None:
                self._set(flag, FlagState.OPEN, FlagCause.NOT_BACK_AFTER_ALL)
            return False
        if flag.state in LIVE_STATES or flag.resolved_by_film_id not in {None, event.ended_by}:
            self._set(flag, FlagState.RESOLVED, FlagCause.CAME_BACK, reason=event.ended_because, by_film=event.ended_by)
        return True

    def _fit_stay(self, flag: Flag, event: FlagEvent, last: FlagAction) -> None:
        # One film that still alerts is enough: without a stay an event may have begun long ago.
        alerts = any(film_id not in self.closed for film_id in event.film_ids)
        closed = None if alerts else self.closed[flag.film_id]
        # A flag that a person has looked at in the meantime is left as it is.
        if closed and flag.state is FlagState.OPEN and last.cause not in BY_PEOPLE:
            self._set(flag, FlagState.RESOLVED, closed)
        elif not closed and flag.state is FlagState.RESOLVED and last.cause in CLOSED_BY_ITSELF:
            is_there = flag.film_id not in self.closed
            self._set(flag, FlagState.OPEN, FlagCause.STAY_OPEN if is_there else FlagCause.RECENT_FILM)

    def _wake_for_step(self, flag: Flag, event: FlagEvent, came: frozenset[int]) -> None:
        """Open what somebody has acknowledged or put off: a further step is news."""
        steps = sorted(came & event.steps)
        if steps and flag.state in {FlagState.ACKNOWLEDGED, FlagState.SNOOZED}:
            cause = FlagCause.FURTHER_STEP
            self._set(flag, FlagState.OPEN, cause, reason=f"{REASONS[cause]}: film {', '.join(map(str, steps))}")

    def _set(
        self, flag: Flag, state: FlagState, cause: FlagCause, *, reason: str = "", by_film: int | None = None
    ) -> None:
        if state is FlagState.OPEN:
            flag.quiet_until = self._quiet_until(flag.film_id, flag.verdict)
        flags.set_state(
            flag,
            state,
            cause=cause,
            actor=SYSTEM,
            reason=reason or REASONS[cause],
            now=self.now,
            resolved_by_film_id=by_film,
            session=self.session,
        )

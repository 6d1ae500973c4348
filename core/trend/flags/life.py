"""From the flags that single films support to events: repeats merged, and ended when the level has come back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from core.trend.change import compare_means, mean_score
from core.trend.comparability import is_before, is_surely_after
from core.trend.types import Change, FilmTrend, FlagKind, ProposedFlag, Reference, ScoredFilm, TrendPolicy, Verdict
from core.trend.wording import DROPS, RISES, VERDICTS_IN_WORDS
from core.types import ScorerCard

_DIRECTIONS = {FlagKind.RISE: (RISES, DROPS), FlagKind.DROP: (DROPS, RISES)}
"""Verdicts that go the way of a flag, and those that go back."""

JUDGED = frozenset({*RISES, *DROPS, Verdict.NO_REAL_CHANGE})
NOTHING_SETTLED: Mapping[int, frozenset[int]] = MappingProxyType({})


class Ending(StrEnum):
    """What ended an event."""

    CAME_BACK = "came back"
    ANSWERED = "answered"
    ROSE = "rose"


class End(NamedTuple):
    """Why a film ends an event: by code, and in plain words."""

    code: Ending
    text: str


@dataclass(frozen=True)
class FlagEvent:
    """One event on the films of a stay, which makes one flag.

    Attributes
    ----------
    opening : ProposedFlag
        Of the film with which the event begins; its earlier films are the level before the event.
    further : tuple of ProposedFlag
        Of later films that support the same kind of flag while the event lasts, in order of time.
    steps : frozenset of int
        Which films of `further` stand on top of the event: a real rise (or drop) against the opening film and every
        step before it, so more than what was known.
    ended_by : int or None
        Film with which the level had come back; None while the event lasts.
    ended_because : str
        Why that ends it, in plain words; "" while it lasts.
    """

    opening: ProposedFlag
    further: tuple[ProposedFlag, ...] = ()
    steps: frozenset[int] = frozenset()
    ended_by: int | None = None
    ended_because: str = ""

    @property
    def kind(self) -> FlagKind:
        """Return the kind of flag the event makes."""
        return self.opening.kind

    @property
    def proposals(self) -> tuple[ProposedFlag, ...]:
        """Return the flags merged into this event, the opening one first."""
        return (self.opening, *self.further)

    @property
    def film_ids(self) -> tuple[int, ...]:
        """Return the films that support the event, the opening one first."""
        return tuple(proposal.film_id for proposal in self.proposals)


def flag_events(
    trends: Sequence[FilmTrend],
    *,
    card: ScorerCard,
    policy: TrendPolicy,
    settled: Mapping[int, frozenset[int]] = NOTHING_SETTLED,
) -> tuple[FlagEvent, ...]:
    """Merge the flags that the films of a patient support into events.

    **One event.** Per stay and kind one event runs at a time. It begins with the first film that supports a
    flag of that kind; every later film that supports one of the same kind joins it, until it ends. Five films
    of one climb are one event with five films. A film that only the level of the stay flags joins it as a further step
    alone.

    **The end of a RISE** is the first later film that is no longer really above the level before the event
    *and* really below the films it began with, both judged by `compare_means`, so by the same measured noise as the
    rise itself. The second half keeps a single low reading that is compatible with the raised level from
    ending the event. A DROP ends likewise with the directions exchanged, and with a film that begins or joins a
    RISE: after a rise the drop no longer stands. A film that cannot be compared, or whose order is not
    known, ends nothing. **A LOOK** ends with the first later film that gets a verdict against its reference
    film, whichever verdict: the question is answered then.

    **A film whose time is in doubt** (`TimeDoubt.AHEAD`) ends nothing, but may begin or join a RISE. An event that
    rests on a film that came LATE is ended only by a film received after that one.

    **A person's word** (`settled`): once a person has resolved the flag of an event, only a further step that
    the person has not seen begins another one; mere repeats do not.

    Assumptions and false alarms are those of the detector that proposed the flags and of `compare_means`; merging
    raises no flag by itself. A film that returns to the old level by noise alone, if also the second half
    holds, ends an event too early.

    Parameters
    ----------
    trends : sequence of FilmTrend
        Of one patient, as a `Detector` gives them; stays are kept apart.
    card, policy
        Those the detector was given.
    settled : mapping of int to frozenset of int
        Opening film of each flag that a person resolved, to the films listed in it then.

    Returns
    -------
    tuple of FlagEvent
        By the opening film's time, ties by film id; the same for every order of `trends`.
    """
    stays: dict[int | None, list[FilmTrend]] = {}
    for trend in sorted(trends, key=_order):
        stays.setdefault(trend.film.stay_id, []).append(trend)
    found = [
        event
        for stay in stays.values()
        for event in _StayEvents({trend.film.film_id: trend.film for trend in stay}, card, policy, settled).read(stay)
    ]
    place = {trend.film.film_id: _order(trend) for trend in trends}
    return tuple(sorted(found, key=lambda event: place[event.opening.film_id]))


def _order(trend: FilmTrend) -> tuple[float, int]:
    return trend.film.acquired_at.timestamp(), trend.film.film_id


@dataclass
class _StayEvents:
    """Reads the films of one stay in order; keeps the running event of each kind."""

    films: Mapping[int, ScoredFilm]
    card: ScorerCard
    policy: TrendPolicy
    settled: Mapping[int, frozenset[int]]
    running: dict[FlagKind, FlagEvent] = field(default_factory=dict)
    past: list[FlagEvent] = field(default_factory=list)

    def read(self, trends: Sequence[FilmTrend]) -> list[FlagEvent]:
        """Return the events, ended and running."""
        for trend in trends:
            self._end_what_came_back(trend)
            if trend.flag is not None:
                self._take(trend.flag)
        return [*self.past, *self.running.values()]

    def _end_what_came_back(self, trend: FilmTrend) -> None:
        proposed = None if trend.flag is None else trend.flag.kind
        for kind, event in tuple(self.running.items()):
            # A film that supports the event cannot end it.
            end = None if kind is proposed else self._end_of(event, trend.film, proposed)
            if end is not None and (proposed is FlagKind.RISE or self._may_end(event, trend.film)):
                self._close(replace(event, ended_by=trend.film.film_id, ended_because=end.text))

    def _may_end(self, event: FlagEvent, film: ScoredFilm) -> bool:
        """Return whether a film's time lets it end an event: it was surely taken after what it is to end."""
        return is_surely_after((film,), [self.films[film_id] for film_id in event.film_ids])

    def _end_of(self, event: FlagEvent, film: ScoredFilm, proposed: FlagKind | None) -> End | None:
        if event.kind is FlagKind.DROP and proposed is FlagKind.RISE:
            return End(Ending.ROSE, "A later film rose: the drop no longer stands.")
        return end_of(event.opening, film, self.films, card=self.card, policy=self.policy)

    def _take(self, flag: ProposedFlag) -> None:
        event = self.running.get(flag.kind)
        if event is None:
            self.running[flag.kind] = FlagEvent(flag)
            return
        step = self._is_step(flag, event)
        if not step and flag.change.reference is Reference.LOWEST:
            # Every film of a high level stands above the lowest one: that is what the event says already.
            return
        seen = self.settled.get(event.opening.film_id)
        if seen is not None and step and flag.film_id not in seen:
            self._close(event)
            self.running[flag.kind] = FlagEvent(flag)
            return
        steps = event.steps | {flag.film_id} if step else event.steps
        self.running[flag.kind] = replace(event, further=(*event.further, flag), steps=steps)

    def _is_step(self, flag: ProposedFlag, event: FlagEvent) -> bool:
        known = next((film_id for film_id in reversed(event.film_ids) if film_id in event.steps), event.opening.film_id)
        farthest, film = self.films[known], self.films[flag.film_id]
        if event.kind is FlagKind.LOOK or not is_before(farthest, film):
            return False
        return _compare((film,), (farthest,), flag.change, self.card, self.policy).verdict in _DIRECTIONS[event.kind][0]

    def _close(self, event: FlagEvent) -> None:
        self.past.append(event)
        del self.running[event.kind]


def end_of(
    opening: ProposedFlag,
    film: ScoredFilm,
    films: Mapping[int, ScoredFilm],
    *,
    card: ScorerCard,
    policy: TrendPolicy,
) -> End | None:
    """Return why a later film ends the event that `opening` began; None where it does not.

    The rule is that of `flag_events`.

    Parameters
    ----------
    films : mapping of int to ScoredFilm
        Of the same stay; holds those that the opening flag compares.
    """
    now, before = (
        [films[film_id] for film_id in ids if film_id in films]
        for ids in (opening.change.now_film_ids, opening.change.before_film_ids)
    )
    if not now or not before or not all(is_before(other, film) for other in (*now, *before)):
        return None
    against = _compare((film,), before, opening.change, card, policy)
    if opening.kind is FlagKind.LOOK:
        answered = f"Answered by a film taken like the earlier one: {VERDICTS_IN_WORDS[against.verdict]} against it."
        return End(Ending.ANSWERED, answered) if against.verdict in JUDGED else None
    raised, back = _DIRECTIONS[opening.kind]
    if against.verdict not in JUDGED.difference(raised):
        return None
    if _compare((film,), now, opening.change, card, policy).verdict not in back:
        return None
    return End(Ending.CAME_BACK, _in_words(opening, film, before, now))


def _compare(
    now: Sequence[ScoredFilm], before: Sequence[ScoredFilm], flagged: Change, card: ScorerCard, policy: TrendPolicy
) -> Change:
    return compare_means(now, before, measure=flagged.measure, reference=flagged.reference, card=card, policy=policy)


def _in_words(opening: ProposedFlag, film: ScoredFilm, before: Sequence[ScoredFilm], now: Sequence[ScoredFilm]) -> str:
    measure = opening.change.measure
    level, flagged = mean_score(before, measure), mean_score(now, measure)
    above, below = ("above", "below") if opening.kind is FlagKind.RISE else ("below", "above")
    films = "film" if len(now) == 1 else "films"
    return (
        f"{measure.label} has come back to {film.score.value(measure):.1f} of {measure.maximum:g}: beyond the noise "
        f"{below} the flagged {films} ({flagged:.1f}), and no longer beyond the noise {above} the level before "
        f"({level:.1f})."
    )

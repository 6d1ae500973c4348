"""Whether films are being scored: silence must not read as "stable"."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.counting import span_text
from core.films.film_time import TOLERANCE
from core.types import ScorerCard
from dashboard.services.site.opening import Site
from dashboard.services.site.scorers import card_of
from dashboard.services.worker.lease import SCORING_LEASE, holder_in_words, live_holders
from db.engine import read_transaction
from db.read_models.scoring import last_scored_at, read_waiting
from db.repositories import scores
from db.repositories import site as site_rows

SLOW_AFTER_MINUTES = 10.0
"""A film that waits longer than this is worth a word: a film takes seconds."""


@dataclass(frozen=True)
class ScoringStatus:
    """What scores here, and whether it does.

    Attributes
    ----------
    card : ScorerCard or None
        Of the active model; None before the first activation.
    scoring : tuple of str
        The processes that score now, for people.
    last_scored_at : datetime or None
        When a film was last scored, by any model.
    waiting : int
        Films received or accepted that the active model has not scored.
    waiting_since : datetime or None
        When the oldest of them was received.
    films_away : bool
        Whether the film folder is away, as when its disk is not connected: nothing is scored till it is back.
    """

    card: ScorerCard | None
    scoring: tuple[str, ...]
    last_scored_at: datetime | None
    waiting: int
    waiting_since: datetime | None
    films_away: bool = False

    @property
    def running(self) -> bool:
        """Return whether a process scores now."""
        return bool(self.scoring)

    def waits_minutes(self, now: datetime) -> float:
        """Return how long the oldest film has waited, 0 where none waits."""
        return 0.0 if self.waiting_since is None else max((now - self.waiting_since).total_seconds() / 60, 0.0)

    def is_slow(self, now: datetime) -> bool:
        """Return True where a film has waited longer than scoring takes."""
        return self.waits_minutes(now) > SLOW_AFTER_MINUTES


def last_scored_text(status: ScoringStatus, now: datetime) -> str:
    """Return when a film was last scored, for people."""
    if status.last_scored_at is None:
        return "no film was scored yet"
    if status.last_scored_at > now + TOLERANCE:
        return "last film scored at a time that is still to come: this machine's clock was changed"
    return f"last film scored {span_text((now - status.last_scored_at).total_seconds() / 3600)} ago"


def scoring_status(*, site: Site) -> ScoringStatus:
    """Return what scores at this site now."""
    now = site.clock()
    with read_transaction(site.engine) as session:
        active = scores.active_model(session=session)
        model, version = (active.model, active.model_version) if active else ("", "")
        leases = site_rows.leases_of(SCORING_LEASE, session=session)
        card = card_of(model, version, session=session) if active else None
        waiting, last = read_waiting(model, version, session=session), last_scored_at(session=session)
    scoring = tuple(holder_in_words(holder) for holder in live_holders(leases, now=now))
    return ScoringStatus(card, scoring, last, waiting.count, waiting.since, films_away=site.store.is_away())

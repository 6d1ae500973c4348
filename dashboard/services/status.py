"""Whether films are being scored: silence must not read as "stable"."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, or_, select
from sqlmodel import col

from core.types import ScorerCard
from dashboard.services.lease import SCORING_LEASE
from dashboard.services.site import Site, card_of
from db.engine import reading
from db.models import Film, FilmScore, FilmState
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
    running : bool
        Whether a process scores now.
    waiting : int
        Films received or accepted that the active model has not scored.
    waiting_since : datetime or None
        When the oldest of them was received.
    """

    card: ScorerCard | None
    running: bool
    waiting: int
    waiting_since: datetime | None

    def waits_minutes(self, now: datetime) -> float:
        """Return how long the oldest film has waited, 0 where none waits."""
        return 0.0 if self.waiting_since is None else max((now - self.waiting_since).total_seconds() / 60, 0.0)

    def is_slow(self, now: datetime) -> bool:
        """Return True where a film has waited longer than scoring takes."""
        return self.waits_minutes(now) > SLOW_AFTER_MINUTES


def scoring_status(site: Site) -> ScoringStatus:
    """Return what scores at this site now."""
    now = site.clock()
    with reading(site.engine) as session:
        active = scores.active_model(session=session)
        model, version = (active.model, active.model_version) if active else ("", "")
        leases = site_rows.leases_of(SCORING_LEASE, session=session)
        scored = and_(
            col(FilmScore.film_id) == col(Film.id),
            col(FilmScore.model) == model,
            col(FilmScore.model_version) == version,
        )
        waits = or_(
            col(Film.state) == FilmState.RECEIVED,
            and_(col(Film.state) == FilmState.ACCEPTED, ~select(col(FilmScore.id)).where(scored).exists()),
        )
        waiting, since = session.execute(select(func.count(), func.min(col(Film.received_at))).where(waits)).one()
    running = any(lease.expires_at > now for lease in leases)
    return ScoringStatus(card_of(model, version) if active else None, running, waiting, since)

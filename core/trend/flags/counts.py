"""How many flags a setting would have raised on films that are stored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from core.trend.flags.life import FlagEvent
from core.trend.types import FilmTrend, FlagKind


@dataclass(frozen=True)
class FlagCounts:
    """Flags raised over a time.

    Attributes
    ----------
    by_kind : mapping of FlagKind to int
        Every kind, also with 0.
    patient_days : float
        Days that patients spent in the unit within that time.
    """

    by_kind: Mapping[FlagKind, int]
    patient_days: float

    @property
    def total(self) -> int:
        """Return the flags of all kinds."""
        return sum(self.by_kind.values())

    @property
    def per_100_patient_days(self) -> float | None:
        """Return flags per 100 patient-days, None where nobody was there."""
        return None if self.patient_days <= 0 else 100 * self.total / self.patient_days


def count_flags(
    events: Iterable[FlagEvent],
    trends: Iterable[FilmTrend],
    *,
    start: datetime,
    end: datetime,
    patient_days: float,
) -> FlagCounts:
    """Count the events that began with a film taken from `start` until before `end`; each makes one flag.

    Parameters
    ----------
    trends : iterable of FilmTrend
        Those the events were made from: they hold the films' times.
    """
    taken = {trend.film.film_id: trend.film.acquired_at for trend in trends}
    begun = Counter(event.kind for event in events if start <= taken[event.opening.film_id] < end)
    return FlagCounts({kind: begun[kind] for kind in FlagKind}, patient_days)

"""By which policy a film is assessed: that of the unit of its stay, else the site's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeVar

from sqlmodel import Session

from core.trend import assess_trend, load_detector
from core.trend.flags.life import NOTHING_SETTLED, FlagEvent, flag_events
from core.trend.types import FilmTrend, ScoredFilm, TrendPolicy
from core.types import ScorerCard
from dashboard.services.site.opening import Site
from dashboard.services.units.settings import AS_THE_SITE, UnitSettings, stored_settings
from db.repositories import stays, unit_settings

Item = TypeVar("Item")


class Assess(Protocol):
    """Assesses the films of one stay."""

    def __call__(self, films: Sequence[ScoredFilm], *, card: ScorerCard, policy: TrendPolicy) -> tuple[FilmTrend, ...]:
        """Return every film with its comparisons and the flag it supports."""
        ...


@dataclass(frozen=True)
class Policies:
    """What the site and its units have set.

    Attributes
    ----------
    site : TrendPolicy
    units : mapping of str to UnitSettings
        Units that have set something.
    unit_of_stay : mapping of int to str
    """

    site: TrendPolicy
    units: Mapping[str, UnitSettings] = field(default_factory=dict)
    unit_of_stay: Mapping[int, str] = field(default_factory=dict)

    def settings_of_unit(self, unit: str | None) -> UnitSettings:
        """Return what a unit has set."""
        return AS_THE_SITE if unit is None else self.units.get(unit, AS_THE_SITE)

    def of_unit(self, unit: str | None) -> TrendPolicy:
        """Return a unit's policy."""
        return self.settings_of_unit(unit).policy(self.site)

    def settings_of_stay(self, stay_id: int | None) -> UnitSettings:
        """Return what the unit of a stay has set; films without a stay belong to no unit."""
        return self.settings_of_unit(None if stay_id is None else self.unit_of_stay.get(stay_id))

    def of_stay(self, stay_id: int | None) -> TrendPolicy:
        """Return the policy that films of a stay are assessed by."""
        return self.settings_of_stay(stay_id).policy(self.site)


def load_policies(
    unit_of_stay: Mapping[int, str], *, as_of: datetime | None = None, site: Site, session: Session
) -> Policies:
    """Return the policies as they are, or were at `as_of`."""
    rows = unit_settings.newest(as_of=as_of, session=session)
    return Policies(site.policy, {unit: stored_settings(row) for unit, row in rows.items()}, unit_of_stay)


def units_of_stays(films: Sequence[ScoredFilm], *, session: Session) -> Mapping[int, str]:
    """Return the unit of each stay that these films belong to."""
    stay_ids = {film.stay_id for film in films if film.stay_id is not None}
    return stays.units_of(stay_ids, session=session)


def assess_films(films: Sequence[ScoredFilm], *, card: ScorerCard, policies: Policies) -> tuple[FilmTrend, ...]:
    """Assess a patient's films by the rule that alerts, those of each stay by its unit's policy, in order of time."""
    return _assessed(films, load_detector().assess, card=card, policies=policies)


def all_comparisons(films: Sequence[ScoredFilm], *, card: ScorerCard, policies: Policies) -> tuple[FilmTrend, ...]:
    """Return what `assess_films` does with every comparison that is shown and alerts nobody."""
    return _assessed(films, assess_trend, card=card, policies=policies)


def _assessed(
    films: Sequence[ScoredFilm], assess: Assess, *, card: ScorerCard, policies: Policies
) -> tuple[FilmTrend, ...]:
    trends = [
        trend
        for stay_id, own in _by_stay(films, lambda film: film.stay_id).items()
        for trend in assess(own, card=card, policy=policies.of_stay(stay_id))
    ]
    return tuple(sorted(trends, key=lambda trend: (trend.film.acquired_at.timestamp(), trend.film.film_id)))


def find_events(
    trends: Sequence[FilmTrend],
    *,
    card: ScorerCard,
    policies: Policies,
    settled: Mapping[int, frozenset[int]] = NOTHING_SETTLED,
) -> tuple[FlagEvent, ...]:
    """Merge what `assess_films` gave into events, those of each stay by its unit's policy."""
    return tuple(
        event
        for stay_id, own in _by_stay(trends, lambda trend: trend.film.stay_id).items()
        for event in flag_events(own, card=card, policy=policies.of_stay(stay_id), settled=settled)
    )


def _by_stay(items: Sequence[Item], stay_id: Callable[[Item], int | None]) -> dict[int | None, list[Item]]:
    found: dict[int | None, list[Item]] = {}
    for item in items:
        found.setdefault(stay_id(item), []).append(item)
    return found

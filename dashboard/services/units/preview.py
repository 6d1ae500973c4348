"""What settings would have done to a unit: flags over its own last 30 days, now and with the proposed settings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from core.counting import counted
from core.trend.flags.counts import FlagCounts, count_flags
from core.trend.types import FlagKind, ScoredFilm
from core.types import ScorerCard
from dashboard.services.patient.trends import load_scored_films
from dashboard.services.site.opening import Site
from dashboard.services.site.scorers import active_card
from dashboard.services.units.policies import Policies, assess_films, find_events, load_policies
from dashboard.services.units.settings import UnitSettings
from db.engine import read_transaction
from db.read_models.facts import StayFacts
from db.read_models.watched import days_within, stays_between

PREVIEW_DAYS = 30


@dataclass(frozen=True)
class Preview:
    """Flags that the present and the proposed settings would have raised.

    The films are those stored now, scored by the active model; a stay counts for the unit it is or was last in.
    Merged events count once, whatever people did with their flags.
    """

    unit: str
    since: datetime
    until: datetime
    n_stays: int
    n_films: int
    present: FlagCounts
    proposed: FlagCounts

    @property
    def present_text(self) -> str:
        """Return the burden by the present settings in one sentence."""
        if not self.n_films:
            return f"No scored film in {self.unit} in the last {PREVIEW_DAYS} days."
        return f"The last {PREVIEW_DAYS} days of {self.unit}: {_counted(self.present)}."

    @property
    def text(self) -> str:
        """Return the comparison in one sentence."""
        if not self.n_films:
            return f"No scored film in {self.unit} in the last {PREVIEW_DAYS} days: the effect is not known."
        return (
            f"Over the last {PREVIEW_DAYS} days of {self.unit} ({self.present.patient_days:.1f} patient-days, "
            f"{counted(self.n_films, 'film')}): {_counted(self.present)} with the present settings, "
            f"{_counted(self.proposed)} with the proposed ones."
        )


def preview(unit: str, proposed: UnitSettings, *, site: Site) -> Preview:
    """Count the flags of a unit's last 30 days by its present and by the proposed settings; stores nothing."""
    now = site.clock()
    since = now - timedelta(days=PREVIEW_DAYS)
    with read_transaction(site.engine) as session:
        stays = stays_between(since, now, unit=unit.strip(), session=session)
        units = {stay.stay_id: stay.unit for stay in stays}
        present = load_policies(units, site=site, session=session)
        card = active_card(session=session)
        series = [] if card is None else _series(stays, card, session=session)
    days = sum(days_within(stay, since, now) for stay in stays)
    with_proposed = Policies(present.site, {**present.units, unit.strip(): proposed}, units)

    def counted(policies: Policies) -> FlagCounts:
        each = (_count(films, card, policies, since, now) for films in series) if card else ()
        return _sum(each, days)

    return Preview(
        unit=unit.strip(),
        since=since,
        until=now,
        n_stays=len(stays),
        n_films=sum(since <= film.acquired_at < now for films in series for film in films),
        present=counted(present),
        proposed=counted(with_proposed),
    )


def _series(stays: Sequence[StayFacts], card: ScorerCard, *, session: Session) -> list[tuple[ScoredFilm, ...]]:
    """Return the films of each stay, those before the window too: they are what its films are compared with."""
    of_patient = {
        patient_id: load_scored_films(patient_id, card.model, card.version, session=session)
        for patient_id in {stay.patient_id for stay in stays}
    }
    return [tuple(film for film in of_patient[stay.patient_id] if film.stay_id == stay.stay_id) for stay in stays]


def _count(
    films: Sequence[ScoredFilm], card: ScorerCard, policies: Policies, since: datetime, now: datetime
) -> FlagCounts:
    trends = assess_films(films, card=card, policies=policies)
    events = find_events(trends, card=card, policies=policies)
    return count_flags(events, trends, start=since, end=now, patient_days=0.0)


def _sum(counts: Iterable[FlagCounts], patient_days: float) -> FlagCounts:
    total: Counter[FlagKind] = Counter()
    for count in counts:
        total.update(count.by_kind)
    return FlagCounts({kind: total[kind] for kind in FlagKind}, patient_days)


def _counted(counts: FlagCounts) -> str:
    kinds = ", ".join(f"{kind.value} {count}" for kind, count in counts.by_kind.items() if count)
    per = counts.per_100_patient_days
    rate = "" if per is None else f", {per:.1f} per 100 patient-days"
    return f"{counted(counts.total, 'flag')}{f' ({kinds})' if kinds else ''}{rate}"

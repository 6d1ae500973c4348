"""A climb or fall over three films or more that no single pair decides: the level of the stay has moved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import inf

from core.trend.extremes import level_change
from core.trend.levels import film_moments, level_model
from core.trend.references import StaySeries
from core.trend.state_space import Filtered, filter_levels, smooth_against_last
from core.trend.types import Change, Reference, ScoredFilm, TrendPolicy, Verdict
from core.types import Measure, ScorerCard


@dataclass(frozen=True)
class StayLevels:
    """The levels of one stay as its films make them known one after the other, filtered once for all of them."""

    series: StaySeries
    measure: Measure
    card: ScorerCard
    policy: TrendPolicy

    def sustained_change(self, film: ScoredFilm, recent: Change, *, apart: bool) -> Change | None:
        """Return the large rise since the lowest level of the stay, or the large drop since the highest; else None.

        From that level to the film there are three films or more: two are a pair, which is judged as one. The newest
        film must show the change too: its own score is beyond that of the film at the lowest (highest) level by the
        smallest important change, and it has not gone back by as much from the recent level. So a level that lags
        behind a film that has come back says nothing.

        Assumptions: those of `core.trend.extremes.against_extreme`; the lowest level is too low by chance the more
        often, the more films a stay has. What this finds beside the recent level, and how often for nothing, was
        counted against experts and in simulation (docs/evidence/trend.md).

        Parameters
        ----------
        recent : Change
            Of `film` against the recent level.
        apart : bool
            Films taken differently lie between the last film taken alike and this one. Then only a rise stands.
        """
        important, moved = self.policy.important_change(self.measure), recent.change or 0.0
        alike = self.series.before((film,), within_hours=inf, level_from=-inf)
        asked = (
            (Reference.LOWEST, 1, moved > -important, Verdict.LARGE_RISE),
            (Reference.HIGHEST, -1, moved < important and not apart, Verdict.LARGE_DROP),
        )
        value = film.score.value(self.measure)
        for reference, sign, may_be, verdict in asked:
            # Most films have moved from no earlier one, and smoothing takes the time of the whole stay.
            beyond = [one for one in alike[1:] if sign * (value - one.score.value(self.measure)) >= important]
            if not (may_be and beyond):
                continue
            change = self._against(film, alike, reference)
            if change is not None and change.verdict is verdict:
                return change if change.reference_film_id in {one.film_id for one in beyond} else None
        return None

    def _against(self, film: ScoredFilm, alike: Sequence[ScoredFilm], reference: Reference) -> Change | None:
        until = self.series.place(film) + 1
        smoothed = smooth_against_last(self._known[:until])
        if not smoothed:
            return None
        pick = min if reference is Reference.LOWEST else max
        places = sorted(self.series.place(one) for one in alike)
        return level_change(
            film,
            self.series.films[:until],
            pick(places, key=lambda place: smoothed[place][0].level),
            smoothed,
            measure=self.measure,
            reference=reference,
            card=self.card,
            policy=self.policy,
        )

    @cached_property
    def _known(self) -> Sequence[Filtered]:
        model = level_model(self.card, self.measure)
        if model is None:
            return ()
        moments = film_moments(self.series.films, self.measure, card=self.card, policy=self.policy)
        return filter_levels(moments, model)

"""Flags of many series as arrays: how strong each film's rise and drop are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core.evaluation.flagging.families import Family
from core.trend.types import FilmTrend, FlagKind, ProposedFlag, ScoredFilm
from core.trend.wording import RISES
from core.types import ScorerCard, ViewPosition

Values = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class FlagStrengths:
    """What a family flags on series of films.

    Attributes
    ----------
    rise, drop : array (series, films)
        Strength of each film's flag, films in order of time; -inf where there is none, and beyond a series' end.
    trends : tuple of tuple of FilmTrend
        Of each series at the loosest setting, for whoever needs more than flags.
    """

    rise: Values
    drop: Values
    trends: tuple[tuple[FilmTrend, ...], ...]

    def of_kind(self, kind: FlagKind) -> Values:
        """Return the strengths of rises or of drops."""
        return self.drop if kind is FlagKind.DROP else self.rise


def new_flags(strength: Values, threshold: float) -> NDArray[np.bool_]:
    """Return where a flag of at least `threshold` begins: films flagged one after the other are one event.

    Parameters
    ----------
    strength : array (series, films)
    """
    flagged = strength >= threshold
    flagged[:, 1:] &= ~flagged[:, :-1].copy()
    return flagged


def read_flags(series: Sequence[Sequence[ScoredFilm]], family: Family, card: ScorerCard) -> FlagStrengths:
    """Assess every series once at the family's loosest setting.

    A sweep over probabilities needs those that the detector decides by, also where nobody may state them because no
    pairs of such films were measured.
    """
    card = replace(card, change_views=tuple(ViewPosition))
    longest = max((len(films) for films in series), default=0)
    rise, drop = (np.full((len(series), longest), -np.inf) for _kind in range(2))
    trends = tuple(family.detector.assess(films, card=card, policy=family.policy) for films in series)
    for row, of_series in enumerate(trends):
        for place, trend in enumerate(of_series):
            for flag in _flags_of(trend):
                strengths = drop if flag.kind is FlagKind.DROP else rise
                strengths[row, place] = max(strengths[row, place], family.strength(flag))
    return FlagStrengths(rise, drop, trends)


def _flags_of(trend: FilmTrend) -> tuple[ProposedFlag, ...]:
    """Return the flag, and the one that the level of the stay would raise, for at its loosest a pair hides that."""
    if trend.flag is None or trend.flag.kind is FlagKind.LOOK:
        return ()
    if trend.sustained is None or trend.sustained.verdict not in RISES:
        return (trend.flag,)
    return trend.flag, ProposedFlag(trend.film.film_id, FlagKind.RISE, trend.sustained)

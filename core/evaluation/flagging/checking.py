"""Checks, before anything is reported, that the sweep flags the same films as the detector itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.evaluation.flagging.families import Family
from core.evaluation.flagging.strengths import read_flags
from core.trend import TrendPolicy, load_detector
from core.trend.types import FlagKind, ScoredFilm
from core.types import ScorerCard

_FLAGGED = 0.0


@dataclass(frozen=True)
class SweepCheck:
    """Whether a detector of the registry flags the same films as its family at that setting.

    Attributes
    ----------
    n_series, n_flags : int
        Compared series, and the detector's own flags on them.
    equal : bool
    """

    detector: str
    n_series: int
    n_flags: int
    equal: bool


def check_sweep(
    families: Sequence[Family], series: Sequence[Sequence[ScoredFilm]], *, card: ScorerCard, policy: TrendPolicy
) -> tuple[tuple[Family, ...], tuple[SweepCheck, ...]]:
    """Return the families, those that a sweep does not describe as fixed ones, and how the comparison came out.

    A detector that keeps a memory of its own flags may flag otherwise when it is loosest: it is then reported at its
    own setting alone.
    """
    kept, checks = [], []
    for family in families:
        strengths = read_flags(series, family, card)
        found = []
        for setting in family.as_used:
            own = _own_flags(setting.label, series, card=card, policy=policy)
            kinds = {FlagKind.RISE, FlagKind.DROP} if setting.drops else {FlagKind.RISE}
            swept = {
                (row, trend.film.film_id, kind)
                for row, trends in enumerate(strengths.trends)
                for place, trend in enumerate(trends)
                for kind in kinds
                if strengths.of_kind(kind)[row, place] >= setting.threshold
            }
            found.append(SweepCheck(setting.label, len(series), len(own), swept == own))
        checks += found
        kept.append(family if all(check.equal for check in found) else _fixed(family, policy))
    return tuple(kept), tuple(checks)


def _own_flags(
    name: str, series: Sequence[Sequence[ScoredFilm]], *, card: ScorerCard, policy: TrendPolicy
) -> set[tuple[int, int, FlagKind]]:
    detector = load_detector(name)
    return {
        (row, trend.film.film_id, trend.flag.kind)
        for row, films in enumerate(series)
        for trend in detector.assess(films, card=card, policy=policy)
        if trend.flag is not None and trend.flag.kind is not FlagKind.LOOK
    }


def _fixed(family: Family, policy: TrendPolicy) -> Family:
    used = tuple(replace(setting, threshold=_FLAGGED) for setting in family.as_used)
    return replace(family, policy=policy, strength=lambda _flag: _FLAGGED, settings=(), as_used=used)

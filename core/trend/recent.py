"""The newest films against the recent level: the comparison that the alerting rule rests on."""

from __future__ import annotations

from typing import NamedTuple

from core.trend.change import mean_score, true_change_between
from core.trend.comparability import is_before, seconds
from core.trend.noise_of_pair import why_not_assessed
from core.trend.references import RECENT_HOURS, StaySeries
from core.trend.types import ScoredFilm, TrendPolicy
from core.types import Measure, ScorerCard

NEW_LEVEL = 0.99
"""From this probability of a large change on, the films before it are no longer of the recent level: a convention. It
is beyond the default for a flag, so that the film after a flagged one can still confirm it."""

_STEEPEST = 2.0
"""No scorer's slope is larger: a smaller change than the smallest important one by this factor begins no level."""


class Sides(NamedTuple):
    """Which films are compared, the newest first on either side."""

    now: tuple[ScoredFilm, ...]
    before: tuple[ScoredFilm, ...]


def recent_sides(series: StaySeries, measure: Measure, *, card: ScorerCard, policy: TrendPolicy) -> dict[int, Sides]:
    """Return by film id what of each film of a stay is compared with the recent level, and with which films.

    The recent level of a film is the mean score of the comparable films before it: the newest of these, and those up
    to 72 h older since the last change that was almost certainly large. Several films err less than one.

    Two comparisons with that level are made: that of the film alone, and that of the mean of it and the film before.
    The second is made only where both films are beyond the smallest important change on one side, so that one outlying
    film does not count as two. The comparison with the larger expected change in SDs stands.

    False alarms: two comparisons, of which the stronger stands, so of stable series somewhat more than one of
    `core.trend.change.compare_means` makes; how many flags that is was simulated (`lungline evaluate simulate`). A
    level that climbs is compared with the mean of its last days, so that slow climbs add up.

    Films that none is comparable with are left out; so are all of them where the noise was not measured.
    """
    sides: dict[int, Sides] = {}
    if why_not_assessed(card.noise.get(measure)):
        return sides
    important = policy.important_change(measure)
    begun: list[tuple[ScoredFilm, float]] = []
    for film in series.films:
        # A film without order beside the one that began a level is compared with what was before both.
        level_from = next((start for by, start in reversed(begun) if is_before(by, film)), float("-inf"))
        asked = _asked(film, series, level_from, important, measure)
        if not asked:
            continue
        if len(asked) == 1 and _is_small(asked[0], important, measure):
            sides[film.film_id] = asked[0]
            continue
        found = [true_change_between(*pair, measure=measure, card=card, policy=policy) for pair in asked]
        place = max(range(len(asked)), key=lambda index: abs(found[index].mean) / found[index].sd)
        sides[film.film_id] = asked[place]
        if max(found[place].p_above(important), found[place].p_below(-important)) >= NEW_LEVEL:
            begun.append((film, min(map(seconds, asked[place].now))))
    return sides


def _asked(film: ScoredFilm, series: StaySeries, level_from: float, important: float, measure: Measure) -> list[Sides]:
    """Return the film alone, and with the film before, against the films before; what can be asked of it."""

    def against(*now: ScoredFilm) -> Sides:
        return Sides(now, series.before(now, within_hours=RECENT_HOURS, level_from=level_from))

    previous = series.previous(film).comparable
    if not previous:
        return []
    alone, together = against(film), against(film, *previous)
    # The film before may itself have begun a new level: then it confirms nothing.
    confirms = together.before and seconds(together.before[0]) >= level_from
    return [alone, together] if confirms and _counts(together, important, measure) else [alone]


def _is_small(sides: Sides, important: float, measure: Measure) -> bool:
    """Return True where no slope makes a large change of this one: most films, and the rest takes time."""
    size = mean_score(sides.now, measure) - mean_score(sides.before, measure)
    return abs(size) * _STEEPEST < important


def _counts(sides: Sides, important: float, measure: Measure) -> bool:
    """Return whether each of the newest films shows the change."""
    level = mean_score(sides.before, measure)
    differences = [film.score.value(measure) - level for film in sides.now]
    return min(differences) >= important or max(differences) <= -important

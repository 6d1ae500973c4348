"""The basis of a verdict that rests on the measured noise, in plain clinical English."""

from __future__ import annotations

from collections.abc import Sequence

from core.trend.types import Change, Comparability, ScoredFilm, TrendPolicy
from core.trend.wording import (
    DROPS,
    NO_DE_ESCALATION,
    RISES,
    gap_in_words,
    measured_on,
    noise_in_words,
    other_verdicts,
    probabilities_in_words,
    saturation_in_words,
    taking,
)
from core.types import ChangeNoise


def judged_basis(
    change: Change,
    now: Sequence[ScoredFilm],
    before: Sequence[ScoredFilm],
    levels: tuple[float, float],
    *,
    noise: ChangeNoise,
    policy: TrendPolicy,
) -> str:
    """Return what was found, on which films and by which noise; both sides newest film first.

    Parameters
    ----------
    levels : (float, float)
        Mean scores before and now, points.
    """
    sentences = (
        _finding(change, now, before, levels),
        _noise(change, noise, policy),
        probabilities_in_words(change, policy),
        other_verdicts(change, levels[0]),
        measured_on(noise),
        saturation_in_words(now[0], before[0], change.measure),
        NO_DE_ESCALATION if change.verdict in DROPS else "",
    )
    return " ".join(sentence for sentence in sentences if sentence)


def _finding(
    change: Change, now: Sequence[ScoredFilm], before: Sequence[ScoredFilm], levels: tuple[float, float]
) -> str:
    measure, moved = change.measure, change.change or 0.0
    scores = f"({levels[0]:.1f} → {levels[1]:.1f}), {_taken(change, now, before)}."
    against = f"against {_earlier(now[0], before)} {scores}"
    newest = f" of {_newest(now)}" if len(now) > 1 else ""
    if change.verdict in RISES + DROPS:
        verb = "rose" if change.verdict in RISES else "dropped"
        return f"{measure.label}{newest} {verb} by {abs(moved):.1f} of {measure.maximum:g} {against}"
    return f"No real change of {measure.label.lower()} (0-{measure.maximum:g}){newest} {against}"


def _newest(now: Sequence[ScoredFilm]) -> str:
    gap = gap_in_words(now[1], now[0])
    others = f"the one {gap}" if len(now) == 2 else f"the {len(now) - 1} of {gap}"
    return f"this film and {others}, as their mean,"


def _earlier(film: ScoredFilm, before: Sequence[ScoredFilm]) -> str:
    gap = gap_in_words(before[0], film)
    return f"the film {gap}" if len(before) == 1 else f"the recent level, the mean of {len(before)} films up to {gap}"


def _taken(change: Change, now: Sequence[ScoredFilm], before: Sequence[ScoredFilm]) -> str:
    pair = len(now) == len(before) == 1
    if change.comparability is Comparability.COMPARABLE:
        return f"{'both' if pair else 'all'} {taking(now[0])}"
    if pair:
        return f"then {taking(before[0])}, now {taking(now[0])}"
    return "not all stated how taken"


def _noise(change: Change, noise: ChangeNoise, policy: TrendPolicy) -> str:
    sentence = f"The error of such a change has {noise_in_words(noise)}"
    sd = noise.of_means(len(change.now_film_ids), len(change.before_film_ids))[1]
    if sd != noise.sd:
        sentence += f", between these means {sd:.2f}"
    if change.comparability is Comparability.UNKNOWN:
        widened = sd * policy.unknown_position_widening
        sentence += f", widened to {widened:.2f} because not all is known of how the films were taken"
    if change.expected_change is not None and change.interval is not None:
        low, high = change.interval.low, change.interval.high
        sentence += f"; readers would see {change.expected_change:+.1f} (95 % interval {low:+.1f} to {high:+.1f})"
    return f"{sentence}."

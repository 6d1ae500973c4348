"""What a verdict was judged by, put in plain clinical English when read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.counting import counted
from core.trend.noise_of_pair import is_beyond_mixed_noise, why_not_assessed
from core.trend.reasons import Reasons, joined
from core.trend.types import Change, Comparability, ScoredFilm, TrendPolicy
from core.trend.wording import (
    DROPS,
    IN_PLACE_OF_A_VERDICT,
    NO_DE_ESCALATION,
    REFERENCES_IN_WORDS,
    RISES,
    acquisition_in_words,
    gap_in_words,
    measured_on,
    never_measured,
    noise_in_words,
    other_verdicts,
    pair_in_words,
    probabilities_in_words,
    record_in_words,
    saturation_in_words,
)
from core.types import ChangeNoise, Measure, VerdictRecord


@dataclass(frozen=True)
class StatedBasis:
    """Reasons that are the same whatever the change."""

    said: Reasons

    def reasons(self, change: Change) -> Reasons:  # noqa: ARG002 - as every basis
        """Return them."""
        return self.said


@dataclass(frozen=True)
class JudgedBasis:
    """What a verdict that rests on the measured noise was judged by.

    Attributes
    ----------
    now, before : sequence of ScoredFilm
        The films compared, the newest first.
    levels : (float, float)
        Mean scores before and now, points.
    """

    now: Sequence[ScoredFilm]
    before: Sequence[ScoredFilm]
    levels: tuple[float, float]
    noise: ChangeNoise
    policy: TrendPolicy
    record: VerdictRecord | None = None

    def reasons(self, change: Change) -> Reasons:
        """Return what was found, on which films and by which noise."""
        return Reasons(
            beforehand=never_measured(change.unmeasured),
            found=_finding(change, self.now, self.before, self.levels),
            why=joined(
                _noise(change, self.noise, self.policy),
                probabilities_in_words(change, self.policy),
                other_verdicts(change, self.levels[0]),
            ),
            measured=joined(record_in_words(self.record, self.policy), measured_on(self.noise)),
            limits=joined(
                saturation_in_words(self.now[0], self.before[0], change.measure),
                NO_DE_ESCALATION if change.verdict in DROPS else "",
            ),
        )


@dataclass(frozen=True)
class MixedBasis:
    """Why films taken differently get no verdict. No noise where it was not measured."""

    film: ScoredFilm
    earlier: ScoredFilm
    noise: ChangeNoise | None
    policy: TrendPolicy

    def reasons(self, change: Change) -> Reasons:
        """Return the scores, how the films were taken, and whether the difference is beyond their error."""
        film, earlier, measure = self.film, self.earlier, change.measure
        size = film.score.value(measure) - earlier.score.value(measure)
        noise = None if why_not_assessed(self.noise) else self.noise
        differently = (
            f"which was taken differently (then {acquisition_in_words(earlier)}, now {acquisition_in_words(film)})"
        )
        return Reasons(
            found=f"{measure.label} {pair_in_words(film, earlier, measure)}, {differently}.",
            why=_beside_mixed_noise(size, noise, measure, self.policy)
            if noise
            else "The error between films taken differently was not measured for this scorer.",
            measured=measured_on(noise) if noise else "",
            limits=saturation_in_words(film, earlier, measure),
            verdict=IN_PLACE_OF_A_VERDICT[change.verdict],
        )


@dataclass(frozen=True)
class LevelBasis:
    """What a verdict against a smoothed level of the stay was judged by.

    Attributes
    ----------
    levels : (float, float)
        Smoothed level at the reference and now, points.
    sd : float
        Of their difference.
    n_films : int
        Films of the stay that the levels rest on.
    """

    film: ScoredFilm
    earlier: ScoredFilm
    levels: tuple[float, float]
    sd: float
    n_films: int
    policy: TrendPolicy

    def reasons(self, change: Change) -> Reasons:
        """Return how the level moved, and how sure that is."""
        measure = change.measure
        before, now = (min(max(level, 0.0), measure.maximum) for level in self.levels)
        moved = "shows no real change"
        if change.verdict in RISES + DROPS:
            verb = "rose" if change.verdict in RISES else "dropped"
            moved = f"{verb} by {abs(now - before):.1f} of {measure.maximum:g}"
        when = gap_in_words(self.earlier, self.film)
        return Reasons(
            beforehand=never_measured(change.unmeasured),
            found=(
                f"The level of {measure.label.lower()} {moved} against the {REFERENCES_IN_WORDS[change.reference]}. "
                f"It was {before:.1f} at the film {when}, and is {now:.1f} now."
            ),
            why=joined(
                self._noise(change), probabilities_in_words(change, self.policy), other_verdicts(change, before)
            ),
            limits=joined(
                saturation_in_words(self.film, self.earlier, measure),
                NO_DE_ESCALATION if change.verdict in DROPS else "",
            ),
        )

    def _noise(self, change: Change) -> str:
        interval = change.interval
        between = "" if interval is None else f" (95 % interval {interval.low:+.1f} to {interval.high:+.1f})"
        films = counted(self.n_films, "film")
        return f"Levels are smoothed over {films} of the stay; their difference has SD {self.sd:.2f}{between}."


def _beside_mixed_noise(size: float, noise: ChangeNoise, measure: Measure, policy: TrendPolicy) -> str:
    of_error = f"the error between films taken differently, {noise_in_words(noise)}"
    if is_beyond_mixed_noise(size, noise, measure, policy):
        return f"The difference of {size:+.1f} is beyond {of_error}: look at the films."
    return f"The difference of {size:+.1f} is within {of_error}; that does not show that nothing changed."


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
        return f"{'both' if pair else 'all'} {acquisition_in_words(now[0])}"
    if pair:
        return f"then {acquisition_in_words(before[0])}, now {acquisition_in_words(now[0])}"
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

"""The basis of a verdict in plain clinical English: about the film, never a diagnosis."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from math import floor

from core.counting import counted, days_text
from core.trend.comparability import gap_hours_between, gap_in_days_only
from core.trend.types import Change, Reference, ScoredFilm, TrendPolicy, Verdict
from core.types import ChangeNoise, Measure, PatientPosition, VerdictRecord, ViewPosition

VERDICTS_IN_WORDS: Mapping[Verdict, str] = {
    Verdict.LARGE_RISE: "large rise",
    Verdict.RISE: "rise",
    Verdict.NO_REAL_CHANGE: "no real change",
    Verdict.DROP: "drop",
    Verdict.LARGE_DROP: "large drop",
    Verdict.CANNOT_TELL: "cannot tell",
    Verdict.NOT_ASSESSED: "not assessed",
}
NOISE_TAKEN_AS_KNOWN = (
    "The interval of a change takes the measured error as known exactly. It is not, so the interval is too narrow."
)
TIME_IN_DOUBT = "The time of a film is in doubt because of its device's clock, so no drop is called here."
REFERENCES_IN_WORDS: Mapping[Reference, str] = {
    Reference.RECENT: "recent level",
    Reference.PREVIOUS: "previous film",
    Reference.HOURS_24: "24 h",
    Reference.HOURS_72: "72 h",
    Reference.ADMISSION: "ICU admission",
    Reference.LOWEST: "lowest level of the stay",
    Reference.HIGHEST: "highest level of the stay",
}
IN_PLACE_OF_A_VERDICT: Mapping[Verdict, str] = {
    Verdict.CANNOT_TELL: "Cannot tell: compare the films.",
    Verdict.NOT_ASSESSED: "Not assessed:",
}
"""What reasons begin with where there is no verdict."""
UNORDERED = "the order of films of one day, or of one instant, is not known"
NO_DE_ESCALATION = "A drop on the films alone is not enough to reduce care: see whether physiology agrees."
RISES = (Verdict.RISE, Verdict.LARGE_RISE)
DROPS = (Verdict.DROP, Verdict.LARGE_DROP)
END_OF_SCALE = 0.05
"""A score this close to 0 or to the top is at the end of its scale: scorers clamp there."""


def percent(probability: float) -> str:
    """Return a probability in percent, rounded down, from 90 % on with a decimal: verdicts are decided there.

    A model of noise is never certain: the words are ">99 %" and "<1 %" at the ends, never 100 % or 0 %.
    """
    if probability > 0.99:
        return ">99 %"
    if probability < 0.01:
        return "<1 %"
    return (
        f"{floor(probability * 1000 + 1e-9) / 10:.1f} %"
        if probability >= 0.9
        else f"{floor(probability * 100 + 1e-9)} %"
    )


def gap_in_words(earlier: ScoredFilm, later: ScoredFilm) -> str:
    """Return for example "18 h before", "40 min before"; in days where a time is known to the day only."""
    hours = gap_hours_between(earlier, later)
    if gap_in_days_only(earlier, later):
        return f"{days_text(hours)} before"
    return f"{hours * 60:.0f} min before" if hours < 1 else f"{hours:.0f} h before"


def acquisition_in_words(film: ScoredFilm) -> str:
    """Return how a film was taken, for example "AP supine"."""
    view, position = film.view_position, film.patient_position
    if view is ViewPosition.UNKNOWN and position is PatientPosition.UNKNOWN:
        return "projection and position not stated"
    if view is ViewPosition.UNKNOWN:
        return f"{position.value}, projection not stated"
    if position is PatientPosition.UNKNOWN:
        return f"{view.value}, position not stated"
    return f"{view.value} {position.value}"


def points(number: float) -> str:
    """Return "1 point", "0.75 points"."""
    return f"{number:g} point{'' if number == 1 else 's'}"


def pair_in_words(film: ScoredFilm, earlier: ScoredFilm, measure: Measure) -> str:
    """Return both scores and the gap, for example "3.1 → 5.5 of 8 against the film 18 h before"."""
    before, now = earlier.score.value(measure), film.score.value(measure)
    return f"{before:.1f} → {now:.1f} of {measure.maximum:g} against the film {gap_in_words(earlier, film)}"


def never_measured(acquisitions: Collection[str]) -> str:
    """Return that the noise of a change was not measured on films taken so; "" where it was."""
    if not acquisitions:
        return ""
    return (
        f"The error that this verdict uses was not measured on films like these ({', '.join(acquisitions)}). It is "
        "not known how sure the verdict is."
    )


def noise_in_words(noise: ChangeNoise) -> str:
    """Return the SD of a change's error and on how much it rests."""
    few = "" if noise.own_sd is None else f"; their own SD {noise.own_sd:.2f} drawn towards that of all pairs"
    return f"SD {noise.sd:.2f} ({counted(noise.n_pairs, 'pair')} of films, {counted(noise.n_patients, 'patient')}{few})"


def measured_on(noise: ChangeNoise) -> str:
    """Return on which films a change's error was measured: a verdict on others rests on their being alike."""
    return f"How that error was measured: {noise.source.rstrip('.')}."


def record_in_words(record: VerdictRecord | None, policy: TrendPolicy) -> str:
    """Return how such verdicts stood against experts; "" where that was not measured for the rule in use."""
    if record is None or (record.p_rise, record.p_large) != (policy.p_rise, policy.p_large):
        return ""
    return (
        f"Against experts, on films of {counted(record.n_patients, 'patient')} that the scorer had not seen: of "
        f"{record.n_changes:.0f} changes of 2 points or more such verdicts named {record.found:.0f} in their "
        f"direction, {record.found_large:.0f} of them as large; of {record.n_stable:.0f} films without a change they "
        f"named {record.named:.0f}, {record.named_large:.0f} as large."
    )


def other_verdicts(change: Change, before: float) -> str:
    """Return what would have changed the verdict: from where on it would have been called otherwise.

    Parameters
    ----------
    before : float
        What `change` starts from, points: a verdict that the scale leaves no room for is left out.
    """
    real, large = change.called_real_from, change.called_large_from
    if real is None or large is None:
        return ""
    if change.verdict in RISES + DROPS:
        sign = 1 if change.verdict in RISES else -1
        beyond = f"{sign * large:+.1f}"
        if change.verdict in {Verdict.LARGE_RISE, Verdict.LARGE_DROP}:
            return f"Short of {beyond} it would not be called large, short of {sign * real:+.1f} no real change."
        room = change.measure.maximum - before if sign > 0 else before
        called_large = (
            f"It would be called large from {beyond} on"
            if large <= room
            else "The scale leaves no room for a large one"
        )
        return f"{called_large}, and no real change short of {sign * real:+.1f}."
    rise = f"a rise from {real:+.1f} on" if real <= change.measure.maximum - before else ""
    drop = f"a drop from {-real:+.1f} on" if real <= before else ""
    possible = ", ".join(part for part in (rise, drop) if part)
    return (
        f"It would be called {possible}."
        if possible
        else "The scale leaves no room for a rise or drop that could be called one."
    )


def beyond_scale(real: float, measure: Measure) -> str:
    """Return why a scorer's error leaves a change without a verdict, whatever its size."""
    return (
        f"This scorer's error between such films is so large that only a change from {real:.1f} points on would be "
        f"called real. The scale of {measure.maximum:g} leaves no room for that up or down, so no change can be called."
    )


def probabilities_in_words(change: Change, policy: TrendPolicy) -> str:
    """Return how sure the verdict's direction is, and from where on that counts; "" where nobody measured that."""
    if change.p_rise is None:
        return ""
    rising = (change.expected_change or 0.0) >= 0
    direction, real, large = (
        ("rise", change.p_rise, change.p_large_rise) if rising else ("drop", change.p_drop, change.p_large_drop)
    )
    important = points(policy.important_change(change.measure))
    return (
        f"Probability of a true {direction} {percent(real or 0.0)}, of one beyond {important} {percent(large or 0.0)}"
        f" (called real from {policy.p_rise * 100:g} %, large from {policy.p_large * 100:g} %)."
    )


def is_at_top(film: ScoredFilm, measure: Measure) -> bool:
    """Return True where the score is at the top of its scale."""
    return film.score.value(measure) >= measure.maximum - END_OF_SCALE


def is_at_bottom(film: ScoredFilm, measure: Measure) -> bool:
    """Return True where the score is at the bottom of its scale."""
    return film.score.value(measure) <= END_OF_SCALE


def saturation_in_words(film: ScoredFilm, earlier: ScoredFilm, measure: Measure) -> str:
    """Return what the ends of the scale hide, "" where neither film is at one."""
    sentences = []
    if is_at_top(film, measure):
        sentences.append("This film is at the top of the scale; a further rise cannot show.")
    elif is_at_top(earlier, measure):
        sentences.append("The earlier film was at the top of the scale; the drop may be larger than shown.")
    if is_at_bottom(film, measure):
        sentences.append("This film is at the bottom of the scale; a further drop cannot show.")
    elif is_at_bottom(earlier, measure):
        sentences.append("The earlier film was at the bottom of the scale; the rise may be larger than shown.")
    return " ".join(sentences)

"""How a patient stands, in plain words: for the screen and for paper."""

from __future__ import annotations

from dataclasses import dataclass

from core.counting import days_text, span_text
from core.trend.types import Change, FilmTrend, Verdict
from core.trend.wording import REFERENCES_IN_WORDS
from core.types import Measure
from dashboard.services.patient.standing import SETTLED_ELSEWHERE, in_doubt
from dashboard.services.patient.timeline import PatientTrend
from dashboard.wording.facts import counted_off_trend, doubt_text, doubts_text, interval_text, score_text, taken_text
from dashboard.wording.palette import VERDICT_SHAPES, VERDICT_WORDS, verdict_text
from dashboard.wording.times import TimeScale, signed

RECENT_LEVEL = (
    "The recent level of a film is the mean score of the comparable films before it: the newest of these, and those up "
    "to 72 h older since the last change that was almost certainly large."
)
"""The one definition of what a verdict compares with; documents say it word for word."""
WARNING = "!"
"""Begins every sentence that says why the trend is not up to date: colour never says it alone."""


@dataclass(frozen=True)
class StandingLine:
    """One sentence of how a patient stands, and whether it says that the trend is not up to date."""

    sentence: str
    warns: bool = False

    @property
    def text(self) -> str:
        """Return the sentence as it is shown."""
        return f"{WARNING} {self.sentence}" if self.warns else self.sentence


def standing_lines(trend: PatientTrend, scale: TimeScale) -> tuple[StandingLine, ...]:
    """Return one sentence for each reason why the trend may not be up to date."""
    lines = []
    hours = trend.trajectories[Measure.GEOGRAPHIC_EXTENT].staleness_hours
    if not trend.timeline.films:
        lines.append(StandingLine("No film yet. Add one, or wait until one arrives."))
    elif not trend.trends:
        lines.append(StandingLine("No film is on the trend."))
    elif trend.stale and hours is not None:
        lines.append(StandingLine(f"STALE: the last film on the trend was taken {span_text(hours)} ago.", warns=True))
    recent = in_doubt(trend.timeline.films, moment=trend.moment, within_hours=trend.policy.stale_after_hours)
    within = [film for film in recent if film.stay_id is not None]
    doubts = [f"Film of {taken_text(film, scale)}: {doubt_text(film)}" for film in within]
    doubts += doubts_text(film for film in recent if film.stay_id is None)
    lines += [StandingLine(f"{doubt}.", warns=True) for doubt in doubts]
    for off_trend in trend.off_trend:
        reasons = f" ({'; '.join(reason.rstrip('.') for reason in off_trend.reasons)})" if off_trend.reasons else ""
        sentence = f"{counted_off_trend(off_trend.count, off_trend.absence)}{reasons}."
        lines.append(StandingLine(sentence, warns=off_trend.absence not in SETTLED_ELSEWHERE))
    return tuple(lines)


NOT_UP_TO_DATE = f"{WARNING} not up to date"


def last_verdict_text(change: Change, *, behind: bool) -> str:
    """Return the verdict with its size; of one that is not up to date, that it was before."""
    if behind:
        return f"{NOT_UP_TO_DATE}; before: {VERDICT_WORDS[change.verdict]}"
    size = change_text(change)
    return verdict_text(change.verdict) + (f", {size}" if size else "")


def last_verdict_tone(change: Change, *, behind: bool) -> str:
    """Return the tone of `last_verdict_text`."""
    return "look" if behind else VERDICT_SHAPES[change.verdict][1]


def level_text(newest: FilmTrend, change: Change | None, scale: TimeScale) -> str:
    """Return a film's level with its interval, its change against the recent level, and when it was taken."""
    film, measure = newest.film, Measure.GEOGRAPHIC_EXTENT
    level = f"{measure.label} {score_text(film.score, measure)} ({interval_text(film.score.interval(measure))})"
    size = change_text(change) if change else ""
    against = f", {size} against the recent level" if size else ""
    alone = newest.sustained_alone
    sustained = f"; {sustained_text(alone)}" if alone else ""
    return f"{level}{against}{sustained}, film of {scale.text(film.acquired_at, film.time_precision)}."


def change_text(change: Change) -> str:
    """Return for example "+2.4 in 24 h (95 %: +0.9 to +3.9)"; "" where there is no film to compare with.

    It is the change that readers would see, with its interval; without one the difference of the scores, "+3.7 as
    scored in 24 h". Where no change is called, also from what size on one would be: silence is not to be read as
    "stable".
    """
    if change.change is None or change.gap_hours is None:
        return ""
    gap = days_text(change.gap_hours) if change.gap_in_days_only else span_text(change.gap_hours)
    is_known = change.expected_change is not None and change.interval is not None
    beside = [interval_of_change(change)] if is_known else []
    if change.verdict is Verdict.NO_REAL_CHANGE and change.called_real_from is not None:
        per_point = change.per_point if is_known and change.per_point else 1.0
        beside.append(f"called from {per_point * change.called_real_from:.1f} on")
    return f"{size_of_change(change)} in {gap}" + (f" ({'; '.join(beside)})" if beside else "")


def sustained_text(change: Change | None) -> str:
    """Return for example "over several films: large rise, +3.1 in 4 days, since the lowest level of the stay".

    "" where there is none.
    """
    if change is None:
        return ""
    words = VERDICT_WORDS[change.verdict]
    return f"over several films: {words}, {change_text(change)}, since the {REFERENCES_IN_WORDS[change.reference]}"


def size_of_change(change: Change) -> str:
    """Return the change that readers would see, "+2.4"; where it is not known that of the scores, "+3.7 as scored"."""
    if change.expected_change is not None and change.interval is not None:
        return signed(change.expected_change)
    return "" if change.change is None else f"{signed(change.change)} as scored"


def interval_of_change(change: Change) -> str:
    """Return for example "95 %: +0.9 to +3.9", "" where the interval is not known."""
    interval = change.interval
    return f"{interval.level * 100:g} %: {signed(interval.low)} to {signed(interval.high)}" if interval else ""

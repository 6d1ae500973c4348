"""Before a round: what became of each patient since the last one, the most urgent first; nobody is left out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from core.trend.types import FlagKind, Verdict
from core.trend.wording import DROPS, RISES
from dashboard.services.ward.round import Round, RoundStep


class Became(StrEnum):
    """Under what a patient stands before a round; the first that holds."""

    ROSE = "rose"
    CANNOT_TELL = "cannot_tell"
    NO_FILM = "no_film"
    FELL = "fell"
    NEW = "new"
    NEWS = "news"
    NOTHING_NEW = "nothing_new"


@dataclass(frozen=True)
class BeforeRound:
    """A patient before the round.

    Attributes
    ----------
    since : tuple of str
        What came since the last review: ``film``, ``verdict``, ``flag``; nothing where there was none.
    """

    step: RoundStep
    became: Became
    since: tuple[str, ...]


def before_round(found: Round) -> tuple[BeforeRound, ...]:
    """Return every patient of a round by what became of them, within that in the order of the round."""
    lines = [_line(step) for step in found.steps]
    kinds = list(Became)
    return tuple(sorted(lines, key=lambda line: kinds.index(line.became)))


def _line(step: RoundStep) -> BeforeRound:
    since = () if step.last is None else step.row.news.since(step.last.reviewed_at)
    return BeforeRound(step, _became(step, since), since)


def _became(step: RoundStep, since: tuple[str, ...]) -> Became:
    row = step.row
    verdicts = {change.verdict for change in (row.change, row.sustained) if change is not None}
    # A large rise that nobody has settled stands first, whatever the newest film says, or whether there is one.
    is_open = any(flag.kind is FlagKind.RISE for flag in row.open_flags)
    if is_open or (not row.behind and not verdicts.isdisjoint(RISES)):
        return Became.ROSE
    if step.by_eye is not None or (not row.behind and Verdict.CANNOT_TELL in verdicts):
        return Became.CANNOT_TELL
    if row.behind or not row.series:
        return Became.NO_FILM
    if not verdicts.isdisjoint(DROPS):
        return Became.FELL
    if step.last is None:
        return Became.NEW
    return Became.NEWS if since else Became.NOTHING_NEW

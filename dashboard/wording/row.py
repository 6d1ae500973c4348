"""A row of the ward in words that screens and paper share."""

from __future__ import annotations

from core.counting import counted, span_text
from core.trend.flags.proposed import ALERTING_REFERENCE
from core.trend.types import Change
from dashboard.services.ward.improving import Improving, Support
from dashboard.services.ward.round import RoundStep
from dashboard.wording.facts import FLAG_STATES
from dashboard.wording.palette import flag_text
from dashboard.wording.trend import change_text, last_verdict_text, sustained_text


def by_eye_text(change: Change) -> str:
    """Return for example "? compare films by eye, +4.2 in 24 h"."""
    return ", ".join(part for part in ("? compare films by eye", change_text(change)) if part)


def overdue_text(minutes: int) -> str:
    """Return for how long a large rise is past its unit's time, for example "overdue 42 min"."""
    return f"overdue {span_text(minutes / 60)}"


def overdue_counted(count: int) -> str:
    """Return for example "1 large rise overdue"."""
    return f"{counted(count, 'large rise')} overdue"


SUPPORT_WORDS = {
    Support.AGREES: "✓ physiology agrees: consider less support",
    Support.DISAGREES: "! physiology does not agree, or something else may explain the drop",
    Support.UNKNOWN: "? physiology is not known here: look at the patient before reducing care",
}
"""What follows from a drop on film, as far as it is known."""


def improving_text(one: Improving) -> str:
    """Return for example "▼ drop, -2.4 in 24 h. ✓ physiology agrees: consider less support"."""
    return f"{drop_text(one.change)}. {SUPPORT_WORDS[one.support]}"


def drop_text(change: Change) -> str:
    """Return a drop with its size; of one that only the level of the stay shows, that it is over several films."""
    return last_verdict_text(change, behind=False) if change.reference is ALERTING_REFERENCE else sustained_text(change)


def flags_text(step: RoundStep) -> str:
    """Return the open flags, films to compare by eye, and flags that somebody deals with; "none open" without any."""
    row = step.row
    question = [] if step.by_eye is None else [by_eye_text(step.by_eye.change)]
    seen = [f"{flag_text(flag.kind)} ({FLAG_STATES[flag.state]})" for flag in row.seen_flags]
    return ", ".join([*(flag_text(flag.kind) for flag in row.open_flags), *question, *seen]) or "none open"


def beside_text(step: RoundStep) -> tuple[str, ...]:
    """Return what stands beside the flags: what is known of films to compare by eye, and of a drop."""
    question = () if step.by_eye is None else step.by_eye.beside
    return question if step.improving is None else (*question, SUPPORT_WORDS[step.improving.support])

"""A row of the ward in words that screens and paper share."""

from __future__ import annotations

from dashboard.components.palette import flag_text
from dashboard.components.trend_words import change_text
from dashboard.components.words import FLAG_STATES
from dashboard.services.round import RoundStep


def flags_text(step: RoundStep) -> str:
    """Return the open flags, films to compare by eye, and flags that somebody deals with; "none open" without any."""
    row = step.row
    question = [] if step.by_eye is None else [f"? compare films by eye, {change_text(step.by_eye.change)}"]
    seen = [f"{flag_text(flag.kind)} ({FLAG_STATES[flag.state]})" for flag in row.seen_flags]
    return ", ".join([*(flag_text(flag.kind) for flag in row.open_flags), *question, *seen]) or "none open"

"""A row of the ward in words that screens and paper share."""

from __future__ import annotations

from dashboard.components.palette import flag_text
from dashboard.components.words import FLAG_STATES
from dashboard.services.board import BoardRow


def flags_text(row: BoardRow) -> str:
    """Return the open flags and those that somebody deals with, "none open" where there is none."""
    seen = [f"{flag_text(flag.kind)} ({FLAG_STATES[flag.state]})" for flag in row.seen_flags]
    return ", ".join([*(flag_text(flag.kind) for flag in row.open_flags), *seen]) or "none open"

"""Counts and spans of time in words: "1 film", "2 films"."""

from __future__ import annotations

HOURS_PER_DAY = 24
IN_DAYS_FROM_HOURS = 72
"""Hours from which a span is given in days."""


def counted(number: int, noun: str, plural: str = "") -> str:
    """Return a count with its noun, for example "1 film", "2 films"; `plural` where it is not the noun with an s."""
    return f"{number} {noun if number == 1 else plural or f'{noun}s'}"


def days_text(hours: float) -> str:
    """Return a span in whole days, for example "1 day", "5 days"."""
    return counted(round(hours / HOURS_PER_DAY), "day")


def span_text(hours: float) -> str:
    """Return for example "40 min", "18 h", "5 days"."""
    if hours < 1:
        return f"{max(hours, 0) * 60:.0f} min"
    if hours < IN_DAYS_FROM_HOURS:
        return f"{hours:.0f} h"
    return days_text(hours)

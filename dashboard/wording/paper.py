"""Words that all printed pages share."""

from __future__ import annotations

from datetime import datetime, tzinfo

from core.types import ScorerCard


def shortened(text: str, longest: int) -> str:
    """Return text of at most `longest` characters on one line; what was left out is marked."""
    line = " ".join(text.split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def moment_text(at: datetime, zone: tzinfo) -> str:
    """Return a time with its zone's name and offset, for example "29 Nov 2026, 14:05 CET (UTC+01:00)"."""
    local = at.astimezone(zone)
    return f"{local.day} {local:%b %Y, %H:%M} {local.tzname()} (UTC{local.isoformat()[-6:]})"


def model_text(card: ScorerCard | None) -> str:
    """Return which model scored what is shown."""
    return "No model is active" if card is None else f"Scored by {card.model}, version {card.version}"

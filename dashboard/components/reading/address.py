"""The address of a reading session and of its films, by their place in the order."""

from __future__ import annotations

from dashboard.components.page.sight import END, Sight

SESSION, FILM, SETTLE = "session", "film", "settle"
SIGHT = Sight(FILM)
"""The film in sight."""


def session_address(session_id: int) -> str:
    """Return the address where a session goes on."""
    return f"/reading?{SESSION}={session_id}"


def settling_address(name: str) -> str:
    """Return the address of a film that two readers read differently; see `Disagreement.name`."""
    return f"/reading?{SETTLE}={name}"


def film_address(session_id: int, place: int | None) -> str:
    """Return the address of a film, or of the session as a whole."""
    return f"{session_address(session_id)}&{FILM}={END if place is None else place}"

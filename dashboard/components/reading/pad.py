"""The four scores of a film, by keys or by hand; what is saved names the film it was given for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from core.human_reading import LungScores
from dashboard.components.browser import elements
from db.read_models.readings import SessionReading

_HERE = Path(__file__).parent
_PAD = st.components.v2.component(
    "lungline_reading_pad",
    html=(_HERE / "pad.html").read_text(encoding="utf-8"),
    css=(_HERE / "pad.css").read_text(encoding="utf-8"),
    js=elements.JS + (_HERE / "pad.js").read_text(encoding="utf-8"),
)
EXTENT = ("none", "under 25\u00a0%", "25-50\u00a0%", "50-75\u00a0%", "over 75\u00a0%")
OPACITY = ("none", "ground glass", "consoli\u00addation", "white-out")
# Lung by lung, the right one first: it is on the film's left.
FIELDS = {
    "geographic_extent_right": ("Right lung: extent", EXTENT),
    "opacity_right": ("Right lung: opacity", OPACITY),
    "geographic_extent_left": ("Left lung: extent", EXTENT),
    "opacity_left": ("Left lung: opacity", OPACITY),
}
TOTALS = (
    {"label": "Extent", "places": (0, 2), "maximum": 8},
    {"label": "opacity", "places": (1, 3), "maximum": 6},
)
NOT_READABLE = (
    "a lung is not wholly on the film",
    "too dark or too bright",
    "blurred by motion",
    "hidden by devices or dressings",
    "turned too far",
    "another reason",
)


@dataclass(frozen=True)
class Saved:
    """What a press of the pad says: for which place, and scores or why there are none."""

    place: int
    result: LungScores | str


def reading_pad(
    place: int,
    film_id: int,
    own: SessionReading | None,
    *,
    closed: bool,
    attempt: int,
    key: str,
    on_saved: Callable[[], None],
) -> None:
    """Draw the pad of the film at a place, filled with the reader's own last reading of it.

    Parameters
    ----------
    closed : bool
        The scores are shown and cannot be changed.
    attempt : int
        Another number frees a pad whose press was refused.
    on_saved : callable
        Takes what was saved with `saved_by`.
    """
    scored = own is not None and own.not_readable is None
    data: dict[str, Any] = {
        "place": place,
        "film_id": film_id,
        "fields": [{"name": name, "label": label, "points": points} for name, (label, points) in FIELDS.items()],
        "totals": TOTALS,
        "reasons": NOT_READABLE,
        "scores": [getattr(own, name) for name in FIELDS] if scored else None,
        "not_readable": None if own is None else own.not_readable,
        "closed": closed,
        "attempt": attempt,
    }
    _PAD(key=key, data=data, on_saved_change=on_saved)


def saved_by(key: str) -> Saved | None:
    """Return what the pad of that key says was saved, None where it says nothing that can be understood."""
    said = (st.session_state.get(key) or {}).get("saved")
    if not isinstance(said, dict) or not isinstance(said.get("place"), int):
        return None
    scores, reason = said.get("scores"), said.get("not_readable")
    if isinstance(reason, str):
        return Saved(said["place"], reason)
    if not isinstance(scores, list) or len(scores) != len(FIELDS):
        return None
    if not all(isinstance(score, int | float) for score in scores):
        return None
    return Saved(said["place"], LungScores(**dict(zip(FIELDS, map(float, scores), strict=True))))

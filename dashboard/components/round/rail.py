"""The progress rail: who was reviewed, whose note is not stored, who is shown, each a link to that patient's step."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboard.components.browser import elements
from dashboard.components.round.address import RoundAddress
from dashboard.components.round.notes import NOT_STORED, is_unstored
from dashboard.services.ward.round import Round, RoundStep
from dashboard.wording.facts import shown_name

_HERE = Path(__file__).parent
_RAIL = st.components.v2.component(
    "lungline_round_rail",
    html=(_HERE / "rail.html").read_text(encoding="utf-8"),
    css=(_HERE / "rail.css").read_text(encoding="utf-8"),
    js=elements.JS + (_HERE / "rail.js").read_text(encoding="utf-8"),
)


def progress_rail(found: Round, shown: int | None, address: RoundAddress, *, key: str) -> int | None:
    """Draw the rail with the stay `shown` marked; return the stay chosen in this run, None where none was."""
    stops = [_stop(step, shown, address) for step in found.steps]
    chosen = _RAIL(key=key, data={"stops": stops}, on_stay_change=lambda: None).stay
    return None if chosen is None else int(chosen)


def _stop(step: RoundStep, shown: int | None, address: RoundAddress) -> dict[str, object]:
    stay = step.row.stay
    return {
        "stay_id": step.stay_id,
        "place": stay.bed or shown_name(stay.name),
        "name": f"{shown_name(stay.name)}, {stay.identifier}",
        "reviewed": step.reviewed,
        "unstored": NOT_STORED if is_unstored(step) else "",
        "current": step.stay_id == shown,
        "href": address.of_stay(step.stay_id),
    }

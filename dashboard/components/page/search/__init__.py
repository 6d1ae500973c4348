"""The search that stands on every page: a button, Ctrl+K or "/" open it, and it answers while somebody types."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from core.counting import counted
from dashboard import queries
from dashboard.components.browser import elements
from dashboard.components.page.address import patient_address
from dashboard.presenting import carried, names_hidden
from dashboard.services.patient.search import AT_MOST, Found
from dashboard.theme import is_dark
from dashboard.wording.facts import number_text, place_text, shown_name
from dashboard.wording.times import TimeScale
from db.read_models.finding import FoundPatient

_HERE = Path(__file__).parent
_SEARCH = st.components.v2.component(
    "lungline_search",
    html=(_HERE / "search.html").read_text(encoding="utf-8"),
    css=elements.TONES + (_HERE / "search.css").read_text(encoding="utf-8"),
    js=elements.JS + (_HERE / "search.js").read_text(encoding="utf-8"),
)
LONGEST = 200
NOBODY = "Nobody is found. Every word must be part of {what}."
KEY = "search"


def draw_search() -> None:
    """Draw the button of the search, answer what was typed, and go to the patient who was chosen."""
    # What was typed is known before it is answered: the component itself gives it only once it is drawn.
    typed = str(getattr(st.session_state.get(KEY), "typed", None) or "")[:LONGEST]
    found = queries.search_patients(typed)
    data = {
        "dark": is_dark(),
        "label": "Number or bed" if names_hidden() else "Name, number or bed",
        "asked": typed,
        "said": _said(typed, found),
        "found": [_line(one) for one in found.patients],
    }
    result = _SEARCH(key=KEY, data=data, width="content", on_typed_change=lambda: None, on_patient_change=lambda: None)
    if result.patient is not None:
        st.switch_page(queries.PATIENT_PAGE, query_params=carried({"id": str(int(result.patient))}))


def _said(typed: str, found: Found) -> str:
    if not typed.strip():
        return ""
    if not found.patients:
        return NOBODY.format(what="number, unit or bed" if names_hidden() else "name, number, unit or bed")
    if found.more:
        return f"The first {AT_MOST}. There are more: type more of the name or number."
    return f"{counted(len(found.patients), 'patient')} found."


def _line(one: FoundPatient) -> dict[str, str]:
    scale = TimeScale(queries.zone(), one.patient.relative_day_zero)
    last = one.last_film
    return {
        "id": str(one.patient.patient_id),
        "href": patient_address(one.patient.patient_id),
        "name": shown_name(one.patient.name),
        "number": number_text(one.patient),
        "place": place_text(one.stay.unit, one.stay.bed) if one.stay else "not admitted",
        "film": f"last film {scale.text(last.acquired_at, last.time_precision)}" if last else "no film on the trend",
    }

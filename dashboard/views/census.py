"""Find any patient; admit, move, discharge."""

from __future__ import annotations

import streamlit as st

from core.trend.flags import ALERTING_REFERENCE
from dashboard import queries
from dashboard.components.census_forms import draw_census_forms
from dashboard.components.patient_list import draw_patient_list
from dashboard.components.presentation import names_needed
from dashboard.components.text import plain
from dashboard.components.times import TimeScale
from dashboard.theme import is_dark


def draw_census() -> None:
    """Draw the search and the forms."""
    text = st.text_input(
        "Find a patient by name or number, also discharged ones", key="q", bind="query-params", max_chars=200
    )
    if text.strip():
        found = queries.find_patients(text)
        if found:
            chosen = draw_patient_list(found, scale=TimeScale(queries.zone()), dark=is_dark())
            if chosen is not None:
                st.switch_page(queries.PATIENT_PAGE, query_params={"id": str(chosen)})
        else:
            plain(
                "Nobody is found. Every word must be part of name or number: check the spelling, or admit somebody new."
            )
    st.header("Admit, move, discharge")
    draw_census_forms([row.stay for row in queries.board(ALERTING_REFERENCE, None).rows])


st.title("Patients")
if names_needed("Finding, admitting, moving and discharging patients"):
    draw_census()

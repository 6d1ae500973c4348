"""Find any patient; admit, move, discharge."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.trend.flags.proposed import ALERTING_REFERENCE
from dashboard import queries
from dashboard.components.census.forms import draw_census_forms
from dashboard.components.census.patient_list import draw_patient_list
from dashboard.components.page.empty import NOT_ADMITTED, SHOW
from dashboard.components.page.presentation import names_needed
from dashboard.components.page.text import plain
from dashboard.theme import is_dark
from dashboard.wording.times import TimeScale
from db.read_models.lists import NotAdmitted, PatientRow


def draw_census() -> None:
    """Draw the search and the forms."""
    text = st.text_input(
        "Find a patient by name or number, also discharged ones", key="q", bind="query-params", max_chars=200
    )
    if text.strip():
        found = queries.find_patients(text)
        if found:
            draw_rows(found)
        else:
            plain(
                "Nobody is found. Every word must be part of name or number: check the spelling, or admit somebody new."
            )
    elif st.query_params.get(SHOW) == NOT_ADMITTED:
        draw_not_admitted(queries.not_admitted())
    st.header("Admit, move, discharge")
    draw_census_forms([row.stay for row in queries.board(ALERTING_REFERENCE, None).rows])


def draw_not_admitted(found: NotAdmitted) -> None:
    """Draw the patients who have films and no open stay."""
    st.header("Patients with films, not admitted")
    if not found.count:
        plain("Every patient with films is admitted.")
        return
    if len(found.first) < found.count:
        plain(f"The first {len(found.first)} of {found.count} by name. Find the others by name or number above.")
    draw_rows(found.first)


def draw_rows(rows: Sequence[PatientRow]) -> None:
    """Draw patients, and go to the one chosen."""
    chosen = draw_patient_list(rows, scale=TimeScale(queries.zone()), dark=is_dark())
    if chosen is not None:
        st.switch_page(queries.PATIENT_PAGE, query_params={"id": str(chosen)})


st.title("Patients")
if names_needed("Finding, admitting, moving and discharging patients"):
    draw_census()

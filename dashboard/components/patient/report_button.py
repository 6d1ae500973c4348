"""The patient's page on paper, made when somebody asks for it."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from dashboard import queries
from dashboard.components.page.presentation import names_needed


def draw_report(patient_id: int, as_of: datetime | None) -> None:
    """Draw the button that gives the report; the file is named by the database's id, not by the patient."""
    if not names_needed("The report"):
        return
    st.download_button(
        "Report (PDF)",
        lambda: queries.patient_report(patient_id, as_of),
        file_name=f"lungline-{patient_id}.pdf",
        mime="application/pdf",
        icon=":material/picture_as_pdf:",
        key="report",
        on_click="ignore",
        help="One page: trajectory, last two comparable films, verdict with its basis, flags and events.",
    )

"""On top of a patient's page: who it is, and the page on paper."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from dashboard import queries
from dashboard.components.page.presentation import names_needed
from dashboard.components.page.text import heading, plain
from dashboard.wording.facts import shown_name
from dashboard.wording.identity import identity_parts
from dashboard.wording.times import TimeScale
from db.read_models.facts import PatientFacts, StayFacts


def draw_identity(person: PatientFacts, stays: tuple[StayFacts, ...], *, scale: TimeScale, moment: datetime) -> None:
    """Draw name, number, birth date, age, sex and where the patient is."""
    heading(shown_name(person.name), identity_parts(person, stays, scale=scale, moment=moment))
    if scale.relative:
        plain("Times are relative: days from an arbitrary day 0, each known to the day only.")


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


def draw_unknown_patient() -> None:
    """Say that the address names no patient, with the way back."""
    st.title("Patient")
    with st.container(border=True):
        st.header("There is no such patient")
        plain("The address names a patient that is not in this database. Choose one on the board, or search by name.")
        st.page_link("views/ward.py", label="Ward board", icon=":material/view_list:")
        st.page_link("views/census.py", label="Find a patient", icon=":material/search:")

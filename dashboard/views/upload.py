"""Add films by hand, and follow each until it is scored or refused."""

from __future__ import annotations

import streamlit as st

from dashboard.components.browser.dropzone import mend_dropzone
from dashboard.components.page.presentation import names_needed
from dashboard.components.page.text import plain
from dashboard.components.page.trouble import trouble_said
from dashboard.components.receiving.upload_form import RECEIVED, draw_upload_form
from dashboard.components.receiving.upload_outcomes import draw_outcomes
from dashboard.theme import is_dark

REFRESH_SECONDS = 3


@st.fragment(run_every=REFRESH_SECONDS)
def draw_received() -> None:
    """Draw what became of the files, and again every few seconds."""
    with trouble_said():
        if draw_outcomes(st.session_state[RECEIVED], dark=is_dark()):
            plain("Films are checked and scored in the background; this list follows them. You may leave this page.")


st.title("Add films")
# Above the form, which grows with the files: what became of them is in sight.
if st.session_state.get(RECEIVED):
    st.header("Files added in this session")
    draw_received()
if names_needed("Adding films"):
    draw_upload_form()
    mend_dropzone()

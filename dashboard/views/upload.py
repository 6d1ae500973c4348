"""Add films by hand, and follow each until it is scored or refused."""

from __future__ import annotations

import streamlit as st

from dashboard.components.browser.dropzone import mend_dropzone
from dashboard.components.page.presentation import names_needed
from dashboard.components.page.trouble import trouble_said
from dashboard.components.receiving.storing import store_some, uploads
from dashboard.components.receiving.upload_form import draw_upload_form
from dashboard.components.receiving.upload_outcomes import draw_outcomes
from dashboard.theme import is_dark

REFRESH_SECONDS = 2


@st.fragment(run_every=REFRESH_SECONDS)
def draw_received() -> None:
    """Store what waits, and draw what became of the files; again every few seconds."""
    with trouble_said():
        store_some()
        draw_outcomes(uploads(), dark=is_dark())


st.title("Add films")
# Above the form, which grows with the files: what became of them is in sight.
if uploads():
    st.header("Files added in this session")
    draw_received()
if names_needed("Adding films"):
    # First: the field shall not be there without its role.
    mend_dropzone()
    draw_upload_form()

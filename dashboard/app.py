"""The screens: which pages there are, and what stands on top of each."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboard import queries
from dashboard.components.page.flag_count import last_title
from dashboard.components.page.head import draw_brand, draw_notice
from dashboard.components.page.presentation import draw_band
from dashboard.components.page.trouble import trouble_said
from dashboard.presenting import follow_address
from dashboard.theme import apply_theme

VIEWS = Path(__file__).with_name("views")

st.set_page_config(page_title=last_title(), page_icon="🫁", layout="wide")
apply_theme()
draw_brand()
follow_address()
page = st.navigation(
    [
        # The default page lives at "/" only; every other one at its file's name.
        st.Page(VIEWS / "ward.py", title="Ward", default=True),
        st.Page(VIEWS / "round.py", title="Round", url_path="round"),
        st.Page(VIEWS / "flags.py", title="Flags", url_path="flags"),
        st.Page(VIEWS / "census.py", title="Patients", url_path="census"),
        st.Page(VIEWS / "films.py", title="Films to look at", url_path="films"),
        st.Page(VIEWS / "upload.py", title="Add films", url_path="upload"),
        st.Page(VIEWS / "units.py", title="Unit settings", url_path="units"),
        st.Page(VIEWS / "reading.py", title="Reading", url_path="reading"),
        st.Page(VIEWS / "evidence.py", title="Evidence", url_path="evidence"),
        st.Page(VIEWS / "patient.py", title="Patient", url_path="patient", visibility="hidden"),
        st.Page(VIEWS / "compare.py", title="Film comparison", url_path="compare", visibility="hidden"),
    ],
    position="top",
)
with trouble_said():
    queries.site()
    draw_band()
    draw_notice()
    page.run()

"""What to do next where there is nothing to show."""

from __future__ import annotations

import streamlit as st

from dashboard.components.text import plain


def draw_empty_ward(unit: str | None) -> None:
    """Say how patients come onto the board."""
    if unit is not None:
        plain(f"Nobody is in {unit}. Choose another unit above.")
        return
    with st.container(border=True):
        st.header("Nobody is admitted yet")
        plain("The board shows every patient with an open stay. To begin:")
        st.page_link("views/census.py", label="Admit a patient", icon=":material/person_add:")
        st.page_link("views/upload.py", label="Add films", icon=":material/upload_file:")
        plain(
            "From a folder or a data set: lungline import PATH. To see Lungline with invented patients: lungline demo."
        )

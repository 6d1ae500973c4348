"""What to do next where there is nothing to show."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from dashboard import queries
from dashboard.components.page.text import plain
from dashboard.presenting import carried

SHOW, NOT_ADMITTED = "show", "not-admitted"
"""In the address of the patients' page."""


def draw_empty_ward(unit: str | None, *, as_of: datetime | None = None) -> None:
    """Say how patients come onto the board."""
    if unit is not None:
        plain(f"Nobody is in {unit}. Choose another unit above.")
        return
    with st.container(border=True):
        st.header("Nobody is admitted yet")
        plain("The board shows every patient with an open stay. To begin:")
        if as_of is None:
            _draw_not_admitted(queries.not_admitted().count)
        st.page_link("views/census.py", label="Admit a patient", icon=":material/person_add:")
        st.page_link("views/upload.py", label="Add films", icon=":material/upload_file:")
        plain(
            "From a folder or a data set: lungline import PATH. To see Lungline with invented patients: lungline demo."
        )


def _draw_not_admitted(count: int) -> None:
    """Name the patients whom no row shows, as after a data set was imported."""
    if count:
        who = "1 patient with films has" if count == 1 else f"{count} patients with films have"
        plain(f"{who} no open stay, and so no row here.", tone="warning")
        draw_not_admitted_link()


def draw_not_admitted_link() -> None:
    """Draw the way to the patients whose films stand in no row."""
    label, to = "Patients with films, not admitted", carried({SHOW: NOT_ADMITTED})
    st.page_link("views/census.py", label=label, icon=":material/group:", query_params=to)

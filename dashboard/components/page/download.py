"""A table of the screen as a file; what is hidden on the screen is hidden in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import streamlit as st

from dashboard.services.export.spreadsheet import csv_of


def draw_download(
    name: str, columns: Sequence[str], rows: Iterable[Sequence[object]], *, what: str = "", key: str
) -> None:
    """Draw the button that saves a table.

    Parameters
    ----------
    name : str
        What the file's name says beside the program's.
    rows : iterable
        As the session may see them.
    what : str
        What is in it beside what is seen, "" where nothing.
    """
    st.download_button(
        "Download (CSV)",
        # Not made when pressed: Streamlit would send a new address with every tick, and draw the button anew.
        csv_of(columns, rows),
        file_name=f"lungline-{name}.csv",
        mime="text/csv",
        help=what or None,
        on_click="ignore",
        type="tertiary",
        icon=":material/download:",
        key=f"{key}-download",
    )

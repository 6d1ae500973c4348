"""Presentation mode on screen: the switch, the band that says it is on, and what cannot be done meanwhile."""

from __future__ import annotations

import streamlit as st

from dashboard import presenting
from dashboard.components.page.text import plain

BAND = (
    "Presentation: names are hidden. Letters in the films themselves, and what people wrote as notes or reasons, "
    "are shown as they are."
)


def draw_band() -> None:
    """Say that names are hidden, with the way back; nothing where they are not."""
    # Its place is kept, so that nothing below is drawn anew when it comes and goes.
    with st.container(horizontal=True, vertical_alignment="center", key="presentation"):
        if presenting.names_hidden():
            st.html(f'<div class="ll-band" role="status">{BAND}</div>', width="stretch")
            st.button("Show names", key="show-names", on_click=presenting.show_names)


def draw_hide_names() -> None:
    """Draw the switch that begins a presentation."""
    if not presenting.names_hidden() and st.button("Hide names", type="tertiary", key="hide-names"):
        presenting.hide_names()
        st.rerun()


def names_needed(what: str) -> bool:
    """Return whether names are in sight; say what needs them where they are hidden."""
    if presenting.names_hidden():
        plain(f"{what} needs names, and they are hidden. Press “Show names” above first.")
        return False
    return True

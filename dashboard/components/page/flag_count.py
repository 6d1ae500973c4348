"""How many flags are open: on "Flags" in the navigation and in the browser's tab, on every page."""

from __future__ import annotations

import streamlit as st

BRAND = "Lungline"
TITLE = "page-title"


def last_title() -> str:
    """Return what the tab of this session said last, so that a page begins with it."""
    return str(st.session_state.get(TITLE, BRAND))


def flag_count(count: int, overdue: int = 0) -> str:
    """Put the number of open flags, and of large rises overdue, into the tab; return the HTML for "Flags".

    It shows the number there, wherever it is drawn. A rule outlives what Streamlit draws anew of its navigation, and
    changes nothing outside of where it stands: a page that is open for hours gathers nothing.
    """
    open_flags = "1 open flag" if count == 1 else f"{count} open flags"
    said_first = f"{open_flags}, {overdue} overdue" if overdue else open_flags
    st.session_state[TITLE] = f"({said_first}) {BRAND}" if count else BRAND
    st.set_page_config(page_title=st.session_state[TITLE])
    said = f'"{open_flags}"' if count else "none"
    return (
        f'<style>:root {{ --ll-open-flags: "{f" ({count})" if count else ""}"; --ll-open-flags-said: {said}; }}</style>'
    )

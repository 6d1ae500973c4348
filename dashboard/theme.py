"""The screens' own look beyond `.streamlit/config.toml`: a few rules, and which theme is on."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboard.wording.palette import Palette, palette

STYLE = Path(__file__).with_name("components") / "screens.css"


def apply_theme() -> None:
    """Add the screens' style sheet to the page."""
    st.html(STYLE)
    # What opens over the page (a popover) hangs beside Streamlit's own root, which alone knows the theme.
    st.html(f"<style>:root {{ color-scheme: {'dark' if is_dark() else 'light'}; }}</style>")


def is_dark() -> bool:
    """Return True where the browser shows the dark theme."""
    return st.context.theme.type == "dark"


def colours() -> Palette:
    """Return the chart colours of the theme that is on."""
    return palette(dark=is_dark())

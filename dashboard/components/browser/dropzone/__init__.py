"""Gives Streamlit's field for files its true role.

Streamlit says "presentation", which hides the field from screen readers, yet gives it a name and a focus. Screen
readers differ in what they make of that.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

_MENDED = st.components.v2.component(
    "lungline_dropzone", js=Path(__file__).with_name("dropzone.js").read_text(encoding="utf-8")
)


def mend_dropzone() -> None:
    """Mend the fields for files of this page, also those that are drawn anew."""
    _MENDED(key="dropzone")

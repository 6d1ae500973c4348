"""Gives Streamlit's field for files the role that it has.

It says "presentation", which hides it, and has a name and a focus, which do not go with that: screen readers differ in
what they make of it.
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

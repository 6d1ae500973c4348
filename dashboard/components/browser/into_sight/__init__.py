"""Brings a part of the page into sight: on a phone an answer stands far from the button that was pressed."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

_SCROLLED = st.components.v2.component(
    "lungline_into_sight", js=Path(__file__).with_name("into_sight.js").read_text(encoding="utf-8")
)


def bring_into_sight(key: str, *, asked: int) -> None:
    """Scroll to the container with this key; again only where `asked` is another number."""
    _SCROLLED(data={"key": key, "asked": asked}, key=f"{key}-in-sight")

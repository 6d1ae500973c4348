"""Text on the page: escaped, so that nothing in a name or in DICOM text is markup."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape

import streamlit as st


def plain(text: str, *, tone: str = "") -> None:
    """Draw a paragraph of text, as text; `tone` is ``quiet``, ``warning`` or a verdict's tone."""
    toned = f" ll-{tone}" if tone else ""
    st.html(f'<div class="ll-text{toned}"><bdi>{escape(text)}</bdi></div>')


def status(text: str) -> None:
    """Draw a line of text that screen readers say when it changes."""
    st.html(f'<div class="ll-text" role="status"><bdi>{escape(text)}</bdi></div>')


def alert(text: str) -> None:
    """Draw a line of text that screen readers say at once."""
    st.html(f'<div class="ll-alert" role="alert"><bdi>{escape(text)}</bdi></div>')


def facts(pairs: Mapping[str, str]) -> None:
    """Draw terms and what is known of each, as text."""
    rows = "".join(f"<dt>{escape(term)}</dt><dd><bdi>{escape(text)}</bdi></dd>" for term, text in pairs.items())
    st.html(f'<dl class="ll-facts">{rows}</dl>')


def items(texts: Iterable[str]) -> None:
    """Draw a list of texts, as text."""
    listed = "".join(f"<li><bdi>{escape(text)}</bdi></li>" for text in texts)
    st.html(f'<ul class="ll-text ll-items">{listed}</ul>')


def heading(text: str, parts: tuple[str, ...] = ()) -> None:
    """Draw a page's title from text, with facts beside it."""
    beside = "".join(f"<span><bdi>{escape(part)}</bdi></span>" for part in parts if part)
    st.html(f'<div class="ll-identity"><h1><bdi>{escape(text)}</bdi></h1>{beside}</div>')

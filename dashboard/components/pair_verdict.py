"""The change between two films with its verdict, interval and basis, or why there is no verdict."""

from __future__ import annotations

from html import escape

import streamlit as st

from core.trend.types import Change
from dashboard.components.text import plain
from dashboard.components.times import signed, span_text
from dashboard.components.verdicts import verdict_cell
from dashboard.services.comparison import FilmPair, Gap


def draw_pair_verdict(pair: FilmPair) -> None:
    """Draw how far apart the films are and what changed, the basis one click away."""
    parts = [escape(_apart(pair.gap))] if pair.gap else []
    parts += [_verdict(change) for change in pair.changes]
    st.html(f'<div class="ll-text ll-pair">{"".join(f"<span>{part}</span>" for part in parts)}</div>')
    if pair.why_not:
        plain(pair.why_not, tone="warning")
        return
    with st.expander("Basis of both verdicts", key="pair-why"):
        for change in pair.changes:
            plain(change.basis)


def _verdict(change: Change) -> str:
    cell = verdict_cell(change)
    chip = f'<span class="ll-chip ll-{cell.tone}">{escape(cell.text)}</span>'
    return f"{escape(change.measure.label)}: {chip} {escape(_size(change))}"


def _apart(gap: Gap) -> str:
    apart = f"{gap.hours / 24:.0f} days" if gap.in_days_only else span_text(gap.hours)
    films = {0: "no film on the trend", 1: "1 film on the trend"}.get(
        gap.films_between, f"{gap.films_between} films on the trend"
    )
    return f"{apart} apart, {films} in between"


def _size(change: Change) -> str:
    scored = signed(change.change) if change.change is not None else ""
    if change.expected_change is None or change.interval is None:
        return scored
    low, high = signed(change.interval.low), signed(change.interval.high)
    level = f"{change.interval.level:.0%}".replace("%", " %")
    return f"{scored} as scored; {signed(change.expected_change)} expected of readers, {level} interval {low} to {high}"

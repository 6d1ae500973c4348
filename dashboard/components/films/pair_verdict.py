"""The change between two films in one line: verdict and interval, the basis one click away; or why there is none."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from core.counting import counted, days_text, span_text
from core.trend.types import Change
from core.trend.wording import NOISE_TAKEN_AS_KNOWN, never_measured
from core.types import ScorerCard, ViewPosition
from dashboard.components.page.text import plain
from dashboard.components.patient.verdicts import verdict_cell
from dashboard.services.patient.comparison import FilmPair, Gap
from dashboard.wording.times import signed
from dashboard.wording.trend import interval_of_change, size_of_change
from db.read_models.facts import FilmFacts

VIEW_WORDS = {ViewPosition.LATERAL: "lateral films", ViewPosition.UNKNOWN: "films of unstated projection"}


def draw_pair_verdict(pair: FilmPair, card: ScorerCard | None) -> None:
    """Draw how far apart the films are, what changed and what that rests on, the basis one click away."""
    parts = [escape(_apart(pair.gap))] if pair.gap else []
    parts += [_verdict(change) for change in pair.changes]
    unmeasured = severity_unmeasured(card, (pair.first, pair.second)) if pair.changes and card else ""
    parts += [f"<strong>{escape(unmeasured)}</strong>"] if unmeasured else []
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="pair-verdict"):
        st.html(
            f'<div class="ll-text ll-pair">{"".join(f"<span>{part}</span>" for part in parts)}</div>', width="stretch"
        )
        if not pair.why_not:
            with st.popover("Basis of both verdicts", type="tertiary", key="pair-why"):
                _draw_basis(pair)
    if limit := never_measured(dict.fromkeys(way for change in pair.changes for way in change.unmeasured)):
        plain(limit, tone="warning")
    if pair.why_not:
        plain(pair.why_not, tone="warning")


def pair_words(pair: FilmPair) -> tuple[str, ...]:
    """Return in plain words how far apart the films are and what changed, or why that is not said."""
    apart = (_apart(pair.gap),) if pair.gap else ()
    changes = tuple(f"{change.measure.label}: {verdict_cell(change).text} {_size(change)}" for change in pair.changes)
    return (*apart, *changes, *((pair.why_not,) if pair.why_not else ()))


def severity_unmeasured(card: ScorerCard, films: Sequence[FilmFacts]) -> str:
    """Return on which of these films' projections a model's error of severity was not measured; "" where it was."""
    views = dict.fromkeys(film.view_position for film in films if film.view_position not in card.severity_views)
    if not views or not card.severity_views:
        return ""
    unmeasured, measured = (" and ".join(_films(view) for view in some) for some in (views, card.severity_views))
    return f"! The severity error stated for this model is of {measured}, not of {unmeasured}."


def _films(view: ViewPosition) -> str:
    return VIEW_WORDS.get(view, f"{view.value} films")


def _draw_basis(pair: FilmPair) -> None:
    for change in pair.changes:
        scored = signed(change.change) if change.change is not None else "not known"
        plain(f"{change.measure.label}: change as scored {scored}. {change.basis}")
    if any(change.interval for change in pair.changes):
        plain(NOISE_TAKEN_AS_KNOWN)


def _verdict(change: Change) -> str:
    cell = verdict_cell(change)
    chip = f'<span class="ll-chip ll-{cell.tone}">{escape(cell.text)}</span>'
    return f"{escape(change.measure.label)}: {chip} {escape(_size(change))}"


def _size(change: Change) -> str:
    interval = interval_of_change(change)
    return f"{size_of_change(change)}{f' ({interval})' if interval else ''}"


def _apart(gap: Gap) -> str:
    apart = days_text(gap.hours) if gap.in_days_only else span_text(gap.hours)
    films = {0: "no film on the trend"}.get(gap.films_between, f"{counted(gap.films_between, 'film')} on the trend")
    return f"{apart} apart, {films} in between"

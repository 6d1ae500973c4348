"""What stands on every page: the brand, what Lungline is and is not, and whether it is scoring."""

from __future__ import annotations

from datetime import datetime
from html import escape
from pathlib import Path

import streamlit as st

from core.counting import counted, span_text
from core.trend.wording import noise_in_words
from core.types import Measure, ScorerCard
from dashboard import queries
from dashboard.components.page.address import page_address
from dashboard.components.page.flag_count import flag_count
from dashboard.components.page.presentation import draw_hide_names
from dashboard.components.page.search import draw_search
from dashboard.components.page.text import plain
from dashboard.components.page.trouble import trouble_said
from dashboard.services.worker.status import ScoringStatus, last_scored_text
from dashboard.wording.row import overdue_counted

REFRESH_SECONDS = 5
"""As the board: the number of open flags stands here."""
LOGO = Path(__file__).parents[2] / "static" / "lungline.svg"
NOT_ASSESSED = ("pneumothorax", "tubes", "lines")
"""By no scorer so far; the card names more."""


def draw_brand() -> None:
    """Draw the brand beside the navigation."""
    st.logo(LOGO, size="large", link=None)


@st.fragment(run_every=REFRESH_SECONDS)
def draw_notice() -> None:
    """Draw the intended use and the active model, and say so where films wait and nothing scores."""
    with trouble_said():
        _draw_status(queries.scoring_status())


def _draw_status(status: ScoringStatus) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="notice"):
        overdue = queries.overdue_flags()
        counted_flags = flag_count(queries.open_flags(), overdue)
        st.html(f'<div class="ll-notice">{_notice(status, queries.now())}</div>{counted_flags}', width="stretch")
        draw_search()
        if status.card is not None:
            with st.popover("About this model", type="tertiary", key="about-model"):
                _draw_card(status.card)
        draw_hide_names()
    if overdue:
        st.html(f'<div class="ll-overdue" role="status">{_overdue(overdue)}</div>')
    alert = scoring_alert(status, queries.now())
    if alert:
        st.html(f'<div class="ll-alert" role="status">{escape(alert)}</div>')


def scoring_alert(status: ScoringStatus, now: datetime) -> str:
    """Return what is wrong with the scoring, in plain words; "" where nothing is."""
    if status.card is None:
        return "No model is active: films are stored but not scored. Run: lungline models activate"
    if status.films_away:
        return (
            "The film folder is away: no film is received, scored or shown. "
            "What is shown may be out of date. Check "
            f"that its disk is connected; {counted(status.waiting, 'film')} to score then."
        )
    waited = span_text(status.waits_minutes(now) / 60)
    waiting = f"{counted(status.waiting, 'film')} {'has' if status.waiting == 1 else 'have'}"
    if not status.running:
        films = f"{waiting} waited for {waited}" if status.waiting else "new films will wait"
        return f"Scoring is not running: {films}. What is shown may be out of date. Start it: lungline serve"
    if status.is_slow(now):
        return (
            f"{waiting} waited for a score for {waited}; {last_scored_text(status, now)}. What is shown may be out of "
            f"date. Tell whoever runs Lungline: {' and '.join(status.scoring)} "
            f"{'does' if len(status.scoring) == 1 else 'do'} not keep up."
        )
    return ""


def _overdue(count: int) -> str:
    """Return how many large rises nobody has acknowledged in their unit's time, with the way there."""
    address = escape(page_address("flags", {}))
    return (
        f'<a href="{address}" target="_self">▲▲ {overdue_counted(count)}</a>: nobody has acknowledged '
        f"{'it' if count == 1 else 'them'} in the time that the unit sets."
    )


def _notice(status: ScoringStatus, now: datetime) -> str:
    card = status.card
    model = "no model is active" if card is None else f"{card.model} {card.version}"
    return (
        "<span><strong>Research use only, not a medical device: clinicians decide.</strong></span>"
        f"<span>Scored by <strong>{escape(model)}</strong>; {escape(last_scored_text(status, now))}</span>"
        f"<span>Not assessed: {escape(', '.join(NOT_ASSESSED))}</span>"
    )


def _draw_card(card: ScorerCard) -> None:
    """Draw what the model is, what its verdicts rest on and what it does not assess."""
    plain(f"{card.title}, version {card.version}")
    plain(card.summary)
    for measure in Measure:
        noise = card.noise.get(measure)
        what = "not measured, so no verdicts" if noise is None else f"{noise_in_words(noise)}. {noise.source}"
        plain(f"Error of a change of {measure.label.lower()}: {what}")
    plain(f"Not assessed: {'; '.join(card.not_assessed or NOT_ASSESSED)}.")

"""A patient's flags: what each rests on, and what was done about it."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.trend.reasons import joined
from dashboard.components.flag_decisions import draw_decisions
from dashboard.components.palette import FLAG_WORDS, flag_text
from dashboard.components.text import plain
from dashboard.components.times import TimeScale
from dashboard.components.words import FLAG_STATES
from dashboard.services.patient import PatientTrend
from db.read_models.facts import ActionFacts, FlagFacts


def draw_flags(trend: PatientTrend, *, scale: TimeScale, writable: bool) -> None:
    """Draw the open flags with what a person may decide about each, and the others one click away."""
    taken = {film.film_id: scale.text(film.acquired_at, film.time_precision) for film in trend.timeline.films}
    for flag in trend.open_flags:
        with st.container(border=True, key=f"flag-card-{flag.flag_id}"):
            st.html(
                f'<span class="ll-chip ll-{flag.kind.value}">Flag: {flag_text(flag.kind)}</span>'
                f' <span class="ll-text">film of {taken.get(flag.film_id, "")}{_quiet(flag, trend, scale)}</span>'
            )
            draw_basis(flag)
            if writable:
                draw_decisions(flag.flag_id)
    rest = [flag for flag in trend.timeline.flags if flag not in trend.open_flags]
    if rest:
        with st.expander(f"Earlier flags ({len(rest)})", key="earlier-flags"):
            for flag in rest:
                _draw_history(flag, taken.get(flag.film_id, ""), trend.timeline.actions.get(flag.flag_id, ()), scale)


def draw_basis(flag: FlagFacts) -> None:
    """Draw what was found, led by what nobody measured, and what limits it; one click away how sure it is."""
    reasons = flag.reasons
    if reasons.beforehand:
        plain(reasons.beforehand, tone="warning")
    plain(reasons.found)
    if limits := joined(reasons.measured, reasons.limits):
        plain(limits, tone="quiet")
    if reasons.why:
        with st.expander("Why, and how sure that is", key=f"flag-{flag.flag_id}-basis"):
            plain(reasons.why)


def _quiet(flag: FlagFacts, trend: PatientTrend, scale: TimeScale) -> str:
    until = flag.quiet_until
    return f", quiet until {TimeScale(scale.zone).text(until)}" if until is not None and until > trend.moment else ""


def _draw_history(flag: FlagFacts, taken: str, actions: Sequence[ActionFacts], scale: TimeScale) -> None:
    clock = TimeScale(scale.zone)
    plain(f"{flag_text(flag.kind)} ({FLAG_WORDS[flag.kind]}), film of {taken}: {FLAG_STATES[flag.state]}")
    for action in actions:
        reason = f": {action.reason}" if action.reason else ""
        plain(f"{clock.text(action.at)}, {FLAG_STATES[action.state]} by {action.actor}{reason}", tone="quiet")

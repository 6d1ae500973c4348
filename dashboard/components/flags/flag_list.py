"""A patient's flags: what each rests on, and what was done about it."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.trend.reasons import joined
from dashboard.components.flags.decisions import draw_decisions
from dashboard.components.flags.film_pair import draw_film_pair
from dashboard.components.page.text import plain
from dashboard.services.patient.timeline import PatientTrend
from dashboard.wording.facts import FLAG_STATES
from dashboard.wording.flags import decision_text, step_text
from dashboard.wording.palette import FLAG_WORDS, flag_text
from dashboard.wording.times import TimeScale
from db.read_models.facts import ActionFacts, FlagFacts, TakenFilm


def draw_flags(trend: PatientTrend, *, scale: TimeScale, writable: bool) -> None:
    """Draw the open flags and those that somebody deals with, each with what may be decided; the closed one click away.

    A flag that was acknowledged or snoozed is no earlier one: its event still runs.
    """
    taken = {film.film_id: scale.text(film.acquired_at, film.time_precision) for film in trend.timeline.films}
    standing = (*trend.open_flags, *trend.seen_flags)
    for flag in standing:
        with (
            st.container(border=True, key=f"flag-card-{flag.flag_id}"),
            st.container(horizontal=True, vertical_alignment="top"),
        ):
            with st.container(width="stretch"):
                _draw_words(flag, taken.get(flag.film_id, ""), trend, scale=scale, writable=writable)
            pair = _taken(trend, flag.film_id), _taken(trend, flag.reference_film_id)
            draw_film_pair(trend.timeline.patient.patient_id, *pair, flag_id=flag.flag_id, scale=scale)
    rest = [flag for flag in trend.timeline.flags if flag not in standing]
    if rest:
        with st.expander(f"Earlier flags ({len(rest)})", key="earlier-flags"):
            for flag in rest:
                _draw_history(flag, taken.get(flag.film_id, ""), trend.timeline.actions.get(flag.flag_id, ()), scale)


def _draw_words(flag: FlagFacts, taken: str, trend: PatientTrend, *, scale: TimeScale, writable: bool) -> None:
    tone = f" ll-{flag.kind.value}" if flag in trend.open_flags else ""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.html(
            f'<span class="ll-chip{tone}">Flag: {flag_text(flag.kind)}</span>'
            f' <span class="ll-text">film of {taken}{_quiet(flag, trend, scale)}</span>',
            width="stretch",
        )
        if writable:
            draw_decisions(flag.flag_id)
    if flag in trend.seen_flags:
        plain(decision_text(trend.timeline.actions.get(flag.flag_id, ()), scale))
    draw_basis(flag)


def _taken(trend: PatientTrend, film_id: int) -> TakenFilm | None:
    film = next((film for film in trend.timeline.films if film.film_id == film_id), None)
    if film is None or film.acquired_at is None:
        return None
    return TakenFilm(film_id, film.acquired_at, film.time_precision)


def draw_basis(flag: FlagFacts) -> None:
    """Draw what was found, first what was never measured. Why, how sure it is and its limits stand one click away."""
    reasons = flag.reasons
    if reasons.beforehand:
        plain(reasons.beforehand, tone="warning")
    plain(reasons.finding)
    limits = joined(reasons.measured, reasons.limits)
    if reasons.why or limits:
        with st.expander("Why, and how sure that is", key=f"flag-{flag.flag_id}-basis", type="compact"):
            for text in (reasons.why, limits):
                if text:
                    plain(text)


def _quiet(flag: FlagFacts, trend: PatientTrend, scale: TimeScale) -> str:
    until = flag.quiet_until
    return f", quiet until {TimeScale(scale.zone).text(until)}" if until is not None and until > trend.moment else ""


def _draw_history(flag: FlagFacts, taken: str, actions: Sequence[ActionFacts], scale: TimeScale) -> None:
    clock = TimeScale(scale.zone)
    plain(f"{flag_text(flag.kind)} ({FLAG_WORDS[flag.kind]}), film of {taken}: {FLAG_STATES[flag.state]}")
    for action in actions:
        plain(step_text(action, FLAG_STATES[action.state], clock), tone="quiet")

"""The time axis of a patient's charts: by the clock, or in days since ICU admission."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import streamlit as st

from dashboard.components.page.text import plain
from dashboard.services.patient.timeline import PatientTrend
from dashboard.wording.times import TimeScale
from db.models import EventKind

AXIS, CLOCK, ADMISSION = "axis", "clock", "admission"
RANGE, WHOLE = "range", "whole"
RANGES = {"24h": 24.0, "72h": 72.0, "7d": 168.0}
"""By their word in the address: hours before the end of the course."""
RANGES_IN_WORDS = {"24h": "24 h", "72h": "72 h", "7d": "7 days", WHOLE: "Whole course"}
ZOOMS = "time-range-zooms"
KEY = "time-axis"
NO_ADMISSION = "No ICU admission is known for this patient, so days since then cannot be shown."


def icu_admission(trend: PatientTrend) -> datetime | None:
    """Return when the last stay here began, else the last ICU admission that is charted; None where none is known."""
    if trend.timeline.stays:
        return trend.timeline.stays[-1].admitted_at
    charted = [event.at for event in trend.timeline.events if event.kind is EventKind.ICU_ADMISSION]
    return charted[-1] if charted else None


def draw_time_axis(trend: PatientTrend, *, scale: TimeScale) -> TimeScale:
    """Draw the choice, which lives in the address; return the scale that all charts of the page share."""
    if not trend.trends and not trend.timeline.observations:
        return scale
    admitted_at, asked = icu_admission(trend), st.query_params.get(AXIS, CLOCK)
    if asked not in {CLOCK, ADMISSION}:
        plain(f"! The time axis in the address ({asked[:100]}) is not known: the usual one is shown.", tone="warning")
    if admitted_at is None:
        plain(NO_ADMISSION, tone="quiet")
        return scale
    words = {CLOCK: "days from day 0" if scale.relative else "date and time", ADMISSION: "days since ICU admission"}
    # The address leads: what an earlier page left behind must not.
    st.session_state[KEY] = asked if asked in words else CLOCK
    st.radio(
        "Time axis",
        list(words),
        format_func=words.__getitem__,
        key=KEY,
        horizontal=True,
        on_change=_choose,
        label_visibility="collapsed",
    )
    return replace(scale, axis_zero=admitted_at) if asked == ADMISSION else scale


def draw_range() -> str:
    """Draw the choice of a time range, which lives in the address; return what tells one choice from the next.

    Each press begins the chart's axis anew, so that "Whole course" also leads back from a range that was drawn by hand.
    """
    asked = st.query_params.get(RANGE, WHOLE)
    for word, text in RANGES_IN_WORDS.items():
        is_on = word == (asked if asked in RANGES else WHOLE)
        st.button(
            text,
            key=f"range-{word}",
            on_click=_choose_range,
            args=(word,),
            type="secondary" if is_on else "tertiary",
        )
    return f"{asked} {st.session_state.get(ZOOMS, 0)}"


def range_in_address(span: tuple[datetime, datetime] | None) -> tuple[datetime, datetime] | None:
    """Return the part of a span that the address asks for, its end; the whole where it asks for none."""
    hours = RANGES.get(st.query_params.get(RANGE, WHOLE))
    if span is None or hours is None:
        return span
    return max(span[0], span[1] - timedelta(hours=hours)), span[1]


def _choose_range(word: str) -> None:
    st.session_state[ZOOMS] = st.session_state.get(ZOOMS, 0) + 1
    if word == WHOLE:
        st.query_params.pop(RANGE, None)
    else:
        st.query_params[RANGE] = word


def _choose() -> None:
    if st.session_state[KEY] == ADMISSION:
        st.query_params[AXIS] = ADMISSION
    else:
        st.query_params.pop(AXIS, None)

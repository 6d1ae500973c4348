"""The time axis of a patient's charts: by the clock, or in days since ICU admission."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import streamlit as st

from dashboard.components.page.text import plain
from dashboard.services.patient.timeline import PatientTrend
from dashboard.wording.times import TimeScale
from db.models import EventKind

AXIS, CLOCK, ADMISSION = "axis", "clock", "admission"
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
    st.radio("Time axis", list(words), format_func=words.__getitem__, key=KEY, horizontal=True, on_change=_choose)
    return replace(scale, axis_zero=admitted_at) if asked == ADMISSION else scale


def _choose() -> None:
    if st.session_state[KEY] == ADMISSION:
        st.query_params[AXIS] = ADMISSION
    else:
        st.query_params.pop(AXIS, None)

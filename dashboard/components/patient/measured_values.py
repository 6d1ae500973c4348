"""Measured values and events of a patient, below the films."""

from __future__ import annotations

import streamlit as st

from dashboard.components.browser.record_table import Cell, Record, record_table
from dashboard.components.page.text import plain
from dashboard.components.patient.observations import observation_label, value_text
from dashboard.wording.facts import event_text
from dashboard.wording.times import TimeScale
from db.read_models.patient import PatientTimeline

COLUMNS = ("What", "Value", "When", "Added by")
NOBODY = "-"
"""Who added it is not stated: it came from a file."""


def draw_measured_values(timeline: PatientTimeline, *, scale: TimeScale, dark: bool) -> None:
    """Draw the latest measured values and the events as a table; their courses stand under the trajectory."""
    st.header("Measured values and events")
    if not timeline.observations and not timeline.events:
        plain("None are known: a drop on the films alone is not enough to reduce care.")
        return
    latest = {observation.name: observation for observation in timeline.observations}
    rows = [
        Record(
            name,
            (
                Cell(observation_label(name)),
                Cell(value_text(one)),
                Cell(scale.text(one.at, one.time_precision)),
                Cell(one.added_by or NOBODY),
            ),
        )
        for name, one in latest.items()
    ]
    rows += [
        Record(
            f"event-{event.event_id}",
            (
                Cell(event_text(event)),
                Cell("event"),
                Cell(scale.text(event.at, event.time_precision)),
                Cell(event.added_by or NOBODY),
            ),
        )
        for event in reversed(timeline.events)
    ]
    with st.expander("Latest values and all events", key="latest-values"):
        record_table("Latest values and all events", COLUMNS, rows, key="values", dark=dark)

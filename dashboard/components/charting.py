"""Adding an event, a measured value or a comment to a patient's timeline."""

from __future__ import annotations

import streamlit as st

from dashboard import commands, queries
from dashboard.components.acting import act, actor_field
from dashboard.components.census_forms import entered_moment, moment_fields
from dashboard.components.observations import observation_label
from dashboard.components.presentation import names_needed
from dashboard.components.text import plain
from dashboard.services.patient import PatientTrend
from db.models import OBSERVATION_UNITS, EventKind

EVENT, VALUE, COMMENT = "Event", "Measured value", "Comment"
EVENTS = [kind for kind in EventKind if kind is not EventKind.COMMENT]
COMPARATORS = {"": "exactly", "<": "less than", ">": "more than"}


def draw_charting(trend: PatientTrend) -> None:
    """Draw the forms, one click away."""
    patient = trend.timeline.patient
    with st.expander("Add an event, a measured value or a comment", key="charting"):
        if patient.relative_day_zero is not None:
            plain("Times of this patient are days from an arbitrary day 0: nothing can be added by the clock.")
            return
        if not names_needed("Adding to a timeline"):
            return
        choice = st.segmented_control("What to add", [EVENT, VALUE, COMMENT], key="charting-what")
        if choice is None:
            plain(
                "It stands on the timeline at the time you enter. An event or a comment carries your name; who adds a "
                "value is not stored. Nothing can be taken back here: read it once more before you add it."
            )
        else:
            {EVENT: _draw_event, VALUE: _draw_value, COMMENT: _draw_comment}[choice](patient.patient_id)


def _draw_event(patient_id: int) -> None:
    with st.form("add-event", border=False):
        kind = st.selectbox("Event", EVENTS, index=None, placeholder="Choose what happened", key="event-kind")
        at = moment_fields("When it happened", key="event", zone=queries.zone(), prefilled=True)
        note = st.text_input("Note (optional)", key="event-note", max_chars=200)
        actor = actor_field("event")
        if st.form_submit_button("Add this event", type="primary"):
            act(
                lambda: commands.add_event(patient_id, _chosen(kind), at=entered_moment(at), note=_signed(note, actor)),
                done="The event is on the timeline.",
                actor=actor,
            )


def _draw_value(patient_id: int) -> None:
    with st.form("add-value", border=False):
        name = st.selectbox(
            "Quantity",
            list(OBSERVATION_UNITS),
            format_func=lambda one: f"{observation_label(one)}, {OBSERVATION_UNITS[one]}",
            key="value-name",
        )
        left, right = st.columns(2)
        comparator = left.selectbox(
            "Is", list(COMPARATORS), format_func=COMPARATORS.__getitem__, key="value-comparator"
        )
        value = right.number_input("Value", value=None, key="value-number", format="%g")
        at = moment_fields("Measured", key="value", zone=queries.zone(), prefilled=True)
        if st.form_submit_button("Add this value", type="primary"):
            act(
                lambda: commands.add_observation(
                    patient_id, name, _entered(value), comparator=comparator, at=entered_moment(at)
                ),
                done="The value is on the timeline.",
                actor=None,
            )


def _draw_comment(patient_id: int) -> None:
    with st.form("add-comment", border=False):
        text = st.text_area("Comment", key="comment-text", max_chars=800)
        at = moment_fields("About", key="comment", zone=queries.zone(), prefilled=True)
        actor = actor_field("comment")
        if st.form_submit_button("Add this comment", type="primary"):
            signed = _signed(text, actor) if text.strip() else ""
            act(
                lambda: commands.add_event(patient_id, EventKind.COMMENT, at=entered_moment(at), note=signed),
                done="The comment is on the timeline.",
                actor=actor,
            )


def _chosen(kind: EventKind | None) -> EventKind:
    if kind is None:
        raise ValueError("Choose what happened.")
    return kind


def _signed(text: str, actor: str) -> str:
    return f"{text.strip()} ({actor})".strip()


def _entered(value: float | None) -> float:
    if value is None:
        raise ValueError("Enter the value.")
    return value

"""Adding an event, a measured value or a comment to a patient's timeline, and taking one back."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from dashboard import commands, queries
from dashboard.components.census.forms import entered_moment, moment_fields
from dashboard.components.page.acting import actor_field, submit
from dashboard.components.page.presentation import names_needed
from dashboard.components.page.text import plain
from dashboard.components.patient.observations import observation_label, value_text
from dashboard.services.patient.timeline import PatientTrend
from dashboard.wording.events import EVENTS_IN_WORDS
from dashboard.wording.facts import event_text
from dashboard.wording.times import TimeScale
from db.models import OBSERVATION_UNITS, EventKind
from db.read_models.facts import EventFacts, ObservationFacts

EVENT, VALUE, COMMENT, TAKE_BACK = "Event", "Measured value", "Comment", "Take back"
EVENTS = [kind for kind in EventKind if kind is not EventKind.COMMENT]
COMPARATORS = {"": "exactly", "<": "less than", ">": "more than"}
DONE = "charting-done"
Entry = EventFacts | ObservationFacts


def draw_charting(trend: PatientTrend) -> None:
    """Draw the forms, one click away."""
    patient = trend.timeline.patient
    with st.expander("Add an event, a measured value or a comment, or take one back", key="charting"):
        if patient.relative_day_zero is not None:
            plain("Times of this patient are days from an arbitrary day 0: nothing can be added by the clock.")
            return
        if not names_needed("Adding to a timeline"):
            return
        choice = st.segmented_control("What to do", [EVENT, VALUE, COMMENT, TAKE_BACK], key="charting-what")
        # What was stored leaves an empty form: its fields are others.
        key = f"patient-{patient.patient_id}-{st.session_state.get(DONE, 0)}"
        if choice is None:
            plain(
                "The entry stands on the timeline at the time you enter, with your name. It can be taken back with a "
                "reason: then it is no longer shown, but it is never deleted."
            )
        elif choice == TAKE_BACK:
            _draw_take_back(trend, key)
        else:
            {EVENT: _draw_event, VALUE: _draw_value, COMMENT: _draw_comment}[choice](patient.patient_id, key)


def _draw_event(patient_id: int, key: str) -> None:
    key += "-event"
    with st.form(key, border=False):
        kind = st.selectbox(
            "Event",
            EVENTS,
            index=None,
            format_func=EVENTS_IN_WORDS.__getitem__,
            placeholder="Choose what happened",
            key=f"{key}-kind",
        )
        at = moment_fields("When it happened", key=key, zone=queries.zone(), prefilled=True)
        note = st.text_input("Note (optional)", key=f"{key}-note", max_chars=200)
        actor = actor_field(key)

        def add() -> None:
            commands.add_event(patient_id, _chosen(kind), at=entered_moment(at), note=note, actor=actor)

        _submit("Add this event", key=key, work=add, done="The event is on the timeline.", actor=actor)


def _draw_value(patient_id: int, key: str) -> None:
    key += "-value"
    with st.form(key, border=False):
        name = st.selectbox(
            "Quantity",
            list(OBSERVATION_UNITS),
            format_func=lambda one: f"{observation_label(one)}, {OBSERVATION_UNITS[one]}",
            key=f"{key}-name",
        )
        left, right = st.columns(2)
        comparator = left.selectbox(
            "Is", list(COMPARATORS), format_func=COMPARATORS.__getitem__, key=f"{key}-comparator"
        )
        value = right.number_input("Value", value=None, key=f"{key}-number", format="%g")
        at = moment_fields("Measured", key=key, zone=queries.zone(), prefilled=True)
        actor = actor_field(key)

        def add() -> None:
            commands.add_observation(
                patient_id, name, _entered(value), comparator=comparator, at=entered_moment(at), actor=actor
            )

        _submit("Add this value", key=key, work=add, done="The value is on the timeline.", actor=actor)


def _draw_comment(patient_id: int, key: str) -> None:
    key += "-comment"
    with st.form(key, border=False):
        text = st.text_area("Comment", key=f"{key}-text", max_chars=800)
        at = moment_fields("About", key=key, zone=queries.zone(), prefilled=True)
        actor = actor_field(key)

        def add() -> None:
            commands.add_event(patient_id, EventKind.COMMENT, at=entered_moment(at), note=text, actor=actor)

        _submit("Add this comment", key=key, work=add, done="The comment is on the timeline.", actor=actor)


def _draw_take_back(trend: PatientTrend, key: str) -> None:
    scale = TimeScale(queries.zone())
    charted: tuple[Entry, ...] = (*trend.timeline.events, *trend.timeline.observations)
    entries = [entry for entry in charted if entry.added_by]
    if not entries:
        plain("Nobody has added anything to this timeline by hand. What came from a file is corrected in that file.")
        return
    key += "-back"
    with st.form(key, border=False):
        # By number: the facts themselves are others after every change.
        known = {_number(one): one for one in sorted(entries, key=lambda one: one.at, reverse=True)}
        number = st.selectbox(
            "What to take back",
            list(known),
            index=None,
            placeholder="Choose the entry",
            format_func=lambda one: _entry_text(known[one], scale),
            key=f"{key}-entry",
        )
        reason = st.text_input("Why", key=f"{key}-reason", max_chars=300)
        actor = actor_field(key)

        def take_back() -> None:
            if number is None:
                raise ValueError("Choose what is to be taken back.")
            commands.take_back(known[number], reason=reason, actor=actor)

        _submit("Take this back", key=key, work=take_back, done="It is taken back.", actor=actor)


def _number(entry: Entry) -> str:
    return f"event {entry.event_id}" if isinstance(entry, EventFacts) else f"value {entry.observation_id}"


def _entry_text(entry: Entry, scale: TimeScale) -> str:
    if isinstance(entry, EventFacts):
        said = f"{EVENTS_IN_WORDS[entry.kind]}: {entry.note}" if entry.kind is EventKind.COMMENT else event_text(entry)
    else:
        said = f"{observation_label(entry.name)} {value_text(entry)}"
    return f"{said} · {scale.text(entry.at, entry.time_precision)}, by {entry.added_by}"


def _submit(label: str, *, key: str, work: Callable[[], object], done: str, actor: str) -> None:
    """Draw the button; what was stored leaves an empty form."""

    def work_and_clear() -> None:
        work()
        st.session_state[DONE] = st.session_state.get(DONE, 0) + 1

    submit(label, key=key, work=work_and_clear, done=done, actor=actor)


def _chosen(kind: EventKind | None) -> EventKind:
    if kind is None:
        raise ValueError("Choose what happened.")
    return kind


def _entered(value: float | None) -> float:
    if value is None:
        raise ValueError("Enter the value.")
    return value

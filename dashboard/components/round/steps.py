"""Moving through the round and marking patients reviewed; every press says for which patient it is meant."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from dashboard import commands, queries
from dashboard.components.page.acting import ACTOR
from dashboard.components.page.text import plain
from dashboard.components.round.address import SIGHT
from dashboard.components.round.notes import keep_note, note_is_stored, shown_note
from dashboard.errors import DashboardError
from dashboard.services.ward.round import Round, RoundStep
from db.errors import DatabaseError

REFUSED = "round-refused"
MARK = "Mark reviewed, next"
NOTE = "Note for the handover (optional), Alt+N"
"""The key is handled by `rail.js`, in a field too; a letter alone would not be."""


def draw_moves(found: Round, step: RoundStep) -> None:
    """Draw back and next."""
    before, after = found.beside(step.stay_id, -1), _after(found, step)
    finished = after is None and found.first_open() is None
    with st.container(horizontal=True, key="round-moves", width="content"):
        _move("Back", "Left", step, before, disabled=before is None)
        _move("End" if finished else "Next", "Right", step, after, disabled=after is None and not finished)


def _move(label: str, shortcut: str, step: RoundStep, target: RoundStep | None, *, disabled: bool) -> None:
    stay_id = None if target is None else target.stay_id
    # The key names where it leads: a press that comes late still means that patient, or nobody.
    key = f"round-{label.lower()}-{step.stay_id}-{stay_id}"
    st.button(
        label, key=key, shortcut=shortcut, on_click=SIGHT.move_on, args=(step.stay_id, stay_id), disabled=disabled
    )


def _after(found: Round, step: RoundStep) -> RoundStep | None:
    return found.beside(step.stay_id, 1) or found.next_open(step.stay_id)


def draw_mark(found: Round, step: RoundStep) -> None:
    """Draw the note, the name and the button that marks this patient and goes on to the next one not reviewed.

    Not a form: what is typed must be known here before somebody goes on without marking.
    """
    key = f"round-mark-{step.stay_id}"
    seen = None if step.last is None else step.last.review_id
    following = found.next_open(step.stay_id)
    target = None if following is None else following.stay_id
    with st.container(horizontal=True, vertical_alignment="bottom", key="round-mark"):
        st.text_input(
            NOTE, shown_note(step), key=f"{key}-note", max_chars=500, on_change=_keep_note, args=(step.stay_id,)
        )
        name = st.session_state.get(ACTOR, "")
        st.text_input(
            "Your name",
            name,
            key=f"{key}-actor",
            max_chars=100,
            width=220,
            on_change=_keep_name,
            args=(step.stay_id,),
        )
        st.button(
            MARK,
            type="primary",
            # Not a letter: who believes to be in the note and types would mark patients.
            shortcut="Ctrl+Enter",
            key=f"{key}-{seen}",
            on_click=_mark,
            args=(step, found.began_at, seen, target),
        )


def _keep_note(stay_id: int) -> None:
    typed: str | None = st.session_state.get(f"round-mark-{stay_id}-note")
    if typed is not None:
        keep_note(stay_id, typed)


def _keep_name(stay_id: int) -> None:
    # A press that comes while a page is being drawn may find no field: the name stays.
    typed: str | None = st.session_state.get(f"round-mark-{stay_id}-actor")
    if typed is not None:
        st.session_state[ACTOR] = typed.strip()


def draw_refusal(shown: int | None) -> None:
    """Say why the last press on the stay shown stored nothing, where it did not."""
    stay_id, why = st.session_state.get(REFUSED, (None, ""))
    if stay_id is not None and stay_id == shown:
        st.error("Nothing was stored.")
        plain(why)


def _mark(step: RoundStep, began_at: datetime, seen: int | None, target: int | None) -> None:
    stay_id = step.stay_id
    if not SIGHT.was_looked_at(stay_id):
        return
    key = f"round-mark-{stay_id}"
    _keep_name(stay_id)
    actor = st.session_state.get(ACTOR, "")
    note = st.session_state.get(f"{key}-note", shown_note(step))
    try:
        commands.mark_reviewed(stay_id, began_at=began_at, seen=seen, actor=actor, note=note)
    except (DashboardError, DatabaseError, ValueError) as error:
        # Written for people; drawn as text with the page that follows.
        st.session_state[REFUSED] = (stay_id, str(error))
        target = stay_id
    else:
        st.session_state.pop(REFUSED, None)
        note_is_stored(stay_id)
    queries.forget()
    SIGHT.move_on(stay_id, target)

"""Moving through the round and deciding at each bed; every press says for which patient it is meant."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from dashboard import commands, queries
from dashboard.components.page.acting import ACTOR
from dashboard.components.page.text import plain, status
from dashboard.components.round.address import SIGHT
from dashboard.components.round.notes import keep_draft, note_is_stored, shown_decision, shown_note
from dashboard.errors import DashboardError
from dashboard.services.ward.round import Round, RoundStep
from dashboard.wording.decisions import DECISIONS_IN_WORDS, NO_DECISION
from dashboard.wording.facts import place_text, shown_name
from db.errors import DatabaseError
from db.models import Decision

REFUSED, STORED = "round-refused", "round-stored"
MARK = "Confirm, next"
DECISION = "Decision of the team (no order), Alt+Shift+1 to 5"
NOTE = "Note for the handover, Alt+N"
"""Both keys are handled by `rail.js`, in a field too; a letter alone would not be."""


@dataclass(frozen=True)
class _Stored:
    """The last decision of this session."""

    review_id: int
    stay_id: int
    whose: str
    what: str
    actor: str
    note: str
    decision: Decision | None


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
    """Draw the decision, the note, the name and the button that stores them and goes on to the next one not reviewed.

    Not a form: what is typed must be known here before somebody goes on without storing.
    """
    key = f"round-mark-{step.stay_id}"
    seen = None if step.last is None else step.last.review_id
    following = found.next_open(step.stay_id)
    target = None if following is None else following.stay_id
    with st.container(horizontal=True, vertical_alignment="bottom", key="round-mark"):
        with st.container(width="content", key="round-decision"):
            st.segmented_control(
                DECISION,
                list(Decision),
                default=shown_decision(step),
                format_func=DECISIONS_IN_WORDS.__getitem__,
                key=_decision_key(step, seen),
                on_change=_keep,
                args=(step, seen),
            )
        st.text_input(NOTE, shown_note(step), key=f"{key}-note", max_chars=500, on_change=_keep, args=(step, seen))
        name = st.session_state.get(ACTOR, "")
        st.text_input(
            "Your name",
            name,
            key=f"{key}-actor",
            max_chars=100,
            width=180,
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
            args=(step, found, seen, target),
        )
    _draw_undo()


def _decision_key(step: RoundStep, seen: int | None) -> str:
    return f"round-decision-{step.stay_id}-{seen}"


def _draw_undo() -> None:
    """Draw the way back from the last decision of this session."""
    stored: _Stored | None = st.session_state.get(STORED)
    if stored is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="round-undo"):
        status(f"Stored for {stored.whose}: {stored.what}.")
        st.button("Undo", key=f"round-undo-{stored.review_id}", on_click=_undo, args=(stored,), type="tertiary")


def _undo(stored: _Stored) -> None:
    try:
        commands.take_back_review(stored.review_id, actor=stored.actor)
    except (DashboardError, DatabaseError) as error:
        st.session_state[REFUSED] = (stored.stay_id, str(error))
    else:
        # What was typed and chosen stands in the fields again.
        keep_draft(stored.stay_id, stored.note, stored.decision)
        SIGHT.go_to(stored.stay_id)
    st.session_state.pop(STORED, None)
    queries.forget()


def _keep(step: RoundStep, seen: int | None) -> None:
    keep_draft(step.stay_id, *_entered(step, seen))


def _entered(step: RoundStep, seen: int | None) -> tuple[str, Decision | None]:
    """Return the note and the decision in the fields; where a press comes while a page is drawn, what was kept."""
    key = f"round-mark-{step.stay_id}"
    chosen = _decision_key(step, seen)
    decision = st.session_state[chosen] if chosen in st.session_state else shown_decision(step)
    return st.session_state.get(f"{key}-note", shown_note(step)), decision


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


def _mark(step: RoundStep, found: Round, seen: int | None, target: int | None) -> None:
    stay_id = step.stay_id
    if not SIGHT.was_looked_at(stay_id):
        return
    _keep_name(stay_id)
    actor = st.session_state.get(ACTOR, "")
    note, decision = _entered(step, seen)
    try:
        review_id = commands.mark_reviewed(
            stay_id,
            began_at=found.began_at,
            seen=seen,
            shown_at=found.moment,
            decision=decision,
            actor=actor,
            note=note,
        )
    except (DashboardError, DatabaseError, ValueError) as error:
        # Written for people; drawn as text with the page that follows. What was typed and chosen stays.
        st.session_state[REFUSED] = (stay_id, str(error))
        keep_draft(stay_id, note, decision)
        target = stay_id
    else:
        st.session_state.pop(REFUSED, None)
        note_is_stored(stay_id)
        if review_id is not None:
            what = NO_DECISION if decision is None else DECISIONS_IN_WORDS[decision]
            stay = step.row.stay
            whose = f"{place_text(stay.unit, stay.bed)}, {shown_name(stay.name)}"
            st.session_state[STORED] = _Stored(review_id, stay_id, whose, what, actor, note, decision)
    queries.forget()
    SIGHT.move_on(stay_id, target)

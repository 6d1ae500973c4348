"""Notes typed and decisions chosen on the round and not stored yet: kept for each stay, whoever is shown meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import streamlit as st

from dashboard import queries
from dashboard.services.ward.round import CONTINUED, Round, RoundStep
from db.models import Decision

NOTES = "round-notes"
NOT_STORED = "note not stored yet"


@dataclass(frozen=True)
class _Draft:
    text: str
    decision: Decision | None
    typed_at: datetime


def keep_draft(stay_id: int, text: str, decision: Decision | None) -> None:
    """Keep what was typed and chosen for a stay, for as long as a round goes on."""
    drafts = st.session_state.get(NOTES, {})
    st.session_state[NOTES] = {**drafts, stay_id: _Draft(text.strip(), decision, queries.now())}


def note_is_stored(stay_id: int) -> None:
    """Drop what was typed and chosen for a stay."""
    st.session_state[NOTES] = {known: one for known, one in st.session_state.get(NOTES, {}).items() if known != stay_id}


def shown_note(step: RoundStep) -> str:
    """Return what stands in the field: what was typed, else the note stored in this round."""
    draft = _draft(step)
    return _stored(step)[0] if draft is None else draft.text


def shown_decision(step: RoundStep) -> Decision | None:
    """Return what is chosen: what was pressed, else the decision stored in this round."""
    draft = _draft(step)
    return _stored(step)[1] if draft is None else draft.decision


def is_unstored(step: RoundStep) -> bool:
    """Return whether what was typed and chosen for a stay differs from what this round has stored."""
    draft = _draft(step)
    return draft is not None and (draft.text, draft.decision) != _stored(step)


def unstored_text(found: Round) -> str:
    """Return how many notes of the round are not stored yet, "" for none."""
    count = sum(map(is_unstored, found.steps))
    return "" if not count else f"{count} {NOT_STORED if count == 1 else 'notes not stored yet'}"


def _draft(step: RoundStep) -> _Draft | None:
    draft: _Draft | None = st.session_state.get(NOTES, {}).get(step.stay_id)
    # Yesterday's note is not one of this round.
    return None if draft is None or queries.now() - draft.typed_at > CONTINUED else draft


def _stored(step: RoundStep) -> tuple[str, Decision | None]:
    """Return note and decision of this round: marked again, they stay unless somebody changes them."""
    return (step.last.note, step.last.decision) if step.reviewed and step.last is not None else ("", None)

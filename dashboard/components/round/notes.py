"""Notes typed on the round and not stored yet: kept for each stay, whoever is shown meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import streamlit as st

from dashboard import queries
from dashboard.services.ward.round import CONTINUED, Round, RoundStep

NOTES = "round-notes"
NOT_STORED = "note not stored yet"


@dataclass(frozen=True)
class _Draft:
    text: str
    typed_at: datetime


def keep_note(stay_id: int, text: str) -> None:
    """Keep what was typed for a stay, for as long as a round goes on."""
    drafts = st.session_state.get(NOTES, {})
    st.session_state[NOTES] = {**drafts, stay_id: _Draft(text.strip(), queries.now())}


def note_is_stored(stay_id: int) -> None:
    """Drop what was typed for a stay."""
    st.session_state[NOTES] = {known: one for known, one in st.session_state.get(NOTES, {}).items() if known != stay_id}


def shown_note(step: RoundStep) -> str:
    """Return what stands in the field: what was typed, else the note stored in this round."""
    typed = _typed(step)
    return _stored(step) if typed is None else typed


def is_unstored(step: RoundStep) -> bool:
    """Return whether what was typed for a stay differs from what this round has stored."""
    return _typed(step) not in {None, _stored(step)}


def unstored_text(found: Round) -> str:
    """Return how many notes of the round are not stored yet, "" for none."""
    count = sum(map(is_unstored, found.steps))
    return "" if not count else f"{count} {NOT_STORED if count == 1 else 'notes not stored yet'}"


def _typed(step: RoundStep) -> str | None:
    draft: _Draft | None = st.session_state.get(NOTES, {}).get(step.stay_id)
    # Yesterday's note is not one of this round.
    return None if draft is None or queries.now() - draft.typed_at > CONTINUED else draft.text


def _stored(step: RoundStep) -> str:
    """Return the note of this round: marked again, it stays unless somebody changes it."""
    return step.last.note if step.reviewed and step.last is not None else ""

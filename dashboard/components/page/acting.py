"""What a person changes: who it is, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import streamlit as st

from dashboard import queries
from dashboard.components.page.text import alert
from dashboard.errors import DashboardError
from db.errors import DatabaseError

ACTOR = "actor"
REFUSED = "refused"
NO_NAME = "Nothing was changed. Enter your name first: it is recorded with the change."
SAID_FOR = timedelta(minutes=1)
"""The page's own refreshes must not take a reason away before it is read."""


def actor_field(key: str) -> str:
    """Draw the field for who acts, filled in with who acted last in this session; return the name."""
    name: str = st.text_input("Your name", value=st.session_state.get(ACTOR, ""), key=f"{key}-actor", max_chars=100)
    if name.strip():
        # A field not yet filled in does not forget who acted.
        st.session_state[ACTOR] = name.strip()
    return name.strip()


def submit(label: str, *, key: str, work: Callable[[], object], done: str, actor: str) -> None:
    """Draw a form's button, and just above it why the last press changed nothing; otherwise as `act`."""
    # Below the button it would lie outside what a popover shows.
    above = st.container()
    if st.form_submit_button(label, type="primary"):
        act(work, key=key, done=done, actor=actor)
    with above:
        draw_refusal(key)


def act(work: Callable[[], object], *, key: str, done: str, actor: str) -> None:
    """Do what was asked, say so and show the new state; where it cannot be done, change nothing.

    Parameters
    ----------
    key : str
        Of the form, for `draw_refusal`.
    actor : str
        Who acts, "" where nobody was named: nothing is done then.
    """
    why = _refusal(work, actor)
    if why:
        st.session_state[REFUSED] = (key, why, queries.now())
        return
    st.session_state.pop(REFUSED, None)
    queries.forget()
    st.toast(done, icon=":material/check:")
    st.rerun()


def draw_refusal(key: str) -> None:
    """Say, also to those who cannot see it, why the last press in a form changed nothing."""
    refused: tuple[str, str, datetime] | None = st.session_state.get(REFUSED)
    if refused is not None and refused[0] == key and queries.now() - refused[2] < SAID_FOR:
        alert(refused[1])


def _refusal(work: Callable[[], object], actor: str) -> str:
    """Return why nothing was done, "" where it was."""
    if not actor:
        return NO_NAME
    try:
        work()
    except (DashboardError, DatabaseError, ValueError) as error:
        # These messages are written for people; shown as text, for they may quote what was entered.
        return f"Nothing was changed. {error}"
    return ""

"""What a person changes: who it is, and what came of it."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from dashboard import queries
from dashboard.components.text import plain
from dashboard.errors import DashboardError
from db.errors import DatabaseError

ACTOR = "actor"


def actor_field(key: str) -> str:
    """Draw the field for who acts, filled in with who acted last in this session; return the name."""
    name = st.text_input("Your name", value=st.session_state.get(ACTOR, ""), key=f"{key}-actor", max_chars=100)
    st.session_state[ACTOR] = name.strip()
    return str(st.session_state[ACTOR])


def act(work: Callable[[], object], *, done: str, actor: str | None) -> None:
    """Do what was asked, say so and show the new state; say why where it cannot be done, and change nothing.

    Parameters
    ----------
    actor : str or None
        Who acts, "" where nobody was named; None for a change that is stored without its author.
    """
    if actor == "":
        st.error("Enter your name first: it is recorded with the change.")
        return
    try:
        work()
    except (DashboardError, DatabaseError, ValueError) as error:
        # These messages are written for people; shown as text, for they may quote what was entered.
        st.error("Nothing was changed.")
        plain(str(error))
        return
    queries.forget()
    st.toast(done, icon=":material/check:")
    st.rerun()

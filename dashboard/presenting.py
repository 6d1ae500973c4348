"""Whether names are hidden on the screens: chosen once, kept in the session and in every address."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

PARAMETER, HIDDEN = "names", "hidden"
SESSION = "names-hidden"


def names_hidden() -> bool:
    """Return whether the screens of this session show pseudonyms."""
    return bool(st.session_state.get(SESSION))


def follow_address() -> None:
    """Hide names where the address asks for it, and keep that in it: a reload or a colleague gets it."""
    if st.query_params.get(PARAMETER) == HIDDEN:
        st.session_state[SESSION] = True
    elif names_hidden():
        st.query_params[PARAMETER] = HIDDEN


def hide_names() -> None:
    """Begin a presentation."""
    st.session_state[SESSION] = True


def show_names() -> None:
    """End a presentation."""
    st.session_state[SESSION] = False
    st.query_params.pop(PARAMETER, None)


def carried(parameters: Mapping[str, str]) -> dict[str, str]:
    """Return the parameters of another page's address; a presentation goes on there."""
    return {**parameters, **({PARAMETER: HIDDEN} if names_hidden() else {})}

"""What cannot be shown is said in a sentence, and the rest of the page stays."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from core.errors import CoreError
from dashboard.components.text import plain
from dashboard.errors import DashboardError
from db.errors import DatabaseError


@contextmanager
def trouble_said() -> Iterator[None]:
    """Say what went wrong within; a fragment needs its own, for what it raises never reaches the page."""
    try:
        yield
    except (CoreError, DashboardError, DatabaseError) as error:
        # These messages are written for people and hold no patient's data.
        st.error("Lungline cannot show this now. What is shown elsewhere on the page may be out of date.")
        plain(str(error))

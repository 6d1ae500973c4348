"""What cannot be shown is said in a sentence, and the rest of the page stays."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st
from streamlit.errors import FragmentHandledException

from core.errors import CoreError
from dashboard.components.page.text import plain
from dashboard.errors import DashboardError, cause_for_log, storage_trouble
from db.errors import DatabaseError

CANNOT_SHOW = "Lungline cannot show this now. What is shown elsewhere on the page may be out of date."
UNFORESEEN = (
    "An unexpected error occurred; the cause is in the log. Load the page again. If the error stays, run `lungline "
    "doctor`."
)

log = logging.getLogger(__name__)


@contextmanager
def trouble_said() -> Iterator[None]:
    """Say what went wrong within; a fragment needs its own, for what it raises never reaches the page."""
    try:
        yield
    except (CoreError, DashboardError, DatabaseError) as error:
        # These messages are written for people and hold no patient's data.
        st.error(CANNOT_SHOW)
        plain(str(error))
    except FragmentHandledException:
        raise
    except OSError as error:
        log.warning("a disk or folder failed: %s", error.strerror)
        st.error(CANNOT_SHOW)
        plain(storage_trouble(error))
    except Exception as error:  # noqa: BLE001 - the edge of the page: the reader needs a sentence, the log the cause
        log.error("unforeseen: %s", cause_for_log(error))  # noqa: TRY400 - as said above
        st.error(CANNOT_SHOW)
        plain(UNFORESEEN)

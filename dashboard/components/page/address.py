"""What the address of a page asks for."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

import streamlit as st

from dashboard.presenting import carried


def number_in_address(name: str) -> int | None:
    """Return a database id of the address, None where there is none or it is no number."""
    text = st.query_params.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def patient_address(patient_id: int, film_id: int | None = None) -> str:
    """Return the address of a patient's page, by the database's own ids."""
    return page_address("patient", {"id": str(patient_id)} | ({} if film_id is None else {"film": str(film_id)}))


def page_address(page: str, parameters: Mapping[str, str]) -> str:
    """Return the address of a page; a presentation goes on there."""
    return f"/{page}?{urlencode(carried(parameters))}"

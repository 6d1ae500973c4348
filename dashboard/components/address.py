"""What the address of a page asks for."""

from __future__ import annotations

import streamlit as st


def number_in_address(name: str) -> int | None:
    """Return a database id of the address, None where there is none or it is no number."""
    text = st.query_params.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def patient_address(patient_id: int, film_id: int | None = None) -> str:
    """Return the address of a patient's page, by the database's own ids."""
    return f"/patient?id={patient_id}" + ("" if film_id is None else f"&film={film_id}")

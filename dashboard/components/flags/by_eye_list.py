"""Films to compare by eye: what the scores cannot tell, with its size and what is known beside it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from dashboard.components.page.address import page_address, patient_address
from dashboard.components.page.text import plain
from dashboard.services.ward.by_eye import ToCompare
from dashboard.wording.facts import place_text, shown_name
from dashboard.wording.row import by_eye_text

HEADING = "Films to compare by eye"


def draw_by_eye(found: Sequence[ToCompare]) -> None:
    """Draw the films that only a person can compare, the largest difference first; nothing where there is none."""
    if not found:
        return
    st.header(f"{HEADING} ({len(found)})")
    for question in found:
        stay = question.row.stay
        with st.container(border=True, key=f"by-eye-{stay.stay_id}"):
            place = place_text(stay.unit, stay.bed)
            name = f"{shown_name(stay.name)}, {stay.identifier}"
            st.html(
                f'<div class="ll-text"><span class="ll-chip ll-look">{escape(by_eye_text(question.change))}</span> '
                f'<a href="{escape(patient_address(stay.patient_id, question.change.film_id))}" target="_self">'
                f"<bdi>{escape(name)}</bdi></a> <bdi>{escape(place)}</bdi></div>"
            )
            draw_question(question)


def draw_question(one: ToCompare) -> None:
    """Draw what one pair of films leaves open, what is known beside it, and the way to both films."""
    plain(one.change.reasons.finding)
    for sentence in one.beside:
        plain(sentence)
    if one.change.reference_film_id is None:
        return
    stay = one.row.stay
    films = {"id": str(stay.patient_id), "film": str(one.change.film_id), "with": str(one.change.reference_film_id)}
    st.html(f'<a class="ll-text" href="{escape(page_address("compare", films))}" target="_self">Compare the films</a>')

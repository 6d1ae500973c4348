"""Below the board: patients with a drop on their newest film, and what physiology says of it."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.trend.wording import NO_DE_ESCALATION
from dashboard.components.browser.record_table import Cell, Record, record_table
from dashboard.components.page.address import patient_address
from dashboard.components.page.text import plain
from dashboard.services.ward.improving import Improving, Support
from dashboard.wording.events import VENTILATED
from dashboard.wording.facts import place_text, shown_name
from dashboard.wording.palette import VERDICT_SHAPES
from dashboard.wording.row import SUPPORT_WORDS, drop_text

HEADING = "Improving on film"
COLUMNS = ("Patient", "Geographic extent", "Beside it", "What follows")
_TONES = {Support.AGREES: "drop", Support.DISAGREES: "look", Support.UNKNOWN: "quiet"}


def draw_improving(found: Sequence[Improving], *, dark: bool) -> int | None:
    """Draw the patients, those first that physiology agrees with; return the one chosen in this run."""
    if not found:
        return None
    st.header(f"{HEADING} ({len(found)})")
    plain(NO_DE_ESCALATION)
    chosen = record_table(HEADING, COLUMNS, [_record(one) for one in found], key="improving", dark=dark)
    return None if chosen is None else int(chosen)


def _record(one: Improving) -> Record:
    stay, change, state = one.row.stay, one.change, one.row.ventilation
    beside = [explanation.text for explanation in one.explanations] or [
        "Nothing is known of the time between the films."
    ]
    if state is not None:
        beside.append(f"Last known: {VENTILATED[state.kind]}.")
    cells = (
        Cell(shown_name(stay.name), (stay.identifier, place_text(stay.unit, stay.bed)), strong=True),
        Cell(drop_text(change), tone=VERDICT_SHAPES[change.verdict][1]),
        Cell(beside[0], tuple(beside[1:])),
        Cell(SUPPORT_WORDS[one.support], tone=_TONES[one.support]),
    )
    return Record(str(stay.patient_id), cells, patient_address(stay.patient_id, change.film_id))

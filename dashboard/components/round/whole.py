"""The round as a whole: its order and unit, how far it has come, and its end."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.trend.wording import never_measured
from core.types import Measure
from dashboard import queries
from dashboard.components.browser.record_table import Cell, Record, record_table
from dashboard.components.page.presentation import names_needed
from dashboard.components.page.text import plain
from dashboard.components.patient.verdicts import row_verdict_cell
from dashboard.components.round.address import ORDER, SIGHT, UNIT, RoundAddress, begin_at, read_address
from dashboard.components.round.before import show_before
from dashboard.components.round.notes import NOT_STORED, is_unstored, unstored_text
from dashboard.services.ward.round import Round, RoundOrder, RoundStep
from dashboard.wording.decisions import decided_text
from dashboard.wording.facts import ALL_UNITS, shown_name
from dashboard.wording.row import beside_text, flags_text
from dashboard.wording.times import TimeScale

ORDER_WORDS = {RoundOrder.BEDS: "beds", RoundOrder.BOARD: "the board, most concern first"}
COLUMNS = ("Bed", "Patient", "Level", "Against the recent level", "Flags", "Decision", "Note")
NOT_HERE = (
    "The stay in the address is not part of this round: it has ended meanwhile, or is in another unit. "
    "No other patient is shown in its place."
)


def draw_choice(address: RoundAddress, units: Sequence[str]) -> None:
    """Draw the choice of order and unit, which lives in the address."""
    known = [ALL_UNITS, *units] + ([address.unit] if address.unit and address.unit not in units else [])
    # The address leads: what an earlier page left behind must not.
    st.session_state["round-order"] = address.order
    st.session_state["round-unit"] = address.unit or ALL_UNITS
    with st.container(horizontal=True, vertical_alignment="bottom", key="round-choice"):
        st.selectbox(
            "In the order of",
            list(RoundOrder),
            format_func=ORDER_WORDS.__getitem__,
            key="round-order",
            width=290,
            on_change=_choose_order,
        )
        st.selectbox("Unit", known, key="round-unit", width=220, on_change=_choose_unit)
        st.button("Begin a new round", key="round-begin", on_click=_begin)
        st.button("Before the round", key="round-before", on_click=show_before)


def _choose_order() -> None:
    st.query_params[ORDER] = RoundOrder(st.session_state["round-order"]).value


def _choose_unit() -> None:
    unit = st.session_state["round-unit"]
    if unit != ALL_UNITS:
        st.query_params[UNIT] = unit
    elif UNIT in st.query_params:
        del st.query_params[UNIT]
    _go_on()


def _begin() -> None:
    begin_at(queries.now())
    _go_on()


def _go_on() -> None:
    address = read_address()
    following = queries.ward_round(address.unit, address.order, address.began_at).first_open()
    SIGHT.go_to(None if following is None else following.stay_id)


def progress_text(found: Round, step: RoundStep | None, scale: TimeScale) -> str:
    """Return for example "Patient 3 of 12 · 2 reviewed in the round begun 20 Nov 2026, 07:30"."""
    place = "" if step is None else f"Patient {found.steps.index(step) + 1} of {len(found.steps)}"
    reviewed = f"{found.n_reviewed} of {len(found.steps)} reviewed in the round begun {scale.text(found.began_at)}"
    return " · ".join(part for part in (place, reviewed, unstored_text(found)) if part)


def draw_not_here(found: Round) -> None:
    """Say that the stay of the address is not shown, with the way on."""
    plain(NOT_HERE, tone="warning")
    _draw_way_on(found)


def draw_end(found: Round, address: RoundAddress, *, scale: TimeScale, dark: bool) -> int | None:
    """Draw whether all were reviewed, and all of them as a table; return the stay chosen in this run."""
    left = len(found.steps) - found.n_reviewed
    st.header("All patients are reviewed" if not left else f"Not reviewed yet: {left} of {len(found.steps)}")
    _draw_way_on(found)
    if names_needed("The handover"):
        _draw_handover(found, address)
    records = [_record(step, address, scale) for step in found.steps]
    if found.unmeasured:
        plain(never_measured(found.unmeasured), tone="quiet")
    chosen = record_table("Patients of this round", COLUMNS, records, key="round-end", dark=dark)
    return None if chosen is None else int(chosen)


def _draw_handover(found: Round, address: RoundAddress) -> None:
    st.download_button(
        "Handover (PDF)",
        lambda: queries.handover(address.unit, address.order, found.began_at),
        file_name="lungline-handover.pdf",
        mime="application/pdf",
        icon=":material/picture_as_pdf:",
        key="round-handover",
        on_click="ignore",
        help="For the unit chosen below: bed, verdict, course, level, flags, decision, note, and who was not reviewed.",
    )


def _draw_way_on(found: Round) -> None:
    following = found.first_open()
    if following is not None:
        st.button(
            "Go on with the next patient not reviewed",
            key=f"round-on-{following.stay_id}",
            on_click=SIGHT.go_to,
            args=(following.stay_id,),
        )


def _record(step: RoundStep, address: RoundAddress, scale: TimeScale) -> Record:
    row, last = step.row, step.last if step.reviewed else None
    stay = row.stay
    level = "no level" if row.level is None else f"{row.level:.1f} of {Measure.GEOGRAPHIC_EXTENT.maximum:g}"
    cells = (
        Cell(stay.bed or "no bed", (stay.unit,), strong=True),
        Cell(shown_name(stay.name), (stay.identifier,)),
        Cell(level),
        row_verdict_cell(row),
        Cell(flags_text(step), beside_text(step)),
        Cell(decided_text(last), (f"✓ {scale.text(last.reviewed_at)}", f"by {last.actor}"))
        if last
        else Cell("not reviewed"),
        Cell((last.note if last else "") or "-", (NOT_STORED,) if is_unstored(step) else ()),
    )
    return Record(str(step.stay_id), cells, address.of_stay(step.stay_id))

"""The ward round: one patient per step, readable from the other side of the bed."""

from __future__ import annotations

import streamlit as st

from dashboard import queries
from dashboard.components.page.address import number_in_address
from dashboard.components.page.empty import draw_empty_ward
from dashboard.components.page.sight import END
from dashboard.components.page.text import heading, plain, status
from dashboard.components.page.trouble import trouble_said
from dashboard.components.patient.identity import draw_identity
from dashboard.components.round.address import (
    SIGHT,
    STAY,
    RoundAddress,
    draw_not_understood,
    read_address,
)
from dashboard.components.round.before import draw_before, is_before, summary_text
from dashboard.components.round.patient import draw_round_patient
from dashboard.components.round.rail import progress_rail
from dashboard.components.round.steps import draw_mark, draw_moves, draw_refusal
from dashboard.components.round.whole import draw_choice, draw_end, draw_not_here, progress_text
from dashboard.services.ward.round import Round, RoundStep
from dashboard.theme import colours, is_dark
from dashboard.wording.times import TimeScale


# Not again every few seconds, unlike the board: on a round nothing may move while it is talked about. Every step reads
# everything anew.
@st.fragment
def draw_round(arrived_at: int | None) -> None:
    """Draw the step of the address; `arrived_at` is shown while it names none."""
    SIGHT.arrive(arrived_at)
    SIGHT.make_move()
    with trouble_said(), st.container(key="round"):
        address = read_address()
        draw_not_understood(address)
        found = queries.ward_round(address.unit, address.order, address.began_at)
        if found.steps:
            asked = number_in_address(STAY) if STAY in st.query_params else arrived_at
            draw_step(found, address, asked)
        else:
            heading("Round")
            draw_empty_ward(address.unit)
        draw_choice(address, queries.units(None))


def draw_step(found: Round, address: RoundAddress, asked: int | None) -> None:
    """Draw the patient asked for, or the end of the round."""
    step = found.step(asked)
    if step is None:
        heading("Round", (progress_text(found, None, _clock()),))
    else:
        draw_patient(found, step)
        # Before the rail's links: a note is not to be far away by keyboard.
        draw_mark(found, step)
    draw_refusal(asked)
    plain(f"Since the last round: {summary_text(found)}.", tone="quiet")
    chosen = progress_rail(found, asked, address, key="round-rail")
    if step is not None:
        trend = queries.patient_trend(step.row.stay.patient_id, None)
        scale = TimeScale(queries.zone(), trend.timeline.patient.relative_day_zero)
        draw_round_patient(trend, step, scale=scale, colours=colours())
    elif is_before():
        chosen = draw_before(found, address, scale=_clock(), dark=is_dark()) or chosen
    elif asked is None and st.query_params.get(STAY, END) == END:
        chosen = draw_end(found, address, scale=_clock(), dark=is_dark()) or chosen
    else:
        draw_not_here(found)
    if chosen is not None and chosen != asked:
        SIGHT.go_to(chosen)
        st.rerun(scope="fragment")


def draw_patient(found: Round, step: RoundStep) -> None:
    """Draw who is shown, always in sight, with the way back and on."""
    trend = queries.patient_trend(step.row.stay.patient_id, None)
    scale = TimeScale(queries.zone(), trend.timeline.patient.relative_day_zero)
    with st.container(key="round-identity"):
        draw_identity(trend.timeline.patient, trend.timeline.stays, scale=scale, moment=trend.moment)
        with st.container(horizontal=True, vertical_alignment="center"):
            status(progress_text(found, step, _clock()))
            draw_moves(found, step)


def _clock() -> TimeScale:
    return TimeScale(queries.zone())


def first_open() -> int | None:
    """Return where the round goes on for who arrives; who is shown must not change under their eyes."""
    with trouble_said():
        address = read_address()
        step = queries.ward_round(address.unit, address.order, address.began_at).first_open()
        return None if step is None else step.stay_id


SIGHT.follow_address()
draw_round(first_open())

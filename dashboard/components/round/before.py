"""Before the round: one line for each patient with news, and how many have none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import streamlit as st

from core.counting import counted
from dashboard.components.browser.record_table import Cell, Record, record_table
from dashboard.components.page.text import plain
from dashboard.components.patient.verdicts import row_verdict_cell
from dashboard.components.round.address import SIGHT, STAY, RoundAddress
from dashboard.services.ward.before_round import Became, BeforeRound, before_round
from dashboard.services.ward.round import Round
from dashboard.wording.decisions import decided_text
from dashboard.wording.facts import place_text, shown_name
from dashboard.wording.row import beside_text, flags_text
from dashboard.wording.times import TimeScale

BEFORE = "before"
"""In the address instead of a stay."""
BECAME = {
    Became.ROSE: ("▲ rose", "rise"),
    Became.CANNOT_TELL: ("? cannot be told", "look"),
    Became.NO_FILM: ("! no recent film", "look"),
    Became.FELL: ("▼ fell", "drop"),
    Became.NEW: ("● new on the round", ""),
    Became.NEWS: ("= news, no change", "quiet"),
    Became.NOTHING_NEW: ("= nothing new", "quiet"),
}
COLUMNS = ("Since the last round", "Patient", "Against the recent level", "Flags", "Decided last", "Since then")


def is_before() -> bool:
    """Return whether the address asks for the page before the round."""
    return st.query_params.get(STAY) == BEFORE


def show_before() -> None:
    """Put the page before the round into the address."""
    st.query_params[STAY] = BEFORE
    SIGHT.follow_address()


def summary_text(found: Round) -> str:
    """Return for example "2 rose, 1 fell, 9 nothing new": all patients, each counted once."""
    counts = Counter(line.became for line in before_round(found))
    return ", ".join(f"{counts[became]} {BECAME[became][0][2:]}" for became in Became if counts[became])


def draw_before(found: Round, address: RoundAddress, *, scale: TimeScale, dark: bool) -> int | None:
    """Draw the patients with news, by what became of them; return the stay chosen in this run."""
    lines = before_round(found)
    told = [line for line in lines if line.became is not Became.NOTHING_NEW]
    quiet = [line for line in lines if line.became is Became.NOTHING_NEW]
    st.header("Before the round")
    chosen = None
    if told:
        records = [_record(line, address, scale) for line in told]
        chosen = record_table("Patients with news since the last round", COLUMNS, records, key="before", dark=dark)
    plain(_quiet_text(quiet))
    return None if chosen is None else int(chosen)


def _quiet_text(quiet: Sequence[BeforeRound]) -> str:
    if not quiet:
        return "Every patient of this round stands above."
    beds = ", ".join(place_text(line.step.row.stay.unit, line.step.row.stay.bed) for line in quiet)
    return f"No film, flag or change since the last round: {counted(len(quiet), 'patient')} ({beds})."


def _record(line: BeforeRound, address: RoundAddress, scale: TimeScale) -> Record:
    step, stay = line.step, line.step.row.stay
    words, tone = BECAME[line.became]
    last = step.last
    decided = Cell("never reviewed") if last is None else Cell(decided_text(last), (scale.text(last.reviewed_at),))
    since = ", ".join(f"new {one}" for one in line.since) or ("-" if last is None else "nothing")
    cells = (
        Cell(words, tone=tone, strong=True),
        Cell(shown_name(stay.name), (stay.identifier, place_text(stay.unit, stay.bed))),
        row_verdict_cell(step.row),
        Cell(flags_text(step), beside_text(step)),
        decided,
        Cell(since),
    )
    return Record(str(step.stay_id), cells, address.of_stay(step.stay_id))

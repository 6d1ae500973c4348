"""The work list of flags: what each asks for and rests on, what was done with it, and what to decide."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from core.trend.wording import VERDICTS_IN_WORDS
from dashboard import queries
from dashboard.components.browser.record_table import Cell, Record, record_table
from dashboard.components.flags.course import draw_course
from dashboard.components.flags.decisions import draw_decisions
from dashboard.components.flags.film_pair import draw_film_pair
from dashboard.components.flags.flag_list import draw_basis
from dashboard.components.page.address import patient_address
from dashboard.components.page.download import draw_download
from dashboard.components.page.text import plain
from dashboard.services.flags.work_list import FlagEntry
from dashboard.services.ward.board import Board, BoardRow
from dashboard.wording.facts import ALL_UNITS, FLAG_STATES, place_text, shown_name
from dashboard.wording.flags import decision_text
from dashboard.wording.palette import FLAG_SHAPES, palette, verdict_text
from dashboard.wording.row import overdue_text
from dashboard.wording.times import TimeScale, ago_text, signed
from db.models import LIVE_STATES, FlagState
from db.read_models.facts import ActionFacts, TakenFilm

SHOWN = 50
"""More flags than anybody works through on one page; the others are counted."""

ORDER = (
    "Most concern first, as on the board: large rises that are overdue, then rises, then films to compare, then drops; "
    "within each kind the longest waiting first. Flags in quiet hours come last."
)
CLOSED_ORDER = "The last opened first."

FILE_COLUMNS = (
    *("Unit", "Bed", "Patient", "Number", "Flag", "Verdict", "Change of geographic extent", "State", "Opened"),
    *("Asks for", "Basis"),
)
SEEN = (FlagState.ACKNOWLEDGED, FlagState.SNOOZED)
OPEN_WORD = "Open"
STATES = {
    OPEN_WORD: (FlagState.OPEN,),
    "Acknowledged": (FlagState.ACKNOWLEDGED,),
    "Snoozed": (FlagState.SNOOZED,),
    "Resolved": (FlagState.RESOLVED,),
    "Withdrawn": (FlagState.WITHDRAWN,),
    "All": tuple(FlagState),
}


def draw_choice(units: Sequence[str]) -> tuple[str, str | None]:
    """Draw the choices, which live in the address; return the word for the states, and the unit (None for all)."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        word = st.selectbox("Show", list(STATES), key="state", bind="query-params", width=220)
        unit = st.selectbox("Unit", [ALL_UNITS, *units], key="unit", bind="query-params", width=220)
    return word, None if unit == ALL_UNITS else unit


def draw_nothing(word: str) -> None:
    """Say what an empty list means, and where to look."""
    with st.container(border=True):
        if word == OPEN_WORD:
            plain("No open flag. That does not mean that all are stable: films may be missing, waiting or stale.")
            st.page_link("views/ward.py", label="The ward board says which", icon=":material/grid_view:")
        else:
            plain(f"No flag is listed under “{word}”. Choose another state above.")


def draw_entries(entries: Sequence[FlagEntry], board: Board, *, scale: TimeScale, dark: bool) -> None:
    """Draw the flags in their order, which is said, each with its history one click away.

    Parameters
    ----------
    board : Board
        Gives the course beside a flag.
    """
    rows = {row.stay.patient_id: row for row in board.rows}
    plain(ORDER if entries[0].state in LIVE_STATES else CLOSED_ORDER, tone="quiet")
    for entry in entries[:SHOWN]:
        with st.container(border=True, key=f"flag-entry-{entry.row.flag.flag_id}"):
            _draw_entry(entry, rows.get(entry.row.patient.patient_id), board, scale=scale, dark=dark)
    if len(entries) > SHOWN:
        plain(f"{len(entries) - SHOWN} more are not shown. Choose a unit, or decide about these first.")


def draw_file(entries: Sequence[FlagEntry], *, scale: TimeScale) -> None:
    """Draw the button that saves these flags, also those beyond what a page shows."""
    rows = [
        (
            entry.row.unit or "",
            entry.row.bed or "",
            shown_name(entry.row.patient.name),
            entry.row.patient.identifier,
            entry.row.flag.flag_id,
            VERDICTS_IN_WORDS[entry.row.flag.verdict],
            round(entry.row.flag.change, 2),
            FLAG_STATES[entry.state],
            scale.text(entry.row.flag.opened_at),
            entry.asks_for,
            entry.row.flag.basis,
        )
        for entry in entries
    ]
    draw_download("flags", FILE_COLUMNS, rows, key="flags")


def draw_seen(entries: Sequence[FlagEntry], board: Board, *, scale: TimeScale, dark: bool) -> None:
    """Draw below the open flags those that somebody deals with: their events still run."""
    if entries:
        st.header("Acknowledged or snoozed")
        draw_entries(entries, board, scale=scale, dark=dark)


def _draw_entry(entry: FlagEntry, row: BoardRow | None, board: Board, *, scale: TimeScale, dark: bool) -> None:
    own = TimeScale(scale.zone, entry.row.patient.relative_day_zero)
    flag_id = entry.row.flag.flag_id
    _draw_head(entry, scale)
    words, pictures = st.columns([3, 2], gap="medium")
    with words:
        plain(entry.asks_for, tone="warning")
        if entry.state is not FlagState.OPEN:
            plain(decision_text(entry.history, scale))
        draw_basis(entry.row.flag)
        if entry.state in LIVE_STATES:
            draw_decisions(flag_id)
    with pictures:
        patient_id = entry.row.patient.patient_id
        draw_film_pair(patient_id, _flagged(entry), entry.compared_with, flag_id=flag_id, scale=own)
        if row is not None:
            draw_course(row, board, colours=palette(dark=dark))
    with st.expander(f"Films ({len(entry.films)}) and history ({len(entry.history)})", key=f"flag-{flag_id}-more"):
        _draw_films(entry, own, dark=dark)
        _draw_history(flag_id, entry.history, scale, dark=dark)


def _flagged(entry: FlagEntry) -> TakenFilm | None:
    films = (film for film in entry.films if film.film_id == entry.row.flag.film_id)
    film = next(films, None)
    if film is None or film.acquired_at is None:
        return None
    return TakenFilm(film.film_id, film.acquired_at, film.time_precision)


def _draw_head(entry: FlagEntry, scale: TimeScale) -> None:
    row, flag = entry.row, entry.row.flag
    place = place_text(row.unit, row.bed or "") if row.unit else "in no stay"
    said = [place, f"flag {flag.flag_id}", _standing(entry, scale)]
    name = f"{shown_name(row.patient.name)}, {row.patient.identifier}"
    overdue = entry.overdue_minutes
    late = "" if overdue is None else f'<span class="ll-late">! {escape(overdue_text(overdue))}</span> '
    st.html(
        f'<div class="ll-text">{late}<span class="ll-chip ll-{flag.kind.value}">{FLAG_SHAPES[flag.kind]} '
        f"{escape(VERDICTS_IN_WORDS[flag.verdict])}</span> "
        f'<a href="{escape(patient_address(row.patient.patient_id, flag.film_id))}" target="_self">'
        f"<bdi>{escape(name)}</bdi></a> <bdi>{escape(' · '.join(said))}</bdi></div>"
    )


def _standing(entry: FlagEntry, scale: TimeScale) -> str:
    flag = entry.row.flag
    if entry.state is FlagState.SNOOZED:
        return f"snoozed until {scale.text(flag.snoozed_until)}"
    since = f"{FLAG_STATES[entry.state]}, opened {scale.text(flag.opened_at)}{_age(entry)}"
    return f"{since}, quiet until {scale.text(entry.quiet_until)}" if entry.quiet_until else since


def _age(entry: FlagEntry) -> str:
    if entry.state not in LIVE_STATES:
        return ""
    return f" ({ago_text((queries.now() - entry.row.flag.opened_at).total_seconds() / 3600)})"


def _draw_films(entry: FlagEntry, scale: TimeScale, *, dark: bool) -> None:
    patient_id = entry.row.patient.patient_id
    records = [
        Record(
            str(film.film_id),
            (
                Cell(scale.text(film.acquired_at, film.time_precision), (f"film {film.film_id}",)),
                Cell(verdict_text(film.verdict)),
                Cell(signed(film.change)),
            ),
            patient_address(patient_id, film.film_id),
        )
        for film in entry.films
    ]
    columns = ("Film taken", "Verdict", "Change")
    record_table("Films of this flag", columns, records, key=f"flag-{entry.row.flag.flag_id}-films", dark=dark)


def _draw_history(flag_id: int, history: Sequence[ActionFacts], scale: TimeScale, *, dark: bool) -> None:
    records = [
        Record(str(number), (Cell(scale.text(step.at)), Cell(_step(step, scale)), Cell(step.actor), Cell(step.reason)))
        for number, step in enumerate(history)
    ]
    columns = ("When", "Became", "By", "Why")
    record_table("What was done with this flag", columns, records, key=f"flag-{flag_id}-history", dark=dark)


def _step(step: ActionFacts, scale: TimeScale) -> str:
    until = f" until {scale.text(step.snoozed_until)}" if step.snoozed_until else ""
    return f"{FLAG_STATES[step.state]}{until}"

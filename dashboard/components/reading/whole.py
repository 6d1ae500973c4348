"""A reading session as a whole: its films with what was read, finishing it, and its agreement."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from core.human_reading import LungScores
from core.types import Measure
from dashboard import commands, queries, study_queries
from dashboard.components.browser.record_table import Cell, Record, record_table
from dashboard.components.page.text import plain
from dashboard.components.reading.address import SIGHT, film_address
from dashboard.components.reading.agreement import draw_agreement, draw_other_readers
from dashboard.errors import DashboardError
from dashboard.services.readers.agreement import STILL_BLIND
from dashboard.services.readers.sessions import ReadingList, ReadingStep, lung_scores, may_be_reopened
from dashboard.theme import is_dark
from db.errors import DatabaseError

FINISH, FINISHING, REFUSED = "Finish", "reading-finishing", "reading-not-finished"
CLOSES = "After that no reading can be changed or added. Once its results are shown, this cannot be taken back."
NOT_SHOWN = "This session is finished. Its results were not shown yet."
UNDO = "Finishing can be taken back for one minute, as long as nobody opens the results."


def draw_whole(found: ReadingList) -> int | None:
    """Draw how far the session is, its agreement where it may be seen, and its films; return the place chosen."""
    closed = found.facts.finished_at is not None
    if not closed:
        _draw_way_on(found)
    elif found.facts.results_opened_at is None:
        _draw_finished(found)
    _draw_refusal()
    if not found.facts.hides_results:
        draw_agreement(study_queries.reader_agreement(found.facts.session_id))
        draw_other_readers(study_queries.other_readers(found.facts.session_id))
    elif found.n_read and not closed:
        plain(STILL_BLIND)
    st.header("Films")
    records = [_record(found.facts.session_id, step) for step in found.steps]
    columns = ("Film", "Extent, 0-8", "Opacity, 0-6", "Read")
    chosen = record_table("Films of this session", columns, records, key="reading-films", dark=is_dark())
    return None if chosen is None else int(chosen)


def _draw_way_on(found: ReadingList) -> None:
    following, session_id = found.first_open(), found.facts.session_id
    st.header("All films are read" if following is None else f"Not read yet: {found.n_open} of {len(found.steps)}")
    with st.container(horizontal=True, vertical_alignment="center"):
        if following is not None:
            key = f"reading-on-{following}"
            label = "Go on reading" if found.n_read else "Begin"
            st.button(label, key=key, type="primary", on_click=SIGHT.go_to, args=(following,))
        if found.n_read:
            label = FINISH if following is None else "Finish with these films"
            st.button(label, key="reading-finish", on_click=_ask, args=(session_id,))
    if st.session_state.get(FINISHING) == session_id:
        _draw_question(found)


def _draw_finished(found: ReadingList) -> None:
    """Draw the ways on from a session that is finished and whose results nobody has seen: to them, or back."""
    own = found.facts
    plain(NOT_SHOWN)
    with st.container(horizontal=True, vertical_alignment="center"):
        people = (own.session_id, own.reader)
        st.button("Show the results", key="reading-results", type="primary", on_click=_show_results, args=people)
        if may_be_reopened(own.finished_at, own.results_opened_at, queries.now()):
            st.button("Undo finish", key="reading-undo", on_click=_reopen, args=people)
            plain(UNDO)


def _draw_refusal() -> None:
    why = st.session_state.pop(REFUSED, "")
    if why:
        st.error("Nothing was changed.")
        plain(why)


def _draw_question(found: ReadingList) -> None:
    """Ask before a session is closed: results that were seen cannot be unseen."""
    own = found.facts
    with st.container(border=True, key="reading-question"):
        plain(f"Finish “{own.title}” with {found.n_read} of {len(found.steps)} films read? {CLOSES}")
        with st.container(horizontal=True):
            label = "Finish and show the results"
            people = (own.session_id, own.reader)
            st.button(label, key="reading-finish-now", on_click=_finish, args=(*people, True))
            st.button("Finish, results later", key="reading-finish-later", on_click=_finish, args=(*people, False))
            st.button("Do not finish", key="reading-finish-not", on_click=_ask, args=(None,))


def _ask(session_id: int | None) -> None:
    st.session_state[FINISHING] = session_id


def _finish(session_id: int, reader: str, show_results: bool) -> None:
    _ask(None)
    _tried(lambda: commands.finish_reading(session_id, actor=reader, show_results=show_results))


def _show_results(session_id: int, reader: str) -> None:
    _tried(lambda: commands.open_reading_results(session_id, actor=reader))


def _reopen(session_id: int, reader: str) -> None:
    _tried(lambda: commands.reopen_reading(session_id, actor=reader))


def _tried(act: Callable[[], None]) -> None:
    try:
        act()
    except (DashboardError, DatabaseError) as error:
        st.session_state[REFUSED] = str(error)


def _record(session_id: int, step: ReadingStep) -> Record:
    cells = (Cell(f"Film {step.place}", strong=True), *_scores(step), _standing(step))
    return Record(str(step.place), cells, film_address(session_id, step.place))


def _scores(step: ReadingStep) -> tuple[Cell, ...]:
    one = step.film.reading
    read = None if one is None else lung_scores(one)
    said = {} if step.said is None else {m: f"model {step.said.value(m):.1f}" for m in Measure}
    return tuple(_score(read, measure, said.get(measure, "")) for measure in Measure)


def _score(read: LungScores | None, measure: Measure, said: str) -> Cell:
    small = (said,) if said else ()
    if read is None:
        return Cell("-", small)
    right, left = (getattr(read, f"{measure.value}_{side}") for side in ("right", "left"))
    return Cell(f"{right + left:g}", (f"right {right:g}, left {left:g}", *small))


def _standing(step: ReadingStep) -> Cell:
    one = step.film.reading
    if not step.is_here:
        return Cell(f"{step.film.state.value} since", ("left out",))
    if one is None:
        return Cell("waits")
    corrected = (f"corrected {len(step.film.readings) - 1} x",) if len(step.film.readings) > 1 else ()
    return Cell(f"not readable: {one.not_readable}" if one.not_readable else "✓ read", corrected)

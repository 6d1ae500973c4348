"""One film of a reading session: the film, large, and its scores beside it."""

from __future__ import annotations

from functools import partial

import streamlit as st

from core.types import Measure, Score
from dashboard import commands, queries
from dashboard.components.films.comparison import ComparedFilm, film_alone
from dashboard.components.page.text import facts, heading, plain, status
from dashboard.components.reading.address import SIGHT
from dashboard.components.reading.pad import reading_pad, saved_by
from dashboard.errors import DashboardError
from dashboard.services.readers.sessions import CLOSED, ReadingList, ReadingStep
from dashboard.wording.facts import score_text
from db.errors import DatabaseError

REFUSED, ATTEMPT = "reading-refused", "reading-attempt"
NOT_HERE = "This film is not read here any more: it was {state} after the session was made. Go on with the next one."


def draw_head(found: ReadingList, shown: ReadingStep | None) -> None:
    """Draw the session's title, how far it has come, and the ways back and on."""
    own = found.facts
    mode = "blind to the model" if own.blind else "after the model"
    heading(own.title, (f"Read by {own.reader}", mode, "finished" if own.finished_at else ""))
    with st.container(horizontal=True, vertical_alignment="center"):
        place = "" if shown is None else f"Film {shown.place} of {len(found.steps)} · "
        status(f"{place}{found.n_read} of {len(found.steps)} read")
        if shown is not None:
            _draw_moves(found, shown)


def _draw_moves(found: ReadingList, shown: ReadingStep) -> None:
    closed = found.facts.finished_at is not None
    before = shown.place - 1 or None
    after = shown.place + 1 if shown.place < len(found.steps) else None
    following = after if closed else found.next_open(shown.place)
    with st.container(horizontal=True, key="reading-moves", width="content"):
        _move("Back", "B", shown.place, before, disabled=before is None)
        _move("Next" if closed else "Skip for now", "S", shown.place, following, disabled=False)
        _move("All films", None, shown.place, None, disabled=False)


def _move(label: str, shortcut: str | None, shown: int, target: int | None, *, disabled: bool) -> None:
    # The key names where it leads: a press that comes late still means that film, or none.
    key = f"reading-{label.lower().replace(' ', '-')}-{shown}-{target}"
    st.button(label, key=key, shortcut=shortcut, on_click=SIGHT.move_on, args=(shown, target), disabled=disabled)


def draw_step(found: ReadingList, shown: ReadingStep) -> None:
    """Draw the film and its scores; nothing says whose it is, when it was taken or, blind, what was scored."""
    place = shown.place
    if not shown.is_here:
        plain(NOT_HERE.format(state=shown.film.state.value), tone="warning")
        return
    film, scores = st.columns([7, 4], gap="large")
    with film:
        words = f"Chest film {place} of {len(found.steps)}, to be read."
        url = queries.greys_url(shown.film.film_id)
        picture = ComparedFilm(shown.film.film_id, url, f"Film {place}", "", (), words)
        film_alone(picture, key=f"reading-film-{found.facts.session_id}-{place}")
    with scores:
        _draw_said(shown)
        _draw_refusal(found.facts.session_id, place)
        key = f"reading-pad-{found.facts.session_id}-{place}"
        reading_pad(
            place,
            shown.film.film_id,
            shown.film.reading,
            closed=found.facts.finished_at is not None,
            attempt=st.session_state.get(ATTEMPT, 0),
            key=key,
            on_saved=partial(_save, found.facts.session_id, place, found.next_open(place), key),
        )
        _draw_notes(found, shown)


def _draw_notes(found: ReadingList, shown: ReadingStep) -> None:
    if found.facts.finished_at is not None:
        plain(CLOSED)
    elif shown.film.reading is not None:
        plain("You have read this film. Saving other scores corrects that; the former ones are kept.")


def _draw_said(shown: ReadingStep) -> None:
    """Draw the model's scores above the pad, where they are in sight with it; nothing while the reader is blind."""
    if shown.said is not None:
        facts({f"Model: {measure.label.lower()}": _of_film(shown.said, measure) for measure in Measure})


def _of_film(said: Score, measure: Measure) -> str:
    sides = ((side, getattr(said, f"{measure.value}_{side}")) for side in ("right", "left"))
    lungs = ", ".join(f"{side} {value:.1f}" for side, value in sides if value is not None)
    return score_text(said, measure) + (f" ({lungs})" if lungs else "")


def _draw_refusal(session_id: int, place: int) -> None:
    refused, why = st.session_state.get(REFUSED, (None, ""))
    if refused == (session_id, place):
        st.error("Nothing was stored.")
        plain(why)


def _save(session_id: int, place: int, target: int | None, key: str) -> None:
    try:
        saved = saved_by(key)
        # What was typed names the film it was typed for: it is that film's, whichever is shown by now.
        if saved is None or saved.place != place:
            return
        commands.read_film(session_id, place, saved.result)
    except (DashboardError, DatabaseError, ValueError) as error:
        # Written for people; drawn as text with the page that follows.
        st.session_state[REFUSED] = ((session_id, place), str(error))
        st.session_state[ATTEMPT] = st.session_state.get(ATTEMPT, 0) + 1
        return
    st.session_state.pop(REFUSED, None)
    SIGHT.move_on(place, target)

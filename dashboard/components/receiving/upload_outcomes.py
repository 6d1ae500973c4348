"""What became of the files that were added, and how far each film is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial

import streamlit as st

from core.counting import counted
from core.types import Measure
from dashboard import queries
from dashboard.components.browser.record_table import Cell, Record, record_table
from dashboard.components.page.acting import act, draw_refusal
from dashboard.components.page.address import patient_address
from dashboard.components.page.text import plain, status
from dashboard.components.receiving.storing import STORED, TAKEN_BACK, WAITING, FileOutcome, Upload, take_back
from dashboard.presenting import names_hidden
from dashboard.services.people.pseudonyms import FILE_HIDDEN
from dashboard.services.receiving.undo import UNDO_WITHIN
from dashboard.wording.facts import as_label, identity_text, number_text, score_text, shown_name, state_text
from db.errors import NotFoundError
from db.models import FilmState
from db.read_models.facts import PatientFacts
from db.read_models.films import FilmDetail

COLUMNS = ("File", "Outcome", "Patient", "The film now")
SHAPES = {STORED: "✓", "duplicate": "=", WAITING: "…", TAKEN_BACK: "↶"}
STAY = "Stay on this page until every file is stored."
FOLLOWED = "Films are checked and scored in the background; this list follows them. You may leave this page."


def draw_outcomes(uploads: Sequence[Upload], *, dark: bool) -> None:
    """Draw the files of this session with how far each is, and what can still be taken back."""
    outcomes = [outcome for upload in uploads for outcome in upload.files]
    ids = {outcome.film_id for outcome in outcomes if outcome.film_id is not None}
    details = {film_id: detail for film_id in ids if (detail := _detail(film_id)) is not None}
    waiting = sum(len(upload.waiting) for upload in uploads)
    status(f"{len(outcomes) - waiting} of {counted(len(outcomes), 'file')} done. {STAY if waiting else FOLLOWED}")
    records = [_record(number, one, details.get(one.film_id or 0)) for number, one in enumerate(outcomes)]
    record_table("Files that were added", COLUMNS, records, key="upload-list", dark=dark)
    if not names_hidden():
        for number, upload in enumerate(uploads):
            _draw_take_back(upload, details, key=f"take-back-{len(uploads) - number}")


def _draw_take_back(upload: Upload, details: Mapping[int, FilmDetail], *, key: str) -> None:
    """Draw one button for each patient whose films of this upload can be taken back."""
    for patient, film_ids in _can_go(upload, details, queries.now()).items():
        who = as_label(f"{shown_name(patient.name)} ({number_text(patient)})")
        label = f"Take back {counted(len(film_ids), 'film')} of {who}"
        button = f"{key}-{patient.patient_id}"
        if st.button(label, key=button):
            work = partial(take_back, upload, film_ids)
            act(work, key=button, done="The list says what became of each film.", actor=upload.actor)
        draw_refusal(button)
        plain("For ten minutes after they were stored. Nothing is deleted.", tone="quiet")


def _can_go(upload: Upload, details: Mapping[int, FilmDetail], now: datetime) -> dict[PatientFacts, list[int]]:
    """Return the films that can be taken back, by patient."""
    found: dict[PatientFacts, list[int]] = {}
    for one in upload.outcomes:
        detail = details.get(one.film_id or 0)
        if one.outcome != STORED or detail is None or detail.film.state is FilmState.RETRACTED:
            continue
        if now - detail.film.received_at <= UNDO_WITHIN:
            found.setdefault(detail.patient, []).append(detail.film.film_id)
    return found


def _detail(film_id: int) -> FilmDetail | None:
    try:
        return queries.film(film_id, None)
    except NotFoundError:
        return None


def _record(number: int, one: FileOutcome, detail: FilmDetail | None) -> Record:
    outcome = Cell(
        f"{SHAPES.get(one.outcome, '✕')} {one.outcome}",
        (one.reason,) if one.reason else (),
        "" if one.outcome in SHAPES else "rise",
        strong=True,
    )
    name = Cell(FILE_HIDDEN if names_hidden() else one.name)
    if detail is None:
        return Record(f"file-{number}", (name, outcome, Cell("-"), Cell("-")))
    film = detail.film
    if film.state in {FilmState.FAILED, FilmState.REJECTED}:
        # The file is kept, but who stops at the first words must not take it for a film on the trend.
        outcome = Cell(f"✕ kept, but {film.state.value}: not on the trend", outcome.small, "rise", strong=True)
    score = () if film.score is None else tuple(f"{m.label} {score_text(film.score, m)}" for m in Measure)
    tone = "look" if film.state not in {FilmState.RECEIVED, FilmState.ACCEPTED} else ""
    cells = (name, outcome, Cell(identity_text(detail.patient)), Cell(state_text(film), score, tone))
    return Record(f"file-{number}", cells, patient_address(detail.patient.patient_id, film.film_id))

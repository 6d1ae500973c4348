"""What became of the files that were added, and how far each film is."""

from __future__ import annotations

from collections.abc import Sequence

from core.types import Measure
from dashboard import queries
from dashboard.components.browser.record_table import Cell, Record, record_table
from dashboard.components.page.address import patient_address
from dashboard.components.receiving.upload_form import FileOutcome
from dashboard.presenting import names_hidden
from dashboard.services.people.pseudonyms import FILE_HIDDEN
from dashboard.wording.facts import identity_text, score_text, state_text
from db.errors import NotFoundError
from db.models import FilmState
from db.read_models.films import FilmDetail

COLUMNS = ("File", "Outcome", "Patient", "The film now")
SHAPES = {"stored": "✓", "duplicate": "="}


def draw_outcomes(outcomes: Sequence[FileOutcome], *, dark: bool) -> bool:
    """Draw the files; return True while one of them still waits."""
    details = [None if outcome.film_id is None else _detail(outcome.film_id) for outcome in outcomes]
    records = [_record(number, *pair) for number, pair in enumerate(zip(outcomes, details, strict=True))]
    record_table("Files that were added", COLUMNS, records, key="upload-list", dark=dark)
    return any(detail is not None and waits(detail) for detail in details)


def waits(detail: FilmDetail) -> bool:
    """Return True where the film is still to be checked or scored."""
    film = detail.film
    return film.state is FilmState.RECEIVED or (film.state is FilmState.ACCEPTED and film.score is None)


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

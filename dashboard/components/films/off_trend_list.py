"""Films that are on no trend, by reason, and one of them with what contradicts it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import streamlit as st

from core.counting import span_text
from core.patient_number import no_number
from core.types import TimeDoubt
from dashboard import queries
from dashboard.components.browser.record_table import Cell, Record, record_table
from dashboard.components.films.viewer import FilmPicture, film_viewer
from dashboard.components.page.address import page_address
from dashboard.components.page.text import facts, plain
from dashboard.wording.facts import CONFLICTS, identity_text, shown_name, taken_text, taking_text
from dashboard.wording.times import TimeScale
from db.models import FilmState
from db.read_models.facts import ConflictFacts
from db.read_models.films import FilmDetail, NotScored, UnscoredFilm

KINDS = {
    "Need a decision": (FilmState.REJECTED, FilmState.FAILED, FilmState.QUARANTINED),
    "Rejected": (FilmState.REJECTED,),
    "Failed": (FilmState.FAILED,),
    "Quarantined": (FilmState.QUARANTINED,),
    "Waiting": (FilmState.RECEIVED, FilmState.ACCEPTED),
    "Retracted": (FilmState.RETRACTED,),
    "Duplicates": (FilmState.DUPLICATE,),
}
WAITING = "waits"
COLUMNS = ("Patient", "Film taken", "How", "State", "Reason", "What to do")
WAIT = "Wait. If nothing moves, ask whoever runs Lungline."
TO_DO = {
    FilmState.RECEIVED: WAIT,
    FilmState.ACCEPTED: WAIT,
    FilmState.REJECTED: "Look at the film. If it may be scored after all, overrule the check.",
    FilmState.FAILED: "Send the film again. Overrule has this file tried once more.",
    FilmState.QUARANTINED: "Compare both. Then overrule, move or retract this film.",
    FilmState.RETRACTED: "Nothing. If the retraction was an error, undo it.",
    FilmState.DUPLICATE: "Nothing. The same film is used already.",
}
CORRECT_TIME = "Correct the time of the film."
NAME_PATIENT = "Move the film to its patient."


def draw_kind_choice() -> tuple[FilmState, ...]:
    """Draw the choice of states, which lives in the address; return them."""
    kind = st.selectbox("Show", list(KINDS), key="show", bind="query-params", width=260)
    return KINDS[kind]


def draw_counts(found: NotScored, *, dark: bool) -> None:
    """Draw how many films there are for each reason."""
    rows = [
        Record(f"{number}", (Cell(_state(one.state)), Cell(one.reason or "in the queue"), Cell(str(one.count))))
        for number, one in enumerate(found.counts)
    ]
    record_table("Films by reason", ("State", "Reason", "Films"), rows, key="reasons", dark=dark)


def draw_unscored(films: Sequence[UnscoredFilm], *, selected: int | None, zone: TimeScale, dark: bool) -> int | None:
    """Draw the films, latest received first; return the one chosen in this run."""
    now = queries.now()
    records = [_record(film, zone, now, current=film.film.film_id == selected) for film in films]
    chosen = record_table("Films without a score", COLUMNS, records, key="unscored", dark=dark, file="films-to-look-at")
    return None if chosen is None else int(chosen)


def _record(one: UnscoredFilm, zone: TimeScale, now: datetime, *, current: bool) -> Record:
    film, person = one.film, one.patient
    scale = TimeScale(zone.zone, person.relative_day_zero)
    # This film was set aside because of the person it names: say so here, not on another page.
    said = f"It says: {identity_text(one.stated)}" if film.state is FilmState.QUARANTINED else ""
    cells = (
        Cell(shown_name(person.name), (person.identifier,)),
        Cell(taken_text(film, scale), (f"came {span_text((now - film.received_at).total_seconds() / 3600)} ago",)),
        Cell(taking_text(film.view_position, film.patient_position)),
        Cell(_state(film.state), tone="look", strong=True),
        Cell(film.reason or "in the queue", tuple(text for text in (said, one.original_name) if text)),
        Cell(to_do(one)),
    )
    address = page_address("films", {"film": str(film.film_id)})
    # What could not be read has no picture.
    picture = "" if film.state is FilmState.FAILED else queries.thumbnail_url(film.film_id)
    return Record(str(film.film_id), cells, address, current, picture)


def to_do(one: UnscoredFilm) -> str:
    """Return what a person can do about a film."""
    film = one.film
    if film.state is FilmState.QUARANTINED and film.time_doubt is TimeDoubt.IMPOSSIBLE:
        return CORRECT_TIME
    if film.state is FilmState.QUARANTINED and no_number(one.patient.identifier):
        return NAME_PATIENT
    return TO_DO[film.state]


def _state(state: FilmState) -> str:
    return WAITING if state in {FilmState.RECEIVED, FilmState.ACCEPTED} else state.value


def draw_conflicts(detail: FilmDetail, *, zone: TimeScale) -> None:
    """Draw each open contradiction with both identities and both pictures."""
    conflicts = [conflict for conflict in detail.conflicts if conflict.resolved_at is None]
    if not conflicts:
        film_viewer([_own_picture(detail, zone)], key="off-trend-viewer")
        return
    for conflict in conflicts:
        plain(f"{CONFLICTS[conflict.kind]}. Both films are off the trends until a person decides.")
        film_viewer(
            [_own_picture(detail, zone), _other_picture(conflict, zone)], key=f"conflict-{conflict.conflict_id}"
        )
        facts(
            {
                "This film says": identity_text(detail.stated),
                "It is filed under": identity_text(detail.patient),
                "The other film says": identity_text(conflict.other_stated),
                "That is filed under": identity_text(conflict.other_patient),
            }
        )


def _own_picture(detail: FilmDetail, zone: TimeScale) -> FilmPicture:
    scale = TimeScale(zone.zone, detail.patient.relative_day_zero)
    taken = scale.text(detail.film.acquired_at, detail.film.time_precision)
    lines = (f"{shown_name(detail.patient.name)}, {detail.patient.identifier}", taken)
    return FilmPicture(queries.film_url(detail.film.film_id), "This film", lines, f"Film of {taken}.")


def _other_picture(conflict: ConflictFacts, zone: TimeScale) -> FilmPicture:
    person = conflict.other_patient
    taken = TimeScale(zone.zone, person.relative_day_zero).text(conflict.other_acquired_at)
    lines = (f"{shown_name(person.name)}, {person.identifier}", taken)
    return FilmPicture(queries.film_url(conflict.other_film_id), "The other film", lines, f"Film of {taken}.")

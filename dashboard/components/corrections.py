"""What a person may decide about a film: retract, overrule, move to the patient it shows."""

from __future__ import annotations

from functools import partial
from typing import Protocol

import streamlit as st

from core.types import TimeDoubt
from dashboard import commands, queries
from dashboard.components.acting import actor_field, submit
from dashboard.components.census_forms import entered_moment, moment_fields
from dashboard.components.presentation import names_needed
from dashboard.components.text import facts, plain
from dashboard.components.times import TimeScale
from dashboard.components.words import identity_text, stated_label
from db.models import FilmState
from db.read_models.films import FilmDetail

MAY_OVERRULE = (FilmState.REJECTED, FilmState.FAILED, FilmState.QUARANTINED, FilmState.RETRACTED)
OVERRULE_HELP = {
    FilmState.REJECTED: "Score this film although a check refused it.",
    FilmState.FAILED: "Read and score this film once more.",
    FilmState.QUARANTINED: "This film is right: it stands against those it is in conflict with.",
    FilmState.RETRACTED: "Take the retraction back: the film is checked and scored again.",
}
RETRACT, OVERRULE, MOVE, TIME = "Retract", "Overrule", "Move to another patient", "Correct its time"


class Correction(Protocol):
    """What is done to a film, with a reason and a name."""

    def __call__(self, *, reason: str, actor: str) -> object:
        """Do it."""
        ...


def draw_corrections(detail: FilmDetail, *, key: str) -> None:
    """Draw the corrections that this film's state admits."""
    if not names_needed("Correcting a film"):
        return
    state = detail.film.state
    choices = [RETRACT] if state is not FilmState.RETRACTED else []
    impossible = detail.film.time_doubt is TimeDoubt.IMPOSSIBLE
    choices += [OVERRULE] if state in MAY_OVERRULE and not impossible else []
    choices += [TIME] if state not in {FilmState.RETRACTED, FilmState.DUPLICATE} else []
    choices += [MOVE] if state is not FilmState.RETRACTED else []
    choice = st.segmented_control("What is wrong with this film?", choices, key=f"{key}-choice")
    if choice is None:
        plain(
            "Every correction is recorded with your name, and the trend is mended at once. The film is never deleted."
        )
        return
    facts({stated_label(detail): identity_text(detail.stated), "It is filed under": identity_text(detail.patient)})
    {RETRACT: _draw_retract, OVERRULE: _draw_overrule, MOVE: _draw_move, TIME: _draw_time}[choice](
        detail, f"{key}-{choice}"
    )


def _draw_retract(detail: FilmDetail, key: str) -> None:
    _draw_reason_form(
        key,
        "The film leaves the trend with its score and flags; it stays listed as retracted, with your reason.",
        label="Retract this film",
        work=partial(commands.retract, detail.film.film_id),
        done="The film is retracted.",
    )


def _draw_overrule(detail: FilmDetail, key: str) -> None:
    _draw_reason_form(
        key,
        OVERRULE_HELP[detail.film.state],
        label="Overrule",
        work=partial(commands.overrule, detail.film.film_id),
        done="The film is on its way.",
    )


def _draw_move(detail: FilmDetail, key: str) -> None:
    text = st.text_input("Find the patient the film shows, by name or number", key=f"{key}-search", max_chars=200)
    others = [row.patient for row in queries.find_patients(text) if row.patient.patient_id != detail.patient.patient_id]
    if not others:
        plain("Nobody else is found." if text else "Both identities are shown before anything is moved.")
        return
    target = st.selectbox("Move it to", others, format_func=identity_text, key=f"{key}-target")
    facts({"From": identity_text(detail.patient), "To": identity_text(target)})
    _draw_reason_form(
        key,
        label="Move this film",
        work=partial(commands.move_film, detail.film.film_id, target.patient_id),
        done="The film is moved.",
    )


def _draw_time(detail: FilmDetail, key: str) -> None:
    zone = queries.zone()
    clock = TimeScale(zone)
    film = detail.film
    facts(
        {
            "It stands at": clock.text(film.acquired_at, film.time_precision),
            "The film says": clock.text(film.stated_at or film.acquired_at, film.time_precision),
            "It came": clock.text(film.received_at),
        }
    )
    moment = moment_fields("Taken", zone=zone, key=key, prefilled=False)
    _draw_reason_form(
        key,
        "What the film says itself is kept beside it, and the trend is mended.",
        label="Correct the time",
        work=lambda *, reason, actor: commands.correct_film_time(
            film.film_id, entered_moment(moment), reason=reason, actor=actor
        ),
        done="The time is corrected.",
    )


def _draw_reason_form(key: str, what: str = "", *, label: str, work: Correction, done: str) -> None:
    """Draw what happens, the fields for reason and name, and the button."""
    with st.form(key, border=False):
        if what:
            plain(what)
        reason = st.text_input("Reason", key=f"{key}-reason", max_chars=500)
        actor = actor_field(key)
        submit(label, key=key, work=lambda: work(reason=reason, actor=actor), done=done, actor=actor)

"""What a person may decide about a film: retract, undo that, overrule, move to the patient it shows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import partial

import streamlit as st

from core.identity import Difference, differences
from core.patient_number import no_number, number_problem
from core.types import PatientIdentity, TimeDoubt
from dashboard import commands, queries
from dashboard.components.browser.record_table import Cell, Record, record_table
from dashboard.components.census.forms import entered_moment, moment_fields
from dashboard.components.page.acting import actor_field, submit
from dashboard.components.page.presentation import names_needed
from dashboard.components.page.text import facts, plain
from dashboard.services.receiving.identity import whom_it_names
from dashboard.theme import is_dark
from dashboard.wording.facts import SEXES, Shown, birth_text, identity_text, number_text, shown_name, stated_label
from dashboard.wording.times import TimeScale
from db.models import FilmState
from db.read_models.facts import PatientFacts
from db.read_models.films import FilmDetail

OVERRULE_HELP = {
    FilmState.REJECTED: "Score this film although a check refused it.",
    FilmState.FAILED: "Read and score this film once more.",
    FilmState.QUARANTINED: "This film is right, although other films contradict it.",
}
UNDO_HELP = (
    "The film goes back to the patient it was retracted from, and is checked and scored again. If it belongs to "
    "another patient, move it: no undo is needed first."
)
RETRACT, UNDO, OVERRULE = "Retract", "Undo the retraction", "Overrule"
MOVE, TIME = "Move to another patient", "Correct its time"
STILL_THEIRS = "The film names another person, but it does belong to the patient above"


def draw_corrections(detail: FilmDetail, *, key: str) -> None:
    """Draw the corrections that this film's state admits."""
    if not names_needed("Correcting a film"):
        return
    choice = st.segmented_control("What is wrong with this film?", _choices(detail), key=f"{key}-choice")
    if choice is None:
        plain(
            "Every correction is recorded with your name, and the trend is updated at once. The film is never deleted."
        )
        return
    # A film that comes, or leaves the trend, must not put another one under the open form.
    st.query_params["film"] = str(detail.film.film_id)
    _draw_whose(detail, choice)
    form = {
        RETRACT: _draw_retract,
        UNDO: _draw_undo,
        OVERRULE: _draw_overrule,
        MOVE: _draw_move,
        TIME: _draw_time,
    }[choice]
    form(detail, f"{key}-{choice}")


def _choices(detail: FilmDetail) -> list[str]:
    state = detail.film.state
    if state is FilmState.RETRACTED:
        return [UNDO, MOVE]
    waits_for_more = detail.film.time_doubt is TimeDoubt.IMPOSSIBLE or no_number(detail.patient.identifier)
    overrule = [OVERRULE] if state in OVERRULE_HELP and not waits_for_more else []
    time = [] if state is FilmState.DUPLICATE else [TIME]
    return [RETRACT, *overrule, *time, MOVE]


def _draw_whose(detail: FilmDetail, choice: str) -> None:
    """Say which film this is about, and whose it is; a move shows that side by side."""
    film, scale = detail.film, TimeScale(queries.zone(), detail.patient.relative_day_zero)
    shown = {"This film": f"film {film.film_id}, taken {scale.text(film.acquired_at, film.time_precision)}"}
    if choice != MOVE:
        shown |= {
            stated_label(detail): identity_text(detail.stated),
            "It is filed under": identity_text(detail.patient),
        }
    facts(shown)


def _draw_retract(detail: FilmDetail, key: str) -> None:
    _draw_reason_form(
        key,
        "The film leaves the trend with its score and flags; it stays listed as retracted, with your reason.",
        label="Retract this film",
        work=partial(commands.retract, detail.film.film_id),
        done="The film is retracted.",
    )


def _draw_undo(detail: FilmDetail, key: str) -> None:
    _draw_reason_form(
        key,
        UNDO_HELP,
        label=UNDO,
        work=partial(commands.undo_retraction, detail.film.film_id),
        done="The retraction is undone: the film is checked and scored again.",
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
    new = st.checkbox("The patient is not known here yet", key=f"{key}-new")
    target = _new_target(detail, key) if new else _known_target(detail, key)
    if target is None:
        return
    differing = differences(whom_it_names(detail.stated, detail.patient), target)
    whose: dict[str, Shown] = {
        stated_label(detail): detail.stated,
        "It is filed under": detail.patient,
        "It is moved to": target,
    }
    _draw_identities(whose, differing, key=f"{key}-side-by-side", dark=is_dark())
    # Of each target its own: what was confirmed for one holds for no other.
    own = f"{key}-{target.identifier}-{target.issuer}"
    if differing:
        plain(f"! The film names another person: {' and '.join(differing)} not the same.", tone="warning")
        plain(f"It is to be moved to {shown_name(target.name)}, {number_text(target)}.")
    _draw_reason_form(
        own,
        label="Move this film",
        work=partial(commands.move_film, detail.film.film_id, _named(target)),
        done="The film is moved.",
        confirm=STILL_THEIRS if differing else "",
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
        "The time that the film states is kept, and the trend is updated.",
        label="Correct the time",
        work=lambda *, reason, actor: commands.correct_film_time(
            film.film_id, entered_moment(moment), reason=reason, actor=actor
        ),
        done="The time is corrected.",
    )


def _known_target(detail: FilmDetail, key: str) -> PatientFacts | None:
    text = st.text_input("Find the patient the film shows, by name or number", key=f"{key}-search", max_chars=200)
    found = (row.patient for row in queries.find_patients(text))
    others = [
        patient
        for patient in found
        if patient.patient_id != detail.patient.patient_id and not no_number(patient.identifier)
    ]
    if not others:
        plain("Nobody else is found." if text else "Both identities are shown before anything is moved.")
        return None
    chosen: PatientFacts | None = st.selectbox(
        "Move it to",
        others,
        index=None,
        placeholder="Choose the patient",
        format_func=identity_text,
        key=f"{key}-target",
    )
    return chosen


def _new_target(detail: FilmDetail, key: str) -> PatientIdentity | None:
    """Draw the field for a number nobody has yet; the rest of the new record is what the film states."""
    number = st.text_input("The patient's own number", key=f"{key}-number", max_chars=128).strip()
    plain("Name, birth date and sex of the new record are those that the film states.")
    problem = number_problem(number) if number else ""
    if problem:
        plain(f"! {problem}", tone="warning")
    if problem or not number:
        return None
    said = detail.stated
    return PatientIdentity(number, "", said.name, said.birth_date, said.sex)


def _named(target: PatientFacts | PatientIdentity) -> int | PatientIdentity:
    return target if isinstance(target, PatientIdentity) else target.patient_id


def _draw_reason_form(
    key: str, what: str = "", *, label: str, work: Callable[..., object], done: str, confirm: str = ""
) -> None:
    """Draw what happens, the fields for reason and name, what is to be confirmed, and the button."""
    with st.form(key, border=False):
        if what:
            plain(what)
        reason = st.text_input("Reason", key=f"{key}-reason", max_chars=500)
        actor = actor_field(key)
        if confirm:
            work = partial(work, confirmed=st.checkbox(confirm, key=f"{key}-confirmed"))
        submit(label, key=key, work=lambda: work(reason=reason, actor=actor), done=done, actor=actor)


def _draw_identities(persons: Mapping[str, Shown], differing: Collection[Difference], *, key: str, dark: bool) -> None:
    """Draw one column for each statement; rows in `differing` are marked."""
    rows = (
        ("Name", Difference.NAME, [shown_name(person.name) for person in persons.values()]),
        ("Number", None, [number_text(person) for person in persons.values()]),
        ("Birth date", Difference.BIRTH_DATE, [birth_text(person) for person in persons.values()]),
        ("Sex", Difference.SEX, [SEXES.get(person.sex, "not stated") for person in persons.values()]),
    )
    records = [_identity_row(label, texts, differs=code in differing) for label, code, texts in rows]
    record_table("Identities side by side", ("", *persons), records, key=key, dark=dark)


def _identity_row(label: str, texts: list[str], *, differs: bool) -> Record:
    tone = "rise" if differs else ""
    head = Cell(label, ("! differs",) if differs else (), tone, strong=True)
    return Record(label, (head, *(Cell(text, (), tone, strong=differs) for text in texts)))

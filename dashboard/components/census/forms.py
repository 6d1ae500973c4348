"""Admitting, moving and discharging patients."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, tzinfo

import streamlit as st

from core.counting import counted
from core.patient_number import no_number, number_problem
from core.types import PatientIdentity
from dashboard import commands, queries
from dashboard.components.page.acting import actor_field, submit
from dashboard.components.page.text import facts, plain
from dashboard.wording.facts import identity_text, place_text, shown_name
from db.read_models.facts import PatientFacts, StayFacts

ADMIT_KNOWN, ADMIT_NEW, MOVE, DISCHARGE = "Admit a known patient", "Admit a new patient", "Move", "Discharge"
SEXES = {"": "not stated", "F": "female", "M": "male", "O": "other"}
EARLIEST_BIRTH = date(1900, 1, 1)


def draw_census_forms(stays: Sequence[StayFacts]) -> None:
    """Draw the forms; `stays` are the open ones."""
    choice = st.segmented_control("What to do", [ADMIT_KNOWN, ADMIT_NEW, MOVE, DISCHARGE], key="census-what")
    if choice == ADMIT_KNOWN:
        _draw_admit_known()
    elif choice == ADMIT_NEW:
        _draw_admit_new()
    elif choice in {MOVE, DISCHARGE} and not stays:
        plain("Nobody is admitted.")
    elif choice in {MOVE, DISCHARGE}:
        stay = _chosen_stay(stays)
        if stay is not None:
            (_draw_move if choice == MOVE else _draw_discharge)(stay)


def moment_fields(label: str, *, key: str, zone: tzinfo, prefilled: bool) -> datetime | None:
    """Draw a date and a time of the site's zone; return them as one time, None where one is missing.

    Parameters
    ----------
    prefilled : bool
        Whether the fields begin with the present time. Not for a film: nobody should accept its time unread.
    """
    # Once per session: a default that runs with the clock would overwrite what is being entered.
    present = st.session_state.setdefault(f"{key}-present", queries.now().astimezone(zone))
    shown = present if prefilled else None
    day_column, time_column = st.columns(2)
    day = day_column.date_input(f"{label}: date", value=shown and shown.date(), key=f"{key}-date", format="YYYY-MM-DD")
    clock = time_column.time_input(f"{label}: time", value=shown and shown.time(), key=f"{key}-time", step=60)
    return None if day is None or clock is None else datetime.combine(day, clock, zone)


def entered_moment(moment: datetime | None) -> datetime:
    """Return the time entered.

    Raises
    ------
    ValueError
        Date or time is missing.
    """
    if moment is None:
        raise ValueError("Enter date and time.")
    return moment


def new_identity_fields(key: str) -> dict[str, object]:
    """Draw the fields of a person; return what was entered, for `entered_identity`."""
    left, right = st.columns(2)
    number = left.text_input("Hospital number", key=f"{key}-number", max_chars=128)
    name = right.text_input("Name: family, given", key=f"{key}-name")
    born = left.date_input(
        "Birth date", value=None, key=f"{key}-born", min_value=EARLIEST_BIRTH, max_value="today", format="YYYY-MM-DD"
    )
    sex = right.selectbox("Sex", list(SEXES), format_func=SEXES.__getitem__, key=f"{key}-sex")
    return {"identifier": number, "name": name, "birth_date": born, "sex": sex}


def entered_identity(fields: dict[str, object]) -> PatientIdentity:
    """Return the person entered.

    Raises
    ------
    ValueError
        No number was entered, or what is nobody's.
    """
    number = str(fields["identifier"])
    if not number.strip():
        raise ValueError("Enter the hospital number. Without it patients cannot be told apart.")
    if problem := number_problem(number):
        raise ValueError(problem)
    born = fields["birth_date"]
    return PatientIdentity(
        identifier=number,
        name=str(fields["name"]),
        birth_date=born if isinstance(born, date) else None,
        sex=str(fields["sex"]),
    )


def _place_fields(key: str) -> tuple[str, str]:
    left, right = st.columns(2)
    return (
        left.text_input("Unit", key=f"{key}-unit", max_chars=64),
        right.text_input("Bed", key=f"{key}-bed", max_chars=32),
    )


def _draw_admit_known() -> None:
    text = st.text_input("Find the patient, by name or number", key="admit-search", max_chars=200)
    found = [row.patient for row in queries.find_patients(text) if not row.present]
    people = [patient for patient in found if not no_number(patient.identifier)]
    if not people:
        plain("No patient is found who is not already admitted." if text else "Discharged patients are found too.")
        return
    person = chosen_person(people, key="admit-person")
    if person is None:
        return
    recent = queries.recent_films(person.patient_id)
    if recent:
        oldest = recent[0].astimezone(queries.zone())
        films = counted(len(recent), "film")
        plain(
            f"{films} of the last day, the oldest of {oldest:%d %b %Y, %H:%M}: films before the admission stay off it."
        )
    with st.form("admit-known", border=False):
        unit, bed = _place_fields("admit")
        at = moment_fields("Admitted", key="admit", zone=queries.zone(), prefilled=True)
        actor = actor_field("admit")
        submit(
            "Admit",
            key="admit-known",
            work=lambda: commands.admit(
                person.patient_id, unit=unit, bed=bed, admitted_at=entered_moment(at), actor=actor
            ),
            done="The patient is admitted.",
            actor=actor,
        )


def _draw_admit_new() -> None:
    with st.form("admit-new", border=False):
        fields = new_identity_fields("new")
        unit, bed = _place_fields("new")
        at = moment_fields("Admitted", key="new", zone=queries.zone(), prefilled=True)
        actor = actor_field("new")
        submit(
            "Admit",
            key="admit-new",
            work=lambda: commands.admit(
                entered_identity(fields), unit=unit, bed=bed, admitted_at=entered_moment(at), actor=actor
            ),
            done="The patient is admitted.",
            actor=actor,
        )


def chosen_person(people: Sequence[PatientFacts], *, key: str) -> PatientFacts | None:
    """Draw the choice of one of these patients; None until a person has chosen, as none is chosen beforehand."""
    chosen: PatientFacts | None = st.selectbox(
        "Patient", people, index=None, placeholder="Choose the patient", format_func=identity_text, key=key
    )
    return chosen


def _chosen_stay(stays: Sequence[StayFacts]) -> StayFacts | None:
    def text(stay: StayFacts) -> str:
        return f"{place_text(stay.unit, stay.bed)}: {shown_name(stay.name)}, {stay.identifier}"

    ordered = sorted(stays, key=lambda stay: (stay.unit, stay.bed))
    stay: StayFacts | None = st.selectbox(
        "Patient", ordered, index=None, placeholder="Choose the patient", format_func=text, key="census-stay"
    )
    if stay is not None:
        facts({"Patient": identity_text(stay), "Is in": place_text(stay.unit, stay.bed)})
    return stay


def _draw_move(stay: StayFacts) -> None:
    with st.form("move-stay", border=False):
        unit, bed = _place_fields("move")
        actor = actor_field("move")
        submit(
            "Move",
            key=f"move-{stay.stay_id}",
            work=lambda: commands.move_stay(stay.stay_id, unit=unit, bed=bed, actor=actor),
            done="The patient is moved.",
            actor=actor,
        )


def _draw_discharge(stay: StayFacts) -> None:
    with st.form("discharge-stay", border=False):
        at = moment_fields("Discharged", key="discharge", zone=queries.zone(), prefilled=True)
        actor = actor_field("discharge")
        submit(
            "Discharge",
            key=f"discharge-{stay.stay_id}",
            work=lambda: commands.discharge(stay.stay_id, at=entered_moment(at), actor=actor),
            done="The patient is discharged.",
            actor=actor,
        )

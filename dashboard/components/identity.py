"""Who a patient is, on top of the page."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from dashboard.components.text import heading, plain
from dashboard.components.times import TimeScale, age_years
from dashboard.components.words import SEXES, date_text, place_text, shown_name
from db.read_models.facts import PatientFacts, StayFacts


def draw_identity(person: PatientFacts, stays: tuple[StayFacts, ...], *, scale: TimeScale, moment: datetime) -> None:
    """Draw name, number, birth date, age, sex and where the patient is."""
    number = person.identifier + (f" ({person.issuer})" if person.issuer else "")
    heading(shown_name(person.name), (number, _birth(person, scale, moment), _sex(person), _where(stays, scale)))
    if scale.relative:
        plain("Times are relative: days from an arbitrary day 0, each known to the day only.")


def _birth(person: PatientFacts, scale: TimeScale, moment: datetime) -> str:
    if person.birth_date is None:
        return "birth date not stated"
    age = None if scale.relative else age_years(person.birth_date, moment.astimezone(scale.zone).date())
    return f"born {date_text(person.birth_date)}" + ("" if age is None else f" ({age} years)")


def _sex(person: PatientFacts) -> str:
    return SEXES.get(person.sex, "sex not stated")


def _where(stays: tuple[StayFacts, ...], scale: TimeScale) -> str:
    if not stays:
        return "never admitted here"
    newest = max(stays, key=lambda stay: (stay.discharged_at is None, stay.admitted_at))
    place = place_text(newest.unit, newest.bed)
    if newest.discharged_at is None:
        return f"{place}, since {scale.text(newest.admitted_at, newest.time_precision)}"
    return f"discharged from {place}: {scale.text(newest.discharged_at, newest.time_precision)}"


def draw_unknown_patient() -> None:
    """Say that the address names no patient, with the way back."""
    st.title("Patient")
    with st.container(border=True):
        st.subheader("There is no such patient")
        plain("The address names a patient that is not in this database. Choose one on the board, or search by name.")
        st.page_link("views/ward.py", label="Ward board", icon=":material/view_list:")
        st.page_link("views/census.py", label="Find a patient", icon=":material/search:")

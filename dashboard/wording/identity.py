"""Who a patient is and where, in plain words: for the screen and for paper."""

from __future__ import annotations

from datetime import datetime

from dashboard.wording.facts import SEXES, born_text, place_text
from dashboard.wording.times import TimeScale, age_years
from db.read_models.facts import PatientFacts, StayFacts
from db.repositories.stays import IMPORTED_UNIT


def identity_parts(
    person: PatientFacts, stays: tuple[StayFacts, ...], *, scale: TimeScale, moment: datetime
) -> tuple[str, ...]:
    """Return number, birth date with age, sex and where the patient is; what is not known is said."""
    number = person.identifier + (f" ({person.issuer})" if person.issuer else "")
    return (number, _birth(person, scale, moment), SEXES.get(person.sex, "sex not stated"), _where(stays, scale))


def _birth(person: PatientFacts, scale: TimeScale, moment: datetime) -> str:
    if person.birth_date is None or scale.relative:
        return born_text(person)
    age = age_years(person.birth_date, moment.astimezone(scale.zone).date())
    return born_text(person) + ("" if age is None else f" ({age} years)")


def _where(stays: tuple[StayFacts, ...], scale: TimeScale) -> str:
    if not stays:
        return "never admitted here"
    newest = max(stays, key=lambda stay: (stay.discharged_at is None, stay.admitted_at))
    place = place_text(newest.unit, newest.bed)
    if newest.discharged_at is None:
        return f"{place}, since {scale.text(newest.admitted_at, newest.time_precision)}"
    until = scale.text(newest.discharged_at, newest.time_precision)
    if newest.unit == IMPORTED_UNIT:
        return f"stay of an imported data set, until {until}"
    return f"discharged from {place}: {until}"

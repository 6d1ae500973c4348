"""Naming a patient on the command line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Annotated

import typer

from dashboard.cli.output import print_table
from dashboard.errors import ConfigurationError, DifferentPersonError
from dashboard.services.patient import census
from dashboard.services.site.opening import Site
from dashboard.wording.facts import SEXES, Shown, birth_text, number_text
from db.read_models.facts import PatientFacts

ID_PREFIX = "id:"
LONGEST_ID = 18
"""Digits of a number that both databases can hold."""

PatientArgument = Annotated[
    str, typer.Argument(metavar="PATIENT", help="Patient's number, or id:N with the database's own id.")
]


def resolve_patient(text: str, *, site: Site) -> int:
    """Return the database's id of the patient that `text` names, exactly one.

    A bare number is always the patient's number, never the database's id: the two must not be mistaken for
    each other.

    Raises
    ------
    ConfigurationError
        Nobody or more than one has this number.
    """
    if text.startswith(ID_PREFIX):
        number = text.removeprefix(ID_PREFIX)
        if not number.isdecimal() or len(number) > LONGEST_ID:
            raise ConfigurationError(f"{text!r} is no patient. Write the database's number like this: {ID_PREFIX}12.")
        return int(number)
    found = census.of_number(text, site=site)
    if len(found) == 1:
        return found[0].patient_id
    if not found:
        raise ConfigurationError(f"No patient has the number {text!r}. `lungline patient find` searches by name too.")
    raise ConfigurationError(f"The number {text!r} is given by several issuers. Choose one: {choices(found)}.")


def choices(patients: Sequence[PatientFacts]) -> str:
    """Return the patients of one number as arguments to choose from."""
    return ", ".join(f"{ID_PREFIX}{patient.patient_id} ({patient.issuer or 'no issuer'})" for patient in patients)


def print_identities(persons: Mapping[str, Shown]) -> None:
    """Print who several statements say a patient is, one below the other."""
    rows = [
        (who, one.name or "no name", number_text(one), birth_text(one), SEXES.get(one.sex, "not stated"))
        for who, one in persons.items()
    ]
    print_table(("", "name", "number", "born", "sex"), rows, empty="Nobody.")


@contextmanager
def confirmable() -> Iterator[None]:
    """Say how another person is confirmed on the command line."""
    try:
        yield
    except DifferentPersonError as error:
        raise ConfigurationError(f"{error} Add --confirm-different-person to confirm it.") from error


def shown(patient: PatientFacts) -> str:
    """Return a patient's name and number."""
    return f"{patient.name or 'no name'} ({patient.identifier})"

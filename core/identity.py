"""Whether two statements of who a patient is can be of one person."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Protocol

from core.names import comparable_names, same_name, share_a_word


class Person(Protocol):
    """Who somebody is said to be; "" and None where it is not said."""

    @property
    def name(self) -> str: ...  # noqa: D102 - as PatientIdentity says
    @property
    def birth_date(self) -> date | None: ...  # noqa: D102
    @property
    def sex(self) -> str: ...  # noqa: D102


class Difference(StrEnum):
    """What two statements of a person can differ in."""

    NAME = "name"
    BIRTH_DATE = "birth date"
    SEX = "sex"


def differences(one: Person, other: Person) -> tuple[Difference, ...]:
    """Return what two statements differ in. What one of them does not state counts as no difference.

    A name in two scripts (Yamada, 山田) is one name where the birth date is the same.
    """
    found = []
    if one.name.strip() and other.name.strip() and _named_differently(one, other):
        found.append(Difference.NAME)
    if one.birth_date and other.birth_date and one.birth_date != other.birth_date:
        found.append(Difference.BIRTH_DATE)
    if one.sex and other.sex and one.sex != other.sex:
        found.append(Difference.SEX)
    return tuple(found)


def is_another_person(one: Person, other: Person) -> bool:
    """Return whether two statements are certainly of two persons; what is not stated says nothing.

    Another birth date is another person, and F is not M; O stands for "other" and for "not known" (DICOM PS3.3
    C.7.1.1) and contradicts neither. Names are written in many ways (a second given name, a maiden name), so that one
    word in common is enough for them to be of one person.
    """
    found = differences(one, other)
    if Difference.BIRTH_DATE in found or {one.sex, other.sex} == {"F", "M"}:
        return True
    return Difference.NAME in found and not share_a_word(one.name, other.name)


def _named_differently(one: Person, other: Person) -> bool:
    if same_name(one.name, other.name):
        return False
    born_alike = one.birth_date is not None and one.birth_date == other.birth_date
    return comparable_names(one.name, other.name) or not born_alike

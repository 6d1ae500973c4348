"""Facts without what names a person, for presentations: the one place where names are taken away.

A pseudonym rests on the database's own id: one patient has the same one everywhere and for good, and it says nothing
that the address of the page does not say.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any, TypeVar, cast

from dashboard.services.flags.work_list import FlagEntry
from dashboard.services.patient.search import Found
from dashboard.services.patient.timeline import PatientTrend
from dashboard.services.ward.board import Board, BoardRow
from dashboard.services.ward.by_eye import ToCompare
from db.read_models.facts import ConflictFacts, PatientFacts, StatedIdentity, StayFacts
from db.read_models.films import FilmDetail, NotScored, UnscoredFilm
from db.read_models.finding import FoundPatient
from db.read_models.lists import FlagRow, ListedPatient, PatientRow
from db.read_models.patient import PatientTimeline

NAME_HIDDEN, NUMBER_HIDDEN, FILE_HIDDEN = "name hidden", "number hidden", "file name hidden"
CARRIERS = (
    Board,
    BoardRow,
    ToCompare,
    PatientTrend,
    PatientTimeline,
    FlagEntry,
    FlagRow,
    FilmDetail,
    ConflictFacts,
    NotScored,
    UnscoredFilm,
    PatientRow,
    ListedPatient,
    Found,
    FoundPatient,
)
"""What holds facts of persons; each is looked through."""

Shown = TypeVar("Shown")


def pseudonym(patient_id: int) -> str:
    """Return for example "Patient #12": no name, no hospital's number and no bed looks like it."""
    return f"Patient #{patient_id}"


def without_names(value: Shown) -> Shown:
    """Return a value with every name, number, birth date and file name in it replaced."""
    return cast("Shown", _without(value))


def _without(value: Any) -> Any:  # noqa: ANN401 - facts of any kind
    if isinstance(value, PatientFacts | StayFacts):
        name = pseudonym(value.patient_id)
        return replace(value, name=name, identifier=NUMBER_HIDDEN, issuer="", birth_date=None)
    if isinstance(value, StatedIdentity):
        return replace(value, name=NAME_HIDDEN, identifier=NUMBER_HIDDEN, issuer="", birth_date=None)
    if isinstance(value, tuple):
        return tuple(_without(one) for one in value)
    if type(value) not in CARRIERS:
        return value
    found = {field.name: getattr(value, field.name) for field in fields(value)}
    changed = {name: FILE_HIDDEN if name == "original_name" else _without(one) for name, one in found.items()}
    return type(value)(**changed)

"""Several statements of who a patient is, side by side, with what differs marked."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from core.identity import Difference
from dashboard.components.browser.record_table import Cell, Record, record_table
from dashboard.wording.facts import SEXES, Shown, birth_text, number_text, shown_name


def draw_identities(persons: Mapping[str, Shown], differing: Collection[Difference], *, key: str, dark: bool) -> None:
    """Draw one column for each statement; rows in `differing` are marked."""
    rows = (
        ("Name", Difference.NAME, [shown_name(person.name) for person in persons.values()]),
        ("Number", None, [number_text(person) for person in persons.values()]),
        ("Birth date", Difference.BIRTH_DATE, [birth_text(person) for person in persons.values()]),
        ("Sex", Difference.SEX, [SEXES.get(person.sex, "not stated") for person in persons.values()]),
    )
    records = [_record(label, texts, differs=code in differing) for label, code, texts in rows]
    record_table("Identities side by side", ("", *persons), records, key=key, dark=dark)


def _record(label: str, texts: list[str], *, differs: bool) -> Record:
    tone = "rise" if differs else ""
    head = Cell(label, ("! differs",) if differs else (), tone, strong=True)
    return Record(label, (head, *(Cell(text, (), tone, strong=differs) for text in texts)))

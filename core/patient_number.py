"""Whether what stands where a patient's number belongs can be the number of a person."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

NOT_STATED = "(no number)"
"""Stands for the number of a film that states none."""


class NoNumber(StrEnum):
    """Why something is no person's number."""

    PLACEHOLDER = "placeholder"
    SPREADSHEET = "spreadsheet"


_SAID = {
    NoNumber.PLACEHOLDER: "stands where a number is missing and is shared by many. Give the patient's own number.",
    NoNumber.SPREADSHEET: "is what a spreadsheet made of a number; the number itself is lost. Format that column as "
    "text, enter the numbers again, and export the table again.",
}

_MISSING = frozenset(
    # As programs write it.
    {"nan", "nat", "na", "nana", "null", "nul", "nil", "none", "undefined", "undef", "void", "true", "false"}
    | {"inf", "infinity", "1inf", "1ind", "1qnan", "1snan", "qnan", "snan"}
    # As people do.
    | {"unknown", "unk", "notknown", "notavailable", "notapplicable", "notstated", "notspecified", "unspecified"}
    | {"missing", "empty", "blank", "tbd", "noid", "nonumber", "nopatientid", "patientid", "patientnumber", "mrn"}
    | {"anonymous", "anonymized", "anonymised", "anonym", "anon", "deidentified", "unidentified", "anonymisiert"}
    | {"unbekannt", "inconnu", "desconocido", "desconhecido", "sconosciuto", "onbekend", "okand"}
)
"""Letters and digits alone, in lower case."""

_SENTINEL_NINES = 4
"""So many nines and no other digit are no running number but a field filled up; 9, 99 and 999 may be a data set's."""

_SPREADSHEET = re.compile(
    r"\d+[.,]0+"  # 4711.0: a whole number kept as a decimal one
    r"|\d[.,]\d+e[+-]?\d+|\d+e[+-]\d+"  # 4.71E+09: most digits are gone
    r"|\d{1,3}(,\d{3})+"  # 4,711
    r"|=.*"  # ="4711", and whatever else was to be calculated
    r"|#[^\d#]+(/0)?[!?]?"  # #REF!, #DIV/0!, #N/A, and their names in other languages
)


def no_number(identifier: str) -> NoNumber | None:
    """Return why a text is certainly no person's number, None where it may be one.

    Width and case of letters and what stands around them say nothing: "NULL", "<null>" and "(null)" are one. Only what
    is certain is refused: "TEST" or "1234" may be somebody's.
    """
    text = unicodedata.normalize("NFKC", identifier).strip().strip("\"'").casefold()
    letters = "".join(character for character in text if character.isalnum())
    if not letters or letters in _MISSING or set(letters) == {"x"} or re.fullmatch(r"-(1|9+)", text):
        return NoNumber.PLACEHOLDER
    digits = {unicodedata.digit(character, None) for character in letters}
    if digits == {0} or (digits == {9} and len(letters) >= _SENTINEL_NINES):
        return NoNumber.PLACEHOLDER
    return NoNumber.SPREADSHEET if _SPREADSHEET.fullmatch(text) else None


def number_problem(identifier: str) -> str:
    """Return why a text is no person's number and what to do, for people; "" where it may be one."""
    found = no_number(identifier)
    if identifier == NOT_STATED or not identifier.strip():
        return "No patient number is given. Give the patient's own number."
    return "" if found is None else f"{identifier!r} is no patient's number: it {_SAID[found]}"

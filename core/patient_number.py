"""Whether a text in the place of a patient's number can be the number of a person."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

NOT_STATED = "(no number)"
"""Stands for the number of a film that states none."""
MAX_LENGTH = 128
"""Characters; DICOM allows 64."""
_UNREADABLE, _CUT = "\ufffd", "…"
"""Stand for a character that cannot be seen, and for the rest of a number too long, where one is kept."""


class NoNumber(StrEnum):
    """Why something is no person's number."""

    PLACEHOLDER = "placeholder"
    SPREADSHEET = "spreadsheet"
    INVISIBLE = "invisible"
    WIDTH = "width"
    QUOTED = "quoted"
    LENGTH = "length"


_SAID = {
    NoNumber.PLACEHOLDER: "stands where a number is missing and is shared by many. Give the patient's own number.",
    NoNumber.SPREADSHEET: "is what a spreadsheet made of a number; the number itself is lost. Format that column as "
    "text, enter the numbers again, and export the table again.",
    NoNumber.INVISIBLE: "contains an invisible or unreadable character. Write the number again by hand.",
    NoNumber.WIDTH: "is written in full width or in other digits than 0 to 9. Write it in plain letters and digits.",
    NoNumber.QUOTED: "begins or ends with a quotation mark, as spreadsheets mark text. Write the number without it.",
    NoNumber.LENGTH: f"has more than {MAX_LENGTH} characters. Give the patient's own number.",
}

_MISSING = frozenset(
    # As programs write it.
    {"nan", "nat", "na", "nana", "null", "nul", "nil", "none", "undefined", "undef", "void", "true", "false"}
    | {"inf", "infinity", "1inf", "1ind", "1qnan", "1snan", "qnan", "snan"}
    # As people do.
    | {"unknown", "unk", "notknown", "notavailable", "notapplicable", "notstated", "notspecified", "unspecified"}
    | {"missing", "empty", "blank", "tbd", "noid", "nonumber", "nopatientid", "patientid", "patientnumber", "mrn"}
    | {"anonymous", "anonymized", "anonymised", "anonym", "anon", "deidentified", "unidentified", "anonymisiert"}
    | {"nomrn", "nonum", "noname", "unassigned", "notassigned", "notgiven", "notentered", "pending", "withheld"}
    | {"leer", "keine", "keinenummer", "ohnenummer", "vide", "vacio", "vuoto", "leeg"}
    | {"unbekannt", "inconnu", "desconocido", "desconhecido", "sconosciuto", "onbekend", "okand"}
)
"""Letters and digits alone, in lower case."""

_SENTINEL_NINES = 4
"""So many nines and no other digit are no running number but a field filled up; 9, 99 and 999 may be a data set's."""

_MONTH = (
    r"(jan|feb|fev|fév|mar|mär|mrz|mrt|apr|avr|abr|may|mai|mei|maj|jun|juin|jul|juil|aug|août|aou|ago|sep|set|oct|okt|out|nov|"
    r"dec|dez|déc|dic)[a-zäéû]?\.?"
)
"""Months as spreadsheets shorten them, in the languages around: "Sepsis-12" is none."""
_SPREADSHEET = re.compile(
    r"\d+[.,]0*"  # 4711.0, 4711.: a whole number kept as a decimal one
    r"|\d{1,3}([. '\u2019]\d{3})+,0+|\d{1,3}([, '\u2019]\d{3})+\.0+"  # 4.711,00 and 4,711.00
    r"|\d[.,]\d+e[+-]?\d+|\d+e[+-]\d+"  # 4.71E+09: most digits are gone
    r"|\d{1,3}(,\d{3})+"  # 4,711
    # 12-Mar, Dec-26: a spreadsheet writes 3-12 and 03-12 alike
    rf"|\d{{1,2}}[-. ]+{_MONTH}([-. ]+\d{{2,4}})?|{_MONTH}[-. ]+(19|20)?\d{{2}}"
    r"|\d{1,2}(?P<mark>[./-])\d{1,2}(?P=mark)(19|20)\d{2}|\d{4}-\d{2}-\d{2}( 00:00:00)?"  # 03.12.2026, 2026-12-03
    r"|=.*"  # ="4711", and whatever else was to be calculated
    r"|#[^\d#]+(/0)?[!?]?"  # #REF!, #DIV/0!, #N/A, and their names in other languages
)


_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\u2800\ufe0e\ufe0f")
"""Shows nothing although it counts as printable: fillers, and marks that choose a form."""
_QUOTES = "\"'`\u00b4\u2018\u2019\u201c\u201d\u201e"


def no_number(identifier: str) -> NoNumber | None:
    """Return why a text is certainly no person's number, None where it may be one.

    Width and case of letters and what stands around them say nothing: "NULL", "<null>" and "(null)" are one. Only what
    is certain is refused: "TEST" or "1234" may be somebody's, and 12.345.678 is how Argentina writes them. A number in
    another writing than another film's would be another person's: it is none until it is written plainly.
    """
    bare = identifier.strip()
    text = unicodedata.normalize("NFKC", bare).strip().strip(_QUOTES).casefold()
    letters = "".join(character for character in text if character.isalnum())
    if not letters or letters in _MISSING or set(letters) == {"x"} or re.fullmatch(r"-(1|9+)", text):
        return NoNumber.PLACEHOLDER
    digits = {unicodedata.digit(character, None) for character in letters}
    if digits == {0} or (digits == {9} and len(letters) >= _SENTINEL_NINES):
        return NoNumber.PLACEHOLDER
    return NoNumber.SPREADSHEET if _SPREADSHEET.fullmatch(text) else _miswritten(bare)


def _miswritten(bare: str) -> NoNumber | None:
    if len(bare) > MAX_LENGTH or (len(bare) == MAX_LENGTH and bare.endswith(_CUT)):
        return NoNumber.LENGTH
    if not bare.isprintable() or _UNREADABLE in bare or _BLANK & set(bare):
        return NoNumber.INVISIBLE
    if any(unicodedata.east_asian_width(one) in "FH" or (one.isdigit() and not one.isascii()) for one in bare):
        return NoNumber.WIDTH
    return NoNumber.QUOTED if bare.strip(_QUOTES) != bare else None


def storable(text: str) -> str:
    """Return a number as it can be kept and seen; one that is cut or not readable stays no person's number."""
    seen = "".join(character if character.isprintable() else _UNREADABLE for character in text.strip())
    return seen if len(seen) <= MAX_LENGTH else seen[: MAX_LENGTH - 1] + _CUT


def number_problem(identifier: str) -> str:
    """Return why a text is no person's number and what to do, for people; "" where it may be one."""
    found = no_number(identifier)
    if identifier == NOT_STATED or not identifier.strip():
        return "No patient number is given. Give the patient's own number."
    return "" if found is None else f"{storable(identifier)!r} is no patient's number: it {_SAID[found]}"

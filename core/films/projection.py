"""How a film was taken (projection, position, portable), from codes and from words people typed."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pydicom.dataset import Dataset

from core.films.dicom.elements import element_items, element_text
from core.types import PatientPosition, ViewPosition

# SNOMED CT and the older SNOMED RT codes of PS3.16 CID 4010.
_VIEW_CODES = {
    "399348003": ViewPosition.AP,
    "R-10206": ViewPosition.AP,
    "272479007": ViewPosition.PA,
    "R-10214": ViewPosition.PA,
    "R-40888": ViewPosition.PA,
    "399067008": ViewPosition.LATERAL,
    "R-102CD": ViewPosition.LATERAL,
    "399173006": ViewPosition.LATERAL,
    "399198007": ViewPosition.LATERAL,
    "R-10232": ViewPosition.LATERAL,
    "R-10236": ViewPosition.LATERAL,
}
# PS3.16 CID 19 and 20, as words so that codes and typed text are read alike.
_POSITION_CODES = {
    "10904000": "STANDING",
    "F-10320": "STANDING",
    "C86043": "ERECT",
    "102539006": "SEMI-ERECT",
    "F-10460": "SEMI-ERECT",
    "33586001": "SITTING",
    "F-103A0": "SITTING",
    "40199007": "SUPINE",
    "F-10340": "SUPINE",
    "1240000": "PRONE",
    "F-10310": "PRONE",
}
_OBLIQUE_OR_DECUBITUS = re.compile(r"\b(DECUB\w*|OBL\w*|[LR][AP]O|[LR]LD)\b")
_VIEW_WORDS = (
    (ViewPosition.PA, re.compile(r"\b(P\.?A\.?|POST\w*[ -]*ANT\w*)(?![A-Z])")),
    (ViewPosition.AP, re.compile(r"\b(A\.?P\.?|ANT\w*[ -]*POST\w*)(?![A-Z])")),
    (ViewPosition.LATERAL, re.compile(r"\b(LAT|LATERAL\w*|LL|RL|SEITL\w*|PROFIL)\b")),
)
_POSITION_WORDS = (
    (
        PatientPosition.SEMI_ERECT,
        re.compile(r"\b(SEMI[ -]?(ERECT|UPRIGHT|SUPINE)\w*|SITTING|SEATED|HALBSITZEND|SITZEND|ASSIS)\b"),
    ),
    (PatientPosition.SUPINE, re.compile(r"\b(SUPINE|RECUMBENT|LYING|LIEGEND|COUCHE|COUCHÉ|[HF]FS)\b")),
    (PatientPosition.ERECT, re.compile(r"\b(ERECT|UPRIGHT|STANDING|STEHEND|DEBOUT)\b")),
)
# A lateral decubitus is neither lying on the back nor a lateral view; a prone film is like none of the three.
_OTHER_POSITION = re.compile(r"\b(DECUB\w*|SEMI[ -]?PRONE|PRONE|BAUCHLAGE|HFP|FFP)\b")
# "PORT" alone may be a venous port.
_PORTABLE = re.compile(
    r"\b(PORTABLE|PORTABEL|BEDSIDE|MOBILE?|BETTAUFNAHME|AU LIT|PORT(?!-| A CATH| PLACE| INSERT| CHECK))(?![A-Z])"
)


def view_position(dataset: Dataset) -> ViewPosition:
    """Return the projection: View Position, else view code, else patient orientation, else description."""
    stated = element_text(dataset, "ViewPosition").upper()
    if stated:
        found = _stated_view(stated)
        if found is not ViewPosition.UNKNOWN:
            return found
    for item in element_items(dataset, "ViewCodeSequence"):
        found = _VIEW_CODES.get(element_text(item, "CodeValue")) or _view_in_words(element_text(item, "CodeMeaning"))
        if found is not ViewPosition.UNKNOWN:
            return found
    directions = element_text(dataset, "PatientOrientation").upper().split("\\")
    if any(direction.strip().startswith(("A", "P")) for direction in directions):
        return ViewPosition.LATERAL  # PS3.3 C.7.6.1.1.1: rows or columns run from front to back of the patient
    for keyword in ("SeriesDescription", "ProtocolName"):
        found = _view_in_words(element_text(dataset, keyword))
        if found is not ViewPosition.UNKNOWN:
            return found
    return ViewPosition.UNKNOWN


def _stated_view(stated: str) -> ViewPosition:
    return ViewPosition.LATERAL if stated in {"L", "R"} else _view_in_words(stated)


def _view_in_words(text: str) -> ViewPosition:
    """Return the one projection a text names; unknown when it names none, several, or an oblique one."""
    words = _words(text)
    if _OBLIQUE_OR_DECUBITUS.search(words):
        return ViewPosition.UNKNOWN
    named = [view for view, pattern in _VIEW_WORDS if pattern.search(words)]
    return named[0] if len(named) == 1 else ViewPosition.UNKNOWN


def patient_position(dataset: Dataset) -> PatientPosition:
    """Return how the patient lay or sat: orientation codes, else Patient Position, else descriptions."""
    for item in element_items(dataset, "PatientOrientationCodeSequence"):
        codes = (item, *element_items(item, "PatientOrientationModifierCodeSequence"))
        found = _position_in_words(" ".join(_code_in_words(code) for code in codes))
        if found is not PatientPosition.UNKNOWN:
            return found
    keywords = ("PatientPosition", "ViewPosition", "SeriesDescription", "ProtocolName", "StudyDescription")
    for keyword in keywords:
        found = _position_in_words(element_text(dataset, keyword))
        if found is not PatientPosition.UNKNOWN:
            return found
    return PatientPosition.UNKNOWN


def _code_in_words(code: Dataset) -> str:
    value = element_text(code, "CodeValue")
    return f"{_POSITION_CODES.get(value, '')} {element_text(code, 'CodeMeaning')}"


def _position_in_words(text: str) -> PatientPosition:
    words = _words(text)
    if _OTHER_POSITION.search(words):
        return PatientPosition.UNKNOWN
    for position, pattern in _POSITION_WORDS:
        if pattern.search(words):
            return position
    return PatientPosition.UNKNOWN


def portable(dataset: Dataset) -> bool | None:
    """Return True where a description or the station calls the film portable; None where nothing does."""
    keywords = (
        "SeriesDescription",
        "ProtocolName",
        "StudyDescription",
        "PerformedProcedureStepDescription",
        "RequestedProcedureDescription",
        "StationName",
    )
    return True if _any_matches(_PORTABLE, (element_text(dataset, keyword) for keyword in keywords)) else None


def _any_matches(pattern: re.Pattern[str], texts: Iterable[str]) -> bool:
    return any(pattern.search(_words(text)) for text in texts)


def _words(text: str) -> str:
    return re.sub(r"[_/\\,;:()&+^]+", " ", text.upper())

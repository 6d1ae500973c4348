"""Facts in plain words: patients, how a film was taken, where it stands, scores with their intervals."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from itertools import takewhile

from core.counting import counted
from core.types import (
    CheckVerdict,
    Interval,
    Measure,
    PatientIdentity,
    PatientPosition,
    Score,
    TimeDoubt,
    TimePrecision,
    ViewPosition,
)
from dashboard.services.patient.standing import ABSENCES_IN_WORDS, Absence
from dashboard.services.people.pseudonyms import NUMBER_HIDDEN
from dashboard.services.units.settings import WallNames
from dashboard.wording.events import EVENTS_IN_WORDS
from dashboard.wording.times import TimeScale
from db.models import ConflictKind, EventKind, FilmState, FlagState
from db.read_models.facts import EventFacts, FilmFacts, PatientFacts, StatedIdentity, StayFacts
from db.read_models.films import FilmDetail

ALL_UNITS = "All units"
SEXES = {"F": "female", "M": "male", "O": "other sex"}
NO_NAME = "(no name)"
SHOWN_NAME_CHARACTERS = 80
OPAQUE_SHARE = "Share of the lung that is opaque, by segmentation"

STEPS = {
    FilmState.RECEIVED: "received",
    FilmState.ACCEPTED: "accepted",
    FilmState.REJECTED: "rejected",
    FilmState.FAILED: "failed",
    FilmState.QUARANTINED: "quarantined",
    FilmState.DUPLICATE: "duplicate",
    FilmState.RETRACTED: "retracted",
}
"""The steps of a film, by the state that each took it to."""
FILM_STATES = STEPS | {
    FilmState.RECEIVED: "received, waits to be checked",
    FilmState.ACCEPTED: "accepted, waits for its score",
}
"""Where a film stands."""
CHECK_WORDS = {
    CheckVerdict.PASSED: "passed",
    CheckVerdict.NOTED: "passed with a remark",
    CheckVerdict.REFUSED: "refused",
}
CHECK_SHAPES = {CheckVerdict.PASSED: "✓", CheckVerdict.NOTED: "!", CheckVerdict.REFUSED: "✕"}
FLAG_STATES = {
    FlagState.OPEN: "open",
    FlagState.ACKNOWLEDGED: "acknowledged",
    FlagState.SNOOZED: "snoozed",
    FlagState.RESOLVED: "resolved",
    FlagState.WITHDRAWN: "withdrawn",
}
CONFLICTS = {
    ConflictKind.SAME_UID_OTHER_PIXELS: "The same DICOM UID, another picture",
    ConflictKind.SAME_UID_OTHER_PATIENT: "The same film under another patient",
    ConflictKind.SAME_PIXELS_OTHER_PATIENT: "The same picture under another patient",
    ConflictKind.CHANGED_IDENTITY: "The same film with a changed identity",
}

# Marks that turn the direction of the text around them: a name must not turn its neighbours.
_DIRECTION_MARKS = dict.fromkeys([0x200E, 0x200F, 0x061C, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])


WAITS = {
    Absence.WAITING_FOR_CHECKS: ("waits for its checks", "wait for their checks"),
    Absence.WAITING_FOR_SCORE: ("waits for its score", "wait for their scores"),
}
"""For one film, and for several."""


_OF_SEVERAL = {Absence.IMPOSSIBLE_TIME: "dated when they cannot have been taken"}
"""Where the words for one film do not fit several."""


def _of_several(absence: Absence) -> str:
    return _OF_SEVERAL.get(absence, ABSENCES_IN_WORDS[absence])


def counted_absence(count: int, absence: Absence) -> str:
    """Return why films are not on the trend, with their number: "1 film waits for its score"."""
    one, several = WAITS.get(absence, (ABSENCES_IN_WORDS[absence], _of_several(absence)))
    return f"{counted(count, 'film')} {one if count == 1 else several}"


def counted_off_trend(count: int, absence: Absence) -> str:
    """Return the same as a sentence of its own: "2 films are not on the trend: they wait for their scores"."""
    is_one = count == 1
    why = ABSENCES_IN_WORDS[absence] if is_one else _of_several(absence)
    if absence in WAITS:
        one, several = WAITS[absence]
        why = f"it {one}" if is_one else f"they {several}"
    return f"{counted(count, 'film')} {'is' if is_one else 'are'} not on the trend: {why}"


@lru_cache(maxsize=1024)
def shown_name(name: str) -> str:
    """Return a name as one line of moderate length, as "family, given", without marks that turn the text."""
    family, _, given = name.translate(_DIRECTION_MARKS).partition("^")
    text = ", ".join(part for part in (" ".join(one.replace("^", " ").split()) for one in (family, given)) if part)
    if not text:
        return NO_NAME
    return text if len(text) <= SHOWN_NAME_CHARACTERS else text[: SHOWN_NAME_CHARACTERS - 1] + "…"


def wall_name(name: str, names: WallNames) -> str:
    """Return how a patient is named on a wall screen: whole, "M. A." for "Müller^Anna", or ""."""
    if names is WallNames.NONE:
        return ""
    shown = shown_name(name)
    if names is WallNames.FULL or shown == NO_NAME:
        return shown
    return " ".join(f"{letter}." for letter in (_initial(part) for part in shown.split(", ")) if letter)


def _initial(name: str) -> str:
    """Return the first letter with its marks."""
    composed = unicodedata.normalize("NFC", name)
    start = next((place for place, sign in enumerate(composed) if sign.isalnum()), None)
    if start is None:
        return ""
    marks = takewhile(unicodedata.combining, composed[start + 1 :])
    return composed[start] + "".join(marks)


def as_label(text: str) -> str:
    """Return text for the label of a button, which reads Markdown: nothing in it is a sign of that."""
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", text)


Shown = PatientFacts | StatedIdentity | PatientIdentity
"""Who somebody is said to be, with a number."""


def number_text(person: Shown) -> str:
    """Return a patient's number with its issuer."""
    return person.identifier + (f" ({person.issuer})" if person.issuer else "")


def birth_text(person: Shown) -> str:
    """Return a birth date, or that it is not stated."""
    return "not stated" if person.birth_date is None else date_text(person.birth_date)


def identity_text(person: PatientFacts | StayFacts | StatedIdentity) -> str:
    """Return name, number, birth date and sex on one line."""
    parts = [shown_name(person.name), person.identifier + (f" ({person.issuer})" if person.issuer else "")]
    parts.append(born_text(person))
    parts.append(SEXES.get(person.sex, "sex not stated"))
    return " · ".join(parts)


def born_text(person: PatientFacts | StayFacts | StatedIdentity) -> str:
    """Return for example "born 14 Mar 1958"; where names are hidden, that this is too."""
    if person.birth_date is not None:
        return f"born {date_text(person.birth_date)}"
    return "birth date hidden" if person.identifier == NUMBER_HIDDEN else "birth date not stated"


def date_text(day: date) -> str:
    """Return for example "14 Mar 1958"."""
    return f"{day.day} {day:%b %Y}"


def not_admitted_text(count: int) -> str:
    """Return how many patients whose films came lately are in no row of the ward."""
    who = (
        "1 patient whose films came in the last 72 h is"
        if count == 1
        else (f"{count} patients whose films came in the last 72 h are")
    )
    return f"{who} not admitted, and so in no row."


def place_text(unit: str, bed: str) -> str:
    """Return for example "ICU A, bed A-01"."""
    return f"{unit}, bed {bed}" if bed else unit


def taking_text(view: ViewPosition, position: PatientPosition) -> str:
    """Return how a film was taken, for example "AP supine"."""
    views = {ViewPosition.LATERAL: "lateral", ViewPosition.UNKNOWN: "projection not stated"}
    view_words = views.get(view, view.value)
    if position is not PatientPosition.UNKNOWN:
        return (
            f"{view_words} {position.value}" if view is not ViewPosition.UNKNOWN else f"{position.value}, {view_words}"
        )
    return "not stated" if view is ViewPosition.UNKNOWN else f"{view_words}, position not stated"


def state_text(film: FilmFacts) -> str:
    """Return where a film stands: scored, or why not."""
    if film.score is not None and film.state is FilmState.ACCEPTED:
        return "scored" if film.acquired_at else "scored, but its time is not stated: not on the trend"
    words = FILM_STATES[film.state]
    return f"{words}: {film.reason}" if film.reason else words


def doubt_text(film: FilmFacts) -> str:
    """Return what speaks against a film's time, for example "time in doubt: device clock 1 h 02 min ahead", or ""."""
    if film.time_doubt is TimeDoubt.LATE:
        return "late, or clock behind"
    if film.time_doubt is not TimeDoubt.AHEAD or film.stated_at is None:
        return ""
    if film.time_precision is TimePrecision.DAY:
        return "time in doubt: dated a day after it came"
    minutes = round((film.stated_at - film.received_at).total_seconds() / 60)
    span = f"{minutes // 60} h {minutes % 60:02} min" if minutes >= 60 else f"{minutes} min"
    return f"time in doubt: device clock {span} ahead"


def doubts_text(films: Iterable[FilmFacts]) -> list[str]:
    """Return what speaks against the times of films, those dated before the stay they came in counted together."""
    films = tuple(films)
    outside = sum(film.time_doubt is TimeDoubt.LATE and film.stay_id is None for film in films)
    before = [f"{counted(outside, 'film')} dated before the admission: late, or clock behind"] if outside else []
    return before + [doubt_text(film) for film in films if film.stay_id is not None]


def taken_text(film: FilmFacts, scale: TimeScale) -> str:
    """Return when a film was taken; of one whose time cannot be, what it says."""
    if film.acquired_at is None and film.stated_at is not None:
        return f"the film states {scale.text(film.stated_at, film.time_precision)}: not possible"
    return scale.text(film.acquired_at, film.time_precision)


def score_text(score: Score, measure: Measure) -> str:
    """Return for example "5.2 of 8"."""
    return f"{score.value(measure):.1f} of {measure.maximum:g}"


def interval_text(interval: Interval | None) -> str:
    """Return for example "90 % interval 4.1 to 6.3"; says where none was calibrated."""
    if interval is None:
        return "interval not calibrated"
    return f"{interval.level:.0%} interval {interval.low:.1f} to {interval.high:.1f}".replace("%", " %", 1)


def share_text(percent: float) -> str:
    """Return a share of the lungs in whole percent, for example "31 %"; a trace is "under 1 %", never "0 %"."""
    return "under 1 %" if 0 < percent < 1 else f"{percent:.0f} %"


def event_text(event: EventFacts) -> str:
    """Return an event, for a comment its text."""
    if event.kind is EventKind.COMMENT:
        return event.note or "comment"
    said = EVENTS_IN_WORDS[event.kind]
    return f"{said}: {event.note}" if event.note else said


def signed_event_text(event: EventFacts) -> str:
    """Return an event with who added it, where a person here did."""
    return f"{event_text(event)} ({event.added_by})" if event.added_by else event_text(event)


def stated_label(detail: FilmDetail) -> str:
    """Return what the identity stated with a film is: the film's own words, or those of whoever added a picture."""
    return "The film itself says" if detail.sop_instance_uid else "Added as (a picture names nobody)"

"""Why the program changed a flag's state, in words for people; it decides on `FlagCause` alone."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from db.models import FlagCause
from db.repositories.patients import RECORDS_MERGED

REASONS: Mapping[FlagCause, str] = MappingProxyType(
    {
        FlagCause.DISCHARGED: "discharged",
        FlagCause.SUPPORTED: "supported by the films",
        FlagCause.NOT_BACK_AFTER_ALL: "the film with which the level had come back no longer says so",
        FlagCause.FURTHER_STEP: "a further step since somebody looked",
        FlagCause.SNOOZE_ENDED: "the snooze has ended",
        FlagCause.STAY_CLOSED: "stay closed before the film was scored",
        FlagCause.NO_STAY: "no stay is known for this film, and it was not recent when it was scored",
        FlagCause.STAY_OPEN: "the stay is open",
        FlagCause.RECENT_FILM: "a recent film supports it",
        FlagCause.NO_LONGER_SUPPORTED: "no longer supported by the films",
        FlagCause.LATE_FILM: "a film that came late, or came back, changed the comparison",
        FlagCause.MERGED: "a repeat of the change flagged on an earlier film",
        FlagCause.REFERENCE_GONE: "the film it was compared with is no longer on this trend",
        FlagCause.FILM_RETRACTED: "the film was retracted",
        FlagCause.FILM_OFF_TREND: "the film is no longer on the trend",
        FlagCause.FILM_MOVED: "the film was moved to another patient",
        FlagCause.FILM_TIME_CORRECTED: "the time of a film was corrected",
        FlagCause.OTHER_MODEL: "another model was activated",
        FlagCause.PATIENTS_MERGED: RECORDS_MERGED,
        FlagCause.SETTINGS_CHANGED: "the settings of the unit were changed",
        FlagCause.STAY_MOVED: "the stay was moved to another unit",
        FlagCause.ADMITTED: "the patient was admitted, and films are compared within the stay",
    }
)

CLOSED_BY_ITSELF = frozenset({FlagCause.STAY_CLOSED, FlagCause.NO_STAY})
BY_PEOPLE = frozenset({FlagCause.PERSON, FlagCause.DISCHARGED})
"""A flag whose last step is one of these was looked at by somebody."""

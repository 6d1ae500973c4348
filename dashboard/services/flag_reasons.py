"""Why a flag took a step by itself: the words stored with it, by which later steps also know it."""

from __future__ import annotations

SUPPORTED = "supported by the films"
NO_LONGER_SUPPORTED = "no longer supported by the films"
OTHER_MODEL = "another model was activated"
FILM_RETRACTED = "the film was retracted"
FILM_OFF_TREND = "the film is no longer on the trend"
FILM_MOVED = "the film was moved to another patient"
REFERENCE_GONE = "the film it was compared with is no longer on this trend"
LATE_FILM = "a film that came late, or came back, changed the comparison"
MERGED = "a repeat of the change flagged on an earlier film"
PATIENTS_MERGED = "two records of one patient were merged"
SETTINGS_CHANGED = "the settings of the unit were changed"
STAY_MOVED = "the stay was moved to another unit"
ADMITTED = "the patient was admitted, and films are compared within the stay"
STAY_CLOSED = "stay closed before the film was scored"
NO_STAY = "no stay is known for this film, and it was not recent when it was scored"
STAY_OPEN = "the stay is open"
RECENT_FILM = "a recent film supports it"
DISCHARGED = "discharged"
SNOOZE_ENDED = "the snooze has ended"
FURTHER_STEP = "a further step since somebody looked"
NOT_BACK_AFTER_ALL = "the film with which the level had come back no longer says so"

CLOSED_BY_ITSELF = frozenset({STAY_CLOSED, NO_STAY})

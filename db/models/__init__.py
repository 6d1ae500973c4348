"""The tables of the timeline."""

from db.columns import Table
from db.models.clinical import OBSERVATION_UNITS, ClinicalEvent, EventKind, Observation
from db.models.films import ConflictKind, Film, FilmCheck, FilmConflict, FilmState, FilmTransition
from db.models.flags import LIVE_STATES, LONGEST_SNOOZE, Flag, FlagAction, FlagCause, FlagFilm, FlagState, FlagsToRevise
from db.models.maps import FilmMap, MapState
from db.models.patients import Patient, Stay
from db.models.readings import Reading, ReadingSession, ReadingSessionFilm, SettledReading
from db.models.rounds import Decision, RoundReview
from db.models.scores import FilmScore, ModelActivation, ModelRecalibration
from db.models.site import AuditEntry, Lease, SiteIdentity
from db.models.units import UnitSettingsChange

__all__ = [
    "LIVE_STATES",
    "LONGEST_SNOOZE",
    "OBSERVATION_UNITS",
    "AuditEntry",
    "ClinicalEvent",
    "ConflictKind",
    "Decision",
    "EventKind",
    "Film",
    "FilmCheck",
    "FilmConflict",
    "FilmMap",
    "FilmScore",
    "FilmState",
    "FilmTransition",
    "Flag",
    "FlagAction",
    "FlagCause",
    "FlagFilm",
    "FlagState",
    "FlagsToRevise",
    "Lease",
    "MapState",
    "ModelActivation",
    "ModelRecalibration",
    "Observation",
    "Patient",
    "Reading",
    "ReadingSession",
    "ReadingSessionFilm",
    "RoundReview",
    "SettledReading",
    "SiteIdentity",
    "Stay",
    "Table",
    "UnitSettingsChange",
]

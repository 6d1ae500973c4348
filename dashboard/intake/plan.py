"""What an importer reads from a data set before any film is opened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.films.kinds import FileKind
from core.types import PatientIdentity, PatientPosition, TimePrecision, ViewPosition
from db.models import EventKind

DAY_ZERO = datetime(2000, 1, 1, 12, tzinfo=UTC)
"""Day 0 of a patient whose data set states days only. Arbitrary; noon UTC is the same date in every zone."""


@dataclass(frozen=True)
class ImportItem:
    """One film to be stored.

    Attributes
    ----------
    name : str
        As the data set calls it; shown in the report.
    path : Path or None
        None when `problem` says why there is no file.
    identity : PatientIdentity or None
        None for a DICOM film, which carries its own.
    acquired_at : datetime or None
        None when the data set does not say. The film is stored and scored but stands on no trend.
    relative_day_zero : datetime or None
        Origin of `acquired_at` where only days are stated.
    readings : tuple of ImportReading
        What people scored the film with, where the data set has it.
    problem : str
    """

    name: str
    path: Path | None
    identity: PatientIdentity | None = None
    acquired_at: datetime | None = None
    time_precision: TimePrecision = TimePrecision.SECOND
    view_position: ViewPosition = ViewPosition.UNKNOWN
    patient_position: PatientPosition = PatientPosition.UNKNOWN
    modality: str = ""
    relative_day_zero: datetime | None = None
    readings: tuple[ImportReading, ...] = ()
    problem: str = ""


@dataclass(frozen=True)
class ImportReading:
    """A person's own scores of a film, made without a model: a lung's extent 0-4, a lung's opacity 0-3."""

    reader: str
    geographic_extent_right: float
    geographic_extent_left: float
    opacity_right: float
    opacity_left: float


@dataclass(frozen=True)
class ImportObservation:
    """One measured value; `comparator` is "<" or ">" beyond the limit of detection."""

    name: str
    value: float
    unit: str
    at: datetime
    comparator: str = ""


@dataclass(frozen=True)
class ImportEvent:
    """One event of a patient."""

    kind: EventKind
    at: datetime
    note: str = ""


@dataclass(frozen=True)
class ImportPatient:
    """What a data set knows of a patient beside the films; all times known to the day.

    Attributes
    ----------
    stay : (datetime, datetime) or None
        First and last moment; the stay is imported closed.
    """

    identity: PatientIdentity
    relative_day_zero: datetime | None = None
    stay: tuple[datetime, datetime] | None = None
    observations: frozenset[ImportObservation] = frozenset()
    events: frozenset[ImportEvent] = frozenset()


@dataclass(frozen=True)
class LeftOut:
    """A row or file that is no chest film, with the reason."""

    name: str
    reason: str


@dataclass(frozen=True)
class ImportPlan:
    """A data set read: films in order, patients, and what is left out.

    Attributes
    ----------
    notes : tuple of str
        What the reader of the report should know of the data set as a whole.
    passed_over : mapping
        How many files of a folder were no films, by kind.
    """

    items: tuple[ImportItem, ...]
    patients: tuple[ImportPatient, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    notes: tuple[str, ...] = ()
    passed_over: Mapping[FileKind, int] = field(default_factory=dict)


@dataclass
class PatientDraft:
    """Gathers one patient's rows while a table is read."""

    identity: PatientIdentity
    times: list[datetime] = field(default_factory=list)
    observations: set[ImportObservation] = field(default_factory=set)
    events: set[ImportEvent] = field(default_factory=set)
    relative: bool = True

    def finished(self) -> ImportPatient:
        """Return the patient; a stay spans all that is dated."""
        times = [
            *self.times,
            *(event.at for event in self.events),
            *(observation.at for observation in self.observations),
        ]
        return ImportPatient(
            identity=self.identity,
            relative_day_zero=DAY_ZERO if self.relative and times else None,
            stay=(min(times), max(times)) if self.times else None,
            observations=frozenset(self.observations),
            events=frozenset(self.events),
        )


def time_of_day(day: float) -> datetime:
    """Return the moment that stands for day `day` (days from the patient's own day 0)."""
    return DAY_ZERO + timedelta(days=day)

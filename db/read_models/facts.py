"""The values the read models hand out."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from core.trend.reasons import Reasons
from core.trend.types import FlagKind, Verdict
from core.types import CheckVerdict, PatientPosition, Score, TimeDoubt, TimePrecision, ViewPosition
from db.models import ConflictKind, EventKind, FilmState, FlagState


@dataclass(frozen=True)
class PatientFacts:
    """A person, as the screens name them."""

    patient_id: int
    name: str
    identifier: str
    issuer: str
    birth_date: date | None
    sex: str
    relative_day_zero: datetime | None


@dataclass(frozen=True)
class StayFacts:
    """A stay with the person it is of."""

    stay_id: int
    patient_id: int
    unit: str
    bed: str
    admitted_at: datetime
    discharged_at: datetime | None
    time_precision: TimePrecision
    name: str
    identifier: str
    issuer: str
    birth_date: date | None
    sex: str
    relative_day_zero: datetime | None


@dataclass(frozen=True)
class OtherPersonFacts:
    """A person gave a film to its patient although it names another person: when, who and why."""

    at: datetime
    actor: str
    reason: str


@dataclass(frozen=True)
class FilmFacts:
    """A film with its score by the active model.

    `score` and `scored_at` are None where that model has not scored it. `stated_at` is the time that the film itself
    states, if it stands at another time. `other_person` is None unless a person gave the film to a patient whom it does
    not name.
    """

    film_id: int
    stay_id: int | None
    patient_id: int
    acquired_at: datetime | None
    time_precision: TimePrecision
    received_at: datetime
    view_position: ViewPosition
    patient_position: PatientPosition
    portable: bool | None
    state: FilmState
    reason: str
    overruled: bool
    content_hash: str
    stated_at: datetime | None = None
    time_doubt: TimeDoubt | None = None
    sides_in_doubt: bool = False
    score: Score | None = None
    scored_at: datetime | None = None
    other_person: OtherPersonFacts | None = None


@dataclass(frozen=True)
class TakenFilm:
    """A film, and when it was taken."""

    film_id: int
    acquired_at: datetime
    time_precision: TimePrecision


@dataclass(frozen=True)
class FlagFacts:
    """A flag and its basis. `change` in points of the geographic extent's scale.

    `quiet_until`: it opened in quiet hours that last until then. `resolved_by_film_id`: the later film that was back at
    the old level. `reasons` is the basis in its parts.
    """

    flag_id: int
    film_id: int
    reference_film_id: int
    kind: FlagKind
    verdict: Verdict
    change: float
    basis: str
    state: FlagState
    opened_at: datetime
    snoozed_until: datetime | None
    model: str
    model_version: str
    quiet_until: datetime | None = None
    resolved_by_film_id: int | None = None
    reasons: Reasons = field(default_factory=lambda: Reasons(""))


@dataclass(frozen=True)
class FlagFilmFacts:
    """A film that supports a flag; the opening one first. `change` in points of the geographic extent's scale."""

    flag_id: int
    film_id: int
    acquired_at: datetime | None
    time_precision: TimePrecision
    verdict: Verdict
    change: float
    added_at: datetime


@dataclass(frozen=True)
class ActionFacts:
    """One step in a flag's life: the state it took, or kept where it is a note."""

    flag_id: int
    at: datetime
    state: FlagState
    actor: str
    reason: str
    snoozed_until: datetime | None


@dataclass(frozen=True)
class EventFacts:
    """One event on a timeline; `added_by` is "" where no person here entered it."""

    event_id: int
    kind: EventKind
    at: datetime
    time_precision: TimePrecision
    note: str
    added_by: str


@dataclass(frozen=True)
class ObservationFacts:
    """One measured value; `comparator` is "<" or ">" beyond the limit of detection, `added_by` as for an event."""

    observation_id: int
    name: str
    value: float
    comparator: str
    unit: str
    at: datetime
    time_precision: TimePrecision
    added_by: str


@dataclass(frozen=True)
class CheckFacts:
    """One check's verdict on a film."""

    film_id: int
    name: str
    version: str
    verdict: CheckVerdict
    reason: str
    checked_at: datetime


@dataclass(frozen=True)
class ReadingFacts:
    """A person's scores of a film: extent 0-4 and opacity 0-3 per lung."""

    film_id: int
    reader: str
    geographic_extent_right: float
    geographic_extent_left: float
    opacity_right: float
    opacity_left: float
    blind: bool
    read_at: datetime


@dataclass(frozen=True)
class TransitionFacts:
    """One step of a film's way."""

    at: datetime
    state: FilmState
    patient_id: int
    stay_id: int | None
    reason: str
    remark: str
    actor: str


@dataclass(frozen=True)
class StatedIdentity:
    """Who a film itself says it shows."""

    identifier: str
    issuer: str
    name: str
    birth_date: date | None
    sex: str


@dataclass(frozen=True)
class ConflictFacts:
    """A film that contradicts another one, with both sides of the other."""

    conflict_id: int
    kind: ConflictKind
    opened_at: datetime
    resolved_at: datetime | None
    resolved_by: str
    other_film_id: int
    other_acquired_at: datetime | None
    other_content_hash: str
    other_stated: StatedIdentity
    other_patient: PatientFacts

"""Everything a site knows, one record per thing, for its export; read in a handful of statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from core.types import CheckVerdict, Score
from db.models import (
    ClinicalEvent,
    Film,
    FilmCheck,
    FilmScore,
    Flag,
    FlagAction,
    FlagCause,
    FlagFilm,
    Observation,
    Patient,
    Stay,
)
from db.read_models._clinical import event_columns, standing
from db.read_models._films import ActiveModel, film_facts, film_query, in_order, read_active_model
from db.read_models._flags import flag_facts, flag_query
from db.read_models.facts import EventFacts, FilmFacts, FlagFacts, ObservationFacts, PatientFacts
from db.read_models.patient import patient_facts
from db.repositories import key
from db.repositories.scores import to_score


@dataclass(frozen=True)
class FilmRecord:
    """A film and what the timeline does not show of it; `refused_by` names the checks that refused it."""

    film: FilmFacts
    refused_by: tuple[str, ...]
    modality: str
    device: str
    synthetic: bool
    duplicate_of_id: int | None
    original_name: str


@dataclass(frozen=True)
class ScoreRecord:
    """A film's score by one model version, the active one or another."""

    film_id: int
    scored_at: datetime
    score: Score


@dataclass(frozen=True)
class FlagRecord:
    """A flag, the films that support it by their ids, and its last step."""

    flag: FlagFacts
    film_ids: tuple[int, ...]
    cause: FlagCause | None
    at: datetime | None
    actor: str
    reason: str


@dataclass(frozen=True)
class SiteRecords:
    """A site as it stood at one moment.

    Attributes
    ----------
    patients : tuple of PatientFacts
        Without those merged into another one.
    merged : mapping of int to int
        Whom a merged patient was merged into.
    unit_of_stay : mapping of int to str
    films : tuple of FilmRecord
        In every state, by acquisition, films without a time last; with the scores of the active model.
    scores : tuple of ScoreRecord
        By every model.
    observations, events : tuple of (patient id, facts)
        By time, without those taken back.
    """

    model: ActiveModel
    patients: tuple[PatientFacts, ...]
    merged: Mapping[int, int]
    unit_of_stay: Mapping[int, str]
    films: tuple[FilmRecord, ...]
    scores: tuple[ScoreRecord, ...]
    flags: tuple[FlagRecord, ...]
    observations: tuple[tuple[int, ObservationFacts], ...]
    events: tuple[tuple[int, EventFacts], ...]

    def person(self, patient_id: int) -> int:
        """Return the patient who remains, where this one was merged."""
        while patient_id in self.merged:
            patient_id = self.merged[patient_id]
        return patient_id


def read_site_records(*, session: Session) -> SiteRecords:
    """Return everything of every patient; all of one moment where the session sees one."""
    model = read_active_model(as_of=None, session=session)
    people = session.scalars(select(Patient).order_by(col(Patient.id))).all()
    stays = session.execute(select(col(Stay.id), col(Stay.unit)))
    return SiteRecords(
        model=model,
        patients=tuple(patient_facts(row) for row in people if row.merged_into_id is None),
        merged={key(row): row.merged_into_id for row in people if row.merged_into_id is not None},
        unit_of_stay={stay_id: unit for stay_id, unit in stays if stay_id is not None},
        films=_films(model, session=session),
        scores=_scores(session=session),
        flags=_flags(session=session),
        observations=_observations(session=session),
        events=_events(session=session),
    )


def _films(model: ActiveModel, *, session: Session) -> tuple[FilmRecord, ...]:
    refused: dict[int, list[str]] = defaultdict(list)
    checks = select(col(FilmCheck.film_id), col(FilmCheck.name)).where(col(FilmCheck.verdict) == CheckVerdict.REFUSED)
    for film_id, name in session.execute(checks.order_by(col(FilmCheck.id))):
        refused[film_id].append(name)
    names = ("modality", "device", "synthetic", "duplicate_of_id", "original_name")
    statement = in_order(film_query(model, None).statement).add_columns(*(getattr(Film, name) for name in names))
    found = ((film_facts(row, model), tuple(row[-len(names) :])) for row in session.execute(statement))
    return tuple(FilmRecord(film, tuple(refused.get(film.film_id, ())), *others) for film, others in found)


def _scores(*, session: Session) -> tuple[ScoreRecord, ...]:
    rows = session.scalars(select(FilmScore).order_by(col(FilmScore.film_id), col(FilmScore.id)))
    return tuple(ScoreRecord(row.film_id, row.scored_at, to_score(row)) for row in rows)


def _flags(*, session: Session) -> tuple[FlagRecord, ...]:
    films: dict[int, list[int]] = defaultdict(list)
    for flag_id, film_id in session.execute(
        select(col(FlagFilm.flag_id), col(FlagFilm.film_id)).order_by(col(FlagFilm.flag_id), col(FlagFilm.film_id))
    ):
        films[flag_id].append(film_id)
    steps = session.scalars(select(FlagAction).order_by(col(FlagAction.at), col(FlagAction.id)))
    last = {step.flag_id: step for step in steps}
    rows = session.execute(flag_query(None).statement.order_by(col(Flag.opened_at), col(Flag.id)))
    return tuple(_flag(flag_facts(row), films, last) for row in rows)


def _flag(flag: FlagFacts, films: Mapping[int, list[int]], last: Mapping[int, FlagAction]) -> FlagRecord:
    film_ids, step = tuple(films.get(flag.flag_id, ())), last.get(flag.flag_id)
    if step is None:
        return FlagRecord(flag, film_ids, None, None, "", "")
    return FlagRecord(flag, film_ids, step.cause, step.at, step.actor, step.reason)


def _observations(*, session: Session) -> tuple[tuple[int, ObservationFacts], ...]:
    names = ("id", "name", "value", "comparator", "unit", "at", "time_precision", "added_by")
    statement = select(col(Observation.patient_id), *(getattr(Observation, name) for name in names))
    order = (col(Observation.at), col(Observation.id))
    rows = session.execute(statement.where(standing(Observation, None)).order_by(*order))
    return tuple((patient_id, ObservationFacts(*facts)) for patient_id, *facts in rows)


def _events(*, session: Session) -> tuple[tuple[int, EventFacts], ...]:
    statement = select(col(ClinicalEvent.patient_id), *event_columns(ClinicalEvent))
    order = (col(ClinicalEvent.at), col(ClinicalEvent.id))
    rows = session.execute(statement.where(standing(ClinicalEvent, None)).order_by(*order))
    return tuple((patient_id, EventFacts(*facts)) for patient_id, *facts in rows)

"""Lists over all patients: flags, patients found by name or number, every patient with the films on the trend."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, false, func, or_, select
from sqlmodel import Session, col

from db.errors import NotFoundError
from db.models import Film, FilmScore, FilmState, Flag, FlagState, Patient, Stay
from db.read_models._films import Rows, film_standing, read_active_model, require_zone
from db.read_models._flags import COLUMNS as FLAG_COLUMNS
from db.read_models._flags import FlagQuery, flag_facts, flag_query
from db.read_models._people import PATIENT_COLUMNS, patient_columns, stay_columns
from db.read_models.facts import FlagFacts, PatientFacts, StayFacts, TakenFilm
from db.read_models.patient import patient_facts
from db.repositories import flags, key, patients, unit_settings

RECENT = timedelta(hours=72)


@dataclass(frozen=True)
class FlagRow:
    """A flag with the patient it is of; `unit` and `bed` are None for a film without a stay."""

    flag: FlagFacts
    patient: PatientFacts
    unit: str | None
    bed: str | None


@dataclass(frozen=True)
class PatientRow:
    """A patient with the open stay, else the last one."""

    patient: PatientFacts
    stay: StayFacts | None

    @property
    def present(self) -> bool:
        """Return whether the stay is open."""
        return self.stay is not None and self.stay.discharged_at is None


@dataclass(frozen=True)
class ListedPatient:
    """A patient as the list of all patients shows them.

    Attributes
    ----------
    stay : StayFacts or None
        The open one.
    films_on_trend : int
        Films with a time and a score by the active model, 0 or more.
    last_film : TakenFilm or None
        The one taken last; None where no film is on the trend.
    """

    patient: PatientFacts
    stay: StayFacts | None
    films_on_trend: int
    last_film: TakenFilm | None


@dataclass(frozen=True)
class NotAdmitted:
    """How many patients have films and no open stay, and the first of them by name.

    Attributes
    ----------
    recent : int
        Of them, those with a film that came in the last `RECENT`: they may lie on the ward and be in no row.
    """

    count: int
    recent: int
    first: tuple[PatientRow, ...]


def list_flags(
    states: Collection[FlagState] = (FlagState.OPEN,),
    *,
    unit: str | None = None,
    as_of: datetime | None = None,
    now: datetime | None = None,
    session: Session,
) -> list[FlagRow]:
    """Return the flags in these states, now or at `as_of`, latest opened first; with `unit` those of its stays.

    With OPEN come the flags whose snooze has ended by `as_of` or `now`, as on the ward board.
    """
    require_zone(as_of)
    query = flag_query(as_of)
    statement = (
        _with_place(query, as_of)
        .where(or_(query.state.in_(states), _snooze_ended(query, states, as_of or now)))
        .order_by(col(Flag.opened_at).desc(), col(Flag.id).desc())
    )
    if unit is not None:
        statement = statement.where(col(Stay.unit) == unit)
    return [_flag_row(row) for row in session.execute(statement)]


def count_open_flags(*, now: datetime, session: Session) -> int:
    """Return how many flags `list_flags` lists as open, from the index of states alone."""
    open_again = flags.snooze_ended(col(Flag.state), col(Flag.snoozed_until), moment=now)
    asked = or_(col(Flag.state) == FlagState.OPEN, open_again)
    return session.scalar(select(func.count()).select_from(Flag).where(asked)) or 0


def read_flag_row(flag_id: int, *, session: Session) -> FlagRow:
    """Return one flag as `list_flags` does.

    Raises
    ------
    NotFoundError
    """
    found = session.execute(_with_place(flag_query(None), None).where(col(Flag.id) == flag_id)).one_or_none()
    if found is None:
        raise NotFoundError(f"There is no flag with the id {flag_id}.")
    return _flag_row(found)


def _with_place(query: FlagQuery, as_of: datetime | None) -> Rows:
    films = film_standing(as_of)
    place = films.statement.add_columns(films.patient_id.label("of_patient"), films.stay_id.label("of_stay")).subquery()
    return (
        query.statement.add_columns(*patient_columns(), col(Stay.unit), col(Stay.bed))
        .join(place, place.c.id == col(Flag.film_id))
        .join(Patient, col(Patient.id) == place.c.of_patient)
        .outerjoin(Stay, col(Stay.id) == place.c.of_stay)
    )


def _flag_row(row: Sequence[Any]) -> FlagRow:
    return FlagRow(flag_facts(row), PatientFacts(*row[FLAG_COLUMNS:-2]), row[-2], row[-1])


def _snooze_ended(query: FlagQuery, states: Collection[FlagState], moment: datetime | None) -> ColumnElement[bool]:
    if moment is None or FlagState.OPEN not in states:
        return false()
    return flags.snooze_ended(query.state, query.snoozed_until, moment=moment)


def find_patients(text: str, *, limit: int = 50, session: Session) -> list[PatientRow]:
    """Return patients whose name or number holds every word of `text`, discharged ones too, by name."""
    return _with_stays(patients.search(text, limit=limit, session=session), session=session)


def list_patients(*, unit: str | None = None, session: Session) -> list[ListedPatient]:
    """Return every patient of the site by name, or those with an open stay in `unit`.

    A merged record is not listed: the patient is listed once, under the record that remains.
    """
    on_trend = films_on_trend(session=session).subquery()
    is_last = and_(on_trend.c.patient_id == col(Patient.id), on_trend.c.place == 1)
    is_open = and_(col(Stay.patient_id) == col(Patient.id), col(Stay.discharged_at).is_(None))
    statement = (
        select(on_trend.c.n_films, on_trend.c.id, on_trend.c.acquired_at, on_trend.c.time_precision, *stay_columns())
        .add_columns(*patient_columns())
        .select_from(Patient)
        .outerjoin(on_trend, is_last)
        .outerjoin(Stay, is_open)
        .where(col(Patient.merged_into_id).is_(None))
        .order_by(col(Patient.name), col(Patient.identifier), col(Patient.id))
    )
    if unit is not None:
        statement = statement.where(col(Stay.unit) == unit)
    return [_listed(row) for row in session.execute(statement)]


def films_on_trend(*, session: Session) -> Rows:
    """Return the films on the trend; of each its place among the patient's, 1 for the last, and their number."""
    model = read_active_model(as_of=None, session=session)
    has_score = and_(
        col(FilmScore.film_id) == col(Film.id),
        col(FilmScore.model) == model.name,
        col(FilmScore.model_version) == model.version,
    )
    of_patient = col(Film.patient_id)
    newest_first = (col(Film.acquired_at).desc(), col(Film.id).desc())
    return (
        select(
            of_patient,
            col(Film.id),
            col(Film.acquired_at),
            col(Film.time_precision),
            func.count().over(partition_by=of_patient).label("n_films"),
            func.row_number().over(partition_by=of_patient, order_by=newest_first).label("place"),
        )
        .join(FilmScore, has_score)
        .where(col(Film.state) == FilmState.ACCEPTED, col(Film.acquired_at).is_not(None))
    )


def _listed(row: Sequence[Any]) -> ListedPatient:
    n_films, *last = row[:4]
    stay = row[4:-PATIENT_COLUMNS]
    return ListedPatient(
        patient=PatientFacts(*row[-PATIENT_COLUMNS:]),
        stay=None if stay[0] is None else StayFacts(*stay),
        films_on_trend=n_films or 0,
        last_film=TakenFilm(*last) if n_films else None,
    )


def list_not_admitted(*, now: datetime, limit: int = 50, session: Session) -> NotAdmitted:
    """Return the patients with films but without an open stay: they are in no row of the ward."""
    films = select(col(Film.id)).where(
        col(Film.patient_id) == col(Patient.id), col(Film.state).not_in((FilmState.RETRACTED, FilmState.DUPLICATE))
    )
    stays = select(col(Stay.id)).where(col(Stay.patient_id) == col(Patient.id), col(Stay.discharged_at).is_(None))
    asked = and_(films.exists(), ~stays.exists())
    count = session.scalar(select(func.count()).select_from(Patient).where(asked)) or 0
    just_came = and_(films.where(col(Film.received_at) > now - RECENT).exists(), ~stays.exists())
    recent = session.scalar(select(func.count()).select_from(Patient).where(just_came)) or 0
    order = (col(Patient.name), col(Patient.identifier), col(Patient.id))
    found = session.scalars(select(Patient).where(asked).order_by(*order).limit(limit)).all()
    return NotAdmitted(count, recent, tuple(_with_stays(found, session=session)))


def list_units(*, session: Session) -> tuple[str, ...]:
    """Return the units that have or had a stay, or set something, by name."""
    units = set(session.scalars(select(col(Stay.unit)).distinct()))
    return tuple(sorted(units | set(unit_settings.newest(session=session))))


def list_patient_ids(*, session: Session) -> list[int]:
    """Return every patient's id, merged ones too."""
    ids = session.scalars(select(col(Patient.id)).order_by(col(Patient.id)))
    return [patient_id for patient_id in ids if patient_id is not None]


def _with_stays(found: Sequence[Patient], *, session: Session) -> list[PatientRow]:
    open_first = case((col(Stay.discharged_at).is_(None), 0), else_=1)
    statement = (
        select(*stay_columns())
        .join(Patient, col(Patient.id) == col(Stay.patient_id))
        .where(col(Stay.patient_id).in_([patient.id for patient in found]))
        .order_by(open_first, col(Stay.admitted_at).desc(), col(Stay.id).desc())
    )
    stays: dict[int, StayFacts] = {}
    for row in session.execute(statement):
        stay = StayFacts(*row)
        stays.setdefault(stay.patient_id, stay)
    return [PatientRow(patient_facts(patient), stays.get(key(patient))) for patient in found]

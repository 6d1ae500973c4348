"""A site as tidy tables: read at one moment, with the verdicts as the screens compute them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from core.trend.types import Change
from core.types import Interval, ScorerCard, TimePrecision
from dashboard.services.export.columns import Table, code, columns_of
from dashboard.services.patient.standing import absence_of, is_open, on_trend
from dashboard.services.site.opening import Site
from dashboard.services.site.scorers import card_of
from dashboard.services.units.policies import Policies, all_comparisons, load_policies
from dashboard.services.worker.score_files import without_sides
from db.engine import read_transaction
from db.read_models.facts import FilmFacts, PatientFacts
from db.read_models.site_records import ScoreRecord, SiteRecords, read_site_records

Row = dict[str, Any]
OLDEST = 90
"""Higher ages are so rare that they name a person."""
ZONES = "abcdef"


@dataclass(frozen=True, eq=False)
class SiteSnapshot:
    """A site as it stood at `moment`; later films are not in it, and all its tables fit together."""

    records: SiteRecords
    card: ScorerCard | None
    policies: Policies
    zone: ZoneInfo
    moment: datetime

    @cached_property
    def patients(self) -> Mapping[int, PatientFacts]:
        """The patients by their ids."""
        return {patient.patient_id: patient for patient in self.records.patients}

    @cached_property
    def patient_of_film(self) -> Mapping[int, PatientFacts]:
        """Whose each film is; of a merged record's films the one who remains."""
        films = (film.film for film in self.records.films)
        return {film.film_id: self.patients[self.records.person(film.patient_id)] for film in films}

    @cached_property
    def films_of_patient(self) -> Mapping[int, list[FilmFacts]]:
        """The films of each patient, by acquisition."""
        found: dict[int, list[FilmFacts]] = {patient_id: [] for patient_id in self.patients}
        for film in self.records.films:
            found[self.patient_of_film[film.film.film_id].patient_id].append(film.film)
        return found


def read_snapshot(*, site: Site) -> SiteSnapshot:
    """Return the site as it stands, read in one transaction while films may arrive."""
    now = site.clock()
    with read_transaction(site.engine) as session:
        records = read_site_records(session=session)
        policies = load_policies(records.unit_of_stay, site=site, session=session)
        model = records.model
        card = card_of(model.name, model.version, session=session) if model.name else None
    return SiteSnapshot(records, card, policies, site.zone, now)


def frame(table: Table, snapshot: SiteSnapshot, *, names: bool = False) -> pd.DataFrame:
    """Return a table, one row per thing; what may name a person only with `names`. Empty text is a missing value."""
    rows = list(ROWS[table](snapshot))
    columns = columns_of(table, names=names)
    values = {column.name: [row[column.name] if row[column.name] != "" else None for row in rows] for column in columns}
    return pd.DataFrame({column.name: pd.Series(values[column.name], dtype=column.kind.value) for column in columns})


def _patients(snapshot: SiteSnapshot) -> Iterator[Row]:
    n_films = Counter(patient.patient_id for patient in snapshot.patient_of_film.values())
    for patient in snapshot.records.patients:
        yield {
            **_known(patient, "patient_id", "sex", "name", "identifier", "issuer", "birth_date"),
            "age_years": _age(patient, snapshot),
            "days_from_day_zero": patient.relative_day_zero is not None,
            "n_films": n_films[patient.patient_id],
        }


def _age(patient: PatientFacts, snapshot: SiteSnapshot) -> int | None:
    times = [film.acquired_at for film in snapshot.films_of_patient[patient.patient_id] if film.acquired_at]
    if patient.birth_date is None or not times or patient.relative_day_zero is not None:
        return None
    born, on = patient.birth_date, min(times).astimezone(snapshot.zone).date()
    years = on.year - born.year - ((on.month, on.day) < (born.month, born.day))
    return min(years, OLDEST) if years >= 0 else None


def _films(snapshot: SiteSnapshot) -> Iterator[Row]:
    facts = ("film_id", "stay_id", "stated_at", "received_at", "portable", "overruled", "sides_in_doubt", "reason")
    codes = ("time_doubt", "view_position", "patient_position", "state")
    for record in snapshot.records.films:
        film, patient = record.film, snapshot.patient_of_film[record.film.film_id]
        yield {
            **_known(film, *facts),
            **_known(record, "modality", "device", "synthetic", "original_name"),
            **{name: code(getattr(film, name)) for name in codes},
            **_when("acquired", film.acquired_at, film.time_precision, patient, snapshot.zone),
            "patient_id": patient.patient_id,
            "unit": snapshot.records.unit_of_stay.get(film.stay_id) if film.stay_id is not None else None,
            "off_trend": code(absence_of(film)),
            "refused_by": "; ".join(record.refused_by),
            "duplicate_of_film_id": record.duplicate_of_id,
            "names_other_person": film.other_person is not None,
        }


def _scores(snapshot: SiteSnapshot) -> Iterator[Row]:
    doubtful = {film.film.film_id for film in snapshot.records.films if film.film.sides_in_doubt}
    for score in snapshot.records.scores:
        yield _score(score, snapshot, sides_in_doubt=score.film_id in doubtful)


_SCORE_FACTS = (
    *("model", "model_version", "geographic_extent", "opacity", "geographic_extent_right", "geographic_extent_left"),
    *("opacity_right", "opacity_left", "opacity_fraction", "opacity_fraction_right", "opacity_fraction_left", "brixia"),
)


def _score(one: ScoreRecord, snapshot: SiteSnapshot, *, sides_in_doubt: bool) -> Row:
    score = without_sides(one.score) if sides_in_doubt else one.score
    zones = None if sides_in_doubt else score.brixia_zones
    extent, opacity = score.geographic_extent_interval, score.opacity_interval
    model = snapshot.records.model
    return {
        **_known(score, *_SCORE_FACTS),
        **_ends("geographic_extent_", extent),
        **_ends("opacity_", opacity),
        **{f"brixia_zone_{zone}": None if zones is None else zones[place] for place, zone in enumerate(ZONES)},
        "film_id": one.film_id,
        "patient_id": snapshot.patient_of_film[one.film_id].patient_id,
        "active": (score.model, score.model_version) == (model.name, model.version),
        "interval_level": next((found.level for found in (extent, opacity) if found), None),
        "scored_at": one.scored_at,
    }


def _verdicts(snapshot: SiteSnapshot) -> Iterator[Row]:
    card = snapshot.card
    if card is None:
        return
    for patient_id, films in snapshot.films_of_patient.items():
        for trend in all_comparisons(on_trend(films), card=card, policies=snapshot.policies):
            for change in trend.changes:
                of_model = {"model": card.model, "model_version": card.version}
                yield _verdict(change) | {"patient_id": patient_id} | of_model


_CHANGE_FACTS = (
    *("film_id", "change", "expected_change", "p_rise", "p_drop", "p_large_rise", "p_large_drop", "saturated"),
    *("gap_hours", "gap_in_days_only", "called_real_from", "called_large_from", "reference_film_id", "basis"),
)


def _verdict(change: Change) -> Row:
    return {
        **_known(change, *_CHANGE_FACTS),
        **{name: code(getattr(change, name)) for name in ("measure", "reference", "verdict", "comparability")},
        **_ends("interval_", change.interval),
        "interval_level": None if change.interval is None else change.interval.level,
        "unmeasured": "; ".join(change.unmeasured),
        "now_film_ids": _ids(change.now_film_ids),
        "before_film_ids": _ids(change.before_film_ids),
    }


def _flags(snapshot: SiteSnapshot) -> Iterator[Row]:
    facts = ("flag_id", "film_id", "reference_film_id", "change", "basis", "opened_at", "snoozed_until", "quiet_until")
    for record in snapshot.records.flags:
        flag = record.flag
        yield {
            **_known(flag, *facts, "resolved_by_film_id", "model", "model_version"),
            **{name: code(getattr(flag, name)) for name in ("kind", "verdict", "state")},
            "patient_id": snapshot.patient_of_film[flag.film_id].patient_id,
            "is_open": is_open(flag, snapshot.moment),
            "film_ids": _ids(record.film_ids),
            "last_cause": code(record.cause),
            "last_at": record.at,
            "last_actor": record.actor,
            "last_reason": record.reason,
        }


def _observations(snapshot: SiteSnapshot) -> Iterator[Row]:
    for of_patient, one in snapshot.records.observations:
        patient = snapshot.patients[snapshot.records.person(of_patient)]
        yield {
            **_known(one, "observation_id", "name", "value", "comparator", "unit", "added_by"),
            **_when("measured", one.at, one.time_precision, patient, snapshot.zone),
            "patient_id": patient.patient_id,
        }


def _events(snapshot: SiteSnapshot) -> Iterator[Row]:
    for of_patient, one in snapshot.records.events:
        patient = snapshot.patients[snapshot.records.person(of_patient)]
        yield {
            **_known(one, "event_id", "note", "added_by"),
            **_when("happened", one.at, one.time_precision, patient, snapshot.zone),
            "kind": code(one.kind),
            "patient_id": patient.patient_id,
        }


ROWS: Mapping[Table, Callable[[SiteSnapshot], Iterator[Row]]] = {
    Table.PATIENTS: _patients,
    Table.FILMS: _films,
    Table.SCORES: _scores,
    Table.VERDICTS: _verdicts,
    Table.FLAGS: _flags,
    Table.OBSERVATIONS: _observations,
    Table.EVENTS: _events,
}


def _when(prefix: str, at: datetime | None, precision: TimePrecision, patient: PatientFacts, zone: ZoneInfo) -> Row:
    zero = patient.relative_day_zero
    real = at if zero is None else None
    return {
        f"{prefix}_at": real if precision is TimePrecision.SECOND else None,
        f"{prefix}_on": None if real is None else real.astimezone(zone).date(),
        f"{prefix}_day": None if at is None or zero is None else (at - zero) / timedelta(days=1),
        "time_precision": None if at is None else code(precision),
    }


def _known(one: object, *names: str) -> Row:
    return {name: getattr(one, name) for name in names}


def _ends(prefix: str, interval: Interval | None) -> Row:
    low, high = (None, None) if interval is None else (interval.low, interval.high)
    return {f"{prefix}low": low, f"{prefix}high": high}


def _ids(film_ids: Iterable[int]) -> str:
    return " ".join(str(film_id) for film_id in film_ids)

"""Rows of a small ward, each in one call."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlmodel import Session

from core.trend.basis import StatedBasis
from core.trend.reasons import Reasons
from core.trend.types import Change, FlagKind, ProposedFlag, Reference, Verdict
from core.types import Interval, Measure, PatientIdentity, Score
from db.models import Film, FilmScore, FilmState, Flag, Patient, Stay
from db.repositories import films, flags, key, patients, scores, stays

MODEL, VERSION = "embedded", "1"
DAY_0 = datetime(2026, 3, 1, 8, tzinfo=UTC)


def hours(count: float) -> datetime:
    """Return the time so many hours after the start of the scenario."""
    return DAY_0 + timedelta(hours=count)


def patient(session: Session, identifier: str = "100", name: str = "", at: float = 0) -> Patient:
    identity = PatientIdentity(identifier, issuer="clinic", name=name)
    return patients.find_or_create(identity, now=hours(at), session=session)


def stay(session: Session, of: Patient, bed: str = "1", at: float = 0, unit: str = "ICU 1") -> Stay:
    return stays.admit(key(of), unit, bed, admitted_at=hours(at), session=session)


def film(session: Session, of: Patient, content: str, at: float = 0, **fields: object) -> Film:
    """Add a film acquired and received `at` hours after the start."""
    usual = {"acquired_at": hours(at), "received_at": hours(at), "state": FilmState.ACCEPTED}
    row = Film(patient_id=key(of), content_hash=content, **(usual | fields))
    return films.add(row, actor="worker", now=hours(at), session=session)


def score_value(extent: float = 3.0, version: str = VERSION) -> Score:
    return Score(MODEL, version, extent, 2.0, Interval(extent - 1, extent + 1, 0.9), Interval(1.5, 2.5, 0.9), 2.0, 1.0)


def score(session: Session, of: Film, extent: float = 3.0, at: float = 0, version: str = VERSION) -> FilmScore:
    return scores.add(key(of), score_value(extent, version), now=hours(at), session=session)


def proposed(of: Film, reference: Film, change: float = 2.0, basis: str = "geographic extent rose") -> ProposedFlag:
    rise = Change(
        Measure.GEOGRAPHIC_EXTENT,
        Reference.PREVIOUS,
        key(of),
        Verdict.RISE,
        StatedBasis(Reasons(basis)),
        reference_film_id=key(reference),
        change=change,
    )
    return ProposedFlag(key(of), FlagKind.RISE, rise)


def flag(
    session: Session,
    of: Film,
    reference: Film,
    at: float = 0,
    *,
    change: float = 2.0,
    basis: str = "geographic extent rose",
) -> Flag:
    return flags.open(
        key(of),
        proposed(of, reference, change, basis),
        model=MODEL,
        model_version=VERSION,
        actor="worker",
        now=hours(at),
        session=session,
    )

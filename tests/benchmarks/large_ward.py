"""A large ward for the benchmarks: patients with scored films every twelve hours, and their flags."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
from sqlmodel import Session

from core.scoring.registry import DEFAULT_SCORER, read_scorer_card
from core.types import PatientIdentity, PatientPosition, Score, ViewPosition
from dashboard.services.receiving.receive import StatedFacts, receive_film
from dashboard.services.site.opening import Site
from dashboard.services.worker.process import reevaluate
from db.engine import transaction
from db.models import Film, FilmState
from db.repositories import films, key, patients, scores, stays

N_PATIENTS, N_FILMS = 300, 20
HOURS_BETWEEN = 12.0
DRIFT_SD, STEP = 0.4, 4.0
STEP_EVERY = 15
"""One patient of so many rises by STEP with the last film, so that the board has flags to show."""
UNIT_SIZE = 25
ACTOR = "bench"


def fill_large_ward(site: Site, *, n_patients: int = N_PATIENTS, n_films: int = N_FILMS) -> list[int]:
    """Admit the patients, store their films' rows and scores by the default scorer, and their flags; return their ids.

    There are no film files behind the rows; `add_real_films` adds some.
    """
    now, card = site.clock(), read_scorer_card(DEFAULT_SCORER)
    with transaction(site.engine) as session:
        scores.activate(card.model, card.version, actor=ACTOR, now=now - timedelta(days=30), session=session)
        found = [_fill_stay(number, n_films, now, session) for number in range(n_patients)]
    with transaction(site.engine) as session:
        reevaluate(set(found), now=now, site=site, session=session)
    return found


def add_real_films(site: Site, patient_id: int, sources: list[tuple[bytes, float]]) -> None:
    """Receive DICOM films of a patient, each with the hours before now that it was taken, and score them as 3 of 8."""
    now, card = site.clock(), read_scorer_card(DEFAULT_SCORER)
    for source, hours_ago in sources:
        facts = StatedFacts(
            acquired_at=now - timedelta(hours=hours_ago),
            view_position=ViewPosition.AP,
            patient_position=PatientPosition.SUPINE,
        )
        receipt = receive_film(source, stated=facts, original_name="bench.dcm", actor=ACTOR, site=site)
        if receipt.film_id is None or receipt.patient_id != patient_id:
            raise RuntimeError(f"The benchmark's film was not received for patient {patient_id}: {receipt.reason}")
        with transaction(site.engine) as session:
            film = films.get(receipt.film_id, session=session)
            film.pixel_hash = film.content_hash
            films.set_state(film, FilmState.ACCEPTED, actor=ACTOR, now=now, session=session)
            scores.add(receipt.film_id, Score(card.model, card.version, 3.0, 2.0), now=now, session=session)
            reevaluate({patient_id}, now=now, site=site, session=session)


def _fill_stay(number: int, n_films: int, now: datetime, session: Session) -> int:
    card, drawn = read_scorer_card(DEFAULT_SCORER), np.random.default_rng(number)
    first = now - timedelta(hours=HOURS_BETWEEN * n_films)
    identity = PatientIdentity(f"B-{number:04d}", "", f"Bench^Patient {number}")
    patient = key(patients.find_or_create(identity, now=first, session=session))
    unit = f"ICU {number // UNIT_SIZE + 1}"
    stay = stays.admit(patient, unit, f"{number % UNIT_SIZE + 1}", admitted_at=first, session=session)
    levels = drawn.uniform(0, 5) + np.cumsum(drawn.normal(0, DRIFT_SD, n_films))
    if number % STEP_EVERY == 0:
        levels[-1] += STEP
    for index, level in enumerate(np.clip(levels, 0, 8)):
        at = first + timedelta(hours=HOURS_BETWEEN * (index + 0.5))
        film = films.add(
            Film(
                patient_id=patient,
                stay_id=stay.id,
                content_hash=f"{number:032d}{index:032d}",
                acquired_at=at,
                received_at=at,
                state=FilmState.ACCEPTED,
                view_position=ViewPosition.AP,
                patient_position=PatientPosition.SUPINE,
            ),
            actor=ACTOR,
            now=at,
            session=session,
        )
        score = Score(card.model, card.version, float(level), float(level) * 0.75)
        scores.add(key(film), score, now=at, session=session)
    return patient

"""A site's own recalibration of the active model: made from its blind readings, shown, and activated as a version."""

from __future__ import annotations

from dataclasses import dataclass, replace

from core.counting import counted
from core.evaluation.reader_study import ReadFilm
from core.evaluation.site_recalibration import LEAST_FILMS, LEAST_PATIENTS
from core.evaluation.site_version import recalibration_of
from core.scoring.base import Scorer
from core.scoring.recalibration import Recalibration
from core.scoring.registry import load_scorer
from core.types import PatientPosition, Score, ViewPosition
from dashboard.errors import NotAllowedError
from dashboard.services.readers.agreement import BlindReadings, blind_readings, finished_blind
from dashboard.services.readers.sessions import NO_MODEL
from dashboard.services.site.models import Activation, ActivationPreview, make_active, preview_of, score_films
from dashboard.services.site.opening import Site
from dashboard.services.site.scorers import recalibrated_scorer
from dashboard.services.worker.process import Claimed
from db.engine import read_transaction, transaction
from db.models import FilmState
from db.read_models.readings import SessionFilm, TakenFilm, read_taken
from db.repositories import recalibrations, scores
from db.repositories.site import write_audit


@dataclass(frozen=True)
class Proposal:
    """A recalibration that could be activated, and how the scores of local films would change."""

    recalibration: Recalibration
    preview: ActivationPreview


def propose(*, site: Site) -> Proposal:
    """Make the recalibration that all finished blind readings give for the active model as it is on this machine.

    The line always starts from the scores of the model itself, also where a recalibration is active: films that it
    has not scored are scored here, and nothing is stored.

    Raises
    ------
    NotAllowedError
        No model is active, or too few films were read.
    DataSetInvalidError
        No measure can be recalibrated.
    CoreError
        The model is unknown or lacks its weights.
    """
    with read_transaction(site.engine) as session:
        active = scores.active_model(session=session)
    if active is None:
        raise NotAllowedError(NO_MODEL)
    base = load_scorer(active.model, weights_dir=site.weights_dir)
    readings = _readings(base, site=site)
    if not readings.are_enough:
        raise NotAllowedError(
            f"{counted(readings.n_films, 'film')} of {counted(readings.n_patients, 'patient')} were read blind in "
            f"finished sessions. Expected {LEAST_FILMS} films of {LEAST_PATIENTS} patients or more. Read more films on "
            "the screen Reading, and finish the session."
        )
    found = recalibration_of(readings.films, base.card, n_readers=readings.n_readers)
    scorer = recalibrated_scorer(base, recalibrations.from_recalibration(found, actor="", now=site.clock()))
    return Proposal(found, preview_of(scorer, site=site))


def activate(recalibration: Recalibration, *, actor: str, site: Site) -> Activation:
    """Store a recalibration and make it the site's active model version.

    The same one stored before keeps who made it, and when.

    Raises
    ------
    ConflictError
        A model was activated later than now.
    """
    now = site.clock()
    with transaction(site.engine) as session:
        row = recalibrations.add(recalibration, actor=actor, now=now, session=session)
        detail = {"model": row.model, "version": row.model_version, "n_films": recalibration.n_films}
        write_audit(actor, "recalibrate", "model", row.id, detail, now=now, session=session)
        return make_active(row.model, row.model_version, actor=actor, now=now, site=site, session=session)


def _readings(base: Scorer, *, site: Site) -> BlindReadings:
    with read_transaction(site.engine) as session:
        sets = finished_blind(session=session)
        read = [film for _reader, films in sets for film in films if _counts(film)]
        taken = read_taken({film.film_id for film in read}, session=session)
        rows = scores.scores_of(list(taken), base.name, base.version, session=session)
    said: dict[int, Score] = {film_id: scores.to_score(row) for film_id, row in rows.items()}
    missing = [
        Claimed(film.film_id, film.content_hash, film.view_position)
        for film in taken.values()
        if film.film_id not in said
    ]
    found = blind_readings(sets, said | score_films(missing, base, site=site))
    return replace(found, films=tuple(_placed(film, taken[int(film.film_id)], site=site) for film in found.films))


def _counts(film: SessionFilm) -> bool:
    return film.state is FilmState.ACCEPTED and film.reading is not None and film.reading.not_readable is None


def _placed(film: ReadFilm, taken: TakenFilm, *, site: Site) -> ReadFilm:
    """Return a film with the day it was taken on and how, in words."""
    day = None if taken.acquired_at is None else taken.acquired_at.astimezone(site.zone).toordinal()
    stated = [
        one.value
        for one in (taken.view_position, taken.patient_position)
        if one not in {ViewPosition.UNKNOWN, PatientPosition.UNKNOWN}
    ]
    return replace(film, day=day, view=" ".join(stated))

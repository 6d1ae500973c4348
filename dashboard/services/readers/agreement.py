"""How readers and model agree: in one session, and over all blind ones as a recalibration for this site."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from core.evaluation.reader_study import ReadFilm, ScaleAgreement, agreement_by_scale
from core.evaluation.site_recalibration import LEAST_FILMS, LEAST_PATIENTS, SiteLine, site_lines
from core.types import Score
from dashboard.errors import NotAllowedError
from dashboard.services.readers.sessions import NO_MODEL, compared_model, lung_scores
from dashboard.services.site.opening import Site
from db.engine import read_transaction
from db.models import FilmScore, FilmState
from db.read_models.readings import SessionFacts, SessionFilm, read_session, read_session_films, read_sessions
from db.repositories import scores

STILL_BLIND = (
    "The results of this blind session were not shown. What the model said stays hidden until then, also in figures "
    "over all films: a reader who knows them reads the next film differently."
)
NOT_READABLE = "not readable"
NO_SCORE = "not scored by this model"


@dataclass(frozen=True)
class ReaderAgreement:
    """Agreement of a reader with a model over one session.

    Attributes
    ----------
    n_films, n_patients : int
        That both scored.
    left_out : mapping of reason to number of films
        Of those read.
    films : tuple of ReadFilm
        `film_id` is the place in the session.
    scales : tuple of ScaleAgreement
        Empty for fewer than three films.
    """

    facts: SessionFacts
    model: str
    version: str
    n_films: int
    n_patients: int
    left_out: Mapping[str, int]
    films: tuple[ReadFilm, ...]
    scales: tuple[ScaleAgreement, ...]


@dataclass(frozen=True)
class SiteRecalibration:
    """What the blind readings of this site say of the active model's scale.

    Attributes
    ----------
    lines : tuple of SiteLine
        Empty where there are too few films yet.
    """

    model: str
    version: str
    n_films: int
    n_patients: int
    n_readers: int
    lines: tuple[SiteLine, ...]


def reader_agreement(session_id: int, *, site: Site) -> ReaderAgreement:
    """Return how a session's reader agrees with the model.

    Blind sessions are compared with the model that is active now; others with the one the reader saw.

    Raises
    ------
    NotAllowedError
        The session is blind and its results were not shown, or no model is active.
    NotFoundError
    """
    with read_transaction(site.engine) as session:
        facts = read_session(session_id, session=session)
        if facts.hides_results:
            raise NotAllowedError(STILL_BLIND)
        model, version = compared_model(facts, session=session)
        films = read_session_films(session_id, session=session)
        said = scores.scores_of([film.film_id for film in films], model, version, session=session)
    both, left_out = read_and_scored(films, _as_scores(said), named_by="place")
    found = tuple(both)
    return ReaderAgreement(
        facts,
        model,
        version,
        len(found),
        len({film.patient_id for film in found}),
        left_out,
        found,
        agreement_by_scale(found),
    )


def site_recalibration(*, site: Site) -> SiteRecalibration:
    """Return the lines from the active model's scores to the readings of all finished blind sessions.

    Raises
    ------
    NotAllowedError
        No model is active.
    DataSetInvalidError
        The model says the same of every film.
    """
    with read_transaction(site.engine) as session:
        active = scores.active_model(session=session)
        if active is None:
            raise NotAllowedError(NO_MODEL)
        model, version = active.model, active.model_version
        sets = finished_blind(session=session)
        ids = [film.film_id for _reader, films in sets for film in films]
        said = scores.scores_of(ids, model, version, session=session)
    found = blind_readings(sets, _as_scores(said))
    lines = site_lines(found.films) if found.are_enough else ()
    return SiteRecalibration(model, version, found.n_films, found.n_patients, found.n_readers, lines)


@dataclass(frozen=True)
class BlindReadings:
    """What people read blind of films that a model has scored; a film stands once for each session it was read in."""

    films: tuple[ReadFilm, ...]
    n_readers: int

    @property
    def n_films(self) -> int:
        """Return the number of films."""
        return len({film.film_id for film in self.films})

    @property
    def n_patients(self) -> int:
        """Return the number of their patients."""
        return len({film.patient_id for film in self.films})

    @property
    def are_enough(self) -> bool:
        """Return whether a line may be drawn through them."""
        return self.n_films >= LEAST_FILMS and self.n_patients >= LEAST_PATIENTS


def finished_blind(*, session: Session) -> list[tuple[str, tuple[SessionFilm, ...]]]:
    """Return the reader and the films of every blind session whose results were shown."""
    return [
        (facts.reader, read_session_films(facts.session_id, session=session))
        for facts in read_sessions(session=session)
        if facts.blind and facts.results_opened_at is not None
    ]


def blind_readings(sets: Sequence[tuple[str, Sequence[SessionFilm]]], said: Mapping[int, Score]) -> BlindReadings:
    """Return the films of these sessions that have a reading and a score; films are named by their ids."""
    each = [(reader, read_and_scored(films, said, named_by="film_id")[0]) for reader, films in sets]
    readers = {reader for reader, films in each if films}
    return BlindReadings(tuple(film for _reader, films in each for film in films), len(readers))


def export_rows(session_id: int | None = None, *, site: Site) -> list[dict[str, Any]]:
    """Return every reading of one session or of all, corrected ones too, as plain values.

    Films and patients are named by the database's own numbers. The model's scores of a blind session stand beside
    its readings once it is finished.
    """
    rows: list[dict[str, Any]] = []
    with read_transaction(site.engine) as session:
        chosen = read_sessions(session=session) if session_id is None else (read_session(session_id, session=session),)
        for facts in reversed(chosen):
            rows += _rows(facts, session=session)
    return rows


def _rows(facts: SessionFacts, *, session: Session) -> list[dict[str, Any]]:
    films = read_session_films(facts.session_id, session=session)
    model, version = compared_model(facts, session=session)
    hidden = facts.hides_results
    found = {} if hidden else scores.scores_of([film.film_id for film in films], model, version, session=session)
    rows = []
    for film in films:
        said = found.get(film.film_id)
        for reading in film.readings:
            read = lung_scores(reading)
            rows.append(
                {
                    "session": facts.session_id,
                    "title": facts.title,
                    "reader": facts.reader,
                    "blind": facts.blind,
                    "place": film.place,
                    "film": film.film_id,
                    "patient": film.patient_id,
                    "film_state": film.state.value,
                    "read_at": reading.read_at.isoformat(),
                    "counts": reading == film.reading,
                    "geographic_extent_right": reading.geographic_extent_right,
                    "geographic_extent_left": reading.geographic_extent_left,
                    "opacity_right": reading.opacity_right,
                    "opacity_left": reading.opacity_left,
                    "geographic_extent": None if read is None else read.geographic_extent,
                    "opacity": None if read is None else read.opacity,
                    "not_readable": reading.not_readable,
                    "model": None if hidden else model,
                    "model_version": None if hidden else version,
                    "model_geographic_extent": None if said is None else said.geographic_extent,
                    "model_opacity": None if said is None else said.opacity,
                }
            )
    return rows


def _as_scores(rows: Mapping[int, FilmScore]) -> dict[int, Score]:
    return {film_id: scores.to_score(row) for film_id, row in rows.items()}


def read_and_scored(
    films: Sequence[SessionFilm], said: Mapping[int, Score], *, named_by: str
) -> tuple[list[ReadFilm], Counter[str]]:
    """Return the films that the reader and the model scored, and why the other films that were read are left out.

    Parameters
    ----------
    said : mapping of film id to Score
    named_by : str
        "place" in the session, or "film_id".
    """
    read = [(film, film.reading) for film in films if film.reading is not None]
    both, left_out = [], Counter[str]()
    for film, one in read:
        own = lung_scores(one)
        if film.state is not FilmState.ACCEPTED:
            left_out[f"{film.state.value} since"] += 1
        elif own is None:
            left_out[NOT_READABLE] += 1
        elif film.film_id not in said:
            left_out[NO_SCORE] += 1
        else:
            name = str(getattr(film, named_by))
            both.append(ReadFilm(name, str(film.patient_id), own, said[film.film_id]))
    return both, left_out

"""How people who read the same films blind agree with each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from core.evaluation.reader_study import LEAST_FILMS, ReadFilm, ScaleAgreement, agreement_by_scale
from core.human_reading import LungScores
from dashboard.services.readers.sessions import lung_scores
from dashboard.services.site.opening import Site
from db.engine import read_transaction
from db.models import FilmState
from db.read_models.readings import SessionFilm, read_session, read_session_films, read_sessions


@dataclass(frozen=True)
class OtherReader:
    """Agreement of a session's reader with another one, over the films that both read."""

    reader: str
    n_films: int
    n_patients: int
    scales: tuple[ScaleAgreement, ...]


def other_readers(session_id: int, *, site: Site) -> tuple[OtherReader, ...]:
    """Return the agreement with everybody who read three films or more of a session, by name.

    Only finished blind sessions are compared; nobody for a session that is none.

    Raises
    ------
    NotFoundError
    """
    with read_transaction(site.engine) as session:
        facts = read_session(session_id, session=session)
        if not facts.blind or facts.hides_results:
            return ()
        own = read_session_films(session_id, session=session)
        read: dict[str, dict[int, LungScores]] = defaultdict(dict)
        for session_facts in reversed(read_sessions(session=session)):
            if session_facts.blind and not session_facts.hides_results and session_facts.reader != facts.reader:
                # A later session's reading of the same film takes the place of an earlier one's.
                read[session_facts.reader] |= _scores(read_session_films(session_facts.session_id, session=session))
    found = (_with(reader, own, read[reader]) for reader in sorted(read))
    return tuple(reader for reader in found if reader.n_films >= LEAST_FILMS)


def _with(reader: str, own: Sequence[SessionFilm], theirs: dict[int, LungScores]) -> OtherReader:
    mine = _scores(own)
    both = [
        ReadFilm(str(film.place), str(film.patient_id), mine[film.film_id], theirs[film.film_id])
        for film in own
        if film.film_id in mine and film.film_id in theirs
    ]
    return OtherReader(reader, len(both), len({film.patient_id for film in both}), agreement_by_scale(both))


def _scores(films: Sequence[SessionFilm]) -> dict[int, LungScores]:
    """Return what was read on the films that still stand."""
    read = {film.film_id: lung_scores(film.reading) for film in films if film.reading and _stands(film)}
    return {film_id: scores for film_id, scores in read.items() if scores is not None}


def _stands(film: SessionFilm) -> bool:
    return film.state is FilmState.ACCEPTED

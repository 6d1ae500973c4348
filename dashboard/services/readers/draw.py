"""Making a reading session: which films a person reads, and which are left out."""

from __future__ import annotations

from dataclasses import dataclass

from core.counting import counted
from core.human_reading import drawn_films
from dashboard.errors import NotAllowedError
from dashboard.services.readers.sessions import NO_MODEL
from dashboard.services.site.opening import Site
from db.engine import transaction
from db.models import ReadingSession
from db.repositories import key, reading_sessions, scores
from db.repositories.site import write_audit

USUAL_FILMS = 30
MOST_FILMS = 500


@dataclass(frozen=True)
class DrawnUp:
    """A session that was made, and what was left out of it.

    Attributes
    ----------
    n_asked, n_films : int
        Films asked for, and drawn.
    n_read_before : int
        Scored films left out because the reader has read them.
    n_seen : int
        Films of patients of whom the reader was shown the model's scores: left out of a blind session, but where there
        are no others.
    has_seen : bool
        There were no others: the films of this blind session are of such patients.
    """

    session_id: int
    n_asked: int
    n_films: int
    n_read_before: int
    n_seen: int
    has_seen: bool


def draw_up(*, title: str, reader: str, blind: bool, n_films: int, seed: int, actor: str, site: Site) -> DrawnUp:
    """Draw films that this person has not read yet, and store them in a random order.

    Films of as many patients as possible, all scored by the active model; for a blind session not of patients of whom
    the reader was shown the model's scores, as long as there are others.

    Raises
    ------
    NotAllowedError
        No model is active, an impossible number of films, or none to read.
    ValueError
        No title or no reader.
    """
    if not 1 <= n_films <= MOST_FILMS:
        raise NotAllowedError(f"A session of {counted(n_films, 'film')} cannot be made. Choose 1 to {MOST_FILMS}.")
    now = site.clock()
    with transaction(site.engine) as session:
        active = scores.active_model(session=session)
        if active is None:
            raise NotAllowedError(NO_MODEL)
        model, version = active.model, active.model_version
        found = reading_sessions.films_to_read(reader, model, version, session=session)
        if not found.films:
            raise NotAllowedError(
                f"There is no film to read: every film needs a score by {model} {version} first, and each film is read "
                "once by the same person. Add films, or wait until they are scored."
            )
        unseen = [film for film in found.films if not blind or film[1] not in found.seen_unblinded]
        drawn = drawn_films(unseen or found.films, n_films, seed=seed)
        row = ReadingSession(
            title=title,
            reader=reader,
            blind=blind,
            model=None if blind else model,
            model_version=None if blind else version,
            seed=seed,
            created_at=now,
        )
        reading_sessions.add(row, drawn, session=session)
        session_id = key(row)
        write_audit(actor, "draw up", "reading session", session_id, {"seed": seed}, now=now, session=session)
    n_seen = len(found.films) - len(unseen)
    return DrawnUp(session_id, n_films, len(drawn), found.n_read_before, n_seen, has_seen=not unseen)
